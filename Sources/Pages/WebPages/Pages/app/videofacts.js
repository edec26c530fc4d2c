// What is known of a video, and how far is what is made of it.
import { bytes, clock, h } from "./dom.js";
import { consoleURL } from "./place.js";

export const isUnderWay = (state) => state === "queued" || state === "processing";

/** Derivatives: what is said of each while it is made, when it is there, and if it failed. */
const MADE = [
  ["proxy", "A copy that every browser plays is being made", "The copy that every browser plays is ready.", "No copy for every browser"],
  ["previews", "Stills, GIFs and the storyboard are being made.", "Stills, GIFs and the storyboard are ready.", "No previews"],
  ["thumbnail", "The poster is being made.", "The poster is ready.", "No poster"],
  ["waveform", "The waveform is being drawn.", "The waveform is ready.", "No waveform"],
];

export class Facts {
  /** Derivatives that were under way or had failed since the page was opened: their lines stay, so that nothing below moves. */
  #told = new Set();

  /** - file: the `LibraryFile`. */
  constructor(file) {
    this.facts = h("ul", { class: "facts muted number", "aria-label": "About this video" });
    this.states = h("ul", { class: "states", "aria-label": "What is made of this video" });
    this.runs = h("a", { class: "small", href: consoleURL({ group: file.record.objectKey }, "fan-out") }, "What ran for it");
    this.element = h("div", { class: "known" }, h("div", { class: "row spread" }, this.facts, this.runs), this.states);
  }

  /** A line for a derivative that has been asked for. */
  expect(name) { this.#told.add(name); }

  /** - length: seconds. */
  show(record, length) {
    this.facts.replaceChildren(...[
      clock(length), record.width && `${record.width} × ${record.height}`, record.metadata?.streams?.video?.codec, bytes(record.size),
    ].filter(Boolean).map((fact) => h("li", {}, fact)));
    for (const [name] of MADE) if (isUnderWay(record[`${name}Status`]) || record[`${name}Status`] === "failed") this.#told.add(name);
    const lines = MADE.filter(([name]) => this.#told.has(name)).map(([name, doing, done, missing]) => {
      const status = record[`${name}Status`];
      if (status === "failed") return h("li", { class: "notice bad" }, `${missing}: ${record[`${name}Error`]}`);
      if (!isUnderWay(status)) return h("li", { class: "muted" }, status === "not_needed" ? "Every browser plays the original." : done);
      if (name !== "proxy") return h("li", { class: "muted" }, doing);
      const left = record.secondsLeft ? h("span", { class: "muted small number" }, `${clock(record.secondsLeft)} left`) : null;
      return h("li", { class: "row nowrap" }, h("label", { class: "work" }, doing, h("progress", { max: 100, value: (record.percent ?? record.proxyProgress) || null })), left);
    });
    this.states.hidden = lines.length === 0;
    this.states.replaceChildren(...lines);
  }
}
