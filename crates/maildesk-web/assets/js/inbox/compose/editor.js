// The text: a field one formats in, with buttons and the usual keys.

import { make } from "./api.js";
import { address, leads, nodes, plain } from "./markup.js";

const field = document.getElementById("compose-text");
const link = document.getElementById("compose-link");
const bar = document.querySelector(".format");
const commands = { bold: "bold", italic: "italic", underline: "underline", list: "insertUnorderedList", numbers: "insertOrderedList" };
/** The name under which the style sheet knows what becomes a link. */
const LINKED = "linked";
const keys = { b: "bold", i: "italic", u: "underline", k: "link" };

let told = () => {};

/** Hears of every change. */
export function onChange(tell) {
  told = tell;
}

/** What was written, as HTML; nothing visible is nothing. */
export function html() {
  return field.textContent.trim() === "" && !field.querySelector("img, hr") ? "" : field.innerHTML;
}

export function setHtml(text) {
  field.replaceChildren(nodes(text));
  hideLink();
  show();
}

/** Puts the cursor behind what is written above `limit` (null: all of it), else where one begins to write. */
export function focus(limit) {
  field.focus();
  const walker = document.createTreeWalker(field);
  let last = null;
  for (let node = walker.nextNode(); node && node !== limit; node = walker.nextNode()) {
    if (node.nodeName === "IMG" || node.data?.trim()) last = node;
  }
  const place = document.createRange();
  if (last) place.setStartAfter(last);
  else place.setStart(field, 0);
  select(place);
  (last?.parentElement ?? bar).scrollIntoView({ block: "nearest" });
}

function select(range) {
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

// The commands are old, and they are what gives every browser its own undo.
function run(command, value) {
  field.focus();
  document.execCommand("styleWithCSS", false, false);
  document.execCommand(command, false, value);
  told();
  show();
}

let range = null;

/**
 * The link's address is asked for beside the buttons; what was selected is remembered, and marked
 * where the browser can. In a link it is that one.
 */
function askLink() {
  const selection = getSelection();
  range = selection.rangeCount > 0 && field.contains(selection.anchorNode) ? selection.getRangeAt(0).cloneRange() : null;
  const around = range && selection.anchorNode.parentElement.closest("#compose-text a");
  if (around && range.collapsed) range.selectNodeContents(around);
  if (range) CSS.highlights?.set(LINKED, new Highlight(range));
  const input = link.querySelector("input");
  input.value = around?.getAttribute("href") ?? "";
  input.setCustomValidity("");
  link.hidden = false;
  input.focus();
}

function hideLink() {
  link.hidden = true;
  CSS.highlights?.delete(LINKED);
}

/** Back to the text, as it was selected. */
function leaveLink() {
  hideLink();
  field.focus();
  if (range) select(range);
}

function setLink() {
  const input = link.querySelector("input");
  const href = address(input.value);
  if (!leads(href)) {
    input.setCustomValidity(link.dataset.wrong);
    input.reportValidity();
    return;
  }
  leaveLink();
  if (getSelection().isCollapsed) run("insertHTML", make("a", { href }, href).outerHTML);
  else {
    run("createLink", href);
    // One writes on behind it, and not over it.
    getSelection().collapseToEnd();
  }
}

function format(name) {
  if (name === "link") return askLink();
  if (name === "quote") return run("formatBlock", isIn("blockquote") ? "div" : "blockquote");
  if (name !== "clear") return run(commands[name]);
  run("removeFormat");
  run("unlink");
  if (isIn("blockquote")) run("outdent");
}

function isIn(name) {
  const around = getSelection().anchorNode;
  const element = around?.nodeType === Node.ELEMENT_NODE ? around : around?.parentElement;
  const found = element?.closest(name);
  return Boolean(found && field.contains(found));
}

/** The buttons say what holds where the cursor is. A link is underlined by itself. */
function show() {
  const isHere = field.contains(getSelection().anchorNode);
  for (const [name, command] of Object.entries(commands)) {
    const holds = isHere && document.queryCommandState(command) && !(name === "underline" && isIn("a") && !isIn("u"));
    bar.querySelector(`[data-format="${name}"]`).setAttribute("aria-pressed", String(holds));
  }
}

bar.addEventListener("pointerdown", (event) => event.target.closest("button") && event.preventDefault());
bar.addEventListener("click", (event) => {
  const button = event.target.closest("[data-format]");
  if (button) format(button.dataset.format);
});
// One stop for the Tab key, and the arrows go from button to button.
const tools = [...bar.querySelectorAll("button")];
tools.forEach((tool, place) => (tool.tabIndex = place === 0 ? 0 : -1));
bar.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const next = tools[(tools.indexOf(document.activeElement) + step + tools.length) % tools.length];
  tools.forEach((tool) => (tool.tabIndex = tool === next ? 0 : -1));
  next.focus();
});
link.querySelector('[data-do="link"]').addEventListener("click", setLink);
link.querySelector('[data-do="no-link"]').addEventListener("click", leaveLink);
link.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.ctrlKey && event.target.matches("input")) {
    event.preventDefault();
    setLink();
  } else if (event.key === "Escape") {
    event.stopPropagation();
    leaveLink();
  }
});
link.addEventListener("input", (event) => event.target.setCustomValidity(""));

field.addEventListener("input", () => told());
field.addEventListener("keydown", (event) => {
  const name = (event.ctrlKey || event.metaKey) && !event.altKey && keys[event.key.toLowerCase()];
  if (!name) return;
  event.preventDefault();
  format(name);
});
document.addEventListener("selectionchange", show);
field.addEventListener("paste", (event) => {
  const board = event.clipboardData;
  // Files are the pane's.
  if (board.files.length > 0) return;
  event.preventDefault();
  const text = board.getData("text/html");
  if (text) run("insertHTML", plain(text));
  else run("insertText", board.getData("text/plain"));
});
