// Failing invocations, those of one cause together.
import { h, timeOfDay } from "./dom.js";
import { consoleURL } from "./place.js";
import { panel, Table, whileSeen } from "./sections.js";
import { request } from "./site.js";

export function failuresSection() {
  const table = new Table({
    label: "Failures", empty: "No invocation has failed among the last 4,096.", lines: 6,
    columns: [
      ["Error", "wide", (one) => h("span", {}, h("strong", {}, one.errorType), one.errorMessage ? `: ${one.errorMessage}` : "")],
      ["Function", "", (one) => one.function, 14],
      ["Times", "number right", (one) => one.count.toLocaleString("en"), 5],
      ["First", "number", (one) => timeOfDay(one.first), 5.5], ["Last", "number", (one) => timeOfDay(one.last), 5.5],
      ["Of", "wide", (one) => h("span", {}, one.groups.length ? one.groups.flatMap((group, index) => [index ? ", " : "", h("a", { href: consoleURL({ group }, "fan-out") }, group)]) : "–"), 18],
      ["", "", (one) => h("a", { href: consoleURL({ run: one.requestID }, "runs"), "aria-label": `Newest invocation that failed with ${one.errorType}` }, "Newest"), 5.5, "Its newest invocation"],
    ],
  });
  const element = panel("Failures by cause", "failures", null, table.element);
  const load = async () => {
    try { table.update((await (await request("/api/failures")).json()).failures); } catch (error) { table.failed(error); }
  };
  return { element, refresh: whileSeen(element, load, 10) };
}
