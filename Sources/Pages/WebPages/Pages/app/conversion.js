// The conversion service's requests: a token, then the GIF while it is made, with what can be measured on the way.
import { request, RequestFailed } from "./site.js";

/** Parameters that the service knows, with the ends of their ranges. */
export const PARAMETERS = {
  osz: { label: "Size", unit: "px", least: 2, most: 1024 }, ofr: { label: "Frames per second", unit: "", least: 1, most: 50 },
  out_gif_colors: { label: "Colours", unit: "", least: 2, most: 256 }, start: { label: "Start", unit: "s", least: 0, most: 86400 },
  duration: { label: "Length", unit: "s", least: 0.1, most: 600 },
};

/** The query of `/token`; parameters without a value are left out. */
export function query(values) {
  let path = "";
  try { path = new URL(values.url).pathname; } catch { /* The service says what is wrong with it. */ }
  const found = new URLSearchParams({ url: values.url, ifm: path.toLowerCase().endsWith(".m3u8") ? "m3u8" : "mp4", ofm: "gif" });
  for (const name of Object.keys(PARAMETERS)) if (values[name]) found.set(name, values[name]);
  return found;
}

export const token = async (values, signal) => (await request(`/token?${query(values)}`, { signal })).json();
export const gifURL = (token) => `/convert.gif?token=${encodeURIComponent(token)}`;

/**
 * Reads the GIF while it comes: `onBytes` gets how many have arrived. Past the browser's cache, in which the picture on the page
 * would have to wait for this one. The GIF as a blob.
 */
export async function read(address, { signal, onBytes }) {
  const answer = await request(address, { signal, cache: "no-store" });
  const parts = [], reader = answer.body.getReader();
  let count = 0;
  for (;;) {
    let part;
    try {
      part = await reader.read();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw await broken(address, signal);
    }
    if (part.done) return new Blob(parts, { type: "image/gif" });
    parts.push(part.value);
    count += part.value.length;
    onBytes(count);
  }
}

/** Why an answer was broken off: the service remembers a failure for some seconds. */
async function broken(address, signal) {
  try {
    const answer = await request(address, { signal, cache: "no-store", headers: { Range: "bytes=0-0" } });
    await answer.body.cancel();
  } catch (error) { return error; }
  return new RequestFailed(502, "The conversion was broken off.");
}

/** The same from a shell. */
export function commandLine(values) {
  const quoted = (text) => `"${text.replace(/[\\"$`]/g, "\\$&")}"`;
  return `token=$(curl -s ${quoted(`${location.origin}/token?${query(values)}`)} | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')\n`
    + `curl -o video.gif "${location.origin}/convert.gif?token=$token"`;
}

/** What a person can do after an error: a sentence. */
export function nextStep(error, values) {
  let host = "";
  try { host = new URL(values.url).hostname; } catch { /* No address. */ }
  return {
    0: "Check that the server runs, then try again.",
    400: "Correct the value and try again.",
    401: "Start the server with TokenAuthUsername and TokenAuthPassword.",
    403: values.url.startsWith("s3:") ? "Choose a video of the source bucket or of a library." : `Start the server with this host on the list: zoetrope up --parameter SourceHostnameWhitelist=${host || "HOST"}`,
    404: "Ask again.", 410: "Ask again.",
    413: "Choose a shorter or smaller video.",
    415: "Give the address of an MP4 file or an HLS playlist itself, not of a page that shows it.",
    429: "Wait a moment, then try again.", 503: "Wait a moment, then try again.",
    502: "Check that the address opens in a browser, then try again.",
    504: "The source is slow. Try again: what was begun goes on.",
  }[error.status] ?? "Try again, or see the reason in the console's log.";
}
