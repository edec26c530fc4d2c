// What is shown of a moment that the time line is pointed at: its picture, as good as there is one, and, while one rests
// there, the GIF of the clip that it lies in.
import { clock, h, prefersStillness, spoken } from "./dom.js";
import { paint } from "./pictures.js";

/** Milliseconds that one rests on a moment before the GIF of its clip is played. */
const REST = 400;

export class Preview {
  constructor({ clips, pictures, tiles, shape }) {
    Object.assign(this, { clips, pictures, tiles, shown: null, pointed: 0 });
    this.canvas = h("canvas", { class: "still", width: 320, height: 180, role: "img", "aria-label": "Still", style: { "aspect-ratio": shape } });
    this.gif = h("img", { class: "gif", alt: "", "aria-hidden": "true", hidden: true });
    this.time = h("figcaption", { class: "number" });
    this.element = h("div", { class: "preview", hidden: true, "data-testid": "preview" },
      h("figure", {}, h("div", { class: "frame" }, this.canvas, this.gif), this.time));
  }

  use({ clips, pictures, tiles }) { Object.assign(this, { clips, pictures, tiles }); }

  get isShown() { return this.shown !== null; }

  /** - isFine: tenths of seconds are told, too. - isDragging: the moment itself is looked for, so no GIF covers its still. */
  show(seconds, isFine, isDragging = false) {
    this.pointed = seconds;
    this.element.hidden = false;
    this.element.classList.toggle("fine", isFine);
    const still = this.clips.still(seconds);
    const second = still?.second ?? Math.floor(seconds);
    this.time.textContent = isFine ? `${clock(seconds)}.${Math.floor(seconds * 10) % 10} fine` : clock(seconds);
    if (second !== this.shown) {
      this.shown = second;
      this.#stop();
      this.#paint(still, second);
      const found = this.clips.gif(seconds);
      if (found && !isDragging && !prefersStillness()) this.resting = setTimeout(() => this.#play(found), REST);
    } else if (this.tiles && !this.canvas.dataset.second) this.#paint(still, second);
  }

  hide() {
    this.element.hidden = true;
    this.shown = null;
    this.#stop();
  }

  /** The GIF lies over the still, and shows its frames as they come. */
  #play({ key, clip }) {
    const { from, to } = this.clips.range(clip);
    this.gif.src = this.clips.address(key);
    this.gif.hidden = false;
    this.time.textContent = `${clock(this.pointed)} in ${clock(from)}–${clock(to)}`;
  }

  #stop() {
    clearTimeout(this.resting);
    this.gif.hidden = true;
    this.gif.removeAttribute("src");
  }

  async #paint(still, second) {
    const isShown = () => this.shown === second;
    const done = () => {
      this.canvas.setAttribute("aria-label", `Still at ${spoken(second)}`);
      this.canvas.dataset.second = String(second);
    };
    const here = still && this.pictures.peek(still.key);
    if (here) {
      paint(this.canvas, here);
      return done();
    }
    const tiles = this.tiles;
    const found = tiles?.paint(this.canvas, second);
    if (found === "sheet" && tiles.isFine) return done();
    delete this.canvas.dataset.second;
    if (tiles && found !== "sheet") {
      // Passed by and come back to: once more.
      const came = await tiles.want(second) || isShown() && await tiles.want(second);
      if (!isShown() || this.canvas.dataset.second) return;
      if (came) {
        tiles.paint(this.canvas, second);
        if (tiles.isFine) return done();
      }
    }
    if (!still) return;
    const picture = await this.pictures.get(still.key) ?? (isShown() ? await this.pictures.get(still.key) : null);
    if (!picture || !isShown()) return;
    paint(this.canvas, picture);
    done();
  }
}
