// Choosing rows, as in every list of files: a click on the box, with Control one more, with Shift a
// range. The boxes themselves say what is chosen; the buttons over the list are a form they belong to.

import { room } from "./view.js";

/** The row that a range begins at. */
let anchor = null;

export function rows() {
  return [...document.querySelectorAll("#list > li")];
}

function box(row) {
  return row.querySelector(".tick input");
}

/** The chosen rows, in the order of the list. */
export function chosen() {
  return rows().filter((row) => box(row).checked);
}

let freed = () => {};

/** Names what is done when nothing is chosen, or no longer. */
export function whenNoneIsChosen(what) {
  freed = what;
}

/** Says how many are chosen; the bar over the list is there while there are any. */
function tell() {
  const place = document.getElementById("chosen");
  if (!place) return;
  const count = chosen().length;
  // Where older ones are not loaded yet, all is not all there is.
  const isPart = count === rows().length && document.getElementById("older");
  const text = count === 1 ? place.dataset.one : `${count} ${isPart ? place.dataset.loaded : place.dataset.many}`;
  if (count > 0 && place.textContent !== text) place.textContent = text;
  if (count === 0) freed();
}

/** Chooses a row, or not. */
export function choose(row, on = !box(row).checked) {
  box(row).checked = on;
  anchor = row.dataset.id;
  tell();
}

/** Chooses everything from where the range begins to this row. */
export function chooseTo(row) {
  const all = rows();
  const from = all.findIndex((one) => one.dataset.id === anchor);
  const to = all.indexOf(row);
  const [first, last] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
  all.slice(first, last + 1).forEach((one) => (box(one).checked = true));
  if (from < 0) anchor = row.dataset.id;
  tell();
}

/** All that are loaded, or none. */
export function chooseAll(on) {
  rows().forEach((row) => (box(row).checked = on));
  tell();
}

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("#list > li");
  if (!row || event.button !== 0) return;
  const onBox = event.target.matches(".tick input");
  if (event.shiftKey) {
    // The box has changed by itself already; a range is always chosen.
    chooseTo(row);
    if (onBox) return;
  } else if (onBox) {
    anchor = row.dataset.id;
    return tell();
  } else if ((event.ctrlKey || event.metaKey) && event.target.closest("a")) choose(row);
  else return;
  event.preventDefault();
});

/* ---- a finger that rests on a row chooses it; with others chosen already, all between ---- */

const REST = 500;
/** Further than this a finger is on its way. */
const REST_PX = 10;
let finger = null;
let rested = false;

function lift() {
  clearTimeout(finger?.timer);
  finger = null;
}

function rest() {
  const { row } = finger;
  rested = true;
  if (!row.isConnected) return;
  if (chosen().length > 0) chooseTo(row);
  else choose(row, true);
}

document.addEventListener("pointerdown", (event) => {
  lift();
  rested = false;
  const row = event.pointerType === "touch" && event.isPrimary && event.target.closest?.("#list > li");
  if (row) finger = { row, x: event.clientX, y: event.clientY, timer: setTimeout(rest, REST) };
});
document.addEventListener("pointermove", (event) => {
  if (finger && Math.hypot(event.clientX - finger.x, event.clientY - finger.y) > REST_PX) lift();
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, lift);
// The browser would offer the link, or drag the row.
for (const other of ["contextmenu", "dragstart"]) {
  document.addEventListener(other, (event) => {
    if (!finger) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
}
// And what rests does not click.
document.addEventListener("click", (event) => {
  if (!rested) return;
  rested = false;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// Shift and a click would mark text.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest?.("#list > li")) event.preventDefault();
});

document.addEventListener("reset", (event) => {
  // Not its `id`: boxes of that name belong to the form.
  if (event.target.matches("#bulk")) setTimeout(tell);
});

room({
  take(_, how) {
    if (how.kind === "go" && !how.sameList) anchor = null;
    // When every room has put its part in place.
    queueMicrotask(tell);
  },
});

tell();
