// The menu of a row: what keys do with it, where one asks with the right button or the menu key.

import { chooseAll, chosen } from "./choose.js";
import { room } from "./view.js";

const menu = document.getElementById("row-menu");
let id = "";

/** The row it is about, wherever the list has put it meanwhile. */
function row() {
  return document.querySelector(`#list > li[data-id="${CSS.escape(id)}"]`);
}

document.addEventListener("contextmenu", (event) => {
  const asked = event.target.closest?.("#list > li");
  // A finger that rests on a row chooses it.
  if (!menu || !asked || event.pointerType === "touch") return;
  event.preventDefault();
  id = asked.dataset.id;
  // As in every list of files: about all that are chosen, if this is one of them.
  if (!chosen().includes(asked)) chooseAll(false);
  asked.querySelector("a").focus({ preventScroll: true });
  menu.showPopover();
  const box = asked.getBoundingClientRect();
  const isPointed = event.pointerType || event.button === 2;
  const [x, y] = isPointed ? [event.clientX, event.clientY] : [box.left + 32, box.top + 32];
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - menu.offsetHeight - 8))}px`;
  menu.firstElementChild.focus();
});

// Its buttons are those of keys, and keys are about what is chosen or has the focus.
menu?.addEventListener("click", (event) => {
  menu.hidePopover();
  row()?.querySelector("a").focus({ preventScroll: true });
  if (!row()) event.stopPropagation();
});

menu?.addEventListener("keydown", (event) => {
  event.stopPropagation();
  if (event.key === "Tab") return menu.hidePopover();
  const all = [...menu.children];
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  all.at(to % all.length).focus();
});

// What is archived elsewhere is restored in Deleted Items.
room({
  take(page) {
    const there = page.getElementById("row-menu");
    if (menu && there && !menu.matches(":popover-open")) menu.replaceChildren(...there.childNodes);
  },
});
