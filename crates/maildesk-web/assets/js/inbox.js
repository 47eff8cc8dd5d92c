// The inbox, live: what changes is fetched as the server renders it and put in place. Without this
// file every link and button still works, with a page load for each.

import { announce, csrf } from "./page.js";
import { follow } from "./live.js";

const desk = document.querySelector(".desk");
const texts = desk.dataset;
const parts = ["tree", "reading"];

/* ---- fetching and putting in place ---- */

/** Counts where people went: what was fetched for another place is not put in place any more. */
let latest = 0;

/** The page at a path, parsed; null when one has to sign in first, which is under way then. */
async function load(path) {
  const answer = await fetch(path, { headers: { accept: "text/html" }, redirect: "follow" });
  if (new URL(answer.url).pathname === "/login") {
    location.href = answer.url;
    return null;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function put(id, page) {
  const here = document.getElementById(id);
  const there = page.getElementById(id);
  if (here && there && here.innerHTML !== there.innerHTML) here.replaceChildren(...there.childNodes);
}

function putFrame(page) {
  const next = page.querySelector(".desk");
  desk.classList.toggle("open", next.classList.contains("open"));
  desk.dataset.path = next.dataset.path;
  document.title = page.title;
}

/** Goes to a path: everything is put in place, and the history knows. */
async function go(path, focus, remember = true) {
  const turn = ++latest;
  let page;
  try {
    page = await load(path);
  } catch {
    if (turn === latest) location.href = path;
    return;
  }
  if (!page || turn !== latest) return;
  if (!page.querySelector(".desk")) {
    location.href = path;
    return;
  }
  const sameList = listKey(desk.dataset.path) === listKey(page.querySelector(".desk").dataset.path);
  putFrame(page);
  parts.forEach((id) => put(id, page));
  if (sameList) merge(page);
  else {
    document.querySelector(".messages").replaceChildren(...page.querySelector(".messages").childNodes);
    document.getElementById("scroll").scrollTop = 0;
    watchOlder();
  }
  mark();
  if (remember) history.pushState({}, "", path);
  opened();
  if (focus === "reading" && matchMedia("(max-width: 1060px)").matches) {
    document.querySelector(".reading .back a")?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

/** What list a path shows, whatever message is open. */
function listKey(path) {
  const url = new URL(path, location.href);
  ["message", "done", "undo", "from"].forEach((name) => url.searchParams.delete(name));
  return url.search;
}

/** Puts the first page of rows in place and leaves the rows below it as they are. */
function merge(page) {
  const list = document.getElementById("list");
  const fresh = [...page.querySelectorAll("#list > li")];
  if (!list) return;
  const wholeList = !page.getElementById("older");
  const last = fresh.at(-1)?.dataset.order ?? "";
  const before = new Map([...list.children].map((row) => [row.dataset.id, row]));
  const rows = fresh.map((row) => {
    const old = before.get(row.dataset.id);
    return old && old.outerHTML === row.outerHTML ? old : row;
  });
  const known = new Set(fresh.map((row) => row.dataset.id));
  const below = wholeList ? [] : [...list.children].filter((row) => row.dataset.order < last && !known.has(row.dataset.id));
  const focused = document.activeElement?.closest?.("#list > li")?.dataset.id;
  // Rows that stay are not touched: one that is taken out and put back loses the click under way.
  const wanted = [...rows, ...below];
  const stay = new Set(wanted);
  for (const row of [...list.children]) if (!stay.has(row)) row.remove();
  wanted.forEach((row, place) => {
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
  });
  if (focused) list.querySelector(`li[data-id="${CSS.escape(focused)}"] a`)?.focus({ preventScroll: true });
  const here = document.querySelector("#scroll > .empty");
  const there = page.querySelector("#scroll > .empty");
  if (here && !there) here.remove();
  if (!here && there) list.before(there);
}

/** Marks the row of the open message. */
function mark() {
  const open = document.querySelector("#reading article")?.dataset.id;
  for (const row of document.querySelectorAll("#list > li")) {
    const current = row.dataset.id === open;
    row.classList.toggle("current", current);
    const link = row.querySelector("a");
    if (current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/* ---- live ---- */

let pending = null;
let timer = 0;
let refreshes = 0;
let pressed = false;
const arrived = new Set();
addEventListener("pointerdown", () => (pressed = true), true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(() => (pressed = false)), true);

/** Fetches the view anew, once for all that came in a moment. */
function refresh() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const path = desk.dataset.path;
    const turn = latest;
    const mine = ++refreshes;
    let page;
    try {
      page = await load(path);
    } catch {
      timer = setTimeout(refresh, 3000);
      return;
    }
    if (!page || mine !== refreshes) return;
    // Somebody went on meanwhile, perhaps to a page that was made before this change.
    if (turn !== latest || desk.dataset.path !== path) return refresh();
    // Nothing moves under a finger that is down: a click on what moved away would be lost.
    if (pressed) return refresh();
    const scroll = document.getElementById("scroll");
    const away = scroll && (scroll.scrollTop > 40 || (scroll.scrollHeight <= scroll.clientHeight && scrollY > 200));
    document.title = page.title;
    put("tree", page);
    putReading(page);
    const top = document.querySelector("#list > li")?.dataset.order ?? "";
    const count = [...page.querySelectorAll("#list > li")].filter((row) => row.dataset.order > top).length;
    if (away && count > 0) {
      pending = page;
      pill(count);
    } else {
      merge(page);
      mark();
      pill(0);
    }
    if (arrived.size > 0) announce(`${arrived.size} ${texts.newMany}`);
    arrived.clear();
  }, 120);
}

/** The open message's head, without touching the frame one reads in. */
function putReading(page) {
  const here = document.querySelector("#reading article");
  const there = page.querySelector("#reading article");
  if (!here || !there || here.dataset.id !== there.dataset.id) return;
  for (const part of [".toolbar", "header"]) {
    const [old, fresh] = [here.querySelector(part), there.querySelector(part)];
    const blocked = old.querySelector("#blocked")?.hidden ?? true;
    if (fresh.querySelector("#blocked")) fresh.querySelector("#blocked").hidden = blocked;
    if (old.innerHTML !== fresh.innerHTML && !old.contains(document.activeElement)) old.replaceChildren(...fresh.childNodes);
  }
}

function pill(count) {
  const button = document.getElementById("pill");
  if (!button) return;
  button.hidden = count === 0;
  button.textContent = count === 1 ? texts.newOne : `${count} ${texts.newMany}`;
}

follow({
  event(name, data) {
    if (name === "message.created") arrived.add(data.id);
    const open = document.querySelector("#reading article");
    if (name === "message.updated" && open?.dataset.id === data.id && open.dataset.coming) reloadBody();
    refresh();
  },
  reset: refresh,
  state(state) {
    const mark = document.getElementById("live");
    mark.hidden = false;
    const text = { live: mark.dataset.live, down: mark.dataset.down, out: mark.dataset.out }[state];
    if (mark.textContent !== text) mark.textContent = text;
    mark.className = `badge ${{ live: "good", down: "warn", out: "bad" }[state]}`;
    mark.dataset.state = state;
  },
});

/* ---- the open message ---- */

function frame() {
  return document.querySelector("#reading iframe");
}

function reloadBody() {
  frame()?.contentWindow?.location.reload();
}

/** As tall as its content: one scroll bar for head and body. */
function measure() {
  const view = frame();
  const inside = view?.contentDocument;
  if (!inside?.body) return;
  view.style.height = "auto";
  view.style.height = `${Math.min(inside.documentElement.scrollHeight + 8, 60000)}px`;
  const blocked = document.getElementById("blocked");
  if (blocked) blocked.hidden = inside.documentElement.dataset.blocked !== "yes";
}

function watchFrame() {
  const view = frame();
  if (!view) return;
  const ready = () => {
    measure();
    const inside = view.contentDocument;
    inside?.querySelectorAll("img").forEach((image) => image.addEventListener("load", measure));
  };
  view.addEventListener("load", ready);
  if (view.contentDocument?.readyState === "complete") ready();
}

/** A message was opened: its frame is measured, and it counts as read. */
function opened() {
  const article = document.querySelector("#reading article");
  watchFrame();
  if (article && "unread" in article.dataset) {
    delete article.dataset.unread;
    change(article.dataset.id, "PATCH", { isRead: true });
  }
}

/* ---- what people do ---- */

/** Asks the API, and tells when Microsoft refuses later. */
async function change(id, method, body) {
  let answer;
  try {
    answer = await fetch(`/api/v1/messages/${id}`, {
      method,
      headers: { "content-type": "application/json", "x-csrf-token": csrf() },
      body: body && JSON.stringify(body),
    });
  } catch {
    toast(texts.failed);
    return;
  }
  const said = await answer.json();
  if (!answer.ok) {
    toast(`${texts.failed} ${said.detail ?? ""}`);
    return;
  }
  watch(said.intentId);
}

async function watch(intent) {
  for (let pause = 500; pause < 60000; pause *= 1.6) {
    await new Promise((done) => setTimeout(done, pause));
    const answer = await fetch(`/api/v1/intents/${intent}`).catch(() => null);
    if (!answer?.ok) continue;
    const said = await answer.json();
    if (said.state === "waiting") continue;
    if (said.state === "refused") {
      toast(`${texts.refused} ${said.error?.message ?? ""} ${said.error?.remedy ?? ""}`);
      refresh();
    }
    return;
  }
}

let toasting = 0;
function toast(text) {
  const place = document.getElementById("toast");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(toasting);
  toasting = setTimeout(() => (place.hidden = true), 12000);
}

/** Presses the open message's button of that name. */
function press(what) {
  document.querySelector(`#reading .toolbar button[value="${what}"]`)?.click();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const inside = form.closest(".desk");
  if (!inside || form.method === "get") return;
  const button = event.submitter;
  if (button?.dataset.sure && !confirm(button.dataset.sure)) {
    event.preventDefault();
    return;
  }
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, button));
  const leaves = ["archive", "delete", "move"].includes(fields.get("do")) && form.id !== "undo";
  const row = document.querySelector("#list > li.current");
  const next = leaves ? (row?.nextElementSibling ?? row?.previousElementSibling) : null;
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const path = new URL(answer.url);
    if (path.pathname === "/login") return void (location.href = answer.url);
    latest++;
    putFrame(page);
    parts.forEach((id) => put(id, page));
    document.getElementById("undo")?.remove();
    const undo = page.getElementById("undo");
    if (undo) {
      document.getElementById("scroll").prepend(undo);
      setTimeout(() => undo.remove(), 12000);
    }
    merge(page);
    mark();
    const shown = new URL(desk.dataset.path, location.href);
    history.replaceState({}, "", shown);
    if (next?.isConnected && matchMedia("(min-width: 1061px)").matches) next.querySelector("a").focus({ preventScroll: true });
    if (!leaves) watchFrame();
    refresh();
  } catch {
    toast(texts.failed);
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-go]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    go(link.getAttribute("href"), link.dataset.go);
  }
  if (event.target.closest("#pill") && pending) {
    merge(pending);
    mark();
    pill(0);
    pending = null;
    document.getElementById("scroll").scrollTop = 0;
  }
  if (event.target.closest("#blocked a")) document.getElementById("blocked").hidden = true;
});

