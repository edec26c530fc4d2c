// The menu of what of a video can be saved.
import { announce, bytes, h, icon } from "./dom.js";
import { request } from "./site.js";
import { zip } from "./zip.js";

/** - sources: as the library tells them. - previews: `{ clips, manifest }` or null. - position: gives the moment that is shown. */
export function downloadMenu({ file, sources, previews, position }) {
  const list = h("ul", { class: "menu-list" });
  const menu = h("details", { class: "menu", onkeydown: (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.firstElementChild.focus();
  } }, h("summary", { class: "button" }, icon("down"), "Download"), list);
  menu.addEventListener("toggle", () => { if (menu.open) list.replaceChildren(...items()); });
  const outside = (event) => { if (!menu.contains(event.target)) menu.open = false; };
  document.addEventListener("pointerdown", outside);

  const link = (label, href, name) => h("li", {}, h("a", { href, download: name }, label));

  function items() {
    const found = sources.map((source) => link(source.kind === "proxy" ? "Video for every browser (MP4)" : `Original (${bytes(file.record.size)})`, source.streamUrl, source.name));
    if (!previews) return [...found, h("li", { class: "muted small" }, "GIFs, stills and the storyboard come when they are made.")];
    const { clips, manifest } = previews;
    const base = file.record.name.replace(/\.[^.]+$/u, "");
    const [clip, still] = [clips.gif(position()), clips.still(position())];
    if (clip) found.push(link("GIF of this part", clips.address(clip.key), `${base}-${clip.clip.start}.gif`));
    if (still) found.push(link("Still of this second", clips.address(still.key), `${base}-${still.second}.jpg`));
    if (manifest.storyboard) {
      const button = h("button", { type: "button", class: "plain", onclick: () => save(button, clips, manifest.storyboard, `${base}-storyboard.zip`) }, "Storyboard (ZIP)");
      found.push(h("li", {}, button));
    }
    return found;
  }

  return { element: menu, close() { document.removeEventListener("pointerdown", outside); } };
}

/** Puts the sheets and what describes them into one file, one after the other. */
async function save(button, clips, storyboard, name) {
  const keys = [storyboard.description, storyboard.thumbnails, storyboard.playlist, storyboard.poster, storyboard.overview, ...storyboard.sheets].filter(Boolean).map((one) => one.key);
  if (button.dataset.busy) return;
  button.dataset.busy = "yes";
  const label = button.textContent;
  async function* files() {
    for (const [index, key] of keys.entries()) {
      button.textContent = `${index} of ${keys.length} files …`;
      yield { name: key.slice(key.lastIndexOf("/") + 1), blob: await (await request(clips.address(key))).blob() };
    }
  }
  try {
    const address = URL.createObjectURL(await zip(files()));
    h("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    announce("The storyboard is saved");
    button.textContent = label;
  } catch (error) {
    button.textContent = error.message;
  }
  delete button.dataset.busy;
}
