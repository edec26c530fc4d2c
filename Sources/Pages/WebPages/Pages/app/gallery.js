// The library: everything that its parts do together.
import { Catalogue } from "./catalogue.js";
import { Delayed } from "./dialogs.js";
import { h, plural, throttled } from "./dom.js";
import { listenForDrops, plain } from "./drops.js";
import { GalleryActions } from "./gallery-actions.js";
import { nothing, trouble } from "./gallery-messages.js";
import { makeTile } from "./gallery-tile.js";
import { GalleryTools } from "./gallery-tools.js";
import { GalleryUploads } from "./gallery-uploads.js";
import { GalleryView } from "./gallery-view.js";
import { Lightbox } from "./lightbox.js";
import { listen } from "./live.js";
import { Selection } from "./selection.js";
import { connect, HOME } from "./site.js";
import { useVariants } from "./variants.js";

const QUERY = ["folder", "q", "type", "sort", "view", "failed"];
const main = document.getElementById("main");
history.scrollRestoration = "manual";

const parameters = () => Object.fromEntries(new URLSearchParams(location.search));
let asked = parameters(), role = "member";
const library = asked.library ?? HOME;

// MARK: Addresses

function address(changes) {
  const all = { ...asked, file: "", ...changes };
  const query = new URLSearchParams();
  if (library !== HOME) query.set("library", library);
  for (const name of [...QUERY, "file"]) if (all[name]) query.set(name, all[name]);
  return `${location.pathname}${query.size ? `?${query}` : ""}`;
}

function keepPlace() { history.replaceState({ ...history.state, seen: grid.seen, scroll: scrollY }, ""); }

/** Another step of the visitor, or a change of the present one. */
function go(changes, isStep) {
  keepPlace();
  const to = address(changes);
  const state = changes.file ? { isOpened: true } : null;
  if (isStep) history.pushState(state, "", to); else history.replaceState(state, "", to);
  arrive();
}

// MARK: Parts

const catalogue = new Catalogue({
  library, onError: failed, onChange: (isOther) => { if (isOther) showFound(); else grid.update(); },
});
const selection = new Selection({ onAgain: (entries) => actions.askAgainOf(entries), onDelete: (entries) => actions.remove(entries), onMove: (entries) => actions.move(entries, asked.folder), onChange: () => grid.update() });
const grid = new GalleryView({
  entry: (index) => catalogue.entry(index), onPlace: () => { if (isShown) keepPlace(); },
  makeTile: (index) => makeTile({
    view: asked.view || "cards", library, address: (entry) => address({ file: entry.id }), onOpen: (entry) => go({ file: entry.id }, true),
    selection: selection.entries, progress: (id) => uploads.progress(id),
    onSelect: (entry, isPicked, isRange) => selection.pick(entry, isPicked, isRange, index, (number) => catalogue.entry(number)),
  }),
});
const tools = new GalleryTools({ address, onQuery: go, onFiles: upload, onAgain: () => actions.askAgain(), onLibrary: (id) => { location.search = id === HOME ? "" : new URLSearchParams({ library: id }); } });
const uploads = new GalleryUploads({ catalogue, onChange: (id) => { const index = catalogue.indexOf(id); if (index >= 0) grid.update(index); } });
const lightbox = new Lightbox({
  catalogue, isOwner: () => role === "owner",
  actions: {
    onStep: step, onClose: () => { if (asked.file) { if (history.state?.isOpened) history.back(); else go({}, false); } },
    onRename: (record) => actions.rename(record), onDelete: (record) => actions.remove([record]), onAgain: (record, name) => actions.again([record], [name]),
    onCancel: (record) => catalogue.cancelProxy(record.id).then(heard, failed),
  },
});
const message = h("div", { class: "message" }, h("p", { class: "muted" }, "Loading …"));
const dock = h("aside", { class: "dock", "aria-label": "What is under way" });
const actions = new GalleryActions({ catalogue, selection, grid, lightbox, heard, failed, showFound, delayed: new Delayed(dock) });
dock.append(selection.element, uploads.element);
main.replaceChildren(tools.element, message, grid.element);
document.body.append(dock);
tools.show(asked);
let isShown = false;

// MARK: What is shown

let shownQuery = null;

