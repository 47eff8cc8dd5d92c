// What the page says at its foot: what was done, with the way back, what failed, and what Microsoft
// refused. The server writes it; here it goes after a while, and a refusal is said once.

import { room, texts } from "./view.js";

/** How long one may take something back. */
const SHOWN_FOR = 10000;
const TOLD = "maildesk-told";

const told = new Set(JSON.parse(sessionStorage.getItem(TOLD) ?? "[]"));
let timer = 0;

function place() {
  return document.getElementById("said");
}

/** Everything goes together, but not from under a pointer or a key. */
function hideLater() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (place()?.matches(":hover, :focus-within")) return hideLater();
    place()?.replaceChildren();
  }, SHOWN_FOR);
}

/** The refusals of a page that were not said yet; they are now. */
function news(page) {
  const fresh = [...page.querySelectorAll("#said .refused")].filter((one) => !told.has(one.dataset.latest));
  fresh.forEach((one) => told.add(one.dataset.latest));
  if (fresh.length > 0) sessionStorage.setItem(TOLD, JSON.stringify([...told].slice(-200)));
  return fresh;
}

/** Says something that the server did not. */
export function say(text) {
  const line = document.createElement("p");
  line.className = "failed";
  line.textContent = text;
  place()?.replaceChildren(line);
  hideLater();
}

/** Presses every *Undo* that is shown; false when there is none. */
export function undo() {
  const buttons = [...document.querySelectorAll("#said .undo button")];
  buttons.forEach((button) => button.click());
  return buttons.length > 0;
}

room({
  lost() {
    say(texts.lost);
  },
  take(page, how) {
    const here = place();
    if (!here) return;
    const fresh = news(page);
    if (how.kind === "act" || how.kind === "late") {
      const done = [...page.querySelectorAll("#said .undo, #said .failed")];
      here.replaceChildren(...done, ...fresh);
      if (here.children.length > 0) hideLater();
    } else if (fresh.length > 0) {
      here.querySelectorAll(".refused").forEach((one) => one.remove());
      here.append(...fresh);
      hideLater();
    }
  },
});

const fresh = new Set(news(document));
for (const one of document.querySelectorAll("#said .refused")) if (!fresh.has(one)) one.remove();
if (place()?.children.length > 0) hideLater();
