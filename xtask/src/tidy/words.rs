//! Words that must not be in the repository: notes to oneself, tests that do not run, tests that wait by sleeping,
//! and switches that make the product behave otherwise under test.

use super::Finding;
use crate::source::{File, Repository, find, test_modules};

/// Notes that belong in an issue. Written in halves, because this file is looked at too.
const NOTES: &[&str] = &[
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("XX", "X:"),
];

/// The one place that may pause between two looks at a condition.
const WAITING_ROOM: &str = "crates/maildesk-testkit/src/wait.rs";

/// What runs in the simulation, where nothing may be left to a chance that no seed decides.
const IN_ORDER: &[&str] = &[
    "crates/maildesk-connect/src/",
    "crates/maildesk-graph/src/",
    "crates/maildesk-push/src/",
    "crates/maildesk-sync/src/",
    "crates/maildesk-web/src/",
    "crates/graph-sim/src/clock.rs",
    "crates/graph-sim/src/delivery/",
    "crates/graph-sim/src/graph/",
];

/// Looks at the text of every file and at the code of the Rust files.
pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let notes = repository.files.iter().flat_map(notes);
    notes.chain(repository.rust().flat_map(code)).collect()
}

fn notes(file: &File) -> impl Iterator<Item = Finding> {
    let lines = file.text.lines().enumerate();
    lines.filter_map(|(at, line)| {
        let note = NOTES.iter().find(|note| line.contains(**note))?;
        Some(Finding::at(
            file,
            at + 1,
            format!("{note}: make it an issue, or do it"),
        ))
    })
}

fn code(file: &File) -> Vec<Finding> {
    let tokens = &file.tokens;
    let mut findings = Vec::new();
    let mut report =
        |at: usize, fault: &str| findings.push(Finding::at(file, tokens[at].line, fault));
    for at in find(tokens, &["#", "[", "ignore"]) {
        report(at, "an ignored test tells nothing; mend it or remove it");
    }
    for at in find(tokens, &["feature", "="]) {
        if tokens
            .get(at + 2)
            .is_some_and(|value| value.text.starts_with("\"test"))
        {
            report(
                at,
                "the product has no test mode; hand in what the test needs",
            );
        }
    }
    if IN_ORDER.iter().any(|room| file.name().starts_with(room)) {
        for at in find(tokens, &["select", "!", "{"]) {
            if tokens.get(at + 3).is_none_or(|word| word.text != "biased") {
                report(
                    at,
                    "say `biased;`: a run of the simulation must be the same every time",
                );
            }
        }
    }
    for at in sleeps(file) {
        report(
            at,
            "a test waits on a condition with a limit, never for a time",
        );
    }
    findings
}

/// Sleeps in test code.
fn sleeps(file: &File) -> Vec<usize> {
    if file.name() == WAITING_ROOM {
        return Vec::new();
    }
    let modules = test_modules(&file.tokens);
    let in_test = |at: usize| file.is_test() || modules.iter().any(|module| module.contains(&at));
    // `clock.sleep(…)` waits on a clock that was handed in, `fn sleep(…)` makes one, and so does a clock's own
    // `sleep_until`.
    let is_method = |at: usize| at > 0 && [".", "fn"].contains(&file.tokens[at - 1].text.as_str());
    let is_clock = |at: usize| {
        let heads = find(&file.tokens[..at], &["fn"]).last();
        heads.is_some_and(|head| file.tokens[head + 1].text == "sleep_until")
    };
    find(&file.tokens, &["sleep", "("])
        .filter(|at| in_test(*at) && !is_method(*at) && !is_clock(*at))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> Vec<String> {
        let repository = Repository::of(path, text);
        check(&repository).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_forbidden_word_is_found_with_its_line() {
        assert_eq!(faults("a.md", concat!("x\nTO", "DO: y")).len(), 1);
        assert_eq!(
            faults("a.rs", "fn a() {}\n#[ignore]\nfn b() {}")[0]
                .split(' ')
                .next(),
            Some("a.rs:2:")
        );
        assert_eq!(
            faults("a.rs", "#[cfg(feature = \"test_mode\")] fn a() {}").len(),
            1
        );
    }

    #[test]
    fn only_tests_may_not_sleep() {
        let text = "fn a() { sleep(1); }\n#[cfg(test)] mod tests { fn b() { sleep(2); } }";
        assert_eq!(faults("crates/x/src/a.rs", text).len(), 1);
        assert_eq!(faults("crates/x/tests/a.rs", text).len(), 2);
        let clock = "impl Clock for A { fn sleep_until(&self) { sleep(1); self.sleep(2); } }";
        assert_eq!(faults("crates/x/tests/a.rs", clock), [""; 0]);
        let other = "impl Clock for A { fn sleep(&self) { wait(); } }";
        assert_eq!(faults("crates/x/tests/a.rs", other), [""; 0]);
    }
}
