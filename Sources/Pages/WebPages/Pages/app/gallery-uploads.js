// Many files on their way: two at a time, each with its progress, then with what is made of it.
import { announce, bytes, h, icon, plural } from "./dom.js";
import { isFailed, isUnderWay, summary } from "./derivatives.js";
import { cleanName, fileName } from "./filing.js";
import { PresignedUpload } from "./presigned.js";

const PARALLEL = 2;
/** Rows at once: a folder of thousands is counted, not listed. */
const ROWS = 30;

export class GalleryUploads {
  /** - onChange: called with a file's id when its upload has gone on. */
  constructor({ catalogue, onChange }) {
    Object.assign(this, { catalogue, onChange, waiting: [], rows: new Map(), sent: 0, all: 0, running: 0 });
    this.title = h("h2", { class: "small" });
    this.list = h("ul", { class: "uploads" });
    this.fold = h("button", { type: "button", class: "plain", "aria-expanded": "true", "aria-label": "Show the uploads", onclick: () => this.#fold() }, icon("back"));
    this.close = h("button", { type: "button", class: "plain", "aria-label": "Close the list of uploads", onclick: () => this.#clear() }, icon("cross"));
    this.element = h("section", { class: "sending", hidden: true, "aria-label": "Uploads" }, h("header", { class: "row spread" }, this.title, h("span", { class: "row tight" }, this.fold, this.close)), this.list);
    addEventListener("beforeunload", (event) => { if (this.isBusy) event.preventDefault(); });
    // What was begun and cannot be ended is no file.
    addEventListener("pagehide", () => { for (const row of this.rows.values()) if (row.id && !row.isSent) this.catalogue.remove(row.id).catch(() => {}); });
  }

  get isBusy() { return this.running > 0 || this.waiting.length > 0; }

  /** - files: `[{ file, path }]`; the paths are put below the folder. */
  add(files, folder) {
    for (const { file, path } of files) {
      const name = cleanName(folder + path);
      if (name) this.waiting.push({ file, name });
    }
    this.all += files.length;
    this.element.hidden = this.all === 0;
    announce(`${plural(files.length, "file")} will be uploaded`);
    this.#next();
  }

  /** What a tile says of its file that is on its way here; null for others. */
  progress(id) {
    const row = this.rows.get(id);
    if (!row || row.hasFailed) return null;
    return row.isSent ? "received" : row.percent ?? "0 %";
  }

  /** A record has changed: of a file that was uploaded here, its row says what is made of it. */
  tell(record) {
    const row = this.rows.get(record.id);
    if (!row?.isSent || record.version === 0) return;
    row.state.textContent = summary(record);
    row.progress.hidden = true;
    if (isUnderWay(record)) return;
    if (!isFailed(record)) setTimeout(() => this.#drop(row), 4000);
    else row.state.classList.add("problem");
  }

  #next() {
    while (this.running < PARALLEL && this.waiting.length) this.#send(this.#row(this.waiting.shift()));
    this.#say();
  }

  #row({ file, name }) {
    const state = h("span", { class: "muted small number" });
    const progress = h("progress", { max: 1, value: 0, "aria-label": `Upload of ${name}` });
    const row = { file, name, state, progress, id: null, percent: null, isSent: false };
    const cancel = h("button", { type: "button", class: "plain", "aria-label": `Cancel the upload of ${name}`, onclick: () => this.#cancel(row) }, icon("cross"));
    row.cancel = cancel;
    row.element = h("li", {}, h("span", { class: "row spread nowrap" }, h("strong", { title: name }, fileName(name)), cancel), progress, state);
    this.list.prepend(row.element);
    while (this.list.children.length > ROWS) this.list.lastElementChild.remove();
    return row;
  }

  async #send(row) {
    this.running += 1;
    row.hasFailed = false;
    const began = performance.now();
    try {
      row.upload ??= new PresignedUpload(row.file, async () => {
        if (row.id) return (await this.catalogue.announceAgain(row.id, fileName(row.name), row.file)).upload;
        const { file, upload } = await this.catalogue.announce(row.name, row.file);
        row.id = file.id;
        this.rows.set(file.id, row);
        return upload;
      }, (sent, all) => this.#progress(row, sent, all, began), (isAway) => {
        row.isAway = isAway;
        if (isAway) row.state.textContent = "the server is away; the upload goes on when it is back";
      });
      await row.upload.run();
      Object.assign(row, { isSent: true, percent: null });
      this.sent += 1;
      row.cancel.hidden = true;
      row.state.textContent = "uploaded";
      row.progress.value = 1;
      this.onChange(row.id);
    } catch (error) {
      if (error.name !== "AbortError") this.#failed(row, error);
    }
    this.running -= 1;
    if (!this.isBusy) announce(`${plural(this.sent, "file")} uploaded`);
    this.#next();
  }

  #progress(row, sent, all, began) {
    row.progress.value = all ? sent / all : 1;
    const rate = sent / Math.max(0.2, (performance.now() - began) / 1000);
    if (!row.isAway) row.state.textContent = `${bytes(sent)} of ${bytes(all)} · ${bytes(rate)}/s`;
    const percent = `${Math.floor(100 * row.progress.value)} %`;
    if (percent === row.percent) return;
    row.percent = percent;
    if (row.id) this.onChange(row.id);
  }

  #failed(row, error) {
    row.progress.hidden = true;
    Object.assign(row, { percent: null, hasFailed: true });
    if (row.id) this.onChange(row.id);
    row.state.textContent = "";
    const again = h("button", { type: "button", class: "small", onclick: () => {
      problem.remove();
      row.progress.hidden = false;
      this.#send(row);
    } }, "Try again");
    const problem = h("p", { class: "notice bad small", role: "alert" }, `The upload failed: ${error.message} `, again);
    row.element.append(problem);
    // It may have left the list of many.
    if (!row.element.isConnected) this.list.prepend(row.element);
  }

  #cancel(row) {
    row.upload?.cancel();
    if (row.id) this.catalogue.remove(row.id).catch(() => {});
    this.all -= 1;
    this.#drop(row);
    this.#say();
  }

  #drop(row) {
    row.element.remove();
    if (row.id) this.rows.delete(row.id);
    if (!this.list.children.length && !this.isBusy) this.#clear();
  }

  #say() {
    this.title.textContent = `${this.sent.toLocaleString("en")} of ${plural(this.all, "file")} uploaded`;
    this.close.hidden = this.isBusy;
  }

  #fold() {
    const isOpen = this.list.hidden;
    this.list.hidden = !isOpen;
    this.fold.setAttribute("aria-expanded", String(isOpen));
  }

  #clear() {
    // What could not be sent is no file.
    for (const row of this.rows.values()) if (!row.isSent) this.catalogue.remove(row.id).catch(() => {});
    this.rows.clear();
    Object.assign(this, { sent: 0, all: 0 });
    this.list.replaceChildren();
    this.element.hidden = true;
  }
}
