//! Microsoft's clouds and the hosts each is reached at (facts.md 8.1).

/// A Microsoft cloud. Tokens of one are worth nothing in another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Cloud {
    /// Everyone, GCC, and all personal accounts.
    Global,
    /// GCC High (L4).
    UsGov,
    /// Department of Defense (L5).
    UsGovDod,
    /// China, run by 21Vianet. Its v1.0 has no message delta, so mail sync is refused there (C4).
    China,
}

impl Cloud {
    /// All clouds, in the order of the settings page.
    pub const ALL: [Self; 4] = [Self::Global, Self::UsGov, Self::UsGovDod, Self::China];

    /// The name in settings and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::UsGov => "us_gov",
            Self::UsGovDod => "us_gov_dod",
            Self::China => "china",
        }
    }

    /// Reads [`Cloud::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.name() == name)
    }

    /// Base of the sign-in service, without a trailing slash.
    pub const fn login_url(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsGov | Self::UsGovDod => "https://login.microsoftonline.us",
            Self::China => "https://login.chinacloudapi.cn",
        }
    }

    /// Base of Graph, without a trailing slash; also the resource that scopes are named after.
    pub const fn graph_url(self) -> &'static str {
        match self {
            Self::Global => "https://graph.microsoft.com",
            Self::UsGov => "https://graph.microsoft.us",
            Self::UsGovDod => "https://dod-graph.microsoft.us",
            Self::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }

    /// Whether mail can be synced at all: the delta functions must exist in v1.0.
    pub const fn has_message_delta(self) -> bool {
        !matches!(self, Self::China)
    }
}
