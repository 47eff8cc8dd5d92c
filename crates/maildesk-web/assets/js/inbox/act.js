// What people do by buttons: the form is sent as without scripts, and the page that is the answer is
// put in place.

import { toast } from "./toast.js";
import { acted, parse, refresh, texts } from "./view.js";

/** Presses the open message's button of that name. */
export function press(what) {
  document.querySelector(`#reading .toolbar button[value="${what}"]`)?.click();
}

/** The way back stands above the list for a while. */
function offerUndo(page) {
  document.getElementById("undo")?.remove();
  const undo = page.getElementById("undo");
  if (!undo) return;
  document.getElementById("scroll").prepend(undo);
  setTimeout(() => undo.remove(), 12000);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const inside = form.closest(".desk");
  if (!inside || form.method === "get") return;
  const button = event.submitter;
  event.preventDefault();
  if (button?.dataset.sure && !confirm(button.dataset.sure)) return;
  const fields = new URLSearchParams(new FormData(form, button));
  const leaves = ["archive", "delete", "move"].includes(fields.get("do")) && form.id !== "undo";
  const row = document.querySelector("#list > li.current");
  const next = leaves ? (row?.nextElementSibling ?? row?.previousElementSibling) : null;
  try {
    const page = await parse(await fetch(form.action, { method: "POST", body: fields, headers: { accept: "text/html" } }));
    if (!page) return;
    acted(page);
    offerUndo(page);
    if (next?.isConnected && matchMedia("(min-width: 1061px)").matches) next.querySelector("a").focus({ preventScroll: true });
    refresh();
  } catch {
    toast(texts.failed);
  }
});
