// Names with slashes are paths: what folders a library has follows from its files' names.

export const fileName = (name) => name.slice(name.lastIndexOf("/") + 1);
export const folderOf = (name) => name.slice(0, name.lastIndexOf("/") + 1);

/** A name as it is stored: no empty parts, none that mean other folders. Empty if nothing is left. */
export function cleanName(name) {
  return name.split("/").map((part) => part.trim()).filter((part) => part && part !== "." && part !== "..").join("/");
}

/** The folders on the way to one, from the outermost: `[{ name, path }]`. */
export function trail(folder) {
  const parts = folder.split("/").filter(Boolean);
  return parts.map((name, index) => ({ name, path: `${parts.slice(0, index + 1).join("/")}/` }));
}
