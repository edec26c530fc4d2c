// Nodes that run functions, and schedules that call them.
import { bytes, h, timeOfDay } from "./dom.js";
import { panel, Table, whileSeen } from "./sections.js";
import { request } from "./site.js";

/** `in 5 min`, `3 s ago`. - seconds: from now on. */
function relative(seconds) {
  const size = Math.abs(seconds);
  const text = size < 90 ? `${Math.round(size)} s` : size < 5400 ? `${Math.round(size / 60)} min` : size < 129_600 ? `${Math.round(size / 3600)} h` : `${Math.round(size / 86_400)} days`;
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}

const loading = (table, path, member) => async () => {
  try { table.update((await (await request(path)).json())[member]); } catch (error) { table.failed(error); }
};

export function schedulesSection() {
  const now = () => Date.now() / 1000;
  const table = new Table({
    label: "Schedules", empty: "The template has no schedules.", lines: 7,
    columns: [
      ["Schedule", "", (one) => one.name, 20], ["Function", "", (one) => one.function, 16],
      ["Expression", "mono", (one) => one.timeZone === "UTC" ? one.expression : `${one.expression} ${one.timeZone}`],
      ["Next", "number", (one) => !one.isEnabled ? "switched off" : one.next ? relative(one.next - now()) : "never again", 9],
      ["Dealt with up to", "number", (one) => one.handled ? relative(one.handled - now()) : "–", 11],
    ],
  });
  const element = panel("Schedules", "schedules", null, table.element);
  return { element, refresh: whileSeen(element, loading(table, "/api/schedules", "schedules"), 10) };
}

export function nodesSection() {
  const table = new Table({
    label: "Nodes", empty: "No node has given a sign of life.", lines: 4,
    columns: [
      ["Node", "mono", (one) => one.name.slice(0, 12), 11], ["", "", (one) => one.isThis ? h("span", { class: "chip good" }, "this one") : "", 7, "Which"],
      ["Machine", "", (one) => one.hostName ?? "–"],
      ["Slots in use", "number right", (one) => one.slots === undefined ? "–" : `${one.running} / ${one.slots}`, 8],
      ["Processors", "number right", (one) => one.processors ? String(one.processors) : "–", 7.5],
      ["Memory of the host", "number right", (one) => one.memory ? bytes(one.memory) : "–", 11],
      ["Started", "number", (one) => one.startedAt ? timeOfDay(one.startedAt) : "–", 6],
      ["Seen", "number", (one) => one.isThis ? "now" : one.seenAt ? relative((one.seenAt - Date.now()) / 1000) : "–", 7],
    ],
  });
  const element = panel("Nodes", "nodes", null, table.element);
  return { element, refresh: whileSeen(element, loading(table, "/api/nodes", "nodes"), 5) };
}
