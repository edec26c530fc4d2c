"""What of accessibility can be seen by looking at a page: names, roles, references, order of headings, contrast.

A checker of our own after WCAG 2.2 (https://www.w3.org/TR/WCAG22/) for what these pages use, and no more.
"""

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


def problems(page: Page) -> list[str]:
    return page.evaluate(_CHECK)


def assert_usable(page: Page) -> None:
    found = problems(page)
    assert not found, "\n".join(found)
