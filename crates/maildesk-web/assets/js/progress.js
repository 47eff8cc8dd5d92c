// What a page shows of mailboxes, live: when something about one changes, the server's rendering of
// the page is fetched, and every part marked data-live (with the mailbox's id, or empty for all) that
// differs is put in place.

import { follow } from "./live.js";

const parts = [...document.querySelectorAll("[data-live]")];
let timer = 0;

function refresh() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts) {
      const fresh = page.getElementById(part.id);
      // Nobody loses the control they are at.
      if (fresh && fresh.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
    }
  }, 300);
}

follow({
  event(name, data) {
    const isShown = parts.some((part) => [data.mailboxId, ""].includes(part.dataset.live));
    if (isShown && (name === "mailbox.updated" || name === "push.updated")) refresh();
  },
  reset: refresh,
  state() {},
});
