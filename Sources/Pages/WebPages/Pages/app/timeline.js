// The time line: a slider for mouse, finger and keyboard that shows the still of the second it points at, and the GIF of
// the clip that the second lies in.
import { clock, h, spoken } from "./dom.js";
import { paint } from "./pictures.js";
import { objectURL, site } from "./site.js";

/** Milliseconds that one rests in a clip before its GIF is fetched. */
const REST = 120;
/** Stills of the strip behind the time line. */
const STRIP = 16;

export class Timeline {
  /** - seek: called with the second wished for, and whether more wishes are coming. */
  constructor({ clips, pictures, tiles, seek }) {
    Object.assign(this, { clips, pictures, tiles, seek, duration: clips.duration, position: 0, shown: null, clip: null, isDragging: false });
    this.canvas = h("canvas", { class: "still", width: 320, height: 180, role: "img", "aria-label": "Still" });
    this.gif = h("img", { class: "gif", alt: "", hidden: true });
    this.time = h("span", { class: "number" });
    this.range = h("span", { class: "number muted" });
    this.preview = h("div", { class: "preview", hidden: true, "data-testid": "preview" },
      h("figure", {}, this.canvas, h("figcaption", {}, this.time)),
      h("figure", { class: "moving" }, h("div", { class: "frame" }, this.gif), h("figcaption", {}, this.range)));
    this.played = h("div", { class: "played" });
    this.buffered = h("div", { class: "buffered" });
    this.cursor = h("div", { class: "cursor", hidden: true });
    this.strip = h("canvas", { class: "strip", width: STRIP * 80, height: 45, "aria-hidden": "true" });
    this.slider = h("div", {
      class: "slider", role: "slider", tabindex: "0", "aria-label": "Position in the video", "aria-valuemin": "0",
      "aria-valuemax": String(Math.floor(this.duration)), "aria-valuenow": "0", "aria-valuetext": this.#text(0),
    }, this.strip, h("div", { class: "track" }, this.buffered, this.played), this.cursor);
    this.element = h("div", { class: "timeline" }, this.preview, this.slider);
    this.#listen();
  }

  /** Where the video is. */
  moveTo(seconds) {
    this.position = seconds;
    this.played.style.setProperty("inline-size", `${this.#share(seconds) * 100}%`);
    const whole = Math.min(Math.floor(seconds), Math.floor(this.duration));
    if (this.slider.getAttribute("aria-valuenow") === String(whole)) return;
    this.slider.setAttribute("aria-valuenow", String(whole));
    this.slider.setAttribute("aria-valuetext", this.#text(seconds));
  }

  buffer(seconds) {
    this.buffered.style.setProperty("inline-size", `${this.#share(seconds) * 100}%`);
  }

  /** Fills the strip, a still after the other. */
  async fill() {
    const context = this.strip.getContext("2d");
    for (let index = 0; index < STRIP; index++) {
      const still = this.clips.still((index + 0.5) / STRIP * this.duration);
      if (!still || !this.element.isConnected) return;
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

  #point(event) {
    const box = this.slider.getBoundingClientRect();
    this.show(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.duration);
  }

  #leave() {
    this.preview.hidden = true;
    this.cursor.hidden = true;
    this.shown = null;
    this.clip = null;
    clearTimeout(this.resting);
    this.gif.hidden = true;
    this.gif.removeAttribute("src");
  }

  /** Shows the pictures of a moment above the time line. */
  show(seconds) {
    this.pointed = seconds;
    const still = this.clips.still(seconds);
    this.preview.hidden = false;
    this.cursor.hidden = false;
    this.cursor.style.setProperty("inset-inline-start", `${this.#share(seconds) * 100}%`);
    this.#place(seconds);
    this.time.textContent = clock(seconds);
    if (still && still.key !== this.shown) {
      this.shown = still.key;
      this.#paint(still);
    }
    const found = this.clips.gif(seconds);
    if (found && found.clip !== this.clip) {
      this.clip = found.clip;
      this.range.textContent = `${clock(found.clip.start)}–${clock(Math.min(found.clip.end + 1, this.duration))}`;
      this.gif.hidden = true;
      this.gif.removeAttribute("src");
      clearTimeout(this.resting);
      this.resting = setTimeout(() => {
        this.gif.onload = () => { this.gif.hidden = false; };
        this.gif.src = objectURL(site.previews, found.key, this.clips.version);
        this.gif.alt = `Moving preview of ${this.range.textContent}`;
      }, REST);
    }
  }

  async #paint(still) {
    const done = (picture) => {
      paint(this.canvas, picture);
      this.canvas.setAttribute("aria-label", `Still at ${spoken(still.second)}`);
      this.canvas.dataset.second = String(still.second);
    };
    const here = this.pictures.peek(still.key);
    if (here) return done(here);
    delete this.canvas.dataset.second;
    this.tiles?.paint(this.canvas, still.second);
    const picture = await this.pictures.get(still.key);
    if (picture && this.shown === still.key) done(picture);
    else if (!picture && this.shown === still.key) {
      // Passed by and come back to: once more.
      const again = await this.pictures.get(still.key);
      if (again && this.shown === still.key) done(again);
    }
  }

  /** Above the place pointed at, but within the time line. */
  #place(seconds) {
    const [room, width] = [this.element.clientWidth, this.preview.offsetWidth];
    const left = Math.min(room - width, Math.max(0, this.#share(seconds) * room - width / 2));
    this.preview.style.setProperty("transform", `translateX(${Math.round(left)}px)`);
  }
}
