//! `cargo xtask report`: how large our crates and functions are, written to docs/size.md.
//!
//! What is watched is the tail: medians are alike in every code base, long functions and files are not.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};

use crate::shell::root;
use crate::source::{File, Repository, closing, test_modules};
use crate::tidy::map;

const PLACE: &str = "docs/size.md";

/// Above these a file or a function is named in the report.
const LONG_FILE: usize = 500;
const LONG_FUNCTION: usize = 70;

/// How many of the longest are listed.
const LONGEST: usize = 10;

/// What was counted in one crate.
#[derive(Debug, Default)]
struct Size {
    /// Lines of each file, comments and blank lines included.
    files: Vec<usize>,
    code: usize,
    test_code: usize,
    tests: usize,
    /// Lines of each function that is not a test's, signature and braces included.
    functions: Vec<usize>,
}

/// A function and where it is.
#[derive(Debug, PartialEq)]
struct Function {
    place: String,
    name: String,
    lines: usize,
    is_test: bool,
}

/// Writes the report and the tables of ARCHITECTURE.md, and prints what is longer than it should be.
pub(crate) fn run(words: &[String]) -> Result<()> {
    ensure!(words.is_empty(), "takes no arguments");
    let repository = Repository::read()?;
    let text = render(&repository);
    for (place, text) in [(PLACE, &text), (map::MAP, &map::redrawn(&repository))] {
        std::fs::write(root().join(place), text).with_context(|| format!("writing {place}"))?;
    }
    println!("{text}\nwritten to {PLACE}");
    Ok(())
}

fn render(repository: &Repository) -> String {
    let mut sizes = BTreeMap::<String, Size>::new();
    let mut functions = Vec::new();
    for file in repository.rust() {
        let found = functions_of(file);
        let size = sizes.entry(crate_of(file)).or_default();
        size.add(file, &found);
        functions.extend(found.into_iter().filter(|function| !function.is_test));
    }
    let mut text = String::from(
        "# Size\n\n\
         Written by `cargo xtask report`; lines of code are lines that are neither blank nor comment.\n\
         Function lengths are those of the product: tests are left out of them.\n\n\
         | crate | files | code lines | test lines | tests | file lines median / p90 / max | function lines median / p90 / max |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for (name, size) in &sizes {
        size.row(name, &mut text);
    }
    let all = sizes.into_values().fold(Size::default(), Size::plus);
    all.row("all", &mut text);
    longest_functions(functions, &mut text);
    long_files(repository, &mut text);
    text
}

fn longest_functions(mut functions: Vec<Function>, text: &mut String) {
    functions.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.place.cmp(&b.place)));
    let long = functions
        .iter()
        .filter(|function| function.lines > LONG_FUNCTION)
        .count();
    write!(
        text,
        "\n## The longest functions\n\n{long} of {} are longer than {LONG_FUNCTION} lines.\n\n| lines | function | place |\n|---|---|---|\n",
        functions.len()
    )
    .expect("a string takes everything");
    for Function {
        place, name, lines, ..
    } in functions.iter().take(LONGEST)
    {
        writeln!(text, "| {lines} | `{name}` | {place} |").expect("a string takes everything");
    }
}

fn long_files(repository: &Repository, text: &mut String) {
    let mut files: Vec<(usize, String)> = repository
        .rust()
        .map(|file| (file.text.lines().count(), file.name()))
        .collect();
    files.sort_by(|a, b| b.cmp(a));
    let long = files.iter().filter(|(lines, _)| *lines > LONG_FILE).count();
    write!(
        text,
        "\n## The longest files\n\n{long} of {} are longer than {LONG_FILE} lines.\n\n| lines | file |\n|---|---|\n",
        files.len()
    )
    .expect("a string takes everything");
    for (lines, name) in files.iter().take(LONGEST) {
        writeln!(text, "| {lines} | {name} |").expect("a string takes everything");
    }
}

