// The list: rows that stay are not touched, further pages come as somebody scrolls, and what arrives
// waits behind a button while somebody reads further down.

import { load, room, texts } from "./view.js";

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

/* ---- what arrives while somebody reads further down ---- */

let pending = null;

function pill(count) {
  const button = document.getElementById("pill");
  if (!button) return;
  button.hidden = count === 0;
  button.textContent = count === 1 ? texts.newOne : `${count} ${texts.newMany}`;
}

function takeFresh(page) {
  const scroll = document.getElementById("scroll");
  const away = scroll && (scroll.scrollTop > 40 || (scroll.scrollHeight <= scroll.clientHeight && scrollY > 200));
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
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("#pill") || !pending) return;
  merge(pending);
  mark();
  pill(0);
  pending = null;
  document.getElementById("scroll").scrollTop = 0;
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
      const page = await load(link.href);
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

room({
  take(page, how) {
    if (how.kind === "refresh") return takeFresh(page);
    if (how.sameList) merge(page);
    else {
      document.querySelector(".messages").replaceChildren(...page.querySelector(".messages").childNodes);
      document.getElementById("scroll").scrollTop = 0;
      watchOlder();
    }
    mark();
  },
});

watchOlder();
