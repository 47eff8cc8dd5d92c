// Calls of the JSON API for writing, and the words the pane says.

import { csrf } from "../../page.js";

export const pane = document.getElementById("compose");
/** The pane's words for scripts; elsewhere there are none. */
export const words = pane?.dataset;

/** An answer that is no success: `code` says which, the text why. */
export class Refusal extends Error {
  constructor(status, problem) {
    const fields = (problem.errors ?? []).map((one) => `${one.field}: ${one.message}`).join("; ");
    super(fields || problem.message || problem.detail || String(status));
    this.status = status;
    this.code = problem.code ?? "";
    this.received = problem.received;
  }
}

/** Whether the same call may do better in a moment: nobody answered, or somebody was busy. */
export function passes(error) {
  return !(error instanceof Refusal) || error.status >= 500 || error.status === 429;
}

/** Calls; `body` is bytes (a Blob) or what becomes JSON. The answer's JSON, or null. */
export async function call(method, path, body) {
  const headers = { "x-csrf-token": csrf() };
  if (body !== undefined) headers["content-type"] = body instanceof Blob ? "application/octet-stream" : "application/json";
  const sent = body === undefined || body instanceof Blob ? body : JSON.stringify(body);
  const answer = await fetch(`/api/v1${path}`, { method, headers, body: sent });
  if (answer.status === 204) return null;
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, said);
  return said;
}

/** Waits, or until the browser says that the network is back. */
export function pause(ms) {
  return new Promise((done) => {
    const timer = setTimeout(go, ms);
    function go() {
      clearTimeout(timer);
      removeEventListener("online", go);
      done();
    }
    addEventListener("online", go);
  });
}

/** Bytes as people say them. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${Math.floor(bytes / 1000)} kB`;
  return `${(Math.floor(bytes / 1e5) / 10).toFixed(1)} MB`;
}

/** An element with attributes and children; texts are texts. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A button of ours that does something. */
export function button(text, does, look = "button") {
  const element = make("button", { type: "button", class: look }, text);
  element.addEventListener("click", does);
  return element;
}
