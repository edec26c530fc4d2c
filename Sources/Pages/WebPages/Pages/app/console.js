// The console: what functions do and did, as it happens.
import { Chart } from "./charts.js";
import { h, span, throttled } from "./dom.js";
import { gantt } from "./gantt.js";
import { listen } from "./live.js";
import { connect, request } from "./site.js";
import { eventTable, letterTable, runTable } from "./tables.js";

const RUNS = 200, EVENTS = 100;
const main = document.getElementById("main");
const state = { runs: new Map(), events: [], bins: 60, functions: new Map(), video: null };
const get = async (path) => (await request(path)).json();

/** Each function keeps its colour for as long as the page is open. */
function colour(name) {
  if (!state.functions.has(name)) state.functions.set(name, state.functions.size % 6);
  return `var(--f${state.functions.get(name)})`;
}

// MARK: What is shown

const figure = (label, name) => {
  const value = h("span", { class: "value number", "data-testid": name }, "–");
  return { value, element: h("div", { class: "panel figure" }, h("span", { class: "muted small" }, label), value) };
};
const figures = { running: figure("Slots in use", "running"), queued: figure("Queued", "queued"), invocations: figure("Invocations", "invocations"), errors: figure("Errors", "errors"), letters: figure("Dead letters", "letters") };
const live = h("span", { class: "chip" }, "connecting");
const endpoint = h("code", {}, "");
const functionRows = h("tbody");
const charts = {
  invocations: new Chart({ title: "Invocations", note: "per 5 seconds", format: (value) => String(Math.round(value * 10) / 10), whole: true }),
  errors: new Chart({ title: "Errors", note: "per 5 seconds", format: (value) => String(Math.round(value * 10) / 10), whole: true }),
  average: new Chart({ title: "Duration, average", format: span }),
  longest: new Chart({ title: "Duration, longest", format: span }),
  concurrency: new Chart({ title: "Concurrent runs", note: "most in 5 seconds", format: (value) => String(Math.round(value * 10) / 10), whole: true }),
};
const range = h("select", { class: "narrow", "aria-label": "Time shown in the charts", onchange: () => { state.bins = Number(range.value); refresh(); } },
  [[60, "5 minutes"], [180, "15 minutes"], [720, "1 hour"]].map(([bins, text]) => h("option", { value: bins }, text)));
const runs = runTable(), events = eventTable(), letters = letterTable(() => { loadLetters(); refresh(); });
const ofFunction = h("select", { class: "narrow", "aria-label": "Function of the runs shown", onchange: () => loadRuns() }, h("option", { value: "" }, "All functions"));
const failedOnly = h("input", { type: "checkbox", id: "failed", onchange: () => loadRuns() });
const video = h("select", { class: "narrow", "aria-label": "Video whose fan-out is shown", onchange: () => { state.video = video.value; drawGantt(); } });
const ganttPlace = h("div", {}, h("p", { class: "muted" }, "Nothing has run yet."));

const panel = (title, id, tools, ...content) => h("section", { class: "panel", "aria-labelledby": id }, h("header", { class: "spread" }, h("h2", { id }, title), tools), ...content);

