// A job under way: a cell for every clip that fills as its pictures arrive, and the numbers that count up.
import { bytes, clock, h, plural } from "./dom.js";
import { objectURL, site } from "./site.js";

/** More cells than this show no pictures: they would be fetched while the machine is busy rendering. */
const WITH_PICTURES = 60;

export function fanoutView(job) {
  const cells = new Map();
  const figure = (label) => {
    const value = h("span", { class: "value number" }, "0");
    return { value, element: h("div", { class: "figure" }, value, h("span", { class: "muted small" }, label)) };
  };
  const [gifs, stills, size, elapsed] = [figure("GIFs"), figure("stills"), figure("of GIFs written"), figure("since the upload")];
  const progress = h("progress", { max: 1, "aria-label": "Progress of the previews" });
  const grid = h("ol", { class: "cells", "aria-label": "Clips" });
  const lead = h("p", { class: "muted lead", "data-testid": "lead" });
  const element = h("article", { class: "fanout" },
    h("div", { class: "row spread heading" }, h("h1", { tabindex: "-1" }, job.output.title), h("span", { class: "chip busy" }, "Processing")),
    h("section", { class: "panel", "aria-label": "Progress" },
      lead, h("div", { class: "figures" }, gifs.element, stills.element, size.element, elapsed.element), progress, grid));

  const timer = setInterval(() => { if (job.since) elapsed.value.textContent = clock((Date.now() - job.since) / 1000); }, 500);

  function update() {
    if (job.phase === "waiting" || job.phase === "looking") {
      lead.textContent = "Uploaded. Waiting to be cut into clips …";
      progress.removeAttribute("value");
      return;
    }
    if (job.phase !== "running") return;
    const { clips, stills: all, video } = job.plan;
    lead.textContent = `${plural(clips, "clip")} of up to ${plural(job.plan.snippetSize, "second")} are rendered side by side${video?.length ? `, ${clock(video.length)} of video` : ""}.`;
    gifs.value.textContent = `${job.clipsDone} / ${clips}`;
    stills.value.textContent = `${job.stillsDone.toLocaleString("en")} / ${all.toLocaleString("en")}`;
    size.value.textContent = bytes([...job.cells.values()].reduce((sum, cell) => sum + (cell.gif ?? 0), 0));
    progress.value = (job.stillsDone + job.clipsDone) / (all + clips);
    if (cells.size < job.cells.size) {
      for (const cell of job.cells.values()) if (!cells.has(cell.start)) { const made = makeCell(cell, job); cells.set(cell.start, made); grid.append(made.element); cell.isChanged = true; }
    }
    for (const cell of job.cells.values()) {
      if (!cell.isChanged) continue;
      cell.isChanged = false;
      cells.get(cell.start).update(job.cells.size <= WITH_PICTURES);
    }
  }

  // At most once per picture of the screen, however much happens.
  let isAsked = false;
  const ask = () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => { isAsked = false; update(); });
  };
  job.addEventListener("change", ask);
  update();
  return { element, close() { clearInterval(timer); job.removeEventListener("change", ask); } };
}

function makeCell(cell, job) {
  const level = h("div", { class: "level" });
  const image = h("img", { alt: "", hidden: true });
  const count = h("span", { class: "number small" });
  const element = h("li", { class: "cell" }, level, image, h("span", { class: "number start" }, clock(cell.start)), count);
  return {
    element,
    update(withPictures) {
      level.style.setProperty("transform", `translateY(${100 - (cell.isDone ? 100 : cell.of ? Math.round(cell.stills / cell.of * 92) : 0)}%)`);
      count.textContent = cell.isDone ? "done" : cell.of ? `${cell.stills}/${cell.of}` : cell.gif ? "GIF" : "";
      element.classList.toggle("done", cell.isDone);
      if (withPictures && cell.gif && image.hidden) {
        image.hidden = false;
        image.src = objectURL(site.previews, job.output.gif(cell.start), `${job.version}-${cell.gif}`);
      }
    },
  };
}
