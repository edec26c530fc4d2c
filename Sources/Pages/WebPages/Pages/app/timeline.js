// The time line: a slider for mouse, finger and keyboard, with a preview above it of what it points at.
import { h, spoken } from "./dom.js";
import { Preview } from "./preview.js";

/** Pictures of the strip behind the time line. */
const STRIP = 16;
/** Milliseconds that the strip waits for an overview before it fetches stills. */
const PATIENCE = 4000;
/** Pixels above or below the time line where dragging begins to be finer, and where it is finest. */
const [COARSE, FINEST] = [32, 160];
/** Seconds that a pixel stands for at the finest. */
const FINE_STEP = 0.1;

export class Timeline {
  /** - seek: called with the second wished for, and whether more wishes are coming. */
  constructor({ clips, pictures, tiles = null, seek, shape = "16 / 9" }) {
    Object.assign(this, { clips, pictures, tiles, seek, duration: clips.duration, position: 0, isDragging: false });
    this.preview = new Preview({ clips, pictures, tiles, shape });
    this.played = h("div", { class: "played" });
    this.buffered = h("div", { class: "buffered" });
    this.cursor = h("div", { class: "cursor", hidden: true });
    this.strip = h("canvas", { class: "strip", width: STRIP * 80, height: 45, "aria-hidden": "true" });
    this.slider = h("div", {
      class: "slider", role: "slider", tabindex: "0", "aria-label": "Position in the video", "aria-valuemin": "0",
      "aria-valuemax": String(Math.floor(this.duration)), "aria-valuenow": "0", "aria-valuetext": this.#text(0),
    }, this.strip, h("div", { class: "track" }, this.buffered, this.played), this.cursor);
    this.element = h("div", { class: "timeline" }, this.preview.element, this.slider);
    this.#listen();
  }

  /** Takes other previews, or the length of a video that has none yet. */
  use({ clips, pictures, tiles = null }) {
    Object.assign(this, { clips, pictures, tiles, duration: clips.duration });
    this.preview.use({ clips, pictures, tiles });
    this.slider.setAttribute("aria-valuemax", String(Math.floor(this.duration)));
    this.moveTo(Math.min(this.position, this.duration));
  }

  /** Where the video is. */
  moveTo(seconds) {
    this.position = seconds;
    this.played.style.setProperty("inline-size", `${this.#share(seconds) * 100}%`);
    const whole = Math.min(Math.floor(seconds), Math.floor(this.duration));
    this.slider.setAttribute("aria-valuenow", String(whole));
    this.slider.setAttribute("aria-valuetext", this.#text(seconds));
  }

  buffer(seconds) {
    this.buffered.style.setProperty("inline-size", `${this.#share(seconds) * 100}%`);
  }

  /** Fills the strip: with tiles of the overview, or, if there is none, with stills. */
  async fill() {
    const tiles = this.tiles;
    if (tiles && await tiles.load()) {
      if (tiles !== this.tiles) return;
      tiles.fill(this.strip, STRIP, this.duration);
      this.strip.classList.add("filled");
      if (this.preview.isShown) this.show(this.pointed);
      return;
    }
    // The storyboard of a video that has just been made comes a moment later.
    await new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
    if (this.tiles !== tiles || !this.element.isConnected) return;
    const context = this.strip.getContext("2d");
    for (let index = 0; index < STRIP; index++) {
      const still = this.clips.still((index + 0.5) / STRIP * this.duration);
      if (!still || !this.element.isConnected || this.tiles !== tiles) return;
      const picture = await this.pictures.get(still.key);
      if (!picture) continue;
      const scale = Math.max(80 / picture.width, 45 / picture.height);
      const [width, height] = [80 / scale, 45 / scale];
      context.drawImage(picture, (picture.width - width) / 2, (picture.height - height) / 2, width, height, index * 80, 0, 80, 45);
    }
    this.strip.classList.add("filled");
  }

  #share = (seconds) => this.duration ? Math.min(1, Math.max(0, seconds / this.duration)) : 0;
  #text = (seconds) => `${spoken(seconds)} of ${spoken(this.duration)}`;

  #listen() {
    const slider = this.slider;
    slider.addEventListener("pointerenter", (event) => this.#point(event));
    slider.addEventListener("pointermove", (event) => {
      this.#point(event);
      if (this.isDragging) this.seek(this.pointed, true);
    });
    slider.addEventListener("pointerleave", () => { if (!this.isDragging) this.#leave(); });
    slider.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      slider.setPointerCapture(event.pointerId);
      this.isDragging = true;
      this.#point(event);
      this.dragged = { x: event.clientX, seconds: this.pointed };
      this.seek(this.pointed, true);
    });
    const end = (event) => {
      if (!this.isDragging) return;
      this.isDragging = false;
      this.seek(this.pointed, false);
      if (event.pointerType !== "mouse" || !slider.matches(":hover")) this.#leave();
    };
    slider.addEventListener("pointerup", end);
    slider.addEventListener("pointercancel", end);
    slider.addEventListener("keydown", (event) => this.#key(event));
    slider.addEventListener("blur", () => this.#leave());
  }

  #key(event) {
    const step = this.clips.at(this.position)?.end - this.clips.at(this.position)?.start + 1 || 30;
    const to = {
      ArrowLeft: this.position - (event.shiftKey ? 5 : 1), ArrowRight: this.position + (event.shiftKey ? 5 : 1),
      ArrowDown: this.position - 1, ArrowUp: this.position + 1, PageDown: this.position - step, PageUp: this.position + step,
      Home: 0, End: this.duration,
    }[event.key];
    if (event.key === "Escape") return this.#leave();
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const seconds = Math.min(this.duration, Math.max(0, to));
    this.seek(seconds, false);
    this.moveTo(seconds);
    this.show(seconds);
  }

  /** Shows the moment under the pointer. The farther a drag is from the time line, the finer it goes. */
  #point(event) {
    const box = this.slider.getBoundingClientRect();
    const within = (seconds) => Math.min(this.duration, Math.max(0, seconds));
    const coarse = this.duration / box.width;
    const away = this.isDragging ? Math.max(box.top - event.clientY, event.clientY - box.bottom) : 0;
    if (away <= COARSE || coarse <= FINE_STEP) {
      const seconds = within((event.clientX - box.left) * coarse);
      this.dragged = { x: event.clientX, seconds };
      return this.show(seconds);
    }
    const depth = Math.min(1, (away - COARSE) / (FINEST - COARSE));
    const step = coarse * (FINE_STEP / coarse) ** depth;
    this.dragged = { x: event.clientX, seconds: within(this.dragged.seconds + (event.clientX - this.dragged.x) * step) };
    this.show(this.dragged.seconds, true);
  }

  #leave() {
    this.preview.hide();
    this.cursor.hidden = true;
  }

  /** Shows the picture of a moment above the time line. */
  show(seconds, isFine = false) {
    this.pointed = seconds;
    this.cursor.hidden = false;
    this.cursor.style.setProperty("inset-inline-start", `${this.#share(seconds) * 100}%`);
    this.preview.show(seconds, isFine, this.isDragging);
    this.#place(seconds);
  }

  /** Above the place pointed at, but within the time line. */
  #place(seconds) {
    const [room, width] = [this.element.clientWidth, this.preview.element.offsetWidth];
    const left = Math.min(room - width, Math.max(0, this.#share(seconds) * room - width / 2));
    this.preview.element.style.setProperty("transform", `translateX(${Math.round(left)}px)`);
  }
}
