// The player: the video, its time line, its clips, and how to embed it elsewhere.
import { bytes, clock, copyButton, h, icon, plural, span } from "./dom.js";
import { embedPanel } from "./embed.js";
import { Clips } from "./names.js";
import { paint, Pictures } from "./pictures.js";
import { objectURL, site } from "./site.js";
import { Tiles } from "./tiles.js";
import { Timeline } from "./timeline.js";

/**
 * Shows a finished video. `onTime` is told the second, for the page's address. Returns `{ element, stage, problem, close }`: the
 * whole view, and of it the player and what it says if the video cannot be played.
 */
export function watchView({ key, manifest, start, onTime }) {
  const clips = new Clips(manifest);
  const output = clips.output;
  const pictures = new Pictures({ version: manifest.version });
  const poster = clips.still(clips.duration / 3);
  const video = h("video", {
    playsinline: true, preload: "metadata", src: objectURL(site.videos, key, manifest.source?.etag), "aria-label": output.title,
    poster: manifest.storyboard ? objectURL(site.previews, output.storyboard("poster.jpg"), manifest.version)
      : poster && objectURL(site.previews, poster.key, manifest.version),
  });
  const still = h("canvas", { class: "instead", hidden: true, role: "img", "aria-label": "Still of the position" });
  const problem = h("p", { class: "notice unplayable", hidden: true }, "This browser cannot play the file. Its previews can be scrubbed all the same.");
  const timeline = new Timeline({ clips, pictures, tiles: null, seek: seekTo });
  const play = h("button", { type: "button", class: "plain", "aria-label": "Play", onclick: toggle }, icon("play"));
  const mute = h("button", { type: "button", class: "plain", "aria-label": "Mute", "aria-pressed": "false", onclick: () => { video.muted = !video.muted; } }, icon("sound"));
  const speed = h("select", { class: "speed", "aria-label": "Speed", onchange: () => { video.playbackRate = Number(speed.value); } },
    ["0.5", "1", "1.25", "1.5", "2"].map((rate) => h("option", { value: rate, selected: rate === "1" }, `${rate}×`)));
  const full = h("button", { type: "button", class: "plain", "aria-label": "Full screen", onclick: () => {
    if (document.fullscreenElement) document.exitFullscreen(); else stage.requestFullscreen?.();
  } }, icon("full"));
  const time = h("span", { class: "number time" });
  const stage = h("div", { class: "stage" },
    h("div", { class: "picture", style: { "aspect-ratio": `${manifest.width || 16} / ${manifest.height || 9}` } }, video, still),
    h("div", { class: "controls" }, timeline.element, h("div", { class: "buttons" }, play, time, h("span", { class: "gap" }), mute, speed, full)));
  let isPlayable = true;
  let wanted = null;

  function toggle() {
    if (!isPlayable) return;
    if (video.paused) video.play().catch(() => {}); else video.pause();
  }

  function seekTo(seconds, isMore) {
    if (isPlayable) {
      // While one drags, one seek at a time: what comes meanwhile replaces what waits.
      if (isMore && video.seeking) wanted = seconds; else { wanted = null; video.currentTime = seconds; }
    } else {
      moved(seconds);
      showStill(seconds);
    }
    if (!isMore) onTime(seconds);
  }

  async function showStill(seconds) {
    const found = clips.still(seconds);
    const picture = found && await pictures.get(found.key);
    if (picture) { paint(still, picture); still.hidden = false; }
  }

  function moved(seconds) {
    timeline.moveTo(seconds);
    time.textContent = `${clock(seconds)} / ${clock(clips.duration)}`;
    clipList.mark(seconds);
  }

  const clipList = clipGrid(clips, (seconds) => { seekTo(seconds, false); timeline.slider.focus({ preventScroll: true }); stage.scrollIntoView({ block: "nearest" }); });
  video.addEventListener("loadedmetadata", () => { if (start) video.currentTime = Math.min(start, video.duration); }, { once: true });
  video.addEventListener("timeupdate", () => moved(video.currentTime));
  video.addEventListener("seeking", () => moved(video.currentTime));
  video.addEventListener("seeked", () => { if (wanted !== null) { const next = wanted; wanted = null; video.currentTime = next; } });
  video.addEventListener("progress", () => { const ranges = video.buffered; if (ranges.length) timeline.buffer(ranges.end(ranges.length - 1)); });
  video.addEventListener("play", () => { play.replaceChildren(icon("pause")); play.setAttribute("aria-label", "Pause"); });
  video.addEventListener("pause", () => { play.replaceChildren(icon("play")); play.setAttribute("aria-label", "Play"); onTime(video.currentTime); });
  video.addEventListener("volumechange", () => { mute.replaceChildren(icon(video.muted ? "silent" : "sound")); mute.setAttribute("aria-pressed", String(video.muted)); });
  video.addEventListener("click", toggle);
  video.addEventListener("error", () => {
    isPlayable = false;
    problem.hidden = false;
    for (const button of [play, mute, speed]) button.disabled = true;
    showStill(start ?? 0);
    moved(start ?? 0);
  });

  const keys = (event) => {
    if (event.target.closest("input, textarea, select, button, dialog, summary, a") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " || event.key === "k") { event.preventDefault(); toggle(); }
    else if (event.key === "m") video.muted = !video.muted;
    else if (event.key === "f") full.click();
  };
  document.addEventListener("keydown", keys);
  moved(start ?? 0);
  let hasTiles = false;
  function update(newer) {
    if (!newer.storyboard || hasTiles) return;
    hasTiles = true;
    embed.querySelector(".notice.storyboard")?.remove();
    Tiles.load(output, manifest.version).then((tiles) => { timeline.tiles = tiles; });
  }
  const embed = embedPanel(key, manifest);
  update(manifest);

  const gifs = clips.list.reduce((sum, clip) => sum + (clip.gifBytes ?? 0), 0);
  const facts = [
    clock(clips.duration), manifest.width && `${manifest.width} × ${manifest.height}`, manifest.codec, manifest.frameRate && `${Math.round(manifest.frameRate * 100) / 100} fps`,
    manifest.source?.size && bytes(manifest.source.size), `${plural(clips.list.length, "GIF")} (${bytes(gifs)})`, plural(manifest.frames ?? 0, "still"), took(manifest),
  ].filter(Boolean);
  const element = h("article", { class: "watch" },
    h("div", { class: "row spread heading" }, h("h1", { tabindex: "-1" }, output.title),
      copyButton("Copy link", () => { const url = new URL(location.href); const at = Math.floor(video.currentTime || 0); if (at) url.searchParams.set("t", at); else url.searchParams.delete("t"); return url.href; })),
    stage, problem,
    manifest.truncated && h("p", { class: "notice" }, "The file ends before its video does; this is what there is."),
    h("ul", { class: "facts muted number", "aria-label": "About this video" }, facts.map((fact) => h("li", {}, fact))),
    h("section", { class: "panel", "aria-labelledby": "clips-title" }, h("header", { class: "spread" }, h("h2", { id: "clips-title" }, "Clips"), h("span", { class: "muted small" }, "Point at one to see it move")), clipList.element),
    embed);
  queueMicrotask(() => timeline.fill());
  return {
    element,
    stage,
    problem,
    update,
    close() {
      document.removeEventListener("keydown", keys);
      video.removeAttribute("src");
      video.load();
      pictures.clear();
      clipList.close();
    },
  };
}

function took(manifest) {
  const times = (manifest.clips ?? []).map((clip) => clip.timings).filter(Boolean);
  if (!times.length) return null;
  const milliseconds = Math.max(...times.map((one) => one.finishedAt)) - Math.min(...times.map((one) => one.startedAt));
  return milliseconds > 0 && `made in ${span(milliseconds)}`;
}

/** One button per clip with its first still, and its GIF while one points at it. Pictures come when they come into view. */
function clipGrid(clips, seek) {
  const cells = new Map();
  let current = null;
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const image = entry.target.querySelector("img");
      // Out of view its memory is given back.
      if (entry.isIntersecting) image.src = image.dataset.moving ?? image.dataset.still;
      else image.removeAttribute("src");
    }
  }, { rootMargin: "200px" });
  const element = h("ol", { class: "clips" }, clips.list.map((clip) => {
    const poster = clips.still(clip.start) ?? { key: clip.gif ?? clips.output.gif(clip.start) };
    const moving = objectURL(site.previews, clip.gif ?? clips.output.gif(clip.start), clips.version);
    const image = h("img", { alt: "", decoding: "async", dataset: { still: objectURL(site.previews, poster.key, clips.version) } });
    const move = () => { image.dataset.moving = moving; image.src = moving; };
    const rest = () => { delete image.dataset.moving; image.src = image.dataset.still; };
    const button = h("button", { type: "button", class: "clip", "aria-label": `Play from ${clock(clip.start)}`, onclick: () => seek(clip.start), onpointerenter: move, onpointerleave: rest, onfocus: move, onblur: rest },
      image, h("span", { class: "number" }, clock(clip.start)));
    observer.observe(button);
    cells.set(clip, button);
    return h("li", {}, button);
  }));
  return {
    element,
    mark(seconds) {
      const clip = clips.at(seconds);
      if (clip === current) return;
      cells.get(current)?.removeAttribute("aria-current");
      cells.get(clip)?.setAttribute("aria-current", "true");
      current = clip;
    },
    close() { observer.disconnect(); },
  };
}

