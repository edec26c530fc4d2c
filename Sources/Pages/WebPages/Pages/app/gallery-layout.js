// Where the tiles of a grid are, without any of them being there: pure.

/** Pixels between tiles. */
export const GAP = 14;
export const HEADING = 48;

/** How the views differ: the least width of a tile, and its height by its width. */
export const SHAPES = {
  cards: { least: 220, leastOnPhones: 148, height: (width) => Math.round(width * 2 / 3) + 62 },
  timeline: { least: 150, leastOnPhones: 96, height: (width) => width },
};

export class Layout {
  /** - groups: `[{ name, count }]`, each under a heading; empty for one without. */
  constructor({ width, total, groups, shape }) {
    const least = width < 480 ? shape.leastOnPhones : shape.least;
    this.columns = Math.max(1, Math.floor((width + GAP) / (least + GAP)));
    this.tileWidth = Math.floor((width - GAP * (this.columns - 1)) / this.columns);
    this.tileHeight = shape.height(this.tileWidth);
    this.pitch = this.tileHeight + GAP;
    this.sections = [];
    let top = 0, first = 0;
    for (const group of groups.length ? groups : [{ name: null, count: total }]) {
      const heading = group.name === null ? 0 : HEADING;
      const rows = Math.ceil(group.count / this.columns);
      this.sections.push({ name: group.name, count: group.count, first, top, heading, bottom: top + heading + rows * this.pitch });
      first += group.count;
      top = this.sections.at(-1).bottom;
    }
    this.height = Math.max(0, top - GAP);
  }

  #find(isBefore) {
    let low = 0, high = this.sections.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.sections[middle])) low = middle + 1; else high = middle;
    }
    return this.sections[low];
  }

  /** Where a tile is, in pixels from the grid's corner; with its section's name if it begins one. */
  place(index) {
    const section = this.#find((one) => one.first + one.count <= index);
    const within = index - section.first;
    const left = (within % this.columns) * (this.tileWidth + GAP);
    return { left, top: section.top + section.heading + Math.floor(within / this.columns) * this.pitch, heading: within === 0 ? section.name : null };
  }

  /** The first tile of the row at so many pixels from the top. */
  at(pixels) {
    const section = this.#find((one) => one.bottom <= pixels);
    const row = Math.max(0, Math.floor((pixels - section.top - section.heading) / this.pitch));
    return Math.min(section.first + Math.max(0, section.count - 1), section.first + row * this.columns);
  }

  /** The tiles between two heights: numbers of the first and the one after the last. */
  range(from, to) {
    const last = this.sections.at(-1);
    const total = last.first + last.count;
    if (!total) return [0, 0];
    return [this.at(Math.max(0, from)), Math.min(total, this.at(Math.max(0, to)) + this.columns)];
  }
}
