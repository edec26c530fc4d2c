// Code that shows the video with its previews on any other page: a video element, the storyboard's WebVTT file, and a few
// lines that show its tiles.
import { copyButton, h } from "./dom.js";
import { names } from "./names.js";
import { kept, objectURL, site } from "./site.js";

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The code for a video whose files are reached below two addresses. */
export function embedCode(key, manifest, videos, previews) {
  const output = names(key);
  const thumbnails = escaped(objectURL(previews, output.storyboard("thumbnails.vtt")));
  return `<figure class="zoetrope" style="position:relative;margin:0">
  <video controls crossorigin preload="metadata" style="width:100%"
    poster="${escaped(objectURL(previews, output.storyboard("poster.jpg")))}"
    src="${escaped(objectURL(videos, key))}">
    <track kind="metadata" label="thumbnails" default src="${thumbnails}">
  </video>
  <canvas hidden style="position:absolute;bottom:64px;pointer-events:none;border:2px solid #fff"></canvas>
</figure>
<script type="module">
  // Pointing at the video shows the picture of that moment.
  for (const figure of document.querySelectorAll("figure.zoetrope")) {
    const [video, canvas] = [figure.querySelector("video"), figure.querySelector("canvas")];
    const [track, sheets] = [figure.querySelector("track"), new Map()];
    track.track.mode = "hidden";
    video.addEventListener("pointermove", async (event) => {
      const box = video.getBoundingClientRect(), place = (event.clientX - box.left) / box.width;
      const time = place * video.duration;
      const cue = [...track.track.cues ?? []].findLast((cue) => cue.startTime <= time);
      const [sheet, area] = cue?.text.split("#xywh=") ?? [];
      if (!area) return;
      const [x, y, width, height] = area.split(",").map(Number);
      if (!sheets.has(sheet)) {
        const image = Object.assign(new Image(), { crossOrigin: "anonymous" });
        image.src = new URL(sheet, track.src);
        sheets.set(sheet, image.decode().then(() => image));
      }
      const image = await sheets.get(sheet);
      Object.assign(canvas, { width, height, hidden: false });
      canvas.style.left = \`\${Math.max(0, Math.min(box.width - width, place * box.width - width / 2))}px\`;
      canvas.getContext("2d").drawImage(image, x, y, width, height, 0, 0, width, height);
    });
    video.addEventListener("pointerleave", () => { canvas.hidden = true; });
  }
</script>`;
}

/** A frame that holds the whole player. */
export function frameCode(key, manifest) {
  const address = new URL(site.isServed ? "embed" : "embed.html", location.href);
  for (const [name, value] of kept) address.searchParams.set(name, value);
  address.searchParams.set("video", key);
  const shape = `${manifest.width || 16} / ${manifest.height || 9}`;
  return `<iframe src="${escaped(address.href)}" title="${escaped(names(key).title)}"
  style="width:100%;aspect-ratio:${shape};border:0" allow="fullscreen" loading="lazy"></iframe>`;
}

export function embedPanel(key, manifest) {
  const block = (name, label) => h("pre", { class: name, tabindex: "0", role: "region", "aria-label": label });
  const [frame, code] = [block("frame-code", "Code of the player"), block("video-code", "Code of the video element")];
  const reached = (bucket, address) => site.isServed && site.endpoint ? `${site.endpoint}/${bucket}/` : address;
  const videos = h("input", { type: "url", value: reached(site.sourceBucket, site.videos), spellcheck: "false" });
  const previews = h("input", { type: "url", value: reached(site.outputBucket, site.previews), spellcheck: "false" });
  const slash = (text) => text.replace(/\/*$/, "/");
  const write = () => { code.textContent = embedCode(key, manifest, slash(videos.value), slash(previews.value)); };
  for (const field of [videos, previews]) field.addEventListener("input", write);
  write();
  frame.textContent = frameCode(key, manifest);
  return h("details", { class: "panel embed" },
    h("summary", {}, "Embed on a page"),
    site.isEmbeddable
      ? [h("p", { class: "muted small" }, "The player in a frame:"), frame, h("div", { class: "row" }, copyButton("Copy the player's code", () => frame.textContent))]
      : h("p", { class: "notice", "data-testid": "not-public" }, "Other pages cannot read these buckets. Start the endpoint with ", h("code", {}, `--public-read ${site.sourceBucket} --public-read ${site.outputBucket}`), ", or name below what serves the files."),
    manifest.storyboard || !site.isServed ? null : h("p", { class: "notice storyboard" }, "This video has no storyboard yet, so the code below will show no pictures."),
    h("p", { class: "muted small" }, "A video element with its storyboard. Say where the page's visitors reach the files: the addresses of your buckets or of what serves them. They must allow the page's origin (CORS)."),
    h("div", { class: "fields" }, h("label", {}, "Videos", videos), h("label", {}, "Previews", previews)),
    code, h("div", { class: "row" }, copyButton("Copy code", () => code.textContent)));
}
