// Writing, the way in: buttons with `data-compose` and the keys lead here. The pane itself is fetched
// when somebody writes.

import { csrf } from "../page.js";
import { desk } from "./view.js";

let pane = null;

function load() {
  return (pane ??= import("./compose/pane.js"));
}

/**
 * Opens the pane: "new", "reply", "replyAll" and "forward" begin a mail, "continue" goes on with a
 * message that is a draft, "drafts" lists what one is writing. All but the first and the last are
 * about a message: the one named, else the open one.
 */
export async function compose(mode, messageId) {
  if (!document.getElementById("compose")) return;
  const open = document.querySelector("#reading article")?.dataset;
  const message = messageId ?? open?.id;
  const isAbout = !["new", "drafts"].includes(mode);
  if (isAbout && !message) return;
  const { begin, list } = await load();
  if (mode === "drafts") return list();
  const isHere = message && document.querySelector(`#reading [data-id="${CSS.escape(message)}"]`);
  const known = isHere && open.mailbox;
  const here = new URL(desk.dataset.path, location.href).searchParams.get("mailbox") || open?.mailbox;
  return begin(mode, { message: isAbout ? message : null, mailbox: isAbout ? known : here });
}

/** The event stream's word that a draft of this person changed. */
export function draftUpdated(id) {
  pane?.then((room) => room.draftUpdated(id));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-compose]");
  if (button) compose(button.dataset.compose, button.dataset.message);
});

/** A mail that was on its way when the page was loaded is followed here too. */
async function goOn() {
  if (!document.getElementById("compose")) return;
  const answer = await fetch("/api/v1/drafts", { headers: { "x-csrf-token": csrf() } }).catch(() => null);
  if (!answer?.ok) return;
  const { items } = await answer.json();
  const sending = items.filter((draft) => draft.state === "sending");
  if (sending.length > 0) (await load()).follow(sending);
}

goOn();
