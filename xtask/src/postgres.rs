//! `cargo xtask postgres`: the PostgreSQL of the tests, for as long as the input is open, so that a test may run by hand
//! and a story may have one to itself that dies and comes back.
//!
//! The first line it prints is its URL. After that it answers each line of its input with one of its own:
//! `kill` with `killed`, `start` with `started`.

use std::io::BufRead as _;

use anyhow::{Result, bail, ensure};

use crate::test::postgres::Server;

/// Starts it, obeys, and stops it when the input ends.
pub(crate) fn run(words: &[String]) -> Result<()> {
    ensure!(words.is_empty(), "takes no arguments");
    let mut server = Server::start()?;
    println!("{}", server.url());
    for line in std::io::stdin().lock().lines() {
        match line?.as_str() {
            "kill" => {
                server.kill()?;
                println!("killed");
            }
            "start" => {
                server.start_again()?;
                println!("started");
            }
            other => bail!("`{other}` is neither kill nor start"),
        }
    }
    Ok(())
}
