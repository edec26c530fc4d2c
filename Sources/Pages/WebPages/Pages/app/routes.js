// The functions' routes: how much, how fast, how often wrong.
import { Chart } from "./charts.js";
import { bytes, h, span } from "./dom.js";
import { panel, Table, whileSeen } from "./sections.js";
import { request } from "./site.js";

/** - colour: of a name. - bins: how many intervals the charts show. */
export function routesSection({ colour, bins }) {
  const percent = (share) => share ? `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %` : "0 %";
  const table = new Table({
    label: "HTTP routes", empty: "No request has come yet. Routes are those of the template; this port answers them too.", lines: 9,
    columns: [
      ["Route", "mono", (one) => h("span", {}, h("span", { class: "swatch", style: { background: colour(one.route) } }), one.route)],
      ["Requests", "number right", (one) => one.requests.toLocaleString("en"), 7],
      ["Per minute", "number right", (one) => one.rate.toFixed(one.rate < 10 ? 1 : 0), 6.5],
      ["4xx", "number right", (one) => one.clientErrors.toLocaleString("en"), 4.5],
      ["5xx", "number right", (one) => h("span", { class: one.serverErrors ? "bad" : null }, one.serverErrors.toLocaleString("en")), 4.5],
      ["Errors", "number right", (one) => percent((one.serverErrors + one.aborted) / Math.max(1, one.requests)), 5],
      ["First byte p50", "number right", (one) => span(one.firstByteMedian), 8.5],
      ["p50", "number right", (one) => span(one.median), 6], ["p95", "number right", (one) => span(one.p95), 6], ["p99", "number right", (one) => span(one.p99), 6],
      ["Sent", "number right", (one) => bytes(one.sentBytes), 6],
    ],
  });
  const whole = (value) => String(Math.round(value * 10) / 10);
  const charts = { rate: new Chart({ title: "Requests", note: "per 5 seconds", format: whole, whole: true }), slow: new Chart({ title: "Longest answer", format: span }) };
  const note = h("span", { class: "muted small" });
  const element = panel("HTTP routes", "http", note,
    table.element, h("div", { class: "plots" }, Object.values(charts).map((chart) => chart.element)));
  const load = async () => {
    try {
      const { routes, interval, now } = await (await request(`/api/routes?bins=${bins()}`)).json();
      const recent = Math.round(60 / interval);
      for (const one of routes) one.rate = one.series.slice(-recent).reduce((sum, bin) => sum + bin.invocations, 0);
      table.update(routes.sort((one, other) => other.rate - one.rate || other.requests - one.requests));
      const busiest = routes.slice(0, 6);
      charts.rate.update(busiest.map((one) => ({ name: one.route, colour: colour(one.route), values: one.series.map((bin) => bin.invocations) })), interval, now);
      charts.slow.update(busiest.map((one) => ({ name: one.route, colour: colour(one.route), values: one.series.map((bin) => bin.invocations ? bin.longest : null) })), interval, now);
    } catch (error) { table.failed(error); }
  };
  return { element, note, refresh: whileSeen(element, load, 5) };
}

/** Depth and age of the queues as charts. */
export function queueCharts({ colour, bins }) {
  const depth = new Chart({ title: "Queue", note: "waiting or running", format: (value) => String(Math.round(value)), whole: true });
  const age = new Chart({ title: "Oldest in the queue", format: span });
  const load = async () => {
    try {
      const { queues, interval, now } = await (await request(`/api/queues?bins=${bins()}`)).json();
      const lines = queues.length ? queues : [{ name: "all functions", samples: Array(bins()).fill({ depth: 0, age: 0 }) }];
      const draw = (chart, value) => chart.update(lines.map((one) => ({ name: one.name, colour: colour(one.name), values: one.samples.map(value) })), interval, now);
      draw(depth, (sample) => sample.depth);
      draw(age, (sample) => sample.age);
    } catch { /* The other numbers say that the server is away. */ }
  };
  return { elements: [depth.element, age.element], refresh: whileSeen(depth.element, load, 5) };
}
