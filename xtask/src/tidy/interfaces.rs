//! What others rely on is written down: each setting and each metric of the code stands in docs/admin/.
//!
//! The way back, that a document names nothing that is not there, is the business of `names`.

use std::collections::BTreeSet;

use super::Finding;
use crate::source::{File, Repository, find, test_modules};

const DOCUMENTS: &str = "docs/admin/";

/// The table of settings; each is a `row(…)` or a `secret(…)` whose first argument is its name.
const SETTINGS: &str = "crates/maildesk/src/config/table.rs";

/// How the name of a metric begins.
const METRIC: &str = "\"maildesk_";

/// The crates that measure.
const MEASURING: &str = "crates/maildesk";

/// Looks for each name in the documents.
pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let documents: String = repository
        .files
        .iter()
        .filter(|file| file.name().starts_with(DOCUMENTS))
        .map(|file| file.text.as_str())
        .collect();
    let names = repository
        .rust()
        .flat_map(|file| settings(file).chain(metrics(file)));
    let missing = names.filter(|(name, _)| !documents.contains(&format!("`{name}`")));
    missing
        .map(|(name, place)| {
            Finding::new(place, format!("{name} is described nowhere in {DOCUMENTS}"))
        })
        .collect()
}

fn settings(file: &File) -> impl Iterator<Item = (String, String)> {
    let is_table = file.name() == SETTINGS;
    let makers = [["row", "("], ["secret", "("]];
    let names = makers.into_iter().flat_map(move |maker| {
        let found: Vec<usize> = find(&file.tokens, &maker).collect();
        found
            .into_iter()
            .filter_map(move |at| file.tokens.get(at + 2))
            .filter(|name| name.text.starts_with('"'))
    });
    names.filter(move |_| is_table).map(|name| {
        let variable = format!("MAILDESK_{}", name.text.trim_matches('"').to_uppercase());
        (variable, format!("{}:{}", file.name(), name.line))
    })
}

fn metrics(file: &File) -> impl Iterator<Item = (String, String)> {
    let measures = file.name().starts_with(MEASURING) && !file.is_test();
    let tests = test_modules(&file.tokens);
    let literals = file.tokens.iter().enumerate().filter(move |(at, token)| {
        measures
            && token.text.starts_with(METRIC)
            && !tests.iter().any(|module| module.contains(at))
    });
    let names: BTreeSet<(String, String)> = literals
        .map(|(_, token)| {
            (
                token.text.trim_matches('"').to_owned(),
                format!("{}:{}", file.name(), token.line),
            )
        })
        .filter(|(name, _)| {
            name.chars()
                .all(|sign| sign.is_ascii_lowercase() || sign == '_')
        })
        .collect();
    names.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(document: &str) -> Vec<String> {
        let mut repository = Repository::of("docs/admin/install.md", document);
        for (path, text) in [
            (
                SETTINGS,
                "const T: [R; 2] = [row(\"listen\", \"x\"), secret(\"key\", \"y\")];",
            ),
            (
                "crates/maildesk-push/src/metric.rs",
                "const A: &str = \"maildesk_stamps_due\"; const B: &str = \"maildesk_db={x}\";",
            ),
        ] {
            repository.files.extend(Repository::of(path, text).files);
        }
        check(&repository)
            .into_iter()
            .map(|finding| finding.fault)
            .collect()
    }

    #[test]
    fn what_is_described_passes_and_what_is_not_is_found() {
        assert_eq!(
            faults("`MAILDESK_LISTEN` `MAILDESK_KEY` `maildesk_stamps_due`"),
            [""; 0]
        );
        assert_eq!(faults("`MAILDESK_LISTEN`").len(), 2);
    }
}
