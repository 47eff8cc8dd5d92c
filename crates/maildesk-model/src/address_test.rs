//! The self-test of the public address: what came of calling our own webhook as Microsoft would (P18).

use std::time::Duration;

use crate::clock::Timestamp;
use crate::mailbox::Trouble;

/// The memo in which the end of the certificate that was last seen is kept, as RFC 3339.
pub const CERTIFICATE_MEMO: &str = "push.certificate_ends_at";

/// What came of a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddressTest {
    /// When it was made.
    pub at: Timestamp,
    /// Each address that was called.
    pub calls: Vec<AddressCall>,
    /// When the certificate ends, where there is one.
    pub certificate_ends_at: Option<Timestamp>,
}

/// One address that was called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddressCall {
    /// The address.
    pub url: String,
    /// How long the answer took; `None` where none came.
    pub took: Option<Duration>,
    /// What is wrong; `None` when it answered as Microsoft wants it.
    pub trouble: Option<Trouble>,
}

impl AddressTest {
    /// Whether every address answered as it must.
    pub fn is_good(&self) -> bool {
        !self.calls.is_empty() && self.calls.iter().all(|call| call.trouble.is_none())
    }
}
