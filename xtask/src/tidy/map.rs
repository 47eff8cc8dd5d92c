//! ARCHITECTURE.md shows the house as it is: each crate with the first sentence of its `lib.rs`, and who may know whom.

use super::{Finding, edges};
use crate::source::Repository;

const MAP: &str = "ARCHITECTURE.md";

/// Demands the rows that follow from the crates and from the table of [`edges`].
pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let text = repository
        .files
        .iter()
        .find(|file| file.name() == MAP)
        .map_or("", |file| &file.text);
    let missing = crate_rows(repository)
        .chain(edges::rows())
        .filter(|row| !text.lines().any(|line| line == row));
    missing
        .map(|row| Finding::new(MAP, format!("this line is missing or out of date:\n{row}")))
        .collect()
}

fn crate_rows(repository: &Repository) -> impl Iterator<Item = String> {
    repository.files.iter().filter_map(|file| {
        let name = file.name();
        let krate = name.strip_prefix("crates/")?.strip_suffix("/src/lib.rs")?;
        let purpose = first_sentence(&file.text);
        Some(format!(
            "| [`{krate}`](crates/{krate}/src/lib.rs) | {purpose} |"
        ))
    })
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
    fn the_row_of_a_crate_is_its_first_sentence() {
        let text = "//! The nouns\n//! and rules. More.\n//!\n//! Other.\n";
        let repository = Repository::of("crates/maildesk-model/src/lib.rs", text);
        let row = "| [`maildesk-model`](crates/maildesk-model/src/lib.rs) | The nouns and rules. |";
        assert_eq!(crate_rows(&repository).collect::<Vec<_>>(), [row]);
        assert!(
            check(&repository)
                .iter()
                .any(|finding| finding.fault.ends_with(row))
        );
    }
}
