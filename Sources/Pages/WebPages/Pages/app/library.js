// All videos that are there, as cards; what is known of each is fetched when it comes into view.
import { bytes, clock, h, plural } from "./dom.js";
import { Clips, names } from "./names.js";
import { objectURL, site } from "./site.js";
import { find, isCurrent, list } from "./store.js";

const PAGE = 60;

export class Library {
  /** - address: makes the address of a video's view. */
  constructor({ address, open }) {
    Object.assign(this, { address, open, cards: new Map() });
    this.grid = h("ul", { class: "cards" });
    this.empty = h("p", { class: "muted", hidden: true });
    this.more = h("button", { type: "button", hidden: true, onclick: () => this.#page() }, "Show more");
    this.element = h("section", { class: "library", "aria-labelledby": "library-title" }, h("h1", { id: "library-title", tabindex: "-1" }, "Videos"), this.empty, this.grid, this.more);
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) { this.observer.unobserve(entry.target); this.#fill(entry.target.dataset.key); }
    }, { rootMargin: "200px" });
  }

  async load() {
    this.last = null;
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
        this.cards.get(item.key)?.element.remove();
        this.cards.delete(item.key);
      } else this.#card({ key: item.key, size: item.size, etag: item.etag, modified: item.time }, true);
      this.#say();
    } else if (item.key.endsWith("/manifest.json")) {
      for (const key of [`${item.key.slice(0, -14)}.mp4`, item.key.slice(0, -14)]) if (this.cards.has(key)) this.#fill(key);
    }
  }

  close() { this.observer.disconnect(); }

  async #page() {
    if (!site.videos) { this.#say("Name a bucket in this page's address: ?bucket=ADDRESS&video=KEY"); return; }
    const found = await list(site.videos, "", { limit: PAGE, after: this.last });
    for (const source of found) this.#card(source, false);
    this.last = found.at(-1)?.key ?? this.last;
    this.more.hidden = found.length < PAGE;
    this.#say();
  }

  #say(text = "There are no videos yet. Drop one above.") {
    this.empty.hidden = this.cards.size > 0;
    this.empty.textContent = text;
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
    this.observer.observe(element);
  }

  async #fill(key) {
    const card = this.cards.get(key);
    if (!card) return;
    let manifest;
    try { ({ manifest } = await find(key, card.output)); } catch { card.state.textContent = "unknown"; return; }
    if (this.cards.get(key) !== card) return;
    const say = (text, kind) => { card.state.textContent = text; card.state.className = `chip ${kind}`; };
    if (!isCurrent(manifest, card.source)) return say("processing", "busy");
    if (manifest.status !== "complete") {
      card.element.title = manifest.reason ?? "";
      return say("failed", "bad");
    }
    say("ready", "good");
    const clips = new Clips(manifest);
    card.facts.textContent = `${clock(clips.duration)} · ${plural(clips.list.length, "GIF")} · ${bytes(card.source.size)}`;
    const still = clips.still(clips.duration / 3);
    const poster = manifest.storyboard ? card.output.storyboard("poster.jpg") : still?.key ?? clips.gif(0)?.key;
    if (poster) card.picture.replaceChildren(h("img", { alt: "", decoding: "async", src: objectURL(site.previews, poster, manifest.version) }));
  }
}
