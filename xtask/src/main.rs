//! The chores of this repository: `cargo xtask ci|test|postgres|screenshots|tidy|report|bench|fuzz|mutants|simulate|replay`.
//!
//! One file per chore. To add one: write `src/<name>.rs` with a `run`, and give it a row in [`CHORES`].
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks on its standard output"
)]

mod bench;
mod ci;
mod fuzz;
mod mutants;
mod postgres;
mod report;
mod screenshots;
mod shell;
mod simulate;
mod source;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::Result;

/// A chore's name, what it does in one line, and its code; the rest of the command line is handed to it.
type Chore = (&'static str, &'static str, fn(&[String]) -> Result<()>);

const CHORES: &[Chore] = &[
    ("ci", "everything a change must pass, in order", ci::run),
    (
        "test",
        "install what tests need, start PostgreSQL, run the suite; extra words go to nextest",
        test::run,
    ),
    (
        "postgres",
        "a PostgreSQL for tests by hand: prints its URL and keeps it until the input ends",
        postgres::run,
    ),
    (
        "screenshots",
        "pictures of every page, light, dark and on a phone, into target/screenshots",
        screenshots::run,
    ),
    ("tidy", "the rules that no compiler checks", tidy::run),
    (
        "report",
        "write docs/size.md (how large things are) and the tables of ARCHITECTURE.md",
        report::run,
    ),
    (
        "bench",
        "criterion's benchmarks; with words (`latency 200`) the end-to-end bench of the real programs",
        bench::run,
    ),
    (
        "fuzz",
        "look for input that breaks a property: [TARGET] [--seconds N]",
        fuzz::run,
    ),
    (
        "mutants",
        "break the planners one by one and see whether their tests notice; extra words go to cargo-mutants",
        mutants::run,
    ),
    (
        "simulate",
        "stories that seeds decide: --seeds N [--from SEED] [--postgres]",
        simulate::run,
    ),
    (
        "replay",
        "one of them line by line, made as short as it can be if it goes wrong: SEED [--postgres]",
        simulate::replay,
    ),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let wanted = words.first().map(String::as_str).unwrap_or_default();
    let Some((name, _, chore)) = CHORES.iter().find(|(name, ..)| *name == wanted) else {
        println!("usage: cargo xtask <chore>\n");
        for (name, what, _) in CHORES {
            println!("  {name:<13}{what}");
        }
        return ExitCode::FAILURE;
    };
    match chore(&words[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
