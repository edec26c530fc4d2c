// A library's files as the server lists them: any stretch of the list by its number, a few stretches in memory.
import { request } from "./site.js";

export const PAGE = 100;
/** Pages that are kept; those far from what is seen are given back. */
const KEPT = 8;
/** Files that are made again by one wish. */
const MOST_FAILING = 10_000;
/** Records that are kept besides. */
const TOLD = 300;

export class Catalogue {
  /** - onChange: called when entries have come; with true if the numbers of files have changed as well. */
  constructor({ library, onChange, onError }) {
    Object.assign(this, { library, onChange, onError, pages: new Map(), all: null, folders: [], months: [], generation: 0, query: {} });
    /** Files that are about to be deleted: their months by their ids, and their places. */
    this.hidden = new Map();
    this.places = [];
    /** What was told since of files, by id: lists do not tell how far each derivative is. */
    this.told = new Map();
  }

  get base() { return `/api/libraries/${this.library}/files`; }

  /** Looks at another part of the library: `{ sort, type, q, folder, failed }`. `near` is the number of an entry that will be seen. */
  async show(query, near = 0) {
    this.query = query;
    const generation = ++this.generation;
    const first = Math.floor(near / PAGE) * PAGE;
    const found = await this.#fetch(first, { context: "true" });
    if (generation !== this.generation) return null;
    this.#take(first, found);
    return found.context;
  }

  /** Looks again, after something was added or removed; what is seen stays until the answer is there. */
  async refresh(near) {
    const generation = ++this.generation;
    const first = Math.floor(near / PAGE) * PAGE;
    const found = await this.#fetch(first);
    if (generation !== this.generation) return;
    this.#take(first, found);
    this.onChange(true);
  }

  #take(first, found) {
    this.pages = new Map([[first, found.files]]);
    Object.assign(this, { all: found.total, folders: found.folders ?? [], months: found.groups ?? [] });
    this.#place();
  }

  /** Where the hidden files are; those that are not in memory are seen again until they are gone. */
  #place() {
    this.places = [...this.hidden.keys()].map((id) => this.#number(id)).filter((number) => number >= 0).sort((one, other) => one - other);
  }

  /** Files that are seen. */
  get total() { return this.all === null ? null : this.all - this.places.length; }

  get groups() {
    const fewer = (name) => [...this.hidden].filter(([id, month]) => month === name && this.#number(id) >= 0).length;
    return this.months.map(({ name, count }) => ({ name, count: count - fewer(name) })).filter(({ count }) => count > 0);
  }

  hide(entries) {
    for (const { id, createdAt } of entries) this.hidden.set(id, createdAt.slice(0, 7));
    this.#place();
  }

  unhide(entries) {
    for (const { id } of entries) this.hidden.delete(id);
    this.#place();
  }

  /** null while it is on its way. */
  entry(seen) {
    let index = seen;
    for (const place of this.places) if (place <= index) index += 1;
    const first = Math.floor(index / PAGE) * PAGE;
    const page = this.pages.get(first);
    if (page === undefined) this.#load(first);
    else if (page) {
      // Used last: given back last.
      this.pages.delete(first);
      this.pages.set(first, page);
    }
    return page?.[index - first] ?? null;
  }

  async #load(first) {
    if (this.all !== null && first >= this.all) return;
    const generation = this.generation;
    this.pages.set(first, null);
    try {
      const found = await this.#fetch(first);
      if (generation !== this.generation) return;
      this.pages.set(first, found.files);
      this.#place();
      for (const key of this.pages.keys()) if (this.pages.size > KEPT && key !== first) this.pages.delete(key);
      this.onChange(false);
    } catch (error) {
      if (generation !== this.generation) return;
      this.pages.delete(first);
      this.onError(error);
    }
  }

  async #fetch(offset, more = {}) {
    const { sort, type, q, folder, failed, isTimeline } = this.query;
    const query = new URLSearchParams({ limit: String(PAGE), offset: String(offset), sort: sort || "-createdAt", folder: folder ?? "", ...more });
    if (type) query.set("type", type);
    if (q) query.set("q", q);
    if (failed) query.set("failed", "true");
    if (isTimeline) query.set("groups", "month");
    const found = await (await request(`${this.base}?${query}`)).json();
    found.files = found.files.map((entry) => this.told.get(entry.id)?.version >= entry.version ? { ...entry, ...this.told.get(entry.id) } : entry);
    return found;
  }

  /** The number of a file among those in memory and seen; -1 for none. */
  indexOf(id) {
    const number = this.#number(id);
    return number < 0 || this.hidden.has(id) ? -1 : number - this.places.filter((place) => place < number).length;
  }

  #number(id) {
    for (const [first, page] of this.pages) {
      const place = page?.findIndex((entry) => entry.id === id) ?? -1;
      if (place >= 0) return first + place;
    }
    return -1;
  }

  /** Takes over what a record says. Returns the number of the entry if it is in memory; -1 otherwise. */
  tell(record) {
    const failed = Object.keys(record).filter((name) => name.endsWith("Status") && record[name] === "failed");
    const known = { ...record, failed };
    this.told.delete(record.id);
    this.told.set(record.id, known);
    if (this.told.size > TOLD) this.told.delete(this.told.keys().next().value);
    const number = this.#number(record.id);
    if (number < 0) return -1;
    const first = Math.floor(number / PAGE) * PAGE;
    this.pages.get(first)[number - first] = { ...this.pages.get(first)[number - first], ...known };
    return this.indexOf(record.id);
  }

  // MARK: Files

  async record(id, signal) { return (await request(`${this.base}/${id}`, { signal, cache: "no-store" })).json(); }

  async announce(name, file) {
    return (await request(this.base, post({ name, size: file.size, mimeType: file.type || undefined }))).json();
  }

  async announceAgain(id, name, file) {
    return (await request(`${this.base}/${id}/content`, post({ name, size: file.size }))).json();
  }

  async rename(id, name) { return (await request(`${this.base}/${id}`, { ...post({ name }), method: "PATCH" })).json(); }

  /** Works while the page is being left, too. */
  remove(id) { return request(`${this.base}/${id}`, { method: "DELETE", keepalive: true }); }

  /** Makes derivatives again: of one file all or those that failed. */
  async reprocess(id, derivatives) { return (await request(`${this.base}/${id}/reprocess`, post({ derivatives }))).json(); }

  async cancelProxy(id) { return (await request(`${this.base}/${id}/proxy`, { method: "DELETE" })).json(); }

  /** The files of which something has failed; of very many the first. */
  async failing() {
    const files = [];
    let next = null;
    do {
      const found = await (await request(`${this.base}?${new URLSearchParams({ failed: "true", limit: "200", ...(next ? { after: next } : {}) })}`)).json();
      files.push(...found.files);
      next = found.next;
    } while (next && files.length < MOST_FAILING);
    return files;
  }

  async reprocessPosters() { return (await request(`${this.base}/video-thumbnails/reprocess`, { method: "POST" })).json(); }
}

const post = (value) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });
