//! A PostgreSQL of the story's own, which dies and comes back: the one that `cargo xtask postgres`
//! starts, told by its input what to do.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::program::binary;

/// The running server. When it is dropped, or this process dies, it ends and leaves nothing behind.
#[derive(Debug)]
pub struct Postgres {
    chore: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    url: String,
}

impl Postgres {
    /// Starts one; it answers when this returns.
    ///
    /// # Panics
    /// When it does not start. What it says about that is on the standard error.
    pub fn start() -> Self {
        let mut command = Command::new(binary("xtask"));
        command.arg("postgres");
        let mut chore = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo xtask postgres starts");
        let output = BufReader::new(chore.stdout.take().expect("its output is a pipe"));
        let mut postgres = Self {
            input: chore.stdin.take(),
            chore,
            output,
            url: String::new(),
        };
        postgres.url = postgres.line();
        assert!(
            postgres.url.starts_with("postgres://"),
            "it says: {}",
            postgres.url
        );
        postgres
    }

    /// Where it is, its user and password included.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it as a broken machine would.
    pub fn kill(&mut self) {
        self.tell("kill", "killed");
    }

    /// Starts it again.
    pub fn start_again(&mut self) {
        self.tell("start", "started");
    }

    fn tell(&mut self, word: &str, answer: &str) {
        let input = self.input.as_mut().expect("it is open until the end");
        writeln!(input, "{word}").expect("it listens");
        assert_eq!(self.line(), answer);
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it answers");
        line.trim_end().to_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.input.take());
        // What it had to say about its end went to the standard error.
        let _ = self.chore.wait();
    }
}
