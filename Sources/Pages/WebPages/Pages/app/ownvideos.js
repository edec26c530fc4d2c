// Videos that are here already, to choose one from: those of the source bucket and those of the visitor's library.
import { h } from "./dom.js";
import { fileName } from "./filing.js";
import { HOME, request, site } from "./site.js";

const MOST = 100;
const json = async (path) => (await request(path)).json();

/** The address by which the conversion service knows an object. */
export const stored = (bucket, key) => `s3://${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;

/** A list to choose from, of the same size whatever is there. `onChoose` gets a promise of the address of a video. */
export function ownVideos(onChoose) {
  const list = h("select", { id: "own", disabled: true, onchange: () => {
    const work = list.value && addresses.get(list.value);
    if (work) onChoose(work());
  } }, h("option", {}, "Looking …"));
  const element = h("label", { for: "own" }, "Or one of your videos", list);
  const addresses = new Map();
  const group = (label, entries) => entries.length > 0 && h("optgroup", { label }, entries.map(([name, address]) => {
    const value = String(addresses.size + 1);
    addresses.set(value, address);
    return h("option", { value }, name);
  }));

  async function load() {
    const files = `/api/libraries/${HOME}/files`;
    const [objects, library] = await Promise.all([
      site.sourceBucket ? json(`/api/objects?${new URLSearchParams({ bucket: site.sourceBucket, limit: String(MOST) })}`).catch(() => null) : null,
      json(`${files}?${new URLSearchParams({ type: "video", limit: String(MOST), context: "true" })}`).catch(() => null),
    ]);
    const uploaded = (objects?.objects ?? []).map(({ key }) => [key, async () => stored(site.sourceBucket, key)]);
    // Where a file's content is, its record tells: the name may have changed since.
    const filed = (library?.files ?? []).filter(({ version }) => version > 0).map(({ id, name }) => [fileName(name), async () => stored(library.context.bucket, (await json(`${files}/${id}`)).objectKey)]);
    const groups = [group("Previews", uploaded), group("Library", filed)];
    list.replaceChildren(...[h("option", { value: "" }, addresses.size ? "Choose …" : "There are none yet"), ...groups].filter(Boolean));
    list.disabled = addresses.size === 0;
  }
  return { element, load };
}
