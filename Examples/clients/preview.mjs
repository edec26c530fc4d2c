// node preview.mjs VIDEO: uploads a video of less than 64 MiB to a library, follows its events, prints the manifest of its previews.
// First: export ZOETROPE_LIBRARY=$(uuidgen) ZOETROPE_TOKEN=$(zoetrope token --user me --library $ZOETROPE_LIBRARY=owner)
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

const { ZOETROPE_API: api = "http://127.0.0.1:4568", ZOETROPE_LIBRARY: library, ZOETROPE_TOKEN: token } = process.env;
const files = `${api}/api/libraries/${library}/files`, headers = { authorization: `Bearer ${token}` };
const content = await readFile(process.argv[2]);
const about = JSON.stringify({ name: basename(process.argv[2]), size: content.length });
const { file, upload } = await (await fetch(files, { method: "POST", headers, body: about })).json();
await fetch(upload.url, { method: "PUT", body: content });

const events = await fetch(`${files}/${file.id}/events`, { headers });
let text = "";
for await (const chunk of events.body.pipeThrough(new TextDecoderStream())) {
  text += chunk;
  const last = text.slice(0, text.lastIndexOf("\n\n") + 1).match(/^data: .*$/gm)?.at(-1);
  const record = last && JSON.parse(last.slice("data: ".length));
  if (record?.previewsStatus === "failed") throw new Error(record.previewsError);
  if (record?.previewsStatus === "ready") break;
}
console.log(JSON.stringify(await (await fetch(`${files}/${file.id}/previews`, { headers })).json()));
