// Writing: presses the page's button for it, where there is one.

/** Starts a new mail, or an answer to the open one: "new", "reply", "replyAll" or "forward". */
export function compose(mode) {
  document.querySelector(`[data-compose="${mode}"]`)?.click();
}
