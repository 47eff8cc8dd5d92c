// What a page shows of mailboxes, live: when something about one changes, the server's rendering of
// the page is fetched, and every part marked data-live (with the mailbox's id, or empty for all) that
// differs is put in place. What happens soon after is shown together, and nothing for longer than the
// pause: a page of all mailboxes hears of every sync of each of them.

import { follow } from "./live.js";

const parts = [...document.querySelectorAll("[data-live]")];
const together = 300;
const pause = parts.some((part) => part.dataset.live === "") ? 10_000 : 300;
let timer = 0;
let earliest = 0;

function refresh() {
  if (timer) return;
  timer = setTimeout(async () => {
    timer = 0;
    earliest = performance.now() + pause;
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts) {
      const fresh = page.getElementById(part.id);
      // Nobody loses the control they are at, nor what is shown this once.
      if (part.querySelector("[data-once]")) continue;
      if (fresh && fresh.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
    }
  }, Math.max(together, earliest - performance.now()));
}

follow({
  event(name, data) {
    const isShown = parts.some((part) => [data.mailboxId, ""].includes(part.dataset.live));
    if (isShown && (name === "mailbox.updated" || name === "push.updated")) refresh();
  },
  reset: refresh,
  state() {},
});
