// Choosing or dropping videos and sending them, one after the other, with their progress in sight.
import { announce, bytes, h, icon } from "./dom.js";
import { listenForDrops } from "./drops.js";
import { site } from "./site.js";
import { list, Upload } from "./store.js";

export class Uploads {
  /** - onDone: called with the key of an uploaded video, and whether it came by itself rather than with others. */
  constructor({ onDone }) {
    this.onDone = onDone;
    this.rows = h("ul", { class: "uploads" });
    // Beside the page, of which nothing moves.
    document.body.append(h("section", { class: "sending", "aria-label": "Uploads" }, this.rows));
    this.field = h("input", { type: "file", accept: "video/*,.mkv,.ts,.avi,.mov,.webm", multiple: true, class: "visually-hidden", id: "file", onchange: () => { this.add(this.field.files); this.field.value = ""; } });
    this.zone = h("section", { class: "drop", "aria-labelledby": "drop-title" },
      h("div", { class: "lens" }, icon("upload")),
      h("div", {},
        h("h2", { id: "drop-title" }, "Drop a video here"),
        h("p", { class: "muted" }, "An animated GIF for every ", String(site.snippetSize), " seconds and a still for every second come out.")),
      h("div", {}, this.field, h("label", { for: "file", class: "button main choose" }, "Choose videos …")));
    this.element = this.zone;
    this.queue = [];
    this.open = new Set();
    /** Of what was uploaded here with others, while the visitor looks on. */
    this.keys = new Set();
    listenForDrops((files) => this.add(files.map(({ file }) => file)));
    this.#guardLeaving();
  }

  /** The browser asks before a page with an unfinished upload is left; what has arrived of one that is left is removed. */
  #guardLeaving() {
    addEventListener("beforeunload", (event) => { if (this.open.size) event.preventDefault(); });
    addEventListener("pagehide", () => { for (const row of this.open) row.upload?.abandon(); });
  }

  add(files) {
    this.cameTogether = this.open.size + files.length > 1;
    for (const file of files) this.#row(file);
    this.#next();
  }

  #row(file) {
    const progress = h("progress", { max: 1, value: 0, "aria-label": `Upload of ${file.name}` });
    const state = h("span", { class: "muted small number" }, "waiting");
    const button = h("button", { type: "button", class: "plain", "aria-label": `Cancel the upload of ${file.name}` }, icon("cross"));
    const row = { file, progress, state, element: h("li", { class: "panel" }, h("div", { class: "row spread" }, h("strong", {}, file.name), h("span", { class: "row" }, state, button)), progress) };
    button.addEventListener("click", () => { row.isCancelled = true; row.upload?.cancel(); this.#close(row); });
    this.rows.append(row.element);
    this.open.add(row);
    this.queue.push(row);
  }

  #close(row) {
    this.open.delete(row);
    row.element.remove();
  }

  async #next() {
    if (this.isBusy) return;
    this.isBusy = true;
    for (let row; (row = this.queue.shift());) if (!row.isCancelled) await this.#send(row);
    this.isBusy = false;
  }

  async #send(row) {
    const began = performance.now();
    try {
      let isAway = false;
      const onState = (away) => {
        isAway = away;
        if (away) row.state.textContent = "the server is away; the upload goes on when it is back";
      };
      const upload = row.upload ??= new Upload(row.file);
      upload.onState = onState;
      upload.onProgress = (sent, all) => {
        row.progress.value = all ? sent / all : 1;
        const rate = sent / Math.max(0.2, (performance.now() - began) / 1000);
        if (!isAway) row.state.textContent = `${bytes(sent)} of ${bytes(all)} · ${bytes(rate)}/s`;
      };
      upload.key ??= await this.#name(row.file.name, upload);
      if (!upload.key || row.isCancelled) { this.#close(row); return; }
      if (this.cameTogether) this.keys.add(upload.key);
      await upload.run();
      this.#close(row);
      announce(`${row.file.name} is uploaded`);
      this.onDone(upload.key, !this.cameTogether);
    } catch (error) {
      if (error.name === "AbortError") return;
      row.progress.hidden = true;
      row.state.textContent = "";
      const again = h("button", { type: "button", onclick: () => {
        problem.remove();
        row.progress.hidden = false;
        row.state.textContent = "waiting";
        this.queue.push(row);
        this.#next();
      } }, "Try again");
      const problem = h("p", { class: "notice bad row spread", role: "alert" }, h("span", {}, `The upload failed: ${error.message}`), again);
      row.element.append(problem);
    }
  }

  /** The key to upload to; asks if there is a video of that name. Null if nothing is to be uploaded. */
  async #name(name, upload) {
    const isTaken = async (key) => (await upload.persisting(() => list(site.videos, key, { limit: 1 }))).some((item) => item.key === key);
    if (!await isTaken(name)) return name;
    const answer = await choose(`“${name}” is here already`, "Replacing it makes its previews again; keeping both gives the new one another name.", ["Keep both", "Replace"]);
    if (answer === "Replace") return name;
    if (answer !== "Keep both") return null;
    const dot = name.lastIndexOf(".");
    const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
    for (let number = 2; ; number++) {
      const key = `${stem} (${number})${end}`;
      if (!await isTaken(key)) return key;
    }
  }
}

/** Asks; the answer, or null. */
function choose(title, text, answers) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { "aria-labelledby": "choose-title" }, h("form", { method: "dialog" },
      h("h2", { id: "choose-title" }, title), h("p", { class: "muted" }, text),
      h("div", { class: "row" }, answers.map((answer, index) => h("button", { value: answer, class: index ? null : "main" }, answer)), h("button", { value: "" }, "Cancel"))));
    dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue || null); });
    document.body.append(dialog);
    dialog.showModal();
  });
}
