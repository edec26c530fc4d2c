// What happens in the runtime, as it happens: one stream of server-sent events for the whole page.

/** Listens until `close` is called. `onItems` gets what happened, `onReset` is called where something may have been missed. */
export function listen(topics, { onItems, onReset = () => {}, onState = () => {} }) {
  let source = null, retry = null, closed = false, known = false;
  const open = () => {
    source = new EventSource(`/api/stream?topics=${topics.join(",")}`);
    source.addEventListener("hello", () => {
      onState(true);
      // A connection that began anew has no Last-Event-ID of the one before it.
      if (known) onReset();
      known = false;
    });
    source.addEventListener("reset", onReset);
    source.onmessage = (event) => onItems(JSON.parse(event.data));
    source.onerror = () => {
      onState(false);
      if (source.readyState !== EventSource.CLOSED || closed) return;
      // Refused rather than interrupted: the browser has given up.
      known = true;
      retry = setTimeout(open, 5000);
    };
  };
  open();
  return { close() { closed = true; clearTimeout(retry); source.close(); } };
}
