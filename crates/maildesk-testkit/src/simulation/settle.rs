//! The end of a story: everything is mended, and must come right. Then it is looked whether it did.

use std::collections::HashMap;
use std::time::Duration;

use maildesk_model::Clock as _;
use maildesk_store::contract::{
    DeskStore as _, JournalStore as _, PushStore as _, StampStore as _,
};

use super::Outcome;
use super::node::Common;
use super::stage::{Stage, subscriptions_of};
use super::story::Story;
use super::view::View;
use crate::equal::{Contents, at_microsoft, at_the_desk};

/// How long it may take until all came right: an interval of sweeps, and what had to wait before it.
const LIMIT: Duration = Duration::from_mins(20);
/// The same, where only the counts of folders show that something was lost (S10, S11).
const LIMIT_BY_COUNTS: Duration = Duration::from_mins(80);
/// How long a mail takes at most when all is well: far less than an interval of sweeps.
const AT_ONCE: Duration = Duration::from_secs(30);
/// After so long Graph does not hold it against an address that it answered slowly or not at all.
const FORGIVEN: Duration = Duration::from_mins(25);
/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_secs(5);

impl Stage {
    /// Mends everything, waits until all came right, and says what did not.
    pub(super) async fn end(mut self, story: &Story) -> Outcome {
        self.log.say("-- everything is mended");
        self.mend().await;
        for n in 0..self.mailboxes.len() {
            self.set_connection(n, true);
            self.set_push(n, true);
        }
        let began = self.time.elapsed();
        let limit = if story.loses_in_delta() {
            LIMIT_BY_COUNTS
        } else {
            LIMIT
        };
        self.wait(limit, "the end").await;
        let settled = self.time.elapsed().saturating_sub(began);
        if self.log.wrongs().is_empty() {
            // Graph forgives an endpoint that was slow or away once it has answered a few
            // notifications after a while (facts.md 3.2); these may be late.
            self.time.leap(FORGIVEN);
            self.deliver_to_all().await;
            self.wait(LIMIT, "a pause").await;
            let subjects = self.deliver_to_all().await;
            self.wait_for_mail(&subjects).await;
            self.wait(LIMIT, "the last mail").await;
        }
        self.compare_views(story).await;
        self.panics();
        let struck = self.common.office.get("faults/struck").await;
        for (fault, times) in struck.as_object().into_iter().flatten() {
            let times = times.as_u64().unwrap_or_default();
            self.log.struck_often(&format!("Microsoft: {fault}"), times);
        }
        let lasted = self.time.elapsed();
        let wrongs = self.log.wrongs();
        let (lines, fingerprint, faults) = self.log.take();
        Outcome {
            wrongs,
            fingerprint,
            faults,
            lines,
            lasted,
            settled,
        }
    }

    /// Waits until nothing is left to do; what is left when the time is over is wrong.
    async fn wait(&mut self, limit: Duration, after: &str) {
        let until = self.time.elapsed() + limit;
        loop {
            self.time.sleep(LOOK_EVERY).await;
            self.look_after_servers();
            self.sign_in_where_needed().await;
            let left = self.left().await;
            if left.is_empty() {
                return;
            }
            if self.time.elapsed() >= until {
                for one in left {
                    self.log.wrong(format!("{limit:?} after {after}: {one}"));
                }
                return;
            }
        }
    }

    /// What has not come right yet.
    async fn left(&self) -> Vec<String> {
        let Common { engine, store, .. } = &self.common;
        let mut left = Vec::new();
        let far = self.time.now().plus(Duration::from_hours(24 * 365));
        let stamps = engine
            .now(store.stamps_due(far))
            .expect("the store answers");
        if stamps > 0 {
            left.push(format!("{stamps} stamps are left"));
        }
        let intents = engine.now(store.waiting_intents());
        for (lane, count) in intents.expect("the store answers") {
            if count > 0 {
                left.push(format!("{count} intents of {lane} are left"));
            }
        }
        let mut pressed = Vec::new();
        for (n, one) in self.mailboxes.iter().enumerate() {
            let panel = engine.now(store.push_panel(self.admin, one.id));
            let panel = panel.expect("the store answers").expect("it is there");
            let subscriptions = subscriptions_of(&self.common.office, &one.address).await;
            if panel.state.name() == "off" {
                // It was refused, or its answer was lost: a person presses the button again.
                pressed.push(n);
            }
            // Where nobody writes for an hour it is quiet, which is no fault.
            let is_well = ["active", "quiet"].contains(&panel.state.name());
            if !is_well || subscriptions.len() != 1 {
                left.push(format!(
                    "push of {} is {} with {} subscriptions",
                    one.address,
                    panel.state.name(),
                    subscriptions.len()
                ));
            }
        }
        for n in pressed {
            self.set_push(n, true);
        }
        if left.is_empty() {
            left.extend(self.differences().await);
        }
        left
    }

