// The storyboard of a video: an overview of the whole, which comes with the page, and sheets of larger tiles, which come
// when a moment of theirs is pointed at. The manifest says where each tile lies.
import { Pictures } from "./pictures.js";
import { request } from "./site.js";

/** Decoded sheets that are kept: of 1600 x 900 pixels, 29 MB. */
const KEPT = 5;
/** Pixels of width from which on a tile is as good as its still in the preview. */
const FINE = 240;

export class Tiles {
  /** - address: makes the address of a key. */
  constructor(storyboard, address) {
    Object.assign(this, { storyboard, address, overview: null });
    this.sheets = new Pictures({ address, width: null, kept: KEPT, parallel: 1, isImpatient: true });
  }

  /** The video's storyboard; null if it has none that can be used. */
  static of(storyboard, address) {
    const { sheets, columns, rows, interval, tileWidth, tileHeight } = storyboard ?? {};
    const isWhole = Array.isArray(sheets) && sheets.length > 0 && [columns, rows, interval, tileWidth, tileHeight].every((number) => number > 0);
    return isWhole ? new Tiles(storyboard, address) : null;
  }

  /** Whether a second's tile stands for its still. */
  get isFine() { return this.storyboard.interval === 1 && this.storyboard.tileWidth >= FINE; }

  /** Fetches the overview. Returns whether there is one. */
  async load() {
    const { overview } = this.storyboard;
    if (!overview) return false;
    try {
      this.overview ??= await createImageBitmap(await (await request(this.address(overview.key))).blob());
    } catch {
      return false;
    }
    return true;
  }

  /** Draws the best tile of a moment that is here. Returns `"sheet"`, `"overview"` or null. */
  paint(canvas, moment) {
    const place = this.#place(this.storyboard, moment);
    const sheet = this.sheets.peek(this.storyboard.sheets[place.sheet]?.key);
    if (sheet) {
      draw(canvas, sheet, place);
      return "sheet";
    }
    if (!this.overview) return null;
    draw(canvas, this.overview, this.#place(this.storyboard.overview, moment));
    return "overview";
  }

  /** Fetches the sheet of a moment, unless another one is wished for meanwhile. Returns whether it is here. */
  async want(moment) {
    const key = this.storyboard.sheets[this.#place(this.storyboard, moment).sheet]?.key;
    return key !== undefined && await this.sheets.get(key) !== null;
  }

  /** Draws as many tiles side by side as a canvas has room for, from the beginning to the end of the video. */
  fill(canvas, count, duration) {
    const context = canvas.getContext("2d");
    const [width, height] = [canvas.width / count, canvas.height];
    for (let index = 0; index < count; index++) {
      const place = this.#place(this.storyboard.overview, (index + 0.5) / count * duration);
      const scale = Math.max(width / place.width, height / place.height);
      const [across, down] = [width / scale, height / scale];
      context.drawImage(this.overview, place.x + (place.width - across) / 2, place.y + (place.height - down) / 2, across, down, index * width, 0, width, height);
    }
  }

  close() {
    this.sheets.clear();
    this.overview?.close();
    this.overview = null;
  }

  #place(layout, moment) {
    const index = Math.min(layout.tiles - 1, Math.max(0, Math.floor(moment / layout.interval)));
    const each = layout.columns * layout.rows;
    const within = index % each;
    const [width, height] = [layout.tileWidth, layout.tileHeight];
    return { sheet: Math.floor(index / each), x: within % layout.columns * width, y: Math.floor(within / layout.columns) * height, width, height };
  }
}

function draw(canvas, picture, { x, y, width, height }) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  canvas.getContext("2d").drawImage(picture, x, y, width, height, 0, 0, width, height);
}
