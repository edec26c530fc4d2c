// One file in the grid. Its box has its size before anything is known of the file, so nothing moves when it is.
import { bytes, clock, h, icon, release } from "./dom.js";
import { fileName } from "./filing.js";
import { isUnderWay } from "./derivatives.js";
import { outline } from "./gallery-sound.js";
import { kindOf, pictureOf, sources } from "./variants.js";

const ICONS = { image: "image", video: "film", audio: "sound", other: "file" };
const SIZES = { cards: ["timeline", "card", "preview"], timeline: ["timeline", "card"] };

/**
 * - address: `(entry) => URL` of the file's view.
 * - progress: `(id) => text` of an upload that is under way; null for none.
 */
export function makeTile({ view, library, address, onOpen, selection, onSelect, progress }) {
  let shown = null;
  const picture = h("span", { class: "picture" });
  const title = h("span", { class: "title" });
  const facts = h("span", { class: "muted small number" });
  const chip = h("span", { class: "chip" });
  const link = h("a", { class: "tile", onclick: (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (shown) onOpen(shown);
  } }, picture, view === "cards" ? [title, h("span", { class: "row" }, facts, chip)] : h("span", { class: "visually-hidden" }, title));
  const box = h("input", { type: "checkbox", class: "pick", onclick: (event) => onSelect(shown, box.checked, event.shiftKey) });
  const element = h("li", {}, link, box);
  let painted = null;

  const paint = (entry) => {
    const kind = kindOf(entry);
    const source = pictureOf(entry, library);
    const found = source && sources(source, SIZES[view]);
    const sound = kind === "audio" ? entry.waveformOutline : null;
    const key = `${found ? found.srcset ?? found.src : `${kind} ${entry.version === 0}`} ${sound ?? ""}`;
    if (key === painted) return;
    painted = key;
    release(picture);
    picture.replaceChildren(...[found
      ? h("img", { alt: "", decoding: "async", ...found, sizes: found.srcset && `${Math.max(1, Math.round(link.clientWidth || 220))}px`, onerror: (event) => event.target.replaceWith(icon(ICONS[kind])) })
      : sound ? null : icon(ICONS[kind]), sound && outline(sound), kind === "video" || kind === "audio" ? h("span", { class: "length number" }, found ? icon("play") : null, entry.duration ? clock(entry.duration) : "") : null].filter(Boolean));
  };

  return {
    element,
    update(entry) {
      shown = entry;
      element.classList.toggle("pending", !entry);
      box.hidden = !entry;
      if (!entry) { link.removeAttribute("href"); return; }
      const name = fileName(entry.name);
      link.href = address(entry);
      title.textContent = name;
      element.title = view === "timeline" ? name : "";
      box.setAttribute("aria-label", `Select ${name}`);
      box.checked = selection.has(entry.id);
      element.classList.toggle("picked", box.checked);
      facts.textContent = [entry.size ? bytes(entry.size) : "", entry.width && kindOf(entry) !== "audio" ? `${entry.width} × ${entry.height}` : ""].filter(Boolean).join(" · ");
      const [text, mood] = state(entry, progress(entry.id));
      chip.textContent = text;
      chip.className = `chip ${mood}`;
      chip.hidden = !text;
      paint(entry);
    },
  };
}

function state(entry, sending) {
  if (entry.version === 0) return sending ? [sending, "busy"] : ["not uploaded", ""];
  if (isUnderWay(entry)) return ["in work", "busy"];
  if (entry.failed?.length) return ["failed", "bad"];
  return ["", ""];
}
