// Choosing a square of an image: with a pointer, two fingers, a wheel or keys.
import { h } from "./dom.js";

/** Pixels across of what is sent; the server makes its own size of it. */
const SIDE = 1024;
const CLOSEST = 8;

export class Crop {
  /** - image: an `ImageBitmap`, upright. */
  constructor(image) {
    this.image = image;
    /** The middle of the square, in the image's pixels, and how close it is: 1 shows the shorter side whole. */
    Object.assign(this, { x: image.width / 2, y: image.height / 2, zoom: 1, pointers: new Map() });
    this.canvas = h("canvas", { class: "cut", tabindex: "0", role: "application", "aria-roledescription": "image crop", "aria-label": "Part of the image that is used. Arrow keys move it, plus and minus zoom.", width: 840, height: 840,
      onkeydown: (event) => this.#key(event), onpointerdown: (event) => this.#down(event), onpointermove: (event) => this.#move(event),
      onpointerup: (event) => this.pointers.delete(event.pointerId), onpointercancel: (event) => this.pointers.delete(event.pointerId) });
    this.canvas.addEventListener("wheel", (event) => { event.preventDefault(); this.#zoomTo(this.zoom * Math.exp(-event.deltaY / 500)); }, { passive: false });
    this.result = h("canvas", { class: "result", role: "img", "aria-label": "Preview", width: 256, height: 256 });
    this.slider = h("input", { type: "range", min: "0", max: "100", value: "0", oninput: () => this.#zoomTo(CLOSEST ** (this.slider.value / 100)) });
    this.draw();
  }

  /** The square's side, in the image's pixels. */
  get side() { return Math.min(this.image.width, this.image.height) / this.zoom; }

  #zoomTo(zoom) {
    this.zoom = Math.max(1, Math.min(CLOSEST, zoom));
    this.slider.value = String(Math.round(100 * Math.log(this.zoom) / Math.log(CLOSEST)));
    this.draw();
  }

  /** By parts of the square's side. */
  #shift(x, y) {
    this.x += x * this.side;
    this.y += y * this.side;
    this.draw();
  }

  #key(event) {
    const by = event.shiftKey ? 0.2 : 0.03;
    const work = { ArrowLeft: () => this.#shift(-by, 0), ArrowRight: () => this.#shift(by, 0), ArrowUp: () => this.#shift(0, -by), ArrowDown: () => this.#shift(0, by),
      "+": () => this.#zoomTo(this.zoom * 1.1), "=": () => this.#zoomTo(this.zoom * 1.1), "-": () => this.#zoomTo(this.zoom / 1.1) }[event.key];
    if (!work || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    work();
  }

  #down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  #move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const apart = () => { const [one, other] = [...this.pointers.values()]; return Math.hypot(one.x - other.x, one.y - other.y); };
    const width = this.canvas.clientWidth, isPinch = this.pointers.size === 2;
    const distance = isPinch ? apart() : 0;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (isPinch) this.#zoomTo(this.zoom * apart() / Math.max(1, distance));
    this.#shift((before.x - event.clientX) / width / this.pointers.size, (before.y - event.clientY) / width / this.pointers.size);
  }

  draw() {
    const { side, image } = this;
    const within = (value, length) => Math.max(side / 2, Math.min(length - side / 2, value));
    this.x = within(this.x, image.width);
    this.y = within(this.y, image.height);
    for (const canvas of [this.canvas, this.result]) this.#paint(canvas);
  }

  #paint(canvas) {
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.image, this.x - this.side / 2, this.y - this.side / 2, this.side, this.side, 0, 0, canvas.width, canvas.height);
  }

  /** The square as a file. */
  file() {
    const side = Math.max(1, Math.min(SIDE, Math.round(this.side)));
    const canvas = h("canvas", { width: side, height: side });
    this.#paint(canvas);
    return new Promise((resolve, reject) => canvas.toBlob((blob) => blob ? resolve(blob) : reject(new Error("The image cannot be cut here.")), "image/webp", 0.95));
  }
}
