// One file of a library as its routes tell of it: its record, what plays, its previews, its waveform, clips of it.
import { request } from "./site.js";

/** Milliseconds until a stream that the server refused is opened again. */
const PAUSE = 2000;

/** Fires `change` when the record changes, `idle` when nothing of it is under way, and `away` or `back` as the connection goes and comes. */
export class LibraryFile extends EventTarget {
  constructor(library, id) {
    super();
    Object.assign(this, { library, id, address: `/api/libraries/${encodeURIComponent(library)}/files/${encodeURIComponent(id)}`, record: null, stream: null });
  }

  /** Reads the record. */
  async load() {
    this.record = await (await request(this.address, { cache: "no-store" })).json();
    return this.record;
  }

  /** Follows the record by events until nothing of it is under way. */
  follow() {
    // What the present stream says may be older than what one waits for.
    if (this.stream) { this.isAskedAgain = true; return; }
    if (this.isClosed) return;
    const stream = this.stream = new EventSource(`${this.address}/events`);
    const read = (event) => {
      // What only this page knows stays: the length that the browser measured.
      this.record = { duration: this.record.duration, ...JSON.parse(event.data) };
      this.dispatchEvent(new Event("change"));
    };
    const end = (event) => {
      stream.close();
      this.stream = null;
      if (event.data) read(event);
      this.dispatchEvent(new Event("idle"));
      if (this.isAskedAgain) this.follow();
      this.isAskedAgain = false;
    };
    stream.addEventListener("progress", read);
    stream.addEventListener("done", end);
    stream.addEventListener("failed", end);
    stream.onopen = () => this.dispatchEvent(new Event("back"));
    stream.onerror = () => {
      this.dispatchEvent(new Event("away"));
      if (stream.readyState !== EventSource.CLOSED) return;
      this.stream = null;
      setTimeout(() => this.follow(), PAUSE);
    };
  }

  /** `{ defaultSourceId, sources: [{ id, name, kind, streamUrl }] }`. */
  async sources() { return (await request(`${this.address}/playback-sources`)).json(); }

  /** The manifest of the previews; null if there are none yet. */
  async manifest() {
    if (this.record.previewsStatus !== "ready") return null;
    return (await request(`${this.address}/previews`)).json();
  }

  /** Where the previews' keys begin. */
  get previewsPrefix() { return this.record.previewsManifest.replace(/manifest\.json$/, ""); }

  /** The address of a preview by its key. */
  preview(key) {
    const name = key.startsWith(this.previewsPrefix) ? key.slice(this.previewsPrefix.length) : key;
    return `${this.address}/previews/${name.split("/").map(encodeURIComponent).join("/")}?v=${this.record.version}`;
  }

  /** `{ peaks, peaksPerSecond, duration }`; null if there is none yet. */
  async waveform() {
    if (this.record.waveformStatus !== "complete") return null;
    return (await request(`${this.address}/waveform?v=${this.record.waveformedVersion ?? 1}`)).json();
  }

  /** Begins to make a clip of a stretch. Returns the id of the file that is going to be there. */
  async cut(start, end, format) {
    const { id } = await (await request(`${this.address}/moments`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ start, end, format }),
    })).json();
    this.follow();
    return id;
  }

  /** Has the poster made of the frame of a moment. */
  async choosePoster(time) {
    const answer = await request(`${this.address}/thumbnail`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ time }) });
    this.record = { ...this.record, ...await answer.json() };
    this.dispatchEvent(new Event("change"));
    this.follow();
  }

  has(id) { return (this.record.derivedFileIds ?? []).includes(id); }

  /** The record of another file of the library. */
  async other(id) { return (await request(`/api/libraries/${encodeURIComponent(this.library)}/files/${encodeURIComponent(id)}`)).json(); }

  content(record) {
    return `/api/files/proxy/${encodeURIComponent(this.library)}/${encodeURIComponent(record.id)}/${encodeURIComponent(record.name)}`;
  }

  close() {
    this.isClosed = true;
    this.stream?.close();
  }
}
