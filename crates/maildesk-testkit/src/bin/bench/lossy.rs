//! Mail whose notifications are lost, doubled and shuffled: how late is the latest?

use std::collections::HashMap;
use std::time::Duration;

use maildesk_testkit::stack::Stack;
use maildesk_testkit::wait;
use serde_json::json;

use crate::{ADDRESS, say, summary, tick};

/// Between two mails, so that a lost notification is not made good by the next one's at once.
const BETWEEN: Duration = Duration::from_millis(900);

/// Delivered at the simulator → event at a client, with 30 % of the notifications dropped, 30 %
/// doubled and all of them shuffled, and a sweep every `interval` seconds.
pub(crate) async fn run(mails: u64, interval: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let setting = interval.to_string();
    let settings = [("MAILDESK_SYNC_INTERVAL_S", setting.as_str())];
    let stack = Stack::start(folder.path(), &settings).await;
    let mut opened = Vec::new();
    for n in 0..8 {
        let address = format!("{n}-{ADDRESS}");
        stack.sim.add_mailbox(&address, "shared").await;
        let mailbox = stack.desk.add_mailbox(&address).await;
        stack.desk.wait_active(&mailbox).await;
        stack.desk.register_push(&mailbox).await;
        opened.push(address);
    }
    let faults = json!({"drop": 0.3, "duplicate": 0.3, "reorder": 1, "updates": 0});
    stack
        .sim
        .faults(json!({"seed": 1, "notifications": faults}))
        .await;
    let mut events = stack.desk.events(None).await;
    let seeing = tokio::spawn(async move {
        let mut seen = Vec::new();
        while (seen.len() as u64) < mails {
            let event = events.next_named("message.created").await;
            seen.push((
                event.data["id"].as_str().unwrap_or_default().to_owned(),
                tick(),
            ));
        }
        seen
    });
    let mut sent = HashMap::new();
    for n in 0..mails {
        let address = &opened[n as usize % opened.len()];
        let subject = format!("Mail {n}");
        let begun = tick();
        stack.sim.deliver(address, &subject).await;
        sent.insert(subject, begun);
        wait::moment(BETWEEN).await;
    }
    let seen: HashMap<_, _> = seeing
        .await
        .expect("every mail is seen")
        .into_iter()
        .collect();
    let shown = stack.desk.all("/messages").await;
    let ways = shown.iter().filter_map(|message| {
        let seen = seen.get(message["id"].as_str()?)?;
        Some(seen.duration_since(*sent.get(message["subject"].as_str()?)?))
    });
    let ways: Vec<_> = ways.collect();
    let by_push = ways
        .iter()
        .filter(|way| **way < Duration::from_secs(4))
        .count();
    say(&format!(
        "{} of {mails} mails seen, {by_push} of them within 4 s; a sweep every {interval} s",
        ways.len()
    ));
    summary("delivered -> event", ways);
}
