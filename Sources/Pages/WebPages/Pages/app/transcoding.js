// The transcoder's requests: posting a job with its upload's progress, following it by events, cancelling it, a ZIP of many.
import { askForToken, request, RequestFailed } from "./site.js";

export const TARGETS = { mp3: "MP3", m4a: "M4A (AAC)", flac: "FLAC", ogg: "Ogg Vorbis", wav: "WAV" };
/** Targets that have presets. */
export const hasPresets = (target) => target !== "wav" && target !== "flac";

const query = ({ target, quality }) => new URLSearchParams({ target, ...(quality && hasPresets(target) ? { quality } : {}) });

/** Statuses that another try may change, and those of a server that is away. */
export const isPassing = (error) => error.status === 0 || error.status === 429 || error.status === 503;

/**
 * Posts files to a route; the answer, as text or as a blob. `onSent` gets the bytes that have left, `onReceived` those that came.
 */
function post(path, files, { signal, onSent = () => {}, onReceived = () => {}, responseType = "" }) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const file of files) form.append("file", file, file.name);
    const one = new XMLHttpRequest();
    one.open("POST", path);
    one.responseType = responseType;
    one.upload.onprogress = (event) => onSent(event.loaded, event.total);
    one.onprogress = (event) => onReceived(event.loaded);
    one.onload = async () => {
      if (one.status >= 200 && one.status < 300) return resolve(one.response);
      const text = one.response instanceof Blob ? await one.response.text() : one.response;
      const failure = new RequestFailed(one.status, reason(text) ?? `The server answered ${one.status}.`);
      failure.retryAfter = Number(one.getResponseHeader("Retry-After")) || 0;
      reject(failure);
    };
    one.onerror = () => reject(new RequestFailed(0, "The server cannot be reached."));
    one.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    if (signal.aborted) return reject(new DOMException("cancelled", "AbortError"));
    signal.addEventListener("abort", () => one.abort(), { once: true });
    one.send(form);
  });
}

function reason(text) {
  try {
    const { error, message } = JSON.parse(text);
    return (typeof error === "string" ? error : error?.message) ?? message;
  } catch { return null; }
}

/** Asks for the token if the server wants one, and goes on. */
async function trusted(work) {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error.status !== 401) throw error;
      await askForToken();
    }
  }
}

/** Posts a job; its state. */
export const beginJob = (file, options, { signal, onSent }) =>
  trusted(async () => JSON.parse(await post(`/transcode/jobs?${query(options)}`, [file], { signal, onSent })));

/** All files as one ZIP, as a blob. */
export const batch = (files, options, { signal, onSent, onReceived }) =>
  trusted(() => post(`/transcode/batch?${query(options)}`, files, { signal, onSent, onReceived, responseType: "blob" }));

export const cancelJob = (job) => request(job.url, { method: "DELETE" });
export const peaks = async (job, signal) => (await request(`${job.url}/waveform`, { signal })).json();

/** Browsers open six connections to a server: so many jobs are followed at once, the others later. */
const FOLLOWED = 3;
let followed = 0;
const waiting = [];

/**
 * Follows a job to its end by its events: `onProgress` gets `{ percent, secondsLeft, status }`, `onAway` whether the server is.
 * The job's document, or an error.
 */
export function follow(job, { signal, onProgress, onAway = () => {} }) {
  return new Promise((resolve, reject) => {
    let source = null, retry = null, isStarted = false;
    const end = (settle, value) => {
      clearTimeout(retry);
      source?.close();
      waiting.splice(0, waiting.length, ...waiting.filter((one) => one !== start));
      if (isStarted) { isStarted = false; followed -= 1; waiting.shift()?.(); }
      settle(value);
    };
    const open = () => {
      source = new EventSource(job.eventsUrl);
      source.addEventListener("progress", (event) => { onAway(false); onProgress(JSON.parse(event.data)); });
      source.addEventListener("done", (event) => end(resolve, JSON.parse(event.data)));
      source.addEventListener("failed", (event) => end(reject, jobFailed(JSON.parse(event.data))));
      source.onerror = () => {
        onAway(true);
        // Refused rather than interrupted: the browser gives up, the page does not, unless the job is gone.
        if (source.readyState !== EventSource.CLOSED) return;
        retry = setTimeout(() => request(job.url, { signal }).then(open, (error) => error.status >= 400 && error.status < 500 ? end(reject, error) : open()), 2000);
      };
    };
    function start() { followed += 1; isStarted = true; open(); }
    signal.addEventListener("abort", () => end(reject, new DOMException("cancelled", "AbortError")), { once: true });
    if (followed < FOLLOWED) start(); else waiting.push(start);
  });
}

function jobFailed(document) {
  if (document.status === "cancelled") return new DOMException("cancelled", "AbortError");
  const error = new RequestFailed(500, document.error?.message ?? "The job failed without a reason.");
  error.code = document.error?.code;
  return error;
}

/** What a person can do after an error: a sentence. */
export function nextStep(error) {
  if (error.code === "GaveUp") return "Three tries failed. Try again, or see the reason in the console's log.";
  if (error.code) return "The file seems to be damaged. Check it in a player, or choose another one.";
  return {
    0: "Check that the server runs, then try again.",
    400: "Choose another file, or another format.",
    404: "The job's time has passed. Start again.",
    410: "Start again to make the file once more.",
    413: "Split the file, or start the server with a larger TranscoderMaxUploadBytes.",
    429: "Wait a moment, then try again.", 503: "Wait a moment, then try again.",
    507: "The server's disk is full. Make room there, then try again.",
  }[error.status] ?? "Try again, or see the reason in the console's log.";
}
