//! Running other programs: where the repository is, where its tools go, and what to say when one fails.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The root of the repository this binary was built from.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies one folder below the root")
}

/// A program to be run at the root of the repository, as if by hand: what cargo told us of ourselves is not handed on,
/// since build scripts that read it (ring's) would run anew at every change between `cargo` and `cargo xtask`.
#[expect(
    clippy::disallowed_methods,
    reason = "a chore has no settings: it only forgets what cargo set"
)]
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_"];
        if name
            .to_str()
            .is_some_and(|name| ours.iter().any(|start| name.starts_with(start)))
        {
            command.env_remove(name);
        }
    }
    command
}

/// `cargo` with these words, at the root of the repository.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let mut command = command("cargo");
    command.args(words);
    command
}

/// Runs a program to its end, its output going where ours goes; anything but success is an error that names it.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    let status = command
        .status()
        .with_context(|| format!("`{shown}` could not be started"))?;
    if status.success() {
        return Ok(());
    }
    bail!("`{shown}` ended with {status}")
}

/// Runs a program to its end and hands back what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command
        .output()
        .with_context(|| format!("`{shown}` could not be started"))?;
    if output.status.success() {
        return String::from_utf8(output.stdout)
            .with_context(|| format!("`{shown}` wrote something that is not UTF-8"));
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    bail!(
        "`{shown}` ended with {}: {}",
        output.status,
        complaint.trim()
    )
}

/// Whether a program runs and ends well; what it writes is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Whether we are root, as `id -u` tells it.
pub(crate) fn is_root() -> bool {
    output(command("id").arg("-u")).is_ok_and(|uid| uid.trim() == "0")
}

/// The folder for tools that only this repository uses: inside cargo's target folder, so that `cargo clean` removes them.
pub(crate) fn tools() -> Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()
        .context("cargo metadata")?;
    Ok(metadata.target_directory.into_std_path_buf().join("tools"))
}

/// A cargo subcommand: the one already installed, or else this version, built once into [`tools`].
pub(crate) fn cargo_tool(name: &str, version: &str) -> Result<PathBuf> {
    let installed = PathBuf::from(format!("cargo-{name}"));
    if succeeds(command(&installed).args([name, "--version"])) {
        return Ok(installed);
    }
    let tools = tools()?;
    let ours = tools.join("bin").join(&installed);
    if succeeds(command(&ours).args([name, "--version"])) {
        return Ok(ours);
    }
    println!("installing cargo-{name} {version} into {}", tools.display());
    // Unoptimised, because building it well takes longer than it will ever run here.
    let result = run(
        cargo(&["install", "--quiet", "--locked", "--debug", "--no-track"])
            .args(["--version", version, "--root"])
            .arg(&tools)
            .arg("--target-dir")
            .arg(tools.join("build"))
            .arg(format!("cargo-{name}")),
    );
    // What is left of the build is large and of no further use.
    std::fs::remove_dir_all(tools.join("build")).ok();
    result.with_context(|| format!("cargo-{name} is missing and could not be installed"))?;
    Ok(ours)
}

/// Does the work and says how long it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a chore shows its own duration; nothing in the product depends on it"
    )]
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

fn show(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}
