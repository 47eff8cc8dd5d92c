//! What was granted, as the token endpoint said it.

use std::fmt;

/// A list of granted scopes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads the `scope` of an answer, or a stored [`Scopes`]. Entra spells Graph's scopes bare or
    /// with the resource in front; both become the bare name. Scopes of other resources
    /// (`https://outlook.office.com/…`) keep theirs.
    pub fn parse(text: &str) -> Self {
        Self(text.split_whitespace().map(bare).collect())
    }

    /// Whether `name` was granted; without regard to case.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|scope| scope.eq_ignore_ascii_case(name))
    }

    /// Whether this is a token for classic IMAP or SMTP access, which Graph does not take (P9).
    pub fn is_for_imap_or_smtp(&self) -> bool {
        self.0.iter().any(|scope| {
            let scope = scope.to_ascii_lowercase();
            scope.contains("://outlook.office") || scope.contains("://partner.outlook")
        })
    }

    /// Whether nothing was granted, or nothing said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The form that is stored.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// The name without Graph in front of it, whichever cloud's.
fn bare(scope: &str) -> String {
    for cloud in maildesk_model::Cloud::ALL {
        let name = scope
            .strip_prefix(cloud.graph_url())
            .and_then(|rest| rest.strip_prefix('/'));
        if let Some(name) = name {
            return name.to_owned();
        }
    }
    scope.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_mean_the_same() {
        let scopes = Scopes::parse(
            "https://graph.microsoft.com/Mail.ReadWrite https://graph.microsoft.us/Mail.Send User.Read",
        );
        assert!(scopes.has("mail.readwrite") && scopes.has("Mail.Send") && scopes.has("User.Read"));
        assert!(!scopes.has("Mail.Read") && !scopes.is_for_imap_or_smtp());
        assert_eq!(Scopes::parse(&scopes.to_string()), scopes);
    }

    #[test]
    fn a_classic_token_is_known() {
        let scopes = Scopes::parse("https://outlook.office.com/IMAP.AccessAsUser.All openid");
        assert!(scopes.is_for_imap_or_smtp());
        assert!(Scopes::parse("  ").is_empty());
    }
}
