//! `cargo xtask mutants`: breaks the planners in every way cargo-mutants knows, one way at a time, and
//! sees whether the unit tests of the same crate go red.
//!
//! What is broken and which tests must notice stands in `.cargo/mutants.toml`, so that plain
//! `cargo mutants` does the same.

use anyhow::Result;

use crate::shell::{cargo_tool, command, run as run_command, tools};

/// The version that is built when no `cargo-mutants` is installed.
const CARGO_MUTANTS: &str = "27.1.0";

/// Runs it over a copy of the repository; the words are handed on (`--file`, `--shard`, `--list`, …).
pub(crate) fn run(words: &[String]) -> Result<()> {
    let tool = cargo_tool("mutants", CARGO_MUTANTS)?;
    let reports = tools()?.with_file_name("mutants");
    std::fs::create_dir_all(&reports)?;
    run_command(
        command(tool)
            .args(["mutants", "--workspace", "--output"])
            .arg(reports)
            .args(words),
    )
}
