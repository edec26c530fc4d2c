// Files that are picked, and what can be done with all of them.
import { h, plural } from "./dom.js";

export class Selection {
  constructor({ onAgain, onDelete, onMove, onChange }) {
    Object.assign(this, { entries: new Map(), onChange, last: null });
    this.text = h("span", { class: "number", role: "status" });
    const button = (text, work, kind) => h("button", { type: "button", class: kind, onclick: () => work([...this.entries.values()]) }, text);
    this.element = h("section", { class: "selection", hidden: true, "aria-label": "Selection" }, this.text,
      button("Make again …", onAgain), button("Move …", onMove), button("Delete …", onDelete, "danger"), h("button", { type: "button", onclick: () => this.clear() }, "Clear"));
  }

  /** - isRange: all between the file picked last and this one are picked. */
  pick(entry, isPicked, isRange, index, at) {
    const from = isRange && this.last !== null ? Math.min(this.last, index) : index;
    const to = isRange && this.last !== null ? Math.max(this.last, index) : index;
    for (let number = from; number <= to; number++) {
      const one = number === index ? entry : at(number);
      if (!one) continue;
      if (isPicked) this.entries.set(one.id, one); else this.entries.delete(one.id);
    }
    this.last = index;
    this.#say();
  }

  clear() {
    this.entries.clear();
    this.last = null;
    this.#say();
  }

  #say() {
    this.element.hidden = this.entries.size === 0;
    this.text.textContent = `${plural(this.entries.size, "file")} selected`;
    this.onChange();
  }

  /** One of several; null for none. */
  choose(title, choices) {
    return new Promise((resolve) => {
      let chosen = null;
      const dialog = h("dialog", { "aria-labelledby": "choose-title" }, h("form", { method: "dialog" }, h("h2", { id: "choose-title" }, title),
        choices.map(([text, value]) => h("button", { type: "button", onclick: () => { chosen = value; dialog.close(); } }, text)),
        h("div", { class: "row actions" }, h("button", {}, "Cancel"))));
      dialog.addEventListener("close", () => { dialog.remove(); resolve(chosen); });
      document.body.append(dialog);
      dialog.showModal();
    });
  }
}
