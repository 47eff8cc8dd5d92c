//! Every name a document uses exists: paths and links, crates, settings, metrics, commands.
//!
//! A wrong map is worse than none. Names count where they stand in backticks, in a code block, or as a link's target;
//! the changelog is left alone, because it tells of things that are gone.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::Finding;
use crate::source::{File, Repository};

/// Documents that may name what does not exist any more, or that are written by a chore.
const NOT_CHECKED: &[&str] = &["CHANGELOG.md", "docs/size.md"];

/// How a setting's name begins in the environment.
const SETTING: &str = "MAILDESK_";

/// What a command line of ours begins with, and where its subcommands are looked up.
const COMMANDS: &[(&str, Lookup)] = &[
    ("cargo xtask ", is_chore),
    ("cargo run --release -- ", is_subcommand),
    ("maildesk ", is_subcommand),
];

type Lookup = fn(&Known, &[&str]) -> bool;

/// What exists, in the form documents name it.
struct Known {
    /// Files and folders, relative to the root.
    paths: BTreeSet<String>,
    crates: BTreeSet<String>,
    /// All Rust sources in one.
    code: String,
}

/// Looks at each document.
pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let known = Known::of(repository);
    let documents = repository
        .files
        .iter()
        .filter(|file| file.has_extension("md"));
    documents
        .filter(|file| !NOT_CHECKED.contains(&file.name().as_str()))
        .flat_map(|file| known.faults_of(file))
        .collect()
}

impl Known {
    fn of(repository: &Repository) -> Self {
        let mut paths = BTreeSet::new();
        for file in &repository.files {
            let folders = file.path.ancestors().filter(|path| *path != Path::new(""));
            paths.extend(folders.map(|path| path.to_string_lossy().into_owned()));
        }
        Self {
            paths,
            crates: repository
                .packages
                .iter()
                .map(|package| package.name.to_string())
                .collect(),
            // This crate's own tests name things that do not exist.
            code: repository
                .rust()
                .filter(|file| file.name().starts_with("crates/"))
                .map(|file| file.text.as_str())
                .collect(),
        }
    }

    fn faults_of(&self, file: &File) -> Vec<Finding> {
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let mut findings = Vec::new();
        let mut in_block = false;
        for (at, line) in file.text.lines().enumerate() {
            let mut report = |fault: String| findings.push(Finding::at(file, at + 1, fault));
            if line.trim_start().starts_with("```") {
                in_block = !in_block;
            } else if in_block {
                self.command(line.trim(), &mut report);
            } else {
                spans(line).for_each(|span| self.span(span, &mut report));
                links(line).for_each(|target| self.link(folder, target, &mut report));
            }
            settings(line)
                .filter(|name| !self.has_setting(name))
                .for_each(|name| {
                    report(format!("there is no setting {name}"));
                });
        }
        findings
    }

    fn span(&self, span: &str, report: &mut impl FnMut(String)) {
        self.command(span, report);
        if span.contains(' ') {
            return;
        }
        if let Some(path) = self.as_path(span)
            && !self.paths.contains(path)
        {
            report(format!("there is no {path}"));
        }
        let is_file = [".md", ".rs", ".toml"]
            .iter()
            .any(|ending| span.ends_with(ending));
        if is_file && !span.contains(['/', '*', '<']) && !self.has_file_called(span) {
            report(format!("there is no file called {span}"));
        }
        let is_ours = span.starts_with("maildesk-") || span.starts_with("maildesk_");
        let plain = span.split(['{', ':', '/', '.']).next().unwrap_or(span);
        if is_ours && !self.crates.contains(plain) && !self.code.contains(plain) {
            report(format!("nothing is called {plain}"));
        }
    }

