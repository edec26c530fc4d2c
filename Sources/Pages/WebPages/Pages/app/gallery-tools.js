// What stands above the grid. All of it is there, in its size, before anything is known of the library.
import { h, icon, plural } from "./dom.js";
import { plain } from "./drops.js";
import { trail } from "./filing.js";

const KINDS = [["", "All kinds"], ["image", "Images"], ["video", "Videos"], ["audio", "Audio"], ["other", "Others"]];
const SORTS = [["-createdAt", "Newest first"], ["createdAt", "Oldest first"], ["name", "Name, A to Z"], ["-name", "Name, Z to A"], ["-size", "Largest first"], ["size", "Smallest first"]];
const VIEWS = [["cards", "Cards"], ["timeline", "Timeline"]];

export class GalleryTools {
  /**
   * - onQuery: called with what has changed of the query, and whether it is a step that Back takes back.
   * - address: `(changes) => URL` of the page with these changes.
   */
  constructor({ onQuery, onFiles, onAgain, address, onLibrary }) {
    Object.assign(this, { onQuery, address });
    let timer = null;
    const select = (name, label, options) => h("select", { "aria-label": label, onchange: (event) => onQuery({ [name]: event.target.value }, true) }, options.map(([value, text]) => h("option", { value }, text)));
    this.search = h("input", { type: "search", "aria-label": "Search by name", placeholder: "Search", oninput: () => { clearTimeout(timer); timer = setTimeout(() => onQuery({ q: this.search.value.trim() }, false), 250); } });
    this.kind = select("type", "Kind of files", KINDS);
    this.sort = select("sort", "Order", SORTS);
    this.failed = h("input", { type: "checkbox", onchange: () => onQuery({ failed: this.failed.checked ? "true" : "" }, true) });
    this.views = VIEWS.map(([value, text]) => h("button", { type: "button", onclick: () => onQuery({ view: value === "cards" ? "" : value }, true), dataset: { value } }, text));
    const field = (id, members) => h("input", { type: "file", class: "visually-hidden", id, multiple: true, ...members, onchange: (event) => { onFiles([...event.target.files].map(plain)); event.target.value = ""; } });
    this.count = h("span", { class: "muted number", role: "status" });
    this.library = h("select", { class: "libraries alone", "aria-label": "Library", onchange: () => onLibrary(this.library.value) });
    this.trail = h("ol", { class: "trail" });
    this.folders = h("ul", { class: "folders" });
    this.element = h("div", { class: "tools" },
      h("div", { class: "row spread title" }, h("span", { class: "row" }, h("h1", {}, "Library"), this.count),
        h("span", { class: "row tight" },
          field("file", {}), h("label", { for: "file", class: "button main choose" }, icon("upload"), "Upload"),
          field("folder", { webkitdirectory: true }), h("label", { for: "folder", class: "button choose" }, "Upload a folder"),
          h("button", { type: "button", onclick: onAgain }, "Make again …"))),
      h("div", { class: "query", role: "search", "aria-label": "Files" }, this.search, this.kind, this.sort,
        h("label", { class: "check" }, this.failed, "Failed"), h("div", { class: "views", role: "group", "aria-label": "View" }, this.views)),
      h("nav", { class: "path", "aria-label": "Folders" }, this.trail, this.folders, this.library));
  }

  /** Shows what is asked for. */
  show({ q, type, sort, failed, view, folder }) {
    if (document.activeElement !== this.search) this.search.value = q ?? "";
    this.kind.value = type ?? "";
    this.sort.value = sort || "-createdAt";
    this.failed.checked = failed === "true";
    for (const button of this.views) button.setAttribute("aria-pressed", String(button.dataset.value === (view || "cards")));
    const step = (name, path, isLast) => h("li", {}, h("a", { href: this.address({ folder: path, q: "" }), "aria-current": isLast && "true", onclick: this.#go(path) }, name));
    const steps = trail(folder ?? "");
    this.trail.replaceChildren(step("All files", "", steps.length === 0), ...steps.map(({ name, path }, index) => step(name, path, index === steps.length - 1)));
  }

  #go(folder) {
    return (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      this.onQuery({ folder, q: "" }, true);
    };
  }

  /** Shows what was found. */
  found({ total, folders }, { folder = "", q }) {
    this.count.textContent = total === null ? "" : plural(total, "file");
    this.folders.replaceChildren(...(q ? [] : folders).map(({ name, count }) => {
      const path = `${folder}${name}/`;
      return h("li", {}, h("a", { href: this.address({ folder: path }), onclick: this.#go(path), "aria-label": `Folder ${name}, ${plural(count, "file")}` }, icon("folder"), name, h("span", { class: "muted small number" }, count.toLocaleString("en"))));
    }));
  }

  showLibraries(libraries, current, home) {
    // One that has no file yet is in no list.
    const all = libraries.some(({ id }) => id === current) ? libraries : [...libraries, { id: current, role: "empty" }];
    this.library.replaceChildren(...all.map(({ id, role }) => h("option", { value: id }, id === home ? "My library" : `${id.slice(0, 8)} (${role})`)));
    this.library.value = current;
    this.library.classList.toggle("alone", all.length < 2);
    this.library.disabled = all.length < 2;
  }
}
