// The grid itself: only the tiles that are seen, and some above and below, are part of the page, however many files there are.
import { h, release, throttled } from "./dom.js";
import { HEADING, Layout, SHAPES } from "./gallery-layout.js";

export class GalleryView {
  /**
   * - makeTile: `(index) => { element, update(entry) }`, the element an `li`.
   * - entry: `(index) => entry`, null while it is not there.
   * - onPlace: called when another part is seen.
   */
  constructor({ makeTile, entry, onPlace }) {
    Object.assign(this, { makeTile, entry, onPlace, tiles: new Map(), total: 0, groups: [], view: "cards", layout: null });
    this.element = h("ul", { class: "grid", onkeydown: (event) => this.#key(event) });
    const draw = () => requestAnimationFrame(() => this.draw());
    addEventListener("scroll", draw, { passive: true });
    this.settled = throttled(onPlace, 250);
    this.observer = new ResizeObserver(([{ contentRect }]) => { if (contentRect.width && Math.round(contentRect.width) !== Math.round(this.width ?? 0)) this.#resize(contentRect.width); });
    this.observer.observe(this.element);
  }

  /** Pixels from the top of the window's content to the grid. */
  get top() { return this.element.getBoundingClientRect().top + scrollY; }

  show({ total, groups, view, label }) {
    const isOther = view !== this.view;
    Object.assign(this, { total, groups, view });
    this.element.className = `grid ${view}`;
    this.element.setAttribute("aria-label", label);
    this.width = this.element.clientWidth;
    this.#remove((index) => isOther || index >= total);
    this.#measure();
    this.update();
  }

  #remove(isGone) {
    for (const [index, tile] of this.tiles) {
      if (!isGone(index)) continue;
      release(tile.element);
      tile.element.remove();
      this.tiles.delete(index);
    }
  }

  #measure() {
    this.layout = new Layout({ width: this.width, total: this.total, groups: this.groups, shape: SHAPES[this.view] });
    const { height, tileWidth, tileHeight } = this.layout;
    this.element.style.setProperty("block-size", `${height}px`);
    this.element.style.setProperty("--tile-width", `${tileWidth}px`);
    this.element.style.setProperty("--tile-height", `${tileHeight}px`);
    for (const [index, tile] of this.tiles) this.#place(index, tile.element);
    this.draw();
  }

  #resize(width) {
    const seen = this.layout && this.seen;
    this.width = width;
    if (!this.layout) return;
    this.#measure();
    if (scrollY > this.top) this.scrollTo(seen);
  }

  /** The number of the first tile that is seen. */
  get seen() { return this.layout && this.total ? this.layout.at(scrollY - this.top) : 0; }

  /** Puts a tile's row at the top of the window, or anywhere within it. */
  scrollTo(index, isGentle = false) {
    const top = this.top + this.layout.place(index).top;
    if (isGentle && top >= scrollY + 8 && top + this.layout.tileHeight <= scrollY + innerHeight - 8) return;
    scrollTo(0, isGentle && top > scrollY ? top + this.layout.tileHeight + 24 - innerHeight : top - HEADING - 12);
    this.draw();
  }

  draw() {
    if (!this.layout || !this.element.isConnected) return;
    const [from, to] = this.layout.range(scrollY - this.top - innerHeight * 0.75, scrollY - this.top + innerHeight * 1.75);
    this.#remove((index) => (index < from || index >= to) && !this.tiles.get(index).element.contains(document.activeElement));
    for (let index = from; index < to; index++) if (!this.tiles.has(index)) this.#add(index);
    this.settled();
  }

  #add(index) {
    const tile = this.makeTile(index);
    tile.element.dataset.index = index;
    this.#place(index, tile.element);
    this.tiles.set(index, tile);
    tile.update(this.entry(index));
    // In the order of their numbers, as the keyboard goes through them in the document's.
    let next = this.element.lastElementChild, after = null;
    while (next && Number(next.dataset.index) > index) { after = next; next = next.previousElementSibling; }
    this.element.insertBefore(tile.element, after);
  }

  #place(index, element) {
    const { left, top, heading } = this.layout.place(index);
    element.style.setProperty("transform", `translate(${left}px, ${top}px)`);
    element.setAttribute("aria-setsize", String(this.total));
    element.setAttribute("aria-posinset", String(index + 1));
    element.querySelector(".month")?.remove();
    if (!heading) return;
    const name = new Date(`${heading}-01T00:00:00Z`).toLocaleDateString("en", { month: "long", year: "numeric", timeZone: "UTC" });
    element.prepend(h("h2", { class: "month" }, name));
  }

  /** Entries have come or changed. */
  update(index = null) {
    if (index !== null) this.tiles.get(index)?.update(this.entry(index));
    else for (const [number, tile] of this.tiles) tile.update(this.entry(number));
  }

  focus(index) {
    this.scrollTo(index, true);
    this.tiles.get(index)?.element.querySelector("a")?.focus({ preventScroll: true });
  }

  #key(event) {
    const at = Number(event.target.closest("li")?.dataset.index);
    if (!Number.isInteger(at) || event.ctrlKey || event.metaKey || event.altKey) return;
    const { columns } = this.layout;
    const page = columns * Math.max(1, Math.floor(innerHeight / this.layout.pitch) - 1);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns, PageDown: at + page, PageUp: at - page, Home: 0, End: this.total - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.focus(Math.max(0, Math.min(this.total - 1, to)));
  }
}
