// The player alone, for a frame on a page of any site: `/embed?video=KEY&t=SECONDS`.
import { h } from "./dom.js";
import { names } from "./names.js";
import { connect, site } from "./site.js";
import { readJSON } from "./store.js";
import { watchView } from "./watch.js";

const main = document.getElementById("main");
const say = (text) => main.replaceChildren(h("p", { class: "notice", role: "alert" }, text));

async function begin() {
  const query = new URLSearchParams(location.search);
  const key = query.get("video");
  if (!key) return say("Name a video in the frame's address: ?video=KEY");
  const output = names(key);
  document.title = output.title;
  try {
    await connect();
    const manifest = await readJSON(site.previews, output.manifest);
    if (manifest.status !== "complete") return say("This video cannot be shown.");
    const view = watchView({ key, manifest, start: Math.max(0, Number.parseFloat(query.get("t")) || 0), onTime() {} });
    main.replaceChildren(view.stage, view.problem);
  } catch (error) {
    say([403, 404].includes(error.status) ? "There is no video of this name." : error.message);
  }
}

begin();
