// The list of what this person is writing.

import { called, line } from "../foreign.js";
import { button, call, make, words } from "./api.js";

const region = document.getElementById("drafts");
const rows = region.querySelector("ul");

/** Reads the drafts and lists them; `open(id)` opens one. */
export async function fill(open) {
  const { items } = await call("GET", "/drafts");
  const writing = items.filter((draft) => draft.state === "writing");
  rows.replaceChildren(...writing.map((draft) => row(draft, open)));
  if (writing.length === 0) rows.append(make("li", { class: "dim" }, words.draftsNone));
}

function row(draft, open) {
  const to = [...draft.to, ...draft.cc, ...draft.bcc].map(called).join(", ");
  const whole = button("", () => open(draft.id), "button quiet");
  whole.append(make("strong", {}, line(draft.subject) || words.noSubject), make("span", { class: "dim small" }, to));
  const changed = new Date(draft.updatedAt);
  const text = changed.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  whole.append(make("time", { class: "dim small", datetime: draft.updatedAt }, text));
  if (draft.trouble && draft.trouble.code !== "taken_back") whole.append(make("span", { class: "badge bad" }, words.notSentMark));
  return make("li", {}, whole);
}
