//! A node: the server as a program with settings and a log of its own, which is killed, stood still
//! and started again.

use std::path::PathBuf;

use crate::program::Program;

/// One server, running or not.
#[derive(Debug)]
pub struct Node {
    settings: Vec<(String, String)>,
    log: PathBuf,
    program: Option<Program>,
}

impl Node {
    /// A node that does not run yet.
    pub(crate) fn new(settings: Vec<(String, String)>, log: PathBuf) -> Self {
        Self {
            settings,
            log,
            program: None,
        }
    }

    /// Its settings, by the names of the environment.
    pub(crate) fn settings(&self) -> Vec<(&str, &str)> {
        let settings = self.settings.iter();
        let settings = settings.map(|(name, value)| (name.as_str(), value.as_str()));
        settings.collect()
    }

    /// Another value for a setting, from the next start on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Starts it and does not wait.
    pub fn spawn(&mut self) {
        let program = Program::start("maildesk", &["serve"], &self.settings(), &self.log);
        self.program = Some(program);
    }

    /// Starts it if it has ended by itself, as a supervisor does; whether it had.
    pub fn revive(&mut self) -> bool {
        let runs = self.program.as_mut().is_some_and(Program::is_running);
        if !runs {
            self.spawn();
        }
        !runs
    }

    /// kill -9.
    pub fn kill(&mut self) {
        if let Some(program) = self.program.take() {
            program.kill();
        }
    }

    /// SIGTERM; its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        self.program.take().and_then(Program::stop)
    }

    /// SIGSTOP.
    pub fn freeze(&self) {
        if let Some(program) = &self.program {
            program.freeze();
        }
    }

    /// SIGCONT.
    pub fn thaw(&self) {
        if let Some(program) = &self.program {
            program.thaw();
        }
    }

    /// Resident memory in KiB.
    pub fn resident_kib(&self) -> Option<u64> {
        self.program.as_ref().and_then(Program::resident_kib)
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}
