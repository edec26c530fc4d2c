// What happens in the runtime, as it happens: one stream of server-sent events for the whole page.
import { h } from "./dom.js";
import { site } from "./site.js";

/** Shown at the top of every page while the server cannot be reached. */
const away = h("p", { class: "notice bad away", role: "status", hidden: true }, "The server is away. This page goes on when it is back.");
/** Milliseconds: a stream that is merely opened again is no reason to say anything. */
const GRACE = 1500;

/**
 * Listens to what happens from when the page began on, so that nothing is missed between looking and listening.
 * `onItems` gets what happened, `onReset` is called where something may have been missed.
 */
export function listen(topics, { onItems, onReset = () => {}, onState = () => {} }) {
  let last = site.position, source = null, retry = null, saying = null;
  if (!away.isConnected) document.querySelector("header.top").after(away);
  const say = (isLive) => {
    clearTimeout(saying);
    if (isLive) away.hidden = true;
    else saying = setTimeout(() => { away.hidden = false; }, GRACE);
    onState(isLive);
  };
  const open = () => {
    clearTimeout(retry);
    const query = new URLSearchParams({ topics: topics.join(","), ...(last ? { after: last } : {}) });
    source = new EventSource(`/api/stream?${query}`);
    const keep = (event) => { last = event.lastEventId || last; };
    source.addEventListener("hello", (event) => { keep(event); say(true); });
    source.addEventListener("reset", (event) => { keep(event); onReset(); });
    source.onmessage = (event) => { keep(event); onItems(JSON.parse(event.data)); };
    source.onerror = () => {
      say(false);
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
