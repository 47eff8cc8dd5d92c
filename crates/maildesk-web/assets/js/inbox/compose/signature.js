// The signature in a mail that is being written: it stands in an element of its own, and follows the
// mailbox for as long as nobody has changed it. What somebody wrote is never touched.

import { call } from "./api.js";
import { nodes } from "./markup.js";

const MARK = "maildesk-signature";
const field = document.getElementById("compose-text");

const LINE = "<div><br></div>";
/** What a new mail begins with: room to write, and the place of the signature. */
export const BEGINNING = `${LINE}<div class="${MARK}"></div>`;

/** The element; one in a quotation is somebody else's. */
function place() {
  return [...field.querySelectorAll(`.${MARK}`)].find((one) => !one.closest("blockquote"));
}

/** What one writes above: the signature, or the line above what Outlook has quoted; null where there is neither. */
export function limit() {
  return place() ?? field.querySelector("hr");
}

async function signature(mailbox) {
  return mailbox ? (await call("GET", `/mailboxes/${mailbox}/signature`)).bodyHtml : "";
}

/** Whether it stands there as it came. */
function isUntouched(element, html) {
  const same = document.createElement("div");
  same.append(nodes(html));
  return element.innerHTML === same.innerHTML;
}

/**
 * Puts the signature of mailbox `to` where that of `from` (null: none) stands untouched; whether
 * something changed. Throws where one cannot be fetched.
 */
export async function exchange(from, to) {
  const element = place();
  if (!element) return false;
  const [before, now] = await Promise.all([signature(from), signature(to)]);
  // Another draft may be in the pane by now.
  if (before === now || !element.isConnected || !isUntouched(element, before)) return false;
  element.replaceChildren(nodes(now));
  // One does not stand right below what is written.
  if (!before) element.before(nodes(LINE));
  return true;
}

// Whoever clicks below a mail that nobody has begun wants to begin it, above the signature.
field.addEventListener("click", (event) => {
  if (event.target !== field || !place() || field.firstChild?.textContent !== "") return;
  getSelection().collapse(field, 0);
});
