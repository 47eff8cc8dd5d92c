//! `cargo xtask screenshots`: pictures of every page, as the browser tests take them on their way.

use anyhow::{Result, ensure};

use crate::shell::root;

/// The tests that walk over all pages, as nextest's filter.
const WALK: [&str; 2] = ["-E", "binary(browser) and test(walk)"];

/// Walks over all pages and says where the pictures are.
pub(crate) fn run(words: &[String]) -> Result<()> {
    ensure!(words.is_empty(), "takes no arguments");
    crate::test::run(&WALK.map(str::to_owned))?;
    println!("{}", root().join("target/screenshots").display());
    Ok(())
}
