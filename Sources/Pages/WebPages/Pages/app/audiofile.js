// One file on its way: waiting, uploaded, encoded, ready to be heard and downloaded.
import { Compare } from "./compare.js";
import { announce, bytes, h, icon, sentence } from "./dom.js";
import { beginJob, cancelJob, follow, isPassing, nextStep, peaks, TARGETS } from "./transcoding.js";

/** Seconds between tries while the server is busy or away. */
const PAUSES = [1, 2, 5, 10];

/** `40 s left`, `3 min left`. */
const left = (seconds) => seconds === undefined || seconds === null ? "" : seconds < 90 ? ` · ${seconds} s left` : ` · ${Math.round(seconds / 60)} min left`;

export class AudioFile extends EventTarget {
  /** - options: `{ target, quality }`. Tells `change` when its state changes, `removed` when it goes. */
  constructor(file, options) {
    super();
    Object.assign(this, { file, options, state: "waiting", job: null });
    this.progress = h("progress", { max: 1, value: 0, "aria-label": `Progress of ${file.name}` });
    this.chip = h("span", { class: "chip", "data-testid": "state" }, "waiting");
    this.facts = h("span", { class: "muted small number" }, `${bytes(file.size)} → ${TARGETS[options.target]}`);
    this.tools = h("span", { class: "row tools" });
    this.more = h("div", { class: "more" });
    this.element = h("li", { class: "panel sound" },
      h("div", { class: "row spread" }, h("div", { class: "what" }, h("strong", {}, file.name), this.facts), h("span", { class: "row" }, this.chip, this.tools)),
      h("div", { class: "stack" }, this.progress, this.more));
    this.#show("waiting", "waiting");
  }

  /** From the upload to the end; never throws. */
  async run() {
    this.controller = new AbortController();
    const { signal } = this.controller;
    this.more.replaceChildren();
    try {
      this.job ??= await this.#patiently(() => this.#upload(signal), signal);
      if (this.job.status === "queued" || this.job.status === "processing") await this.#follow(signal);
      else if (this.job.status !== "ready") throw Object.assign(new Error(this.job.error?.message ?? "The job failed."), { status: 500, code: this.job.error?.code });
      await this.#ready(signal);
    } catch (error) {
      if (error.name === "AbortError") this.#cancelled(); else this.#failed(error);
    }
  }

  /** Takes it out of the list, and ends its job. */
  remove() {
    const { job } = this;
    this.controller?.abort();
    this.compare?.close();
    if (job && (this.state === "queued" || this.state === "processing")) cancelJob(job).catch(() => {});
    this.element.remove();
    this.dispatchEvent(new Event("removed"));
  }

  cancel() {
    const { job } = this;
    this.controller?.abort();
    if (job) cancelJob(job).catch((error) => this.#failed(error));
    if (!this.controller) this.#cancelled();
  }

  async #upload(signal) {
    const began = performance.now();
    this.#show("uploading", "uploading");
    return beginJob(this.file, this.options, { signal, onSent: (sent, all) => {
      const rate = sent / Math.max(0.2, (performance.now() - began) / 1000);
      this.#move(sent / all, sent < all ? `uploading${left(Math.ceil((all - sent) / rate))}` : "being stored");
    } });
  }

  #follow(signal) {
    this.#show("queued", "queued");
    return follow(this.job, {
      signal,
      onProgress: ({ percent, secondsLeft, status }) => {
        if (status === "processing" && this.state !== "processing") this.#show("processing", "encoding");
        if (status === "processing") this.#move(percent / 100, `encoding ${percent} %${left(secondsLeft)}`);
      },
      onAway: (isAway) => { if (isAway) this.chip.textContent = "reconnecting"; },
    });
  }

  async #patiently(work, signal) {
    for (let tries = 0; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error) || error.status !== 0 && tries >= 10) throw error;
        this.#show("uploading", error.status === 0 ? "waiting for the server" : "waiting: the server is busy");
        const pause = error.retryAfter || PAUSES[Math.min(tries, PAUSES.length - 1)];
        await new Promise((resolve) => { setTimeout(resolve, pause * 1000); signal.addEventListener("abort", resolve, { once: true }); });
        if (signal.aborted) throw new DOMException("cancelled", "AbortError");
      }
    }
  }

  async #ready(signal) {
    this.#show("ready", "ready");
    announce(`${this.file.name} is ready`);
    this.compare = new Compare({ before: this.file, after: this.job.resultUrl, name: this.file.name });
    this.more.replaceChildren(this.compare.element);
    try {
      this.compare.set(await peaks(this.job, signal));
    } catch (error) {
      if (error.name !== "AbortError") this.compare.element.append(h("p", { class: "muted small" }, `There is no waveform: ${error.message}`));
    }
  }

  #failed(error) {
    this.#show("failed", "failed");
    announce(`${this.file.name} failed`);
    this.more.replaceChildren(h("p", { class: "notice bad row spread", role: "alert" },
      h("span", {}, `${sentence(error.message)} ${nextStep(error)}`), h("button", { type: "button", onclick: () => this.again() }, "Try again")));
  }

  #cancelled() {
    this.#show("cancelled", "cancelled");
    this.more.replaceChildren(h("p", { class: "row" }, h("button", { type: "button", onclick: () => this.again() }, "Start again")));
  }

  again() {
    this.job = null;
    this.controller = null;
    this.compare?.close();
    this.#show("waiting", "waiting");
    this.more.replaceChildren();
    this.dispatchEvent(new Event("again"));
  }

  #move(share, text) {
    this.progress.value = share;
    this.chip.textContent = text;
  }

  #show(state, text) {
    this.state = state;
    const isOpen = ["waiting", "uploading", "queued", "processing"].includes(state);
    this.chip.textContent = text;
    this.chip.className = `chip ${{ ready: "good", failed: "bad", processing: "busy", uploading: "busy" }[state] ?? ""}`;
    this.progress.hidden = !isOpen;
    if (state === "queued" || state === "waiting") this.progress.value = 0;
    const { name } = this.file;
    const hadFocus = this.tools.contains(document.activeElement);
    this.tools.replaceChildren(...[
      state === "ready" && h("a", { class: "button", href: this.job.resultUrl, download: "", "aria-label": `Download ${name} as ${TARGETS[this.options.target]}` }, "Download"),
      isOpen && h("button", { type: "button", "aria-label": `Cancel ${name}`, onclick: () => this.cancel() }, "Cancel"),
      !isOpen && h("button", { type: "button", class: "plain", "aria-label": `Remove ${name} from the list`, onclick: () => this.remove() }, icon("cross")),
    ].filter(Boolean));
    if (hadFocus) this.tools.firstElementChild?.focus();
    this.dispatchEvent(new Event("change"));
  }
}
