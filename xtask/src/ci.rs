//! `cargo xtask ci`: what every change must pass, cheapest first, stopping at the first failure.
//!
//! `.ci/run` runs exactly this. To add a step, give it a row in [`STEPS`] with the one line that helps when it is red.

use anyhow::{Context, Result, ensure};

use crate::shell::{cargo, cargo_tool, command, output, run as run_command, timed};

/// The version that is built when no `cargo-deny` is installed.
const CARGO_DENY: &str = "0.20.2";

struct Step {
    name: &'static str,
    /// What to do when it fails, as one line.
    remedy: &'static str,
    work: fn() -> Result<()>,
}

const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        remedy: "run `cargo fmt --all`, and the same with `--manifest-path fuzz/Cargo.toml`",
        work: fmt,
    },
    Step {
        name: "tidy",
        remedy: "mend what is listed above; CONTRIBUTING.md says why each rule is there",
        work: || crate::tidy::run(&[]),
    },
    Step {
        name: "clippy",
        remedy: "mend it, or `#[expect(…, reason = …)]` where the lint is wrong",
        work: clippy,
    },
    Step {
        name: "doc",
        remedy: "mend the link or the markdown it names; private items count",
        work: doc,
    },
    Step {
        name: "deny",
        remedy: "drop the dependency, or give it its place in deny.toml with the reason",
        work: deny,
    },
    Step {
        name: "test",
        remedy: "`cargo xtask test <part of its name>` runs one test again",
        work: || crate::test::run(&[]),
    },
];

/// Runs all steps; the tree must be at the end as it was at the start, which in a fresh clone means clean.
pub(crate) fn run(words: &[String]) -> Result<()> {
    ensure!(words.is_empty(), "takes no arguments");
    let before = tree()?;
    let ((), total) = {
        let (result, total) = timed(|| STEPS.iter().try_for_each(take));
        (result?, total)
    };
    ensure!(
        tree()? == before,
        "the steps changed the tree; look at `git status`, and commit or ignore what was written"
    );
    println!("\nci: all green in {:.0} s", total.as_secs_f64());
    Ok(())
}

fn take(step: &Step) -> Result<()> {
    println!("\n== {}", step.name);
    let (result, took) = timed(step.work);
    let verdict = if result.is_ok() { "ok" } else { "RED" };
    println!(
        "== {}: {verdict}, {:.1} s{}",
        step.name,
        took.as_secs_f64(),
        room_left()
    );
    result.with_context(|| format!("{} is red: {}", step.name, step.remedy))
}

/// What is left of the disk, for whoever wonders why things end for no reason; empty where `df` cannot tell.
fn room_left() -> String {
    let told = output(command("df").args(["-Pm", "."])).unwrap_or_default();
    let last = told.lines().last().unwrap_or_default();
    match last.split_whitespace().nth(3) {
        Some(megabytes) => format!(", {megabytes} MB of disk left"),
        None => String::new(),
    }
}

/// The folder `fuzz/` is a workspace of its own, because cargo-fuzz builds it; its properties are linted and held by
/// the tests that replay them.
fn fmt() -> Result<()> {
    run_command(&mut cargo(&["fmt", "--all", "--check"]))?;
    run_command(&mut cargo(&[
        "fmt",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--check",
    ]))
}

fn clippy() -> Result<()> {
    run_command(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]))
}

fn doc() -> Result<()> {
    run_command(
        cargo(&["doc", "--workspace", "--no-deps", "--locked", "--quiet"])
            .arg("--document-private-items")
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

/// Licences, bans and sources. The advisory database is a git repository that is out of reach where this runs, so it is no part of it.
fn deny() -> Result<()> {
    let tool = cargo_tool("deny", CARGO_DENY)?;
    println!(
        "advisories are not checked here: run `cargo deny check advisories` where github.com can be reached"
    );
    run_command(command(tool).args([
        "--locked",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))
}

/// The state of the tree: what git lists as changed, and the changes themselves.
fn tree() -> Result<String> {
    let listed = output(command("git").args(["status", "--porcelain"]))?;
    let changes = output(command("git").args(["diff", "HEAD"]))?;
    Ok(listed + &changes)
}