/** The address has changed: another list, or a file of it. */
async function arrive() {
  asked = parameters();
  tools.show(asked);
  const query = JSON.stringify(QUERY.map((name) => asked[name] ?? ""));
  const place = history.state;
  if (query !== shownQuery) {
    shownQuery = query;
    try {
      const context = await catalogue.show({ ...asked, isTimeline: asked.view === "timeline" }, place?.seen ?? 0);
      if (!context) return;
      role = context.role;
      useVariants(context.variants);
      tools.showLibraries(context.libraries, library, HOME);
    } catch (error) { shownQuery = null; failed(error); return; }
    isShown = false;
    showFound();
    scrollTo(0, Math.min(place?.scroll ?? 0, grid.top + (grid.layout?.height ?? 0)));
    grid.draw();
    isShown = true;
  }
  await showFile();
}

function showFound() {
  tools.found(catalogue, asked);
  const { total } = catalogue;
  grid.element.hidden = total === 0;
  message.hidden = total > 0;
  if (total === 0) message.replaceChildren(...nothing(asked, catalogue, () => go({ q: "", type: "", failed: "" }, true), (files) => upload(files.map(plain))));
  grid.show({ total, groups: asked.view === "timeline" ? catalogue.groups : [], view: asked.view || "cards", label: plural(total, "file") });
}

function failed(error) {
  message.hidden = false;
  message.replaceChildren(trouble(error, () => { shownQuery = null; arrive(); }));
}

async function showFile() {
  if (!asked.file) { if (lightbox.record) { const index = catalogue.indexOf(lightbox.record.id); lightbox.close(); if (index >= 0) grid.focus(index); } return; }
  if (lightbox.record?.id === asked.file) return;
  const index = catalogue.indexOf(asked.file);
  try {
    const entry = index >= 0 ? catalogue.entry(index) : await catalogue.record(asked.file);
    lightbox.open(entry, index >= 0 ? { index, total: catalogue.total } : null);
    if (index >= 0) lightbox.prepare([catalogue.entry(index + 1), index > 0 ? catalogue.entry(index - 1) : null]);
  } catch (error) { failed(error.status === 404 ? new Error("There is no such file; it may have been deleted.") : error); }
}

/** To the next file or the one before, which may still have to be fetched. */
async function step(by) {
  const index = catalogue.indexOf(lightbox.record.id) + by;
  for (let tries = 0; tries < 100 && !catalogue.entry(index); tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  const entry = catalogue.entry(index);
  if (!entry || !lightbox.record) return;
  history.replaceState({ ...history.state }, "", address({ file: entry.id }));
  asked = parameters();
  grid.scrollTo(index, true);
  showFile();
}

function upload(files) {
  if (files.length) uploads.add(files, asked.folder ?? "");
}

// MARK: As it happens

/** Tells all parts of a record. */
function heard(record) {
  const index = catalogue.tell(record);
  if (index >= 0) grid.update(index);
  lightbox.told(record);
  uploads.tell(record);
}

const changed = new Set();
const look = throttled(async () => {
  const ids = [...changed].slice(0, 12);
  for (const id of ids) changed.delete(id);
  await Promise.all(ids.map((id) => catalogue.record(id).then(heard, () => {})));
  if (changed.size) look();
}, 500);
const refresh = throttled(() => catalogue.refresh(grid.seen).catch(failed), 1000);

/** Objects of this library's records and lists have changed. */
function happened(items) {
  for (const { key, size } of items) {
    const [kind, of, file] = key.split("/");
    if (of !== library && !(kind === "index" && of === "files" && file === library)) continue;
    if (kind === "index") refresh();
    else if (kind === "record" && size) {
      const id = file.slice(0, -5);
      if (catalogue.indexOf(id) < 0 && lightbox.record?.id !== id && !uploads.rows.has(id)) continue;
      changed.add(id);
      look();
    }
  }
}

async function begin() {
  try { await connect(); } catch (error) { message.replaceChildren(trouble(error, begin)); return; }
  listenForDrops(upload);
  addEventListener("popstate", arrive);
  addEventListener("pagehide", keepPlace);
  await arrive();
  listen(["objects"], { onItems: happened, onReset: () => { catalogue.told.clear(); refresh(); } });
}

begin();
