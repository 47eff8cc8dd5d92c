// The reading pane: its frame is as tall as its content, and a message that is opened counts as read.

import { csrf } from "../page.js";
import { pressed } from "./keys.js";
import { say } from "./said.js";
import { desk, put, room, texts } from "./view.js";

function article() {
  return document.querySelector("#reading article");
}

function frame() {
  return document.querySelector("#reading iframe");
}

/** Loads the body anew, if this message is open and its body was still on its way. */
export function bodyCame(id) {
  if (article()?.dataset.id === id && article().dataset.coming) frame()?.contentWindow?.location.reload();
}

/** The open message's head, without touching the frame one reads in. */
function putHead(page) {
  const here = article();
  const there = page.querySelector("#reading article");
  if (!here || !there || here.dataset.id !== there.dataset.id) return;
  for (const part of [".toolbar", "header"]) {
    const [old, fresh] = [here.querySelector(part), there.querySelector(part)];
    const blocked = old.querySelector("#blocked")?.hidden ?? true;
    if (fresh.querySelector("#blocked")) fresh.querySelector("#blocked").hidden = blocked;
    if (old.innerHTML !== fresh.innerHTML && !old.contains(document.activeElement)) old.replaceChildren(...fresh.childNodes);
  }
}

/** No frame grows beyond: what is as tall as its frame would make it grow for ever. */
const TALLEST = 1000000;

/** As tall as its content: one scroll bar for head and body, and no jump when it grows. */
function measure() {
  const view = frame();
  const root = view?.contentDocument?.documentElement;
  if (!root?.clientHeight) return;
  const bar = view.clientHeight - root.clientHeight;
  const tall = root.scrollHeight > root.clientHeight ? root.scrollHeight : root.offsetHeight;
  const height = `${Math.min(tall + bar, TALLEST)}px`;
  if (view.style.height !== height) view.style.height = height;
  const blocked = document.getElementById("blocked");
  if (blocked) blocked.hidden = root.dataset.blocked !== "yes";
}

function watchFrame() {
  const view = frame();
  if (!view) return;
  const ready = () => {
    const inside = view.contentDocument;
    if (!inside?.body) return;
    measure();
    // Pictures come, quotations are unfolded, the pane is made wider.
    new ResizeObserver(measure).observe(inside.body);
    // Keys do the same wherever one is; the frame has no scripts of its own to mind them.
    inside.addEventListener("keydown", pressed);
  };
  view.addEventListener("load", ready);
  if (view.contentDocument?.readyState === "complete") ready();
}

/** With "later", a message that is closed before counts as not read. */
const LATER = 2000;
let later = 0;

async function markRead(id) {
  const headers = { "content-type": "application/json", "x-csrf-token": csrf() };
  const body = JSON.stringify({ isRead: true });
  const answer = await fetch(`/api/v1/messages/${id}`, { method: "PATCH", headers, body }).catch(() => null);
  if (!answer?.ok) say(texts.failed);
}

/** A message was opened: its frame is measured, and it counts as read. */
function opened() {
  watchFrame();
  const open = article();
  clearTimeout(later);
  const way = desk.dataset.markRead;
  if (!open || !("unread" in open.dataset) || way === "by-hand") return;
  delete open.dataset.unread;
  if (way === "opened") return void markRead(open.dataset.id);
  later = setTimeout(() => article()?.dataset.id === open.dataset.id && markRead(open.dataset.id), LATER);
}

room({
  take(page, how) {
    if (how.kind === "late") return;
    if (how.kind === "refresh") return putHead(page);
    put("reading", page);
    if (how.kind === "go") opened();
    else watchFrame();
  },
});

document.addEventListener("click", (event) => {
  if (event.target.closest("#blocked a")) document.getElementById("blocked").hidden = true;
});

opened();
