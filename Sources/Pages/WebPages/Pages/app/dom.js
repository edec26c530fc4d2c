// Elements, words and numbers: what every view is made of. Text goes into the page as text only, never as markup.

/** Makes an element: `h("a", { href, class: "x", onclick }, "text", child)`. Members that are null or false are left out. */
export function h(name, members = {}, ...children) {
  const element = document.createElement(name);
  apply(element, members);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** The same for SVG. */
export function s(name, members = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  apply(element, members);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function apply(element, members) {
  for (const [name, value] of Object.entries(members)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "style") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else if (name in element && typeof value !== "string" && element.namespaceURI !== SVG) element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Ends the loading of images within an element that is not looked at any more. */
export function release(element) {
  for (const image of element.querySelectorAll("img")) {
    image.removeAttribute("srcset");
    image.removeAttribute("src");
  }
}

const ICONS = {
  play: "M7 4.5v15l12-7.5z", pause: "M8 5v14M16 5v14", upload: "M12 16V4M7 9l5-5 5 5M4 20h16",
  sound: "M4 9v6h4l5 4V5L8 9zM17 8.5a5 5 0 0 1 0 7M19.5 6a8.5 8.5 0 0 1 0 12",
  silent: "M4 9v6h4l5 4V5L8 9zM17 9.5l5 5M22 9.5l-5 5", full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1", check: "M5 12.5l5 5 9-11", cross: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7", code: "M8 7l-5 5 5 5M16 7l5 5-5 5", film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.5h4M4 14.5h4M16 9.5h4M16 14.5h4",
  next: "M9 5l7 7-7 7", folder: "M3 6h6l2 2.5h10V19H3z", file: "M6 3h8l4 4v14H6zM14 3v4h4",
  image: "M4 5h16v14H4zM4 16l4.5-5 4 4 3-3 4.5 4.5M15.5 9.5v0",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6",
  pip: "M3 5h18v14H3zM13 12h6v5h-6z", down: "M12 4v12M7 11l5 5 5-5M4 20h16", cut: "M6 4v16M18 4v16M6 12h12M9 9l-3 3 3 3M15 9l3 3-3 3",
  more: "M12 5v14M5 12h14", less: "M5 12h14", stepBack: "M15 5l-8 7 8 7zM4 5v14", stepOn: "M9 5l8 7-8 7zM20 5v14",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1.5 1.5M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1.5-1.5",
};

export function icon(name) {
  return s("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: ICONS[name] }));
}

/** Whether the visitor asked for pages that do not move. */
export const prefersStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const status = h("div", { id: "status", class: "visually-hidden", role: "status", "aria-live": "polite" });
document.body.append(status);

/** Tells screen readers. */
export function announce(text) { status.textContent = text; }

/** `1:05`, `1:02:05`. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** `1 minute 5 seconds`: what a screen reader says. */
export function spoken(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [[Math.floor(whole / 3600), "hour"], [Math.floor(whole / 60) % 60, "minute"], [whole % 60, "second"]];
  const said = parts.filter(([count]) => count).map(([count, unit]) => plural(count, unit));
  return said.join(" ") || "0 seconds";
}

export const plural = (count, unit) => `${count.toLocaleString("en")} ${unit}${count === 1 ? "" : "s"}`;

/** With a capital and a full stop. */
export const sentence = (text) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;

export function bytes(count) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = count, unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${unit && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Milliseconds as `340 ms` or `2.41 s`. */
export function span(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "–";
  if (milliseconds < 1000) return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
  return milliseconds < 100_000 ? `${(milliseconds / 1000).toFixed(2)} s` : clock(milliseconds / 1000);
}

export const timeOfDay = (milliseconds) =>
  new Date(milliseconds).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Calls `work` at most once per `milliseconds`, the last call never lost. */
export function throttled(work, milliseconds) {
  let timer = null, last = -Infinity;
  return () => {
    if (timer !== null) return;
    timer = setTimeout(() => { timer = null; last = performance.now(); work(); }, Math.max(0, last + milliseconds - performance.now()));
  };
}

/** A button that copies text and says so. */
export function copyButton(label, text) {
  const button = h("button", { type: "button", onclick: async () => {
    const value = typeof text === "function" ? text() : text;
    try {
      await navigator.clipboard.writeText(value);
    } catch {
      // Without a secure context there is no clipboard but the old one.
      const area = h("textarea", { class: "visually-hidden", "aria-hidden": "true" }, value);
      button.after(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    announce("Copied");
    button.replaceChildren(icon("check"), "Copied");
    setTimeout(() => button.replaceChildren(icon("copy"), label), 1500);
  } }, icon("copy"), label);
  return button;
}
