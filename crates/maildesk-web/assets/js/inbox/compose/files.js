// Files of a draft: handed over in parts, one file after the other, and from where it stopped after
// a lost connection.

import { announce } from "../../page.js";
import { call, make, pane, passes, pause, size, words } from "./api.js";

const PART = 2 << 20;
const TOTAL_MAX = 150 << 20;

const list = document.getElementById("compose-files");
const total = document.getElementById("compose-total");

function isDone(one) {
  return Boolean(one.id) && (!one.isHere || one.received === one.size);
}

/** The files of one draft; `draft` is a Draft, `fail(text)` says what is in the way. */
export class Files {
  constructor(draft, known, fail) {
    Object.assign(this, { draft, fail });
    this.all = known.map((file) => ({ ...file, blob: null, why: "" }));
    this.line = Promise.resolve();
    this.shown = true;
    this.draw();
  }

  /** Whether nothing is missing. */
  get isWhole() {
    return this.all.every(isDone);
  }

  /** Whether what is missing comes by itself. */
  get isComing() {
    return this.all.every((one) => isDone(one) || (one.blob && !one.stopped));
  }

  /** Whether something is being handed over. */
  get isBusy() {
    return this.all.some((one) => one.blob && one.received < one.size && !one.stopped);
  }

  sum() {
    return this.all.reduce((sum, one) => sum + one.size, 0);
  }

  add(files) {
    for (const blob of files) {
      const half = this.all.find((one) => one.id && one.isHere && one.received < one.size && !one.blob && one.name === blob.name && one.size === blob.size);
      if (half) Object.assign(half, { blob, why: "" });
      else if (this.sum() + blob.size > TOTAL_MAX) {
        this.fail(`${blob.name} ${words.tooLarge}`);
        continue;
      }
      const one = half ?? { id: null, name: blob.name || "file", size: blob.size, received: 0, isHere: true, blob, why: "" };
      if (!half) this.all.push(one);
      this.line = this.line.then(() => this.#handOver(one));
    }
    this.draw();
  }

  async #handOver(one) {
    let wait = 1000;
    while (!one.stopped && (!one.id || one.received < one.size)) {
      try {
        await this.#step(one);
        [wait, one.why] = [1000, ""];
      } catch (error) {
        if (error.code === "other_offset") one.received = error.received;
        else if (passes(error)) {
          one.why = words.fileWaits;
          this.draw();
          await pause(wait);
          wait = Math.min(wait * 2, 30000);
        } else {
          [one.why, one.stopped] = [error.message, true];
        }
      }
      this.draw();
    }
    if (!one.stopped) announce(`${one.name}: 100 %`);
  }

  async #step(one) {
    if (!one.id) {
      await this.draft.ensure();
      this.draft.touched = true;
      const new_ = { name: one.name, contentType: one.blob.type, size: one.size };
      one.id = (await call("POST", `${this.draft.path}/files`, new_)).id;
      // Taken out while it was being added.
      if (one.stopped) await call("DELETE", `${this.draft.path}/files/${one.id}`);
      return;
    }
    const part = one.blob.slice(one.received, one.received + PART);
    const said = await call("PUT", `${this.draft.path}/files/${one.id}?offset=${one.received}`, part);
    one.received = said.received;
  }

  async remove(one) {
    one.stopped = true;
    try {
      if (one.id) await call("DELETE", `${this.draft.path}/files/${one.id}`);
    } catch (error) {
      if (error.status !== 404) return this.fail(`${words.failed} ${error.message}`);
    }
    this.draft.touched = true;
    this.all = this.all.filter((other) => other !== one);
    this.draw();
    document.getElementById("compose-pick").focus();
  }

  draw() {
    if (!this.shown) return;
    list.hidden = this.all.length === 0;
    total.textContent = `${size(this.sum())} ${words.total}`;
    const rows = [...list.children];
    this.all.forEach((one, place) => {
      one.row ??= this.#row(one);
      this.#fill(one);
      if (rows[place] !== one.row) list.insertBefore(one.row, list.children[place] ?? null);
    });
    for (const row of [...list.children]) if (!this.all.some((one) => one.row === row)) row.remove();
    // How the pane knows that From stays.
    pane.dispatchEvent(new CustomEvent("files"));
  }

  #row(one) {
    const remove = make("button", { type: "button", class: "button quiet", "aria-label": `${words.remove} ${one.name}` }, "×");
    remove.addEventListener("click", () => this.remove(one));
    const bar = make("progress", { "aria-label": one.name, max: String(Math.max(one.size, 1)) });
    const name = make("span", { class: "name" }, one.name, " ", make("span", { class: "dim small" }, size(one.size)));
    const part = make("span", { class: "part dim small" });
    return make("li", {}, name, bar, part, make("span", { class: "why small", role: "status" }), remove);
  }

  #fill(one) {
    const bar = one.row.querySelector("progress");
    bar.value = one.size === 0 ? Number(Boolean(one.id)) : one.received;
    bar.hidden = isDone(one);
    const part = `${Math.floor((100 * one.received) / Math.max(one.size, 1))} %, ${size(one.received)} ${words.of} ${size(one.size)}`;
    one.row.querySelector(".part").textContent = bar.hidden ? "" : part;
    const lost = one.isHere && !one.blob && one.received < one.size;
    const why = one.row.querySelector(".why");
    const text = one.why || (lost ? words.fileMissing : "");
    if (why.textContent !== text) why.textContent = text;
  }
}
