// The object store: listing, reading and uploading.
import { objectURL, request, RequestFailed, site, askForToken } from "./site.js";

/** Objects whose keys begin with a prefix, in their order: `{ key, size, etag, modified }`. At most `limit`. */
export async function list(base, prefix, { limit = 1000, after = null, signal } = {}) {
  const found = [];
  let token = null;
  do {
    const query = new URLSearchParams({ "list-type": "2", prefix, "max-keys": String(Math.min(1000, limit - found.length)) });
    if (token) query.set("continuation-token", token);
    else if (after) query.set("start-after", after);
    const page = await xml(`${base.replace(/\/$/, "")}?${query}`, signal);
    for (const item of page.querySelectorAll("Contents")) {
      const text = (name) => item.querySelector(name)?.textContent ?? "";
      found.push({ key: text("Key"), size: Number(text("Size")), etag: text("ETag").replaceAll('"', ""), modified: Date.parse(text("LastModified")) });
    }
    token = page.querySelector("NextContinuationToken")?.textContent ?? null;
  } while (token && found.length < limit);
  return found;
}

export async function readJSON(base, key, options = {}) {
  return (await request(objectURL(base, key), { cache: "no-cache", ...options })).json();
}

/** A video and what is known of its job: whichever of `source` and `manifest` there are. */
export async function find(key, output, signal) {
  if (!site.isServed) return { source: null, manifest: await readJSON(site.previews, output.manifest, { signal }) };
  const exactly = async (base, name) => (await list(base, name, { limit: 1, signal })).find((item) => item.key === name) ?? null;
  const [source, written] = await Promise.all([exactly(site.videos, key), exactly(site.previews, output.manifest)]);
  return { source, manifest: written && await readJSON(site.previews, output.manifest, { signal }) };
}

/** Whether a manifest is about the video that is there now: not about an older one, nor a try that an upload has repeated. */
export function isCurrent(manifest, source) {
  if (!manifest) return false;
  if (!source) return true;
  if (manifest.source?.etag !== source.etag) return false;
  return !(manifest.gaveUp && manifest.createdAt < source.modified);
}

// MARK: Uploading

const PART = 32 << 20;
const PARALLEL = 3;
const TRIES = 4;

/** Uploads a file: in one piece, or a large one in parts of which each is tried again where it fails. */
export class Upload {
  constructor(file, key, onProgress) {
    Object.assign(this, { file, key, onProgress, requests: new Set(), sent: new Map(), isCancelled: false });
  }

  async run() {
    const address = objectURL(site.videos, this.key);
    if (this.file.size <= PART) {
      await this.#retrying(() => this.#send("PUT", address, this.file, 0));
      return;
    }
    const created = await this.#send("POST", `${address}?uploads=`, null, null, "document");
    const id = encodeURIComponent(created.responseXML.querySelector("UploadId").textContent);
    try {
      const count = Math.ceil(this.file.size / Math.max(PART, Math.ceil(this.file.size / 9000)));
      const size = Math.ceil(this.file.size / count);
      const etags = new Array(count);
      let next = 0;
      const worker = async () => {
        while (next < count) {
          const part = next++;
          const piece = this.file.slice(part * size, (part + 1) * size);
          const answer = await this.#retrying(() => this.#send("PUT", `${address}?partNumber=${part + 1}&uploadId=${id}`, piece, part));
          etags[part] = answer.getResponseHeader("ETag");
        }
      };
      await Promise.all(Array.from({ length: Math.min(PARALLEL, count) }, worker));
      const parts = etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
      await this.#retrying(() => this.#send("POST", `${address}?uploadId=${id}`, `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`, null));
    } catch (error) {
      for (const one of this.requests) one.abort();
      fetch(`${address}?uploadId=${id}`, { method: "DELETE" }).catch(() => {});
      throw error;
    }
  }

  cancel() {
    this.isCancelled = true;
    for (const one of this.requests) one.abort();
  }

  async #retrying(work) {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (this.isCancelled || error.name === "AbortError") throw error;
        if (error.status === 401) await askForToken();
        else if (tries >= TRIES || (error.status >= 400 && error.status < 500)) throw error;
        else await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tries));
      }
    }
  }

  /** `fetch` tells nothing of how much was sent. */
  #send(method, url, body, part, responseType = "") {
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

/** XML is only parsed as an answer's body: a parser of strings is what the page's policy forbids. */
function xml(url, signal) {
  return new Promise((resolve, reject) => {
    const one = new XMLHttpRequest();
    one.open("GET", url);
    one.responseType = "document";
    one.overrideMimeType("application/xml");
    one.onload = async () => {
      if (one.status === 401 && site.isServed) {
        await askForToken();
        resolve(await xml(url, signal));
      } else if (one.status === 200 && one.responseXML) resolve(one.responseXML);
      else reject(new RequestFailed(one.status, one.responseXML?.querySelector("Message")?.textContent ?? `The bucket cannot be listed (${one.status}).`));
    };
    one.onerror = () => reject(new RequestFailed(0, "The server cannot be reached."));
    one.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    signal?.addEventListener("abort", () => one.abort(), { once: true });
    one.send();
  });
}
