// A button per clip with its first picture, and its GIF while one points at it. Pictures come when they come into view.
import { clock, h, prefersStillness } from "./dom.js";

/** All clips are one stop of the Tab key; the arrow keys move among them. `tiles` may be set later, by `use`. */
export function clipGrid(clips, seek) {
  const buttons = [], inView = new Set();
  let current = null, tiles = null;

  /** The tile at once; if there is none, the first still. */
  const fill = (button) => {
    const [canvas, image] = button.children;
    const clip = clips.list[buttons.indexOf(button)];
    if (tiles?.paint(canvas, clip.start)) {
      canvas.hidden = false;
      if (!image.dataset.moving) image.removeAttribute("src");
    } else if (!image.hasAttribute("src")) {
      image.src = clips.address(clips.still(clip.start)?.key ?? clips.gif(clip.start).key);
    }
  };
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) {
        inView.add(target);
        if (!isWaiting) fill(target);
      } else {
        // Out of view its memory is given back.
        inView.delete(target);
        target.querySelector("img").removeAttribute("src");
      }
    }
  }, { rootMargin: "200px" });
  // Stills are large: where an overview is on its way, none is fetched.
  let isWaiting = false;

  const element = h("ol", { class: "clips", onkeydown: (event) => {
    const to = target(event);
    if (!to) return;
    event.preventDefault();
    choose(to);
    to.focus();
  } }, clips.list.map((clip, index) => {
    const image = h("img", { alt: "", decoding: "async" });
    const move = () => {
      if (prefersStillness()) return;
      image.dataset.moving = "yes";
      image.src = clips.address(clip.gif ?? clips.output.gif(clip.start));
    };
    const rest = () => {
      if (!image.dataset.moving) return;
      delete image.dataset.moving;
      image.removeAttribute("src");
      fill(button);
    };
    const button = h("button", {
      type: "button", class: "clip", tabindex: index ? "-1" : "0", "aria-label": `Play from ${clock(clip.start)}`,
      onclick: () => { choose(button); seek(clip.start); }, onpointerenter: move, onpointerleave: rest, onfocus: () => { choose(button); move(); }, onblur: rest,
    }, h("canvas", { hidden: true, "aria-hidden": "true" }), image, h("span", { class: "number" }, clock(clip.start)));
    buttons.push(button);
    observer.observe(button);
    return h("li", {}, button);
  }));

  /** Makes a button the one that the Tab key stops at. */
  function choose(button) {
    element.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    button.setAttribute("tabindex", "0");
  }

  function target(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return null;
    const at = buttons.indexOf(event.target);
    const across = Math.max(1, buttons.findIndex((one) => one.offsetTop > buttons[0].offsetTop));
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    if (event.key === "Home") return buttons[0];
    if (event.key === "End") return buttons.at(-1);
    return at >= 0 && step ? buttons[at + step] : null;
  }

  return {
    element,
    mark(seconds) {
      const clip = clips.at(seconds);
      if (clip === current) return;
      buttons[clips.list.indexOf(current)]?.removeAttribute("aria-current");
      buttons[clips.list.indexOf(clip)]?.setAttribute("aria-current", "true");
      current = clip;
    },
    /** Shows tiles as soon as their overview is here. */
    async use(newer) {
      tiles = newer;
      isWaiting = true;
      await tiles.load();
      isWaiting = false;
      for (const button of inView) fill(button);
    },
    close() { observer.disconnect(); },
  };
}