    async fn differences(&self) -> Vec<String> {
        let mut all = Vec::new();
        for one in &self.mailboxes {
            let (truth, shown) = self.contents(one.id, &one.address).await;
            if truth != shown {
                let differences = truth.differences(&shown);
                all.push(format!(
                    "the desk (right) is not the mailbox (left) {}:\n{differences}",
                    one.address
                ));
            }
        }
        all
    }

    async fn contents(&self, id: maildesk_model::MailboxId, address: &str) -> (Contents, Contents) {
        let path = format!("mailboxes/{address}/snapshot");
        let truth = at_microsoft(&self.common.office.get(&path).await);
        let folders = self.list(&format!("/mailboxes/{id}/folders")).await;
        let messages = self.list(&format!("/messages?mailbox={id}")).await;
        (truth, at_the_desk(&folders, &messages))
    }

    /// With everything well, mail stands at the desk at once: push works, and not only the sweeps.
    async fn wait_for_mail(&mut self, subjects: &[String]) {
        let until = self.time.elapsed() + AT_ONCE;
        loop {
            let shown = self.list("/messages").await;
            let missing = subjects
                .iter()
                .filter(|subject| !shown.iter().any(|one| one["subject"] == subject.as_str()));
            let missing: Vec<_> = missing.collect();
            if missing.is_empty() {
                return;
            }
            if self.time.elapsed() >= until {
                self.log.wrong(format!(
                    "{missing:?} did not come within {AT_ONCE:?} with everything well"
                ));
                return;
            }
            self.time.sleep(Duration::from_secs(1)).await;
        }
    }

    /// Every view was told everything that it had to be told, once and in order.
    async fn compare_views(&self, story: &Story) {
        self.time.sleep(Duration::from_secs(10)).await;
        for (n, view) in self.views.iter().enumerate() {
            let mut wanted = Vec::new();
            let mut position = view.from;
            loop {
                let Common { engine, store, .. } = &self.common;
                let page = engine.now(store.journal_after(view.viewer, position, 500));
                let page = page.expect("the store answers");
                wanted.extend(page.entries.iter().map(|entry| entry.position.to_string()));
                if page.read_to <= position {
                    break;
                }
                position = page.read_to;
            }
            let seen: Vec<_> = view.seen().into_iter().map(|event| event.id).collect();
            if seen != wanted {
                let at = seen.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
                self.log.wrong(format!(
                    "view {n} was told {} of {} events; the first that is wrong is {:?} instead of {:?}",
                    seen.len(),
                    wanted.len(),
                    seen.get(at),
                    wanted.get(at)
                ));
            }
            self.compare_messages(view, story).await;
        }
    }

    /// A message that is there was told as arrived once if it did, and not as gone in the end; and
    /// no more were told as arrived than came.
    async fn compare_messages(&self, view: &View, story: &Story) {
        let mut created: HashMap<String, usize> = HashMap::new();
        let mut last: HashMap<String, String> = HashMap::new();
        for event in view.seen() {
            let id = event.data["id"].as_str().unwrap_or_default().to_owned();
            if event.name == "message.created" {
                *created.entry(id.clone()).or_default() += 1;
            }
            last.insert(id, event.name);
        }
        let all: usize = created.values().sum();
        if all > self.mails() {
            let mails = self.mails();
            self.log
                .wrong(format!("{all} were told as arrived, and {mails} came"));
        }
        for message in self.list("/messages").await {
            let id = message["id"].as_str().unwrap_or_default();
            let subject = message["subject"].as_str().unwrap_or_default();
            let arrived = usize::from(subject.starts_with("Mail "));
            let told = created.get(id).copied().unwrap_or(0);
            // One that was lost from sight arrived under another id, and is told as changed.
            let is_back = told == 0 && story.loses_from_sight() && last.contains_key(id);
            if told != arrived && !is_back {
                self.log
                    .wrong(format!("{subject} was told as arrived {told} times"));
            }
            if last.get(id).is_some_and(|name| name == "message.deleted") {
                self.log
                    .wrong(format!("{subject} is there and was told as gone"));
            }
        }
    }
}
