"""What of accessibility can be seen by looking at a page: names, roles, references, order of headings, contrast.

Two checkers after WCAG 2.2 (https://www.w3.org/TR/WCAG22/): axe-core with all of its rules, and one of our own for what it leaves
out: borders of fields, what scrolls, sizes of targets, headings of a page. And a walk by the Tab key.
"""

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

_CHECK = r"""
() => {
  const problems = [];
  const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const say = (element, text) => problems.push(`${text}: ${element.outerHTML.slice(0, 160)}`);
  const all = [...document.querySelectorAll("body *")].filter(isShown);
  const hidden = (element) => element.closest("[aria-hidden='true']");

  // 3.1.1, 2.4.2, 1.3.1: the page as a whole.
  if (!document.documentElement.lang) problems.push("the page must say its language");
  if (!document.title.trim()) problems.push("the page must have a title");
  if (document.querySelectorAll("main").length !== 1) problems.push("the page must have one main landmark");
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) problems.push(`the id '${id}' must be unique`);

  // 1.3.1, 2.4.6: headings begin with one of the first level and leave no level out.
  const levels = all.filter((element) => /^H[1-6]$/.test(element.tagName)).map((element) => Number(element.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) problems.push(`the page must have one heading of level 1, found ${levels}`);
  levels.forEach((level, index) => { if (index && level > levels[index - 1] + 1) problems.push(`headings must not leave out a level, found ${levels}`); });

  // 4.1.2, 1.1.1: whatever can be used or seen has a name.
  const text = (element) => {
    if (element.getAttribute("aria-hidden") === "true") return "";
    if (element.tagName === "IMG") return element.alt;
    return [...element.childNodes].map((node) => node.nodeType === 3 ? node.data : node.nodeType === 1 ? text(node) : "").join(" ");
  };
  const name = (element) => {
    const by = element.getAttribute("aria-labelledby");
    if (by) return by.split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
    if (element.getAttribute("aria-label")) return element.getAttribute("aria-label");
    if (element.labels?.length) return [...element.labels].map(text).join(" ");
    return text(element) || element.title;
  };
  const used = "a[href], button, input, select, textarea, summary, video, [role=slider], [role=img], [role=region], [role=button], table, progress, dialog, section[aria-labelledby], nav";
  for (const element of all.filter((one) => one.matches(used) && !hidden(one))) if (!name(element)?.trim()) say(element, "must have a name");
  for (const element of document.querySelectorAll("img")) if (!element.hasAttribute("alt")) say(element, "an image must have an alternative, which may be empty");
  for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) {
      for (const id of element.getAttribute(attribute).split(" ")) if (!document.getElementById(id)) say(element, `${attribute} must name an element`);
    }
  }
  for (const element of document.querySelectorAll("[role=slider]")) {
    const [low, now, high] = ["min", "now", "max"].map((part) => Number(element.getAttribute(`aria-value${part}`)));
    if (!(low <= now && now <= high)) say(element, "a slider's value must be between its ends");
  }
  // Children that their list or table must have, and nothing else.
  for (const element of document.querySelectorAll("ul, ol")) for (const child of element.children) if (child.tagName !== "LI") say(child, "a list must have items only");
  for (const element of document.querySelectorAll("button button, button a, a button, a a")) say(element, "nothing that is used may be within another");

  // 2.1.1, 2.4.3: what scrolls can be reached, and order is the document's.
  for (const element of all) {
    if (element.tabIndex > 0) say(element, "must not change the order of focus");
    const style = getComputedStyle(element);
    const scrolls = ["auto", "scroll"].includes(style.overflowY) && element.scrollHeight > element.clientHeight + 1 || ["auto", "scroll"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
    if (scrolls && element.tabIndex < 0 && !element.querySelector("a[href], button, input, select, [tabindex='0']")) say(element, "what scrolls must be reachable by keyboard");
  }
  // 2.5.8: targets of 24 pixels.
  for (const element of all.filter((one) => one.matches("button, select, [role=slider], nav a"))) {
    const box = element.getBoundingClientRect();
    if (box.width && (box.width < 24 || box.height < 24)) say(element, `a target must be 24 pixels large, found ${Math.round(box.width)} x ${Math.round(box.height)}`);
  }

  // 1.4.3: text stands out from its ground: 4.5, or 3 where it is large.
  const colour = (text) => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return { r, g, b, a }; };
  const over = (top, under) => ({ r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1 });
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const found = colour(getComputedStyle(one).backgroundColor);
      if (found.a > 0) layers.push(found);
      if (found.a === 1) break;
    }
    return layers.reverse().reduce((under, layer) => over(layer, under), colour("rgb(255, 255, 255)"));
  };
  const channel = (value) => { const share = value / 255; return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; };
  const light = ({ r, g, b }) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const contrast = (one, other) => { const [high, low] = [light(one), light(other)].sort((a, b) => b - a); return (high + 0.05) / (low + 0.05); };
  for (const element of all) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || element.closest(":disabled, .visually-hidden, option")) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize), isLarge = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
    const under = ground(element);
    const found = contrast(over(colour(element.namespaceURI.endsWith("svg") ? style.fill : style.color), under), under);
    if (found < (isLarge ? 3 : 4.5)) say(element, `text must stand out by ${isLarge ? 3 : 4.5}, found ${found.toFixed(2)}`);
  }
  // 1.4.11: so do the borders of fields.
  for (const element of all.filter((one) => one.matches("input:not([type=checkbox]), textarea"))) {
    const found = contrast(colour(getComputedStyle(element).borderTopColor), ground(element.parentElement));
    if (found < 3) say(element, `a field's border must stand out by 3, found ${found.toFixed(2)}`);
  }
  return problems;
}
"""


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


