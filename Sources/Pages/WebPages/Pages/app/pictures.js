// Pictures for scrubbing: scaled once when they arrive, kept within a bound, the newest wish served first.
import { objectURL, request, site } from "./site.js";

/** Pictures that are kept at the same time: 64 of 320 x 180 pixels are 15 MB. */
const KEPT = 64;
/** Requests under way: one that is shown soon, one that was wished for last. */
const PARALLEL = 2;

export class Pictures {
  /** - width: pixels to which pictures are scaled. - version: of the video, so that the browser may keep them too. */
  constructor({ width = 320, version }) {
    Object.assign(this, { width, version, kept: new Map(), waiting: [], underWay: new Map() });
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
    if (same) return same.promise;
    const wish = { key };
    wish.promise = new Promise((resolve) => { wish.resolve = resolve; });
    // Whoever scrubs on does not want the pictures passed by.
    while (this.waiting.length) this.waiting.shift().resolve(null);
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
    if (this.underWay.size >= PARALLEL || !this.waiting.length) return;
    const wish = this.waiting.pop();
    wish.abort = new AbortController();
    this.underWay.set(wish.key, wish);
    let picture = null;
    try {
      const answer = await request(objectURL(site.previews, wish.key, this.version), { signal: wish.abort.signal });
      picture = await createImageBitmap(await answer.blob(), { resizeWidth: this.width, resizeQuality: "medium" });
      this.kept.set(wish.key, picture);
      while (this.kept.size > KEPT) {
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
