// Text that a stranger wrote, as it comes by the API, made fit to stand in a line of ours: the rules of
// `foreign.rs`, which does the same for pages.

const BLANK = /[\p{White_Space}\u115f\u1160\u2800\u3164\uffa0]/gu;
const UNSEEN = /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/gu;

/** The text in one line: what looks like a space is one, and what turns the direction or is unseen goes. */
export function line(text) {
  return text.replace(BLANK, " ").replace(UNSEEN, "").trim();
}

/** What somebody is called here. A name that is an address could be anybody's. */
export function called(one) {
  const name = line(one.name);
  return name && !/[@＠﹫]/.test(name) ? name : line(one.address);
}