_RUN_AXE = """
async () => {
  // Colours of the visitor's own are not the page's.
  const rules = matchMedia("(forced-colors: active)").matches ? { "color-contrast": { enabled: false } } : {};
  const { violations } = await axe.run(document, { resultTypes: ["violations"], rules });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) =>
    `axe ${id}: ${help}: ${html.slice(0, 160)} ${failureSummary.split("\\n").slice(1).join(";").slice(0, 240)}`));
}
"""


def problems(page: Page) -> list[str]:
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(_axe())
    return page.evaluate(_CHECK) + page.evaluate(_RUN_AXE)


def assert_usable(page: Page) -> None:
    found = problems(page)
    assert not found, "\n".join(found)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


# What the Tab key stops at; of a group of radio buttons or a grid that arrow keys move in, one.
_STOPS = """
() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, audio[controls], [tabindex]")]
  .filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }))
  .length
"""
_STOP = """
() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const problems = [];
  const name = `${one.tagName.toLowerCase()} ${(one.getAttribute("aria-label") ?? one.textContent).trim().slice(0, 50)}`;
  // 2.4.7: the focus is seen, at the element itself or at what stands for it.
  const shows = (other) => {
    if (!other) return false;
    const style = getComputedStyle(other);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || style.strokeWidth !== "1px" && style.stroke !== "none";
  };
  const isHidden = one.matches(".visually-hidden");
  if (![one, isHidden && one.nextElementSibling, one.querySelector(".row-ground")].some(shows)) problems.push(`${name}: its focus is not seen`);
  // 2.4.11: nothing hides it.
  const seen = isHidden ? one.nextElementSibling : one;
  const box = seen.getBoundingClientRect();
  const points = [[0.5, 0.5], [0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9]].map(([x, y]) => [box.left + x * box.width, box.top + y * box.height]);
  const isThere = ([x, y]) => {
    const found = x >= 0 && y >= 0 && x < innerWidth && y < innerHeight && document.elementFromPoint(x, y);
    return found && (seen.contains(found) || found.contains(seen));
  };
  if (!points.some(isThere)) problems.push(`${name}: something hides it`);
  window.focusIndex ??= new WeakMap();
  const isNew = !window.focusIndex.has(one);
  window.focusIndex.set(one, true);
  const before = window.focusBefore;
  window.focusBefore = one;
  // Fields of a date are stops of their own within one element.
  if (before === one) return { name, isNew, isSame: true, problems: [] };
  // 2.4.3: in the order of the document.
  if (isNew && before?.isConnected && before.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING && !one.contains(before)) problems.push(`${name}: comes after what follows it`);
  return { name, isNew, problems };
}
"""


def walk(page: Page, most: int = 400) -> list[str]:
    """Goes through a page by the Tab key, until the focus leaves it or `most` stops were seen. What it stopped at."""
    stops: list[str] = []
    found: list[str] = []
    expected = page.evaluate(_STOPS)
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP)
        if stop is not None and stop.get("isSame"):
            continue
        if stop is None or not stop["isNew"]:
            break
        stops.append(stop["name"])
        found += stop["problems"]
    assert not found, "\n".join(found)
    assert len(stops) >= min(expected, most), f"{len(stops)} of {expected} were reached: {stops}"
    return stops
