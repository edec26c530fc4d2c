// The page of one video of a library: `/video?library=ID&file=ID&t=SECONDS`.
import { clipGrid } from "./clipgrid.js";
import { Cut } from "./cut.js";
import { announce, bytes, clock, h } from "./dom.js";
import { downloadMenu } from "./downloads.js";
import { KEYS } from "./keys.js";
import { LibraryFile } from "./libraryfile.js";
import { Clips, placedNames } from "./names.js";
import { connect } from "./site.js";
import { Stage } from "./stage.js";
import { Tiles } from "./tiles.js";
import { Waveform } from "./waveform.js";

const busy = (state) => state === "queued" || state === "processing";
const main = document.getElementById("main");
const query = new URLSearchParams(location.search);
const notice = (text, isBad = true) => main.replaceChildren(back(), h("h1", {}, "Video"), h("p", { class: `notice${isBad ? " bad" : ""}`, role: "alert" }, text));
const back = () => h("p", { class: "back" }, h("a", { href: query.get("library") ? `library?library=${encodeURIComponent(query.get("library"))}` : "library" }, "Library"));

class VideoPage {
  /** What was built of, by the state that it had. */
  #previews = null;
  #hasWaveform = false;

  constructor(file, { sources, defaultSourceId }) {
    Object.assign(this, { file, sources, grid: null });
    const { record } = file;
    this.length = record.duration;
    const rate = record.metadata?.streams?.video?.frameRate;
    const frameRate = rate?.denominator ? rate.numerator / rate.denominator : 0;
    this.cut = new Cut({ file, duration: this.length, frameRate });
    this.waveform = new Waveform({ duration: this.length, seek: (seconds, isMore) => this.stage.seekTo(seconds, isMore), children: this.cut.marks, onView: () => this.cut.lay() });
    this.waveform.element.hidden = true;
    this.quality = h("select", { class: "speed", "aria-label": "Source", onchange: () => this.stage.change(this.quality.value) });
    this.#fillSources(defaultSourceId);
    const poster = record.thumbnailFileId ? `${file.address}/thumbnail` : null;
    const none = new Clips({ duration: this.length, clips: [] }, { output: null, address: (key) => file.preview(key) });
    this.stage = new Stage({
      title: record.name, clips: none, source: this.quality.value, poster, shape: record, frameRate, isPatient: Boolean(poster),
      start: Math.max(0, Number.parseFloat(query.get("t")) || 0), below: [this.waveform.element], extra: [this.quality], keys: this.cut.keys,
      onTime: (seconds) => this.#keep(seconds),
      onMove: (seconds) => { this.waveform.moveTo(seconds); this.grid?.mark(seconds); this.cut.moved(seconds); },
    });
    this.cut.attach(this.stage, this.waveform);
    this.downloads = h("span");
    this.poster = h("button", { type: "button", onclick: () => this.#choosePoster() }, "Use as poster");
    this.problem = h("p", { class: "notice bad", role: "alert", hidden: true });
    this.states = h("ul", { class: "states", "aria-label": "What is made of this video" });
    this.clips = h("div");
    this.away = h("p", { class: "notice", role: "status", hidden: true }, "The server is away. This page goes on when it is back.");
    this.facts = h("ul", { class: "facts muted number", "aria-label": "About this video" });
    this.element = h("article", { class: "watch" },
      h("div", { class: "row spread heading" }, h("h1", { tabindex: "-1" }, record.name), h("div", { class: "row" }, this.poster, this.downloads)),
      this.away, this.problem, this.stage.element, this.stage.problem, this.facts, this.states, this.cut.element, this.clips, keysPanel());
    this.#offer(null);
    file.addEventListener("change", () => this.changed());
    file.addEventListener("away", () => { this.away.hidden = false; });
    file.addEventListener("back", () => { this.away.hidden = true; });
    addEventListener("pagehide", () => file.close());
  }

  /** Shows what there is now, and keeps what is in use. */
  async changed() {
    const { record } = this.file;
    this.#tell(record);
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

  /** The frame that is shown becomes the picture that stands for the video. */
  async #choosePoster() {
    this.problem.hidden = true;
    this.poster.disabled = true;
    try {
      await this.file.choosePoster(this.stage.position);
      this.isChoosing = true;
    } catch (error) {
      this.problem.textContent = error.message;
      this.problem.hidden = false;
      this.poster.disabled = false;
    }
  }

  #showPoster(record) {
    if (!this.isChoosing || busy(record.thumbnailStatus)) return;
    this.isChoosing = false;
    this.poster.disabled = false;
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
    // The storyboard is made after the rest.
    if (!manifest.storyboard && !this.isLate) {
      this.isLate = true;
      setTimeout(() => { this.#previews = null; this.changed(); }, 5000);
    }
  }

  #offer(previews) {
    this.menu?.close();
    this.menu = downloadMenu({ file: this.file, sources: this.sources, previews, position: () => this.stage.position });
    this.downloads.replaceChildren(this.menu.element);
  }

  #fillSources(chosen) {
    this.quality.replaceChildren(...this.sources.map((source) =>
      h("option", { value: source.streamUrl, selected: source.id === chosen, dataset: { id: source.id } }, source.kind === "proxy" ? "Proxy" : "Original")));
    this.quality.hidden = this.sources.length < 2;
  }

  #tell(record) {
    this.facts.replaceChildren(...[
      clock(this.length), record.width && `${record.width} × ${record.height}`, record.metadata?.streams?.video?.codec, bytes(record.size),
    ].filter(Boolean).map((fact) => h("li", {}, fact)));
    const percent = record.percent ?? record.proxyProgress;
    const lines = [
      busy(record.proxyStatus) && h("li", {}, h("label", {}, "A copy that every browser plays is being made", h("progress", { max: 100, value: percent || null })), record.secondsLeft ? h("span", { class: "muted small" }, `${clock(record.secondsLeft)} left`) : null),
      record.proxyStatus === "failed" && h("li", { class: "notice bad" }, `No copy for every browser: ${record.proxyError}`),
      busy(record.previewsStatus) && h("li", { class: "muted" }, "Stills, GIFs and the storyboard are being made."),
      record.previewsStatus === "failed" && h("li", { class: "notice bad" }, `No previews: ${record.previewsError}`),
      busy(record.thumbnailStatus) && h("li", { class: "muted" }, "The poster is being made."),
      record.thumbnailStatus === "failed" && h("li", { class: "notice bad" }, `No poster: ${record.thumbnailError}`),
      busy(record.waveformStatus) && h("li", { class: "muted" }, "The waveform is being drawn."),
      record.waveformStatus === "failed" && h("li", { class: "notice bad" }, `No waveform: ${record.waveformError}`),
    ].filter(Boolean);
    this.states.hidden = lines.length === 0;
    this.states.replaceChildren(...lines);
  }

