//! ARCHITECTURE.md shows the house as it is: each crate with the first sentence of its `lib.rs`, and who may know whom.
//!
//! Both tables follow from the code; `cargo xtask report` writes them anew.

use super::{Finding, edges};
use crate::source::Repository;

/// Where the tables are.
pub(crate) const MAP: &str = "ARCHITECTURE.md";

/// The heads of the two tables, by which they are found.
const CRATES: &str = "| crate | what it is for |\n|---|---|\n";
const EDGES: &str = "| crate | may depend on | never on |\n|---|---|---|\n";

/// Demands that the tables are those of the code.
pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let text = text(repository);
    if redrawn(repository) == text {
        return Vec::new();
    }
    vec![Finding::new(
        MAP,
        "its tables are not those of the code: run `cargo xtask report`",
    )]
}

/// ARCHITECTURE.md with both tables as they should be.
pub(crate) fn redrawn(repository: &Repository) -> String {
    let crates = edges::names()
        .filter_map(|krate| crate_row(repository, krate))
        .collect();
    let text = with_table(text(repository), CRATES, crates);
    with_table(&text, EDGES, edges::rows().collect())
}

fn text(repository: &Repository) -> &str {
    repository
        .files
        .iter()
        .find(|file| file.name() == MAP)
        .map_or("", |file| &file.text)
}

/// The text with these rows below this head, in place of the rows that are there.
fn with_table(text: &str, head: &str, rows: Vec<String>) -> String {
    let Some((before, after)) = text.split_once(head) else {
        return format!("{text}\n{head}{}\n", rows.join("\n"));
    };
    let rest: Vec<&str> = after
        .split_inclusive('\n')
        .skip_while(|line| line.starts_with('|'))
        .collect();
    format!("{before}{head}{}\n{}", rows.join("\n"), rest.concat())
}

fn crate_row(repository: &Repository, krate: &str) -> Option<String> {
    let path = format!("crates/{krate}/src/lib.rs");
    let file = repository.files.iter().find(|file| file.name() == path)?;
    Some(format!(
        "| [`{krate}`]({path}) | {} |",
        first_sentence(&file.text)
    ))
}

/// The first sentence of a file's own description, over as many lines as it takes.
fn first_sentence(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//! "));
    let paragraph = lines.collect::<Vec<_>>().join(" ");
    match paragraph.split_once(". ") {
        Some((sentence, _)) => format!("{sentence}."),
        None => paragraph,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_yesterday_is_found_and_redrawn() {
        let old = format!("Before.\n{CRATES}| old | row |\n\nBetween.\n{EDGES}");
        let mut repository = Repository::of(MAP, &old);
        let text = "//! The nouns\n//! and rules. More.\n//!\n//! Other.\n";
        repository
            .files
            .extend(Repository::of("crates/maildesk-model/src/lib.rs", text).files);
        assert_eq!(check(&repository).len(), 1);

        let new = redrawn(&repository);
        let row = "| [`maildesk-model`](crates/maildesk-model/src/lib.rs) | The nouns and rules. |";
        assert!(new.starts_with(&format!(
            "Before.\n{CRATES}{row}\n\nBetween.\n{EDGES}| `maildesk-model` | – |"
        )));
        repository.files[0].text = new;
        assert_eq!(check(&repository), []);
    }
}
