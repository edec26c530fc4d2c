// Jobs of all services, as far as the job kit's documents tell: state, progress, and a way to cancel.
import { announce, h, timeOfDay } from "./dom.js";
import { fileURL } from "./place.js";
import { panel, Table, whileSeen } from "./sections.js";
import { request } from "./site.js";

const KINDS = { ready: "good", not_needed: "good", failed: "bad", processing: "busy" };
const WORDS = { not_needed: "not needed" };
/** Runs after an upload all have the name `upload`: the file tells them apart. */
const nameOf = ({ id, key }) => (fileURL(key) ? `${id.slice(0, 12)} of ${key.split("/")[2].slice(0, 8)}` : id.slice(0, 12));
const left = (seconds) => !seconds ? "" : seconds < 90 ? `${seconds} s left` : `${Math.round(seconds / 60)} min left`;

export function jobsSection() {
  const cancel = async (job) => {
    try {
      await request(job.cancelPath, { method: "DELETE" });
      announce("The job is cancelled");
    } catch (error) { announce(`The job was not cancelled: ${error.message}`); }
    load();
  };
  const table = new Table({
    label: "Jobs", empty: "There are no jobs. Long work that a service accepts is listed here.", lines: 8,
    columns: [
      ["Job", "mono", (job) => fileURL(job.key) ? h("a", { href: fileURL(job.key), title: job.key }, nameOf(job)) : h("span", { title: job.key }, nameOf(job)), 16], ["Kind", "", (job) => job.kind || "–", 8],
      ["State", "", (job) => h("span", { class: `chip ${KINDS[job.status] ?? ""}` }, WORDS[job.status] ?? job.status), 8],
      ["Progress", "progress", (job) => h("span", { class: "row nowrap" }, h("progress", { max: 100, value: job.percent, "aria-label": `Progress of job ${nameOf(job)}` }), h("span", { class: "number" }, `${job.percent} %`), h("span", { class: "muted number" }, left(job.secondsLeft))), 18.5],
      ["Parts", "number right", (job) => job.parts ? String(job.parts) : "–", 4.5],
      ["Begun", "number", (job) => job.createdAt ? timeOfDay(job.createdAt) : "–", 6],
      ["Reason", "wide", (job) => job.error ?? "–"],
      ["", "", (job) => job.cancelPath && h("button", { type: "button", class: "small", "aria-label": `Cancel job ${nameOf(job)}`, onclick: () => cancel(job) }, "Cancel"), 6, "Actions"],
    ],
  });
  const element = panel("Jobs", "jobs", h("span", { class: "muted small" }, "the newest fifty"), table.element);
  const load = async () => {
    try { table.update((await (await request("/api/jobs")).json()).jobs); } catch (error) { table.failed(error); }
  };
  return { element, refresh: whileSeen(element, load, 2) };
}
