// What is known of a video, and how far is what is made of it.
import { bytes, clock, h } from "./dom.js";
import { consoleURL } from "./place.js";

export const isUnderWay = (state) => state === "queued" || state === "processing";

export class Facts {
  /** - file: the `LibraryFile`. */
  constructor(file) {
    this.facts = h("ul", { class: "facts muted number", "aria-label": "About this video" });
    this.states = h("ul", { class: "states", "aria-label": "What is made of this video" });
    this.runs = h("a", { class: "small", href: consoleURL({ group: file.record.objectKey }, "fan-out") }, "What ran for it");
    this.element = h("div", { class: "known" }, h("div", { class: "row spread" }, this.facts, this.runs), this.states);
  }

  /** - length: seconds. */
  show(record, length) {
    this.facts.replaceChildren(...[
      clock(length), record.width && `${record.width} × ${record.height}`, record.metadata?.streams?.video?.codec, bytes(record.size),
    ].filter(Boolean).map((fact) => h("li", {}, fact)));
    const percent = record.percent ?? record.proxyProgress;
    const lines = [
      isUnderWay(record.proxyStatus) && h("li", {}, h("label", {}, "A copy that every browser plays is being made", h("progress", { max: 100, value: percent || null })), record.secondsLeft ? h("span", { class: "muted small" }, `${clock(record.secondsLeft)} left`) : null),
      record.proxyStatus === "failed" && h("li", { class: "notice bad" }, `No copy for every browser: ${record.proxyError}`),
      isUnderWay(record.previewsStatus) && h("li", { class: "muted" }, "Stills, GIFs and the storyboard are being made."),
      record.previewsStatus === "failed" && h("li", { class: "notice bad" }, `No previews: ${record.previewsError}`),
      isUnderWay(record.thumbnailStatus) && h("li", { class: "muted" }, "The poster is being made."),
      record.thumbnailStatus === "failed" && h("li", { class: "notice bad" }, `No poster: ${record.thumbnailError}`),
      isUnderWay(record.waveformStatus) && h("li", { class: "muted" }, "The waveform is being drawn."),
      record.waveformStatus === "failed" && h("li", { class: "notice bad" }, `No waveform: ${record.waveformError}`),
    ].filter(Boolean);
    this.states.hidden = lines.length === 0;
    this.states.replaceChildren(...lines);
  }
}
