// Samples to try without files of one's own: a chime and a picture, made here, and a film of some seconds.
import { request } from "./site.js";

const RATE = 44100, SECONDS = 5, NOTES = [[0, 523.25], [0.35, 659.25], [0.7, 783.99], [1.05, 1046.5]];

export function chime() {
  const count = RATE * SECONDS, view = new DataView(new ArrayBuffer(44 + count * 2));
  const text = (at, word) => [...word].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + count * 2, true); text(8, "WAVEfmt "); view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, RATE, true); view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true); text(36, "data"); view.setUint32(40, count * 2, true);
  for (let index = 0; index < count; index++) {
    const time = index / RATE;
    const level = NOTES.reduce((sum, [start, pitch]) => time < start ? sum
      : sum + Math.exp(-1.6 * (time - start)) * (Math.sin(2 * Math.PI * pitch * time) + 0.3 * Math.sin(4 * Math.PI * pitch * time)), 0);
    view.setInt16(44 + index * 2, Math.max(-1, Math.min(1, level * 0.2)) * 32767, true);
  }
  return new File([view], "chime.wav", { type: "audio/wav" });
}

/** A short film with sound. */
export async function film() {
  return new File([await (await request(new URL("sample.mp4", document.querySelector("link[rel=icon]").href))).blob()], "sample.mp4", { type: "video/mp4" });
}

/** A picture as the slots of a zoetrope show it. */
export function picture() {
  const [width, height] = [1280, 960];
  const canvas = Object.assign(document.createElement("canvas"), { width, height }), context = canvas.getContext("2d");
  const ground = context.createLinearGradient(0, 0, width, height);
  for (const [place, colour] of [[0, "#1b2a4a"], [0.6, "#7a3b69"], [1, "#ffb020"]]) ground.addColorStop(place, colour);
  context.fillStyle = ground;
  context.fillRect(0, 0, width, height);
  for (let slot = 0; slot < 12; slot++) {
    const angle = slot / 12 * 2 * Math.PI, jump = Math.abs(Math.sin(slot / 12 * Math.PI)) * 90;
    context.fillStyle = `rgb(255 255 255 / ${0.25 + slot / 16})`;
    context.beginPath();
    context.arc(width / 2 + Math.cos(angle) * 330, height / 2 + Math.sin(angle) * 330 - jump, 46, 0, 2 * Math.PI);
    context.fill();
  }
  return new Promise((resolve) => { canvas.toBlob((blob) => resolve(new File([blob], "sample.jpg", { type: "image/jpeg" })), "image/jpeg", 0.9); });
}

/** A button that fetches samples and hands them over. */
export function sampleButton(text, make, use) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  button.addEventListener("click", async () => {
    button.disabled = true;
    try { use(await make()); } catch (error) { button.textContent = `${error.message} Try again.`; }
    button.disabled = false;
  });
  return button;
}
