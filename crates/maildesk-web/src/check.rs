//! Checks of values that several calls share.

use crate::error::FieldError;
use crate::foreign;

/// What people call things is at most so many characters long.
const NAME_MAX: usize = 200;
/// RFC 5321, 4.5.3.1.3: a path has at most 256 octets, its angle brackets included.
const ADDRESS_MAX: usize = 254;

/// A name: trimmed, not empty, no control characters.
pub(crate) fn name(field: &str, value: &str) -> Result<String, FieldError> {
    let value = value.trim();
    if value.is_empty() {
        return Err(FieldError::new(field, "must not be empty"));
    }
    if value.chars().count() > NAME_MAX {
        let message = format!("must have at most {NAME_MAX} characters");
        return Err(FieldError::new(field, message));
    }
    if value.chars().any(char::is_control) {
        return Err(FieldError::new(field, "must not hold control characters"));
    }
    Ok(value.to_owned())
}

/// A mail address: something, an `@`, something, without spaces and what is unseen. Microsoft knows which
/// exist.
pub(crate) fn address(field: &str, value: &str) -> Result<String, FieldError> {
    let value = value.trim();
    let bad = |c| foreign::is_blank(c) || foreign::is_unseen(c) || "<>()[],;:\\\"".contains(c);
    let fits = value.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !local.contains('@')
            && !domain.is_empty()
            && !domain.starts_with('.')
            && !domain.ends_with('.')
    });
    if fits && value.len() <= ADDRESS_MAX && !value.contains(bad) {
        Ok(value.to_owned())
    } else {
        Err(FieldError::new(field, "must be a mail address"))
    }
}

/// A mail address that Microsoft 365 could know: one whose domain has a dot in it. For mailboxes, for
/// whoever is written to or to be told something; a person may sign in with a shorter one.
pub(crate) fn whole_address(field: &str, value: &str) -> Result<String, FieldError> {
    let address = address(field, value)?;
    let is_whole = address
        .rsplit_once('@')
        .is_some_and(|(_, domain)| domain.contains('.') && !domain.contains(".."));
    is_whole.then_some(address).ok_or_else(|| {
        FieldError::new(
            field,
            "must be a whole mail address, such as ada@example.com",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_look_like_addresses() {
        for good in ["ada@contoso.example", " a.b+c@x ", "o'hara@ümlaut.example"] {
            assert!(address("email", good).is_ok(), "{good}");
        }
        let long = format!("{}@x.example", "a".repeat(250));
        for bad in [
            "", "ada", "@x", "a@", "a b@x", "A <a@x>", "a@b@c", "a@.x", &long,
        ] {
            assert!(address("email", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_whole_address_has_a_domain_with_a_dot() {
        assert!(whole_address("email", "a@contoso.example").is_ok());
        for short in ["a@b", "a@b..c", "a"] {
            assert!(whole_address("email", short).is_err(), "{short}");
        }
    }

    #[test]
    fn names_are_short_and_printable() {
        assert_eq!(name("name", "  Support ").unwrap(), "Support");
        let long = "x".repeat(201);
        for bad in ["", "  ", "a\nb", "a\0", &long] {
            assert!(name("name", bad).is_err(), "{bad:?}");
        }
    }
}
