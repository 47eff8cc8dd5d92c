//! Whether the desk equals the mailbox (S7): same messages, folders, read, flag, categories;
//! nothing twice, nothing lost.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::desk::Desk;
use crate::sim::Sim;
use crate::wait;

/// A message as both sides can name it. The API gives no id of Graph's, so a message is what a
/// person would see of it; tests that need more make subjects unique.
type Seen = (String, String, String, bool, String, Vec<String>);

/// Everything a mailbox holds, counted, so that a double shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Contents {
    folders: BTreeMap<(String, String), usize>,
    messages: BTreeMap<Seen, usize>,
}

impl Contents {
    /// How many messages there are.
    pub fn message_count(&self) -> usize {
        self.messages.values().sum()
    }

    /// The first differences, for a failing test's last words.
    pub fn differences(&self, other: &Self) -> String {
        let mut lines = Vec::new();
        compare(&self.folders, &other.folders, &mut lines);
        compare(&self.messages, &other.messages, &mut lines);
        lines.truncate(20);
        lines.join("\n")
    }
}

fn compare<K: Ord + std::fmt::Debug>(
    mine: &BTreeMap<K, usize>,
    theirs: &BTreeMap<K, usize>,
    lines: &mut Vec<String>,
) {
    for (key, count) in mine {
        let other = theirs.get(key).copied().unwrap_or(0);
        if other != *count {
            lines.push(format!("left {count}, right {other}: {key:?}"));
        }
    }
    for (key, count) in theirs {
        if !mine.contains_key(key) {
            lines.push(format!("left 0, right {count}: {key:?}"));
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// Whole seconds without a fraction: Graph knows no finer time.
fn second(value: &Value) -> String {
    let text = text(value);
    text.trim_end_matches('Z')
        .split('.')
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn categories(value: &Value) -> Vec<String> {
    let mut names: Vec<String> = list(value).iter().map(text).collect();
    names.sort();
    names
}

/// What the mailbox holds by the simulator's own account.
pub async fn truth(sim: &Sim, address: &str) -> Contents {
    at_microsoft(&sim.snapshot(address).await)
}

/// What a snapshot of the simulator says.
pub fn at_microsoft(snapshot: &Value) -> Contents {
    let mut contents = Contents::default();
    let names: BTreeMap<String, String> = list(&snapshot["folders"])
        .iter()
        .map(|folder| (text(&folder["id"]), text(&folder["displayName"])))
        .collect();
    for folder in list(&snapshot["folders"]) {
        let parent = names
            .get(&text(&folder["parentFolderId"]))
            .cloned()
            .unwrap_or_default();
        *contents
            .folders
            .entry((parent, text(&folder["displayName"])))
            .or_default() += 1;
    }
    for message in list(&snapshot["messages"]) {
        let flag = match message["flagStatus"].as_str() {
            Some("flagged") => "flagged",
            Some("complete") => "complete",
            _ => "none",
        };
        let seen = (
            names
                .get(&text(&message["folderId"]))
                .cloned()
                .unwrap_or_default(),
            text(&message["subject"]),
            second(&message["receivedDateTime"]),
            message["isRead"].as_bool().unwrap_or_default(),
            flag.to_owned(),
            categories(&message["categories"]),
        );
        *contents.messages.entry(seen).or_default() += 1;
    }
    contents
}

/// What the desk shows of the mailbox.
pub async fn shown(desk: &Desk, mailbox: &str) -> Contents {
    let folders = desk.all(&format!("/mailboxes/{mailbox}/folders")).await;
    let messages = desk.all(&format!("/messages?mailbox={mailbox}")).await;
    at_the_desk(&folders, &messages)
}

/// What folders and messages of the JSON API say.
pub fn at_the_desk(folders: &[Value], messages: &[Value]) -> Contents {
    let mut contents = Contents::default();
    let names: BTreeMap<String, String> = folders
        .iter()
        .map(|folder| (text(&folder["id"]), text(&folder["name"])))
        .collect();
    for folder in folders {
        let parent = names
            .get(&text(&folder["parentId"]))
            .cloned()
            .unwrap_or_default();
        *contents
            .folders
            .entry((parent, text(&folder["name"])))
            .or_default() += 1;
    }
    for message in messages {
        let seen = (
            names
                .get(&text(&message["folderId"]))
                .cloned()
                .unwrap_or_default(),
            text(&message["subject"]),
            second(&message["receivedAt"]),
            message["isRead"].as_bool().unwrap_or_default(),
            text(&message["flag"]),
            categories(&message["categories"]),
        );
        *contents.messages.entry(seen).or_default() += 1;
    }
    contents
}

/// Waits until the desk equals the mailbox.
///
/// # Panics
/// When it does not within the limit; with the first differences.
#[expect(clippy::disallowed_methods, reason = "tests wait in real time")]
pub async fn wait_equal(sim: &Sim, address: &str, desk: &Desk, mailbox: &str) -> Contents {
    let begun = std::time::Instant::now();
    loop {
        let (truth, shown) = (truth(sim, address).await, shown(desk, mailbox).await);
        if truth == shown {
            return truth;
        }
        assert!(
            begun.elapsed() < wait::LIMIT,
            "the desk (right) does not equal the mailbox (left) of {address}:\n{}",
            truth.differences(&shown)
        );
        wait::moment(std::time::Duration::from_millis(100)).await;
    }
}