addEventListener("popstate", () => go(location.pathname + location.search, "", false));

/* ---- keys: j and k go down and up, e archives, # deletes, u marks as unread, s flags ---- */

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
  const row = document.activeElement?.closest?.("#list > li") ?? document.querySelector("#list > li.current");
  const step = { j: "nextElementSibling", k: "previousElementSibling" }[event.key];
  if (step) {
    const to = row ? row[step] : document.querySelector("#list > li");
    to?.querySelector("a").focus();
    to?.querySelector("a").scrollIntoView({ block: "nearest" });
  } else if (event.key === "e") press("archive");
  else if (event.key === "#") press("delete");
  else if (event.key === "u") press("unread");
  else if (event.key === "s") press(document.querySelector('#reading .toolbar button[value="flag"]') ? "flag" : "unflag");
  else if (event.key === "/") document.querySelector(".search input")?.focus();
  else return;
  event.preventDefault();
});

/* ---- further down ---- */

let watcher;
function watchOlder() {
  watcher?.disconnect();
  const link = document.getElementById("older");
  if (!link) return;
  // On a phone the page itself scrolls, elsewhere the list does.
  const scroll = document.getElementById("scroll");
  const root = getComputedStyle(scroll).overflowY === "auto" ? scroll : null;
  watcher = new IntersectionObserver(async ([seen]) => {
    if (!seen.isIntersecting || link.dataset.loading) return;
    link.dataset.loading = "yes";
    try {
      const answer = await fetch(link.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const have = new Set([...document.querySelectorAll("#list > li")].map((row) => row.dataset.id));
      const rows = [...page.querySelectorAll("#list > li")].filter((row) => !have.has(row.dataset.id));
      document.getElementById("list").append(...rows);
      const older = page.getElementById("older");
      if (older) {
        link.href = older.href;
        delete link.dataset.loading;
        watcher.unobserve(link);
        watcher.observe(link);
      } else link.closest(".older").remove();
      mark();
    } catch {
      delete link.dataset.loading;
    }
  }, { root, rootMargin: "400px" });
  watcher.observe(link);
}

watchOlder();
opened();
