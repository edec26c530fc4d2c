// The storyboard of a video: sheets of small pictures, described by a WebVTT file as players expect it. With it a moment
// is shown at once, from one of few images, until its still has come.
import { objectURL, request, site } from "./site.js";

/** Decoded sheets that are kept. */
const KEPT = 4;

/** Cues of a thumbnails file: `{ from, to, sheet, x, y, width, height }`, in order. What is none is left out. */
export function readThumbnails(text) {
  const cues = [];
  for (const block of text.replaceAll("\r\n", "\n").split(/\n{2,}/)) {
    const lines = block.split("\n");
    const at = lines.findIndex((line) => line.includes("-->"));
    if (at < 0) continue;
    const [from, to] = lines[at].split("-->").map(seconds);
    const place = /^(.+)#xywh=(\d+),(\d+),(\d+),(\d+)$/.exec((lines[at + 1] ?? "").trim());
    if (!place || Number.isNaN(from) || Number.isNaN(to)) continue;
    const [x, y, width, height] = place.slice(2).map(Number);
    if (width && height) cues.push({ from, to, sheet: place[1], x, y, width, height });
  }
  return cues.sort((one, other) => one.from - other.from);
}

function seconds(text) {
  const parts = text.trim().split(" ")[0].split(":").map(Number);
  return parts.reduce((sum, part) => sum * 60 + part, 0);
}

export class Tiles {
  constructor(cues, base, version) {
    Object.assign(this, { cues, base, version, sheets: new Map() });
  }

  /** The video's storyboard; null where it has none that can be used. */
  static async load(output, version) {
    const address = objectURL(site.previews, output.storyboard("thumbnails.vtt"), version);
    try {
      const cues = readThumbnails(await (await request(address)).text());
      return cues.length ? new Tiles(cues, address, version) : null;
    } catch {
      return null;
    }
  }

  at(moment) {
    let low = 0, high = this.cues.length - 1, found = this.cues[0];
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.cues[middle].from <= moment) { found = this.cues[middle]; low = middle + 1; } else high = middle - 1;
    }
    return found;
  }

  /** The image of a cue's sheet, which may still be loading. */
  sheet(cue) {
    const url = new URL(cue.sheet, this.base);
    if (url.origin !== new URL(this.base).origin) return null;
    if (!url.search) url.search = new URL(this.base).search;
    let image = this.sheets.get(url.href);
    this.sheets.delete(url.href);
    if (!image) {
      image = new Image();
      image.crossOrigin = "anonymous";
      image.decoding = "async";
      image.src = url.href;
    }
    this.sheets.set(url.href, image);
    while (this.sheets.size > KEPT) this.sheets.delete(this.sheets.keys().next().value);
    return image;
  }

  /** Draws the tile of a moment if its sheet is here; then returns true. */
  paint(canvas, moment) {
    const cue = this.at(moment);
    const image = this.sheet(cue);
    if (!image?.complete || !image.naturalWidth) return false;
    if (canvas.width !== cue.width || canvas.height !== cue.height) {
      canvas.width = cue.width;
      canvas.height = cue.height;
    }
    canvas.getContext("2d").drawImage(image, cue.x, cue.y, cue.width, cue.height, 0, 0, cue.width, cue.height);
    return true;
  }
}
