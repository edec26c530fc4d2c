// Sending a file's bytes: with their progress, and again while the server is away.
import { askForToken, RequestFailed } from "./site.js";

/** Milliseconds between two tries while the server is away: longer each time, up to the last. */
const PAUSES = [500, 1000, 2000, 4000, 5000];

export class Sender {
  /** - onState: called with true while the server is away, with false when it is back. */
  constructor(file, onProgress = () => {}, onState = () => {}) {
    Object.assign(this, { file, onProgress, onState, requests: new Set(), sent: new Map(), isCancelled: false });
  }

  /** Tries until it works, is refused, or is cancelled. */
  async persisting(work) {
    for (let tries = 0; ; tries++) {
      try {
        const done = await work();
        if (tries) this.onState(false);
        return done;
      } catch (error) {
        if (this.isCancelled || error.name === "AbortError") throw error;
        if (error.status === 401) { await askForToken(); continue; }
        if (error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429) throw error;
        this.onState(true);
        await new Promise((resolve) => setTimeout(resolve, PAUSES[Math.min(tries, PAUSES.length - 1)]));
        if (this.isCancelled) throw new DOMException("cancelled", "AbortError");
      }
    }
  }

  /**
   * Sends one request; `fetch` would tell nothing of how much was sent.
   * - part: where its bytes count for the progress; null for none of them.
   */
  send(method, url, body, part, responseType = "") {
    return new Promise((resolve, reject) => {
      const one = new XMLHttpRequest();
      this.requests.add(one);
      const told = (loaded) => {
        if (part === null) return;
        this.sent.set(part, loaded);
        this.onProgress([...this.sent.values()].reduce((sum, value) => sum + value, 0), this.file.size);
      };
      one.open(method, url);
      one.responseType = responseType;
      if (part === 0 && this.file.type && method === "PUT" && body === this.file) one.setRequestHeader("Content-Type", this.file.type);
      one.upload.onprogress = (event) => told(event.loaded);
      one.onload = () => {
        if (one.status >= 200 && one.status < 300) {
          if (body instanceof Blob) told(body.size);
          resolve(one);
        } else {
          const text = responseType ? "" : one.responseText;
          reject(new RequestFailed(one.status, /<Message>([^<]*)</.exec(text)?.[1] ?? `The server answered ${one.status}.`));
        }
      };
      one.onerror = () => reject(new RequestFailed(0, "The connection was lost."));
      one.onabort = () => reject(new DOMException("cancelled", "AbortError"));
      one.onloadend = () => this.requests.delete(one);
      one.send(body);
    });
  }
}
