// The sound of a video as a strip below its time line: zoomed by wheel, pinch and buttons; only what is visible is drawn.
import { clock, h, icon, spoken } from "./dom.js";

/** Each level of the pyramid has the maximum of so many peaks of the one below. */
const STEP = 8;
/** Seconds that fill the strip at the closest. */
const CLOSEST = 0.5;
const HEIGHT = 72;

/** Maxima of maxima, so that drawing costs the same however long the video is. */
export function pyramid(peaks) {
  const levels = [Float32Array.from(peaks)];
  while (levels.at(-1).length > 512) {
    const below = levels.at(-1), above = new Float32Array(Math.ceil(below.length / STEP));
    for (let index = 0; index < below.length; index++) {
      const at = Math.floor(index / STEP);
      if (below[index] > above[at]) above[at] = below[index];
    }
    levels.push(above);
  }
  return levels;
}

/** The highest peak of a stretch of peaks, `from` (inclusive) to `to` (exclusive), by the level that has few enough. */
export function highest(levels, from, to) {
  let level = 0;
  while (level + 1 < levels.length && to - from >= STEP * 2) { from /= STEP; to /= STEP; level += 1; }
  const peaks = levels[level];
  let found = 0;
  for (let index = Math.max(0, Math.floor(from)); index < Math.min(peaks.length, Math.max(Math.ceil(to), Math.floor(from) + 1)); index++) found = Math.max(found, peaks[index]);
  return found;
}

export class Waveform {
  #frame = null;
  #pointers = new Map();

  /** - seek: called with a second, and whether more are coming. - children: what lies on the strip, placed by `place`. */
  constructor({ duration, seek, children = [], onView = () => {} }) {
    Object.assign(this, { duration, seek, onView, levels: null, perSecond: 50, from: 0, to: duration, position: 0 });
    this.canvas = h("canvas", { class: "peaks", role: "img", "aria-label": "Waveform" });
    this.cursor = h("div", { class: "cursor" });
    this.strip = h("div", { class: "waveform" }, this.canvas, this.cursor, children);
    const button = (label, name, work) => h("button", { type: "button", class: "plain", "aria-label": label, title: label, onclick: work }, icon(name));
    this.range = h("span", { class: "number small muted" });
    this.tools = h("div", { class: "row waveform-tools" }, button("Zoom in", "more", () => this.zoom(0.5)), button("Zoom out", "less", () => this.zoom(2)),
      h("button", { type: "button", class: "plain small", onclick: () => this.show(0, this.duration) }, "Whole video"), this.range);
    this.element = h("div", { class: "waveform-box" }, this.strip, this.tools);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.strip);
    this.#listen();
    this.show(0, duration);
  }

  use({ peaks, peaksPerSecond }) {
    this.levels = pyramid(peaks);
    this.perSecond = peaksPerSecond || 50;
    this.canvas.setAttribute("aria-label", peaks.length ? `Waveform of ${spoken(this.duration)}` : "Waveform: no sound");
    this.draw();
  }

  /** Pixels from the left of a moment; may be outside. */
  place(seconds) { return (seconds - this.from) / (this.to - this.from) * this.strip.clientWidth; }

  at(clientX) {
    const box = this.strip.getBoundingClientRect();
    return Math.min(this.duration, Math.max(0, this.from + (clientX - box.left) / box.width * (this.to - this.from)));
  }

  /** Shows a stretch, kept within the video. */
  show(from, to) {
    const length = Math.min(this.duration, Math.max(Math.min(CLOSEST, this.duration), to - from));
    this.from = Math.min(this.duration - length, Math.max(0, from));
    this.to = this.from + length;
    this.range.textContent = `${clock(this.from)}–${clock(this.to)}`;
    this.draw();
  }

  zoom(factor, around = this.position >= this.from && this.position <= this.to ? this.position : (this.from + this.to) / 2) {
    const length = (this.to - this.from) * factor;
    const share = (around - this.from) / (this.to - this.from);
    this.show(around - share * length, around + (1 - share) * length);
  }

  /** Where the video is; the strip follows what plays. */
  moveTo(seconds) {
    const wasVisible = this.position >= this.from && this.position <= this.to;
    this.position = seconds;
    if (wasVisible && (seconds < this.from || seconds > this.to)) this.show(seconds - (this.to - this.from) * 0.1, seconds + (this.to - this.from) * 0.9);
    this.cursor.style.setProperty("transform", `translateX(${this.place(seconds).toFixed(1)}px)`);
    this.cursor.hidden = seconds < this.from || seconds > this.to;
  }

  /** Draws what is visible, once for any number of changes between two frames of the screen. */
  draw() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#paint();
      this.moveTo(this.position);
      this.onView();
    });
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  #paint() {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(this.strip.clientWidth * ratio), Math.round(HEIGHT * ratio)];
    if (!width) return;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    const colour = getComputedStyle(this.canvas).color;
    context.fillStyle = colour;
    const middle = height / 2;
    context.fillRect(0, Math.floor(middle), width, Math.max(1, ratio));
    if (!this.levels) return;
    const each = (this.to - this.from) * this.perSecond / width;
    const first = this.from * this.perSecond;
    for (let x = 0; x < width; x++) {
      const reach = highest(this.levels, first + x * each, first + (x + 1) * each) * (middle - 2);
      if (reach > 0.5) context.fillRect(x, middle - reach, 1, 2 * reach);
    }
  }

  #listen() {
    const { strip } = this;
    strip.addEventListener("wheel", (event) => {
      const length = this.to - this.from;
      // All of the video is seen: the page scrolls on.
      if (length >= this.duration && event.deltaY >= 0 && !event.ctrlKey) return;
      event.preventDefault();
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        const by = (event.deltaX || event.deltaY) / strip.clientWidth * length;
        this.show(this.from + by, this.to + by);
      } else this.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / (event.ctrlKey ? 100 : 400)))), this.at(event.clientX));
    }, { passive: false });
    strip.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.target.closest("[role=slider]")) return;
      strip.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, event.clientX);
      if (this.#pointers.size === 1) this.#seekTo(event);
    });
    strip.addEventListener("pointermove", (event) => {
      if (!this.#pointers.has(event.pointerId)) return;
      if (this.#pointers.size === 1) {
        this.#pointers.set(event.pointerId, event.clientX);
        return this.#seekTo(event);
      }
      this.#pinch(event);
    });
    const end = (event) => {
      if (!this.#pointers.delete(event.pointerId)) return;
      if (this.#pointers.size === 0) this.seek(this.pointed, false);
    };
    strip.addEventListener("pointerup", end);
    strip.addEventListener("pointercancel", end);
  }

  #seekTo(event) {
    this.pointed = this.at(event.clientX);
    this.seek(this.pointed, true);
  }

  /** Both fingers stay on the moments that they took hold of. */
  #pinch(event) {
    const [one, other] = [...this.#pointers.keys()];
    const before = [one, other].map((id) => this.#pointers.get(id));
    this.#pointers.set(event.pointerId, event.clientX);
    const after = [one, other].map((id) => this.#pointers.get(id));
    const [was, is] = [Math.abs(before[0] - before[1]), Math.abs(after[0] - after[1])];
    if (was < 8 || is < 8) return;
    const held = this.at((before[0] + before[1]) / 2);
    const length = (this.to - this.from) * was / is;
    const box = this.strip.getBoundingClientRect();
    const share = ((after[0] + after[1]) / 2 - box.left) / box.width;
    this.show(held - share * length, held + (1 - share) * length);
  }
}
