// What every page has: copying, asking before what cannot be undone, and no second click on a form
// that is under way. Everything works without this file, only less comfortably.

/** The session's CSRF token, for requests that scripts send (header X-CSRF-Token). */
export function csrf() {
  return document.querySelector('meta[name="csrf"]')?.content ?? "";
}

/** Says something to people who cannot see it change. */
export function announce(text) {
  let place = document.getElementById("announcer");
  if (!place) {
    place = document.createElement("div");
    place.id = "announcer";
    place.className = "unseen";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = text;
}

// <button data-copy="#id-of-input" data-copied="Copied">
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.querySelector(button.dataset.copy);
  const text = field.value ?? field.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    field.select?.();
    document.execCommand("copy");
  }
  const before = button.textContent;
  button.textContent = button.dataset.copied;
  announce(button.dataset.copied);
  setTimeout(() => (button.textContent = before), 2000);
});

// <form data-busy="Registering…">: the button that was pressed says what is going on.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.dataset.busy === undefined) return;
  form.dataset.sent = "yes";
  const button = event.submitter;
  if (button && form.dataset.busy) {
    button.setAttribute("aria-busy", "true");
    button.textContent = form.dataset.busy;
  }
});
// A page that comes back from the history can be used again.
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// <form data-at-once>: a choice is saved as soon as it is made, one after the other, and it is said
// beside it.
let saving = Promise.resolve();

async function save(form, note) {
  let isSaved = false;
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" } });
    if (new URL(answer.url).pathname === "/login") return void (location.href = answer.url);
    if (answer.ok) {
      // Light and dark count at once, too.
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const { scheme } = page.documentElement.dataset;
      if (scheme) document.documentElement.dataset.scheme = scheme;
      else delete document.documentElement.dataset.scheme;
      const meta = 'meta[name="color-scheme"]';
      document.querySelector(meta).content = page.querySelector(meta).content;
      for (const one of form.elements) if ("checked" in one) one.defaultChecked = body.getAll(one.name).includes(one.value);
      isSaved = true;
    }
  } catch {
    // Said below, as every other reason.
  }
  // What is to be chosen again must not be chosen already.
  if (!isSaved) form.reset();
  note.textContent = isSaved ? form.dataset.saved : form.dataset.failed;
  note.classList.toggle("bad", !isSaved);
  announce(note.textContent);
}

document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-at-once]");
  if (!form) return;
  form.querySelector("legend > .said")?.remove();
  // The group keeps its name: who listens is told by `announce`.
  const note = document.createElement("span");
  note.className = "said";
  note.setAttribute("aria-hidden", "true");
  target.closest("fieldset").querySelector("legend").append(note);
  announce("");
  saving = saving.then(() => save(form, note));
});

// Nobody has to look for their own time zone: the browser's is offered beside the list.
const zone = document.querySelector("select[data-browser-zone]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && zone.value !== here && [...zone.options].some((option) => option.value === here)) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet";
  button.textContent = `${zone.dataset.use} ${here}`;
  button.addEventListener("click", () => {
    zone.value = here;
    button.remove();
  });
  zone.after(button);
}

// A link to hand over needs the server's address, which nobody may have set yet.
for (const field of document.querySelectorAll("input[data-link]")) field.value = new URL(field.value, location.href).href;
