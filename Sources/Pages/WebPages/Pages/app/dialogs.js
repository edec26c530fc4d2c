// Questions, and what can still be taken back.
import { announce, h, icon } from "./dom.js";

function ask(content, { title, action, isDangerous = false, value }) {
  return new Promise((resolve) => {
    let answer = null;
    const dialog = h("dialog", { "aria-labelledby": "ask-title" }, h("form", { onsubmit: (event) => {
      event.preventDefault();
      answer = value();
      if (answer !== null) dialog.close();
    } }, h("h2", { id: "ask-title" }, title), content,
    h("div", { class: "row actions" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
      h("button", { class: isDangerous ? "main danger" : "main" }, action))));
    dialog.addEventListener("close", () => { dialog.remove(); resolve(answer); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Resolves to true if it is to be done. */
export const confirm = (title, text, action) => ask(h("p", {}, text), { title, action, isDangerous: true, value: () => true }).then(Boolean);

/** Resolves to the text, or to null. `clean` gives the text as it will be used; empty is refused. */
export async function askText(title, label, { text, action, hint, clean }) {
  const field = h("input", { value: text, required: true, maxlength: "1000", autocomplete: "off", spellcheck: "false" });
  const answer = ask([h("label", {}, label, field), hint ? h("p", { class: "muted small" }, hint) : null].filter(Boolean), { title, action, value: () => {
    const found = clean(field.value);
    if (!found) { field.select(); return null; }
    return found;
  } });
  const dot = text.lastIndexOf(".");
  // What people change is rarely the extension or the folder.
  field.setSelectionRange(text.lastIndexOf("/") + 1, dot > 0 ? dot : text.length);
  return answer;
}

/** Seconds in which something can be taken back. */
const SECONDS = 8;

/**
 * What is done a little later, so that it can be taken back until then. Leaving the page does it at once.
 * - work: does it; called with true if the page is being left, when nothing can be waited for.
 * - back: what "Undo" does.
 */
export class Delayed {
  constructor(place) {
    this.place = place;
    this.waiting = new Set();
    addEventListener("pagehide", () => { for (const one of this.waiting) one.finish(true); });
  }

  /** Says something that cannot be taken back. */
  tell(text) {
    const bar = h("div", { class: "toast", role: "alert" }, h("span", {}, text), h("button", { type: "button", class: "plain", "aria-label": "Close", onclick: () => bar.remove() }, icon("cross")));
    this.place.append(bar);
    setTimeout(() => bar.remove(), 2 * SECONDS * 1000);
  }

  add(text, work, back) {
    const close = () => { clearTimeout(timer); this.waiting.delete(one); bar.remove(); };
    const one = { finish: (isLeaving) => { close(); work(isLeaving); } };
    const undo = h("button", { type: "button", onclick: () => { close(); back(); announce("Taken back"); } }, "Undo");
    const bar = h("div", { class: "toast", role: "group", "aria-label": text }, h("span", {}, text), undo,
      h("button", { type: "button", class: "plain", "aria-label": "Do it now", onclick: () => one.finish(false) }, icon("cross")));
    let timer = setTimeout(() => one.finish(false), SECONDS * 1000);
    // While the bar has the focus, there is time.
    bar.addEventListener("focusin", () => clearTimeout(timer));
    bar.addEventListener("focusout", () => {
      clearTimeout(timer);
      if (this.waiting.has(one)) timer = setTimeout(() => one.finish(false), SECONDS * 1000);
    });
    this.waiting.add(one);
    this.place.append(bar);
    announce(`${text}. Undo is possible for ${SECONDS} seconds.`);
    return one;
  }
}
