// What happens in the runtime, as it happens: one stream of server-sent events for the whole page.
import { h } from "./dom.js";
import { site } from "./site.js";

/** Lies over the page, of which nothing moves. */
const away = h("p", { class: "notice bad away", role: "status", hidden: true });
const AWAY = "The server is away. This page goes on when it is back.";
document.body.append(away);

/** Says something over the page, until it is told that all is well by null. */
export function say(text) {
  away.hidden = !text;
  if (text) away.textContent = text;
}

/** Says that the server is away, or no longer. */
export const sayAway = (isAway) => { if (isAway) say(AWAY); else if (away.textContent === AWAY) say(null); };

/** Milliseconds: a stream that is merely opened again is no reason to say anything. */
const GRACE = 1500;

/**
 * Listens to what happens from when the page began on, so that nothing is missed between looking and listening.
 * `onItems` gets what happened, `onReset` is called where something may have been missed.
 */
export function listen(topics, { onItems, onReset = () => {}, onState = () => {} }) {
  let last = site.position, source = null, retry = null, saying = null;
  const tell = (isLive) => {
    clearTimeout(saying);
    if (isLive) say(null);
    else saying = setTimeout(() => sayAway(true), GRACE);
    onState(isLive);
  };
  const open = () => {
    clearTimeout(retry);
    const query = new URLSearchParams({ topics: topics.join(","), ...(last ? { after: last } : {}) });
    source = new EventSource(`/api/stream?${query}`);
    const keep = (event) => { last = event.lastEventId || last; };
    source.addEventListener("hello", (event) => { keep(event); tell(true); });
    source.addEventListener("reset", (event) => { keep(event); onReset(); });
    source.onmessage = (event) => { keep(event); onItems(JSON.parse(event.data)); };
    source.onerror = () => {
      tell(false);
      // Refused rather than interrupted: then the browser gives up, and this does not.
      if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, 5000);
    };
  };
  // Browsers open six connections to a server, all tabs together: one that is not looked at gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !source) open();
    if (document.hidden && source) {
      clearTimeout(retry);
      clearTimeout(saying);
      source.close();
      source = null;
    }
  });
  if (!document.hidden) open();
}
