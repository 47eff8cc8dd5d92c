// The pane one writes in. It lies over the reading pane and is no dialogue: the list goes on working.

import { Draft } from "./draft.js";
import { Files } from "./files.js";
import { button, call, make, pane, passes, pause, words } from "./api.js";
import { fill } from "./drafts.js";
import { fields } from "./people.js";
import { look, watch } from "./outgoing.js";
import { BEGINNING, exchange, limit } from "./signature.js";
import * as editor from "./editor.js";
import { line } from "../foreign.js";
import { say as sayBelow } from "../said.js";

const UNDO_SECONDS = 10;
/** What one writes or chooses in. */
const TYPED = "input:not([type='checkbox'], [type='file']), select, [contenteditable]";
/** Where this browser keeps which mailbox it sent from last. */
const FROM = "maildesk-from";

const at = (name) => document.getElementById(`compose-${name}`);
const [title, state, bar, from, held, subject, quotes, origin, pick] = ["title", "state", "bar", "from", "held", "subject", "quotes", "origin", "pick"].map(at);
const drafts = document.getElementById("drafts");
const people = fields({ mailbox: () => from.value, changed });

/** What is being written: the draft, its files, and what it is to which message. */
let open = null;
let opener = null;

function changed() {
  open?.draft.changed();
}

/* ---- opening ---- */

/** Begins a mail, or goes on with a message that is a draft. */
export async function begin(mode, { message, mailbox }) {
  if (!(await leave())) return;
  if (mode === "new") {
    const own = [...from.options].map((option) => option.value);
    from.value = [mailbox, localStorage.getItem(FROM)].find((one) => own.includes(one)) ?? own[0];
    show({ mode, to: [], cc: [], bcc: [], subject: "", bodyHtml: BEGINNING, importance: "normal", files: [] }, null);
    return void sign();
  }
  reveal(words.fetching);
  try {
    const known = await start(mode, message, mailbox);
    show(known, known);
    // An answer that nobody wrote a word of is not kept.
    open.isFresh = mode !== "continue";
  } catch (error) {
    say(`${words.failed} ${error.message}`);
  }
}

async function start(mode, message, mailbox) {
  for (let tries = 0; ; tries++) {
    try {
      if (mode === "continue") return await call("POST", `/messages/${message}/draft`);
      const own = mailbox ?? (await call("GET", `/messages/${message}`)).mailboxId;
      return await call("POST", `/mailboxes/${own}/drafts`, { mode, messageId: message, signature: true });
    } catch (error) {
      if (!passes(error) || tries === 5) throw error;
      await pause(2000);
    }
  }
}

async function reopen(id) {
  if (!(await leave())) return;
  reveal(words.fetching);
  try {
    const known = await call("GET", `/drafts/${id}`);
    if (known.state === "writing") show(known, known);
    else say(words.gone);
  } catch (error) {
    say(`${words.failed} ${error.message}`);
  }
}

/** Lists what one is writing. */
export async function list() {
  if (!(await leave())) return;
  opener = document.activeElement;
  try {
    await fill((id) => reopen(id));
  } catch {
    return;
  }
  drafts.hidden = false;
  cover();
  document.getElementById("drafts-title").focus();
}

/** Follows mails that are on their way. */
export function follow(some) {
  for (const draft of some) {
    const left = (Date.parse(draft.sendAt) - Date.now()) / 1000;
    watch(draft, Math.round(Math.min(Math.max(left, 0), 60)), reopen);
  }
}

function reveal(text) {
  if (pane.hidden && drafts.hidden) opener = document.activeElement;
  drafts.hidden = true;
  pane.hidden = false;
  pane.setAttribute("aria-busy", "true");
  title.textContent = text;
  state.textContent = "";
  quiet();
  cover();
  title.focus();
}

