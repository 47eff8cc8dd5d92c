//! axe-core, with which the browser tests look for barriers on every page.
//!
//! A test tool and nothing that ships. Its version and its digest are pinned in a lock file beside the tests, and it
//! is kept among the tools of this repository.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::shell::{command, root, run, succeeds, tools};

/// Where what is wanted is written down; the lock file holds the digest that npm checks.
const WANTED: &str = "crates/maildesk-testkit/tests/browser";
const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// Whether npm is here.
pub(crate) fn present() -> bool {
    succeeds(command("npm").arg("--version"))
}

/// The script, fetched anew when the lock file changed.
pub(crate) fn provide() -> Result<PathBuf> {
    let folder = tools()?.join("npm");
    let script = folder.join("node_modules/axe-core/axe.min.js");
    let lock = format!("{WANTED}/package-lock.json");
    let wanted = std::fs::read_to_string(root().join(&lock)).context(lock)?;
    // Written last, so that an installation that broke off is not taken for a good one.
    let installed = folder.join("installed.json");
    if std::fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(script);
    }
    println!("installing axe-core into {}", folder.display());
    std::fs::create_dir_all(&folder)?;
    for file in FILES {
        std::fs::copy(root().join(WANTED).join(file), folder.join(file)).context(file)?;
    }
    let quiet = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    run(command("npm")
        .args(quiet)
        .args(["--loglevel", "error"])
        .current_dir(&folder))?;
    ensure!(script.exists(), "npm left no {}", script.display());
    std::fs::write(&installed, wanted)?;
    Ok(script)
}
