// Where this page was loaded from and how it reaches videos and previews: from `zoetrope up`, or as plain files beside a
// bucket whose address stands in the page's own address (`?bucket=…&source=…`).
import { h, sentence } from "./dom.js";

const parameters = new URLSearchParams(location.search);
const address = (name) => {
  const text = parameters.get(name);
  if (!text) return null;
  try {
    const url = new URL(text, location.href);
    return ["http:", "https:"].includes(url.protocol) ? url.href.replace(/\/?$/, "/") : null;
  } catch { return null; }
};

const server = document.querySelector('meta[name="zoetrope-server"]').content;
/** By `zoetrope up`, to its own user. */
export const isServed = server === "yes";
/** By `zoetrope up`, in a frame of a page of any site. */
const isFramed = server === "embed";

export const site = {
  isServed,
  /** Where previews and videos are read, each with a slash at its end; null where unknown. */
  previews: null,
  videos: null,
  sourceBucket: null,
  outputBucket: null,
  snippetSize: Number(parameters.get("snippet")) || 30,
  endpoint: null,
  /** Pages of other sites may frame the player. */
  isEmbeddable: !isServed,
  /** Where the live stream was before anything was looked at. */
  position: null,
};

/** The library that this machine's user has from the beginning. */
export const HOME = "00000000-0000-4000-8000-000000000000";

/** Parameters that every address of this page must keep. */
export const kept = isServed ? [] : ["bucket", "source", "snippet"].flatMap((name) => parameters.has(name) ? [[name, parameters.get(name)]] : []);

/** Finds out; asks for the token where one is needed. */
export async function connect() {
  if (isFramed) {
    const found = await (await request("embed/site")).json();
    site.previews = new URL(`public/${found.outputBucket}/`, location.href).href;
    site.videos = new URL(`public/${found.sourceBucket}/`, location.href).href;
    return site;
  }
  if (!isServed) {
    site.previews = address("bucket");
    site.videos = address("source") ?? site.previews;
    return site;
  }
  const found = await (await request("/api/site")).json();
  Object.assign(site, { sourceBucket: found.sourceBucket, outputBucket: found.outputBucket, endpoint: found.endpoint, position: found.position, isEmbeddable: found.embeddable });
  if (found.snippetSize) site.snippetSize = found.snippetSize;
  if (found.outputBucket) site.previews = new URL(`/s3/${found.outputBucket}/`, location.href).href;
  if (found.sourceBucket) site.videos = new URL(`/s3/${found.sourceBucket}/`, location.href).href;
  return site;
}

/** The address of an object. A `version` lets the browser cache the object without a limit. */
export function objectURL(base, key, version) {
  const parts = key.split("/");
  // A browser takes `..` out of every address, however it is written: this server is told the key apart from the path.
  if ((isServed || isFramed) && parts.some((part) => part === "." || part === "..")) {
    return `${base}?object=${encodeURIComponent(key)}${version ? `&v=${encodeURIComponent(version)}` : ""}`;
  }
  const path = parts.map(encodeURIComponent).join("/");
  return `${base}${path}${version ? `?v=${encodeURIComponent(version)}` : ""}`;
}

export class RequestFailed extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** `fetch` whose failures are sentences; asks for the token and goes on where the server wants one. */
export async function request(url, options = {}) {
  for (;;) {
    let answer;
    try {
      answer = await fetch(url, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new RequestFailed(0, "The server cannot be reached.");
    }
    if (answer.ok) return answer;
    if (answer.status === 401 && isServed) {
      await askForToken();
      continue;
    }
    throw new RequestFailed(answer.status, await reason(answer));
  }
}

/** In place of a page that could not begin: why, and what can be done. */
export function showFailure(place, title, error, again) {
  place.replaceChildren(h("h1", {}, title), h("p", { class: "notice bad row spread", role: "alert" },
    h("span", {}, `${sentence(error.message)} ${error.status === 0 ? "Check that it runs, then try again." : ""}`), h("button", { type: "button", onclick: again }, "Try again")));
}

async function reason(answer) {
  const text = (await answer.text()).slice(0, 2000);
  const found = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? message(text);
  return found || `The server answered ${answer.status}.`;
}

function message(text) {
  try {
    const found = JSON.parse(text);
    return found.error?.message ?? found.message ?? (typeof found.error === "string" ? found.error : null);
  } catch { return null; }
}

let asking = null;

/** Shows the token's dialogue until the server accepts one. */
export function askForToken() {
  asking ??= new Promise((resolve) => {
    const field = h("input", { type: "password", name: "token", autocomplete: "current-password", required: true });
    const problem = h("p", { class: "notice bad", role: "alert", hidden: true });
    const dialog = h("dialog", { "aria-labelledby": "token-title" },
      h("form", { onsubmit: async (event) => {
        event.preventDefault();
        const answer = await fetch("/api/session", { method: "POST", body: JSON.stringify({ token: field.value }) }).catch(() => null);
        if (answer?.ok) {
          dialog.close();
          return;
        }
        problem.textContent = answer?.status === 401 ? "That is not the token." : "The server cannot be reached.";
        problem.hidden = false;
        field.select();
      } },
      h("h2", { id: "token-title" }, "Administration token"),
      h("p", { class: "muted" }, "This endpoint asks for the token that it was started with (ZOETROPE_ADMIN_TOKEN)."),
      h("label", {}, "Token", field), problem,
      h("div", { class: "row" }, h("button", { class: "main" }, "Continue"))));
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => { dialog.remove(); asking = null; resolve(); });
    document.body.append(dialog);
    dialog.showModal();
  });
  return asking;
}
