//! Signatures: what stands below the mail that a person writes in a mailbox.
//!
//! A mailbox has a common one, which administrators write; a person has their own instead, or wants
//! none. A signature is harmless HTML in which placeholders stand for what differs from person to
//! person.

/// Bytes of a signature, in HTML. A long one has a few hundred; every mail carries it.
pub const SIGNATURE_MAX: usize = 16 << 10;

/// What a person wants below their mail in one mailbox.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum OwnSignature {
    /// The mailbox's common one.
    #[default]
    Common,
    /// Nothing.
    Nothing,
    /// Their own, in HTML.
    Own(String),
}

/// The signatures of one person in one mailbox.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Signatures {
    /// What this person wants.
    pub own: OwnSignature,
    /// The mailbox's common one, in HTML; empty is none.
    pub common: String,
}

impl Signatures {
    /// The one that is used, with its placeholders; empty is none.
    pub fn in_use(&self) -> &str {
        match &self.own {
            OwnSignature::Common => &self.common,
            OwnSignature::Nothing => "",
            OwnSignature::Own(html) => html,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_own_goes_before_the_common_one() {
        let used = |own| {
            let signatures = Signatures {
                own,
                common: "all".to_owned(),
            };
            signatures.in_use().to_owned()
        };
        assert_eq!(used(OwnSignature::Common), "all");
        assert_eq!(used(OwnSignature::Nothing), "");
        assert_eq!(used(OwnSignature::Own("mine".to_owned())), "mine");
        assert_eq!(Signatures::default().in_use(), "");
    }
}
