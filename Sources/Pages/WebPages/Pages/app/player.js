// The player page: decides which view is shown and tells the views what happens.
import { announce, copyButton, h, icon } from "./dom.js";
import { fanoutView } from "./fanout.js";
import { Job } from "./job.js";
import { Library } from "./library.js";
import { listen } from "./live.js";
import { consoleURL } from "./place.js";
import { film, sampleButton } from "./sample.js";
import { connect, kept, showFailure, site } from "./site.js";
import { Uploads } from "./uploads.js";
import { watchView } from "./watch.js";

const main = document.getElementById("main");
let uploads = null, library = null, job = null, view = null, shown = null;
/** The library stays as it is while a video is shown, so that Back finds its place. */
let isLibraryShown = false;

/** The address of a view; no key is the library. */
function address(key, seconds = 0) {
  const query = new URLSearchParams(kept);
  if (key) query.set("video", key);
  if (seconds) query.set("t", String(seconds));
  const text = query.toString();
  return text ? `?${text}` : location.pathname;
}

function open(key) {
  history.pushState(null, "", address(key));
  show(true);
}

/** Shows what the page's address names. `moved`: focus follows, as it does where a page is loaded. */
function show(moved) {
  const query = new URLSearchParams(location.search);
  const key = query.get("video");
  leave();
  if (key) {
    job = new Job(key);
    job.start = Math.max(0, Number.parseFloat(query.get("t")) || 0);
    job.addEventListener("change", showJob);
    main.replaceChildren(back(), h("p", { class: "muted" }, "Looking …"));
    document.title = `${job.output.title} · Zoetrope`;
    job.isMoved = moved;
    job.look();
  } else {
    document.title = "Zoetrope";
    const isBack = library !== null;
    library ??= new Library({ address: (one) => address(one), open, empty: uploads ? ways() : [], isOwn: (one) => uploads?.keys.has(one) ?? false });
    library.takeHeld();
    main.replaceChildren(...(uploads ? [uploads.element] : []), library.element);
    isLibraryShown = true;
    if (isBack) scrollTo(0, library.place);
    else library.load();
    if (moved) main.focus({ preventScroll: isBack });
  }
}

/** For a visitor without a video at hand, and for one at a terminal. */
function ways() {
  const command = `zoetrope process talk.mp4 --endpoint ${site.endpoint}`;
  return [h("div", { class: "row" }, sampleButton("Try a sample", film, (file) => uploads.add([file]))),
    h("p", { class: "muted" }, "From a terminal:"), h("pre", { tabindex: "0", role: "region", "aria-label": "Command" }, command), h("div", { class: "row" }, copyButton("Copy the command", command))];
}

const back = () => h("p", { class: "back" }, h("a", { href: address(null), onclick: (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  open(null);
} }, icon("back"), "All videos"));

function leave() {
  if (isLibraryShown) library.place = scrollY;
  isLibraryShown = false;
  view?.close();
  job?.close();
  view = job = shown = null;
}

function showJob() {
  const kind = { waiting: "fanout", running: "fanout" }[job.phase] ?? job.phase;
  // A finished job is shown again if its manifest is another one.
  const name = kind === "complete" ? `complete ${job.manifest.version} ${job.manifest.createdAt}` : kind;
  if (name === shown) {
    // A storyboard that is made later comes to a player that is in use.
    if (kind === "complete") view.update(job.manifest);
    return;
  }
  const before = shown;
  shown = name;
  view?.close();
  view = makeView(kind);
  main.replaceChildren(back(), view.element);
  if (kind === "complete" && before === "fanout") announce("The previews are ready");
  if (kind === "failed") announce("The video failed");
  if (job.isMoved) view.element.querySelector("h1")?.focus({ preventScroll: true });
  job.isMoved = false;
}

function makeView(kind) {
  const { key, manifest, start } = job;
  if (kind === "fanout") return fanoutView(job);
  if (kind === "complete") {
    return watchView({ key, manifest, start, onTime: (seconds) => history.replaceState(null, "", address(key, Math.floor(seconds))) });
  }
  const text = {
    failed: job.problem ?? "No reason was written down.",
    missing: "There is no video of this name.",
    unreachable: job.problem,
  }[kind] ?? "";
  const element = h("article", { class: "watch" }, h("div", { class: "row spread heading" }, h("h1", { tabindex: "-1" }, job.output.title), kind === "failed" && h("span", { class: "chip bad" }, "Failed")),
    h("p", { class: "notice bad reason", role: "alert", "data-testid": "reason" }, text),
    kind === "failed" && h("p", { class: "muted" }, manifest?.gaveUp ? "Every try failed. Uploading the video again, or redriving its dead letter in the console, starts it again." : "Another try would end the same way: it is the file itself. Play it on this machine, and upload a copy that another program has written."),
    kind === "failed" && site.isServed && h("p", {}, h("a", { href: consoleURL({ group: key }, "fan-out") }, "What ran for it")));
  return { element, close() {} };
}

async function begin() {
  try {
    await connect();
  } catch (error) {
    return showFailure(main, "Videos", error, begin);
  }
  if (site.isServed && !(site.videos && site.previews)) {
    main.replaceChildren(h("p", { class: "notice" }, "There is nothing to play here: the template names no buckets of videos and previews (SourceBucketName, GifsBucketName), or they are in another store. The console works."));
    return;
  }
  if (site.isServed) {
    // One video by itself is what its visitor waits for; of several none is, and whatever else is being looked at stays.
    uploads = new Uploads({ onDone: (key, isAlone) => { if (isAlone && isLibraryShown) open(key); } });
    listen(["objects"], {
      onItems: (items) => { for (const item of items) { job?.happened(item); library?.happened(item); } },
      onReset: () => { job?.look(); library?.load(); },
    });
  }
  history.scrollRestoration = "manual";
  addEventListener("popstate", () => show(true));
  show(false);
}

begin();
