// The list: rows that stay are not touched, further pages come as somebody scrolls, and what arrives
// never moves what somebody reads.

import { chosen, whenNoneIsChosen } from "./choose.js";
import { desk, load, room, texts } from "./view.js";

/** Rows of one page of the server. */
const PAGE = 50;
/** No scroll to the top takes longer. */
const RISING_FOR = 800;
/** Scrolled further down than this, one reads and is not waiting for what is new. */
const AWAY = 40;

const list = () => document.getElementById("list");

/** What scrolls: the list, on a phone the whole page. */
function scroller() {
  const scroll = document.getElementById("scroll");
  return getComputedStyle(scroll).overflowY === "auto" ? scroll : document.scrollingElement;
}

/** On the way back up; who is on it is not away. */
let rising = false;

function isAway() {
  return !rising && scroller().scrollTop > AWAY;
}

/** Whether rows have to stay where they are: somebody reads further down, or chooses some. */
function isBusy() {
  return isAway() || chosen().length > 0;
}

/** The rows that can be seen, each with its place in the order and where it is. */
function inSight() {
  const box = scroller();
  const [top, bottom] = box === document.scrollingElement ? [0, innerHeight] : [box.getBoundingClientRect().top, box.getBoundingClientRect().bottom];
  const seen = [];
  for (const row of list().children) {
    const place = row.getBoundingClientRect();
    if (place.top > bottom) break;
    if (place.bottom > top) seen.push([row.dataset.id, row.dataset.order, place.top]);
  }
  return seen;
}

/** Makes a change under which the rows in sight stay where they are; by how much they would have moved. */
function keepStill(change) {
  const seen = inSight();
  change();
  const box = scroller();
  for (const [id, order, top] of seen) {
    const row = list().querySelector(`li[data-id="${CSS.escape(id)}"]`);
    // A conversation that has come up is no mark to go by.
    if (row?.dataset.order !== order) continue;
    const moved = row.getBoundingClientRect().top - top;
    // A short list has nothing to scroll: it is made long enough for as long as it takes.
    if (moved > 0) list().style.minHeight = `${box.clientHeight + box.scrollTop + moved}px`;
    // To set it, to the same even, would end a scroll that is under way.
    if (moved !== 0) box.scrollTop += moved;
    return moved;
  }
  return 0;
}

let risen = 0;

/** Up to what is new, which scrolls in from above and pushes nothing away. */
function toTop() {
  const box = scroller();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  rising = true;
  requestAnimationFrame(() => {
    box.scrollTo({ top: 0, behavior: calm ? "instant" : "smooth" });
    clearTimeout(risen);
    risen = setTimeout(() => {
      rising = false;
      list().style.minHeight = "";
    }, RISING_FOR);
  });
}

function box(row) {
  return row.querySelector(".tick input");
}

/**
 * Puts the rows of a page in place and leaves the rows below them as they are. Rows newer than the
 * first one can be held back; how many those are is the answer. A conversation among them that is in
 * the list already is shown as it is now, and where it was.
 */
function merge(page, hold = false) {
  const here = list();
  if (!here) return 0;
  const wholeList = !page.getElementById("older");
  const all = [...page.querySelectorAll("#list > li")];
  const before = new Map([...here.children].map((row) => [row.dataset.id, row]));
  const top = here.firstElementChild?.dataset.order ?? "";
  const held = hold ? all.filter((row) => row.dataset.order > top) : [];
  const last = all.at(-1)?.dataset.order ?? "";
  for (const row of held) row.dataset.order = before.get(row.dataset.id)?.dataset.order ?? "";
  const shown = all.filter((row) => row.dataset.order);
  const rows = shown.map((row) => {
    const old = before.get(row.dataset.id);
    if (old && box(old).checked) box(row).checked = true;
    return old && old.outerHTML === row.outerHTML ? old : row;
  });
  const known = new Set(all.map((row) => row.dataset.id));
  const below = wholeList ? [] : [...here.children].filter((row) => row.dataset.order < last && !known.has(row.dataset.id));
  const focused = document.activeElement?.closest?.("#list > li");
  const place = [...here.children].indexOf(focused);
  const onBox = document.activeElement?.matches(".tick input");
  // Rows that stay are not touched: one that is taken out and put back loses the click under way.
  const wanted = [...rows, ...below];
  if (held.length > 0) wanted.sort((one, other) => (one.dataset.order < other.dataset.order ? 1 : -1));
  const stay = new Set(wanted);
  for (const row of [...here.children]) if (!stay.has(row)) row.remove();
  wanted.forEach((row, n) => {
    if (here.children[n] !== row) here.insertBefore(row, here.children[n] ?? null);
  });
  if (focused && !focused.isConnected) {
    // The same row made anew, or the one that has taken its place.
    const again = here.querySelector(`li[data-id="${CSS.escape(focused.dataset.id)}"]`) ?? here.children[place] ?? here.lastElementChild;
    again?.querySelector(onBox ? ".tick input" : "a").focus({ preventScroll: true });
  }
  const empty = document.querySelector("#scroll > .empty");
  const wasEmpty = page.querySelector("#scroll > .empty");
  if (empty && !wasEmpty) empty.remove();
  if (!empty && wasEmpty) here.before(wasEmpty);
  document.querySelector(".read-all")?.toggleAttribute("hidden", page.querySelector(".read-all")?.hidden ?? true);
  mark();
  return held.length;
}

