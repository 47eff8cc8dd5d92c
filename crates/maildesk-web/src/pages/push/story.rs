//! What happened to a mailbox's push, told for people: a word for each kind of event before the
//! sentence that push wrote down.

use maildesk_model::push::PushEvent;

use super::states::StateBadge;
use crate::pages::shell::Shell;
use crate::pages::time::Shown;
use crate::words::Words;

/// One line of the story.
pub(super) struct Line {
    /// When, to the second.
    pub(super) at: Shown,
    /// What, in a word; nothing for kinds that a newer version wrote.
    pub(super) kind: Option<StateBadge>,
    /// What push wrote down.
    pub(super) detail: String,
    /// That it happened several times in a row.
    pub(super) times: Option<String>,
}

/// The panel's lines, newest first.
pub(super) fn tell(shell: &Shell, events: Vec<PushEvent>) -> Vec<Line> {
    let lines = events.into_iter().map(|event| Line {
        at: shell.time_of(event.at),
        kind: badge(shell.words, &event.kind),
        detail: event.detail,
        times: (event.times > 1).then(|| shell.words.fill("push-times", event.times).into_owned()),
    });
    lines.collect()
}

fn badge(words: Words, kind: &str) -> Option<StateBadge> {
    let (text, class) = match kind {
        "registered" => (words.say("event-registered"), "good"),
        "address_changed" => (words.say("event-address-changed"), "warn"),
        "renewed" => (words.say("event-renewed"), "good"),
        "renewal_failed" => (words.say("event-renewal-failed"), "bad"),
        "refused" => (words.say("event-refused"), "bad"),
        "removed" => (words.say("event-removed"), ""),
        "removal_failed" => (words.say("event-removal-failed"), "warn"),
        "turned_off" => (words.say("event-turned-off"), ""),
        "gone" => (words.say("event-gone"), "bad"),
        "unannounced" => (words.say("event-unannounced"), "warn"),
        "replaced" => (words.say("event-replaced"), "accent"),
        "missed" => (words.say("event-missed"), "warn"),
        "expired" => (words.say("event-expired"), "bad"),
        "given_up" => (words.say("event-given-up"), ""),
        "probe_seen" => (words.say("event-probe-seen"), ""),
        "probe_missed" => (words.say("event-probe-missed"), "warn"),
        PushEvent::CAUGHT_UP => (words.say("event-caught-up"), "good"),
        _ => return None,
    };
    Some(StateBadge {
        text: text.into_owned(),
        class,
    })
}
