// Mails on their way: the way back for some seconds, and then what became of them. Said at the foot
// of the page, whether the pane is open or not.

import { announce } from "../../page.js";
import { line } from "../foreign.js";
import { button, call, make, words } from "./api.js";

/** A mail that is neither sent nor refused so long after its time has no known fate yet. */
const UNSURE_MS = 20000;
const LOOK_MS = 4000;

const place = document.getElementById("outgoing");
const all = new Map();

/** Follows a draft that goes out in so many seconds; `open(id)` opens it again. */
export function watch(draft, seconds, open) {
  all.get(draft.id)?.end();
  all.set(draft.id, new Outgoing(draft, seconds, open));
}

/** Whether this draft is followed; if so, it is looked at. */
export function look(id) {
  all.get(id)?.look();
  return all.has(id);
}

class Outgoing {
  constructor(draft, seconds, open) {
    Object.assign(this, { id: draft.id, open });
    this.goesAt = performance.now() + seconds * 1000;
    this.text = make("span");
    this.subject = line(draft.subject) || words.noSubject;
    const name = make("strong", { title: this.subject }, this.subject);
    this.row = make("div", { class: "out", role: "group", "aria-label": this.subject }, make("div", {}, name, this.text));
    this.undo = button(words.undo, () => this.takeBack());
    this.row.append(this.undo);
    place.append(this.row);
    announce(`${this.subject}: ${words.sendingIn} ${seconds} s`);
    this.looked = 0;
    this.timer = setInterval(() => this.tick(), 250);
    this.tick();
  }

  say(text, isNews = true) {
    if (this.text.textContent === text) return;
    this.text.textContent = text;
    if (isNews) announce(`${text} ${this.subject}`);
  }

  tick() {
    const left = this.goesAt - performance.now();
    if (left > 0) return this.say(`${words.sendingIn} ${Math.ceil(left / 1000)} s`, false);
    this.undo.hidden = true;
    this.say(left > -UNSURE_MS ? words.sending : words.unsure);
    if (performance.now() - this.looked > LOOK_MS) this.look();
  }

  async look() {
    this.looked = performance.now();
    const draft = await call("GET", `/drafts/${this.id}`).catch((error) => (error.status === 404 ? { state: "discarded" } : null));
    if (!draft || this.over) return;
    if (draft.state === "sent") this.finish(words.sent, true);
    else if (draft.state === "discarded") this.end();
    else if (draft.state === "writing") {
      if (!draft.trouble || draft.trouble.code === "taken_back") return this.end();
      this.finish(`${words.notSent} ${draft.trouble.message} ${draft.trouble.remedy}`, false);
      this.row.append(button(words.openDraft, () => {
        this.end();
        this.open(this.id);
      }));
    }
  }

  /** The last word; good news goes by itself. */
  finish(text, isGood) {
    this.over = true;
    clearInterval(this.timer);
    this.undo.remove();
    this.say(text);
    this.row.append(button(words.dismiss, () => this.end(), "button quiet"));
    if (isGood) setTimeout(() => this.end(), 8000);
    else this.row.classList.add("bad");
  }

  async takeBack() {
    try {
      await call("DELETE", `/drafts/${this.id}/send`);
    } catch (error) {
      announce(error.message);
      this.goesAt = performance.now();
      return this.tick();
    }
    this.end();
    this.open(this.id);
  }

  end() {
    this.over = true;
    clearInterval(this.timer);
    this.row.remove();
    if (all.get(this.id) === this) all.delete(this.id);
  }
}
