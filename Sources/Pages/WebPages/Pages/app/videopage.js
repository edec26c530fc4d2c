// The view of one video of a library: the player with its previews and its waveform, the clip editor, what can be saved.
import { clipGrid } from "./clipgrid.js";
import { Cut } from "./cut.js";
import { announce, h } from "./dom.js";
import { downloadMenu } from "./downloads.js";
import { KEYS } from "./keys.js";
import { listen, sayAway } from "./live.js";
import { Clips, placedNames } from "./names.js";
import { Stage } from "./stage.js";
import { Tiles } from "./tiles.js";
import { Facts, isUnderWay } from "./videofacts.js";
import { Waveform } from "./waveform.js";

/** Why the frame that is shown cannot become the poster. */
const NOT_MOVED = "Play the video or go to a frame first: what is seen now is the poster";

export class VideoPage {
  /** What was built of, by the state that it had. */
  #previews = null;
  #hasWaveform = false;

  /** - start: the second to begin at. */
  constructor(file, { sources, defaultSourceId }, start) {
    Object.assign(this, { file, sources, grid: null });
    const { record } = file;
    this.length = record.duration;
    const rate = record.metadata?.streams?.video?.frameRate;
    const frameRate = rate?.denominator ? rate.numerator / rate.denominator : 0;
    this.cut = new Cut({ file, duration: this.length, frameRate });
    this.waveform = new Waveform({ duration: this.length, seek: (seconds, isMore) => this.stage.seekTo(seconds, isMore), children: this.cut.marks, onView: () => this.cut.lay() });
    // Its place is kept from the start, so that nothing moves when it comes.
    this.waveform.element.hidden = !["queued", "processing", "complete"].includes(record.waveformStatus);
    this.quality = h("select", { class: "speed", "aria-label": "Source", onchange: () => this.stage.change(this.quality.value) });
    this.#fillSources(defaultSourceId);
    const poster = record.thumbnailFileId ? `${file.address}/thumbnail` : null;
    const none = new Clips({ duration: this.length, clips: [] }, { output: null, address: (key) => file.preview(key) });
    this.stage = new Stage({
      title: record.name, clips: none, source: this.quality.value, poster, shape: record, frameRate, isPatient: Boolean(poster),
      start, below: [this.waveform.element], extra: [this.quality], keys: this.cut.keys,
      onTime: (seconds) => this.#keep(seconds),
      onMove: (seconds) => { this.waveform.moveTo(seconds); this.grid?.mark(seconds); this.cut.moved(seconds); this.#allowPoster(); },
    });
    this.cut.attach(this.stage, this.waveform);
    this.downloads = h("span");
    this.poster = h("button", { type: "button", disabled: this.stage.showsPoster, title: NOT_MOVED, onclick: () => this.#choosePoster() }, "Use as poster");
    this.#allowPoster();
    this.problem = h("p", { class: "notice bad", role: "alert", hidden: true });
    this.clips = h("div");
    this.facts = new Facts(file);
    this.element = h("article", { class: "watch" },
      h("div", { class: "row spread heading" }, h("h1", { tabindex: "-1" }, record.name), h("div", { class: "row" }, this.poster, this.downloads)),
      this.problem, this.stage.element, this.stage.problem, this.facts.element, this.cut.element, keysPanel(), this.clips);
    this.#offer(null);
    file.addEventListener("change", () => this.changed());
    file.addEventListener("away", () => sayAway(true));
    file.addEventListener("back", () => sayAway(false));
    addEventListener("pagehide", () => file.close());
  }

  /** Shows what there is now, and keeps what is in use. */
  async changed() {
    const { record } = this.file;
    this.facts.show(record, this.length);
    this.cut.changed();
    this.#showPoster(record);
    if (record.waveformStatus === "complete" && !this.#hasWaveform) {
      this.#hasWaveform = true;
      this.file.waveform().then((found) => { this.waveform.element.hidden = false; this.waveform.use(found); }).catch(() => { this.#hasWaveform = false; });
    }
    if (record.previewsStatus === "ready" && this.#previews !== record.previewsManifest) {
      this.#previews = record.previewsManifest;
      await this.#showPreviews(await this.file.manifest()).catch(() => { this.#previews = null; });
    }
    if (record.proxyStatus === "ready" && this.sources.length < 2) {
      this.sources = (await this.file.sources()).sources;
      this.#fillSources(this.quality.selectedOptions[0]?.dataset.id);
    }
  }

  /** What is seen before the video has moved is its poster already. */
  #allowPoster() {
    if (!this.poster) return;
    this.poster.disabled = this.isAsking || this.isChoosing || this.stage.showsPoster;
    this.poster.title = this.stage.showsPoster ? NOT_MOVED : "Makes the frame that is shown the video's picture";
  }

  /** The frame that is shown becomes the picture that stands for the video. */
  async #choosePoster() {
    this.problem.hidden = true;
    this.isAsking = true;
    this.#allowPoster();
    // Its line is there at once, not when the server has answered.
    this.facts.expect("thumbnail");
    this.facts.show(this.file.record, this.length);
    try {
      await this.file.choosePoster(this.stage.position);
      this.isChoosing = true;
    } catch (error) {
      this.problem.textContent = error.message;
      this.problem.hidden = false;
    }
    this.isAsking = false;
    this.#allowPoster();
  }

  #showPoster(record) {
    if (!this.isChoosing || isUnderWay(record.thumbnailStatus)) return;
    this.isChoosing = false;
    this.#allowPoster();
    if (record.thumbnailStatus !== "ready") return;
    this.stage.video.poster = `${this.file.address}/thumbnail?v=${encodeURIComponent(record.thumbnailFileId)}`;
    announce("The poster is ready");
  }

  async #showPreviews(manifest) {
    const prefix = this.file.previewsPrefix;
    const clips = new Clips(manifest, { output: placedNames(prefix, this.file.record.name), address: (key) => this.file.preview(key) });
    const tiles = Tiles.of(manifest.storyboard, clips.address);
    this.stage.frameRate = manifest.frameRate || this.stage.frameRate;
    this.cut.frame = 1 / this.stage.frameRate;
    this.stage.use(clips, tiles);
    this.grid?.close();
    this.grid = clipGrid(clips, (seconds) => {
      this.stage.seekTo(seconds, false);
      this.stage.timeline.slider.focus({ preventScroll: true });
      this.stage.element.scrollIntoView({ block: "nearest" });
    });
    if (tiles) this.grid.use(tiles);
    this.grid.mark(this.stage.position);
    this.clips.replaceChildren(h("section", { class: "panel", "aria-labelledby": "clips-title" }, h("header", {}, h("h2", { id: "clips-title" }, "Parts")), this.grid.element));
    this.#offer({ clips, manifest });
    if (!manifest.storyboard) this.#awaitStoryboard();
  }

  /** The storyboard is made after the rest, and then added to the manifest. */
  #awaitStoryboard() {
    if (this.isListening) return;
    this.isListening = true;
    const again = () => { this.#previews = null; this.changed(); };
    listen(["objects"], { onItems: (items) => { if (items.some(({ key }) => key === this.file.record.previewsManifest)) again(); }, onReset: again });
  }

  #offer(previews) {
    this.menu?.close();
    this.menu = downloadMenu({ file: this.file, sources: this.sources, previews, position: () => this.stage.position });
    this.downloads.replaceChildren(this.menu.element);
  }

  #fillSources(chosen) {
    this.quality.replaceChildren(...this.sources.map((source) =>
      h("option", { value: source.streamUrl, selected: source.id === chosen, dataset: { id: source.id } }, source.kind === "proxy" ? "Proxy" : "Original")));
    this.quality.disabled = this.sources.length < 2;
    // One that will have company keeps its place.
    this.quality.hidden = this.sources.length < 2 && !isUnderWay(this.file.record.proxyStatus);
  }

  #keep(seconds) {
    const at = new URL(location.href);
    if (seconds >= 1) at.searchParams.set("t", Math.floor(seconds)); else at.searchParams.delete("t");
    history.replaceState(null, "", at);
  }
}

const keysPanel = () => h("details", { class: "panel" }, h("summary", {}, "Keys"),
  h("dl", { class: "keys" }, [...KEYS, ["i o", "the clip starts, ends here"]].flatMap(([key, work]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, work)])));
