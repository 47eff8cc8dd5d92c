// What people do by buttons and keys: the form is sent as without scripts, and the page that is the
// answer is put in place. What is done with more messages than one request takes goes in pieces.

import { csrf } from "../page.js";
import { ask } from "./dialog.js";
import { say } from "./said.js";
import { acted, desk, moment, parse, refresh, texts } from "./view.js";

/** Messages of one request; the server does no more. */
const PIECE = 200;
/** Requests in a row for everything in a folder; more is a matter of another click. */
const PIECES = 5;
/** After these a message is not where it was. */
const LEAVING = ["archive", "delete", "move", "put-back"];

/** Does something with messages: the name of a button, ids, and further fields. */
export function act(deed, ids, more = []) {
  const fields = [["csrf", csrf()], ["back", desk.dataset.path], ["do", deed], ...more, ...ids.map((id) => ["id", id])];
  return send("/messages/act", fields);
}

function row(id) {
  return document.querySelector(`#list > li[data-id="${CSS.escape(id)}"]`);
}

/** The row where one goes on when these leave: the next one, at the end the one before. */
function after(ids) {
  const going = new Set(ids);
  const rows = [...document.querySelectorAll("#list > li")];
  const last = rows.findLastIndex((one) => going.has(one.dataset.id));
  // One message of a conversation: its row stays.
  if (last < 0) return null;
  return rows.slice(last + 1).find((one) => !going.has(one.dataset.id)) ?? rows.slice(0, last).findLast((one) => !going.has(one.dataset.id));
}

async function post(path, fields) {
  const body = new URLSearchParams(fields);
  return parse(await fetch(path, { method: "POST", body, headers: { accept: "text/html" } }));
}

/** Rows in pieces that have no more messages than one request takes; one at least, maybe empty. */
function pieces(ids) {
  const all = [[]];
  let room = PIECE;
  for (const id of ids) {
    const total = Number(row(id[1])?.dataset.total ?? 1);
    if (total > room && all.at(-1).length > 0) {
      all.push([]);
      room = PIECE;
    }
    all.at(-1).push(id);
    room -= total;
  }
  return all;
}

/** The answers to all pieces; null when somebody has to sign in, or thought better of it. */
async function answers(path, fields) {
  const rest = fields.filter(([name]) => name !== "id");
  const pages = [];
  for (const ids of pieces(fields.filter(([name]) => name === "id"))) {
    const piece = [...rest, ...ids];
    let page = await post(path, piece);
    const asks = page?.querySelector("form.asks");
    if (asks) {
      const fields = await ask(asks);
      if (!fields) return null;
      const more = fields.filter(([name]) => !["csrf", "back", "do", "id"].includes(name));
      // Done with is what was asked about, and nothing that came into a conversation meanwhile.
      const meant = fields.filter(([name]) => name === "id");
      page = await post(path, [...rest, ...(meant.length ? meant : ids), ...more]);
      // What was answered counts for the pieces after it, too.
      rest.push(...more);
    }
    if (!page) return null;
    pages.push(page);
  }
  // Everything in a folder goes on until it is done; only the last says what is left.
  if (new Map(fields).has("unread-in")) {
    for (let left; pages.length < PIECES && (left = pages.at(-1).querySelector("[data-goes-on]")); ) {
      const page = await post(path, fields);
      if (!page) return null;
      left.remove();
      pages.push(page);
    }
  }
  return pages;
}

async function send(path, fields) {
  const ids = fields.filter(([name]) => name === "id").map(([, id]) => id);
  const deed = new Map(fields).get("do");
  const leaves = LEAVING.includes(deed);
  const next = leaves ? after(ids) : null;
  const then = moment();
  const wasIn = document.activeElement?.closest?.(".desk");
  try {
    const pages = await answers(path, fields);
    if (!pages) return;
    const last = pages.pop();
    // Each piece has its own way back; all are shown together.
    last.getElementById("said")?.prepend(...pages.flatMap((page) => [...page.querySelectorAll("#said .undo, #said .failed")]));
    acted(last, then);
    // Rows further down are not on the page that came; the refresh has them.
    if (leaves) for (const id of ids) if (!last.querySelector(`#list > li[data-id="${CSS.escape(id)}"]`)) row(id)?.remove();
    // The page that came may have made that row anew.
    if (wasIn && next) row(next.dataset.id)?.querySelector("a").focus({ preventScroll: true });
    refresh();
  } catch (error) {
    // What somebody else has just put elsewhere shows where it is now.
    const isGone = error.message === "404";
    say(isGone ? texts.gone : texts.failed);
    if (isGone) refresh();
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.closest(".desk") || form.method !== "post" || form.target) return;
  event.preventDefault();
  send(form.action, [...new FormData(form, event.submitter)]);
});
