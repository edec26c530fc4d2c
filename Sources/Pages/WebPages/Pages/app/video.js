// The page of one video of a library: `/video?library=ID&file=ID&t=SECONDS`.
import { announce, h } from "./dom.js";
import { LibraryFile } from "./libraryfile.js";
import { connect, showFailure } from "./site.js";
import { VideoPage } from "./videopage.js";

const main = document.getElementById("main");
const query = new URLSearchParams(location.search);
const notice = (text, isBad = true) => main.replaceChildren(back(), h("h1", {}, "Video"), h("p", { class: `notice${isBad ? " bad" : ""}`, role: "alert" }, text));
const back = () => h("p", { class: "back" }, h("a", { href: query.get("library") ? `library?library=${encodeURIComponent(query.get("library"))}` : "library" }, "Library"));

/** Waits until the file's length is known: by the record, or, if nothing comes of that, by the browser. */
async function measured(file, source) {
  if (!file.record.duration) {
    file.follow();
    await new Promise((resolve) => {
      file.addEventListener("change", () => { if (file.record.duration) resolve(); });
      file.addEventListener("idle", resolve);
    });
  }
  if (file.record.duration) return;
  const video = h("video", { preload: "metadata", src: source });
  await new Promise((resolve) => { video.onloadedmetadata = video.onerror = resolve; });
  file.record.duration = Number.isFinite(video.duration) ? video.duration : 0;
  video.removeAttribute("src");
}

async function begin() {
  const [library, id] = [query.get("library"), query.get("file")];
  if (!library || !id) return notice("Name a library and a file in this page's address: ?library=ID&file=ID", false);
  main.replaceChildren(back(), h("p", { class: "muted" }, "Looking …"));
  try {
    const file = new LibraryFile(library, id);
    // Asked for together: each wait costs a round trip.
    const [record, sources] = await Promise.all([file.load(), file.sources().catch((error) => error), connect()]);
    if (!record.mimeType.startsWith("video/")) return notice(`“${record.name}” is no video.`, false);
    if (!record.version) return notice(`“${record.name}” has not been uploaded yet.`, false);
    document.title = `${record.name} · Zoetrope`;
    if (sources instanceof Error) throw sources;
    await measured(file, sources.sources[0].streamUrl);
    if (!file.record.duration) return notice(`“${record.name}” cannot be shown: neither this browser nor the server can tell how long it is.`);
    const page = new VideoPage(file, sources, Math.max(0, Number.parseFloat(query.get("t")) || 0));
    main.replaceChildren(back(), page.element);
    await page.changed();
    file.follow();
  } catch (error) {
    if (error.status === 404) notice("There is no such video, or this library is not yours.");
    else showFailure(main, "Video", error, begin);
    announce(document.querySelector("[role=alert]").textContent);
  }
}

begin();
