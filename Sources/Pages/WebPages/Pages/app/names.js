// Where the outputs of a video are, and which of them shows a second: the contract of the object names.

import { sha256 } from "./digest.js";

const MAXIMUM = 900;
const lastComponent = (path) => path.slice(path.lastIndexOf("/") + 1);

/** What people call the video. */
const titleOf = (key) => lastComponent(key).replace(/(.)\.mp4$/u, "$1");

/** The key without `.mp4`; with any other extension the whole key; without one, the key and a `~`. */
function folderOf(key) {
  const last = lastComponent(key);
  if (last.endsWith(".mp4") && last.length > 4) return key.slice(0, -4);
  const dot = last.lastIndexOf(".");
  return dot > 0 && dot < last.length - 1 ? key : `${key}~`;
}

/** What is too long to have outputs below it is cut, within no character, and ends in digits that stand for the key. */
function shortened(folder, key) {
  const bytes = new TextEncoder().encode(folder);
  const slash = 0x2f;
  const fits = (end, more) => end + more + 1 + (end - 1 - bytes.lastIndexOf(slash, end - 1)) + more <= MAXIMUM;
  const whole = bytes.length - 1 - bytes.lastIndexOf(slash);
  if (bytes.length + 1 + whole <= MAXIMUM) return folder;
  const mark = `~${sha256(new TextEncoder().encode(key)).slice(0, 16)}`;
  for (let end = bytes.length - 1; end > 0; end--) {
    if ((bytes[end] & 0xc0) !== 0x80 && fits(end, mark.length)) return new TextDecoder().decode(bytes.subarray(0, end)) + mark;
  }
  return mark;
}

/** Folder and base name of the outputs of a source key; `Tests/Fixtures/output-keys.json` has examples. */
export function names(key) {
  const folder = shortened(folderOf(key), key);
  const base = lastComponent(folder);
  return {
    folder, base, title: titleOf(key),
    manifest: `${folder}/manifest.json`,
    pictures: `${folder}/${base}-`,
    records: `${folder}/.clips/`,
    storyboard: (file) => `${folder}/storyboard/${file}`,
    gif: (start) => `${folder}/${base}-${start}.gif`,
    /** Number from 1: still k shows the second start + k - 1. */
    still: (start, number) => `${folder}/${base}-${start}-frame-${number}.jpg`,
  };
}

/** What an object below a video's folder is: `{ kind: "still", start, number }` and the like; null for anything else. */
export function readName(output, key) {
  if (key === output.manifest) return { kind: "manifest" };
  if (key.startsWith(output.pictures)) {
    const rest = key.slice(output.pictures.length);
    const gif = /^(\d+)\.gif$/.exec(rest);
    if (gif) return { kind: "gif", start: Number(gif[1]) };
    const still = /^(\d+)-frame-(\d+)\.jpg$/.exec(rest);
    if (still) return { kind: "still", start: Number(still[1]), number: Number(still[2]) };
  }
  if (key.startsWith(output.records)) {
    const [version, file] = key.slice(output.records.length).split("/");
    if (file === "plan.json") return { kind: "plan", version };
    const record = /^(\d+)\.json$/.exec(file ?? "");
    if (record) return { kind: "record", version, start: Number(record[1]) };
  }
  if (key.startsWith(`${output.folder}/storyboard/`)) return { kind: "storyboard" };
  return null;
}

/** Names of the previews below a prefix that an event has named, as those of the library's videos are. */
export function placedNames(prefix, title) {
  return {
    title,
    manifest: `${prefix}manifest.json`,
    storyboard: (file) => `${prefix}storyboard/${file}`,
    gif: (start) => `${prefix}preview-${start}.gif`,
    still: (start, number) => `${prefix}preview-${start}-frame-${number}.jpg`,
  };
}

/** The clips of a finished video as a table that finds the pictures of a moment. */
export class Clips {
  /** - address: makes the address of a key. */
  constructor(manifest, { output = names(manifest.source.key), address }) {
    Object.assign(this, { output, address, version: manifest.version });
    this.list = (manifest.clips ?? []).filter((clip) => clip.status !== "failed" && Number.isInteger(clip.start));
    this.list.sort((one, other) => one.start - other.start);
    this.duration = manifest.duration ?? 0;
  }

  /** The clip on screen at a moment: the last one that begins at or before it. */
  at(seconds) {
    let low = 0, high = this.list.length - 1, found = this.list[0] ?? null;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.list[middle].start <= seconds) { found = this.list[middle]; low = middle + 1; } else high = middle - 1;
    }
    return found;
  }

  /** The key of the still that shows a moment, and the second it stands for; null if there are none. */
  still(seconds) {
    const clip = this.at(seconds);
    if (!clip || !clip.frames) return null;
    const number = Math.min(clip.frames, Math.max(1, Math.floor(seconds) - clip.start + 1));
    return { key: this.output.still(clip.start, number), second: clip.start + number - 1 };
  }

  gif(seconds) {
    const clip = this.at(seconds);
    return clip && { key: clip.gif ?? this.output.gif(clip.start), clip };
  }

  /** The first and the last moment of a clip in seconds. */
  range(clip) { return { from: clip.start, to: Math.min(clip.end + 1, this.duration) }; }
}
