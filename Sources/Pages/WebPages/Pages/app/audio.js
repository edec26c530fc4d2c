// The audio page: files are dropped, encoded as jobs, compared with what they were, and downloaded.
import { AudioFile } from "./audiofile.js";
import { announce, bytes, copyButton, h, icon, plural, sentence } from "./dom.js";
import { listenForDrops } from "./drops.js";
import { chime } from "./sample.js";
import { connect, showFailure } from "./site.js";
import { batch, hasPresets, nextStep, TARGETS } from "./transcoding.js";

const QUALITIES = [["", "standard settings"], ["high", "high"], ["standard", "medium"], ["low", "small file"]];
/** The batch route's limit. */
const MOST = 100;
const main = document.getElementById("main");
const files = [];
const uploads = { queue: [], isBusy: false };

const asked = new URLSearchParams(location.search);
const target = h("select", { id: "target", onchange: chosen }, Object.entries(TARGETS).map(([value, text]) => h("option", { value, selected: asked.get("target") === value }, text)));
const quality = h("select", { id: "quality", onchange: chosen }, QUALITIES.map(([value, text]) => h("option", { value, selected: (asked.get("quality") ?? "") === value }, text)));
const field = h("input", { type: "file", accept: "audio/*,video/*,.flac,.ogg,.opus,.aiff,.aif,.caf,.wma,.ape,.mka", multiple: true, class: "visually-hidden", id: "file", onchange: () => { add(field.files); field.value = ""; } });
const rows = h("ul", { class: "sounds", "aria-label": "Files" });
const command = h("pre", { tabindex: "0", role: "region", "aria-label": "Command" });
const empty = h("section", { class: "panel", "aria-labelledby": "empty-title" },
  h("h2", { id: "empty-title" }, "There are no files yet"),
  h("p", { class: "muted" }, "Drop music, a recording or a video with sound. Tags, covers and the exact length are kept."),
  h("div", { class: "row" }, h("button", { type: "button", onclick: () => add([chime()]) }, "Try a sample")),
  h("h3", {}, "Or from the command line"), command, h("div", { class: "row" }, copyButton("Copy", () => command.textContent)));
const count = h("h2", { id: "files-title" }, "Files");
const zip = h("button", { type: "button", class: "zip", onclick: downloadAll }, "Download all as ZIP");
const zipState = h("p", { class: "muted small number", role: "status", hidden: true });
const clear = h("button", { type: "button", class: "plain", onclick: () => { for (const file of files.filter((one) => isEnded(one))) file.remove(); } }, "Remove finished");
const list = h("section", { class: "listed", "aria-labelledby": "files-title", hidden: true }, h("header", { class: "row spread" }, count, h("span", { class: "row" }, zip, clear)), zipState, rows);

const options = () => ({ target: target.value, quality: quality.value });
const isEnded = (file) => ["ready", "failed", "cancelled"].includes(file.state);

function build() {
  const zone = h("section", { class: "drop", "aria-labelledby": "drop-title" },
    h("div", { class: "lens" }, icon("upload")),
    h("div", {}, h("h2", { id: "drop-title" }, "Drop audio files here"), h("p", { class: "muted" }, "They are encoded at once, on all processors.")),
    h("div", {}, field, h("label", { for: "file", class: "button main choose" }, "Choose files …")));
  main.replaceChildren(
    h("div", {}, h("h1", {}, "Audio"), h("p", { class: "muted" }, "Turn audio into another format, and hear the difference.")),
    h("section", { class: "panel fields", "aria-label": "What to make" }, h("label", { for: "target" }, "Format", target), h("label", { for: "quality" }, "Preset", quality)),
    zone, empty, list);
  chosen();
  listenForDrops((dropped) => add(dropped.map(({ file }) => file)));
  addEventListener("beforeunload", (event) => { if (files.some((file) => file.state === "uploading" || file.state === "waiting")) event.preventDefault(); });
}

/** The choice is part of the page's address. */
function chosen() {
  quality.disabled = !hasPresets(target.value);
  const query = new URLSearchParams({ ...(target.value === "mp3" ? {} : { target: target.value }), ...(quality.value && !quality.disabled ? { quality: quality.value } : {}) }).toString();
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
  const of = new URLSearchParams({ target: target.value, ...(quality.value && !quality.disabled ? { quality: quality.value } : {}) });
  command.textContent = `curl -F file=@song.wav -o song.${target.value} \\\n  "${location.origin}/transcode?${of}"`;
}

function add(chosenFiles) {
  for (const one of chosenFiles) {
    const file = new AudioFile(one, options());
    files.push(file);
    rows.append(file.element);
    file.addEventListener("change", show);
    file.addEventListener("removed", () => { files.splice(files.indexOf(file), 1); show(); });
    file.addEventListener("again", () => { uploads.queue.push(file); next(); });
    uploads.queue.push(file);
  }
  announce(`${plural(chosenFiles.length, "file")} added`);
  show();
  next();
}

/** One upload at a time: it has the whole line. Encoding goes on meanwhile. */
async function next() {
  if (uploads.isBusy) return;
  uploads.isBusy = true;
  for (let file; (file = uploads.queue.shift());) {
    if (file.state !== "waiting") continue;
    const sent = new Promise((resolve) => {
      const look = () => { if (file.state !== "waiting" && file.state !== "uploading") resolve(); };
      file.addEventListener("change", look);
      file.addEventListener("removed", resolve);
    });
    file.run();
    await sent;
  }
  uploads.isBusy = false;
}

function show() {
  empty.hidden = files.length > 0;
  list.hidden = files.length === 0;
  const ready = files.filter((file) => file.state === "ready").length;
  count.textContent = `${ready} of ${plural(files.length, "file")} ready`;
  zip.disabled = zip.isBusy || ready === 0 || ready !== files.filter((file) => file.state !== "failed" && file.state !== "cancelled").length;
  zip.title = zip.disabled && !zip.isBusy ? "when all files are ready" : "";
  zip.textContent = `Download all as ZIP${ready ? ` (${TARGETS[files.findLast((file) => file.state === "ready").options.target]})` : ""}`;
  clear.disabled = !files.some(isEnded);
}

async function downloadAll() {
  const ready = files.filter((file) => file.state === "ready").slice(-MOST), as = ready.at(-1).options;
  const controller = new AbortController();
  const stop = h("button", { type: "button", class: "small", onclick: () => controller.abort() }, "Cancel");
  const text = h("span", {}, "");
  zip.isBusy = true;
  zipState.hidden = false;
  zipState.replaceChildren(text, " ", stop);
  show();
  try {
    const blob = await batch(ready.map((file) => file.file), as, {
      signal: controller.signal,
      onSent: (sent, all) => { text.textContent = sent < all ? `Sending ${bytes(sent)} of ${bytes(all)}` : "Encoding"; },
      onReceived: (received) => { text.textContent = `Received ${bytes(received)}`; },
    });
    const url = URL.createObjectURL(blob);
    h("a", { href: url, download: "audio.zip" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    zipState.replaceChildren(`The ZIP has ${plural(ready.length, "file")} and ${bytes(blob.size)}.`);
  } catch (error) {
    zipState.replaceChildren(error.name === "AbortError" ? "The ZIP was cancelled." : `The ZIP failed: ${sentence(error.message)} ${nextStep(error)}`);
  }
  zip.isBusy = false;
  show();
}

async function begin() {
  try {
    await connect();
    build();
  } catch (error) {
    showFailure(main, "Audio", error, begin);
  }
}

begin();
