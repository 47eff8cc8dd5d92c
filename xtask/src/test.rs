//! `cargo xtask test`: the whole suite on both database engines, on a machine that had only Rust, a C compiler
//! and git.
//!
//! A missing engine is red and never a skipped test: first [`needs`] installs or names what is missing, then a
//! PostgreSQL of our own is started ([`postgres`]), and at the end the tests of each engine are counted ([`tally`]).

mod axe;
mod needs;
pub(crate) mod postgres;
mod python;
mod tally;

use anyhow::{Context, Result};

use crate::shell::{cargo, cargo_tool, command, run as run_command};

/// The version that is built when no `cargo-nextest` is installed.
const CARGO_NEXTEST: &str = "0.9.143";

/// Runs the suite. Without words all of it, doctests too; with words those are nextest's filter and options.
pub(crate) fn run(words: &[String]) -> Result<()> {
    needs::provide()?;
    let python = python::provide()?;
    let axe = axe::provide()?;
    let nextest = cargo_tool("nextest", CARGO_NEXTEST)?;
    let junit = tally::junit();
    // A count from an earlier run must never stand in for this one.
    std::fs::remove_file(&junit).ok();

    // Some tests start the programs themselves. Asked for together with the tests, so that both are built alike.
    run_command(&mut cargo(&[
        "build",
        "--workspace",
        "--locked",
        "--bins",
        "--tests",
    ]))?;
    let server = postgres::Server::start()?;
    let suite = run_command(
        command(nextest)
            .args(["nextest", "run", "--workspace", "--locked"])
            .args(words)
            .env("MAILDESK_TEST_POSTGRES_URL", server.url())
            .env("MAILDESK_TEST_PYTHON", python)
            .env("MAILDESK_TEST_AXE", axe),
    );
    let doctests = if words.is_empty() && suite.is_ok() {
        run_command(&mut cargo(&[
            "test",
            "--doc",
            "--workspace",
            "--locked",
            "--quiet",
        ]))
    } else {
        Ok(())
    };
    drop(server);

    let count = std::fs::read_to_string(&junit).map(|xml| tally::Tally::of(&xml));
    if let Ok(count) = &count {
        println!("{count}");
    }
    suite?;
    doctests?;
    let count = count.with_context(|| format!("nextest left no {}", junit.display()))?;
    if words.is_empty() {
        count.demand_both_engines()?;
    }
    Ok(())
}
