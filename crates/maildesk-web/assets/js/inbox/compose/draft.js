// One draft while it is being written: its text is saved when the typing pauses, and again until it
// is. What was saved last is known by the version.

import { Refusal, call, passes } from "./api.js";

/** How long the typing pauses before it is saved. */
const PAUSE_MS = 1500;
const AGAIN_MS = 2000;
const AGAIN_MAX_MS = 30000;

export class Draft {
  /**
   * `known` is what the API says of the draft, or null when it is to be begun with the first change;
   * `begin()` begins it, `read()` gives the text as the API takes it, `tell(state, detail)` hears how
   * saving goes: "saving", "saved", "retrying", "refused", "conflict", "gone".
   */
  constructor(known, { begin, read, tell }) {
    Object.assign(this, { begin, read, tell });
    this.id = known?.id ?? null;
    this.version = known?.version ?? 0;
    this.unsaved = false;
    this.touched = false;
    this.over = false;
    this.busy = null;
    this.again = AGAIN_MS;
    this.timer = 0;
  }

  get path() {
    return `/drafts/${this.id}`;
  }

  /** Somebody changed the text. */
  changed() {
    this.unsaved = true;
    this.touched = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE_MS);
  }

  /** Begins the draft if it is not begun; there is one beginning however many ask. */
  async ensure() {
    if (this.id) return;
    this.beginning ??= this.begin();
    try {
      const known = await this.beginning;
      if (!this.id) [this.id, this.version] = [known.id, known.version];
    } finally {
      this.beginning = null;
    }
  }

  /** Saves what is not saved; whether everything is. */
  save() {
    clearTimeout(this.timer);
    if (this.over) return Promise.resolve(false);
    this.busy ??= this.#saveAll().finally(() => (this.busy = null));
    return this.busy;
  }

  async #saveAll() {
    while (this.unsaved && !this.over) {
      this.unsaved = false;
      this.tell("saving");
      try {
        await this.ensure();
        const saved = await call("PUT", this.path, { ...this.read(), version: this.version });
        this.version = saved.version;
        this.again = AGAIN_MS;
        if (!this.unsaved) this.tell("saved");
      } catch (error) {
        this.unsaved = true;
        this.#failed(error);
        return false;
      }
    }
    return !this.over;
  }

  #failed(error) {
    if (passes(error) || error.status === 401) {
      this.tell("retrying");
      this.timer = setTimeout(() => this.save(), this.again);
      this.again = Math.min(this.again * 2, AGAIN_MAX_MS);
    } else if (error.code === "draft_changed") {
      this.stop();
      this.tell("conflict");
    } else if (error.code === "not_writing" || (error instanceof Refusal && error.status === 404)) {
      this.stop();
      this.tell("gone");
    } else this.tell("refused", error.message);
  }

  /** Nothing of this is saved any more. */
  stop() {
    this.over = true;
    clearTimeout(this.timer);
  }
}
