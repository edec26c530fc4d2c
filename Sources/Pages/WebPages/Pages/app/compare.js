// Playing a file before and after: one position for both, a waveform to seek in.
import { announce, clock, h, icon, spoken } from "./dom.js";
import { Peaks } from "./peaks.js";

/** The one that sounds: starting another stops it. */
let sounding = null;

/**
 * - before: the local file; null where only the result is there. - after: the result's address. - name: of the file.
 */
export class Compare {
  constructor({ before, after, name }) {
    this.sources = { before: before ? URL.createObjectURL(before) : null, after };
    this.shown = "after";
    this.duration = 0;
    this.player = new Audio();
    this.player.preload = "none";
    this.waveform = new Peaks();
    this.button = h("button", { type: "button", class: "plain", "aria-label": `Play ${name}`, onclick: () => this.toggle() }, icon("play"));
    this.time = h("span", { class: "muted small number" }, "0:00");
    this.slider = h("div", {
      class: "wave", role: "slider", tabindex: "0", "aria-label": `Position in ${name}`, "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0",
      onkeydown: (event) => this.#key(event), onpointerdown: (event) => this.#drag(event), onpointermove: (event) => { if (event.buttons) this.#drag(event); },
    }, this.waveform.canvas);
    this.choices = h("span", { class: "choices row", role: "group", "aria-label": `Version of ${name} to play` },
      ["before", "after"].map((version) => h("button", { type: "button", class: "small", dataset: { version }, "aria-pressed": String(version === this.shown), disabled: !this.sources[version], onclick: () => this.choose(version) }, version === "before" ? "Before" : "After")));
    this.problem = h("p", { class: "muted small", role: "status", hidden: true });
    this.element = h("div", { class: "compare" }, h("div", { class: "row nowrap" }, this.button, this.slider, this.time), h("div", { class: "row" }, this.choices, this.problem));
    this.player.addEventListener("timeupdate", () => this.#show());
    this.player.addEventListener("play", () => this.#state());
    this.player.addEventListener("pause", () => this.#state());
    this.player.addEventListener("error", () => this.#cannot());
    this.name = name;
  }

  set(waveform) {
    this.duration = waveform.duration;
    this.waveform.set(waveform.peaks);
    this.slider.setAttribute("aria-valuemax", String(Math.round(this.duration)));
    this.#show();
  }

  async toggle() {
    if (!this.player.paused) return this.player.pause();
    if (sounding !== this) sounding?.player.pause();
    sounding = this;
    const at = this.wanted ?? 0;
    if (!this.player.src) {
      this.player.src = this.sources[this.shown];
      if (at) this.player.addEventListener("loadedmetadata", () => { this.player.currentTime = at; }, { once: true });
    }
    try { await this.player.play(); } catch (error) { if (error.name === "NotSupportedError") this.#cannot(); }
  }

  /** Goes on at the same place with the other version. */
  choose(version) {
    if (version === this.shown) return;
    const at = this.position, isPlaying = !this.player.paused;
    this.shown = version;
    this.wanted = at;
    this.player.removeAttribute("src");
    this.player.load();
    this.problem.hidden = true;
    for (const button of this.choices.children) button.setAttribute("aria-pressed", String(button.dataset.version === version));
    if (isPlaying) this.toggle(); else this.#show();
  }

  get position() { return this.player.src ? this.player.currentTime : this.wanted ?? 0; }

  seek(seconds) {
    const at = Math.max(0, Math.min(this.duration, seconds));
    this.wanted = at;
    if (this.player.src) this.player.currentTime = at;
    this.#show();
  }

  close() {
    this.player.pause();
    this.player.removeAttribute("src");
    if (this.sources.before) URL.revokeObjectURL(this.sources.before);
    if (sounding === this) sounding = null;
  }

  #key(event) {
    const step = { ArrowLeft: -5, ArrowRight: 5, ArrowDown: -5, ArrowUp: 5, PageDown: -30, PageUp: 30, Home: -Infinity, End: Infinity }[event.key];
    if (step !== undefined) { event.preventDefault(); this.seek(Math.min(this.duration, Math.max(0, this.position + step))); }
    if (event.key === " " || event.key === "Enter") { event.preventDefault(); this.toggle(); }
  }

  #drag(event) {
    const box = this.slider.getBoundingClientRect();
    if (event.type === "pointerdown") this.slider.setPointerCapture(event.pointerId);
    this.seek((event.clientX - box.left) / box.width * this.duration);
  }

  #show() {
    const at = this.position;
    this.waveform.play(this.duration ? at / this.duration : 0);
    this.time.textContent = `${clock(at)} / ${clock(this.duration)}`;
    this.slider.setAttribute("aria-valuenow", String(Math.min(Math.round(at), Math.round(this.duration))));
    this.slider.setAttribute("aria-valuetext", `${spoken(at)} of ${spoken(this.duration)}`);
  }

  #state() {
    const isPlaying = !this.player.paused;
    this.button.replaceChildren(icon(isPlaying ? "pause" : "play"));
    this.button.setAttribute("aria-label", `${isPlaying ? "Pause" : "Play"} ${this.name}`);
  }

  #cannot() {
    if (!this.player.getAttribute("src")) return;
    this.problem.textContent = this.shown === "before"
      ? "This browser cannot play the original's format. Listen to the result, or download it." : "This browser cannot play the result's format. Download it to listen.";
    this.problem.hidden = false;
    announce(this.problem.textContent);
  }
}
