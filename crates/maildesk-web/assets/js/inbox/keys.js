// The keyboard. Which keys do what stands in the sheet that `?` shows; here is what they do.

import { act } from "./act.js";
import { choose, chooseAll, chooseTo, chosen, rows } from "./choose.js";
import { compose } from "./compose.js";
import { show } from "./dialog.js";
import { undo } from "./said.js";
import { desk, go } from "./view.js";

/** How long the second key of two may take. */
const SECOND_KEY = 1500;

/** The row one is at: that of the focus, else that of the open message. */
function here() {
  return document.activeElement?.closest?.("#list > li") ?? document.querySelector("#list > li.current");
}

function focus(row) {
  row?.querySelector("a").focus();
  row?.scrollIntoView({ block: "nearest" });
}

function step(by, extends_) {
  const from = here();
  const all = rows();
  const to = from ? all[all.indexOf(from) + by] : all[0];
  if (!to) return;
  if (extends_) {
    if (from && chosen().length === 0) choose(from, true);
    chooseTo(to);
  }
  focus(to);
}

/** What a button above the open message is about; otherwise those chosen, else the one at hand. */
export function targets(button) {
  const meant = document.querySelector("#reading article")?.dataset.meant;
  if (button?.closest("#reading")) return [meant];
  const all = chosen();
  if (all.length > 0) return all.map((row) => row.dataset.id);
  // In the list keys are about rows, elsewhere about what the buttons above the open message are about.
  const row = document.activeElement?.closest?.("#list > li");
  const id = row?.dataset.id ?? meant;
  return id ? [id] : [];
}

function all(deed) {
  const ids = targets();
  if (ids.length > 0) act(deed, ids);
}

/** Flags, or takes the flags off where all have one. */
function flag() {
  const ids = targets();
  const has = (id) => document.querySelector(`#list > li[data-id="${CSS.escape(id)}"] .flagged, #reading article[data-meant="${CSS.escape(id)}"][data-flagged]`);
  const flagged = ids.every(has);
  if (ids.length > 0) act(flagged ? "unflag" : "flag", ids);
}

/** Goes to a folder of the mailbox one is in, or to the first there is. */
function folder(known) {
  const mailbox = new URL(desk.dataset.path, location.href).searchParams.get("mailbox") ?? here()?.dataset.mailbox;
  const place = mailbox && document.querySelector(`#tree [data-mailbox="${CSS.escape(mailbox)}"][data-known="${known}"]`);
  (place ?? document.querySelector(`#tree [data-known="${known}"]`))?.click();
}

function back() {
  const link = document.querySelector("#reading .back a");
  const row = here();
  if (!link) return focus(row);
  go(link.getAttribute("href"), "list").then(() => focus(rows().find((one) => one.dataset.id === row?.dataset.id)));
}

const does = {
  down: () => step(1, false),
  up: () => step(-1, false),
  open: () => here()?.querySelector("a").click(),
  back,
  search: () => document.querySelector(".search input")?.focus(),
  "go-inbox": () => (new URL(desk.dataset.path, location.href).searchParams.has("mailbox") ? folder("inbox") : go("/", "list")),
  "go-flagged": () => document.querySelector('.filters a[data-filter="flagged"]')?.click(),
  "go-sent": () => folder("sentitems"),
  "go-drafts": () => folder("drafts"),
  choose: () => here() && choose(here()),
  "choose-down": () => step(1, true),
  "choose-up": () => step(-1, true),
  "choose-all": () => chooseAll(true),
  "choose-none": () => chooseAll(false),
  categorise: () => all("categorise"),
  archive: () => all("archive"),
  "put-back": () => all("put-back"),
  delete: () => all("delete"),
  flag,
  read: () => all("read"),
  unread: () => all("unread"),
  undo,
  compose: () => compose("new"),
  reply: () => compose("reply"),
  "reply-all": () => compose("replyAll"),
  forward: () => compose("forward"),
  help: () => show(document.getElementById("keys")),
};

/** Names what another room does on a key of the sheet. */
export function onKey(name, what) {
  does[name] = what;
}

/** Keys as the sheet writes them, to the name of what they do. */
const bound = new Map();
for (const row of document.querySelectorAll("#keys [data-does]")) {
  for (const keys of row.dataset.keys.split("|")) bound.set(keys, row.dataset.does);
}

function written(event) {
  const named = { " ": "Space" }[event.key] ?? event.key;
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  // A sign such as # or ? has its Shift in itself; letters have not.
  const shift = event.shiftKey && /^([a-z]|Arrow\w+)$/i.test(event.key) ? "Shift+" : "";
  return control + shift + (named.length === 1 ? named.toLowerCase() : named);
}

/** The first key of two, while the second may come. */
let first = "";
let timer = 0;

export function pressed(event) {
  if (event.altKey || event.isComposing || event.target.closest?.("dialog")) return;
  if (event.target.matches?.("input:not([type='checkbox']), select, textarea, [contenteditable]")) return;
  const key = written(event);
  // Arrows scroll what one reads and go through the list.
  if (key.includes("Arrow") && !event.target.matches?.("body, .desk, .messages *")) return;
  // Some people speak to their computer, or hit keys by chance: then letters do nothing.
  if ("noShortcuts" in desk.dataset && key.split("+").at(-1).length === 1 && !key.startsWith("Ctrl+")) return;
  const name = bound.get(first ? `${first} ${key}` : key);
  const begins = !first && [...bound.keys()].some((keys) => keys.startsWith(`${key} `));
  clearTimeout(timer);
  first = begins ? key : "";
  if (begins) timer = setTimeout(() => (first = ""), SECOND_KEY);
  if (!name) return;
  // Where one is on a link or a button, Enter is theirs.
  if (key === "Enter" && event.target.matches?.("a, button, summary, input")) return;
  event.preventDefault();
  does[name]?.();
}

document.addEventListener("keydown", pressed);

// A button that does what a key does says so.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-does]");
  if (button) does[button.dataset.does]?.(button);
});
