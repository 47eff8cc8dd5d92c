//! How many tests ran, and on which database engine, counted from nextest's JUnit file.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::shell::root;

/// The counts of one run. A test belongs to an engine when its name or its path says so.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tally {
    all: usize,
    sqlite: usize,
    postgres: usize,
}

/// Where nextest writes the file; .config/nextest.toml says so.
pub(crate) fn junit() -> PathBuf {
    root().join("target/nextest/default/junit.xml")
}

impl Tally {
    /// Counts the `<testcase>` elements; nothing else of the file matters here.
    pub(crate) fn of(xml: &str) -> Self {
        let mut tally = Self::default();
        for case in xml.split("<testcase ").skip(1) {
            let tag = case.split('>').next().unwrap_or_default();
            let id = [attribute(tag, "classname"), attribute(tag, "name")].join("::");
            tally.all += 1;
            tally.sqlite += usize::from(id.contains("sqlite"));
            tally.postgres += usize::from(id.contains("postgres"));
        }
        tally
    }

    /// An engine without a single test means that half of the product went untested.
    pub(crate) fn demand_both_engines(&self) -> Result<()> {
        ensure!(self.sqlite > 0, "no test ran on SQLite");
        ensure!(self.postgres > 0, "no test ran on PostgreSQL");
        Ok(())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} tests ran: {} on SQLite, {} on PostgreSQL, the others on no engine of their own",
            self.all, self.sqlite, self.postgres
        )
    }
}

fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    // The leading space keeps `name` from being found inside `classname`.
    format!(" {tag}")
        .find(&format!(" {name}=\""))
        .map(|at| &tag[at + name.len() + 2..])
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = r#"<testsuites><testsuite name="maildesk-store::contract">
        <testcase name="stamps::sqlite" classname="maildesk-store::contract" time="0.1"></testcase>
        <testcase name="stamps::postgres" classname="maildesk-store::contract" time="0.1">
            <failure>mentions sqlite</failure></testcase>
        <testcase name="plain" classname="maildesk-store::sqlite_only"/>
        <testcase name="other" classname="maildesk-graph"/>
        </testsuite></testsuites>"#;

    #[test]
    fn tests_are_counted_by_the_engine_in_their_name_or_path() {
        let tally = Tally::of(XML);
        assert_eq!(
            tally,
            Tally {
                all: 4,
                sqlite: 2,
                postgres: 1
            }
        );
        tally.demand_both_engines().unwrap();
    }

    #[test]
    fn an_engine_without_tests_is_an_error() {
        let error = Tally::of("<testcase name=\"a::sqlite\"/>")
            .demand_both_engines()
            .unwrap_err();
        assert_eq!(error.to_string(), "no test ran on PostgreSQL");
    }
}
