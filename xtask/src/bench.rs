//! `cargo xtask bench`: criterion's benchmarks; with words, the end-to-end bench of the real programs.

use anyhow::Result;

use crate::shell::{cargo, run as run_command};

/// Without words every criterion benchmark; with words (`latency 200`) that measurement of the real
/// programs, built for release first.
pub(crate) fn run(words: &[String]) -> Result<()> {
    if words.is_empty() {
        return run_command(&mut cargo(&[
            "bench",
            "--workspace",
            "--locked",
            "--benches",
        ]));
    }
    let packages = [
        "-p",
        "maildesk",
        "-p",
        "graph-sim",
        "-p",
        "maildesk-testkit",
    ];
    run_command(cargo(&["build", "--release", "--locked", "--bins"]).args(packages))?;
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
