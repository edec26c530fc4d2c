// The named sizes of images. The server's registry says which there are; the same rules as the server's make the addresses,
// so that what is asked for is what was made ready.

let registry = [];

export function useVariants(found) { registry = found.variants; }

/** The box of a variant for a source of that many pixels. */
function box(variant, source) {
  if (variant.sizing !== "capped" || !source.width) return variant;
  return { ...variant, width: Math.min(variant.width, source.width), height: Math.min(variant.height, source.height) };
}

/** Pixels across of what a box makes of a source. */
function across({ width, height }, source) {
  return Math.max(1, Math.round(source.width * Math.min(1, width / source.width, height / source.height)));
}

function address(file, variant) {
  const { width, height, quality, format } = box(variant, file);
  const query = new URLSearchParams({ format, height, quality, width, v: file.version });
  return `${originalOf(file)}?${query}`;
}

/** The path of a file's content. */
export const originalOf = (file) => `/api/files/proxy/${file.library}/${file.id}/${encodeURIComponent(file.name.split("/").pop())}`;

/** `src` and `srcset` of an image by names of variants, the smallest first. Without a known size the first name alone. */
export function sources(file, names) {
  const wanted = names.map((name) => registry.find((variant) => variant.name === name)).filter(Boolean);
  if (!wanted.length) return null;
  if (!file.width) return { src: address(file, wanted[0]) };
  const list = wanted.map((variant) => ({ url: address(file, variant), width: across(box(variant, file), file) }));
  // A small source has variants of the same size: the first of them will do.
  const kept = list.filter((one, index) => index === 0 || one.width > list[index - 1].width);
  return { src: kept[0].url, srcset: kept.map((one) => `${one.url} ${one.width}w`).join(", ") };
}

/** What is shown of a file as an image: the file itself, or the poster of a video; null for none. */
export function pictureOf(file, library) {
  if (file.version === 0) return null;
  if (kindOf(file) === "image") return (file.failed ?? []).includes("imageProxyStatus") ? null : { ...file, library };
  if (!file.thumbnailFileId) return null;
  // The poster is never wider than 1280 pixels.
  const scale = file.width ? Math.min(1, 1280 / file.width) : 0;
  return { library, id: file.thumbnailFileId, name: "poster.jpg", version: file.version, width: Math.round((file.width ?? 0) * scale), height: Math.round((file.height ?? 0) * scale) };
}

export function kindOf({ mimeType }) {
  const main = mimeType.slice(0, mimeType.indexOf("/"));
  return ["image", "video", "audio"].includes(main) && !mimeType.startsWith("image/svg") ? main : "other";
}
