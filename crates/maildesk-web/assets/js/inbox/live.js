// The event stream's word that something changed, and whether the page is live at all.

import { announce } from "../page.js";
import { follow } from "../live.js";
import { draftUpdated } from "./compose.js";
import * as notify from "./notify.js";
import { bodyCame } from "./reading.js";
import { refresh, room, texts } from "./view.js";

const arrived = new Set();

room({
  take(_, how) {
    if (how.kind !== "refresh") return;
    if (arrived.size > 0) announce(`${arrived.size} ${texts.newMany}`);
    arrived.clear();
  },
});

follow({
  event(name, data, leads) {
    if (name === "draft.updated") return draftUpdated(data.id);
    if (name === "message.created") {
      arrived.add(data.id);
      if (leads) notify.arrived(data);
    }
    if (name === "message.updated") bodyCame(data.id);
    refresh();
  },
  reset: refresh,
  state(state) {
    const mark = document.getElementById("live");
    mark.hidden = false;
    const text = { live: mark.dataset.live, down: mark.dataset.down, out: mark.dataset.out }[state];
    if (mark.textContent !== text) mark.textContent = text;
    mark.className = `badge ${{ live: "good", down: "warn", out: "bad" }[state]}`;
    mark.dataset.state = state;
  },
});
