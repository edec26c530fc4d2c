// Uploading by presigned addresses: a function gives them, the store takes the bytes, this port passes them on.
import { Sender } from "./sender.js";

const PARALLEL = 2;

/** A presigned address of the store, as a page reaches it: its own origin passes it on, signature and all. */
function throughThisPort(address) {
  const url = new URL(address);
  return `/s3${url.pathname}${url.search}`;
}

/** Sends a file. `announce` asks for addresses; it is called again when they have grown too old. */
export class PresignedUpload extends Sender {
  constructor(file, announce, onProgress, onState) {
    super(file, onProgress, onState);
    Object.assign(this, { announce, plan: null, etags: [] });
  }

  /** May be called again after it has failed; parts that arrived are not sent again. */
  async run() {
    this.isCancelled = false;
    for (let restarts = 0; ; restarts++) {
      try {
        this.plan ??= await this.persisting(() => this.announce());
        await (this.plan.partUrls ? this.#inParts() : this.persisting(() => this.send("PUT", throughThisPort(this.plan.url), this.file, 0)));
        return;
      } catch (error) {
        for (const one of this.requests) one.abort();
        // The signature has expired, or the upload was removed: from the beginning, once.
        if (![403, 404].includes(error.status) || restarts > 0) throw error;
        Object.assign(this, { plan: null, etags: [] });
        this.sent.clear();
      }
    }
  }

  async #inParts() {
    const { partUrls, partSize, completeUrl } = this.plan;
    let next = 0;
    const worker = async () => {
      while (next < partUrls.length) {
        const part = next++;
        if (this.etags[part]) continue;
        const piece = this.file.slice(part * partSize, (part + 1) * partSize);
        const answer = await this.persisting(() => this.send("PUT", throughThisPort(partUrls[part]), piece, part));
        this.etags[part] = answer.getResponseHeader("ETag");
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, partUrls.length) }, worker));
    const parts = this.etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
    await this.persisting(() => this.send("POST", throughThisPort(completeUrl), `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`, null));
  }

  cancel() {
    this.isCancelled = true;
    for (const one of this.requests) one.abort();
  }
}
