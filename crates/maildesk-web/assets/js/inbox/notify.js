// Desktop notifications while a tab of the desk is open: asked for in this browser, for each mailbox
// on its own. Who wrote and what is told only to those who want that.

import { show } from "./dialog.js";
import { called, line } from "./foreign.js";
import { desk, go, texts } from "./view.js";

const KEPT = "maildesk-notify";

const dialog = document.getElementById("notify");

function kept() {
  return { mailboxes: [], content: false, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
}

function isAllowed() {
  return "Notification" in window && Notification.permission === "granted";
}

function fill() {
  const { mailboxes, content } = kept();
  for (const box of dialog.querySelectorAll("[name=mailbox]")) box.checked = isAllowed() && mailboxes.includes(box.value);
  dialog.querySelector("[name=content]").checked = content;
  dialog.querySelector(".denied").hidden = !("Notification" in window) || Notification.permission !== "denied";
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#tree [data-notify]")) return;
  fill();
  show(dialog);
});

dialog?.addEventListener("change", async (event) => {
  if (event.target.checked && event.target.name === "mailbox" && !isAllowed()) await Notification.requestPermission();
  const chosen = [...dialog.querySelectorAll("[name=mailbox]:checked")].map((box) => box.value);
  const content = dialog.querySelector("[name=content]").checked;
  localStorage.setItem(KEPT, JSON.stringify({ mailboxes: isAllowed() ? chosen : [], content }));
  fill();
});

/** What a notification says of a message. */
async function words(data, content) {
  const name = dialog.querySelector(`[value="${CSS.escape(data.mailboxId)}"]`)?.dataset.name ?? "";
  const plain = { title: texts.newIn.replace("…", name), body: "" };
  if (!content) return plain;
  const answer = await fetch(`/api/v1/messages/${data.id}`).catch(() => null);
  if (!answer?.ok) return plain;
  const { from, subject } = await answer.json();
  const author = from && called(from);
  return { title: author || plain.title, body: author ? `${line(subject)}\n${plain.title}` : line(subject) };
}

/** Tells of a message that arrived. Called in one tab of the browser only. */
export async function arrived(data) {
  const { mailboxes, content } = kept();
  if (!dialog || !isAllowed() || !mailboxes.includes(data.mailboxId) || document.hasFocus()) return;
  const { title, body } = await words(data, content);
  // The tag: told twice it is still one.
  const note = new Notification(title, { body, tag: data.id, icon: desk.dataset.icon });
  note.addEventListener("click", () => {
    window.focus();
    note.close();
    go(`/?mailbox=${data.mailboxId}&message=${data.id}`, "reading");
  });
}
