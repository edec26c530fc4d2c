// What is made of a file, how far it is, and how it is made again.
import { clock, h } from "./dom.js";
import { kindOf } from "./variants.js";

/** By the name that the server knows it by: what people call it, for which kinds of files. */
const DERIVATIVES = {
  imageProxy: { name: "Smaller sizes", kinds: ["image"] },
  thumbnail: { name: "Poster", kinds: ["video"] },
  proxy: { name: "Copy that every browser plays", kinds: ["video"] },
  previews: { name: "GIFs, stills and storyboard", kinds: ["video"] },
  waveform: { name: "Waveform", kinds: ["video", "audio"] },
};
const WORDS = { queued: "waiting", processing: "in work", ready: "ready", complete: "ready", failed: "failed", cancelled: "cancelled", not_needed: "not needed" };
const MOODS = { queued: "busy", processing: "busy", ready: "good", complete: "good", failed: "bad" };

const isWorking = (status) => status === "queued" || status === "processing";
export const isUnderWay = (record) => Object.keys(DERIVATIVES).some((name) => isWorking(record[`${name}Status`]));
export const isFailed = (record) => Object.keys(DERIVATIVES).some((name) => record[`${name}Status`] === "failed");
export const titleOf = (name) => DERIVATIVES[name].name;
export const derivativesOf = (record) => Object.keys(DERIVATIVES).filter((name) => DERIVATIVES[name].kinds.includes(kindOf(record)));

/** How many of a file's derivatives are done, as words: `2 of 4 ready`. */
export function summary(record) {
  const wanted = derivativesOf(record).filter((name) => record[`${name}Status`]);
  const done = wanted.filter((name) => !isWorking(record[`${name}Status`]));
  if (isFailed(record)) return "a derivative failed";
  return done.length === wanted.length ? "ready" : `${done.length} of ${wanted.length} ready`;
}

/** A list of the derivatives of a record. `onAgain` is called with a name, `onCancel` without. */
export function derivativeList(record, { onAgain, onCancel, isOwner }) {
  return h("ul", { class: "derivatives" }, derivativesOf(record).map((name) => {
    const status = record[`${name}Status`];
    const title = DERIVATIVES[name].name;
    const percent = status === "processing" ? record[name === "proxy" ? "percent" : `${name}Progress`] ?? record[`${name}Progress`] : undefined;
    const left = name === "proxy" && status === "processing" ? record.secondsLeft ?? record.proxyEtaSeconds : undefined;
    const mayDo = name !== "proxy" || isOwner;
    const verb = status === "failed" ? "Try again" : name === "proxy" ? "Encode again" : "Make again";
    return h("li", {},
      h("span", { class: "row spread" }, h("span", {}, title), h("span", { class: `chip ${MOODS[status] ?? ""}` }, status ? WORDS[status] : "none")),
      percent === undefined ? null : h("span", { class: "row work" }, h("progress", { max: 100, value: percent, "aria-label": title }), h("span", { class: "muted small number" }, `${percent} %${left ? ` · ${clock(left)} left` : ""}`)),
      record[`${name}Error`] ? h("p", { class: "problem small" }, record[`${name}Error`]) : null,
      !mayDo ? null
        : isWorking(status) ? name === "proxy" ? h("button", { type: "button", class: "small", onclick: onCancel }, "Cancel") : null
          : h("button", { type: "button", class: "small", "aria-label": `${verb}: ${title}`, onclick: () => onAgain(name) }, verb));
  }));
}
