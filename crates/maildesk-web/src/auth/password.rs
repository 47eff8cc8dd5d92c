//! Passwords: argon2id in PHC form, so that the parameters travel with each hash.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use maildesk_model::Entropy;

/// Memory of one hash in KiB, passes, lanes: OWASP's first choice for argon2id (Password Storage
/// Cheat Sheet: 19 MiB, 2 passes, 1 lane). A hash made with others still verifies.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// RFC 9106 recommends 128 bits of salt.
const SALT_BYTES: usize = 16;
/// Shorter passwords are guessed (NIST SP 800-63B-3, 5.1.1.1: at least eight characters).
const LETTERS_MIN: usize = 8;
/// Longer ones only cost us work.
const BYTES_MAX: usize = 1024;

/// Why a password was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than eight characters.
    #[error("the password has fewer than {LETTERS_MIN} characters")]
    TooShort,
    /// More than 1,024 bytes.
    #[error("the password has more than {BYTES_MAX} bytes")]
    TooLong,
}

/// Hashes a new password. Takes some tens of milliseconds of one core and 19 MiB: call it off the
/// request path.
pub fn hash_password(password: &str, entropy: &dyn Entropy) -> Result<String, PasswordError> {
    if password.chars().count() < LETTERS_MIN {
        return Err(PasswordError::TooShort);
    }
    if password.len() > BYTES_MAX {
        return Err(PasswordError::TooLong);
    }
    let mut salt = [0_u8; SALT_BYTES];
    entropy.fill(&mut salt);
    let hash = argon2()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("salt and password are within argon2's limits");
    Ok(hash.to_string())
}

/// Whether the password is the one that was hashed. A hash that cannot be read fits no password.
pub fn verify_password(password: &str, hash: &str) -> bool {
    password.len() <= BYTES_MAX
        && PasswordHash::new(hash)
            .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .expect("the parameters are within argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Count(std::sync::atomic::AtomicU8);

    impl Entropy for Count {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
        }
    }

    #[test]
    fn only_the_same_password_fits() {
        let entropy = Count(0.into());
        let hash = hash_password("correct horse", &entropy).unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(verify_password("correct horse", &hash));
        assert!(!verify_password("correct hors", &hash));
        assert!(!verify_password("", &hash));
        assert!(!verify_password("correct horse", "not a hash"));
        assert_ne!(hash, hash_password("correct horse", &entropy).unwrap());
    }

    #[test]
    fn too_short_and_too_long_are_refused() {
        let entropy = Count(0.into());
        let hash = |password: &str| hash_password(password, &entropy);
        assert_eq!(hash("sevench"), Err(PasswordError::TooShort));
        assert_eq!(hash(&"x".repeat(1025)), Err(PasswordError::TooLong));
    }
}
