// Invocations: those of one object over time, and the newest in a table. What is chosen is part of the page's address.
import { h, throttled } from "./dom.js";
import { gantt } from "./gantt.js";
import { consoleURL, keep, objectURL, place } from "./place.js";
import { panel } from "./sections.js";
import { request } from "./site.js";
import { runTable } from "./tables.js";

const RUNS = 200;
const get = async (path) => (await request(path)).json();

/** - colour: of a function. - failed: gets errors. */
export function invocationSections({ colour, failed }) {
  const state = { runs: new Map(), group: place.get("group"), followsNewest: !place.get("group") };
  const runs = runTable({ openGroup: choose });
  const ofFunction = h("select", { class: "narrow functions", "aria-label": "Function of the runs shown", onchange: filtered }, h("option", { value: "" }, "All functions"));
  const failedOnly = h("input", { type: "checkbox", id: "failed", checked: place.get("failed") === "true", onchange: filtered });
  const only = h("p", { class: "row notice" });
  const object = h("select", { class: "narrow objects", "aria-label": "Object whose fan-out is shown", onchange: () => choose(object.value) });
  const link = h("a", { class: "small absent" }, "Open the object");
  const ganttPlace = h("div", { class: "gantt-place" }, h("p", { class: "muted" }, "Nothing has run yet."));
  const element = panel("Recent invocations", "runs", h("span", { class: "row" }, h("label", { class: "check", for: "failed" }, failedOnly, "failed only"), ofFunction), only, runs.element);
  const fanout = panel("Fan-out of an object", "fan-out", h("span", { class: "row" }, link, object), ganttPlace);
  showOnly();

  function filtered() {
    keep({ function: ofFunction.value, failed: failedOnly.checked ? "true" : "", run: "" });
    showOnly();
    load().catch(failed);
  }

  /** Says that one run is shown, at once: what comes below must not move when the answer is there. */
  function showOnly(isGone = false) {
    const run = place.get("run");
    only.hidden = !run;
    if (!run) return;
    only.replaceChildren(h("span", {}, isGone ? "This invocation is no longer kept: " : "Only the invocation ", h("code", {}, run)),
      h("button", { type: "button", class: "small", onclick: () => { keep({ run: "" }); showOnly(); load().catch(failed); } }, "Show all"));
  }

  const isWanted = (run) => place.get("run") ? run.requestID === place.get("run")
    : (!place.get("function") || run.function === place.get("function")) && (!failedOnly.checked || !["success", "running"].includes(run.outcome));

  const draw = throttled(() => {
    const list = [...state.runs.values()].sort((one, other) => other.number - one.number);
    for (const run of list.slice(RUNS * 2)) state.runs.delete(run.number);
    runs.update(list.filter(isWanted).slice(0, RUNS));
  }, 400);

  async function load() {
    const query = new URLSearchParams({ limit: String(RUNS) });
    const run = place.get("run");
    if (run) query.set("requestID", run);
    else {
      if (place.get("function")) query.set("function", place.get("function"));
      if (failedOnly.checked) query.set("failed", "true");
    }
    const found = (await get(`/api/invocations?${query}`)).invocations;
    state.runs = new Map(found.map((one) => [one.number, one]));
    if (run && !found.length) showOnly(true);
    if (run) for (const one of found) runs.show(one);
    draw();
  }

  function choose(group) {
    state.group = group;
    state.followsNewest = false;
    keep({ group });
    add(group);
    object.value = group;
    drawGantt();
    fanout.scrollIntoView({ block: "nearest" });
  }

  const drawGantt = throttled(() => loadGantt().catch(failed), 1000);

  async function loadGantt() {
    if (!state.group) return;
    const { group } = state;
    const { invocations } = await get(`/api/invocations?limit=4096&group=${encodeURIComponent(group)}`);
    if (group !== state.group) return;
    const box = () => ganttPlace.querySelector(".scroller");
    const scroll = box()?.scrollTop ?? 0, focused = document.activeElement?.closest?.(".gantt a")?.dataset.number;
    ganttPlace.replaceChildren(gantt(invocations, colour, Date.now(), (run) => consoleURL({ run: run.requestID, group }, "runs")));
    if (box()) box().scrollTop = scroll;
    if (focused) ganttPlace.querySelector(`a[data-number="${focused}"]`)?.focus({ preventScroll: true });
    link.href = objectURL(group);
    link.classList.remove("absent");
  }

  // A bar's run opens below, without loading the page again.
  fanout.addEventListener("click", (event) => {
    const link = event.target.closest(".gantt a");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    keep({ run: new URL(link.getAttribute("href"), location.href).searchParams.get("run") });
    showOnly();
    load().then(() => { element.scrollIntoView({ block: "start" }); element.querySelector("button.open")?.focus({ preventScroll: true }); }).catch(failed);
  });

  /** Objects that can be chosen, the newest first. */
  function add(group) {
    if (!group || [...object.options].some((option) => option.value === group)) return;
    object.prepend(h("option", { value: group }, group));
    while (object.options.length > 100) object.lastElementChild.remove();
    if (state.followsNewest) { state.group = group; object.value = group; }
    else object.value = state.group;
  }

  return {
    runs: element, fanout,
    async load() {
      add(state.group);
      await load();
      if (place.get("run") && state.runs.size) for (const run of state.runs.values()) add(run.group);
      for (const run of (await get(`/api/invocations?limit=${RUNS}`)).invocations.reverse()) add(run.group);
      drawGantt();
    },
    happened(run) {
      const old = state.runs.get(run.number);
      if (!old || old.outcome === "running") state.runs.set(run.number, run);
      add(run.group);
      if (run.group && run.group === state.group) drawGantt();
      draw();
    },
    know(names) {
      const known = new Set([...ofFunction.options].map((option) => option.value));
      for (const name of names) if (!known.has(name)) ofFunction.append(h("option", { value: name, selected: place.get("function") === name }, name));
    },
  };
}
