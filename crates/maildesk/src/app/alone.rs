//! One server for one SQLite file. Two would not wait for each other's bells, and what one of them
//! takes for the remains of a crash would be the other's work.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;

use anyhow::{Context, bail};

use super::key;
use crate::config::Settings;

/// Takes the right to serve the SQLite file until the answer is dropped; the system gives it back
/// when the program is killed. `None` for PostgreSQL, which any number of nodes share.
pub(super) fn hold(settings: &Settings) -> anyhow::Result<Option<File>> {
    let Some(path) = settings.database_url.expose().strip_prefix("sqlite://") else {
        return Ok(None);
    };
    let path = format!("{}.serve", path.split('?').next().unwrap_or(path));
    key::data_folder(&settings.data_dir)?;
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot write {path}"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => bail!(
            "another server runs with this database; stop it first, or use PostgreSQL for several nodes"
        ),
        Err(TryLockError::Error(why)) => Err(why).with_context(|| format!("cannot lock {path}")),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;
    use crate::config::Values;

    #[test]
    fn the_second_server_is_told_and_a_later_one_may() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("new").display().to_string();
        let environment = [("MAILDESK_DATA_DIR".to_owned(), data)];
        let settings =
            Settings::parse(&Values::read(None, environment.into_iter()).unwrap()).unwrap();
        let first = hold(&settings).unwrap();
        let why = hold(&settings).unwrap_err().to_string();
        assert!(
            why.starts_with("another server runs with this database"),
            "{why}"
        );
        drop(first);
        assert!(hold(&settings).unwrap().is_some());
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&settings.data_dir), 0o700);
        for file in std::fs::read_dir(&settings.data_dir).unwrap() {
            assert_eq!(mode(&file.unwrap().path()), 0o600);
        }
    }
}
