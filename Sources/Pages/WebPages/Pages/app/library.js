// All videos that are there, as cards, the newest first: a page of them costs one request.
import { announce, bytes, clock, h, plural } from "./dom.js";
import { names } from "./names.js";
import { objectURL, site } from "./site.js";
import { find, isCurrent, list, newest } from "./store.js";

const PAGE = 60;

export class Library {
  /**
   * - address: makes the address of a video's view. - empty: elements that are shown while there are none.
   * - isOwn: tells whether a key is of an upload of this page, whose visitor waits for it.
   */
  constructor({ address, open, empty = [], isOwn = () => false }) {
    Object.assign(this, { address, open, isOwn, instead: empty, cards: new Map() });
    this.grid = h("ul", { class: "cards" });
    this.empty = h("div", { class: "nothing", hidden: true });
    this.held = new Map();
    // Has its room from the start: what comes while one looks on must not push what one looks at.
    this.fresh = h("button", { type: "button", class: "absent", onclick: () => this.#showHeld() }, "Show new videos");
    this.more = h("button", { type: "button", hidden: true, onclick: () => this.#page() }, "Show more");
    this.element = h("section", { class: "library", "aria-labelledby": "library-title" }, h("div", { class: "row" }, h("h1", { id: "library-title", tabindex: "-1" }, "Videos"), this.fresh), this.empty, this.grid, this.more);
    // Plain files beside a bucket have no server that lists by time: each card asks for itself when it comes into view.
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) { this.observer.unobserve(entry.target); this.#look(entry.target.dataset.key); }
    }, { rootMargin: "200px" });
    /** Pixels scrolled when the library was left. */
    this.place = 0;
  }

  async load() {
    this.last = null;
    this.isReloading = true;
    try {
      await this.#page();
    } catch (error) {
      this.#say(site.isServed ? error.message : "The videos of this bucket cannot be listed. Name one in this page's address: ?video=KEY");
    }
  }

  /** An object was written or removed. */
  happened(item) {
    if (item.bucket === site.sourceBucket) {
      if (item.size === undefined || item.size === null) {
        this.held.delete(item.key);
        this.#sayHeld();
        this.cards.get(item.key)?.element.remove();
        this.cards.delete(item.key);
      } else this.#come({ key: item.key, size: item.size, etag: item.etag, modified: item.time });
      this.#say();
    } else if (item.key.endsWith("/manifest.json")) {
      for (const [key, card] of this.cards) if (card.output.manifest === item.key) this.#look(key);
    }
  }

  /** One that is already there, that is awaited, or that nothing is moved by, is shown at once; others when the visitor wants them. */
  #come(source) {
    if (this.cards.has(source.key) || this.cards.size === 0 || this.isOwn(source.key) || !this.element.isConnected) return this.#card(source, true);
    this.held.delete(source.key);
    this.held.set(source.key, source);
    this.#sayHeld();
  }

  #sayHeld() {
    const { size } = this.held;
    if (size) {
      this.fresh.textContent = `Show ${plural(size, "new video")}`;
      announce(plural(size, "new video"));
    }
    this.fresh.classList.toggle("absent", size === 0);
  }

  /** While nothing of it is seen. */
  takeHeld() {
    if (!this.held.size) return;
    const sources = [...this.held.values()];
    this.held.clear();
    for (const source of sources) {
      this.#card(source, true);
      this.#look(source.key);
    }
    this.#sayHeld();
    this.#say();
  }

  #showHeld() {
    this.takeHeld();
    // The button is gone; the newest takes the focus.
    this.grid.querySelector("a")?.focus();
  }

  close() { this.observer.disconnect(); }

  async #page() {
    if (!site.videos) { this.#say("Name a bucket in this page's address: ?bucket=ADDRESS&video=KEY"); return; }
    const found = site.isServed ? await newest({ limit: PAGE, after: this.last }) : await this.#byName();
    if (this.isReloading) {
      this.isReloading = false;
      this.cards.clear();
      this.held.clear();
      this.#sayHeld();
      this.grid.replaceChildren();
    }
    for (const { document: manifest, ...source } of found.objects) {
      this.#card(source, false);
      if (!site.isServed) continue;
      // The server finds manifests by the plain rule. Keys without an extension, and very long ones, have other folders.
      if (this.cards.get(source.key).output.folder === source.key.replace(/(.)\.mp4$/u, "$1")) this.#fill(source.key, manifest ?? null);
      else this.#look(source.key);
    }
    this.last = found.next ?? null;
    this.more.hidden = !found.next;
    this.#say();
  }

  async #byName() {
    const objects = await list(site.videos, "", { limit: PAGE, after: this.last });
    return { objects, next: objects.length < PAGE ? null : objects.at(-1).key };
  }

  #say(text = null) {
    this.empty.hidden = this.cards.size > 0;
    this.empty.replaceChildren(h("p", { class: "muted" }, text ?? "There are no videos yet. Drop one above."), ...(text ? [] : this.instead));
  }

  #card(source, isNew) {
    const old = this.cards.get(source.key);
    const output = names(source.key);
    const state = h("span", { class: "chip" }, "…");
    const picture = h("div", { class: "poster" });
    const facts = h("span", { class: "muted small number" }, bytes(source.size));
    const element = h("li", { dataset: { key: source.key } }, h("a", { class: "card", href: this.address(source.key), onclick: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      this.open(source.key);
    } }, picture, h("span", { class: "title" }, output.title), h("span", { class: "row spread" }, facts, state)));
    this.cards.set(source.key, { source, output, state, picture, facts, element });
    if (old) old.element.replaceWith(element);
    else if (isNew) this.grid.prepend(element);
    else this.grid.append(element);
    if (isNew) this.#fill(source.key, null);
    else if (!site.isServed) this.observer.observe(element);
  }

  /** Asks what is known of one video. */
  async #look(key) {
    const card = this.cards.get(key);
    if (!card) return;
    try {
      const { manifest } = await find(key, card.output);
      if (this.cards.get(key) === card) this.#fill(key, manifest);
    } catch { card.state.textContent = "unknown"; }
  }

  #fill(key, manifest) {
    const card = this.cards.get(key);
    const say = (text, kind) => { card.state.textContent = text; card.state.className = `chip ${kind}`; };
    if (!isCurrent(manifest, card.source)) return say("processing", "busy");
    if (manifest.status !== "complete") {
      card.element.title = manifest.reason ?? "";
      return say("failed", "bad");
    }
    say("ready", "good");
    const { duration, snippetSize, frames, version } = manifest;
    card.facts.textContent = `${clock(duration)} · ${plural(Math.ceil(duration / snippetSize), "GIF")} · ${bytes(card.source.size)}`;
    const second = Math.min(Math.floor(duration / 3), Math.max(0, frames - 1));
    const start = second - second % snippetSize;
    const poster = manifest.storyboard ? card.output.storyboard("poster.jpg") : frames ? card.output.still(start, second - start + 1) : card.output.gif(0);
    card.picture.replaceChildren(h("img", { alt: "", decoding: "async", src: objectURL(site.previews, poster, version) }));
  }
}
