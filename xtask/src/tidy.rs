//! `cargo xtask tidy`: the rules of the house that no compiler checks. It is also a test of this crate.
//!
//! Each rule is a file of `tidy/` with one function that returns what it found. To add one, write its file and give it
//! a row in [`RULES`]. A rule is worth having only if it can be obeyed always: there are no lists of exceptions.

mod doors;
mod edges;
mod interfaces;
pub(crate) mod map;
mod names;
mod proof;
mod pure;
mod statements;
mod words;

use std::fmt;

use anyhow::{Result, bail};

use crate::source::{File, Repository};

/// Something a rule objects to.
#[derive(Debug, PartialEq)]
pub(crate) struct Finding {
    /// A file, a line in it, or a crate.
    place: String,
    /// What is wrong and what to do about it.
    fault: String,
}

type Rule = fn(&Repository) -> Vec<Finding>;

const RULES: &[Rule] = &[
    edges::check,
    doors::check,
    pure::check,
    words::check,
    names::check,
    map::check,
    interfaces::check,
    proof::check,
    statements::check,
];

/// Applies every rule and prints all findings; one finding is enough to be red.
pub(crate) fn run(_words: &[String]) -> Result<()> {
    let findings = findings()?;
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        count => bail!("{count} findings"),
    }
}

fn findings() -> Result<Vec<Finding>> {
    let repository = Repository::read()?;
    Ok(RULES.iter().flat_map(|rule| rule(&repository)).collect())
}

impl Finding {
    fn new(place: impl Into<String>, fault: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            fault: fault.into(),
        }
    }

    fn at(file: &File, line: usize, fault: impl Into<String>) -> Self {
        Self::new(format!("{}:{line}", file.name()), fault)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.fault)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_is_tidy() {
        let findings = super::findings().unwrap();
        assert_eq!(findings, [], "see CONTRIBUTING.md");
    }
}
