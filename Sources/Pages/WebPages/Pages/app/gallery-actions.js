// What can be done with files: made again, renamed, moved, deleted.
import { askText, confirm } from "./dialogs.js";
import { derivativesOf, titleOf } from "./derivatives.js";
import { announce, plural } from "./dom.js";
import { cleanName, fileName } from "./filing.js";

/** Requests at once, of an action on many files. */
const PARALLEL = 4;

export class GalleryActions {
  /** - heard: tells all parts of a record that has changed. */
  constructor(parts) { Object.assign(this, parts); }

  async #each(entries, work, text) {
    const problems = [], waiting = [...entries];
    await Promise.all(Array.from({ length: PARALLEL }, async () => {
      for (let entry; (entry = waiting.shift());) await work(entry).catch((error) => problems.push(`${fileName(entry.name)}: ${error.message}`));
    }));
    if (problems.length) this.delayed.tell(`${plural(problems.length, "file")} failed. ${problems[0]}`);
    else announce(text);
  }

  #refresh() { return this.catalogue.refresh(this.grid.seen).catch(this.failed); }

  /** Without names: what has failed of each file. */
  again(entries, derivatives) {
    return this.#each(entries, async (entry) => this.heard(await this.catalogue.reprocess(entry.id, derivatives)), "Being made again");
  }

  /** Asks which of the derivatives of many files. */
  async askAgainOf(entries) {
    const names = [...new Set(entries.flatMap(derivativesOf))];
    const of = (name) => entries.filter((entry) => derivativesOf(entry).includes(name));
    const chosen = await this.selection.choose(`Make again of ${plural(entries.length, "file")}`, [
      ["What has failed", () => this.again(entries)],
      ...names.map((name) => [`${titleOf(name)} (${of(name).length.toLocaleString("en")})`, () => this.again(of(name), [name])])]);
    await chosen?.().catch(this.failed);
  }

  async askAgain() {
    const { catalogue } = this;
    const chosen = await this.selection.choose("Make again", [
      ["Everything that has failed", async () => this.again(await catalogue.failing())],
      ["The posters of all videos", async () => announce(`${plural((await catalogue.reprocessPosters()).queuedCount, "poster")} being made again`)]]);
    await chosen?.().catch(this.failed);
  }

  async rename(record) {
    const name = await askText("Rename", "Name", { text: record.name, action: "Rename", clean: cleanName, hint: "Slashes make folders: holidays/beach.jpg." });
    if (!name || name === record.name) return;
    await this.#each([record], async () => this.heard(await this.catalogue.rename(record.id, name)), "Renamed");
    await this.#refresh();
  }

  async move(entries, present) {
    const folder = await askText("Move", "Folder", { text: present || "folder", action: "Move", clean: cleanName, hint: "A folder that does not exist comes into being. Slashes make folders within folders." });
    if (!folder) return;
    await this.#each(entries, async (entry) => this.heard(await this.catalogue.rename(entry.id, `${folder}/${fileName(entry.name)}`)), "Moved");
    this.selection.clear();
    await this.#refresh();
  }

  async remove(entries) {
    const { catalogue } = this;
    const what = entries.length === 1 ? fileName(entries[0].name) : plural(entries.length, "file");
    const text = `What was made of ${entries.length === 1 ? "it" : "them"} is deleted as well. You can undo this for a few seconds.`;
    if (!await confirm(`Delete ${what}?`, text, "Delete")) return;
    if (this.lightbox.record) this.lightbox.element.close();
    catalogue.hide(entries);
    this.selection.clear();
    this.showFound();
    this.delayed.add(`${what} deleted`, async (isLeaving) => {
      if (isLeaving) { for (const entry of entries) catalogue.remove(entry.id).catch(() => {}); return; }
      const gone = (error) => { if (error.status !== 404) throw error; };
      await this.#each(entries, (entry) => catalogue.remove(entry.id).catch(gone), "Deleted");
      // Hidden until the list is without them: otherwise they would be seen, and their pictures asked for, once more.
      await this.#refresh();
      catalogue.unhide(entries);
      this.showFound();
    }, () => { catalogue.unhide(entries); this.showFound(); });
  }
}
