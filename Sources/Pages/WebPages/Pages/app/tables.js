// The console's lists: runs with their logs, events with the rules they matched, dead letters with what can be done.
import { announce, h, plural, span, timeOfDay } from "./dom.js";
import { consoleURL, objectURL } from "./place.js";
import { columnsTable, scroller, tableCell } from "./sections.js";
import { request } from "./site.js";

const outcomes = { success: ["ok", "good"], running: ["running", "busy"] };
export const outcomeChip = (outcome) => {
  const [text, kind] = outcomes[outcome] ?? [outcome, "bad"];
  return h("span", { class: `chip ${kind}` }, text);
};

/** A table whose rows open: `columns` as of `columnsTable`, `detail` makes what an open row shows. - lines: its height. */
export class OpenTable {
  constructor({ label, columns, detail, empty, id, lines }) {
    Object.assign(this, { columns, detail, id, open: new Map() });
    Object.assign(this, columnsTable(label, [...columns, ["", "", null, 6.8, "Details"]]));
    this.empty = h("p", { class: "muted empty" }, empty);
    this.element = scroller(label, lines, this.table, this.empty);
  }

  /** Opens an item's row, now or when it comes. */
  show(item) { if (!this.open.has(this.id(item))) this.open.set(this.id(item), this.detail(item)); }

