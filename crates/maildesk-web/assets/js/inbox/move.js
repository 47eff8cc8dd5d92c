// Moving messages to a folder of their mailbox: by a list one types into, or by dragging rows onto
// the tree.

import { act } from "./act.js";
import { chosen } from "./choose.js";
import { show } from "./dialog.js";
import { onKey, targets } from "./keys.js";
import { say } from "./said.js";
import { desk, texts } from "./view.js";

/** Folders that messages were moved to lately, for each mailbox. */
const RECENT = "maildesk-recent";
const RECENT_MAX = 5;

/* ---- the list of folders ---- */

const picker = document.getElementById("picker");
const field = picker?.querySelector("input");
const list = picker?.querySelector("[role=listbox]");
let moving = { ids: [], mailbox: "" };
let folders = [];

function recent(mailbox) {
  return JSON.parse(localStorage.getItem(RECENT) ?? "{}")[mailbox] ?? [];
}

function remember(mailbox, folder) {
  const all = JSON.parse(localStorage.getItem(RECENT) ?? "{}");
  all[mailbox] = [folder, ...recent(mailbox).filter((one) => one !== folder)].slice(0, RECENT_MAX);
  localStorage.setItem(RECENT, JSON.stringify(all));
}

/** Without accents and case, so that "buro" finds "Büro". */
const plain = (text) => text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();

/** Each folder with the names of those it lies in. */
async function read(mailbox) {
  const answer = await fetch(`/api/v1/mailboxes/${mailbox}/folders`);
  const { items } = await answer.json();
  const known = new Map(items.map((one) => [one.id, one]));
  const names = (one) => (one ? [...names(known.get(one.parentId)), one.name] : []);
  const open = new URL(desk.dataset.path, location.href).searchParams.get("folder");
  const takes = (one) => one.id !== open && !["drafts", "outbox", "conversationhistory"].includes(one.wellKnownName);
  return items.filter(takes).map((one) => ({ id: one.id, name: one.name, above: names(known.get(one.parentId)).join(" / ") }));
}

function option(folder, n) {
  const item = document.createElement("li");
  item.id = `picker-${n}`;
  item.setAttribute("role", "option");
  item.dataset.folder = folder.id;
  const name = document.createElement("span");
  name.textContent = folder.name;
  const above = document.createElement("span");
  above.className = "dim small";
  above.textContent = folder.isRecent ? texts.recent : folder.above;
  item.append(name, above);
  return item;
}

/** What fits what was typed; before anything is, the recent ones come first. */
function fill() {
  const typed = plain(field.value.trim());
  const late = typed ? [] : recent(moving.mailbox);
  const first = late.map((id) => folders.find((one) => one.id === id)).filter(Boolean);
  const fits = folders.filter((one) => !late.includes(one.id) && plain(`${one.above} / ${one.name}`).includes(typed));
  const found = [...first.map((one) => ({ ...one, isRecent: true })), ...fits];
  list.replaceChildren(...found.map(option));
  picker.querySelector(".nothing").hidden = found.length > 0;
  // Nothing moves by an Enter alone: one types or goes down first.
  point(typed ? list.firstElementChild : null);
}

/** Points at one of the list; Enter takes it. */
function point(item) {
  list.querySelector("[aria-selected=true]")?.removeAttribute("aria-selected");
  item?.setAttribute("aria-selected", "true");
  item?.scrollIntoView({ block: "nearest" });
  if (item) field.setAttribute("aria-activedescendant", item.id);
  else field.removeAttribute("aria-activedescendant");
}

function take(item) {
  if (!item) return;
  picker.close();
  remember(moving.mailbox, item.dataset.folder);
  act("move", moving.ids, [["folder", item.dataset.folder]]);
}

/** Of which mailbox these are; null, and said, when of several. */
function mailboxOf(ids) {
  const of = (id) => document.querySelector(`#list > li[data-id="${CSS.escape(id)}"], #reading article[data-meant="${CSS.escape(id)}"]`)?.dataset.mailbox;
  const mailboxes = new Set(ids.map(of));
  if (mailboxes.size === 1) return [...mailboxes][0];
  say(texts.several);
  return null;
}

onKey("move", async (button) => {
  const ids = targets(button);
  const mailbox = ids.length > 0 && mailboxOf(ids);
  if (!mailbox) return;
  moving = { ids, mailbox };
  field.value = "";
  try {
    folders = await read(mailbox);
  } catch {
    return say(texts.failed);
  }
  fill();
  show(picker);
});

field?.addEventListener("input", fill);
picker?.addEventListener("keydown", (event) => {
  const at = list.querySelector("[aria-selected=true]");
  const to = { ArrowDown: at ? at.nextElementSibling : list.firstElementChild, ArrowUp: at?.previousElementSibling };
  if (event.key === "Enter") take(at);
  else if (event.key in to) point(to[event.key] ?? at);
  else return;
  event.preventDefault();
});
list?.addEventListener("click", (event) => take(event.target.closest("[role=option]")));

/* ---- dragging ---- */

let dragged = null;

/** What hangs on the pointer: how many there are. */
function picture(count) {
  const note = document.createElement("div");
  note.className = "dragged";
  note.textContent = `${count} ${texts.selected}`;
  document.body.append(note);
  setTimeout(() => note.remove());
  return note;
}

function target(event) {
  return event.target.closest?.("#tree a[data-folder]");
}

document.addEventListener("dragstart", (event) => {
  const row = event.target.closest?.("#list > li");
  if (!row) return;
  const all = chosen();
  const rows = all.includes(row) ? all : [row];
  dragged = { ids: rows.map((one) => one.dataset.id), mailboxes: new Set(rows.map((one) => one.dataset.mailbox)) };
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  if (rows.length > 1) event.dataTransfer.setDragImage(picture(rows.length), 12, 12);
  document.getElementById("tree")?.classList.add("dropping");
  for (const link of document.querySelectorAll("#tree a")) link.classList.toggle("impossible", !may(link));
});

/** A folder of their own mailbox, all of them. */
function may(link) {
  return dragged?.mailboxes.size === 1 && Boolean(link?.dataset.folder) && dragged.mailboxes.has(link.dataset.mailbox);
}

document.addEventListener("dragover", (event) => {
  const link = target(event);
  document.querySelectorAll("#tree .over").forEach((one) => one !== link && one.classList.remove("over"));
  if (!may(link)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  link.classList.add("over");
});

document.addEventListener("drop", (event) => {
  const link = target(event);
  if (!may(link)) return;
  event.preventDefault();
  remember(link.dataset.mailbox, link.dataset.folder);
  act("move", dragged.ids, [["folder", link.dataset.folder]]);
  end();
});

function end() {
  dragged = null;
  document.getElementById("tree")?.classList.remove("dropping");
  document.querySelectorAll("#tree .over, #tree .impossible").forEach((one) => one.classList.remove("over", "impossible"));
}
document.addEventListener("dragend", end);
