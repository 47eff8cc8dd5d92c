// Dialogues: the browser's own, so that Escape, the focus and its way back are as everywhere.

/**
 * Asks with a form that the server wrote: its fields when it was sent, null when somebody thought
 * better of it. The form itself is not sent.
 */
export function ask(form) {
  const dialog = document.createElement("dialog");
  dialog.append(form);
  if (form.hasAttribute("aria-labelledby")) dialog.setAttribute("aria-labelledby", form.getAttribute("aria-labelledby"));
  document.querySelector(".desk").append(dialog);
  const home = wayBack();
  return new Promise((decide) => {
    let fields = null;
    form.querySelectorAll("[data-some]").forEach((box) => (box.indeterminate = true));
    dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      fields = [...new FormData(form, event.submitter)];
      dialog.close();
    });
    let isChanged = false;
    dialog.addEventListener("input", () => (isChanged = true));
    dialog.addEventListener("click", (event) => {
      const isBeside = event.target === dialog;
      // That does not throw away what somebody has filled in.
      if (isBeside && isChanged) return event.stopPropagation();
      if (!isBeside && !event.target.closest("[data-close]")) return;
      event.preventDefault();
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      home();
      dialog.remove();
      decide(fields);
    });
    dialog.showModal();
  });
}

/** Back to the row one was at, where the browser cannot because it was fetched anew meanwhile. */
function wayBack() {
  const id = document.activeElement?.closest("#list > li")?.dataset.id;
  return () => {
    if (!id || document.activeElement?.closest("#list")) return;
    document.querySelector(`#list > li[data-id="${CSS.escape(id)}"] a`)?.focus({ preventScroll: true });
  };
}

/** Shows a dialogue of the page; what leaves it closes it. */
export function show(dialog) {
  if (!dialog || dialog.open) return;
  dialog.addEventListener("close", wayBack(), { once: true });
  dialog.showModal();
}

// A click beside a dialogue, or on what says so, closes it.
document.addEventListener("click", (event) => {
  const dialog = event.target.closest("dialog");
  if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) dialog.close();
});
