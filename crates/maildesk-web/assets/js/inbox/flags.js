// Flags with a date: a short list of days, as Outlook has them, or any other.

import { act } from "./act.js";
import { show } from "./dialog.js";
import { onKey, targets } from "./keys.js";

const menu = document.getElementById("flags");
let ids = [];

onKey("flag-menu", (button) => {
  ids = targets(button);
  if (ids.length === 0) return;
  menu.querySelector("form").reset();
  show(menu);
});

menu?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-flag]");
  if (!button) return;
  menu.close();
  act(button.dataset.flag, ids, [["due", button.dataset.due]]);
});

menu?.addEventListener("submit", () => act("flag", ids, [["due", menu.querySelector("input").value]]));

// Down and up, as in every menu; in the date they are its own.
menu?.addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || event.target.matches("input")) return;
  event.preventDefault();
  const all = [...menu.querySelectorAll("button")];
  all[(all.indexOf(document.activeElement) + by + all.length) % all.length].focus();
});
