// HTML that comes into the editor: what is pasted is cut down to plain tags, what was saved keeps
// its look. The parser answers to this page's policy, which refuses styles, so it meets none.

/** What stays of a paste, and as what. */
const PLAIN = {
  P: "p", DIV: "div", BR: "br", B: "b", STRONG: "b", I: "i", EM: "i", U: "u", A: "a", UL: "ul", OL: "ol", LI: "li",
  BLOCKQUOTE: "blockquote", PRE: "pre", H1: "p", H2: "p", H3: "p", H4: "p", H5: "p", H6: "p", TR: "div",
};
const DROPPED = new Set(["SCRIPT", "X-STYLE", "HEAD", "TITLE", "META", "LINK", "SVG", "IFRAME", "OBJECT", "TEMPLATE", "NOSCRIPT"]);

/** HTML, parsed, with its styles under names that mean nothing to a browser. */
function parse(html) {
  const tame = html
    .replace(/<(\/?)style/gi, "<$1x-style")
    // What is open ends with the text, so that nothing is gone through twice.
    .replace(/<[a-z](?:"[^"]*(?:"|$)|'[^']*(?:'|$)|[^"'>])*(?:>|$)/gi, (tag) => tag.replace(/([\s"'/])style(\s*=)/gi, "$1data-style$2"));
  return new DOMParser().parseFromString(tame, "text/html");
}

/** Whether a link may lead there. */
export function leads(address) {
  return /^(https?:\/\/|mailto:)\S+$/i.test(address);
}

/** What somebody typed or pasted as a link's address: with one scheme, which is https:// if they gave none. */
export function address(text) {
  const one = text.trim().replace(/^(?:https?:\/\/)+(?=https?:\/\/|mailto:)/i, "");
  if (/^[^\s@/:]+@[^\s@/]+$/.test(one)) return `mailto:${one}`;
  return /^[a-z][a-z0-9+-]*:/i.test(one) ? one : `https://${one}`;
}

/** HTML from elsewhere as HTML of plain tags without attributes, but for where links lead. */
export function plain(html) {
  const clean = document.implementation.createHTMLDocument("");
  const from = parse(html);
  copy(from.body, clean.body, clean, 0);
  return clean.body.innerHTML;
}

function copy(from, into, clean, depth) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) into.append(node.data.replace(/[\r\n]+/g, " "));
    if (node.nodeType !== Node.ELEMENT_NODE || DROPPED.has(node.tagName.toUpperCase()) || depth > 100) continue;
    const name = Object.hasOwn(PLAIN, node.tagName) ? PLAIN[node.tagName] : null;
    let place = into;
    if (name && !(name === "a" && !leads(node.getAttribute("href") ?? ""))) {
      place = clean.createElement(name);
      if (name === "a") place.setAttribute("href", node.getAttribute("href"));
      into.append(place);
    }
    copy(node, place, clean, depth + 1);
    if (node.tagName === "TD" || node.tagName === "TH") into.append(" ");
  }
}

/** Saved HTML as nodes; styles are set one by one, as the policy of this page wants it. */
export function nodes(html) {
  const from = parse(html);
  for (const element of from.querySelectorAll("script, x-style, iframe, object, embed, form, link, meta")) element.remove();
  const inside = document.createDocumentFragment();
  inside.append(...from.body.childNodes);
  for (const element of inside.querySelectorAll("[data-style]")) {
    element.style.cssText = element.dataset.style;
    element.removeAttribute("data-style");
  }
  return inside;
}
