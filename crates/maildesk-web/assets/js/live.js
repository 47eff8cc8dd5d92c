// The event stream, once for a browser: one tab follows it and tells the others, because a browser
// gives a site six connections only. When that tab goes, another takes over.

const CHANNEL = "maildesk-live";
const LOCK = "maildesk-live";

/**
 * Follows what changes. `to.event(name, data, leads)` for each event, where one tab of the browser
 * leads, `to.reset()` when everything has to
 * be fetched anew, `to.state("live" | "down" | "out")` when that changes.
 */
export function follow(to) {
  const channel = new BroadcastChannel(CHANNEL);
  let state = "";
  let leading = false;
  const tell = (message) => {
    take(message);
    channel.postMessage(message);
  };
  function take(message) {
    if (message.kind === "event") to.event(message.name, message.data, leading);
    if (message.kind === "reset") to.reset();
    if (message.kind === "state" && message.state !== state) {
      // What happened while nobody listened may be unseen here, whoever listened before.
      const back = state === "down" && message.state === "live";
      state = message.state;
      to.state(state);
      if (back) to.reset();
    }
    if (message.kind === "who" && leading) channel.postMessage({ kind: "state", state });
  }
  channel.onmessage = (event) => take(event.data);
  channel.postMessage({ kind: "who" });
  addEventListener("offline", () => take({ kind: "state", state: "down" }));

  navigator.locks.request(LOCK, () => {
    leading = true;
    lead(tell);
    // Held until this tab goes.
    return new Promise(() => {});
  });
}

const NAMES = ["message.created", "message.updated", "message.deleted", "folder.updated", "mailbox.updated", "push.updated", "draft.updated"];

function lead(tell) {
  let stream;
  let last = "";
  let wait = 1000;
  let timer = 0;
  function open() {
    clearTimeout(timer);
    stream?.close();
    const path = last ? `/api/v1/events?lastEventId=${encodeURIComponent(last)}` : "/api/v1/events";
    const here = new EventSource(path);
    stream = here;
    here.onopen = () => {
      wait = 1000;
      tell({ kind: "state", state: "live" });
      // Between the page's making and the stream's beginning something may have changed.
      if (!last) tell({ kind: "reset" });
    };
    here.onerror = async () => {
      tell({ kind: "state", state: "down" });
      if (here.readyState !== EventSource.CLOSED) return;
      const answer = await fetch("/api/v1/mailboxes?limit=1").catch(() => null);
      if (here !== stream) return;
      if (answer?.status === 401) return tell({ kind: "state", state: "out" });
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, 30000);
    };
    for (const name of NAMES) {
      here.addEventListener(name, (event) => {
        last = event.lastEventId;
        tell({ kind: "event", name, data: JSON.parse(event.data) });
      });
    }
    here.addEventListener("reset", (event) => {
      last = event.lastEventId;
      tell({ kind: "reset" });
    });
  }
  open();
  // A network that comes back may have left the old line open or dead, and nothing tells which; a new
  // one goes on where the old one was.
  addEventListener("online", open);
  // A laptop that wakes up: no waiting for the next try.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && stream.readyState === EventSource.CLOSED) open();
  });
}
