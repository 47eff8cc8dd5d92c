// A mailbox's state, live: while an import runs or something changes, the server's rendering of it
// is fetched and put in place.

import { follow } from "./live.js";

const card = document.querySelector("#state[data-mailbox]");
let timer = 0;

function refresh() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("#state[data-mailbox]");
    if (fresh && fresh.innerHTML !== card.innerHTML && !card.contains(document.activeElement)) card.replaceChildren(...fresh.childNodes);
  }, 300);
}

follow({
  event(name, data) {
    if (data.mailboxId === card.dataset.mailbox && (name === "mailbox.updated" || name === "push.updated")) refresh();
  },
  reset: refresh,
  state() {},
});
