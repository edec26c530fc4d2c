// What the console shows, in its address: so that it can be sent to others, and is there after a reload.

/** The parameters; change them by `keep`. */
export const place = new URLSearchParams(location.search);

/** Writes parameters into the address; those without a value are taken out. */
export function keep(values) {
  for (const [name, value] of Object.entries(values)) if (value) place.set(name, value); else place.delete(name);
  const text = place.toString();
  history.replaceState(null, "", `${text ? `?${text}` : location.pathname}${location.hash}`);
}

/** The console's address with these parameters alone. */
export const consoleURL = (values, section) => `console?${new URLSearchParams(values)}#${section}`;

const VIDEO = /\.(mp4|m4v|mov|mkv|webm|avi|ts|mts|m2ts|mpe?g|wmv|flv|ogv|3gp)$/i;

/** The page of a library's file, by the key of its content or of a job of it; null for other keys. */
export function fileURL(key) {
  const [, kind, library, file] = /^(original|derived|library)\/([^/]+)\/([^/]+)\//.exec(key) ?? [];
  return library ? `${kind === "original" && VIDEO.test(key) ? "video" : "library"}?${new URLSearchParams({ library, file })}` : null;
}

/** The page that shows an object, by its key. */
export const objectURL = (key) => fileURL(key) ?? `./?${new URLSearchParams({ video: key })}`;
