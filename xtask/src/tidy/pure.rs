//! Planners are pure: what decides in `sync`, `push` and `alert` knows no `async`, no store and no clock.
//!
//! A planner is a file called `plan.rs`, `silence.rs` or `readiness.rs`, or one in a folder of that name.

use super::Finding;
use crate::source::{File, Repository, has_room};

const CRATES: &[&str] = &[
    "crates/maildesk-alert/src/",
    "crates/maildesk-push/src/",
    "crates/maildesk-sync/src/",
];
const PLANNERS: &[&str] = &["plan", "readiness", "silence"];

/// Words of code that a planner cannot be pure with.
const IMPURE: &[&str] = &[
    "async",
    "await",
    "Clock",
    "Entropy",
    "Store",
    "SystemTime",
    "Instant",
    "tokio",
    "reqwest",
    "sqlx",
    "thread",
];

/// Looks at each token of each planner.
pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repository.rust().filter(|file| is_planner(file)) {
        let impure = file
            .tokens
            .iter()
            .filter(|token| IMPURE.contains(&token.text.as_str()));
        findings.extend(impure.map(|token| {
            let fault = format!(
                "a planner is pure: hand in what it needs instead of `{}`",
                token.text
            );
            Finding::at(file, token.line, fault)
        }));
    }
    findings
}

fn is_planner(file: &File) -> bool {
    let name = file.name();
    CRATES.iter().any(|start| name.starts_with(start))
        && PLANNERS.iter().any(|room| has_room(&file.path, room))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> usize {
        let repository = Repository::of(path, text);
        check(&repository).len()
    }

    #[test]
    fn planners_are_held_to_it_and_runners_are_not() {
        let text = "async fn f(store: &dyn Store) {}";
        assert_eq!(faults("crates/maildesk-sync/src/plan/folder.rs", text), 2);
        assert_eq!(faults("crates/maildesk-push/src/silence.rs", text), 2);
        assert_eq!(faults("crates/maildesk-sync/src/run/folder.rs", text), 0);
    }

    #[test]
    fn words_in_comments_do_not_count() {
        assert_eq!(
            faults(
                "crates/maildesk-push/src/plan.rs",
                "/// No async, no Store.\nfn f() {}"
            ),
            0
        );
    }
}
