// How the sound of a file of the library looks: on its card, and large, with what has been played of it.
import { h, s } from "./dom.js";
import { Peaks } from "./peaks.js";
import { request } from "./site.js";

/** A small waveform of hexadecimal digits, each a bar: lists tell them, so a card costs no request. */
export function outline(digits) {
  const bars = [...digits].map((digit, index) => {
    const half = 0.3 + parseInt(digit, 16) / 15 * 7.5;
    return `M${index * 2 + 1} ${(8 - half).toFixed(2)}v${(2 * half).toFixed(2)}`;
  });
  return s("svg", { class: "outline", viewBox: `0 0 ${digits.length * 2} 16`, preserveAspectRatio: "none", "aria-hidden": "true" }, s("path", { d: bars.join("") }));
}

/** The large one; a click seeks. - address: of the peaks; null while there are none. */
export function waveform(address, media) {
  const peaks = new Peaks(140);
  const follow = () => { if (media.duration) peaks.play(media.currentTime / media.duration); };
  media.addEventListener("timeupdate", follow);
  media.addEventListener("seeked", follow);
  const element = h("div", { class: "sound", role: "img", "aria-label": "Waveform", onclick: (event) => {
    if (media.duration) media.currentTime = media.duration * (event.offsetX / element.clientWidth);
  } }, peaks.canvas);
  if (address) request(address).then((answer) => answer.json()).then((found) => peaks.set(found.peaks), () => {});
  return element;
}
