// A finished video: the player, its clips, and how to embed it elsewhere.
import { clipGrid } from "./clipgrid.js";
import { bytes, clock, copyButton, h, plural, prefersStillness, span } from "./dom.js";
import { embedPanel } from "./embed.js";
import { Clips } from "./names.js";
import { consoleURL } from "./place.js";
import { objectURL, site } from "./site.js";
import { Stage } from "./stage.js";
import { Tiles } from "./tiles.js";

/**
 * Shows a finished video. `onTime` is told the second, for the page's address. Returns `{ element, stage, problem, close }`: the
 * whole view, and of it the player and what it says if the video cannot be played.
 */
export function watchView({ key, manifest, start, onTime }) {
  const clips = new Clips(manifest, { address: (name) => objectURL(site.previews, name, manifest.version) });
  const { output } = clips;
  const poster = clips.still(clips.duration / 3)?.key;
  const grid = clipGrid(clips, (seconds) => {
    stage.seekTo(seconds, false);
    stage.timeline.slider.focus({ preventScroll: true });
    stage.element.scrollIntoView({ block: "nearest" });
  });
  const stage = new Stage({
    title: output.title, clips, source: objectURL(site.videos, key, manifest.source?.etag), shape: manifest, frameRate: manifest.frameRate, start,
    isPatient: Boolean(manifest.storyboard),
    poster: manifest.storyboard ? clips.address(output.storyboard("poster.jpg")) : poster && clips.address(poster),
    onTime, onMove: (seconds) => grid.mark(seconds),
  });
  const embed = embedPanel(key, manifest);
  let hasTiles = false;

  /** A storyboard may be made later. */
  function update(newer) {
    if (!newer.storyboard || hasTiles) return;
    hasTiles = true;
    embed.querySelector(".notice.storyboard")?.remove();
    const tiles = Tiles.of(newer.storyboard, clips.address);
    if (!tiles) return;
    stage.use(clips, tiles);
    grid.use(tiles);
  }
  update(manifest);
  if (!stage.tiles) stage.timeline.fill();

  const gifs = clips.list.reduce((sum, clip) => sum + (clip.gifBytes ?? 0), 0);
  const facts = [
    clock(clips.duration), manifest.width && `${manifest.width} × ${manifest.height}`, manifest.codec, manifest.frameRate && `${Math.round(manifest.frameRate * 100) / 100} fps`,
    manifest.source?.size && bytes(manifest.source.size), `${plural(clips.list.length, "GIF")} (${bytes(gifs)})`, plural(manifest.frames ?? 0, "still"), took(manifest),
  ].filter(Boolean);
  const element = h("article", { class: "watch" },
    h("div", { class: "row spread heading" }, h("h1", { tabindex: "-1" }, output.title),
      copyButton("Copy link", () => { const url = new URL(location.href); const at = Math.floor(stage.position); if (at) url.searchParams.set("t", at); else url.searchParams.delete("t"); return url.href; })),
    stage.element, stage.problem,
    manifest.truncated && h("p", { class: "notice" }, "The file ends before its video does; this is what there is."),
    h("div", { class: "row spread" }, h("ul", { class: "facts muted number", "aria-label": "About this video" }, facts.map((fact) => h("li", {}, fact))),
      site.isServed && h("a", { class: "small", href: consoleURL({ group: key }, "fan-out") }, "What ran for it")),
    h("section", { class: "panel", "aria-labelledby": "clips-title" },
      h("header", { class: "spread" }, h("h2", { id: "clips-title" }, "Clips"), !prefersStillness() && h("span", { class: "muted small" }, "Point at one to see it move")), grid.element),
    embed);
  return {
    element,
    stage: stage.element,
    problem: stage.problem,
    update,
    close() {
      stage.close();
      grid.close();
    },
  };
}

function took(manifest) {
  const times = (manifest.clips ?? []).map((clip) => clip.timings).filter(Boolean);
  if (!times.length) return null;
  const milliseconds = Math.max(...times.map((one) => one.finishedAt)) - Math.min(...times.map((one) => one.startedAt));
  return milliseconds > 0 && `made in ${span(milliseconds)}`;
}
