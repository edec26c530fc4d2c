// The player itself: the video with its time line, its buttons and its keys. It works with previews and without, and, if
// the browser cannot play the file, with previews alone.
import { clock, h } from "./dom.js";
import { controls } from "./controls.js";
import { listenToKeys } from "./keys.js";
import { paint, Pictures } from "./pictures.js";
import { Timeline } from "./timeline.js";

/** Frames a second of a video that does not say. */
const FRAME_RATE = 25;

export class Stage {
  #wanted = null;
  #unlisten;

  /**
   * - clips: what finds the pictures of a moment; without clips in it there are none yet.
   * - source: address of the video. - isPatient: the video is fetched when the visitor turns to it, not before. - shape: `{ width, height }`, pixels.
   * - onTime: told the second where the video was put or stopped. - onMove: told each position.
   */
  constructor({ title, clips, source, poster = null, shape, frameRate, isPatient = false, start = 0, below = [], extra = [], keys = {}, onTime = () => {}, onMove = () => {} }) {
    Object.assign(this, { clips, frameRate: frameRate || FRAME_RATE, start, onTime, onMove, isPlayable: true, position: start, tiles: null });
    this.toggle = () => {
      if (!this.isPlayable) return;
      if (this.video.paused) this.video.play().catch(() => {}); else this.video.pause();
    };
    /** Until the video has moved, its poster is what is seen, not the frame of its position. */
    this.showsPoster = Boolean(poster) && !start;
    this.pictures = new Pictures({ address: clips.address });
    const ratio = `${shape.width || 16} / ${shape.height || 9}`;
    this.video = h("video", { playsinline: true, preload: isPatient && !start ? "none" : "metadata", src: source, "aria-label": title, poster });
    this.still = h("canvas", { class: "instead", hidden: true, role: "img", "aria-label": "Still of the position" });
    this.problem = h("p", { class: "notice unplayable", hidden: true }, "This browser cannot play the file. Its previews can be scrubbed all the same.");
    this.timeline = new Timeline({ clips, pictures: this.pictures, seek: (seconds, isMore) => this.seekTo(seconds, isMore), shape: ratio });
    this.element = h("div", { class: "stage", tabindex: "-1" });
    this.buttons = controls({ video: this.video, stage: this.element, toggle: this.toggle, extra });
    this.element.append(
      h("div", { class: "picture", style: { "aspect-ratio": ratio } }, this.video, this.still),
      h("div", { class: "controls" }, this.timeline.element, below, this.buttons.element));
    this.#listen();
    this.#unlisten = listenToKeys(this, keys);
    this.#moved(start);
  }

  /** Fetches the video's own facts, and shows its picture, if that was put off. */
  wake() {
    if (this.video.preload === "none") this.video.preload = "metadata";
  }

  get duration() { return this.clips.duration; }

  /** Takes previews that were made later. */
  use(clips, tiles) {
    if (clips !== this.clips) {
      this.pictures.clear();
      this.pictures = new Pictures({ address: clips.address });
    }
    Object.assign(this, { clips, tiles });
    this.timeline.use({ clips, pictures: this.pictures, tiles });
    this.#moved(this.position);
    this.timeline.fill();
  }

  /** - isMore: while one drags; one seek at a time, and what comes meanwhile replaces what waits. */
  seekTo(seconds, isMore) {
    if (this.isPlayable) {
      if (isMore && this.video.seeking) this.#wanted = seconds;
      else { this.#wanted = null; this.video.currentTime = seconds; }
      if (this.video.readyState === 0) {
        this.wake();
        this.start = seconds;
        this.#moved(seconds);
      }
    } else {
      this.#moved(seconds);
      this.#showStill(seconds);
    }
    if (!isMore) this.onTime(seconds);
  }

  /** Moves by whole frames, to the middle of one, so that no rounding shows its neighbour. */
  step(frames) {
    this.video.pause();
    const frame = Math.floor(this.position * this.frameRate + 0.001) + frames;
    this.seekTo(Math.min(this.duration, Math.max(0, (frame + 0.5) / this.frameRate)), false);
  }

  /** Plays another file of the same length from the same moment. */
  change(source) {
    const { currentTime, paused, playbackRate } = this.video;
    this.isPlayable = true;
    this.problem.hidden = true;
    this.still.hidden = true;
    this.buttons.disable(false);
    this.start = currentTime || this.position;
    this.video.src = source;
    this.video.addEventListener("loadedmetadata", () => {
      this.video.playbackRate = playbackRate;
      if (!paused) this.video.play().catch(() => {});
    }, { once: true });
  }

  close() {
    this.#unlisten();
    this.video.removeAttribute("src");
    this.video.load();
    this.pictures.clear();
    this.tiles?.close();
  }

  #listen() {
    const { video, timeline } = this;
    for (const turned of ["pointerenter", "pointerdown", "focusin"]) this.element.addEventListener(turned, () => this.wake());
    const moved = () => {
      this.showsPoster = false;
      this.#moved(video.currentTime);
    };
    video.addEventListener("loadedmetadata", () => {
      if (!this.clips.duration) {
        this.clips.duration = video.duration;
        timeline.use({ clips: this.clips, pictures: this.pictures, tiles: this.tiles });
      }
      if (this.start) video.currentTime = Math.min(this.start, video.duration);
    });
    video.addEventListener("timeupdate", moved);
    video.addEventListener("seeking", moved);
    video.addEventListener("seeked", () => {
      if (this.#wanted === null) return;
      const next = this.#wanted;
      this.#wanted = null;
      video.currentTime = next;
    });
    video.addEventListener("progress", () => { const ranges = video.buffered; if (ranges.length) timeline.buffer(ranges.end(ranges.length - 1)); });
    video.addEventListener("pause", () => this.onTime(video.currentTime));
    video.addEventListener("click", () => { this.element.focus({ preventScroll: true }); this.toggle(); });
    video.addEventListener("error", () => {
      if (!video.hasAttribute("src")) return;
      this.isPlayable = false;
      this.problem.hidden = false;
      this.buttons.disable(true);
      this.#showStill(this.position);
      this.#moved(this.position);
    });
  }

  async #showStill(seconds) {
    const found = this.clips.still(seconds);
    const picture = found && await this.pictures.get(found.key);
    if (!picture || this.isPlayable) return;
    paint(this.still, picture);
    this.still.hidden = false;
    this.showsPoster = false;
  }

  #moved(seconds) {
    this.position = seconds;
    this.timeline.moveTo(seconds);
    this.buttons.time.textContent = `${clock(seconds)} / ${clock(this.duration)}`;
    this.onMove(seconds);
  }
}
