// A waveform on a canvas: in the pixels of the screen, only as many columns as there are.
import { h } from "./dom.js";

export class Peaks {
  /** - height: CSS pixels. */
  constructor(height = 64) {
    this.height = height;
    this.canvas = h("canvas", { class: "peaks", "aria-hidden": "true" });
    this.peaks = [];
    this.share = 0;
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    for (const query of ["(prefers-color-scheme: light)", "(forced-colors: active)", `(resolution: ${devicePixelRatio}dppx)`]) {
      matchMedia(query).addEventListener("change", () => this.draw());
    }
  }

  /** - peaks: 0 … 1, in order. */
  set(peaks) {
    this.peaks = peaks;
    this.draw();
  }

  /** - share: how much has been played, 0 … 1. */
  play(share) {
    const columns = this.canvas.width;
    if (Math.round(share * columns) === Math.round(this.share * columns)) return;
    this.share = share;
    this.draw();
  }

  draw() {
    const ratio = devicePixelRatio || 1;
    const width = Math.round(this.canvas.clientWidth * ratio), height = Math.round(this.height * ratio);
    if (!width) return;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    const style = getComputedStyle(this.canvas);
    const [played, ahead] = [style.getPropertyValue("--played").trim() || style.color, style.color];
    // Bars of two pixels with one between, as wide as a person can tell apart.
    const step = Math.max(1, Math.round(3 * ratio)), bar = Math.max(1, step - Math.round(ratio));
    const bars = Math.floor(width / step), middle = height / 2;
    for (let index = 0; index < bars; index++) {
      const from = Math.floor(index / bars * this.peaks.length), to = Math.max(from + 1, Math.floor((index + 1) / bars * this.peaks.length));
      let peak = 0;
      for (let place = from; place < to && place < this.peaks.length; place++) peak = Math.max(peak, this.peaks[place]);
      const half = Math.max(ratio / 2, peak * (middle - ratio));
      context.fillStyle = (index + 0.5) / bars <= this.share ? played : ahead;
      context.fillRect(index * step, middle - half, bar, half * 2);
    }
  }
}
