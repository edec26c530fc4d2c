// A ZIP file of files that are small already: stored, not compressed. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? value >>> 1 ^ 0xedb88320 : value >>> 1;
  return value;
});

export function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff] ^ value >>> 8;
  return (value ^ 0xffffffff) >>> 0;
}

/** Names in UTF-8 (flag 11), 1 January 1980: the same files are the same bytes. */
const [VERSION, FLAGS, TIME, DATE] = [20, 0x0800, 0, 0x0021];

function record(size, ...fields) {
  const view = new DataView(new ArrayBuffer(size));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true); else view.setUint32(at, value, true);
    at += bytes;
  }
  return view;
}

/**
 * Makes a ZIP file. `files`: an asynchronous sequence of `{ name, blob }`, each read by itself, so that memory holds one.
 * At most 65,535 files and 4 GiB.
 */
export async function zip(files) {
  const parts = [], directory = [];
  let offset = 0, count = 0;
  for await (const { name, blob } of files) {
    const title = new TextEncoder().encode(name);
    const sum = crc32(new Uint8Array(await blob.arrayBuffer()));
    const common = [[2, FLAGS], [2, 0], [2, TIME], [2, DATE], [4, sum], [4, blob.size], [4, blob.size], [2, title.length], [2, 0]];
    parts.push(record(30, [4, 0x04034b50], [2, VERSION], ...common), title, blob);
    directory.push(record(46, [4, 0x02014b50], [2, VERSION], [2, VERSION], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), title);
    offset += 30 + title.length + blob.size;
    count += 1;
  }
  const size = directory.reduce((sum, part) => sum + part.byteLength, 0);
  const end = record(22, [4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}
