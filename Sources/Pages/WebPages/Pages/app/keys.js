// The keys of a player, as viewers know them from others. Returns what ends it.
import { announce } from "./dom.js";

/** Seconds of the arrow keys, and of j and l. */
const [SHORT, LONG] = [5, 10];

/** - stage: `{ element, video, buttons, duration, position, toggle, seekTo, step }`. - more: further keys and what they do. */
export function listenToKeys(stage, more = {}) {
  const { video, buttons } = stage;
  const by = (seconds) => stage.seekTo(Math.min(stage.duration, Math.max(0, stage.position + seconds)), false);
  const faster = (direction) => {
    const at = buttons.rates.indexOf(video.playbackRate) + direction;
    if (buttons.rates[at]) video.playbackRate = buttons.rates[at];
    announce(`Speed ${video.playbackRate}`);
  };
  const louder = (amount) => {
    video.muted = false;
    video.volume = Math.min(1, Math.max(0, Math.round((video.volume + amount) * 20) / 20));
    announce(`Volume ${Math.round(video.volume * 100)} %`);
  };
  const captions = () => {
    const [track] = [...video.textTracks].filter((one) => one.kind === "captions" || one.kind === "subtitles");
    if (!track) return announce("This video has no captions");
    track.mode = track.mode === "showing" ? "hidden" : "showing";
  };
  const anywhere = {
    " ": stage.toggle, k: stage.toggle, m: () => { video.muted = !video.muted; }, f: () => buttons.full.click(),
    p: () => { if (buttons.small && !buttons.small.disabled) buttons.small.click(); },
    c: captions, j: () => by(-LONG), l: () => by(LONG), ArrowLeft: () => by(-SHORT), ArrowRight: () => by(SHORT),
    ",": () => stage.step(-1), ".": () => stage.step(1), "<": () => faster(-1), ">": () => faster(1), ...more,
  };
  for (let digit = 0; digit <= 9; digit++) anywhere[digit] = () => stage.seekTo(stage.duration * digit / 10, false);
  // Elsewhere on the page these move the page.
  const within = { ArrowUp: () => louder(0.05), ArrowDown: () => louder(-0.05), Home: () => stage.seekTo(0, false), End: () => stage.seekTo(stage.duration, false) };

  const listener = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=range]), textarea, select, dialog")) return;
    const isControl = event.target.closest("button, summary, a, input, [role=slider]");
    if (isControl && [" ", "Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)
      && !(isControl.matches(".slider") && event.key === " ")) return;
    const work = anywhere[event.key] ?? (stage.element.contains(event.target) ? within[event.key] : undefined);
    if (!work) return;
    event.preventDefault();
    work();
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}

/** For people: what the keys do. */
export const KEYS = [
  ["Space or k", "play, pause"], ["← →", "5 seconds back, on"], ["j l", "10 seconds back, on"], [", .", "one frame back, on"],
  ["0–9", "to that tenth of the video"], ["↑ ↓", "louder, quieter, in the player"], ["< >", "slower, faster"],
  ["m", "mute"], ["c", "captions"], ["p", "picture in picture"], ["f", "full screen"],
];
