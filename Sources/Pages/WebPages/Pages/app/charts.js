// Line charts of what functions did in the last intervals. The numbers under the pointer stand in the legend.
import { h, s } from "./dom.js";

const HEIGHT = 170, LEFT = 52, RIGHT = 10, TOP = 10, BOTTOM = 24;
/** Entries for which the legend has room. */
const NAMED = 6;

export class Chart {
  /** - format: makes text of a value. - whole: whether values are whole numbers. */
  constructor({ title, note, format, whole = false }) {
    Object.assign(this, { title, format, whole, all: [], series: [], count: 0 });
    this.legend = h("ul", { class: "legend small" });
    this.svg = s("svg", { class: "chart", role: "img", "aria-label": title });
    this.width = 340;
    // Drawn in the pixels that there are, so that its letters keep their shape.
    new ResizeObserver(([entry]) => {
      this.width = Math.max(200, Math.round(entry.contentRect.width));
      if (this.now) this.update(this.all, this.interval, this.now);
    }).observe(this.svg);
    this.when = h("span", { class: "muted small number when" }, note ?? "");
    this.note = note ?? "";
    this.element = h("figure", { class: "panel plot" }, h("figcaption", { class: "row spread nowrap" }, h("h3", {}, title), this.when), this.svg, this.legend);
    this.svg.addEventListener("pointermove", (event) => {
      const box = this.svg.getBoundingClientRect();
      this.#point(((event.clientX - box.left) / box.width * this.width - LEFT) / (this.width - LEFT - RIGHT));
    });
    this.svg.addEventListener("pointerleave", () => this.#point(null));
  }

  /**
   * - series: `{ name, colour, values }`, null for a value that is missing. Those without anything in this time are left out.
   * - now: milliseconds of the right end.
   */
  update(all, interval, now) {
    const series = all.filter((one) => one.values.some(Boolean));
    const count = all[0]?.values.length ?? 0;
    Object.assign(this, { all, series, count, interval, now });
    const WIDTH = this.width;
    this.svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    const largest = Math.max(0, ...series.flatMap((one) => one.values.map((value) => value ?? 0)));
    const top = ceiling(largest, this.whole);
    const x = (index) => LEFT + (count > 1 ? index / (count - 1) : 0) * (WIDTH - LEFT - RIGHT);
    const y = (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
    const lines = [0, 0.5, 1].map((share) => s("g", {},
      s("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(top * share), y2: y(top * share) }),
      s("text", { x: LEFT - 6, y: y(top * share) + 4, "text-anchor": "end" }, this.format(top * share))));
    const minutes = count * interval / 60;
    const ends = [[LEFT, "start", `−${minutes} min`], [WIDTH - RIGHT, "end", "now"]]
      .map(([at, anchor, text]) => s("text", { x: at, y: HEIGHT - 6, "text-anchor": anchor }, text));
    const paths = series.map((one) => s("path", { class: "line", d: path(one.values, x, y), style: { stroke: one.colour } }));
    const dots = series.flatMap((one) => alone(one.values).map((index) => s("circle", { cx: x(index), cy: y(one.values[index]), r: 3, style: { fill: one.colour } })));
    this.pointer = s("line", { class: "pointer", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
    this.svg.replaceChildren(...lines, ...ends, ...paths, ...dots, this.pointer);
    const said = series.map((one) => `${one.name} ${this.#value(last(one.values))}`).join(", ");
    this.svg.setAttribute("aria-label", `${this.title} over the last ${minutes} minutes. Latest: ${said || "nothing yet"}.`);
    this.#point(this.share ?? null);
  }

  #point(share) {
    this.share = share;
    const { count } = this;
    const index = share === null || !count ? null : Math.round(Math.min(1, Math.max(0, share)) * (count - 1));
    if (this.pointer && count) {
      this.pointer.setAttribute("visibility", index === null ? "hidden" : "visible");
      const at = LEFT + (index ?? 0) / Math.max(1, count - 1) * (this.width - LEFT - RIGHT);
      this.pointer.setAttribute("x1", at);
      this.pointer.setAttribute("x2", at);
    }
    this.when.textContent = index === null ? this.note : new Date(this.now - (count - 1 - index) * this.interval * 1000).toLocaleTimeString("en-GB");
    const value = (one) => this.#value(index === null ? last(one.values) : one.values[index]);
    const isFull = this.series.length > NAMED;
    const entries = this.series.slice(0, isFull ? NAMED - 1 : NAMED).map((one) => h("li", { title: `${one.name} ${value(one)}` },
      h("span", { class: "swatch", style: { background: one.colour } }), h("span", { class: "name" }, one.name), h("span", { class: "number muted" }, value(one))));
    const rest = this.series.slice(NAMED - 1);
    if (isFull) entries.push(h("li", { class: "muted", title: rest.map((one) => `${one.name} ${value(one)}`).join("\n") }, `and ${rest.length} more`));
    this.legend.replaceChildren(...entries);
  }

  #value = (value) => value === null || value === undefined ? "–" : this.format(value);
}

const last = (values) => values.findLast((value) => value !== null) ?? null;

/** A path that is interrupted at values that are missing. */
function path(values, x, y) {
  let text = "", isDown = false;
  values.forEach((value, index) => {
    if (value === null) { isDown = false; return; }
    text += `${isDown ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    isDown = true;
  });
  return text;
}

/** Values between two gaps, of which a line shows nothing. */
const alone = (values) => values.flatMap((value, index) =>
  value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null ? [index] : []);

/** The next round number. */
function ceiling(value, whole) {
  if (value <= 0) return whole ? 2 : 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const found = [1, 2, 4, 5, 10].map((step) => step * power).find((step) => step >= value);
  return whole ? Math.max(2, Math.ceil(found / 2) * 2) : found;
}
