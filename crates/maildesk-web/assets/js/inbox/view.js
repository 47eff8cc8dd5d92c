// What the inbox shows is its address: pages are fetched as the server renders them, and each room
// (tree, list, reading pane) puts its part in place. Rooms make themselves known here; this file
// knows none of them.

export const desk = document.querySelector(".desk");
/** The page's words for scripts. */
export const texts = desk.dataset;

const rooms = [];

/**
 * Makes a room known. `room.take(page, how)` puts its part of a fetched page in place; `how.kind` is
 * "go" (somebody went somewhere), "act" (something was done), "refresh" (something changed) or "late"
 * (something was done, and the page is of another place), and `how.sameList` says whether the list is
 * still the same one. `room.ask(url)`, where there is one, adds to the address that a refresh fetches;
 * `room.lost()` tells that nobody answered when somebody went somewhere.
 */
export function room(one) {
  rooms.push(one);
}

/** Counts where people went: what was fetched for another place is not put in place any more. */
let latest = 0;

/** The answer of a fetch, parsed; null when one has to sign in first, which is under way then. */
export async function parse(answer) {
  if (new URL(answer.url).pathname === "/login") {
    location.href = answer.url;
    return null;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** The page at a path, parsed. */
export async function load(path) {
  return parse(await fetch(path, { headers: { accept: "text/html" } }));
}

/** What list a path shows, whatever message is open. */
function listKey(path) {
  const url = new URL(path, location.href);
  ["message", "alone", "done", "count", "to", "undo", "failed", "sign"].forEach((name) => url.searchParams.delete(name));
  return url.search;
}

function take(page, kind) {
  const next = page.querySelector(".desk");
  const sameList = listKey(desk.dataset.path) === listKey(next.dataset.path);
  if (kind !== "refresh") {
    desk.classList.toggle("open", next.classList.contains("open"));
    desk.dataset.path = next.dataset.path;
  }
  document.title = page.title;
  rooms.forEach((one) => one.take(page, { kind, sameList }));
}

/** Goes to a path: everything is put in place, and the history knows. */
export async function go(path, focus, remember = true) {
  const turn = ++latest;
  let page;
  try {
    page = await load(path);
  } catch (error) {
    if (turn !== latest) return;
    // Nobody answered, or a proxy did: what is on the page stays, and one clicks again. Every other
    // answer is a page that says what is wrong.
    if (error instanceof TypeError || ["502", "503", "504"].includes(error.message)) rooms.forEach((one) => one.lost?.());
    else location.href = path;
    return;
  }
  if (!page || turn !== latest) return;
  if (!page.querySelector(".desk")) {
    location.href = path;
    return;
  }
  // Where the pane takes the place of the list it begins at its top; what is to be in sight then is its own affair.
  const alone = focus === "reading" && matchMedia("(max-width: 1060px)").matches;
  if (alone) scrollTo(0, 0);
  take(page, "go");
  if (remember) history.pushState({}, "", path);
  if (alone) document.querySelector(".reading .back a")?.focus({ preventScroll: true });
}

/** How often somebody has gone somewhere: by it one knows whether they did meanwhile. */
export function moment() {
  return latest;
}

/**
 * Puts a page in place that came as the answer to something done at that moment. Whoever has gone
 * on since stays where they are.
 */
export function acted(page, then) {
  if (then !== latest) {
    rooms.forEach((one) => one.take(page, { kind: "late", sameList: false }));
    return;
  }
  latest++;
  take(page, "act");
  history.replaceState({}, "", desk.dataset.path);
}

/* ---- fetching anew ---- */

let timer = 0;
let refreshes = 0;
let pressed = false;
addEventListener("pointerdown", () => (pressed = true), true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(() => (pressed = false)), true);

/** Fetches the view anew, once for all that came in a moment. */
export function refresh() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const path = desk.dataset.path;
    const turn = latest;
    const mine = ++refreshes;
    const url = new URL(path, location.href);
    rooms.forEach((one) => one.ask?.(url));
    let page;
    try {
      page = await load(url);
    } catch {
      timer = setTimeout(refresh, 3000);
      return;
    }
    if (!page || mine !== refreshes) return;
    // Somebody went on meanwhile, perhaps to a page that was made before this change.
    if (turn !== latest || desk.dataset.path !== path) return refresh();
    // Nothing moves under a finger that is down: a click on what moved away would be lost.
    if (pressed) return refresh();
    take(page, "refresh");
  }, 120);
}

/** Puts an element's contents in place where they differ. */
export function put(id, page) {
  const here = document.getElementById(id);
  const there = page.getElementById(id);
  if (here && there && here.innerHTML !== there.innerHTML) here.replaceChildren(...there.childNodes);
}

document.addEventListener("click", (event) => {
  // A chip in a row leads to the list of its category; in the reading pane it is a link.
  const chip = event.target.closest("#list .chip");
  if (chip && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    const mailbox = chip.closest("li").dataset.mailbox;
    return void go(`/?${new URLSearchParams({ mailbox, category: chip.dataset.category })}`, "list");
  }
  const link = event.target.closest("a[data-go]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    go(link.getAttribute("href"), link.dataset.go);
  }
});

addEventListener("popstate", () => go(location.pathname + location.search, "", false));
