// The console: what functions do and did, as it happens.
import { Chart } from "./charts.js";
import { h, span, throttled } from "./dom.js";
import { failuresSection } from "./failures.js";
import { invocationSections } from "./invocations.js";
import { jobsSection } from "./joblist.js";
import { listen, say } from "./live.js";
import { logSection } from "./logview.js";
import { nodesSection, schedulesSection } from "./machines.js";
import { keep, place } from "./place.js";
import { queueCharts, routesSection } from "./routes.js";
import { columnsTable, panel } from "./sections.js";
import { connect, request, showFailure, site } from "./site.js";
import { eventTable, letterTable } from "./tables.js";

const EVENTS = 100;
/** As many as the style sheet names. */
const COLOURS = 10;
const main = document.getElementById("main");
const state = { events: [], bins: Number(place.get("bins")) || 60 };
const get = async (path) => (await request(path)).json();

/** Gives each name a colour for as long as the page is open. */
function palette() {
  const known = new Map();
  const colour = (name) => {
    if (!known.has(name)) known.set(name, known.size % COLOURS);
    return `var(--f${known.get(name)})`;
  };
  colour.has = (name) => known.has(name);
  return colour;
}
const colour = palette();

// MARK: What is shown

const figure = (label, name) => {
  const value = h("span", { class: "value number", "data-testid": name }, "–");
  return { value, element: h("div", { class: "panel figure" }, h("span", { class: "muted small" }, label), value) };
};
const figures = { running: figure("Slots in use", "running"), queued: figure("Queued", "queued"), invocations: figure("Invocations", "invocations"), errors: figure("Errors", "errors"), letters: figure("Dead letters", "letters") };
const live = h("span", { class: "chip" }, "connecting");
const functions = columnsTable("Functions", [["Function"], ...[
  ["Invocations", 8.5], ["Errors", 5], ["Average", 6], ["Longest", 6], ["Cold starts", 6], ["Running", 6], ["Queued", 6], ["Dead letters", 6], ["GB-seconds", 7.5], ["Processes", 11],
].map(([title, width]) => [title, "right", null, width])], { id: "functions" });
const charts = {
  invocations: new Chart({ title: "Invocations", note: "per 5 seconds", format: (value) => String(Math.round(value * 10) / 10), whole: true }),
  errors: new Chart({ title: "Errors", note: "per 5 seconds", format: (value) => String(Math.round(value * 10) / 10), whole: true }),
  average: new Chart({ title: "Duration, average", format: span }),
  longest: new Chart({ title: "Duration, longest", format: span }),
  concurrency: new Chart({ title: "Concurrent runs", note: "most in 5 seconds", format: (value) => String(Math.round(value * 10) / 10), whole: true }),
};
const range = h("select", { class: "narrow", "aria-label": "Time shown in the charts", onchange: () => { state.bins = Number(range.value); keep({ bins: range.value }); refresh(); routes.refresh(); queues.refresh(); } },
  [[60, "5 minutes"], [180, "15 minutes"], [720, "1 hour"]].map(([bins, text]) => h("option", { value: bins, selected: bins === state.bins }, text)));
const began = h("span", { class: "muted small" });
const events = eventTable(), letters = letterTable(() => { loadLetters(); refresh(); });
const bins = () => state.bins;
/** Beside the page, so that nothing of it moves. */
const failed = (error) => { state.isFailing = true; live.textContent = "failed"; live.className = "chip bad"; say(error.message); };
const tellLive = (isLive) => { live.textContent = isLive ? "live" : "reconnecting"; live.className = `chip ${isLive ? "good" : "bad"}`; };
const invocations = invocationSections({ colour, failed });
const routes = routesSection({ colour: palette(), bins }), queues = queueCharts({ colour, bins });
const log = logSection();
const others = [jobsSection(), failuresSection(), schedulesSection(), nodesSection()];
const [jobs, failures, schedules, nodes] = others;

/** Links to the sections: the page is long. */
const ways = () => h("nav", { class: "ways", "aria-label": "Sections" }, [["monitor", "Monitor"], ["http", "HTTP"], ["jobs", "Jobs"], ["fan-out", "Fan-out"], ["runs", "Invocations"], ["failures", "Failures"], ["letters", "Dead letters"], ["log", "Log"], ["events", "Events"], ["schedules", "Schedules"], ["nodes", "Nodes"]]
  .map(([id, text]) => h("a", { href: `#${id}` }, text)));

const heading = () => h("div", { class: "row spread" }, h("div", { class: "row" }, h("h1", {}, "Console"), live), h("span", { class: "muted small" }, "AWS_ENDPOINT_URL ", h("code", {}, site.endpoint ?? "starting")));

/** The whole page in its size: what comes later fills what is there. */
function build() {
  main.replaceChildren(
    heading(),
    h("section", { class: "tiles", "aria-label": "Now" }, Object.values(figures).map((one) => one.element)),
    ways(),
    panel("Functions", "of-functions", began,
      h("div", { class: "scroller whole", tabindex: "0", role: "region", "aria-label": "Functions, rows" }, functions.table)),
    h("section", { class: "monitor", id: "monitor", "aria-labelledby": "monitor-title" }, h("header", { class: "row spread" }, h("h2", { id: "monitor-title" }, "Monitor"), range), h("div", { class: "plots" }, Object.values(charts).map((chart) => chart.element), queues.elements)),
    routes.element, jobs.element, invocations.fanout, invocations.runs, failures.element,
    panel("Dead letters", "letters", letters.actions, letters.element),
    log.element,
    panel("Events", "events", h("span", { class: "muted small" }, "through the bus, with the rules they matched"), events.element),
    schedules.element, nodes.element);
}

