// The bars between the panes: moved with the mouse or with the arrow keys, and remembered in this
// browser.

const KEPT = "maildesk-panes";
/** What one press of an arrow key moves, in pixels. */
const STEP = 16;

function kept() {
  return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
}

function pane(bar) {
  return document.getElementById(bar.getAttribute("aria-controls"));
}

function tell(bar) {
  bar.setAttribute("aria-valuenow", Math.round(pane(bar).getBoundingClientRect().width));
}

function set(bar, width) {
  const name = bar.dataset.pane;
  const [least, most] = [Number(bar.getAttribute("aria-valuemin")), Number(bar.getAttribute("aria-valuemax"))];
  const fits = Math.round(Math.min(Math.max(width, least), most));
  document.documentElement.style.setProperty(`--${name}`, `${fits}px`);
  localStorage.setItem(KEPT, JSON.stringify({ ...kept(), [name]: fits }));
  tell(bar);
}

/** As wide as it was made. */
function forget(bar) {
  const rest = kept();
  delete rest[bar.dataset.pane];
  localStorage.setItem(KEPT, JSON.stringify(rest));
  document.documentElement.style.removeProperty(`--${bar.dataset.pane}`);
  tell(bar);
}

for (const bar of document.querySelectorAll(".divider")) {
  tell(bar);
  bar.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    bar.focus();
    const from = event.clientX - pane(bar).getBoundingClientRect().width;
    bar.setPointerCapture(event.pointerId);
    const move = (to) => set(bar, to.clientX - from);
    bar.addEventListener("pointermove", move);
    bar.addEventListener("lostpointercapture", () => bar.removeEventListener("pointermove", move), { once: true });
  });
  bar.addEventListener("dblclick", () => forget(bar));
  bar.addEventListener("keydown", (event) => {
    const width = pane(bar).getBoundingClientRect().width;
    const to = { ArrowLeft: width - STEP, ArrowRight: width + STEP, Home: 0, End: Infinity }[event.key];
    if (event.key === "Enter") forget(bar);
    else if (to === undefined) return;
    else set(bar, to);
    event.preventDefault();
    event.stopPropagation();
  });
}
addEventListener("resize", () => document.querySelectorAll(".divider").forEach(tell));