/** Puts a draft into the pane; `known` is null for one that is begun with its first word. */
function show(text, known) {
  reveal(words[text.mode] ?? words.draft);
  pane.removeAttribute("aria-busy");
  if (text.mode === "new" && known) title.textContent = words.draft;
  if (known) from.value = known.mailboxId;
  for (const name of ["to", "cc", "bcc"]) people[name].set(text[name]);
  subject.value = line(text.subject);
  editor.setHtml(text.bodyHtml);
  quotes.hidden = !text.hasQuote;
  quotes.querySelector("input").checked = text.quotes ?? false;
  quotes.querySelector("span").textContent = text.mode === "forward" ? words.forwardBelow : words.answerBelow;
  showOrigin(text.originId);
  const draft = new Draft(known, { begin: beginNew, read: () => read(text.importance), tell });
  open = { draft, mode: text.mode, isFresh: !known, signed: known?.mailboxId ?? null, signing: null };
  open.files = new Files(draft, text.files, say);
  if (known?.trouble) say(`${known.trouble.message} ${known.trouble.remedy}`);
  hold();
  if (text.to.length > 0) editor.focus(limit());
  else people.to.focus();
}

/** An answer goes out from where its message lies, and files lie with the draft in its mailbox. */
function hold() {
  const why = open.mode !== "new" ? words.heldAnswer : open.files.all.length > 0 ? words.heldFiles : "";
  from.disabled = why !== "";
  // Where there is one mailbox there is nothing to choose.
  held.hidden = !why || from.options.length === 1;
  held.textContent = why;
}

/** The message that is answered or handed on, to be read below; its text is fetched when it is unfolded. */
function showOrigin(id) {
  origin.hidden = !id;
  origin.open = false;
  const frame = origin.querySelector("iframe").cloneNode();
  for (const name of ["src", "style"]) frame.removeAttribute(name);
  frame.dataset.src = `/messages/${id}/body`;
  origin.querySelector("iframe").replaceWith(frame);
}

/**
 * Has the signature follow the mailbox it is sent from; whether it does. One after the other, so that
 * the last one counts.
 */
function sign() {
  const mine = open;
  mine.signing = (mine.signing ?? Promise.resolve()).then(async () => {
    const to = from.value;
    if (open !== mine || mine.signed === to) return true;
    try {
      const isChanged = await exchange(mine.signed, to);
      if (open !== mine) return true;
      mine.signed = to;
      if (isChanged && mine.draft.touched) changed();
      return true;
    } catch {
      return false;
    }
  });
  return mine.signing;
}

function beginNew() {
  return call("POST", `/mailboxes/${from.value}/drafts`, { mode: "new" });
}

function read(importance) {
  return {
    to: people.to.get(),
    cc: people.cc.get(),
    bcc: people.bcc.get(),
    subject: subject.value,
    bodyHtml: editor.html(),
    quotes: quotes.querySelector("input").checked,
    importance,
  };
}

/* ---- what is said ---- */

function quiet() {
  bar.hidden = true;
  bar.replaceChildren();
  if (open) open.waits = null;
}

function say(text, ...buttons) {
  quiet();
  bar.replaceChildren(make("span", {}, text), ...buttons);
  bar.hidden = false;
}

/**
 * A mail is not sent before its files are here: it goes out by itself where they come by themselves.
 * What is said of it goes when it does not hold any more.
 */
function sayOfFiles() {
  if (open.files.isComing) {
    say(words.filesComing, button(words.filesStop, () => {
      quiet();
      pane.querySelector('[data-do="send"]').focus();
    }));
    open.waits = "to send";
  } else {
    say(words.filesFirst);
    open.waits = "for files";
  }
  at("files").scrollIntoView({ block: "nearest" });
}

function filesChanged() {
  const { files, waits } = open;
  hold();
  if (!waits) return;
  if (files.isWhole) quiet();
  else if (waits === "to send" && !files.isComing) sayOfFiles();
  if (files.isWhole && waits === "to send") send();
}