/** Marks the row of what is open. */
function mark() {
  const open = document.querySelector("#reading article")?.dataset;
  for (const row of document.querySelectorAll("#list > li")) {
    // A conversation is open whichever of its messages is.
    const current = Boolean(open) && (row.dataset.conversation ? row.dataset.conversation === open.conversation : row.dataset.id === open.id);
    row.classList.toggle("current", current);
    const link = row.querySelector("a");
    if (current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/* ---- what arrives ---- */

/** A page whose newest rows wait until somebody wants them. */
let waiting = null;

function pill(count) {
  const button = document.getElementById("pill");
  if (!button) return;
  button.hidden = count === 0;
  button.textContent = count === 1 ? texts.newOne : `${count} ${texts.newMany}`;
}

/** Somebody reads further down, or chooses: what is new waits. Else it comes in from above. */
function takeFresh(page) {
  const busy = isBusy();
  let held = 0;
  // A page that waits has to be whole when it is let in, and rows go over from the page they are on.
  const moved = keepStill(() => (held = merge(busy ? page.cloneNode(true) : page, busy)));
  waiting = held > 0 ? page : null;
  pill(held);
  if (rising || (!busy && moved > 0)) toTop();
}

function letIn() {
  if (!waiting) return;
  const page = waiting;
  waiting = null;
  pill(0);
  keepStill(() => merge(page));
  toTop();
}

/** What waits comes in when nothing keeps it out any more. */
function settle() {
  if (waiting && !isBusy()) letIn();
}
whenNoneIsChosen(settle);

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#pill")) return;
  letIn();
  list().querySelector("a")?.focus({ preventScroll: true });
});

// Whoever comes back to the top by themselves sees what is new, too.
document.addEventListener("scroll", () => {
  if (scroller().scrollTop <= 0) rising = false;
  settle();
}, { capture: true, passive: true });
// A hand on the wheel goes where it wants.
for (const hand of ["wheel", "touchstart"]) addEventListener(hand, () => (rising = false), { passive: true });

/* ---- further down ---- */

/** A row of a further page, which opens its message in this list and not in that page. */
function ofThisList(row) {
  const link = row.querySelector("a");
  const url = new URL(link.href);
  const after = new URL(desk.dataset.path, location.href).searchParams.get("after");
  if (after) url.searchParams.set("after", after);
  else url.searchParams.delete("after");
  link.href = url.pathname + url.search;
  return row;
}

let watcher;
function watchOlder() {
  watcher?.disconnect();
  const link = document.getElementById("older");
  if (!link) return;
  const root = scroller() === document.scrollingElement ? null : scroller();
  watcher = new IntersectionObserver(async ([seen]) => {
    if (!seen.isIntersecting || link.dataset.loading) return;
    link.dataset.loading = "yes";
    try {
      const page = await load(link.href);
      const have = new Set([...document.querySelectorAll("#list > li")].map((row) => row.dataset.id));
      const more = [...page.querySelectorAll("#list > li")].filter((row) => !have.has(row.dataset.id));
      list().append(...more.map(ofThisList));
      const older = page.getElementById("older");
      if (older) {
        link.href = older.href;
        delete link.dataset.loading;
        watcher.unobserve(link);
        watcher.observe(link);
      } else {
        // Where looking was ended there is a way on instead.
        const ended = page.querySelector("#scroll > .ended");
        link.closest(".older").replaceWith(...(ended ? [ended] : []));
      }
      mark();
    } catch {
      delete link.dataset.loading;
      // It stays in sight, and what stays is not told again: so it is looked at anew after a moment.
      setTimeout(watchOlder, 3000);
    }
  }, { root, rootMargin: "400px" });
  watcher.observe(link);
}

/** How many a search found: counted when the results are there, for nobody waits for that. */
async function countFound(page) {
  const [here, there] = [document, page].map((one) => one.getElementById("found"));
  if (!here || !there) return;
  if (!there.dataset.ask) return void (here.textContent = there.textContent);
  try {
    const answer = await fetch(there.dataset.ask);
    if (answer.ok && !answer.redirected) here.textContent = await answer.text();
  } catch {
    // Nobody answered: the results stand without the number.
  }
}

room({
  ask(url) {
    const rows = list()?.children.length ?? 0;
    if (rows > PAGE) url.searchParams.set("rows", Math.ceil(rows / PAGE) * PAGE);
  },
  take(page, how) {
    if (!list() || how.kind === "late") return;
    if (how.kind !== "go" && how.sameList) countFound(page);
    if (how.kind === "refresh") return takeFresh(page);
    waiting = null;
    pill(0);
    if (how.sameList) return void merge(page);
    document.querySelector(".messages").replaceChildren(...page.querySelector(".messages").childNodes);
    countFound(document);
    scroller().scrollTop = 0;
    watchOlder();
    mark();
  },
});

watchOlder();
countFound(document);

// The help of the search box closes as everything that opens does.
document.addEventListener("keydown", (event) => {
  const help = document.querySelector(".help[open]");
  if (!help || event.key !== "Escape") return;
  event.stopPropagation();
  help.open = false;
  document.querySelector(".search input").focus();
}, true);
document.addEventListener("click", (event) => {
  const help = document.querySelector(".help[open]");
  if (help && !help.contains(event.target)) help.open = false;
});
