// Pictures for scrubbing: scaled once when they arrive, kept within a bound, the newest wish served first.
import { request } from "./site.js";

export class Pictures {
  /**
   * - address: makes the address of a key.
   * - width: pixels to which pictures are scaled; null for their own.
   * - kept: pictures that are kept at the same time: 64 of 320 x 180 pixels are 15 MB.
   * - parallel: requests under way: one that is shown soon, one that was wished for last.
   * - isImpatient: a new wish ends the requests under way, whose pictures are large and not looked at any more.
   */
  constructor({ address, width = 320, kept = 64, parallel = 2, isImpatient = false }) {
    Object.assign(this, { address, width, limit: kept, parallel, isImpatient, kept: new Map(), waiting: [], underWay: new Map() });
  }

  /** The picture if it is here. */
  peek(key) {
    const found = this.kept.get(key);
    if (found) {
      this.kept.delete(key);
      this.kept.set(key, found);
    }
    return found ?? null;
  }

  /** The picture, soon; null where another wish has taken its place or it cannot be had. */
  get(key) {
    const here = this.peek(key);
    if (here) return Promise.resolve(here);
    const same = this.underWay.get(key) ?? this.waiting.find((wish) => wish.key === key);
    if (same && !same.abort?.signal.aborted) return same.promise;
    const wish = { key };
    wish.promise = new Promise((resolve) => { wish.resolve = resolve; });
    // A viewer who scrubs on does not want the pictures passed by.
    while (this.waiting.length) this.waiting.shift().resolve(null);
    if (this.isImpatient) for (const one of this.underWay.values()) one.abort.abort();
    this.waiting.push(wish);
    this.#next();
    return wish.promise;
  }

  clear() {
    for (const picture of this.kept.values()) picture.close();
    this.kept.clear();
    for (const wish of this.waiting.splice(0)) wish.resolve(null);
    for (const wish of this.underWay.values()) wish.abort.abort();
  }

  async #next() {
    if (this.underWay.size >= this.parallel || !this.waiting.length) return;
    const wish = this.waiting.pop();
    wish.abort = new AbortController();
    this.underWay.set(wish.key, wish);
    let picture = null;
    try {
      const answer = await request(this.address(wish.key), { signal: wish.abort.signal });
      picture = await createImageBitmap(await answer.blob(), this.width ? { resizeWidth: this.width, resizeQuality: "medium" } : {});
      this.kept.set(wish.key, picture);
      while (this.kept.size > this.limit) {
        const [oldest, old] = this.kept.entries().next().value;
        this.kept.delete(oldest);
        old.close();
      }
    } catch {
      // A picture that cannot be had is not shown.
    }
    this.underWay.delete(wish.key);
    wish.resolve(picture);
    this.#next();
  }
}

/** Draws a bitmap over the whole of a canvas. */
export function paint(canvas, picture) {
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  canvas.getContext("2d").drawImage(picture, 0, 0);
}
