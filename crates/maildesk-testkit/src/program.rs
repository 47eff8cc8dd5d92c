//! The real programs as processes, so that they can be killed.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running program; killed when dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
}

impl Program {
    /// Starts a program of this workspace. Its output goes to `log`.
    ///
    /// # Panics
    /// When it was not built (`cargo build --workspace --bins`) or cannot be started.
    pub fn start(name: &str, args: &[&str], settings: &[(&str, &str)], log: &Path) -> Self {
        let path = binary(name);
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .expect("the log file opens");
        let mut command = Command::new(&path);
        command.args(args).stdin(Stdio::null());
        command
            .stdout(log.try_clone().expect("the log file is shared"))
            .stderr(log);
        for (name, value) in settings {
            command.env(name, value);
        }
        let child = command
            .spawn()
            .unwrap_or_else(|why| panic!("cannot start {}: {why}", path.display()));
        Self { child }
    }

    /// kill -9: no chance to tidy anything up.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(mut self) {
        self.child.kill().expect("the program can be killed");
        self.child.wait().expect("the program is gone");
    }

    /// SIGTERM, then waits for the end; the exit code.
    ///
    /// # Panics
    /// When the signal cannot be sent.
    pub fn stop(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().expect("the program ends").code()
    }

    /// SIGSTOP: it stands still in the middle of whatever it does, as under a machine that is paused.
    ///
    /// # Panics
    /// When the signal cannot be sent.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// SIGCONT: it goes on as if no time had passed.
    ///
    /// # Panics
    /// When the signal cannot be sent.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, which: &str) {
        let sent = Command::new("kill")
            .arg(which)
            .arg(self.child.id().to_string())
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "the signal is sent"
        );
    }

    /// Resident memory in KiB, as the kernel counts it.
    pub fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches("kB").trim().parse().ok()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end; its standard output.
///
/// # Panics
/// When it fails.
pub fn run(name: &str, args: &[&str], settings: &[(&str, &str)]) -> String {
    run_with(name, args, settings, "")
}

/// As [`run`], with something to read on its standard input.
///
/// # Panics
/// When it fails.
pub fn run_with(name: &str, args: &[&str], settings: &[(&str, &str)], input: &str) -> String {
    let mut command = Command::new(binary(name));
    command.args(args).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, value) in settings {
        command.env(name, value);
    }
    let mut child = command.spawn().expect("the program starts");
    let stdin = child.stdin.take().expect("its input is a pipe");
    // A program that reads nothing may have ended before this is written.
    let _ = (&stdin).write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("the program runs");
    assert!(
        output.status.success(),
        "{name} {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("the output is text")
}

/// A port nobody listens on.
///
/// # Panics
/// When the machine has none.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address").port()
}

/// An address on the loopback interface, where everything listens.
pub(crate) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// Where the programs of the build that runs this test are.
pub(crate) fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let folder = test.ancestors().find(|folder| folder.join(name).is_file());
    folder
        .unwrap_or_else(|| panic!("{name} is not built: run cargo build --workspace --bins"))
        .join(name)
}
