// Searching what functions wrote: by text, level, function and time; the search is part of the page's address.
import { h } from "./dom.js";
import { consoleURL, keep, place } from "./place.js";
import { columnsTable, panel, scroller } from "./sections.js";
import { request } from "./site.js";

const LEVELS = [["", "all lines"], ["info", "info and above"], ["warning", "warnings and errors"], ["error", "errors"]];
/** Milliseconds before and after a line that its link shows as well; the newest line stands first. */
const [BEFORE, AFTER] = [60_000, 500];
const KINDS = { critical: "bad", error: "bad", warning: "busy" };
const stamp = (time) => new Date(time).toISOString().replace("T", " ").slice(0, 23);
/** A field's local time as milliseconds. */
const moment = (field) => field.value ? String(new Date(field.value).getTime()) : "";
const local = (milliseconds) => {
  if (!milliseconds) return "";
  const date = new Date(Number(milliseconds));
  return Number.isNaN(date.getTime()) ? "" : new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
};

export function logSection() {
  const text = h("input", { type: "search", id: "log-text", value: place.get("q") ?? "", placeholder: "text or request id" });
  const level = h("select", { id: "log-level" }, LEVELS.map(([value, word]) => h("option", { value, selected: (place.get("level") ?? "") === value }, word)));
  const [from, to] = ["from", "to"].map((name) => h("input", { type: "datetime-local", step: "1", id: `log-${name}`, value: local(place.get(name)) }));
  const { table, body: lines } = columnsTable("Log", [["Time (UTC)", "", null, 14.5], ["Level", "", null, 6], ["Function", "", null, 14], ["Line", "", null, null], ["", "", null, 4, "Invocation"]], { class: "log" });
  const said = h("p", { class: "muted empty", role: "status" }, "");
  const more = h("button", { type: "button", class: "absent", onclick: () => load(state.next) }, "Earlier lines");
  const state = { next: null, number: 0 };

  async function load(before) {
    const number = state.number += 1;
    const query = new URLSearchParams({ limit: "200" });
    for (const name of ["q", "level", "from", "to"]) if (place.get(name)) query.set(name, place.get(name));
    if (before) query.set("before", before);
    try {
      // A plus sign stands for itself there.
      const found = await (await request(`/api/logs/search?${String(query).replaceAll("+", "%20")}`)).json();
      if (number !== state.number) return;
      if (!before) lines.replaceChildren();
      lines.append(...found.lines.map(row));
      state.next = found.next;
      more.classList.toggle("absent", !found.next);
      if (!before) lines.querySelector(".named")?.scrollIntoView({ block: "nearest" });
      said.textContent = lines.childElementCount ? "" : "No line passes these filters. The last 20,000 lines are searched; older ones are in logs/functions.log of the data folder.";
      table.hidden = !lines.childElementCount;
    } catch (error) { said.textContent = `${error.message} Try again.`; }
  }

  /** What was written about a moment: an address that finds it again. */
  const link = (time) => consoleURL({ from: String(time - BEFORE), to: String(time + AFTER), at: String(time) }, "log");
  const row = (line) => h("tr", { class: `level-${line.level}${String(line.time) === place.get("at") ? " named" : ""}` },
    h("td", { class: "number" }, h("a", { href: link(line.time), title: "Link to this line" }, stamp(line.time))), h("td", {}, line.level === "info" ? "info" : h("span", { class: `chip ${KINDS[line.level] ?? ""}` }, line.level)), h("td", {}, line.function),
    h("td", { class: "line" }, line.text.length > 2000 ? `${line.text.slice(0, 2000)} …` : line.text),
    h("td", {}, line.requestID ? h("a", { href: consoleURL({ run: line.requestID }, "runs"), "aria-label": `Invocation of the line at ${stamp(line.time)}` }, "Run") : ""));

  const search = (event) => {
    event?.preventDefault();
    keep({ q: text.value.trim(), level: level.value, from: moment(from), to: moment(to), at: "" });
    return load();
  };
  const element = panel("Log", "log", null,
    h("form", { class: "filters", role: "search", "aria-label": "Log", onsubmit: search },
      h("label", { for: "log-text" }, "Search", text), h("label", { for: "log-level" }, "Level", level), h("label", { for: "log-from" }, "From", from), h("label", { for: "log-to" }, "To", to),
      h("button", { class: "main" }, "Search")),
    scroller("Log", 16, said, table), h("div", { class: "row" }, more));
  level.addEventListener("change", search);
  table.hidden = true;
  let isLoaded = false;
  new IntersectionObserver(([entry]) => { if (entry.isIntersecting && !isLoaded) { isLoaded = true; load(); } }, { rootMargin: "200px" }).observe(element);
  return { element };
}