/** How saving goes. */
function tell(how, detail) {
  state.textContent = how === "refused" ? `${words.refused} ${detail}` : (words[how] ?? "");
  if (how !== "conflict" && how !== "gone") return;
  state.textContent = "";
  if (how === "gone") return say(words.gone, button(words.goneKeep, keepAnew));
  const { id } = open.draft;
  say(words.conflict, button(words.conflictLoad, () => {
    open = null;
    reopen(id);
  }));
}

/** What stands here as a new draft: files and what was answered are gone with the old one. */
function keepAnew() {
  commit();
  const { signed, draft } = open;
  const text = draft.read();
  open = null;
  show({ ...text, mode: "new", hasQuote: false, files: [] }, null);
  open.signed = signed;
  open.draft.changed();
}

/** A draft changed, here or elsewhere. */
export async function draftUpdated(id) {
  if (look(id) || open?.draft.id !== id) return;
  const { draft } = open;
  // What this pane does itself is no news.
  if (draft.busy || draft.over || pane.hasAttribute("aria-busy")) return;
  const now = await call("GET", draft.path).catch((error) => (error.status === 404 ? { state: "discarded" } : null));
  // Meanwhile another draft may be in the pane, or the same text be one of another mailbox.
  if (!now || open?.draft !== draft || draft.id !== id || draft.busy || draft.over || pane.hasAttribute("aria-busy")) return;
  if (now.state !== "writing") {
    draft.stop();
    tell("gone");
  } else if (now.version > draft.version) {
    draft.stop();
    tell("conflict");
  } else if (now.trouble) say(`${now.trouble.message} ${now.trouble.remedy}`);
}

/* ---- leaving ---- */

/** Saves what is open and lets go of it; whether that may be. */
async function leave() {
  drafts.hidden = true;
  if (!open) return true;
  commit();
  const { draft, files, isFresh } = open;
  if (draft.unsaved && !draft.over && !(await draft.save())) {
    say(state.textContent || words.retrying);
    return false;
  }
  if (draft.over && draft.unsaved && !open.isWarned) {
    open.isWarned = true;
    say(words.goneUnsaved, button(words.goneKeep, keepAnew));
    return false;
  }
  if (isFresh && !draft.touched && draft.id) call("DELETE", draft.path).catch(() => {});
  if (draft.touched && !draft.over) sayKept();
  draft.stop();
  files.shown = false;
  open = null;
  return true;
}

/** Only addresses are kept with a draft. */
function sayKept() {
  const lost = Object.values(people).flatMap((one) => one.bad());
  sayBelow(lost.length > 0 ? `${words.keptWithout} ${lost.join(", ")}` : words.kept);
}

function hide() {
  pane.hidden = true;
  drafts.hidden = true;
  cover();
  const back = opener?.isConnected ? opener : document.querySelector('[data-compose="new"]');
  back?.focus();
}

async function close() {
  if (await leave()) hide();
}

/** The draft is over: who went on with it from where it was read does not read on in how it was. */
function over() {
  const wasRead = opener?.dataset.compose === "continue";
  const read = wasRead ? document.querySelector("#reading .back a") : null;
  open = null;
  hide();
  read?.click();
}

function askDiscard() {
  const yes = button(words.sureYes, discard, "button danger");
  say(words.sure, yes, button(words.sureNo, () => {
    quiet();
    pane.querySelector('[data-do="discard"]').focus();
  }));
  yes.focus();
}

async function discard() {
  const { draft, files } = open;
  pane.setAttribute("aria-busy", "true");
  for (const file of files.all) file.stopped = true;
  clearTimeout(draft.timer);
  await draft.busy;
  try {
    if (draft.id) await call("DELETE", draft.path);
  } catch (error) {
    if (error.status !== 404) return say(`${words.failed} ${error.message}`);
  } finally {
    pane.removeAttribute("aria-busy");
  }
  draft.stop();
  over();
  sayBelow(words.discarded);
}

