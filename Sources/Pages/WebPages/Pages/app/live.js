// What happens in the runtime, as it happens: one stream of server-sent events for the whole page.
import { site } from "./site.js";

/**
 * Listens to what happens from when the page began on, so that nothing is missed between looking and listening.
 * `onItems` gets what happened, `onReset` is called where something may have been missed.
 */
export function listen(topics, { onItems, onReset = () => {}, onState = () => {} }) {
  let last = site.position, source = null, retry = null;
  const open = () => {
    clearTimeout(retry);
    const query = new URLSearchParams({ topics: topics.join(","), ...(last ? { after: last } : {}) });
    source = new EventSource(`/api/stream?${query}`);
    const keep = (event) => { last = event.lastEventId || last; };
    source.addEventListener("hello", (event) => { keep(event); onState(true); });
    source.addEventListener("reset", (event) => { keep(event); onReset(); });
    source.onmessage = (event) => { keep(event); onItems(JSON.parse(event.data)); };
    source.onerror = () => {
      onState(false);
      // Refused rather than interrupted: then the browser gives up, and this does not.
      if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, 5000);
    };
  };
  // Browsers open six connections to a server, all tabs together: one that nobody looks at gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !source) open();
    if (document.hidden && source) {
      clearTimeout(retry);
      source.close();
      source = null;
    }
  });
  if (!document.hidden) open();
}