function build() {
  const columns = ["Function", "Invocations", "Errors", "Average", "Longest", "Cold starts", "Running", "Queued", "Dead letters", "Processes"];
  main.replaceChildren(
    h("div", { class: "row spread" }, h("div", { class: "row" }, h("h1", {}, "Console"), live), h("span", { class: "muted small" }, "AWS_ENDPOINT_URL ", endpoint)),
    h("section", { class: "tiles", "aria-label": "Now" }, Object.values(figures).map((one) => one.element)),
    panel("Functions", "functions-title", h("span", { class: "muted small" }, "since the start of this endpoint"),
      h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Functions" }, h("table", { "aria-labelledby": "functions-title", id: "functions" }, h("thead", {}, h("tr", {}, columns.map((title, index) => h("th", { scope: "col", class: index ? "right" : null }, title)))), functionRows))),
    h("section", { class: "monitor", "aria-labelledby": "monitor-title" }, h("header", { class: "row spread" }, h("h2", { id: "monitor-title" }, "Monitor"), range), h("div", { class: "plots" }, Object.values(charts).map((chart) => chart.element))),
    panel("Fan-out of a video", "gantt-title", video, ganttPlace),
    panel("Recent invocations", "runs-title", h("span", { class: "row" }, h("label", { class: "check", for: "failed" }, failedOnly, "failed only"), ofFunction), runs.element),
    panel("Dead letters", "letters-title", letters.actions, letters.element),
    panel("Events", "events-title", h("span", { class: "muted small" }, "through the bus, with the rules they matched"), events.element));
}

// MARK: Numbers

async function load() {
  const found = await get(`/api/console?bins=${state.bins}`);
  const { status, functions, interval, now } = found;
  const totals = new Map(functions.map((one) => [one.name, one]));
  const sum = (list, member) => list.reduce((total, one) => total + (one[member] ?? 0), 0);
  figures.running.value.textContent = `${status.running} / ${status.concurrency}`;
  figures.queued.value.textContent = sum(status.functions, "queued").toLocaleString("en");
  figures.invocations.value.textContent = sum(functions, "invocations").toLocaleString("en");
  figures.errors.value.textContent = sum(functions, "errors").toLocaleString("en");
  figures.errors.value.classList.toggle("bad", sum(functions, "errors") > 0);
  const dead = sum(status.functions, "deadLetters");
  figures.letters.value.textContent = dead.toLocaleString("en");
  figures.letters.value.classList.toggle("bad", dead > 0);
  letters.actions.hidden = dead === 0;
  endpoint.textContent = status.endpoint ?? "starting";
  functionRows.replaceChildren(...status.functions.map((one) => {
    const of = totals.get(one.name) ?? { invocations: 0, errors: 0, coldStarts: 0, duration: 0, longest: 0 };
    const cell = (name, text, kind = "right number") => h("td", { class: kind, dataset: { name } }, text);
    return h("tr", { dataset: { function: one.name } },
      h("th", { scope: "row" }, h("span", { class: "swatch", style: { background: colour(one.name) } }), one.name),
      cell("invocations", of.invocations.toLocaleString("en")), cell("errors", of.errors.toLocaleString("en"), of.errors ? "right number bad" : undefined),
      cell("average", of.invocations ? span(of.duration / of.invocations) : "–"), cell("longest", of.invocations ? span(of.longest) : "–"),
      cell("coldStarts", of.coldStarts.toLocaleString("en")), cell("running", String(of.running ?? 0)), cell("queued", one.queued.toLocaleString("en")), cell("deadLetters", one.deadLetters.toLocaleString("en")),
      cell("processes", `${one.busy} busy, ${one.idle} idle${one.starting ? `, ${one.starting} starting` : ""}`));
  }));
  const draw = (chart, value) => chart.update(functions.map((one) => ({ name: one.name, colour: colour(one.name), values: one.series.map(value) })), interval, now);
  draw(charts.invocations, (bin) => bin.invocations);
  draw(charts.errors, (bin) => bin.errors);
  draw(charts.average, (bin) => bin.invocations ? bin.duration / bin.invocations : null);
  draw(charts.longest, (bin) => bin.invocations ? bin.longest : null);
  draw(charts.concurrency, (bin) => bin.concurrency);
  const known = new Set([...ofFunction.options].map((option) => option.value));
  for (const one of status.functions) if (!known.has(one.name)) ofFunction.append(h("option", { value: one.name }, one.name));
}

const failed = (error) => { live.textContent = error.message; live.className = "chip bad"; };
const refresh = throttled(() => load().catch(failed), 1000);
const drawRuns = throttled(() => {
  const list = [...state.runs.values()].sort((one, other) => other.number - one.number);
  for (const run of list.slice(RUNS * 2)) state.runs.delete(run.number);
  runs.update(list.filter(isWanted).slice(0, RUNS));
}, 400);
const drawEvents = throttled(() => events.update(state.events.slice(0, EVENTS)), 400);
const loadLetters = throttled(() => get("/api/dead-letters?limit=200").then((found) => letters.update(found.deadLetters.reverse())).catch(failed), 500);
const drawGantt = throttled(() => loadGantt().catch(failed), 1000);

const isWanted = (run) => (!ofFunction.value || run.function === ofFunction.value) && (!failedOnly.checked || !["success", "running"].includes(run.outcome));

async function loadRuns() {
  const query = new URLSearchParams({ limit: String(RUNS) });
  if (ofFunction.value) query.set("function", ofFunction.value);
  if (failedOnly.checked) query.set("failed", "true");
  state.runs = new Map((await get(`/api/invocations?${query}`)).invocations.map((run) => [run.number, run]));
  drawRuns();
}

async function loadEvents() {
  state.events = (await get(`/api/bus-events?limit=${EVENTS}`)).events;
  drawEvents();
}

async function loadGantt() {
  if (!state.video) return;
  const { invocations } = await get(`/api/invocations?limit=4096&group=${encodeURIComponent(state.video)}`);
  const scroll = ganttPlace.querySelector(".scroller")?.scrollTop ?? 0;
  ganttPlace.replaceChildren(gantt(invocations, colour, Date.now()));
  const box = ganttPlace.querySelector(".scroller");
  if (box) box.scrollTop = scroll;
}

/** Videos that can be chosen, the newest first. */
function addVideo(key) {
  if (!key || [...video.options].some((option) => option.value === key)) return;
  video.prepend(h("option", { value: key }, key));
  while (video.options.length > 100) video.lastElementChild.remove();
  if (state.video === null || state.followsNewest) { state.video = key; video.value = key; state.followsNewest = true; }
}
video.addEventListener("change", () => { state.followsNewest = false; });

// MARK: As it happens

function happened(items) {
  for (const item of items) {
    if (item.type === "invocations") {
      const old = state.runs.get(item.number);
      if (!old || old.outcome === "running") state.runs.set(item.number, item);
      addVideo(item.group);
      if (item.group && item.group === state.video) drawGantt();
    } else if (item.type === "events") {
      const id = (event) => `${event.id} ${event.bus ?? ""}`;
      if (state.events.some((event) => id(event) === id(item))) continue;
      state.events.unshift(item);
      state.events.length = Math.min(state.events.length, EVENTS);
      drawEvents();
    } else if (item.type === "letters") loadLetters();
  }
  drawRuns();
  refresh();
  // Once more when all is quiet: what has ended leaves the queue a moment later.
  clearTimeout(state.quiet);
  state.quiet = setTimeout(refresh, 1500);
}

async function loadAll() {
  await Promise.all([load(), loadRuns(), loadEvents()]);
  for (const run of [...state.runs.values()].sort((one, other) => one.number - other.number)) addVideo(run.group);
  loadLetters();
  drawGantt();
}

async function begin() {
  try {
    await connect();
    build();
    await loadAll();
  } catch (error) {
    main.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message));
    return;
  }
  listen(["invocations", "events", "letters"], {
    onItems: happened, onReset: () => loadAll().catch(failed),
    onState: (isLive) => { live.textContent = isLive ? "live" : "reconnecting"; live.className = `chip ${isLive ? "good" : "bad"}`; },
  });
  // The charts move on where nothing happens, too.
  setInterval(() => { if (!document.hidden) refresh(); }, 10_000);
}

begin();
