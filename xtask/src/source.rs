//! The repository as text: its files as git lists them, and Rust files as tokens that know their line.
//!
//! Tokens, not text, are what the rules look at, so that a word in a comment or a string is never taken for code.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use anyhow::{Context, Result, anyhow};
use cargo_metadata::{MetadataCommand, Package};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::shell::{command, output, root};

/// What the chores look at.
#[derive(Debug, Default)]
pub(crate) struct Repository {
    /// All files, sorted by path; pictures have an empty text.
    pub(crate) files: Vec<File>,
    /// The members of the workspace.
    pub(crate) packages: Vec<Package>,
}

/// A file of the repository, tracked or new, but not ignored.
#[derive(Debug)]
pub(crate) struct File {
    /// Relative to the root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// Empty unless it is a Rust file.
    pub(crate) tokens: Vec<Token>,
}

/// One token of a Rust file, groups flattened into their opening and closing sign.
#[derive(Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// Counted from 1; a token over several lines ends at `last_line`.
    pub(crate) line: usize,
    pub(crate) last_line: usize,
}

impl Repository {
    /// Reads the repository this binary was built from.
    pub(crate) fn read() -> Result<Self> {
        let metadata = MetadataCommand::new()
            .current_dir(root())
            .no_deps()
            .exec()
            .context("cargo metadata")?;
        let listed = output(command("git").args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ]))?;
        let mut files = Vec::new();
        for path in listed.split_terminator('\0') {
            let text = match std::fs::read_to_string(root().join(path)) {
                Ok(text) => text,
                // A picture has no text, but documents may lead to it.
                Err(why) if why.kind() == ErrorKind::InvalidData => String::new(),
                // A file that was deleted but not yet committed is still listed.
                Err(_) => continue,
            };
            files.push(File::new(path, text)?);
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self {
            files,
            packages: metadata.packages,
        })
    }

    /// A repository of one file, for the tests of the rules.
    #[cfg(test)]
    pub(crate) fn of(path: &str, text: &str) -> Self {
        let files = vec![File::new(path, text).expect("the text of a test is Rust")];
        Self {
            files,
            packages: Vec::new(),
        }
    }

    /// The Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }
}

impl File {
    /// A file of this text; a Rust file must be Rust.
    pub(crate) fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Result<Self> {
        let mut file = Self {
            path: path.into(),
            text: text.into(),
            tokens: Vec::new(),
        };
        if file.is_rust() {
            let stream = TokenStream::from_str(&file.text)
                .map_err(|error| anyhow!("{error}"))
                .with_context(|| format!("{} is not Rust", file.name()))?;
            flatten(stream, &mut file.tokens);
        }
        Ok(file)
    }

    /// The path with forward slashes, as documents write it.
    pub(crate) fn name(&self) -> String {
        self.path.to_string_lossy().replace('\\', "/")
    }

    /// Whether this is a Rust file.
    pub(crate) fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    /// Whether the file ends in this extension.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        self.path
            .extension()
            .is_some_and(|found| found == extension)
    }

    /// Whether all of the file is test code by its place: `tests/`, `benches/`, a module called `tests`, or the test kit.
    pub(crate) fn is_test(&self) -> bool {
        let name = self.name();
        name.starts_with("crates/maildesk-testkit/")
            || name.ends_with("/tests.rs")
            || ["/tests/", "/benches/"]
                .iter()
                .any(|folder| name.contains(folder))
    }
}

/// The index ranges of `#[cfg(test)] mod … { … }`.
pub(crate) fn test_modules(tokens: &[Token]) -> Vec<std::ops::Range<usize>> {
    find(tokens, &["#", "[", "cfg", "(", "test", ")", "]", "mod"])
        .filter_map(|start| {
            let open = start
                + 8
                + tokens[start + 8..]
                    .iter()
                    .position(|token| token.text != "mod")?
                + 1;
            (tokens.get(open)?.text == "{").then(|| start..closing(tokens, open) + 1)
        })
        .collect()
}

/// Where this sequence of tokens begins, each time it occurs.
pub(crate) fn find<'a>(
    tokens: &'a [Token],
    wanted: &'a [&'a str],
) -> impl Iterator<Item = usize> + 'a {
    tokens
        .windows(wanted.len())
        .enumerate()
        .filter(move |(_, window)| {
            window
                .iter()
                .zip(wanted)
                .all(|(token, want)| token.text == *want)
        })
        .map(|(at, _)| at)
}

/// The index of the sign that closes the group opened at `open`.
pub(crate) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len() - 1
}

/// Whether a path lies in a folder, or is a file, of this name without its extension.
pub(crate) fn has_room(path: &Path, room: &str) -> bool {
    path.iter()
        .any(|part| Path::new(part).file_stem().is_some_and(|stem| stem == room))
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let span = tree.span();
        let (line, last_line) = (span.start().line, span.end().line);
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(Token {
                    text: open.to_owned(),
                    line,
                    last_line: line,
                });
                flatten(group.stream(), tokens);
                tokens.push(Token {
                    text: close.to_owned(),
                    line: last_line,
                    last_line,
                });
            }
            other => tokens.push(Token {
                text: other.to_string(),
                line,
                last_line,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        File::new("x.rs", text).unwrap().tokens
    }

    #[test]
    fn comments_and_strings_are_no_code() {
        let found = tokens("fn a() { /* sleep */ \"sleep\"; } // sleep");
        assert!(found.iter().all(|token| token.text != "sleep"));
    }

    #[test]
    fn a_test_module_is_found_with_its_whole_body() {
        let found = tokens("fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { c(); }\n}\nfn d() {}");
        let ranges = test_modules(&found);
        assert_eq!(ranges.len(), 1);
        assert_eq!(found[ranges[0].clone()].last().unwrap().line, 5);
    }
}
