// Keys: j and k go down and up, e archives, # deletes, u marks as unread, s flags;
// c writes a new mail, r answers, a answers all, f forwards.

import { press } from "./act.js";
import { compose } from "./compose.js";

/** Keys that begin a mail, and what it is to the open one. */
const writes = { c: "new", r: "reply", a: "replyAll", f: "forward" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea, [contenteditable]")) return;
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
  else if (event.key in writes) compose(writes[event.key]);
  else if (event.key === "/") document.querySelector(".search input")?.focus();
  else return;
  event.preventDefault();
});
