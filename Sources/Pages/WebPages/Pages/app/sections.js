// The console's sections: a heading that can be linked to, and data that is asked for when the section is in view.
import { h } from "./dom.js";

/** - content: elements. - tools: beside the heading. */
export const panel = (title, id, tools, ...content) =>
  h("section", { class: "panel", "aria-labelledby": `${id}-title`, id }, h("header", { class: "spread" }, h("h2", { id: `${id}-title` }, title), tools), ...content);

/** Calls `load` when `element` comes into view, and again every `seconds` for as long as it is. Returns a function that loads. */
export function whileSeen(element, load, seconds) {
  let isSeen = false, timer = null, isLoading = false;
  const run = async () => {
    clearTimeout(timer);
    if (isLoading) return;
    isLoading = true;
    try { await load(); } finally { isLoading = false; }
    if (isSeen) timer = setTimeout(() => { if (document.hidden) isWaiting = true; else run(); }, seconds * 1000);
  };
  let isWaiting = false;
  document.addEventListener("visibilitychange", () => { if (!document.hidden && isWaiting) { isWaiting = false; if (isSeen) run(); } });
  new IntersectionObserver(([entry]) => {
    const was = isSeen;
    isSeen = entry.isIntersecting;
    if (isSeen && !was) run();
    if (!isSeen) clearTimeout(timer);
  }, { rootMargin: "200px" }).observe(element);
  return () => { if (isSeen) run(); };
}

/** A plain table. `columns` are `[title, class, cell]`. */
export class Table {
  constructor({ label, columns, empty }) {
    this.columns = columns;
    this.body = h("tbody");
    this.table = h("table", { "aria-label": label }, h("thead", {}, h("tr", {}, columns.map(([title, kind]) => h("th", { scope: "col", class: kind }, title)))), this.body);
    this.empty = h("p", { class: "muted" }, "Looking …");
    this.sentence = empty;
    this.element = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": label }, this.table, this.empty);
    this.table.hidden = true;
  }

  update(items) {
    this.empty.textContent = this.sentence;
    this.empty.hidden = items.length > 0;
    this.table.hidden = items.length === 0;
    const isInside = this.body.contains(document.activeElement), at = [...this.body.querySelectorAll("a, button")].indexOf(document.activeElement);
    this.body.replaceChildren(...items.map((item) => h("tr", {}, this.columns.map(([, kind, cell], index) => index ? h("td", { class: kind }, cell(item)) : h("th", { scope: "row", class: kind }, cell(item))))));
    if (isInside) this.body.querySelectorAll("a, button")[at]?.focus({ preventScroll: true });
  }

  failed(error) {
    this.empty.textContent = `${error.message} The next try is soon.`;
    this.empty.hidden = false;
  }
}
