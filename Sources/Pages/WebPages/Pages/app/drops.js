// Files that are dropped anywhere on a page; folders with all that is in them.

const isFiles = (event) => [...event.dataTransfer?.types ?? []].includes("Files");

/** Calls `onFiles` with `[{ file, path }]`, the path below what was dropped. The body has the class `dragging` meanwhile. */
export function listenForDrops(onFiles) {
  let depth = 0;
  const set = (value) => { depth = Math.max(0, value); document.body.classList.toggle("dragging", depth > 0); };
  document.addEventListener("dragenter", (event) => { if (isFiles(event)) set(depth + 1); });
  document.addEventListener("dragleave", (event) => { if (isFiles(event)) set(depth - 1); });
  document.addEventListener("dragover", (event) => { if (isFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", async (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    set(0);
    // Entries must be taken before the event has ended.
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const found = entries.length ? (await Promise.all(entries.map((entry) => within(entry, "")))).flat() : [...event.dataTransfer.files].map(plain);
    onFiles(found);
  });
}

export const plain = (file) => ({ file, path: file.webkitRelativePath || file.name });

async function within(entry, folder) {
  const path = folder + entry.name;
  if (entry.isFile) return [{ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), path }];
  const reader = entry.createReader(), all = [];
  // A reader gives a hundred at a time, and none at the end.
  for (let some; (some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))).length;) all.push(...some);
  return (await Promise.all(all.map((child) => within(child, `${path}/`)))).flat();
}
