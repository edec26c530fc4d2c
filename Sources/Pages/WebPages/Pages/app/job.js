// One video's job, followed from its upload to its manifest: what is in the store when one looks, and then what happens.
import { find, isCurrent, list, readJSON } from "./store.js";
import { names, readName } from "./names.js";
import { site } from "./site.js";

/** Fires `change`. `phase` is `looking`, `missing`, `waiting`, `running`, `complete`, `failed` or `unreachable`. */
export class Job extends EventTarget {
  constructor(key) {
    super();
    Object.assign(this, { key, output: names(key), phase: "looking", source: null, manifest: null, plan: null, version: null, since: null, problem: null });
    this.#forget();
  }

  /** Stills that are there, of all that are to come. */
  get stillsDone() { return this.stills.size; }
  get clipsDone() { return [...this.cells.values()].filter((cell) => cell.isDone).length; }

  /** Looks at the store, from the beginning. Only one look at a time; another is taken when something came between. */
  async look() {
    if (this.looking) { this.isStale = true; return; }
    this.looking = true;
    do {
      this.isStale = false;
      try { await this.#look(); } catch (error) {
        if (error.name !== "AbortError") this.#set("unreachable", error.message);
      }
    } while (this.isStale);
    this.looking = false;
  }

  /** An object was written or removed. */
  happened(item) {
    if (item.bucket === site.sourceBucket && item.key === this.key) { this.look(); return; }
    if (item.bucket !== site.outputBucket || !item.key.startsWith(`${this.output.folder}/`)) return;
    const name = readName(this.output, item.key);
    if (!name || item.size === undefined) return;
    if (name.kind === "manifest" || name.kind === "plan") this.look();
    else if (this.phase === "failed") this.look();
    else if (this.looking) this.later.push(item);
    else if (this.#add(name, item.size)) this.#tell();
  }

  close() { this.isClosed = true; }

  #forget() {
    this.cells = new Map();
    this.stills = new Set();
    this.later = [];
  }

  async #look() {
    const { source, manifest } = await find(this.key, this.output);
    this.source = source;
    const isRunningAgain = source && manifest?.gaveUp && isCurrent(manifest, source) && await this.#isWorkedOn(manifest);
    if (!isRunningAgain && isCurrent(manifest, source)) {
      this.manifest = manifest;
      this.#set(manifest.status === "complete" ? "complete" : "failed", manifest.reason ?? null);
      return;
    }
    this.manifest = null;
    if (!source) { this.#set("missing"); return; }
    this.since = source.modified;
    const records = await list(site.previews, `${this.output.records}${source.etag.replace(/[^A-Za-z0-9-]/g, "").slice(0, 64)}`, { limit: 40_000 });
    const plans = records.filter((item) => item.key.endsWith("/plan.json")).sort((one, other) => other.modified - one.modified);
    if (!plans.length) { this.#forget(); this.#set("waiting"); return; }
    const version = readName(this.output, plans[0].key).version;
    if (version !== this.version) this.#forget();
    this.version = version;
    this.plan = await readJSON(site.previews, plans[0].key);
    this.#lay();
    for (const item of records) {
      const name = readName(this.output, item.key);
      if (name?.version === version) this.#add(name, item.size);
    }
    for (const item of await list(site.previews, this.output.pictures, { limit: 200_000 })) {
      // Pictures of an older version count only once they have been replaced. Stores tell whole seconds.
      if (item.modified >= Math.floor(plans[0].modified / 1000) * 1000) this.#add(readName(this.output, item.key), item.size);
    }
    const later = this.later.splice(0);
    for (const item of later) this.#add(readName(this.output, item.key), item.size);
    this.#set("running");
  }

  /** Whether something of a job that was given up has been written since: its dead letter was redriven. */
  async #isWorkedOn(manifest) {
    const since = Math.floor(manifest.createdAt / 1000) * 1000 + 1000;
    const written = await list(site.previews, `${this.output.records}${manifest.version}/`, { limit: 40_000 });
    return written.some((item) => item.modified > since);
  }

  /** A cell for each clip to come. */
  #lay() {
    const { clips, stills, snippetSize } = this.plan;
    for (let index = 0; index < clips; index++) {
      const start = index * snippetSize;
      if (this.cells.has(start)) continue;
      this.cells.set(start, { start, stills: 0, of: stills ? Math.min(snippetSize, Math.max(0, stills - start)) : 0, gif: null, isDone: false });
    }
  }

  #add(name, size) {
    const cell = name && this.cells.get(name.start);
    if (!cell) return false;
    if (name.kind === "still") {
      const id = `${name.start}/${name.number}`;
      if (this.stills.has(id)) return false;
      this.stills.add(id);
      cell.stills += 1;
    } else if (name.kind === "gif") cell.gif = size;
    else if (name.kind === "record") cell.isDone = true;
    else return false;
    cell.isChanged = true;
    return true;
  }

  #set(phase, problem = null) {
    this.phase = phase;
    this.problem = problem;
    this.#tell();
  }

  #tell() {
    if (!this.isClosed) this.dispatchEvent(new Event("change"));
  }
}
