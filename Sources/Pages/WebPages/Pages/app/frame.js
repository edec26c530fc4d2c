// What stands around every page: the way past the navigation, the name, and the ways between the pages. Files on a web server
// of their own have the first page only: the others need what `zoetrope up` serves.
import { h, icon } from "./dom.js";

const PAGES = [
  { address: "./", name: "Previews" },
  { address: "library", name: "Library" },
  { address: "audio", name: "Audio" },
  { address: "convert", name: "Convert" },
  { address: "console", name: "Console" },
  { address: "avatar", name: "Your picture", icon: "person" },
];
/** Pages that are reached from within another one. */
const WITHIN = { video: "library" };

const isServed = document.querySelector('meta[name="zoetrope-server"]').content === "yes";
const last = location.pathname.slice(location.pathname.lastIndexOf("/") + 1);
const current = WITHIN[last] ?? PAGES.find((page) => page.address === last)?.address ?? "./";

const nav = h("nav", { "aria-label": "Pages" }, (isServed ? PAGES : PAGES.slice(0, 1)).map((page) =>
  h("a", { href: page.address, "aria-current": page.address === current && (current === last || current === "./" ? "page" : "true"), title: page.icon && page.name },
    page.icon ? [icon(page.icon), h("span", { class: "visually-hidden" }, page.name)] : page.name)));
document.body.prepend(
  h("a", { class: "skip", href: "#main" }, "Skip to content"),
  h("header", { class: "top" },
    h("a", { class: "brand", href: "./" }, h("img", { src: document.querySelector("link[rel=icon]").href, alt: "", width: 28, height: 28 }), h("span", {}, "Zoetrope")), nav));
// On a narrow window not all of them are seen at once.
const link = nav.querySelector("[aria-current]");
nav.scrollLeft = link.offsetLeft + link.offsetWidth / 2 - nav.clientWidth / 2;
