//! Tells the properties of a target everything its corpus knows, and then some thousand variations
//! of it that a seed decides: what cargo test does of what `cargo xtask fuzz` does for hours.

use std::fs;
use std::path::{Path, PathBuf};

/// Variations stay this small; the corpus decides what they are variations of.
const LENGTH_MAX: usize = 4096;

/// Replays the corpus of `target` and `variations` more. The input that went wrong is printed.
pub(crate) fn replay(target: &str, variations: usize, check: fn(&[u8])) {
    let corpus = corpus(target);
    assert!(corpus.len() >= 10, "{target} has hardly any corpus");
    for input in &corpus {
        told(input, check);
    }
    let words = words(target);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..variations {
        let mut input = dice.of(&corpus).clone();
        for _ in 0..=dice.below(6) {
            vary(&mut input, &mut dice, &corpus, &words);
        }
        input.truncate(LENGTH_MAX);
        told(&input, check);
    }
}

/// Checks, and names the input if that panics.
fn told(input: &[u8], check: fn(&[u8])) {
    struct Naming<'a>(&'a [u8]);
    impl Drop for Naming<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("the input was b\"{}\"", self.0.escape_ascii());
            }
        }
    }
    let naming = Naming(input);
    check(naming.0);
}

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The files of the corpus, by name, so that every run is the same.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = fuzz_folder().join("corpus").join(target);
    let listed = fs::read_dir(&folder).expect("each target has a corpus");
    let mut paths: Vec<PathBuf> = listed
        .map(|entry| entry.expect("a folder can be read").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read(path).expect("a file can be read"))
        .collect()
}

/// The words of the dictionary, which is in libFuzzer's form.
fn words(target: &str) -> Vec<Vec<u8>> {
    let path = fuzz_folder().join("dict").join(target);
    let text = fs::read_to_string(path).expect("each target has a dictionary");
    let quoted = |line: &str| Some(line.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    let plain = |word: String| {
        let word = word.replace("\\x0a", "\n").replace("\\x00", "\0");
        word.replace("\\\"", "\"")
            .replace("\\\\", "\\")
            .into_bytes()
    };
    text.lines().filter_map(quoted).map(plain).collect()
}

fn vary(input: &mut Vec<u8>, dice: &mut Dice, corpus: &[Vec<u8>], words: &[Vec<u8>]) {
    let at = dice.below(input.len() + 1);
    let end = (at + dice.below(32)).min(input.len());
    match dice.below(6) {
        0 => drop(input.drain(at..end)),
        1 => drop(input.splice(at..at, dice.of(words).iter().copied())),
        2 => drop(input.splice(at..end, dice.of(words).iter().copied())),
        3 => {
            let other = dice.of(corpus);
            let from = dice.below(other.len() + 1);
            let to = (from + dice.below(256)).min(other.len());
            let piece = other[from..to].to_vec();
            drop(input.splice(at..end, piece));
        }
        4 => {
            let piece = input[at..end].to_vec();
            drop(input.splice(at..at, piece));
        }
        _ => {
            let byte = dice.below(256) as u8;
            if let Some(place) = input.get_mut(at) {
                *place = byte;
            }
        }
    }
}

/// Throws that a seed decides (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}
