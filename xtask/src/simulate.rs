//! `cargo xtask simulate --seeds N` and `cargo xtask replay SEED`: stories that seeds decide, built for
//! release because they are many.

use anyhow::{Result, bail};

use crate::shell::{cargo, run as run_command};

/// `--seeds N [--from SEED] [--postgres]`: tells N stories; stops when some went wrong, and prints
/// how to see them again.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let Some(count) = value(words, "--seeds") else {
        bail!("usage: cargo xtask simulate --seeds N [--from SEED] [--postgres]");
    };
    let from = value(words, "--from").unwrap_or("0");
    start(&["seeds", count, from], words)
}

/// `SEED [--postgres]`: tells one story line by line; one that goes wrong is made as short as it can be.
pub(crate) fn replay(words: &[String]) -> Result<()> {
    let Some(seed) = words.first() else {
        bail!("usage: cargo xtask replay SEED [--postgres]");
    };
    start(&["replay", seed], words)
}

fn value<'a>(words: &'a [String], name: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| word == name)?;
    words.get(at + 1).map(String::as_str)
}

fn start(what: &[&str], words: &[String]) -> Result<()> {
    let mut command = cargo(&["run", "--release", "--locked", "-p", "maildesk-testkit"]);
    command.args(["--bin", "simulate", "--"]).args(what);
    command.args(words.iter().filter(|word| *word == "--postgres"));
    run_command(&mut command)
}
