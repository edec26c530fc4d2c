// What stands in the place of the grid while there is none.
import { copyButton, h } from "./dom.js";
import { chime, film, picture, sampleButton } from "./sample.js";

/** There are no files, or none that is asked for. - onFiles: takes samples. */
export function nothing(asked, catalogue, onAll, onFiles) {
  if (asked.q || asked.type || asked.failed) {
    return [h("h2", {}, asked.failed ? "Nothing has failed" : "Nothing is found"), h("p", { class: "muted" }, "No file matches."), h("button", { type: "button", onclick: onAll }, "Show all files")];
  }
  if (catalogue.folders.length) return [h("p", { class: "muted" }, "The files are in the folders above.")];
  const command = `curl -T photo.jpg "$(curl -s -d '{"name":"photo.jpg"}' \\\n  ${location.origin}${catalogue.base} | jq -r .upload.url)"`;
  return [
    h("h2", {}, "No files yet"),
    h("p", {}, "Drop images, videos or audio here, or choose them with Upload. Smaller sizes, posters, playable copies and waveforms are made at once."),
    h("div", { class: "row" }, sampleButton("Try samples", () => Promise.all([picture(), film(), chime()]), onFiles)),
    h("p", { class: "muted" }, "From a terminal:"), h("pre", { tabindex: "0", role: "region", "aria-label": "Command" }, command),
    h("div", { class: "row" }, copyButton("Copy the command", command)),
  ];
}

/** Something went wrong, and what can be done. */
export function trouble(error, onAgain) {
  const text = error.status === 404 ? "There is no such library, or it is not yours. " : `${error.message} `;
  return h("p", { class: "notice bad", role: "alert" }, text, h("button", { type: "button", onclick: onAgain }, "Try again"));
}