  update(items) {
    this.empty.hidden = items.length > 0;
    this.table.hidden = items.length === 0;
    const known = new Set(items.map(this.id));
    if (items.length) for (const id of this.open.keys()) if (!known.has(id)) this.open.delete(id);
    // What has the focus keeps it.
    const focused = document.activeElement?.closest?.("tr[data-id]")?.dataset.id;
    const isInside = this.body.contains(document.activeElement);
    this.body.replaceChildren(...items.flatMap((item) => this.#rows(item)));
    if (isInside && focused) this.body.querySelector(`tr[data-id="${CSS.escape(focused)}"] button.open`)?.focus({ preventScroll: true });
  }

  #rows(item) {
    const id = this.id(item);
    const isOpen = this.open.has(id);
    const button = h("button", { type: "button", class: "plain open small", "aria-expanded": String(isOpen), onclick: () => {
      if (this.open.has(id)) this.open.delete(id); else this.open.set(id, this.detail(item));
      const row = button.closest("tr");
      if (row.nextElementSibling?.classList.contains("detail")) row.nextElementSibling.remove();
      if (this.open.has(id)) row.after(this.#opened(id));
      button.setAttribute("aria-expanded", String(this.open.has(id)));
    } }, "Details");
    const row = h("tr", { dataset: { id: String(id) } }, this.columns.map(([, kind, cell]) => tableCell(kind, cell(item))), h("td", {}, button));
    return isOpen ? [row, this.#opened(id)] : [row];
  }

  #opened = (id) => h("tr", { class: "detail" }, h("td", { colspan: String(this.columns.length + 1) }, this.open.get(id)));
}

/** Charged as on Lambda. */
export const charge = (run) => run.billedMilliseconds === undefined ? null : run.memorySizeMiB / 1024 * run.billedMilliseconds / 1000;
const gigabyteSeconds = (value) => value === null ? "–" : `${value < 10 ? value.toFixed(3) : value.toFixed(1)} GB-s`;

/** - openGroup: shows the fan-out of an object. */
export function runTable({ openGroup }) {
  return new OpenTable({
    label: "Recent invocations", empty: "Nothing has run yet.", id: (run) => run.number, lines: 12,
    columns: [
      ["Started", "number", (run) => timeOfDay(run.startedAt), 5.5],
      ["Function", "", (run) => run.function, 12.5],
      ["Of", "wide", (run) => run.group ? h("a", { href: consoleURL({ group: run.group }, "fan-out"), onclick: (event) => { if (!event.metaKey && !event.ctrlKey) { event.preventDefault(); openGroup(run.group); } } }, run.group) : "–"],
      ["Part", "wide", (run) => [run.subject, run.attempt > 1 ? `try ${run.attempt}` : null].filter(Boolean).join(" · ") || "–", 9],
      ["Outcome", "", (run) => outcomeChip(run.outcome), 6.5],
      ["Waited", "number right", (run) => run.queuedAt ? span(Math.max(0, run.startedAt - (run.initDuration ?? 0) - run.queuedAt)) : "–", 6],
      ["Cold start", "number right", (run) => run.initDuration ? span(run.initDuration) : "–", 5.5],
      ["Duration", "number right", (run) => run.duration === undefined || run.outcome === "running" ? "…" : span(run.duration), 6.4],
      ["Memory", "number right", (run) => run.memoryMiB ? `${run.memoryMiB} MiB` : "–", 6.2],
      ["Billed", "number right", (run) => gigabyteSeconds(charge(run)), 7.5],
    ],
    detail: (run) => {
      const lines = h("pre", { class: "lines", tabindex: "0", role: "region", "aria-label": `Log of the invocation ${run.requestID}` }, "…");
      request(`/api/logs?after=0&limit=5000&requestID=${encodeURIComponent(run.requestID)}`).then((answer) => answer.json()).then(({ lines: found }) => {
        lines.textContent = found.map((line) => `${new Date(line.time).toISOString().slice(11, 23)}  ${line.text}`).join("\n") || "Its lines are no longer kept.";
      }).catch((error) => { lines.textContent = error.message; });
      return h("div", { class: "opened" },
        run.errorType && h("p", { class: "notice bad" }, h("strong", {}, run.errorType), ": ", run.errorMessage),
        h("p", { class: "small muted" }, "Request ", h("code", {}, run.requestID), run.attempt ? `, attempt ${run.attempt}` : ", called directly", run.billedMilliseconds === undefined ? "" : `, billed ${run.billedMilliseconds.toLocaleString("en")} ms of ${run.memorySizeMiB} MiB, `, h("a", { href: consoleURL({ run: run.requestID }, "runs") }, "permalink"),
          run.group ? ", " : null, run.group ? h("a", { href: objectURL(run.group) }, "open the object") : null), lines);
    },
  });
}

export function eventTable() {
  return new OpenTable({
    label: "Events", empty: "No event has passed yet.", id: (event) => `${event.id} ${event.bus ?? ""}`, lines: 8,
    columns: [
      ["Time", "number", (event) => timeOfDay(event.time), 5.5],
      ["Bus", "", (event) => event.bus ?? h("span", { class: "muted" }, "bucket notification"), 11],
      ["Source", "", (event) => event.source, 12],
      ["Type", "", (event) => event.detailType, 13],
      ["Matched", "wide", (event) => event.rules.length ? event.rules.join(", ") : h("span", { class: "muted" }, "no rule")],
      ["Queued", "wide", (event) => event.functions.length ? counted(event.functions) : "–", 15],
    ],
    detail: (event) => h("pre", { tabindex: "0", role: "region", "aria-label": `Event ${event.id} ${event.bus ?? ""}` }, pretty(event.detail)),
  });
}

/** - changed: called after letters were redriven or purged. */
export function letterTable(changed) {
  const act = async (method, path, ids, said) => {
    const query = ids ? ids.map((id) => `id=${id}`).join("&") : "all=true";
    try {
      const { count } = await (await request(`${path}?${query}`, { method })).json();
      announce(`${plural(count, "letter")} ${said}`);
    } catch (error) { announce(error.message); }
    changed();
  };
  const redrive = (ids) => act("POST", "/api/dead-letters/redrive", ids, "queued again");
  const purge = (ids) => act("DELETE", "/api/dead-letters", ids, "removed");
  const table = new OpenTable({
    label: "Dead letters", empty: "There are none: no event is waiting to be redriven. What is queued or running is counted above.", id: (letter) => letter.id, lines: 6,
    columns: [
      ["Died", "number", (letter) => timeOfDay(Date.parse(letter.diedAt)), 5.5],
      ["Function", "", (letter) => letter.function, 14],
      ["Reason", "wide", (letter) => h("span", {}, h("strong", {}, letter.errorType), ": ", letter.errorMessage)],
      ["Tries", "number right", (letter) => String(letter.attempts), 4.5],
      ["", "", (letter) => h("span", { class: "row nowrap" },
        h("button", { type: "button", class: "small", "aria-label": `Redrive letter ${letter.id}`, onclick: () => redrive([letter.id]) }, "Redrive"),
        h("button", { type: "button", class: "small danger", "aria-label": `Purge letter ${letter.id}`, onclick: () => purge([letter.id]) }, "Purge")), 12, "Actions"],
    ],
    detail: (letter) => h("div", { class: "opened" },
      h("p", { class: "small muted" }, "Request ", h("code", {}, letter.requestID), `, ${letter.condition}, queued ${letter.enqueuedAt}`),
      h("pre", { tabindex: "0", role: "region", "aria-label": `Event of letter ${letter.id}` }, JSON.stringify(letter.event, null, 2))),
  });
  table.actions = h("span", { class: "row absent" },
    h("button", { type: "button", onclick: () => redrive(null) }, "Redrive all"),
    h("button", { type: "button", class: "danger", onclick: () => confirmPurge(() => purge(null)) }, "Purge all"));
  return table;
}

function confirmPurge(go) {
  const dialog = h("dialog", { "aria-labelledby": "purge-title" }, h("form", { method: "dialog" },
    h("h2", { id: "purge-title" }, "Remove all dead letters?"), h("p", { class: "muted" }, "Their events are lost: they cannot be tried again."),
    h("div", { class: "row" }, h("button", { value: "yes", class: "danger" }, "Remove all"), h("button", { value: "" }, "Cancel"))));
  dialog.addEventListener("close", () => { dialog.remove(); if (dialog.returnValue === "yes") go(); });
  document.body.append(dialog);
  dialog.showModal();
}

function counted(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => count > 1 ? `${name} ×${count}` : name).join(", ");
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}
