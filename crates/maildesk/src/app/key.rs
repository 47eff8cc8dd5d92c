//! The key for secrets at rest: from the settings, or made once in the data folder.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maildesk_model::{Entropy, Secret};

/// Name of the key file in the data folder.
pub const KEY_FILE: &str = "secret.key";

/// The key in Base64: the one from the settings, the one in the data folder, or a new one there.
///
/// A new key is written to a file of mode 0600 that must not exist yet, so that two programs
/// starting at once end up with the same key. An existing file that others can read is refused.
pub fn secret_key(
    setting: Option<&Secret>,
    data_dir: &Path,
    entropy: &dyn Entropy,
) -> anyhow::Result<Secret> {
    if let Some(key) = setting {
        return Ok(key.clone());
    }
    let path = data_dir.join(KEY_FILE);
    if !path.exists() {
        make(&path, entropy)?;
    }
    let mode = std::fs::metadata(&path)
        .with_context(|| format!("cannot look at {}", path.display()))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        bail!(
            "{} can be read by others (mode {:o}): run chmod 600 on it",
            path.display(),
            mode & 0o777
        );
    }
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Secret::new(text.trim()))
}

/// Writes the whole key under another name first and links it into place, so that a reader never
/// sees half a key, whenever the program is killed.
fn make(path: &Path, entropy: &dyn Entropy) -> anyhow::Result<()> {
    let mut key = [0_u8; 32];
    entropy.fill(&mut key);
    let mut tag = [0_u8; 8];
    entropy.fill(&mut tag);
    let draft = path.with_extension(format!("{:016x}", u64::from_le_bytes(tag)));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .with_context(|| format!("cannot write {}", draft.display()))?;
    writeln!(file, "{}", STANDARD.encode(key))?;
    file.sync_all()?;
    // Another program that started at the same time may have been first; its key counts then.
    match std::fs::hard_link(&draft, path) {
        Err(why) if why.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(why).with_context(|| format!("cannot write {}", path.display()))
        }
        _ => Ok(()),
    }?;
    std::fs::remove_file(&draft)?;
    Ok(())
}

/// Makes the data folder if it is not there: for its owner alone, because mail lies in it. The mode
/// of one that is there already is its operator's affair.
pub(super) fn data_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make the data folder {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::SystemEntropy;

    #[test]
    fn is_made_once_and_for_the_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let first = secret_key(None, dir.path(), &SystemEntropy).unwrap();
        let again = secret_key(None, dir.path(), &SystemEntropy).unwrap();
        assert_eq!(first.expose(), again.expose());
        assert_eq!(STANDARD.decode(first.expose()).unwrap().len(), 32);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        let path = dir.path().join(KEY_FILE);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = secret_key(None, dir.path(), &SystemEntropy)
            .unwrap_err()
            .to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn the_setting_wins() {
        let dir = tempfile::tempdir().unwrap();
        let key = secret_key(Some(&Secret::new("abc")), dir.path(), &SystemEntropy).unwrap();
        assert_eq!(key.expose(), "abc");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_new_data_folder_is_its_owners_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/data");
        data_folder(&folder).unwrap();
        data_folder(&folder).unwrap();
        let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
