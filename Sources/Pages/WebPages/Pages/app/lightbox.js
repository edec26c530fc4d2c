// One file at a time, over the grid: large, with what is known of it, what was made of it, and what can be done with it.
import { bytes, clock, copyButton, h, icon, release } from "./dom.js";
import { derivativeList, isUnderWay } from "./derivatives.js";
import { fileName, folderOf } from "./filing.js";
import { consoleURL } from "./place.js";
import { waveform } from "./gallery-sound.js";
import { kindOf, originalOf, pictureOf, sources } from "./variants.js";

/** Pixels that a finger must have moved sideways. */
const SWIPE = 60;

export class Lightbox {
  /** - actions: `{ onStep(by), onClose, onRename(record), onDelete(record), onAgain(record, name), onCancel(record) }`. */
  constructor({ catalogue, isOwner, actions }) {
    Object.assign(this, { catalogue, isOwner, actions, record: null });
    const button = (name, text, onclick, members = {}) => h("button", { type: "button", "aria-label": text, title: text, onclick, ...members }, icon(name));
    this.title = h("h2", { id: "lightbox-title", tabindex: "-1" });
    this.place = h("span", { class: "muted small number" });
    this.stage = h("div", { class: "stage" });
    this.facts = h("dl", { class: "facts" });
    this.made = h("div", {});
    this.previous = button("back", "Previous file", () => actions.onStep(-1), { class: "step previous" });
    this.next = button("next", "Next file", () => actions.onStep(1), { class: "step next" });
    this.links = h("div", { class: "row" });
    this.element = h("dialog", { class: "lightbox", "aria-labelledby": "lightbox-title" },
      h("div", { class: "head row spread nowrap" }, h("div", { class: "heading" }, this.title, this.place), button("cross", "Close", () => this.element.close())),
      h("div", { class: "show" }, this.previous, this.stage, this.next),
      h("aside", { "aria-label": "About the file", tabindex: "0", role: "region" }, this.links, this.facts, h("h3", {}, "Made of it"), this.made));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("close", () => { this.#empty(); if (this.record) actions.onClose(); });
    this.#swipes();
    document.body.append(this.element);
  }

  /** Shows a file; `place` is its number and how many there are, null if it is not among those listed. */
  async open(entry, place) {
    this.#forget();
    this.record = entry;
    this.#draw(place);
    if (!this.element.open) this.element.showModal();
    this.title.focus();
    const controller = this.controller = new AbortController();
    try {
      this.told(await this.catalogue.record(entry.id, controller.signal));
    } catch (error) {
      if (error.name !== "AbortError" && this.controller === controller) this.made.replaceChildren(h("p", { class: "notice bad small", role: "alert" }, error.message));
    }
  }

  close() {
    this.#forget();
    this.record = null;
    this.element.close();
  }

  /** Nothing of what was shown is loaded further. */
  #empty() {
    this.#forget();
    this.stage.replaceChildren();
    for (const image of this.ahead ?? []) { image.removeAttribute("srcset"); image.removeAttribute("src"); }
    this.ahead = [];
  }

  #forget() {
    this.controller?.abort();
    this.events?.close();
    this.events = null;
    for (const media of this.stage.querySelectorAll("audio, video")) media.pause();
    release(this.stage);
  }

  /** What the server says of a file; that of another one is passed over. */
  told(record) {
    if (record.id !== this.record?.id) return;
    const before = this.record;
    this.record = { ...before, ...record };
    this.title.textContent = fileName(record.name);
    this.#about();
    const isOther = before.version !== record.version || before.thumbnailFileId !== record.thumbnailFileId || before.waveformStatus !== record.waveformStatus || before.width !== record.width;
    if (isOther) this.#picture();
    if (isUnderWay(record) && !this.events) this.#listen(record.id);
  }

