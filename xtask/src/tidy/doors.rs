//! Every Rust file opens its own door: its first line is `//!` and says what the file is for.

use super::Finding;
use crate::source::Repository;

/// Looks at the first line of each Rust file.
pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let closed = repository.rust().filter(|file| !opens(&file.text));
    let fault = "must begin with a `//!` line that says why the file exists";
    closed.map(|file| Finding::at(file, 1, fault)).collect()
}

fn opens(text: &str) -> bool {
    text.strip_prefix("//! ")
        .is_some_and(|rest| !rest.trim_start().is_empty())
}

#[cfg(test)]
mod tests {
    use super::opens;

    #[test]
    fn only_a_sentence_in_the_first_line_opens() {
        assert!(opens("//! Why.\nfn a() {}"));
        assert!(!opens("//!\n//! Why."));
        assert!(!opens("\n//! Why."));
        assert!(!opens("// Why."));
        assert!(!opens(""));
    }
}