  #keep(seconds) {
    const at = new URL(location.href);
    if (seconds >= 1) at.searchParams.set("t", Math.floor(seconds)); else at.searchParams.delete("t");
    history.replaceState(null, "", at);
  }
}

const keysPanel = () => h("details", { class: "panel" }, h("summary", {}, "Keys"),
  h("dl", { class: "keys" }, [...KEYS, ["i o", "the clip starts, ends here"]].flatMap(([key, work]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, work)])));

/** Waits until the file's length is known: by the record, or, if nothing comes of that, by the browser. */
async function measured(file, source) {
  if (!file.record.duration) {
    file.follow();
    await new Promise((resolve) => {
      file.addEventListener("change", () => { if (file.record.duration) resolve(); });
      file.addEventListener("idle", resolve);
    });
  }
  if (file.record.duration) return;
  const video = h("video", { preload: "metadata", src: source });
  await new Promise((resolve) => { video.onloadedmetadata = video.onerror = resolve; });
  file.record.duration = Number.isFinite(video.duration) ? video.duration : 0;
  video.removeAttribute("src");
}

async function begin() {
  const [library, id] = [query.get("library"), query.get("file")];
  if (!library || !id) return notice("Name a library and a file in this page's address: ?library=ID&file=ID", false);
  main.replaceChildren(back(), h("p", { class: "muted" }, "Looking …"));
  try {
    await connect();
    const file = new LibraryFile(library, id);
    const record = await file.load();
    if (!record.mimeType.startsWith("video/")) return notice(`“${record.name}” is no video.`, false);
    if (!record.version) return notice(`“${record.name}” has not been uploaded yet.`, false);
    document.title = `${record.name} · Zoetrope`;
    const sources = await file.sources();
    await measured(file, sources.sources[0].streamUrl);
    if (!file.record.duration) return notice(`“${record.name}” cannot be shown: neither this browser nor the server can tell how long it is.`);
    const page = new VideoPage(file, sources);
    main.replaceChildren(back(), page.element);
    await page.changed();
    file.follow();
  } catch (error) {
    notice(error.status === 404 ? "There is no such video, or this library is not yours." : error.message);
    announce(document.querySelector("[role=alert]").textContent);
  }
}

begin();
