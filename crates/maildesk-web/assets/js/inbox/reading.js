// The reading pane: frames are as tall as their content and loaded when their message is unfolded, what
// is open counts as read, and what arrives is added below without a jump.

import { csrf } from "../page.js";
import { pressed } from "./keys.js";
import { say } from "./said.js";
import { desk, put, room, texts } from "./view.js";

/** No frame grows beyond: what is as tall as its frame would make it grow for ever. */
const TALLEST = 1000000;

const article = () => document.querySelector("#reading article");
const cards = (page) => [...page.querySelectorAll("#reading .cards > li")];

/* ---- frames ---- */

/** Loads the body anew, if this message is here and its body was still on its way. */
export function bodyCame(id) {
  document.querySelector(`#reading li[data-id="${CSS.escape(id)}"][data-coming] iframe[src]`)?.contentWindow?.location.reload();
}

/** As tall as its content: one scroll bar for all, and no jump when it grows. */
function measure(frame) {
  const root = frame.contentDocument?.documentElement;
  if (!root?.clientHeight) return;
  const bar = frame.clientHeight - root.clientHeight;
  const tall = root.scrollHeight > root.clientHeight ? root.scrollHeight : root.offsetHeight;
  const height = `${Math.min(tall + bar, TALLEST)}px`;
  if (frame.style.height === height) return;
  frame.style.height = height;
  aim?.scrollIntoView();
}

/** What is kept in sight while frames above it grow, until somebody does something. */
let aim = null;

function aimless(where) {
  for (const deed of ["wheel", "touchstart", "pointerdown", "keydown"]) where.addEventListener(deed, () => (aim = null), { capture: true, passive: true });
}
aimless(window);

const watched = new WeakSet();

function ready(frame) {
  const inside = frame.contentDocument;
  if (!inside?.body || inside.URL === "about:blank" || watched.has(inside)) return;
  watched.add(inside);
  measure(frame);
  // Pictures come, quotations are unfolded, the pane is made wider.
  new ResizeObserver(() => measure(frame)).observe(inside.body);
  aimless(inside);
  // What is read while one writes is about nothing else.
  if (frame.closest("#compose")) return;
  // Keys do the same wherever one is; the frame has no scripts of its own to mind them.
  inside.addEventListener("keydown", pressed);
  const { blocked, shown } = inside.documentElement.dataset;
  tellOfPictures(frame.closest("li").querySelector(".blocked"), blocked ? "blocked" : shown);
}

/** The bar above a body: pictures are "blocked", or shown "once" or "always"; else there are none. */
function tellOfPictures(bar, state) {
  // Who has just said "always" can take it back; who said so long ago is not told with every mail.
  bar.hidden = !state || (state === "always" && bar.hidden);
  for (const part of bar.children) part.hidden = !part.dataset.in.split(" ").includes(state);
}

/** At once, however long the pictures take. What was pressed is not there any more; the focus goes on. */
function pressedOfPictures({ target }) {
  const part = target.closest?.(".blocked > [data-then]");
  const bar = part?.parentElement;
  // When the form is on its way.
  if (bar) setTimeout(() => {
    tellOfPictures(bar, part.dataset.then);
    bar.querySelector(":scope > a:not([hidden]), :scope > form:not([hidden]) button")?.focus();
  });
}

const isFrame = (target) => target.matches?.("#reading iframe, #compose iframe");
document.addEventListener("load", (event) => isFrame(event.target) && ready(event.target), true);

document.addEventListener("toggle", ({ target }) => {
  if (!target.open || !target.matches("#reading .mail, #compose-origin")) return;
  const frame = target.querySelector("iframe");
  if (!frame.hasAttribute("src")) frame.src = frame.dataset.src;
  else measure(frame);
  read();
}, true);

/** On paper nothing can be unfolded, so what is quoted stands there unfolded. */
function unfold(frame, isPrinting) {
  for (const quoted of frame.contentDocument?.querySelectorAll(".quoted") ?? []) {
    if (isPrinting) quoted.classList.toggle("was-open", quoted.open);
    quoted.open = isPrinting || quoted.classList.contains("was-open");
  }
}

