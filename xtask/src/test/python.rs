//! The Python in which somebody else's Graph client runs against the simulator.
//!
//! Its packages are pinned in one requirements file beside the test that uses them, and are kept in a virtual
//! environment among the tools of this repository.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::shell::{command, root, run, succeeds, tools};

/// The packages, with their versions.
const REQUIREMENTS: &str = "crates/graph-sim/tests/foreign_client/requirements.txt";

/// Whether Python can make virtual environments here.
pub(crate) fn present() -> bool {
    succeeds(command("python3").args(["-c", "import venv, ensurepip"]))
}

/// The interpreter of an environment with exactly those packages, made anew when the file changed.
pub(crate) fn provide() -> Result<PathBuf> {
    let wanted = std::fs::read_to_string(root().join(REQUIREMENTS)).context(REQUIREMENTS)?;
    let environment = tools()?.join("python");
    let python = environment.join("bin/python");
    // Written last, so that an installation that broke off is not taken for a good one.
    let installed = environment.join("installed.txt");
    if std::fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    println!("installing {REQUIREMENTS} into {}", environment.display());
    run(command("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&environment))?;
    run(command(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--only-binary",
            ":all:",
            "-r",
        ])
        .arg(REQUIREMENTS))?;
    std::fs::write(&installed, wanted)?;
    Ok(python)
}