// MARK: Numbers

/** - time: milliseconds since 1970. */
const sinceText = (time) => `since ${new Date(time).toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" })}`;

const ask = () => get(`/api/console?bins=${state.bins}`);

function show({ status, functions: counted, interval, now, since }) {
  began.textContent = sinceText(since);
  routes.note.textContent = `${sinceText(since)}; percentiles as Prometheus estimates them`;
  // Those that the charts show get the colours: there are more functions than colours.
  for (const one of counted) if (one.series.some((bin) => bin.invocations || bin.concurrency)) colour(one.name);
  const shade = (name) => (colour.has(name) ? colour(name) : "var(--line)");
  const totals = new Map(counted.map((one) => [one.name, one]));
  const sum = (list, member) => list.reduce((total, one) => total + (one[member] ?? 0), 0);
  figures.running.value.textContent = `${status.running} / ${status.concurrency}`;
  figures.queued.value.textContent = sum(status.functions, "queued").toLocaleString("en");
  figures.invocations.value.textContent = sum(counted, "invocations").toLocaleString("en");
  figures.errors.value.textContent = sum(counted, "errors").toLocaleString("en");
  figures.errors.value.classList.toggle("bad", sum(counted, "errors") > 0);
  const dead = sum(status.functions, "deadLetters");
  figures.letters.value.textContent = dead.toLocaleString("en");
  figures.letters.value.classList.toggle("bad", dead > 0);
  letters.actions.classList.toggle("absent", dead === 0);
  functions.body.replaceChildren(...status.functions.map((one) => {
    const of = totals.get(one.name) ?? { invocations: 0, errors: 0, coldStarts: 0, duration: 0, longest: 0 };
    const cell = (name, text, kind = "right number") => h("td", { class: kind, dataset: { name } }, text);
    return h("tr", { dataset: { function: one.name } },
      h("th", { scope: "row", title: one.name }, h("span", { class: "swatch", style: { background: shade(one.name) } }), one.name),
      cell("invocations", of.invocations.toLocaleString("en")), cell("errors", of.errors.toLocaleString("en"), of.errors ? "right number bad" : undefined),
      cell("average", of.invocations ? span(of.duration / of.invocations) : "–"), cell("longest", of.invocations ? span(of.longest) : "–"),
      cell("coldStarts", of.coldStarts.toLocaleString("en")), cell("running", String(of.running ?? 0)), cell("queued", one.queued.toLocaleString("en")), cell("deadLetters", one.deadLetters.toLocaleString("en")),
      cell("gigabyteSeconds", of.gigabyteSeconds ? of.gigabyteSeconds.toFixed(of.gigabyteSeconds < 10 ? 2 : 0) : "–"),
      cell("processes", `${one.busy} busy, ${one.idle} idle${one.starting ? `, ${one.starting} starting` : ""}`));
  }));
  const draw = (chart, value) => chart.update(counted.map((one) => ({ name: one.name, colour: shade(one.name), values: one.series.map(value) })), interval, now);
  draw(charts.invocations, (bin) => bin.invocations);
  draw(charts.errors, (bin) => bin.errors);
  draw(charts.average, (bin) => bin.invocations ? bin.duration / bin.invocations : null);
  draw(charts.longest, (bin) => bin.invocations ? bin.longest : null);
  draw(charts.concurrency, (bin) => bin.concurrency);
  invocations.know(status.functions.map((one) => one.name));
}

async function load() {
  show(await ask());
  if (!state.isFailing) return;
  state.isFailing = false;
  say(null);
  tellLive(true);
}
const refresh = throttled(() => load().catch(failed), 1000);
const drawEvents = throttled(() => events.update(state.events.slice(0, EVENTS)), 400);
const loadLetters = throttled(() => get("/api/dead-letters?limit=200").then((found) => letters.update(found.deadLetters.reverse())).catch(failed), 500);
async function loadEvents() {
  state.events = (await get(`/api/bus-events?limit=${EVENTS}`)).events;
  drawEvents();
}

// MARK: As it happens

function happened(items) {
  for (const item of items) {
    if (item.type === "invocations") {
      invocations.happened(item);
    } else if (item.type === "events") {
      const id = (event) => `${event.id} ${event.bus ?? ""}`;
      if (state.events.some((event) => id(event) === id(item))) continue;
      state.events.unshift(item);
      state.events.length = Math.min(state.events.length, EVENTS);
      drawEvents();
    } else if (item.type === "letters") loadLetters();
  }
  refresh();
  // Once more when all is quiet: what has ended leaves the queue a moment later.
  clearTimeout(state.quiet);
  state.quiet = setTimeout(refresh, 1500);
}

async function loadAll() {
  await Promise.all([invocations.load(), loadEvents()]);
  loadLetters();
}

async function begin() {
  try {
    main.replaceChildren(h("h1", {}, "Console"), h("p", { class: "muted" }, "Looking …"));
    await connect();
    // How many functions there are decides how high their table is.
    const first = await ask();
    build();
    show(first);
    await loadAll();
    // The address may name a section, which is there only now.
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } catch (error) {
    return showFailure(main, "Console", error, begin);
  }
  listen(["invocations", "events", "letters"], {
    onItems: happened, onReset: () => Promise.all([load(), loadAll()]).catch(failed),
    onState: tellLive,
  });
  // The charts move on where nothing happens, too.
  setInterval(() => { if (!document.hidden) refresh(); }, 10_000);
}

begin();
