// The buttons below a video: play, sound, speed, picture-in-picture, full screen.
import { h, icon } from "./dom.js";

const RATES = ["0.25", "0.5", "0.75", "1", "1.25", "1.5", "1.75", "2"];

/** `{ element, time, full, disable }`. - stage: what fills the screen. - extra: more controls, before the last ones. */
export function controls({ video, stage, toggle, extra = [] }) {
  const button = (label, name, onclick, members = {}) => h("button", { type: "button", class: "plain", "aria-label": label, title: label, onclick, ...members }, icon(name));
  const time = h("span", { class: "number time" });
  const play = button("Play", "play", toggle);
  const mute = button("Mute", "sound", () => { video.muted = !video.muted; }, { "aria-pressed": "false" });
  const volume = h("input", { type: "range", class: "volume", min: "0", max: "1", step: "0.05", value: "1", "aria-label": "Volume", oninput: () => {
    video.volume = Number(volume.value);
    video.muted = video.volume === 0;
  } });
  const speed = h("select", { class: "speed", "aria-label": "Speed", onchange: () => { video.playbackRate = Number(speed.value); } },
    RATES.map((rate) => h("option", { value: rate, selected: rate === "1" }, `${rate}×`)));
  const small = document.pictureInPictureEnabled && button("Picture in picture", "pip", () => {
    if (document.pictureInPictureElement) document.exitPictureInPicture(); else video.requestPictureInPicture().catch(() => {});
  }, { "aria-pressed": "false" });
  const full = button("Full screen", "full", () => {
    if (document.fullscreenElement) document.exitFullscreen(); else stage.requestFullscreen?.().catch(() => {});
  });
  const pressed = (isSmall) => () => small && small.setAttribute("aria-pressed", String(isSmall));
  video.addEventListener("enterpictureinpicture", pressed(true));
  video.addEventListener("leavepictureinpicture", pressed(false));
  const shown = (name, label) => () => {
    play.replaceChildren(icon(name));
    play.setAttribute("aria-label", label);
    play.title = label;
  };
  video.addEventListener("play", shown("pause", "Pause"));
  video.addEventListener("pause", shown("play", "Play"));
  video.addEventListener("ratechange", () => { speed.value = String(video.playbackRate); });
  video.addEventListener("volumechange", () => {
    mute.replaceChildren(icon(video.muted ? "silent" : "sound"));
    mute.setAttribute("aria-pressed", String(video.muted));
    volume.value = String(video.muted ? 0 : video.volume);
  });
  return {
    element: h("div", { class: "buttons" }, play, time, h("span", { class: "gap" }), extra, mute, volume, speed, small, full),
    time, full, small, rates: RATES.map(Number),
    /** For a file that this browser cannot play. */
    disable(isDisabled) { for (const one of [play, mute, volume, speed, small]) if (one) one.disabled = isDisabled; },
  };
}
