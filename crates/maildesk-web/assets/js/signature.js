// The page of a signature: it is written as mail is, and what is written goes along in the form. Without
// this file its HTML is edited.

import { html, onChange, setHtml } from "./inbox/compose/editor.js";

const source = document.querySelector("#source textarea");
const own = document.querySelector('input[name="which"][value="own"]');

document.getElementById("source").hidden = true;
document.getElementById("rich").hidden = false;
setHtml(source.value);
onChange(() => {
  source.value = html();
  // Whoever writes one wants it.
  if (own) own.checked = true;
});
