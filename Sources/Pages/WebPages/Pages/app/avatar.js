// The visitor's own picture: what it is, and a square of an image to take its place.
import { Crop } from "./crop.js";
import { announce, h, icon } from "./dom.js";
import { listenForDrops } from "./drops.js";
import { connect, request } from "./site.js";

const ADDRESS = "/api/auth/me/avatar";
/** Bytes; the server takes no more. */
const LARGEST = 8 << 20;
const main = document.getElementById("main");

const picture = h("div", { class: "present" }, h("span", { class: "blank" }, icon("person")), h("p", { class: "muted" }, "Loading …"));
const field = h("input", { type: "file", accept: "image/*", class: "visually-hidden", id: "file", onchange: () => { choose(field.files[0]); field.value = ""; } });
const place = h("div", {});
main.replaceChildren(h("h1", {}, "Your picture"), h("section", { class: "panel", "aria-label": "Present picture" }, picture,
  h("div", {}, field, h("label", { for: "file", class: "button choose" }, icon("upload"), "Choose an image …")),
  h("p", { class: "muted small" }, "Or drop one on this page. From a terminal:"),
  h("pre", { tabindex: "0", role: "region", "aria-label": "Command" }, `curl -F avatar=@me.jpg ${location.origin}${ADDRESS}`)), place);

let shown = null;

async function show() {
  const answer = await request(`${ADDRESS}?missing=empty`, { cache: "no-store" });
  if (shown) URL.revokeObjectURL(shown);
  shown = answer.status === 204 ? null : URL.createObjectURL(await answer.blob());
  picture.replaceChildren(shown ? h("img", { src: shown, alt: "Your picture", width: 128, height: 128 }) : h("span", { class: "blank" }, icon("person")),
    h("p", {}, shown ? "This is how others see you." : "You have no picture yet. Others see this sign."));
}

function say(error) {
  place.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message));
}

async function choose(file) {
  if (!file) return;
  place.replaceChildren(h("p", { class: "muted" }, "Reading the image …"));
  let image;
  try {
    image = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    // Formats that only the server reads are sent whole; it cuts the middle.
    if (file.size > LARGEST) return say(new Error("This browser cannot read the image, and it is too large to be sent whole (8 MiB)."));
    return send(file, place);
  }
  const crop = new Crop(image);
  const save = h("button", { type: "button", class: "main" }, "Use this picture");
  const problem = h("div", {});
  const close = () => { place.replaceChildren(); image.close(); field.focus(); };
  save.addEventListener("click", async () => {
    save.disabled = true;
    try {
      if (await send(await crop.file(), problem)) close();
    } catch (error) { problem.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message)); }
    save.disabled = false;
  });
  place.replaceChildren(h("section", { class: "panel", "aria-labelledby": "cut-title" }, h("h2", { id: "cut-title" }, "Choose a part"),
    h("div", { class: "cutting" }, crop.canvas, h("div", { class: "side" }, crop.result, h("label", {}, "Zoom", crop.slider),
      h("p", { class: "muted small" }, "Drag, pinch or turn the wheel; with the keyboard: arrow keys, plus and minus."),
      problem, h("div", { class: "row" }, save, h("button", { type: "button", onclick: close }, "Cancel"))))));
  crop.canvas.focus();
}

/** Returns whether it was taken. */
async function send(file, where) {
  try {
    await request(ADDRESS, { method: "POST", headers: { "Content-Type": file.type || "application/octet-stream" }, body: file });
    where.replaceChildren();
    await show();
    announce("Your picture is changed");
    return true;
  } catch (error) {
    where.replaceChildren(h("p", { class: "notice bad", role: "alert" }, `${error.message} ${error.status === 0 ? "Try again when it is back." : ""}`));
    return false;
  }
}

async function begin() {
  try {
    await connect();
    await show();
  } catch (error) {
    picture.replaceChildren(h("p", { class: "notice bad", role: "alert" }, `${error.message} `, h("button", { type: "button", onclick: begin }, "Try again")));
  }
}

listenForDrops((files) => choose(files[0]?.file));
begin();
