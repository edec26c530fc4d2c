// One object's fan-out as bars over time: how long each run waited, how long its process took to start, how long it ran.
import { h, plural, s, span } from "./dom.js";

const ROW = 24, LABEL = 300, WIDTH = 1100, HEAD = 20;
/** Rows that are drawn; of more, the newest. */
const MOST = 500;

/** - colour: of a function. - runs: invocation records in any order. - address: of a run. */
export function gantt(runs, colour, now, address) {
  const all = [...runs].sort((one, other) => (one.queuedAt ?? one.startedAt) - (other.queuedAt ?? other.startedAt) || one.number - other.number);
  const sorted = all.slice(-MOST);
  if (!sorted.length) return h("p", { class: "muted" }, "Nothing has run yet. The last 4,096 runs are kept.");
  const start = Math.min(...sorted.map((run) => run.queuedAt ?? run.startedAt));
  const end = Math.max(start + 1, ...sorted.map((run) => run.endedAt ?? now));
  const x = (time) => LABEL + Math.max(0, time - start) / (end - start) * (WIDTH - LABEL - 10);
  const height = HEAD + sorted.length * ROW + 4;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => s("g", {},
    s("line", { class: "grid", x1: x(start + share * (end - start)), x2: x(start + share * (end - start)), y1: HEAD - 4, y2: height }),
    s("text", { x: x(start + share * (end - start)), y: 12, "text-anchor": share === 1 ? "end" : share ? "middle" : "start" }, share ? span(share * (end - start)) : "0")));
  const rows = sorted.map((run, index) => {
    const top = HEAD + index * ROW + 2;
    const began = run.startedAt - (run.initDuration ?? 0);
    const stop = run.endedAt ?? now;
    const bar = (from, to, kind, style) => to - from <= 0 ? null
      : s("rect", { class: kind, x: x(from).toFixed(1), width: Math.max(1.5, x(to) - x(from)).toFixed(1), y: top + 2, height: ROW - 8, rx: 2, style });
    const failed = !["success", "running"].includes(run.outcome);
    const name = [short(run.function), run.subject, run.attempt > 1 ? `try ${run.attempt}` : null].filter(Boolean).join(" · ");
    const told = `${name}: waited ${span(Math.max(0, began - (run.queuedAt ?? began)))}${run.initDuration ? `, started in ${span(run.initDuration)}` : ""}, ran ${span(run.duration ?? stop - run.startedAt)}, ${run.outcome}`;
    return s("a", { href: address(run), "aria-label": told, "data-number": String(run.number) }, s("g", { class: "run" },
      s("title", {}, told),
      s("rect", { class: "row-ground", x: 0, y: top - 2, width: WIDTH, height: ROW }),
      s("text", { x: LABEL - 8, y: top + 13, "text-anchor": "end" }, name.length > 46 ? `${name.slice(0, 45)}…` : name),
      run.queuedAt ? bar(run.queuedAt, began, "queue") : null,
      run.initDuration ? bar(began, run.startedAt, "cold") : null,
      bar(run.startedAt, stop, failed ? "bar failed" : "bar", failed ? {} : { fill: colour(run.function) })));
  });
  const cold = sorted.filter((run) => run.initDuration).length;
  const waits = sorted.filter((run) => run.queuedAt).map((run) => Math.max(0, run.startedAt - (run.initDuration ?? 0) - run.queuedAt));
  const mean = waits.length ? waits.reduce((sum, wait) => sum + wait, 0) / waits.length : 0;
  const charged = all.reduce((sum, run) => sum + (run.memorySizeMiB ?? 0) / 1024 * (run.billedMilliseconds ?? 0) / 1000, 0);
  const summary = `${plural(all.length, "run")} in ${span(end - start)}, ${plural(cold, "cold start")}, ${span(mean)} in the queue on average, at most ${most(all, now)} at the same time, ${charged.toFixed(charged < 10 ? 2 : 0)} GB-seconds`;
  return h("div", { class: "gantt-box" },
    h("p", { class: "small summary" }, summary),
    h("ul", { class: "legend small" }, [["queue", "in the queue"], ["cold", "cold start"], ["bar", "run"], ["failed", "failed"]].map(([kind, text]) => h("li", {}, h("span", { class: `swatch ${kind}` }), text))),
    h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Fan-out over time" },
      s("svg", { class: "gantt", viewBox: `0 0 ${WIDTH} ${height}`, role: "group", "aria-label": summary, width: WIDTH, height }, ticks, rows)));
}

const short = (name) => name.replace(/Function$/, "");

function most(runs, now) {
  const edges = runs.flatMap((run) => [[run.startedAt, 1], [run.endedAt ?? now, -1]]).sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  let running = 0, found = 0;
  for (const [, step] of edges) found = Math.max(found, running += step);
  return found;
}
