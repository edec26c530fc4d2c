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

/** Of a column that takes the room that is left, in the table's letters: what it has at least. */
const LEAST = 14;

/**
 * A table whose columns keep their widths whatever is in them, so that nothing moves when that changes.
 * - columns: `[title, class, cell, width]`, the width in `em`; one column may have none and takes the room that is left.
 */
export function columnsTable(label, columns, members = {}) {
  const body = h("tbody");
  const width = columns.reduce((sum, [, , , one]) => sum + (one ?? LEAST), 0);
  const heads = columns.map(([title, kind, , , said]) => h("th", { scope: "col", class: kind }, said ? h("span", { class: "visually-hidden" }, said) : title));
  const table = h("table", { "aria-label": label, style: { "min-inline-size": `${width}em` }, ...members },
    h("colgroup", {}, columns.map(([, , , one]) => h("col", { style: one ? { "inline-size": `${one}em` } : {} }))), h("thead", {}, h("tr", {}, heads)), body);
  return { table, body };
}

/** A cell; a text that may be cut off is told in full when one points at it. */
export const tableCell = (kind, content, isFirst) => h(isFirst ? "th" : "td", { scope: isFirst ? "row" : null, class: kind, title: typeof content === "string" && content.length > 12 ? content : null }, content);

/** What scrolls by itself, as high as that many lines: what comes below it stays where it is. Its section has the plain name. */
export const scroller = (label, lines, ...content) => h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": `${label}, rows`, style: { "--lines": String(lines) } }, content);

/** A plain table. `columns` as of `columnsTable`. - lines: its height. */
export class Table {
  constructor({ label, columns, empty, lines }) {
    this.columns = columns;
    Object.assign(this, columnsTable(label, columns));
    this.empty = h("p", { class: "muted empty" }, "Looking …");
    this.sentence = empty;
    this.element = scroller(label, lines, this.table, this.empty);
    this.table.hidden = true;
  }

  update(items) {
    this.empty.textContent = this.sentence;
    this.empty.hidden = items.length > 0;
    this.table.hidden = items.length === 0;
    const isInside = this.body.contains(document.activeElement), at = [...this.body.querySelectorAll("a, button")].indexOf(document.activeElement);
    this.body.replaceChildren(...items.map((item) => h("tr", {}, this.columns.map(([, kind, cell], index) => tableCell(kind, cell(item), index === 0)))));
    if (isInside) this.body.querySelectorAll("a, button")[at]?.focus({ preventScroll: true });
  }

  failed(error) {
    this.empty.textContent = `${error.message} The next try is soon.`;
    this.empty.hidden = false;
  }
}
