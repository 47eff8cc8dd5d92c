//! docs/proof.md names the tests that hold each promise: every number has one, and every one is there.

use std::collections::BTreeSet;

use super::Finding;
use crate::source::Repository;

const DOCUMENT: &str = "docs/proof.md";

/// The promises that must be held, by letter and how many there are.
const PROMISES: [(char, std::ops::RangeInclusive<u32>); 4] =
    [('P', 1..=19), ('S', 1..=11), ('C', 1..=7), ('D', 1..=9)];
/// Later work, which needs no test yet.
const LATER: [&str; 1] = ["C6"];

/// Looks for each promise's row and for each test it names.
pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let document = repository.files.iter().find(|file| file.name() == DOCUMENT);
    let text = document.map_or("", |file| file.text.as_str());
    let tests = tests(repository);
    let mut findings = Vec::new();
    for promise in promises() {
        let head = format!("| {promise} |");
        let Some(row) = text.lines().find(|line| line.starts_with(&head)) else {
            findings.push(Finding::new(DOCUMENT, format!("{promise} has no row")));
            continue;
        };
        let held = row.split('|').nth(3).unwrap_or_default();
        let named: Vec<&str> = held.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            findings.push(Finding::new(DOCUMENT, format!("no test holds {promise}")));
        }
        let gone = named.into_iter().filter(|name| !tests.contains(name));
        findings.extend(gone.map(|name| {
            Finding::new(
                DOCUMENT,
                format!("{promise} names {name}, and there is no such test"),
            )
        }));
    }
    findings
}

fn promises() -> impl Iterator<Item = String> {
    let all = PROMISES.into_iter();
    let all = all.flat_map(|(letter, numbers)| numbers.map(move |n| format!("{letter}{n}")));
    all.filter(|promise| !LATER.contains(&promise.as_str()))
}

/// What a function or a story of a test is called.
pub(super) fn tests(repository: &Repository) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for file in repository.rust() {
        let holds_tests = file.is_test() || file.text.contains("#[cfg(test)]");
        for pair in file.tokens.windows(2).filter(|_| holds_tests) {
            if pair[0].text == "fn" {
                names.insert(pair[1].text.as_str());
            }
        }
        for three in file.tokens.windows(4).filter(|_| holds_tests) {
            if three[0].text == "story" && three[1].text == "!" {
                names.insert(three[3].text.as_str());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(rows: &str, test: &str) -> Vec<String> {
        let mut repository = Repository::of(DOCUMENT, rows);
        let test = Repository::of("crates/maildesk-push/tests/stories/hook.rs", test);
        repository.files.extend(test.files);
        let findings = check(&repository).into_iter();
        findings.map(|finding| finding.fault).collect()
    }

    #[test]
    fn a_number_without_a_row_or_a_test_is_found() {
        let rows = promises().map(|promise| format!("| {promise} | x | `one_test` |\n"));
        let whole = rows.collect::<Vec<_>>().concat();
        assert_eq!(faults(&whole, "fn one_test() {}"), [""; 0]);
        assert_eq!(faults(&whole, "story!(one_test, async |e| {});"), [""; 0]);
        assert_eq!(faults(&whole, "fn other() {}").len(), promises().count());
        let lost = whole.replace("| P7 | x | `one_test` |\n", "");
        assert_eq!(faults(&lost, "fn one_test() {}"), ["P7 has no row"]);
        let bare = whole.replace("| S11 | x | `one_test` |", "| S11 | x |  |");
        assert_eq!(faults(&bare, "fn one_test() {}"), ["no test holds S11"]);
    }
}
