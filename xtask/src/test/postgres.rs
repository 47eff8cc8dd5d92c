//! A PostgreSQL server of our own for the length of one test run.
//!
//! It listens on loopback at a free port and in a private folder, never as root, and forgets to sync its files,
//! because nothing in it outlives the run. A small shell stands guard over it and waits on a pipe: when the pipe closes,
//! because we let go of it or because this process died in whatever way, it stops the server and removes the folder.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::shell::{command, is_root, output, succeeds};

/// How often a new port is tried when somebody else took the free one before the server did.
const ATTEMPTS: usize = 3;

/// How often it is asked whether the server is up, and how many times in all: one minute.
const ASK_EVERY: Duration = Duration::from_millis(100);
const ASK_TIMES: usize = 600;

/// Lines of its log that are shown when it has ended by itself.
const LOG_LINES: usize = 40;

/// Words for the guard: folder, folder of the programs, port. What it reads from the pipe: `kill` ends the server as a
/// broken machine would (`pg_ctl stop -m immediate` sends the same signal), `start` starts it again.
///
/// What was committed is in the files even then: only the synchronising of the files is forgone, and nothing but the
/// machine's own end would show that.
const GUARD: &str = r#"
trap '' INT TERM HUP
dir=$1 bin=$2 port=$3
if "$bin/initdb" -D "$dir/data" -U maildesk --pwfile="$dir/password" --auth=scram-sha-256 \
    --encoding=UTF8 --no-locale --no-sync >"$dir/log" 2>&1
then
    start() {
        "$bin/postgres" -D "$dir/data" -p "$port" -k "$dir" -c listen_addresses=127.0.0.1 \
            -c fsync=off -c full_page_writes=off -c max_connections=300 </dev/null >>"$dir/log" 2>&1 &
        server=$!
    }
    start
    while read -r word; do
        case $word in
            kill) kill -QUIT "$server"; wait "$server" ;;
            start) start ;;
        esac
    done
    kill -INT "$server"
    wait "$server"
else
    echo 'FATAL: initdb failed' >>"$dir/log"
    read -r _
fi
rm -rf "$dir"
"#;

/// The running server; dropping it stops it and removes its folder.
pub(crate) struct Server {
    guard: Child,
    dir: PathBuf,
    programs: PathBuf,
    port: u16,
    url: String,
    /// Not between [`Server::kill`] and [`Server::start_again`], nor before it has come up.
    is_running: bool,
}

impl Server {
    /// Starts a server and waits until it answers.
    pub(crate) fn start() -> Result<Self> {
        let programs = programs().context("PostgreSQL's server programs are not installed")?;
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match Self::try_start(&programs) {
                Ok(server) => return Ok(server),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("there was an attempt")).context("PostgreSQL did not start")
    }

    /// Where it is, its superuser and password included.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Ends it without a chance to tidy anything up; what was committed stays.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.is_running = false;
        self.tell("kill")?;
        wait_for(|| !is_up(&self.programs, self.port)).context("PostgreSQL goes on")
    }

    /// Starts it again after [`Server::kill`] and waits until it answers.
    pub(crate) fn start_again(&mut self) -> Result<()> {
        self.tell("start")?;
        wait_for(|| is_up(&self.programs, self.port)).context("PostgreSQL does not come back")?;
        self.is_running = true;
        Ok(())
    }

    fn tell(&mut self, word: &str) -> Result<()> {
        let pipe = self.guard.stdin.as_mut().context("the guard has a pipe")?;
        writeln!(pipe, "{word}").context("the guard listens")
    }

    fn try_start(programs: &Path) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let dir = tempfile::Builder::new()
            .prefix("maildesk-postgres-")
            .tempdir()?;
        let password = password()?;
        std::fs::write(dir.path().join("password"), &password)?;

        let mut guard = guard_command(dir.path())?;
        guard
            .args(["-c", GUARD, "guard"])
            .arg(dir.path())
            .arg(programs);
        guard.arg(port.to_string());
        // A process group of its own: Ctrl-C is for us, and the closing pipe is for the guard.
        guard
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let mut server = Self {
            dir: dir.path().to_owned(),
            guard: guard.spawn().context("the shell that guards PostgreSQL")?,
            programs: programs.to_owned(),
            port,
            url: format!("postgres://maildesk:{password}@127.0.0.1:{port}/postgres"),
            is_running: false,
        };
        // From here on the guard removes the folder.
        let dir = dir.keep();
        wait_until_up(programs, &dir, port)?;
        server.is_running = true;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that should be running and is not has ended tests that are not to blame.
        if self.is_running && !is_up(&self.programs, self.port) {
            let log = std::fs::read_to_string(self.dir.join("log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(LOG_LINES)..];
            println!(
                "PostgreSQL does not answer any more; its log ends with:\n{}",
                last.join("\n")
            );
        }
        drop(self.guard.stdin.take());
        self.guard.wait().ok();
    }
}

/// The folder with the newest `initdb`, `postgres` and `pg_isready` of this machine.
pub(crate) fn programs() -> Option<PathBuf> {
    let complete = |dir: &Path| {
        ["initdb", "postgres", "pg_isready"]
            .iter()
            .all(|name| dir.join(name).exists())
    };
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .filter(|(_, dir)| complete(dir))
        .collect();
    versions.sort();
    if let Some((_, dir)) = versions.pop() {
        return Some(dir);
    }
    let elsewhere = PathBuf::from(output(command("pg_config").arg("--bindir")).ok()?.trim());
    complete(&elsewhere).then_some(elsewhere)
}

/// A shell that runs as somebody who is not root, owning the folder.
fn guard_command(dir: &Path) -> Result<Command> {
    if !is_root() {
        return Ok(command("sh"));
    }
    let user = if succeeds(command("id").args(["-u", "postgres"])) {
        "postgres"
    } else {
        "nobody"
    };
    let id =
        |which| -> Result<u32> { Ok(output(command("id").args([which, user]))?.trim().parse()?) };
    let (uid, gid) = (id("-u")?, id("-g")?);
    for path in [dir.to_path_buf(), dir.join("password")] {
        chown(&path, Some(uid), Some(gid))
            .with_context(|| format!("handing {} over", path.display()))?;
    }
    let mut shell = Command::new("setpriv");
    shell
        .arg(format!("--reuid={uid}"))
        .arg(format!("--regid={gid}"))
        .args(["--clear-groups", "sh"])
        // Our own folder may be closed to that user.
        .current_dir("/");
    Ok(shell)
}

fn wait_until_up(programs: &Path, dir: &Path, port: u16) -> Result<()> {
    let log = || std::fs::read_to_string(dir.join("log")).unwrap_or_default();
    let failed = || log().contains("FATAL");
    // The log decides first: somebody else's server may be what answers at this port.
    let decided = wait_for(|| failed() || is_up(programs, port));
    if decided.is_ok() && !failed() {
        return Ok(());
    }
    bail!("its log says:\n{}", log())
}

fn is_up(programs: &Path, port: u16) -> bool {
    let mut ask = command(programs.join("pg_isready"));
    ask.args(["--quiet", "--host=127.0.0.1"])
        .arg(format!("--port={port}"));
    succeeds(&mut ask)
}

/// Asks again and again, with a limit.
fn wait_for(mut is_so: impl FnMut() -> bool) -> Result<()> {
    for _ in 0..ASK_TIMES {
        if is_so() {
            return Ok(());
        }
        std::thread::sleep(ASK_EVERY);
    }
    bail!("waited a minute in vain")
}

/// 128 bits from the system, in hexadecimal.
fn password() -> Result<String> {
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_le_bytes(bytes)))
}
