//! Next and delta links: opaque, followed verbatim, never printed.

use std::fmt;

/// A link Graph gave us to go on with. It carries state (and, in national forms, addresses), so
/// `Debug` shows nothing of it and there is no `Display`; it is stored as it came and used verbatim.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DeltaLink(String);

impl DeltaLink {
    /// Takes a link that was stored, or that Graph just gave.
    pub fn new(link: impl Into<String>) -> Self {
        Self(link.into())
    }

    /// The link itself, to store it or to follow it; nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DeltaLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeltaLink(…)")
    }
}
