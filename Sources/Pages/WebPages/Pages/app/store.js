// The object store: listing, reading and uploading.
import { Sender } from "./sender.js";
import { objectURL, request, RequestFailed, site, askForToken } from "./site.js";

/** Objects whose keys begin with a prefix, in their order: `{ key, size, etag, modified }`. At most `limit`. */
export async function list(base, prefix, { limit = 1000, after = null, signal } = {}) {
  const found = [];
  let token = null;
  do {
    const query = new URLSearchParams({ "list-type": "2", prefix, "max-keys": String(Math.min(1000, limit - found.length)),
      // Keys may have characters that XML has not.
      "encoding-type": "url" });
    if (token) query.set("continuation-token", token);
    else if (after) query.set("start-after", after);
    const page = await xml(`${base.replace(/\/$/, "")}?${query}`, signal);
    for (const item of page.querySelectorAll("Contents")) {
      const text = (name) => item.querySelector(name)?.textContent ?? "";
      found.push({ key: decodeURIComponent(text("Key").replaceAll("+", "%20")), size: Number(text("Size")), etag: text("ETag").replaceAll('"', ""), modified: Date.parse(text("LastModified")) });
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

/** A page of a bucket, newest first: `{ objects: [{ key, size, etag, modified, document }], next }`. */
export async function newest({ after = null, limit = 60 } = {}) {
  const query = new URLSearchParams({
    bucket: site.sourceBucket, limit: String(limit), documents: site.outputBucket, document: "manifest.json", strip: ".mp4",
    fields: "status,reason,gaveUp,source,version,duration,snippetSize,frames,storyboard,createdAt", ...(after ? { after } : {}),
  });
  return (await request(`/api/objects?${query}`)).json();
}

// MARK: Uploading

const PART = 32 << 20;
const PARALLEL = 3;

/** Uploads a file: in one piece, or a large one in parts. While the server is away it waits, and goes on by the parts that arrived. */
export class Upload extends Sender {
  /** Where it goes; set before `run`. */
  key = null;
  id = null;

  get #address() { return objectURL(site.videos, this.key); }

  /** May be called again after it has failed; parts that arrived are not sent again. */
  async run() {
    this.isCancelled = false;
    if (this.file.size <= PART) {
      await this.persisting(() => this.send("PUT", this.#address, this.file, 0));
      return;
    }
    try {
      for (let restarts = 0; ; restarts++) {
        try {
          await this.#inParts();
          return;
        } catch (error) {
          // The upload was removed on the server: from the beginning, once.
          if (error.status !== 404 || restarts > 0) throw error;
          this.id = null;
        }
      }
    } catch (error) {
      for (const one of this.requests) one.abort();
      throw error;
    }
  }

  async #inParts() {
    if (!this.id) {
      this.sent.clear();
      const created = await this.persisting(() => this.send("POST", `${this.#address}?uploads=`, null, null, "document"));
      this.id = created.responseXML.querySelector("UploadId").textContent;
    }
    const id = encodeURIComponent(this.id);
    const count = Math.ceil(this.file.size / Math.max(PART, Math.ceil(this.file.size / 9000)));
    const size = Math.ceil(this.file.size / count);
    const etags = await this.#arrived(count, size);
    let next = 0;
    const worker = async () => {
      while (next < count) {
        const part = next++;
        if (etags[part]) continue;
        const piece = this.file.slice(part * size, (part + 1) * size);
        const answer = await this.persisting(() => this.send("PUT", `${this.#address}?partNumber=${part + 1}&uploadId=${id}`, piece, part));
        etags[part] = answer.getResponseHeader("ETag");
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, count) }, worker));
    const parts = etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
    await this.persisting(() => this.send("POST", `${this.#address}?uploadId=${id}`, `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`, null));
    this.id = null;
  }

  /** ETags of the parts that are on the server whole, by their place. */
  async #arrived(count, size) {
    const etags = new Array(count);
    let marker = "0";
    do {
      const query = new URLSearchParams({ uploadId: this.id, "part-number-marker": marker });
      const page = await this.persisting(() => xml(`${this.#address}?${query}`));
      for (const item of page.querySelectorAll("Part")) {
        const part = Number(item.querySelector("PartNumber").textContent) - 1;
        const bytes = Math.min(size, this.file.size - part * size);
        if (part < count && Number(item.querySelector("Size").textContent) === bytes) {
          etags[part] = item.querySelector("ETag").textContent;
          this.sent.set(part, bytes);
        }
      }
      marker = page.querySelector("IsTruncated")?.textContent === "true" ? page.querySelector("NextPartNumberMarker").textContent : null;
    } while (marker);
    return etags;
  }

  /** Ends the upload and removes from the server what has arrived of it. */
  cancel() {
    this.isCancelled = true;
    for (const one of this.requests) one.abort();
    this.abandon();
  }

  /** Removes what has arrived; works while the page is being left, too. */
  abandon() {
    if (!this.id) return;
    fetch(`${this.#address}?uploadId=${encodeURIComponent(this.id)}`, { method: "DELETE", keepalive: true }).catch(() => {});
    this.id = null;
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
