//! What the tests need from the machine, in one table, and how it gets there.

use std::path::Path;

use anyhow::{Result, bail};

use crate::shell::{command, is_root, run, succeeds};

/// Something outside cargo that tests cannot do without.
struct Need {
    name: &'static str,
    /// Debian's packages for it.
    debian: &'static [&'static str],
    present: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need {
        name: "PostgreSQL's server programs (initdb, postgres, pg_isready)",
        debian: &["postgresql"],
        present: || super::postgres::programs().is_some(),
    },
    Need {
        name: "Python 3 with venv",
        debian: &["python3", "python3-venv"],
        present: super::python::present,
    },
    Need {
        name: "Chromium and chromedriver",
        debian: &["chromium", "chromium-driver"],
        present: || {
            succeeds(command("chromium").arg("--version"))
                && succeeds(command("chromedriver").arg("--version"))
        },
    },
    // Without a font every text has no width, and walks and pictures are of empty boxes.
    Need {
        name: "a font that fontconfig knows",
        debian: &["fontconfig", "fonts-dejavu-core"],
        present: || {
            let listed = command("fc-list").output();
            listed.is_ok_and(|listed| !listed.stdout.is_empty())
        },
    },
    Need {
        name: "npm",
        debian: &["npm"],
        present: super::axe::present,
    },
];

/// Installs what is missing where that is ours to do (Debian, as root); elsewhere says what is missing, and fails.
pub(crate) fn provide() -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.iter().map(|need| need.name).collect::<Vec<_>>();
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|need| need.debian)
        .copied()
        .collect();
    if !(Path::new("/etc/debian_version").exists() && is_root()) {
        bail!(
            "missing: {}; install it (on Debian, as root: apt-get install {})",
            names.join(", "),
            packages.join(" ")
        );
    }
    println!("installing {}", packages.join(" "));
    run(&mut apt_get(&["update"]))?;
    run(apt_get(&["install", "--yes", "--no-install-recommends"]).args(&packages))?;
    match NEEDS.iter().find(|need| !(need.present)()) {
        None => Ok(()),
        Some(need) => bail!("still missing after the installation: {}", need.name),
    }
}

fn apt_get(words: &[&str]) -> std::process::Command {
    let mut apt = command("apt-get");
    apt.arg("-qq")
        .args(words)
        .env("DEBIAN_FRONTEND", "noninteractive");
    apt
}
