// A word at the foot of the page that goes by itself.

let timer = 0;

/** Shows a text for twelve seconds. */
export function toast(text) {
  const place = document.getElementById("toast");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => (place.hidden = true), 12000);
}
