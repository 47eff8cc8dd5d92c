//! What Microsoft refused a moment ago, in words: it was put back, and here is why. One sentence for
//! each reason, however many messages it struck.

use maildesk_model::intent::{Intent, IntentState};

use crate::pages::shell::Shell;

/// Changes that were refused for one reason.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The latest of them, by which a script knows what it has said already.
    pub(super) latest: String,
    /// How many, why, and what to do.
    pub(super) text: String,
}

/// Groups refusals by their reasons, in the order they come.
pub(super) fn told(shell: &Shell, refused: &[Intent]) -> Vec<Refusal> {
    let mut reasons: Vec<(String, i64, String)> = Vec::new();
    for intent in refused {
        let IntentState::Refused(trouble) = &intent.state else {
            continue;
        };
        let reason = format!("{} {}", trouble.message, trouble.remedy);
        match reasons.iter_mut().find(|(known, ..)| *known == reason) {
            Some((_, count, _)) => *count += 1,
            // The latest comes first.
            None => reasons.push((reason, 1, intent.id.to_string())),
        }
    }
    let told = reasons.into_iter().map(|(reason, count, latest)| {
        let values = [("count", count.into()), ("reason", reason.into())];
        let text = shell.words.fill_all("refused", values);
        Refusal {
            latest,
            text: text.trim_end().to_owned(),
        }
    });
    told.collect()
}