  /** How far derivatives are, as it changes. */
  #listen(id) {
    this.events = new EventSource(`${this.catalogue.base}/${id}/events`);
    const told = (event) => {
      const record = JSON.parse(event.data);
      this.told(record);
      this.catalogue.tell(record);
    };
    const end = (event) => { if (event.data) told(event); this.events?.close(); this.events = null; };
    this.events.addEventListener("progress", told);
    this.events.addEventListener("done", end);
    this.events.addEventListener("failed", end);
  }

  #draw(place) {
    this.title.textContent = fileName(this.record.name);
    this.place.textContent = place ? `${(place.index + 1).toLocaleString("en")} of ${place.total.toLocaleString("en")}` : "";
    this.previous.disabled = !place || place.index === 0;
    this.next.disabled = !place || place.index >= place.total - 1;
    this.#picture();
    this.#about();
  }

  #picture() {
    release(this.stage);
    const { record } = this, { library } = this.catalogue, kind = kindOf(record);
    const file = { ...record, library };
    const found = pictureOf(record, library) && sources(pictureOf(record, library), ["card", "preview"]);
    const image = found && h("img", { alt: kind === "image" ? fileName(record.name) : "", decoding: "async", ...found, sizes: found.srcset && "100vw", draggable: false,
      onerror: (event) => event.target.replaceWith(h("p", { class: "notice bad" }, "This image cannot be shown. Download the original, or make the smaller sizes again.")) });
    if (record.version === 0) this.stage.replaceChildren(h("p", { class: "notice" }, "Nothing has been uploaded yet. If the upload was broken off, delete the file and send it again."));
    else if (kind === "video") {
      const address = `video?${new URLSearchParams({ library, file: record.id })}`;
      this.stage.replaceChildren(h("a", { class: "open", href: address, "aria-label": `Play ${fileName(record.name)}` }, image || h("span", { class: "blank" }, icon("film")), h("span", { class: "button main" }, icon("play"), "Play")));
    } else if (kind === "audio") {
      const media = h("audio", { controls: true, preload: "metadata", src: originalOf(file), "aria-label": fileName(record.name) });
      this.stage.replaceChildren(h("div", { class: "audio" }, waveform(record.waveformStatus === "complete" ? `${this.catalogue.base}/${record.id}/waveform` : null, media), media));
    } else this.stage.replaceChildren(image || h("span", { class: "blank" }, icon(kind === "image" ? "image" : "file")));
  }

  #about() {
    const { record } = this, { library } = this.catalogue, { actions } = this;
    const focused = document.activeElement?.getAttribute?.("aria-label") ?? document.activeElement?.textContent;
    const hadFocus = this.links.contains(document.activeElement) || this.made.contains(document.activeElement);
    const action = (text, onclick, kind) => h("button", { type: "button", class: kind, onclick }, text);
    this.links.replaceChildren(
      kindOf(record) === "video" ? h("a", { class: "button main", href: `video?${new URLSearchParams({ library, file: record.id })}` }, "Play") : "",
      record.version ? h("a", { class: "button", href: originalOf({ ...record, library }), download: fileName(record.name) }, "Download") : "",
      action("Rename …", () => actions.onRename(record)), action("Delete …", () => actions.onDelete(record), "danger"),
      copyButton("Copy the link", () => location.href),
      record.objectKey ? h("a", { class: "small", href: consoleURL({ group: record.objectKey }, "fan-out") }, "What ran for it") : "");
    const camera = record.metadata?.cameraModel ?? record.metadata?.cameraMake;
    const rows = [["Folder", folderOf(record.name) || "none"], ["Size", record.size ? bytes(record.size) : "–"], ["Kind", record.mimeType],
      ["Pixels", record.width ? `${record.width} × ${record.height}` : null], ["Length", record.duration ? clock(record.duration) : null],
      ["Uploaded", new Date(record.createdAt).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })], ["By", record.createdBy], ["Camera", camera],
      ["Same content", record.duplicateOf ? h("a", { href: `?${new URLSearchParams({ library, file: record.duplicateOf })}` }, "another file") : null]];
    this.facts.replaceChildren(...rows.filter(([, value]) => value).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
    this.made.replaceChildren(derivativeList(record, { isOwner: this.isOwner(), onAgain: (name) => actions.onAgain(record, name), onCancel: () => actions.onCancel(record) }));
    // What had the focus may have been drawn again.
    if (hadFocus) ([...this.element.querySelectorAll("aside button, aside a")].find((one) => (one.getAttribute("aria-label") ?? one.textContent) === focused) ?? this.title).focus();
  }

  #key(event) {
    if (event.target.matches("audio, input, video") || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && !(step < 0 ? this.previous : this.next).disabled) { event.preventDefault(); this.actions.onStep(step); }
    if (event.key === "Delete") { event.preventDefault(); this.actions.onDelete(this.record); }
  }

  #swipes() {
    let start = null;
    this.stage.addEventListener("pointerdown", (event) => { if (event.isPrimary && event.pointerType !== "mouse" && !event.target.closest("audio, .sound")) start = { x: event.clientX, y: event.clientY }; });
    this.stage.addEventListener("pointercancel", () => { start = null; });
    addEventListener("pointerup", (event) => {
      if (!start) return;
      const [x, y] = [event.clientX - start.x, event.clientY - start.y];
      start = null;
      if (Math.abs(x) < SWIPE || Math.abs(x) < 2 * Math.abs(y)) return;
      if (!(x > 0 ? this.previous : this.next).disabled) this.actions.onStep(x > 0 ? -1 : 1);
    });
  }

  /** Loads what will be looked at next. */
  prepare(entries) {
    const pictures = entries.map((entry) => entry && pictureOf(entry, this.catalogue.library)).filter(Boolean);
    const found = pictures.map((picture) => sources(picture, ["card", "preview"])).filter(Boolean);
    this.ahead = found.map((one) => Object.assign(new Image(), { sizes: "100vw", ...one }));
  }
}
