// Fields for addresses: what is typed or pasted becomes chips, and known people are offered.

import { announce } from "../../page.js";
import { called, line as inLine } from "../foreign.js";
import { call, make, pane, words } from "./api.js";

/** What the server takes for an address one can write to: its domain has a dot. */
function isAddress(text) {
  return text.length <= 254 && inLine(text) === text && /^[^\s<>()[\],;:\\"@]+@[^\s<>()[\],;:\\"@.]+(\.[^\s<>()[\],;:\\"@.]+)+$/.test(text);
}

/** "Ada <ada@a.example>; bo@a.example" as people; separators inside quotes are part of a name. */
export function parse(text) {
  const parts = text.match(/(?:"[^"]*"|[^,;\n])+/g) ?? [];
  return parts.map((part) => part.trim()).filter(Boolean).map((part) => {
    const named = part.match(/^(.*?)\s*<([^<>]*)>$/);
    if (!named) return { name: "", address: part };
    return { name: named[1].replace(/^"|"$/g, "").trim().slice(0, 200), address: named[2].trim() };
  });
}

/** One field; `hooks.mailbox()` says whose people are offered, `hooks.changed()` hears of changes. */
function people(line, hooks) {
  const input = line.querySelector("input");
  const chips = line.querySelector(".chips");
  const choices = line.querySelector(".choices");
  let list = [];
  let offered = [];
  let active = -1;
  let timer = 0;
  let asked = 0;

  function draw() {
    chips.replaceChildren(...list.map((one) => {
      const good = isAddress(one.address);
      const label = called(one);
      const remove = make("button", { type: "button", "aria-label": `${words.remove} ${label}` }, "×");
      remove.addEventListener("click", () => {
        take(one);
        input.focus();
      });
      const text = make("span", {}, make("span", { class: "name" }, label));
      // Anybody can call themselves so: where it goes stands beside it.
      if (label !== inLine(one.address)) text.append(make("span", { class: "dim small address" }, inLine(one.address)));
      if (!good) text.append(make("span", { class: "unseen" }, ` ${words.badAddress}`));
      const chip = make("li", { class: good ? "chip" : "chip bad", title: good ? one.address : `${one.address} ${words.badAddress}` }, text, remove);
      // What is wrong goes back to where it can be put right.
      if (!good) text.addEventListener("click", () => {
        take(one);
        input.value = one.address;
        input.focus();
      });
      return chip;
    }));
    const bad = list.some((one) => !isAddress(one.address));
    input.setAttribute("aria-invalid", String(bad));
  }

  function take(one) {
    list = list.filter((other) => other !== one);
    announce(`${words.remove}: ${called(one)}`);
    draw();
    hooks.changed();
  }

  function add(some) {
    const known = new Set(list.map((one) => one.address.toLowerCase()));
    const fresh = some.filter((one) => !known.has(one.address.toLowerCase()) && known.add(one.address.toLowerCase()));
    list = [...list, ...fresh];
    draw();
    if (fresh.length > 0) hooks.changed();
  }

  /** What is typed becomes chips. */
  function commit() {
    close();
    const typed = input.value;
    input.value = "";
    if (typed.trim()) add(parse(typed));
  }

  /* ---- people who are offered ---- */

  function close() {
    clearTimeout(timer);
    asked++;
    offered = [];
    active = -1;
    choices.hidden = true;
    choices.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(place) {
    active = place;
    [...choices.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === place)));
    const option = choices.children[place];
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  function pick(place) {
    input.value = "";
    add([offered[place]]);
    close();
  }

  async function offer() {
    const typed = input.value.trim();
    if (!typed) return close();
    const turn = ++asked;
    const query = new URLSearchParams({ q: typed, mailbox: hooks.mailbox() });
    const found = await call("GET", `/addresses?${query}`).catch(() => null);
    if (!found || turn !== asked || document.activeElement !== input) return;
    const known = new Set(list.map((one) => one.address.toLowerCase()));
    const items = found.items.filter((one) => !known.has(one.address.toLowerCase()));
    if (items.length === 0) return close();
    offered = items;
    choices.replaceChildren(...items.map((one, n) => {
      const option = make("li", { id: `${choices.id}-${n}`, role: "option" }, make("span", {}, called(one)));
      if (one.name) option.append(" ", make("span", { class: "dim small" }, inLine(one.address)));
      // Before the field loses the focus, which would take what is typed for an address.
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        pick(n);
      });
      return option;
    }));
    choices.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(isAddress(typed) ? -1 : 0);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(offer, 150);
  });
  input.addEventListener("blur", commit);
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[,;\n]/.test(text.trim())) return;
    event.preventDefault();
    add(parse(input.value + text));
    input.value = "";
    close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const open = !choices.hidden;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && open) mark((active + step + offered.length) % offered.length);
    else if (["Enter", ",", ";"].includes(event.key)) {
      if (open && active >= 0) pick(active);
      else commit();
    } else if (event.key === "Tab" && open && active >= 0) return pick(active);
    else if (event.key === "Escape" && open) {
      event.stopPropagation();
      close();
    } else if (event.key === "Backspace" && input.value === "" && list.length > 0) take(list.at(-1));
    else return;
    event.preventDefault();
  });

  return {
    commit,
    /** Those whose address can be one. */
    get: () => list.filter((one) => isAddress(one.address)).map(({ name, address }) => ({ name: inLine(name), address })),
    set(some) {
      close();
      input.value = "";
      list = [...some];
      draw();
    },
    /** What was typed and is no address. */
    bad: () => list.map((one) => one.address).filter((one) => !isAddress(one)),
    focus: () => input.focus(),
  };
}

/** The fields by their names. */
export function fields(hooks) {
  const lines = [...pane.querySelectorAll("[data-people]")];
  return Object.fromEntries(lines.map((line) => [line.dataset.people, people(line, hooks)]));
}
