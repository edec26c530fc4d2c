// The conversion page: an address goes in, and the GIF appears while it is made.
import { commandLine, gifURL, nextStep, PARAMETERS, read, token } from "./conversion.js";
import { announce, bytes, copyButton, h, sentence, span, throttled } from "./dom.js";
import { ownVideos, stored } from "./ownvideos.js";
import { film, sampleButton } from "./sample.js";
import { connect, showFailure, site } from "./site.js";
import { list, Upload } from "./store.js";

const main = document.getElementById("main");
const state = { controller: null, blobURL: null };

const asked = new URLSearchParams(location.search);
const address = h("input", { type: "url", id: "address", name: "url", required: true, placeholder: "https://…/video.mp4", autocomplete: "url", spellcheck: false, value: asked.get("url") ?? "", oninput: () => told() });
const fields = Object.fromEntries(Object.entries(PARAMETERS).map(([name, { least, most }]) => [name,
  h("input", { type: "number", id: name, min: String(least), max: String(most), step: name === "start" || name === "duration" ? "any" : "1", inputmode: "decimal", value: asked.get(name) ?? "", placeholder: "default", oninput: () => told() })]));
const own = ownVideos(async (chosen) => {
  // The server is asked where the video is; until it answers there is nothing to convert.
  go.disabled = true;
  try {
    address.value = await chosen;
    told();
  } catch (error) {
    result.hidden = false;
    tell(error.message);
  }
  go.disabled = false;
  go.focus();
});
const go = h("button", { class: "main" }, "Convert");
const stop = h("button", { type: "button", hidden: true, onclick: () => state.controller?.abort() }, "Stop");
const more = h("details", {}, h("summary", {}, "Size, speed and part"), h("div", { class: "fields" },
  Object.entries(PARAMETERS).map(([name, { label, unit }]) => h("label", { for: name }, unit ? `${label} (${unit})` : label, fields[name]))));
const command = h("pre", { tabindex: "0", role: "region", "aria-label": "Command" });
const figure = (label, name) => {
  const value = h("span", { class: "value number", "data-testid": name }, "–");
  return { value, element: h("div", { class: "figure" }, h("span", { class: "muted small" }, label), value) };
};
const figures = { first: figure("First byte after", "first"), last: figure("Last byte after", "last"), size: figure("Size", "size"), shape: figure("Picture", "shape") };
const chip = h("span", { class: "chip", role: "status", "data-testid": "state" }, "");
const frame = h("div", { class: "frame" });
const tell = (text) => frame.replaceChildren(h("p", { class: "notice bad", role: "alert" }, text));
const save = h("a", { class: "button absent", download: "video.gif" }, "Download");
const result = h("section", { class: "panel", "aria-labelledby": "result-title", hidden: true },
  h("header", { class: "spread said" }, h("span", { class: "row" }, h("h2", { id: "result-title" }, "GIF"), chip), save),
  frame, h("div", { class: "figures" }, Object.values(figures).map((one) => one.element)));

const values = () => ({ url: address.value.trim(), ...Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value])) });

/** Address bar and command line follow what was entered. */
function told() {
  const entered = values();
  const query = new URLSearchParams(Object.entries(entered).filter(([, value]) => value)).toString();
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
  command.textContent = commandLine({ ...entered, url: entered.url || "https://HOST/video.mp4" });
}

/** The sample becomes one of the visitor's videos, once. */
async function storedSample() {
  const key = "sample.mp4";
  if (!(await list(site.videos, key, { limit: 1 })).some((one) => one.key === key)) {
    const upload = Object.assign(new Upload(await film()), { key });
    await upload.run();
  }
  return stored(site.sourceBucket, key);
}

async function convert(event) {
  event.preventDefault();
  const entered = values();
  state.controller?.abort();
  const controller = state.controller = new AbortController();
  const { signal } = controller;
  const began = performance.now();
  const isMine = () => state.controller === controller;
  const show = (text, kind = "busy") => { chip.textContent = text; chip.className = `chip ${kind}`; };
  result.hidden = false;
  stop.hidden = false;
  save.classList.add("absent");
  frame.replaceChildren();
  for (const one of Object.values(figures)) one.value.textContent = "–";
  show("asking");
  let first = null, count = 0;
  const counted = throttled(() => {
    if (!isMine() || chip.textContent === "complete") return;
    figures.size.value.textContent = bytes(count);
    figures.last.value.textContent = `${span(performance.now() - began)} …`;
  }, 100);
  try {
    const source = gifURL((await token(entered, signal)).token);
    show("waiting for the first frame");
    const picture = h("img", { alt: `The GIF of ${entered.url}`, src: source });
    const look = setInterval(() => { if (picture.naturalWidth) { figures.shape.value.textContent = `${picture.naturalWidth} × ${picture.naturalHeight}`; clearInterval(look); } }, 50);
    signal.addEventListener("abort", () => { clearInterval(look); picture.removeAttribute("src"); });
    frame.replaceChildren(picture);
    const blob = await read(source, { signal, onBytes: (received) => {
      count = received;
      if (first === null) {
        first = performance.now() - began;
        figures.first.value.textContent = span(first);
        show("arriving");
      }
      counted();
    } });
    figures.last.value.textContent = span(performance.now() - began);
    figures.size.value.textContent = bytes(blob.size);
    if (state.blobURL) URL.revokeObjectURL(state.blobURL);
    state.blobURL = URL.createObjectURL(blob);
    save.href = state.blobURL;
    save.classList.remove("absent");
    show("complete", "good");
    announce(`The GIF is complete: ${bytes(blob.size)}`);
  } catch (error) {
    if (!isMine()) return;
    frame.replaceChildren();
    if (error.name === "AbortError") show("stopped", "");
    else {
      show("failed", "bad");
      tell(`${sentence(error.message)} ${nextStep(error, entered)}`);
    }
  }
  if (isMine()) stop.hidden = true;
}

async function begin() {
  try {
    await connect();
  } catch (error) {
    return showFailure(main, "Convert", error, begin);
  }
  main.replaceChildren(
    h("div", {}, h("h1", {}, "Convert"), h("p", { class: "muted" }, "A remote video becomes an animated GIF while it is downloaded.")),
    h("form", { class: "panel", onsubmit: convert, "aria-label": "Conversion" },
      h("label", { for: "address" }, "Address of an MP4 file or an HLS playlist", address), own.element, more,
      h("div", { class: "row" }, go, site.sourceBucket && sampleButton("Try a sample", storedSample, (found) => { address.value = found; told(); go.click(); }), stop)),
    result,
    h("section", { class: "panel", "aria-labelledby": "command-title" }, h("h2", { id: "command-title" }, "The same from the command line"), command,
      h("div", { class: "row" }, copyButton("Copy", () => command.textContent)),
      h("p", { class: "muted small" }, "Only hosts on the server's list are fetched. Name them when it is started: zoetrope up --parameter SourceHostnameWhitelist=HOST,HOST")));
  more.open = Object.values(fields).some((field) => field.value);
  told();
  await own.load();
}

begin();
