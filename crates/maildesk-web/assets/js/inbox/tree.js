// The tree of mailboxes and folders: fetched anew it keeps the focus, and what is folded stays so.

import { room } from "./view.js";

const KEPT = "maildesk-folds";

const tree = () => document.getElementById("tree");

/** Says of each button whether what is under it shows. */
function tell() {
  for (const button of document.querySelectorAll("#tree [data-fold]")) {
    const under = tree().querySelector(`[data-under~="${CSS.escape(button.dataset.fold)}"]`);
    button.setAttribute("aria-expanded", String(Boolean(under?.checkVisibility())));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#tree [data-fold]");
  if (!button) return;
  const state = button.getAttribute("aria-expanded") === "true" ? "shut" : "open";
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  kept[button.dataset.fold] = state;
  localStorage.setItem(KEPT, JSON.stringify(kept));
  dispatchEvent(new Event(KEPT));
  tell();
});

/** As the server wrote it, which the page's own is not once something was told in it. */
let written = "";

room({
  take(page, how) {
    if (how.kind === "late") return;
    const [here, there] = [tree(), page.getElementById("tree")];
    if (!here || !there || there.innerHTML === written) return;
    written = there.innerHTML;
    const focused = here.contains(document.activeElement) ? document.activeElement : null;
    const { fold } = focused?.dataset ?? {};
    const path = focused?.getAttribute("href");
    here.replaceChildren(...there.childNodes);
    tell();
    if (fold) here.querySelector(`[data-fold="${CSS.escape(fold)}"]`)?.focus({ preventScroll: true });
    else if (path) here.querySelector(`a[href="${CSS.escape(path)}"]`)?.focus({ preventScroll: true });
  },
});

if (tree()) tell();
