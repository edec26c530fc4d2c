// The waveform of a file of the library, with what has been played of it; a click seeks.
import { h } from "./dom.js";
import { Peaks } from "./peaks.js";
import { request } from "./site.js";

/** - address: of the peaks; null while there are none. */
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