fn crate_of(file: &File) -> String {
    let name = file.name();
    let inside = name.strip_prefix("crates/").unwrap_or(&name);
    inside.split('/').next().unwrap_or_default().to_owned()
}

/// Every function with a body, nested ones and those in macro bodies too.
fn functions_of(file: &File) -> Vec<Function> {
    let tokens = &file.tokens;
    let modules = test_modules(tokens);
    let starts = tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.text == "fn");
    starts
        .filter_map(|(at, token)| {
            let name = tokens.get(at + 1)?.text.clone();
            // `fn(` is a type, and `fn $name` is a macro's business.
            name.starts_with(|first: char| first.is_alphabetic() || first == '_')
                .then_some(())?;
            let end = at
                + tokens[at..]
                    .iter()
                    .position(|token| token.text == "{" || token.text == ";")?;
            (tokens[end].text == "{").then_some(())?;
            let last = &tokens[closing(tokens, end)];
            Some(Function {
                place: format!("{}:{}", file.name(), token.line),
                name,
                lines: last.line - token.line + 1,
                is_test: file.is_test() || modules.iter().any(|module| module.contains(&at)),
            })
        })
        .collect()
}

impl Size {
    fn add(&mut self, file: &File, functions: &[Function]) {
        self.files.push(file.text.lines().count());
        let modules = test_modules(&file.tokens);
        let is_test_line = |line: usize| {
            file.is_test()
                || modules.iter().any(|module| {
                    (file.tokens[module.start].line..=file.tokens[module.end - 1].line)
                        .contains(&line)
                })
        };
        for (at, line) in file.text.lines().enumerate() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with("//") {
                continue;
            }
            if is_test_line(at + 1) {
                self.test_code += 1;
            } else {
                self.code += 1;
            }
            self.tests += usize::from(is_test_attribute(line));
        }
        let product = functions.iter().filter(|function| !function.is_test);
        self.functions
            .extend(product.map(|function| function.lines));
    }

    fn plus(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        self.code += other.code;
        self.test_code += other.test_code;
        self.tests += other.tests;
        self.functions.extend(other.functions);
        self
    }

    fn row(&self, name: &str, text: &mut String) {
        writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} | {} |",
            self.files.len(),
            self.code,
            self.test_code,
            self.tests,
            spread(&self.files),
            spread(&self.functions)
        )
        .expect("a string takes everything");
    }
}

fn is_test_attribute(line: &str) -> bool {
    line == "#[test]" || (line.starts_with("#[tokio::test") && line.ends_with(']'))
}

/// Median, ninetieth percentile and maximum.
fn spread(values: &[usize]) -> String {
    let mut values = values.to_vec();
    values.sort_unstable();
    let Some(last) = values.len().checked_sub(1) else {
        return "–".to_owned();
    };
    let at = |percent: usize| values[last * percent / 100];
    format!("{} / {} / {}", at(50), at(90), values[last])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_counted_from_its_name_to_its_brace() {
        let text = "trait T { fn no_body(&self); }\nfn a(\n    x: fn(u8) -> u8,\n) {\n    x(1);\n}\n#[cfg(test)] mod tests { #[test] fn b() {} }";
        let found = functions_of(&File::new("crates/x/src/a.rs", text).unwrap());
        let found: Vec<_> = found
            .iter()
            .map(|f| (f.name.as_str(), f.lines, f.is_test))
            .collect();
        assert_eq!(found, [("a", 5, false), ("b", 1, true)]);
    }

    #[test]
    fn comments_and_blank_lines_are_no_code() {
        let file = File::new(
            "crates/x/src/a.rs",
            "//! Why.\n\nfn a() {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn b() {}\n}\n",
        )
        .unwrap();
        let mut size = Size::default();
        size.add(&file, &functions_of(&file));
        assert_eq!((size.code, size.test_code, size.tests), (1, 5, 1));
    }

    #[test]
    fn the_spread_of_nothing_is_a_dash() {
        assert_eq!(spread(&[]), "–");
        assert_eq!(spread(&[3, 1, 2]), "2 / 2 / 3");
    }
}