/** On paper a frame is as long as what is in it, at the width of paper. */
function layOut(isPrinting) {
  document.getElementById("reading")?.classList.toggle("printing", isPrinting);
  for (const frame of document.querySelectorAll("#reading .mail[open] iframe")) {
    unfold(frame, isPrinting);
    measure(frame);
  }
}
addEventListener("beforeprint", () => layOut(true));
addEventListener("afterprint", () => layOut(false));
// Not every browser tells of the end; whoever goes on has printed.
for (const on of ["pointerdown", "keydown"]) {
  addEventListener(on, () => document.querySelector("#reading.printing") && layOut(false), true);
}

/* ---- what counts as read ---- */

/** With "later", a message that is closed before counts as not read. */
const LATER = 2000;
let later = 0;

async function markRead(card) {
  delete card.dataset.unread;
  const headers = { "content-type": "application/json", "x-csrf-token": csrf() };
  const body = JSON.stringify({ isRead: true });
  const answer = await fetch(`/api/v1/messages/${card.dataset.id}`, { method: "PATCH", headers, body }).catch(() => null);
  if (!answer?.ok) say(texts.failed);
}

/** What is unfolded counts as read, unless somebody else's page opened it. */
function read() {
  if (article()?.hasAttribute("data-led-here")) return;
  const unread = () => cards(document).filter((card) => "unread" in card.dataset && card.firstElementChild.open);
  clearTimeout(later);
  if (desk.dataset.markRead === "opened") unread().forEach(markRead);
  if (desk.dataset.markRead === "later" && unread().length > 0) later = setTimeout(() => unread().forEach(markRead), LATER);
}

/* ---- what changes ---- */

/** Puts a part in place where it differs; the focus stays in it. */
function swap(old, fresh) {
  if (old.innerHTML === fresh.innerHTML || old.querySelector("select:focus")) return;
  const stops = () => [...old.querySelectorAll("a, button, select")];
  const at = stops().indexOf(document.activeElement);
  old.replaceChildren(...fresh.childNodes);
  stops()[at]?.focus({ preventScroll: true });
}

/** The same conversation, without touching the frames one reads in. */
function merge(page) {
  const [here, there] = [article(), page.querySelector("#reading article")];
  here.toggleAttribute("data-flagged", there.hasAttribute("data-flagged"));
  for (const part of [".toolbar", "header"]) swap(here.querySelector(part), there.querySelector(part));
  const list = here.querySelector(".cards");
  const before = new Map(cards(document).map((card) => [card.dataset.id, card]));
  let last = null;
  for (const fresh of cards(page)) {
    const old = before.get(fresh.dataset.id);
    before.delete(fresh.dataset.id);
    if (old) {
      for (const part of ["summary", ".about"]) swap(old.querySelector(part), fresh.querySelector(part));
      old.firstElementChild.className = fresh.firstElementChild.className;
      old.toggleAttribute("data-coming", fresh.hasAttribute("data-coming"));
    } else {
      // Folded: nobody has seen it yet, and nothing moves.
      const frame = fresh.querySelector("iframe[src]");
      if (frame) frame.dataset.src = frame.getAttribute("src");
      frame?.removeAttribute("src");
      fresh.firstElementChild.open = false;
      list.insertBefore(fresh, last ? last.nextElementSibling : list.firstElementChild);
    }
    last = old ?? fresh;
  }
  before.forEach((gone) => gone.remove());
}

/**
 * A conversation was opened: the message itself is in sight, or what is to be read first where the
 * whole conversation was asked for; and it counts as read.
 */
function opened() {
  for (const frame of document.querySelectorAll("#reading iframe")) if (frame.contentDocument?.readyState === "complete") ready(frame);
  const mail = document.querySelector("#reading article[data-thread] li[data-unread] .mail") ?? document.querySelector("#reading [data-opened]");
  const pane = document.getElementById("reading");
  aim = mail && mail.getBoundingClientRect().top - pane.getBoundingClientRect().top > innerHeight / 2 ? mail : null;
  if (aim) aim.scrollIntoView();
  else pane?.scrollTo(0, 0);
  read();
}

room({
  take(page, how) {
    if (how.kind === "late") return;
    const [here, there] = [article(), page.querySelector("#reading article")];
    if (how.kind !== "go" && here && there && here.dataset.id === there.dataset.id) return merge(page);
    if (how.kind === "refresh") return;
    put("reading", page);
    if (how.kind === "go") opened();
  },
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
  if (event.target.closest("a")) pressedOfPictures(event);
});
document.addEventListener("submit", pressedOfPictures);

opened();
