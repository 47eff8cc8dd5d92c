// Changes that a script asks the API for, and what Microsoft says of them later.

import { csrf } from "../page.js";
import { toast } from "./toast.js";
import { refresh, texts } from "./view.js";

/** Asks the API, and tells when Microsoft refuses later. */
export async function change(id, method, body) {
  let answer;
  try {
    answer = await fetch(`/api/v1/messages/${id}`, {
      method,
      headers: { "content-type": "application/json", "x-csrf-token": csrf() },
      body: body && JSON.stringify(body),
    });
  } catch {
    toast(texts.failed);
    return;
  }
  const said = await answer.json();
  if (!answer.ok) {
    toast(`${texts.failed} ${said.detail ?? ""}`);
    return;
  }
  watch(said.intentId);
}

async function watch(intent) {
  for (let pause = 500; pause < 60000; pause *= 1.6) {
    await new Promise((done) => setTimeout(done, pause));
    const answer = await fetch(`/api/v1/intents/${intent}`).catch(() => null);
    if (!answer?.ok) continue;
    const said = await answer.json();
    if (said.state === "waiting") continue;
    if (said.state === "refused") {
      toast(`${texts.refused} ${said.error?.message ?? ""} ${said.error?.remedy ?? ""}`);
      refresh();
    }
    return;
  }
}