/** What the pane lies over cannot be reached by the Tab key. */
function cover() {
  const isOpen = !pane.hidden || !drafts.hidden;
  const narrow = matchMedia("(max-width: 1060px)").matches;
  document.body.classList.toggle("writing", isOpen);
  for (const one of document.querySelectorAll(".top, #tree, .desk > .messages")) one.inert = isOpen && narrow;
  document.getElementById("reading").inert = isOpen;
}

/* ---- sending ---- */

function commit() {
  for (const one of Object.values(people)) one.commit();
}

async function send() {
  if (!open || open.draft.over) return;
  commit();
  const lists = Object.values(people);
  if (lists.some((one) => one.bad().length > 0)) return say(words.badAddresses);
  if (lists.every((one) => one.get().length === 0)) {
    say(words.nobody);
    return people.to.focus();
  }
  if (!open.files.isWhole) return sayOfFiles();
  const { draft } = open;
  if (!draft.id) draft.unsaved = true;
  if (pane.hasAttribute("aria-busy")) return;
  pane.setAttribute("aria-busy", "true");
  try {
    if (!(await sign())) return say(words.unsigned);
    if (draft.unsaved || draft.busy) {
      if (!(await draft.save()) || draft.unsaved) return;
    }
    const what = { id: draft.id, subject: subject.value };
    await call("POST", `${draft.path}/send`, { undoSeconds: UNDO_SECONDS });
    localStorage.setItem(FROM, from.value);
    draft.stop();
    over();
    watch(what, UNDO_SECONDS, reopen);
  } catch (error) {
    say(`${words.notSent} ${passes(error) ? words.failed : error.message}`);
  } finally {
    pane.removeAttribute("aria-busy");
  }
}

/* ---- what people do ---- */

/** Another mailbox is another draft: the old one goes. */
async function changeFrom() {
  const { draft } = open;
  await draft.busy;
  const { id, path } = draft;
  [draft.id, draft.version] = [null, 0];
  sign();
  if (id) {
    call("DELETE", path).catch(() => {});
    draft.changed();
  }
}

const does = { close, send, discard: askDiscard };
for (const region of [pane, drafts]) {
  region.addEventListener("click", (event) => does[event.target.closest("[data-do]")?.dataset.do]?.());
  region.addEventListener("keydown", (event) => {
    // The inbox's own keys mean what lies below.
    event.stopPropagation();
    if (event.isComposing) return;
    // Out of what one writes in first: one stroke too many must not close the mail.
    if (event.key === "Escape") {
      if (event.target.matches(TYPED)) title.focus();
      else close();
    } else if (region === pane && event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
    else return;
    event.preventDefault();
  });
}
editor.onChange(changed);
subject.addEventListener("input", changed);
// After the subject comes the text; the buttons are reached from there, the other way.
subject.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  editor.focus(limit());
});
quotes.addEventListener("change", changed);
from.addEventListener("change", changeFrom);
pick.addEventListener("change", () => {
  open?.files.add([...pick.files]);
  pick.value = "";
});
pane.addEventListener("files", () => open?.files && filesChanged());
pane.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files];
  if (files.length === 0) return;
  event.preventDefault();
  open?.files.add(files);
});
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
pane.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  pane.classList.add("dropping");
});
pane.addEventListener("dragleave", (event) => {
  if (!pane.contains(event.relatedTarget)) pane.classList.remove("dropping");
});
pane.addEventListener("drop", (event) => {
  pane.classList.remove("dropping");
  if (!hasFiles(event)) return;
  event.preventDefault();
  open?.files.add([...event.dataTransfer.files]);
});
// Whoever opens another message goes on writing later.
document.addEventListener("click", (event) => {
  const isAway = event.target.closest('a[data-go="reading"]');
  if (isAway && (!pane.hidden || !drafts.hidden)) close();
});
matchMedia("(max-width: 1060px)").addEventListener("change", cover);
addEventListener("beforeunload", (event) => {
  if (open?.draft.unsaved || open?.draft.busy || open?.files.isBusy) event.preventDefault();
});
