//! Stories by seeds, for hours if need be: `seeds COUNT [FROM]` tells many and stops with the first
//! that goes wrong, `replay SEED` tells one line by line and makes it as short as it can be.
//!
//! Run it as `cargo xtask simulate --seeds N` and `cargo xtask replay SEED`. `--postgres` after
//! either takes the PostgreSQL that `MAILDESK_TEST_POSTGRES_URL` names.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use maildesk_testkit::engine::Engine;
use maildesk_testkit::simulation::{Outcome, Story, Telling, shrink, tell};

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let on_postgres = words.iter().any(|word| word == "--postgres");
    words.retain(|word| word != "--postgres");
    let telling = Telling {
        engine: if on_postgres {
            Engine::Postgres
        } else {
            Engine::Sqlite
        },
        ..Telling::PLAIN
    };
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
    let is_well = match (words.first().map(String::as_str), number(1)) {
        (Some("seeds"), Some(count)) => seeds(number(2).unwrap_or(0), count, telling),
        (Some("replay"), Some(seed)) => replay(seed, telling),
        _ => {
            say("usage: simulate seeds COUNT [FROM] [--postgres] | replay SEED [--postgres]");
            false
        }
    };
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[expect(
    clippy::print_stdout,
    reason = "a command-line tool talks on its standard output"
)]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::disallowed_methods, reason = "how long it took is told")]
fn tick() -> Instant {
    Instant::now()
}

/// What all stories so far came to.
#[derive(Default)]
struct Sum {
    faults: BTreeMap<String, u64>,
    settled: Vec<Duration>,
    lasted: Duration,
    wrong: Vec<u64>,
}

fn seeds(from: u64, count: u64, telling: Telling) -> bool {
    let began = tick();
    let (next, stop) = (AtomicU64::new(from), AtomicBool::new(false));
    let sum = Mutex::new(Sum::default());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + count {
                        return;
                    }
                    let outcome = tell(&Story::of(seed), telling);
                    let mut sum = sum.lock().expect("nothing panics while it holds this lock");
                    add(&mut sum, seed, outcome);
                    stop.store(sum.wrong.len() >= 5, Ordering::Relaxed);
                }
            });
        }
    });
    let mut sum = sum.into_inner().expect("nobody holds it");
    for (fault, times) in &sum.faults {
        say(&format!("{times:>9}  {fault}"));
    }
    sum.settled.sort_unstable();
    let longest = sum.settled.last().copied().unwrap_or_default();
    let middle = sum
        .settled
        .get(sum.settled.len() / 2)
        .copied()
        .unwrap_or_default();
    say(&format!(
        "{} seeds from {from} in {:.0?}; {:.0?} of simulated time; came right after {middle:.0?} in the middle, {longest:.0?} at most; {} went wrong {:?}",
        sum.settled.len(),
        began.elapsed(),
        sum.lasted,
        sum.wrong.len(),
        sum.wrong
    ));
    sum.wrong.is_empty()
}

fn add(sum: &mut Sum, seed: u64, outcome: Outcome) {
    for (fault, times) in outcome.faults {
        *sum.faults.entry(fault).or_default() += times;
    }
    sum.settled.push(outcome.settled);
    sum.lasted += outcome.lasted;
    if !outcome.wrongs.is_empty() {
        say(&format!("seed {seed}: cargo xtask replay {seed}"));
        for wrong in &outcome.wrongs {
            say(&format!("  {wrong}"));
        }
        sum.wrong.push(seed);
    }
}

fn replay(seed: u64, telling: Telling) -> bool {
    let story = Story::of(seed);
    let with_lines = Telling {
        lines: true,
        ..telling
    };
    let outcome = tell(&story, with_lines);
    for line in &outcome.lines {
        say(line);
    }
    say(&format!("{story}fingerprint {:016x}", outcome.fingerprint));
    for (fault, times) in &outcome.faults {
        say(&format!("{times:>9}  {fault}"));
    }
    if outcome.wrongs.is_empty() {
        say("all came right");
        return true;
    }
    say("shrinking …");
    let short = shrink(&story, |one| !tell(one, telling).wrongs.is_empty());
    let last = tell(&short, with_lines);
    for line in &last.lines {
        say(line);
    }
    say(&format!("the shortest story that goes wrong:\n{short}"));
    for wrong in &last.wrongs {
        say(&format!("  {wrong}"));
    }
    false
}
