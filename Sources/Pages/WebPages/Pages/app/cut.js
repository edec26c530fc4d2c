// The clip editor: marks on the waveform where a clip begins and ends, and its export as a file of the library.
import { announce, bytes, clock, h, icon, spoken } from "./dom.js";

const FORMATS = [["mp4", "MP4 video"], ["gif", "GIF"], ["webp", "WebP animation"]];
/** Seconds of a clip at first, and at most. */
const [FIRST, LONGEST] = [10, 600];

/** `0:07.40` */
const precise = (seconds) => {
  const hundredths = Math.round(seconds * 100);
  return `${clock(Math.floor(hundredths / 100))}.${String(hundredths % 100).padStart(2, "0")}`;
};

export class Cut {
  /** - file: the `LibraryFile`. - stage: set by `attach`. */
  constructor({ file, duration, frameRate }) {
    Object.assign(this, { file, duration, frame: 1 / (frameRate || 25), start: 0, end: Math.min(FIRST, duration), rows: new Map() });
    this.selection = h("div", { class: "selection" });
    this.handles = { start: this.#handle("start", "Start of the clip"), end: this.#handle("end", "End of the clip") };
    /** What lies on the waveform. */
    this.marks = [this.selection, this.handles.start, this.handles.end];
    this.text = h("span", { class: "number", "data-testid": "cut" });
    this.problem = h("p", { class: "notice bad", role: "alert", hidden: true });
    this.format = h("select", { "aria-label": "Format" }, FORMATS.map(([value, label]) => h("option", { value }, label)));
    this.button = h("button", { type: "button", class: "main", onclick: () => this.#order(this.start, this.end, this.format.value) }, icon("cut"), "Export the clip");
    this.list = h("ul", { class: "exports", "aria-label": "Exported clips", hidden: true });
    const button = (label, work, name) => h("button", { type: "button", onclick: work, "aria-label": name && label, title: name && label }, name ? icon(name) : label);
    this.element = h("section", { class: "panel cut", "aria-labelledby": "cut-title" },
      h("header", { class: "spread" }, h("h2", { id: "cut-title" }, "Clip"), this.text),
      h("div", { class: "row" },
        button("Start here (i)", () => this.here("start")), button("End here (o)", () => this.here("end")),
        button("One frame back", () => this.stage.step(-1), "stepBack"), button("One frame on", () => this.stage.step(1), "stepOn"),
        button("Play the clip", () => this.#play())),
      h("div", { class: "row" }, this.format, this.button), this.problem, this.list);
  }

  /** Keys of the editor. */
  get keys() { return { i: () => this.here("start"), o: () => this.here("end") }; }

  attach(stage, waveform) {
    Object.assign(this, { stage, waveform });
    this.lay();
  }

  /** Sets a mark where the video is. */
  here(which) {
    this.#set(which, this.stage.position);
    announce(`${which === "start" ? "The clip starts" : "The clip ends"} at ${precise(this[which])}`);
  }

  /** Puts the marks where they belong on the visible part of the waveform. */
  lay() {
    const { waveform } = this;
    if (!waveform) return;
    const width = waveform.strip.clientWidth;
    const [from, to] = [waveform.place(this.start), waveform.place(this.end)];
    for (const [which, at] of [["start", from], ["end", to]]) {
      const handle = this.handles[which];
      handle.hidden = at < -1 || at > width + 1;
      handle.style.setProperty("transform", `translateX(${at.toFixed(1)}px)`);
      handle.setAttribute("aria-valuenow", this[which].toFixed(2));
      handle.setAttribute("aria-valuetext", spoken(this[which]) + ` ${Math.round(this[which] % 1 * 100)} hundredths`);
    }
    const [left, right] = [Math.max(0, from), Math.min(width, to)];
    this.selection.hidden = right <= left;
    this.selection.style.setProperty("transform", `translateX(${left.toFixed(1)}px)`);
    this.selection.style.setProperty("inline-size", `${Math.max(0, right - left).toFixed(1)}px`);
    this.text.textContent = `${precise(this.start)} – ${precise(this.end)} (${(this.end - this.start).toFixed(2)} s)`;
    this.button.disabled = this.end - this.start > LONGEST;
  }

  /** Told each position of the video: a clip that is played stops at its end. */
  moved(seconds) {
    if (!this.isPlaying || seconds < this.end) return;
    this.isPlaying = false;
    this.stage.video.pause();
  }

  /** The file's record has changed: what was awaited may be there, or have failed. */
  async changed() {
    for (const one of this.file.record.moments ?? []) this.#tell(one);
    for (const [id, row] of this.rows) {
      if (row.isDone || !this.file.has(id)) continue;
      row.isDone = true;
      const made = await this.file.other(id);
      row.end.replaceChildren(h("a", { class: "button", href: this.file.content(made), download: made.name }, icon("down"), `Download (${bytes(made.size)})`));
      announce("The clip is ready");
    }
  }

  /** Shows a clip that is not there yet: of this page, or asked for before. */
  #tell({ id, status, start, end, format, error }) {
    if (!this.rows.has(id)) {
      const row = { end: h("span", { class: "row" }) };
      this.rows.set(id, row);
      this.list.hidden = false;
      this.list.prepend(h("li", { class: "row spread" }, h("span", { class: "number" }, `${precise(start)} – ${precise(end)} · ${format.toUpperCase()}`), row.end));
    }
    const row = this.rows.get(id);
    if (row.isDone || row.status === status) return;
    row.status = status;
    const [text, mood] = { queued: ["waiting", ""], processing: ["being made", "busy"], failed: ["failed", "bad"] }[status];
    const chip = h("span", { class: `chip ${mood}` }, text);
    if (status !== "failed") { row.end.replaceChildren(chip); return; }
    row.end.replaceChildren(chip, h("span", { class: "small" }, error), h("button", { type: "button", class: "small", onclick: () => {
      row.end.parentElement.remove();
      this.rows.delete(id);
      this.#order(start, end, format);
    } }, "Try again"));
    announce("The clip failed");
  }

  #set(which, seconds) {
    const within = Math.min(this.duration, Math.max(0, seconds));
    if (which === "start") {
      this.start = Math.min(within, this.duration - this.frame);
      if (this.end <= this.start) this.end = Math.min(this.duration, this.start + FIRST);
    } else {
      this.end = Math.max(within, this.frame);
      if (this.start >= this.end) this.start = Math.max(0, this.end - FIRST);
    }
    this.lay();
  }

  #play() {
    this.stage.seekTo(this.start, false);
    this.isPlaying = true;
    this.stage.video.play().catch(() => {});
  }

  #handle(which, label) {
    const handle = h("div", {
      class: `mark ${which}`, role: "slider", tabindex: "0", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": this.duration.toFixed(2),
      "aria-valuenow": this[which].toFixed(2),
      onkeydown: (event) => {
        const step = event.shiftKey ? 1 : this.frame;
        const to = { ArrowLeft: this[which] - step, ArrowDown: this[which] - step, ArrowRight: this[which] + step, ArrowUp: this[which] + step, Home: 0, End: this.duration }[event.key];
        if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        this.#set(which, to);
        this.stage.seekTo(this[which], false);
      },
      onpointerdown: (event) => { handle.setPointerCapture(event.pointerId); handle.focus(); event.preventDefault(); },
      onpointermove: (event) => {
        if (!handle.hasPointerCapture(event.pointerId)) return;
        this.#set(which, this.waveform.at(event.clientX));
        this.stage.seekTo(this[which], true);
      },
      onpointerup: () => this.stage.seekTo(this[which], false),
    });
    return handle;
  }

  async #order(start, end, format) {
    this.problem.hidden = true;
    this.button.disabled = true;
    try {
      const id = await this.file.cut(start, end, format);
      if (!this.rows.has(id)) this.#tell({ id, status: "queued", start, end, format });
      this.changed();
    } catch (error) {
      this.problem.textContent = error.message;
      this.problem.hidden = false;
    }
    this.button.disabled = false;
  }
}
