//! crates/graph-sim/docs/statements/ numbers what is known of Graph and names the test that holds each statement.
//!
//! A row is `| id | statement | test | kind |`. Each id is there once, every test named is there, few rows are open,
//! and the summary in the folder's README is the one this rule counts.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, proof};
use crate::source::{File, Repository};

const FOLDER: &str = "crates/graph-sim/docs/statements/";
const SUMMARY: &str = "crates/graph-sim/docs/statements/README.md";

/// How the third column of a row begins that no test holds.
const OPEN: &str = "open:";
/// The document of switches, whose keys the fourth column may name.
const SWITCHES: &str = "crates/graph-sim/src/fault/document.rs";

/// Fewer than one row in so many may be open.
const OPEN_SHARE: usize = 20;
/// Refusals that must be held at least.
const REFUSALS: usize = 60;

/// What a section's rows come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    statements: usize,
    open: usize,
    refusals: usize,
    switches: usize,
}

/// One statement.
struct Row<'a> {
    file: &'a File,
    line: usize,
    id: &'a str,
    held: &'a str,
    kind: &'a str,
}

/// Looks at every row and at the summary.
pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let tests = proof::tests(repository);
    let mut findings = Vec::new();
    let (mut ids, mut tallies) = (BTreeSet::new(), BTreeMap::new());
    for row in rows(repository, &mut findings) {
        let mut report = |fault: String| findings.push(Finding::at(row.file, row.line, fault));
        if !ids.insert(row.id) {
            report(format!("{} is there twice", row.id));
        }
        let tally: &mut Tally = tallies.entry(section(row.id)).or_default();
        tally.statements += 1;
        let open = row.held.starts_with(OPEN);
        tally.open += usize::from(open);
        let named: Vec<&str> = spans(row.held).collect();
        if !open && named.is_empty() {
            report(format!("no test holds {}", row.id));
        }
        for name in named.iter().filter(|name| !open && !tests.contains(*name)) {
            report(format!(
                "{} names {name}, and there is no such test",
                row.id
            ));
        }
        for kind in row.kind.split(',').map(str::trim) {
            match kind.strip_prefix("switch ") {
                Some(key) if known(repository, key) => tally.switches += 1,
                _ if kind == "refusal" => tally.refusals += usize::from(!open),
                _ if kind.is_empty() => {}
                _ => report(format!("{} is of no kind that is known: {kind}", row.id)),
            }
        }
    }
    findings.extend(enough(&tallies));
    findings.extend(summary(repository, &tallies));
    findings
}

/// The rows of all files; a line of a table that has no four columns is reported.
fn rows<'a>(repository: &'a Repository, findings: &mut Vec<Finding>) -> Vec<Row<'a>> {
    let files = repository.files.iter().filter(|file| {
        let name = file.name();
        name.starts_with(FOLDER) && name != SUMMARY && file.has_extension("md")
    });
    let mut rows = Vec::new();
    for file in files {
        let lines = file.text.lines().enumerate();
        for (at, line) in lines.filter(|(_, line)| is_row(line)) {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            if let [_, id, _, held, kind, _] = cells.as_slice() {
                let line = at + 1;
                rows.push(Row {
                    file,
                    line,
                    id,
                    held,
                    kind,
                });
            } else {
                findings.push(Finding::at(file, at + 1, "a row has four columns"));
            }
        }
    }
    rows
}

/// Whether a line is a row of a statement: ids begin with a number.
fn is_row(line: &str) -> bool {
    line.strip_prefix("| ")
        .is_some_and(|rest| rest.starts_with(|sign: char| sign.is_ascii_digit()))
}

/// The section of an id such as `1.5-03`: what stands before the first `.` or `-`.
fn section(id: &str) -> &str {
    id.split(['.', '-']).next().unwrap_or(id)
}

/// What stands between backticks.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether a switch is there: `room.key` as in the document of faults, or `app.key` and `mailbox.key` for a property.
fn known(repository: &Repository, key: &str) -> bool {
    let Some((room, name)) = key.split_once('.') else {
        return false;
    };
    if ["app", "mailbox"].contains(&room) {
        return true;
    }
    let mut field = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            field.push('_');
        }
        field.push(letter.to_ascii_lowercase());
    }
    let document = repository.files.iter().find(|file| file.name() == SWITCHES);
    document.is_some_and(|file| {
        // Digits belong to the word before them, in the document as on the wire.
        file.text.contains(&format!("pub {field}:")) && file.text.contains(&format!("pub {room}:"))
    })
}

fn enough(tallies: &BTreeMap<&str, Tally>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let sum = sum(tallies.values());
    if sum.open * OPEN_SHARE >= sum.statements {
        let fault = format!("{} of {} statements are open", sum.open, sum.statements);
        findings.push(Finding::new(FOLDER, fault));
    }
    if sum.refusals < REFUSALS {
        let fault = format!("{} refusals are held, and {REFUSALS} must be", sum.refusals);
        findings.push(Finding::new(FOLDER, fault));
    }
    findings
}

