//! `cargo xtask fuzz [TARGET] [--seconds N]`: looks for input that breaks a property of `fuzz/`, by
//! libFuzzer and on the stable toolchain.
//!
//! The tests hold the same properties to the corpora and to variations that a seed decides, in every
//! run; this is the long search, and what it finds becomes one more file of a corpus.

use anyhow::{Context, Result, bail, ensure};

use crate::shell::{cargo_tool, command, root, run as run_command};

/// The version that is built when no `cargo-fuzz` is installed.
const CARGO_FUZZ: &str = "0.13.2";
/// The targets; each is a file of `fuzz/fuzz_targets/`.
const TARGETS: [&str; 4] = ["notification", "validation", "answer", "sanitiser"];
/// How long each target is looked at where nobody says.
const SECONDS: u32 = 60;
/// Longer input finds nothing that shorter does not, and is slower.
const LENGTH_MAX: u32 = 4096;
/// One input may not take longer, in seconds: what is linear stays far below.
const TIMEOUT_S: u32 = 10;

/// Looks at one target, or at each in turn; stops at the first that breaks a property.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let (target, seconds) = read(words)?;
    let tool = cargo_tool("fuzz", CARGO_FUZZ)?;
    let place = root().join("target/fuzz");
    for target in TARGETS
        .into_iter()
        .filter(|name| target.is_none_or(|wanted| wanted == *name))
    {
        // What is found on the way is kept apart from the corpus that is handed on.
        let found = place.join("found").join(target);
        let artifacts = place.join("broken").join(target);
        for folder in [&found, &artifacts] {
            std::fs::create_dir_all(folder)?;
        }
        println!("fuzzing {target} for {seconds} s");
        let searched = run_command(
            command(&tool)
                .args([
                    "fuzz",
                    "run",
                    "--sanitizer",
                    "none",
                    "--codegen-units",
                    "16",
                ])
                .arg("--target-dir")
                .arg(place.join("build"))
                .arg(target)
                .arg(&found)
                .arg(root().join("fuzz/corpus").join(target))
                .arg("--")
                .arg(format!("-max_total_time={seconds}"))
                .arg(format!("-max_len={LENGTH_MAX}"))
                .arg(format!("-timeout={TIMEOUT_S}"))
                .arg(format!(
                    "-dict={}",
                    root().join("fuzz/dict").join(target).display()
                ))
                .arg(format!("-artifact_prefix={}/", artifacts.display())),
        );
        searched.with_context(|| {
            format!(
                "{target} breaks a property, or was interrupted: see {} and docs/recipes/fuzz.md",
                artifacts.display()
            )
        })?;
    }
    Ok(())
}

/// The target, if one is named, and the seconds.
fn read(words: &[String]) -> Result<(Option<&str>, u32)> {
    let (mut target, mut seconds) = (None, SECONDS);
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if word == "--seconds" {
            let value = words.next().context("--seconds wants a number")?;
            seconds = value.parse().context("--seconds wants a number")?;
        } else if TARGETS.contains(&word) && target.is_none() {
            target = Some(word);
        } else {
            bail!(
                "usage: cargo xtask fuzz [{}] [--seconds N]",
                TARGETS.join("|")
            );
        }
    }
    ensure!(seconds > 0, "--seconds wants more than nothing");
    Ok((target, seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<(Option<String>, u32)> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (target, seconds) = read(&words).ok()?;
        Some((target.map(str::to_owned), seconds))
    }

    #[test]
    fn one_target_and_a_time_may_be_named() {
        assert_eq!(of(""), Some((None, SECONDS)));
        assert_eq!(
            of("answer --seconds 5"),
            Some((Some("answer".to_owned()), 5))
        );
        for line in [
            "nothing",
            "answer answer",
            "--seconds",
            "--seconds 0",
            "--seconds x",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
    }

    #[test]
    fn every_target_has_its_door_its_properties_its_corpus_and_its_words() {
        let fuzz = root().join("fuzz");
        let listed = std::fs::read_dir(fuzz.join("fuzz_targets"))
            .unwrap()
            .count();
        assert_eq!(listed, TARGETS.len());
        for target in TARGETS {
            for path in [
                format!("fuzz_targets/{target}.rs"),
                format!("properties/{target}.rs"),
                format!("corpus/{target}"),
                format!("dict/{target}"),
            ] {
                assert!(fuzz.join(&path).exists(), "there is no fuzz/{path}");
            }
        }
    }
}