    /// The part of a span that is a path of this repository, up to where a placeholder begins.
    fn as_path<'a>(&self, span: &'a str) -> Option<&'a str> {
        let (first, _) = span.split_once('/')?;
        if !self.paths.contains(first) {
            return None;
        }
        let fixed = match span.find(['<', '{', '*', '…']) {
            Some(placeholder) => &span[..span[..placeholder].rfind('/')?],
            None => span.split(':').next().unwrap_or(span),
        };
        Some(fixed.trim_end_matches('/'))
    }

    fn has_file_called(&self, name: &str) -> bool {
        self.paths
            .iter()
            .any(|path| path.rsplit('/').next() == Some(name))
    }

    fn link(&self, folder: &Path, target: &str, report: &mut impl FnMut(String)) {
        let path = target.split('#').next().unwrap_or_default();
        if path.is_empty() || target.contains("://") || target.starts_with("mailto:") {
            return;
        }
        let path = plain(&folder.join(path)).to_string_lossy().into_owned();
        if !self.paths.contains(&path) {
            report(format!("the link leads nowhere: {target}"));
        }
    }

    fn command(&self, text: &str, report: &mut impl FnMut(String)) {
        let text = text.trim_start_matches("$ ");
        for (start, exists) in COMMANDS {
            let Some(rest) = text.strip_prefix(start) else {
                continue;
            };
            let words: Vec<&str> = rest
                .split_whitespace()
                .take_while(|word| word.starts_with(char::is_alphabetic))
                .collect();
            if !words.is_empty() && !exists(self, &words) {
                report(format!("there is no command {start}{}", words[0]));
            }
        }
    }

    /// Whether the program reads this setting: it is in its table, in small letters and without the prefix, or some
    /// code names it in full. A secret may also come as a file.
    fn has_setting(&self, name: &str) -> bool {
        let plain = name.strip_suffix("_FILE").unwrap_or(name);
        let in_table = plain.trim_start_matches(SETTING).to_ascii_lowercase();
        self.code.contains(&format!("\"{plain}\""))
            || self.code.contains(&format!("\"{in_table}\""))
    }
}

fn is_chore(_known: &Known, words: &[&str]) -> bool {
    // `cargo xtask ci|test` stands for each of them.
    words[0]
        .split('|')
        .all(|word| crate::CHORES.iter().any(|(name, ..)| *name == word))
}

fn is_subcommand(known: &Known, words: &[&str]) -> bool {
    let cli = "crates/maildesk/src/cli/";
    let has = |name: &str| {
        let name = name.replace('-', "_");
        known.paths.contains(&format!("{cli}{name}.rs"))
            || known.paths.contains(&format!("{cli}{name}"))
    };
    has(words[0])
        || words
            .get(1)
            .is_some_and(|second| has(&format!("{}_{second}", words[0])))
}

/// What stands between backticks.
fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).map(str::trim)
}

/// The targets of `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
}

/// Every name of a setting in a line. A name that ends in `_` is a prefix and stands for no setting.
fn settings(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices(SETTING).filter_map(|(at, _)| {
        let rest = &line[at..];
        let end = rest.find(|sign: char| {
            !(sign.is_ascii_uppercase() || sign.is_ascii_digit() || sign == '_')
        });
        let name = &rest[..end.unwrap_or(rest.len())];
        (!name.ends_with('_')).then_some(name)
    })
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let mut repository = Repository::of("docs/a.md", text);
        for (path, text) in [
            ("deny.toml", ""),
            (
                "crates/maildesk/src/cli/demo.rs",
                "const A: &str = \"maildesk_stamps_due\";",
            ),
            (
                "crates/maildesk/src/cli/config_check.rs",
                "const B: &str = \"listen\";",
            ),
        ] {
            repository.files.extend(Repository::of(path, text).files);
        }
        check(&repository)
            .into_iter()
            .map(|finding| finding.fault)
            .collect()
    }

    #[test]
    fn names_that_exist_pass() {
        let text = "`deny.toml`, [it](../deny.toml#x), `crates/maildesk/src/cli/`, `crates/maildesk/src/cli/<name>.rs`, \
                    `maildesk demo --listen X`, `cargo xtask ci|test`, `maildesk config check`, `MAILDESK_LISTEN`, \
                    MAILDESK_LISTEN_FILE, `MAILDESK_…`, `maildesk_stamps_due{state}`, `GET /v1.0/me`, \
                    [elsewhere](https://example.org/x)\n```sh\ncargo run --release -- demo\n```";
        assert_eq!(faults(text), [""; 0]);
    }

    #[test]
    fn each_kind_of_vanished_name_is_found() {
        let text = "`gone.toml` [it](gone.md) `crates/gone/src` `maildesk gone` `cargo xtask gone` `MAILDESK_GONE` \
                    `maildesk-gone` `maildesk_gone_total`\n```sh\ncargo run --release -- gone\n```";
        assert_eq!(
            faults(text),
            [
                "there is no file called gone.toml",
                "there is no crates/gone/src",
                "there is no command maildesk gone",
                "there is no command cargo xtask gone",
                "nothing is called maildesk-gone",
                "nothing is called maildesk_gone_total",
                "the link leads nowhere: gone.md",
                "there is no setting MAILDESK_GONE",
                "there is no command cargo run --release -- gone",
            ]
        );
    }
}