fn sum<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Tally {
    tallies.fold(Tally::default(), |sum, tally| Tally {
        statements: sum.statements + tally.statements,
        open: sum.open + tally.open,
        refusals: sum.refusals + tally.refusals,
        switches: sum.switches + tally.switches,
    })
}

/// The summary has exactly the rows that are counted.
fn summary(repository: &Repository, tallies: &BTreeMap<&str, Tally>) -> Vec<Finding> {
    let document = repository.files.iter().find(|file| file.name() == SUMMARY);
    let text = document.map_or("", |file| file.text.as_str());
    let written: BTreeSet<&str> = text
        .lines()
        .filter(|line| is_row(line) || line.starts_with("| all |"))
        .collect();
    let each = tallies.iter().map(|(section, tally)| line(section, *tally));
    let all = line("all", sum(tallies.values()));
    let counted: BTreeSet<String> = each.chain([all]).collect();
    let mut findings = Vec::new();
    for row in counted.iter().filter(|row| !written.contains(row.as_str())) {
        findings.push(Finding::new(SUMMARY, format!("the summary must say {row}")));
    }
    for row in written.iter().filter(|row| !counted.contains(**row)) {
        findings.push(Finding::new(
            SUMMARY,
            format!("the summary says wrongly {row}"),
        ));
    }
    findings
}

fn line(section: &str, tally: Tally) -> String {
    let Tally {
        statements,
        open,
        refusals,
        switches,
    } = tally;
    let held = statements - open;
    format!("| {section} | {statements} | {held} | {open} | {refusals} | {switches} |")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "| 1.1-01 | x | `one_test` | refusal |\n| 1.2-01 | y | `one_test` | refusal, switch graph.latencyMs |\n\
                        | 2-01 | z | `one_test` `one_test` |  |\n";

    fn faults(rows: &str, summary: &str) -> Vec<String> {
        let mut repository = Repository::of("crates/graph-sim/docs/statements/1-a.md", rows);
        for (path, text) in [
            (SUMMARY, summary),
            ("crates/graph-sim/tests/push/create.rs", "fn one_test() {}"),
            (
                SWITCHES,
                "struct A { pub graph: B } struct B { pub latency_ms: u64 }",
            ),
        ] {
            repository.files.extend(Repository::of(path, text).files);
        }
        let findings = check(&repository).into_iter();
        findings.map(|finding| finding.fault).collect()
    }

    /// So many refusals that none is missed, and their summary.
    fn many(rows: &str) -> (String, usize) {
        let more = (0..REFUSALS).map(|n| format!("| 3-{n:02} | w | `one_test` | refusal |\n"));
        (
            rows.to_owned() + &more.collect::<Vec<_>>().concat(),
            REFUSALS,
        )
    }

    #[test]
    fn true_rows_and_a_true_summary_pass() {
        let (rows, more) = many(ROWS);
        let summary = format!(
            "| 1 | 2 | 2 | 0 | 2 | 1 |\n| 2 | 1 | 1 | 0 | 0 | 0 |\n| 3 | {more} | {more} | 0 | {more} | 0 |\n\
             | all | {0} | {0} | 0 | {1} | 1 |\n",
            more + 3,
            more + 2
        );
        assert_eq!(faults(&rows, &summary), [""; 0]);
        let wrong = summary.replace("| 2 | 1 | 1 | 0 |", "| 2 | 1 | 1 | 1 |");
        let found = faults(&rows, &wrong);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[1].contains("says wrongly"), "{found:?}");
    }

    #[test]
    fn each_kind_of_false_row_is_found() {
        let rows = "| 1-01 | x | `gone_test` | |\n| 1-01 | x | `one_test` | | |\n| 1-02 | x |  | odd |\n| 1-02 | x | `one_test` | switch graph.gone |\n";
        let found = faults(rows, "");
        for fault in [
            "a row has four columns",
            "1-01 names gone_test, and there is no such test",
            "1-02 is there twice",
            "no test holds 1-02",
            "1-02 is of no kind that is known: odd",
            "1-02 is of no kind that is known: switch graph.gone",
            "0 refusals are held, and 60 must be",
        ] {
            assert!(found.iter().any(|one| one == fault), "{fault}: {found:?}");
        }
    }

    #[test]
    fn one_open_row_in_twenty_is_too_many() {
        let (rows, _) = many("| 1-01 | x | open: nobody knows | |\n");
        assert!(
            !faults(&rows, "")
                .iter()
                .any(|fault| fault.contains("are open"))
        );
        let open: Vec<String> = (1..=4)
            .map(|n| format!("| 1-{n:02} | x | open: why | |\n"))
            .collect();
        let open = open.concat();
        let (rows, _) = many(&open);
        let found = faults(&rows, "");
        assert!(
            found.contains(&"4 of 64 statements are open".to_owned()),
            "{found:?}"
        );
    }
}
