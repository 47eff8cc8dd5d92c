//! Each method of the store's contract is called in the suite that runs on both engines.

use super::Finding;
use crate::source::{Repository, find};

const CONTRACT: &str = "crates/maildesk-store/src/contract/";
const SUITE: &str = "crates/maildesk-store/tests/";

/// Compares the names.
pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let suite: Vec<_> = repository
        .rust()
        .filter(|file| file.name().starts_with(SUITE))
        .collect();
    let is_called = |method: &str| {
        suite
            .iter()
            .any(|file| find(&file.tokens, &[".", method, "("]).next().is_some())
    };
    let mut findings = Vec::new();
    for file in repository
        .rust()
        .filter(|file| file.name().starts_with(CONTRACT))
    {
        for at in find(&file.tokens, &["async", "fn"]) {
            let method = &file.tokens[at + 2];
            if !is_called(&method.text) {
                let fault = format!("`{}` has no test in {SUITE}", method.text);
                findings.push(Finding::at(file, method.line, fault));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_no_test_calls_is_found() {
        let mut repository = Repository::of(
            "crates/maildesk-store/src/contract/stamps.rs",
            "trait Stamps {\n async fn stamp(&self);\n async fn due(&self);\n}",
        );
        repository.files.extend(
            Repository::of(
                "crates/maildesk-store/tests/stamps.rs",
                "async fn a() { store.stamp().await; }",
            )
            .files,
        );
        let found: Vec<String> = check(&repository).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/maildesk-store/src/contract/stamps.rs:3: `due`"));
    }
}
