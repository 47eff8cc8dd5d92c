//! Says each mail that arrives and how long its way took. The terminal is a screen like any other:
//! it reads the event stream.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use futures::StreamExt;
use maildesk_model::{MessageId, Role, Timestamp, UserId, Viewer};
use maildesk_store::SqlStore;
use maildesk_store::contract::{JournalStore, Shown};
use reqwest::Method;
use serde_json::Value;

use super::api::{Api, EventBytes};

/// The demo looks at arrivals as an administrator without a name.
const VIEWER: Viewer = Viewer {
    user: UserId(0),
    role: Role::Administrator,
};
/// "Shown" is noted right after the event was written; looking this often is soon enough.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// After so many looks the line is printed without the last figure.
const LOOKS: usize = 200;

/// Reads the stream until it ends.
pub(super) async fn follow(
    mut stream: EventBytes,
    api: &Api,
    store: &Arc<SqlStore>,
) -> anyhow::Result<()> {
    let mut buffer = Vec::new();
    while let Some(chunk) = stream.next().await {
        buffer.extend_from_slice(&chunk?);
        while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
            let frame: Vec<u8> = buffer.drain(..end + 2).collect();
            if let Some(message) = arrived(&String::from_utf8_lossy(&frame)) {
                say_arrival(&message, api, store).await?;
            }
        }
    }
    bail!("the event stream has ended")
}

/// The id of the message that a frame says has arrived.
fn arrived(frame: &str) -> Option<String> {
    if !frame.lines().any(|line| {
        line.trim_end() == "event: message.created" || line.trim_end() == "event:message.created"
    }) {
        return None;
    }
    let data = frame.lines().find_map(|line| line.strip_prefix("data:"))?;
    let data: Value = serde_json::from_str(data.trim()).ok()?;
    Some(data["id"].as_str()?.to_owned())
}

async fn say_arrival(message: &str, api: &Api, store: &Arc<SqlStore>) -> anyhow::Result<()> {
    let mail = api
        .call(Method::GET, &format!("/messages/{message}"), None)
        .await?;
    let subject = mail["subject"].as_str().unwrap_or_default();
    let Some(id) = MessageId::parse(message) else {
        bail!("the event stream names a message that is none");
    };
    let way = way(store, id).await?.map_or_else(
        || "its way is not known".to_owned(),
        |shown| describe(&shown),
    );
    super::super::say(&format!("\u{2709} {subject}\n    {way}"));
    Ok(())
}

/// Waits shortly for the note that the message was shown.
async fn way(store: &Arc<SqlStore>, message: MessageId) -> anyhow::Result<Option<Shown>> {
    for _ in 0..LOOKS {
        if let Some(shown) = store.arrival(VIEWER, message).await? {
            return Ok(Some(shown));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(None)
}

/// Received (whole seconds, as Microsoft gives it) → notified → stored → shown.
fn describe(shown: &Shown) -> String {
    let received = clock_time(shown.received_at);
    let (stored, on_screen) = (shown.stored_at, shown.shown_at);
    match shown.announced_at {
        Some(notified) if notified <= stored => format!(
            "received {received} \u{2192} notified {} \u{2192} stored +{} ms \u{2192} shown +{} ms",
            clock_time(notified),
            stored.since(notified).as_millis(),
            on_screen.since(notified).as_millis(),
        ),
        _ => format!(
            "received {received} \u{2192} found by the schedule, stored {} \u{2192} shown +{} ms",
            clock_time(stored),
            on_screen.since(stored).as_millis(),
        ),
    }
}

/// The time of day, UTC, in whole seconds as Microsoft gives it.
fn clock_time(at: Timestamp) -> String {
    let text = at.floor_to_second().to_rfc3339();
    let time = text.split('T').nth(1).unwrap_or(&text);
    time.trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_arrivals_and_nothing_else() {
        let frame = "id: 7\nevent: message.created\ndata: {\"mailboxId\":\"b\",\"id\":\"m1\"}\n\n";
        assert_eq!(arrived(frame).as_deref(), Some("m1"));
        assert_eq!(arrived(&frame.replace("created", "updated")), None);
        assert_eq!(arrived(": still here\n\n"), None);
    }

    #[test]
    fn tells_the_way() {
        let at = |millis: i64| Timestamp::from_micros(1_700_000_000_000_000 + millis * 1_000);
        let mut shown = Shown {
            message: MessageId(1),
            mailbox: maildesk_model::MailboxId(1),
            received_at: at(0),
            announced_at: Some(at(420)),
            stored_at: at(465),
            shown_at: at(471),
        };
        assert_eq!(
            describe(&shown),
            "received 22:13:20 \u{2192} notified 22:13:20 \u{2192} stored +45 ms \u{2192} shown +51 ms"
        );
        shown.announced_at = None;
        assert_eq!(
            describe(&shown),
            "received 22:13:20 \u{2192} found by the schedule, stored 22:13:20 \u{2192} shown +6 ms"
        );
    }
}
