// Reloads the page when something in the mailbox has changed, unless somebody is writing.
const own = document.currentScript;
const writing = () => [...document.querySelectorAll("input:not([type=hidden]), textarea")].some((field) => field.value !== field.defaultValue);

setInterval(async () => {
  try {
    const answer = await fetch(own.dataset.url);
    if (answer.ok && (await answer.text()) !== own.dataset.stamp && !writing()) location.reload();
  } catch {
    // The simulator is not there; it may come back.
  }
}, 1500);
