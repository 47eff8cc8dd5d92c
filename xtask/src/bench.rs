//! `cargo xtask bench`: criterion's benchmarks, then the end-to-end bench of the whole program.

use anyhow::Result;

use crate::shell::{cargo, root, run as run_command};

/// Runs the benchmarks that exist; the words go to the end-to-end bench.
pub(crate) fn run(words: &[String]) -> Result<()> {
    if has_benches() {
        run_command(&mut cargo(&[
            "bench",
            "--workspace",
            "--locked",
            "--benches",
        ]))?;
    }
    run_command(
        cargo(&[
            "run",
            "--release",
            "--locked",
            "-p",
            "maildesk-testkit",
            "--bin",
            "bench",
            "--",
        ])
        .args(words),
    )
}

fn has_benches() -> bool {
    std::fs::read_dir(root().join("crates"))
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .any(|entry| entry.path().join("benches").is_dir())
}
