//! The app registration at Entra: what is set of it, what it proves itself with, and until when.
//!
//! What can be seen to be wrong without asking Microsoft is said here, in words that name the place
//! in Entra where the right value stands; everything else is proven by a real call.

use std::fmt;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::cloud::Cloud;
use crate::id::MailboxId;
use crate::mailbox::Trouble;
use crate::secret::Secret;

/// Credentials kept at a time: the one in use, and the next while they are rotated.
pub const CREDENTIALS_MAX: usize = 2;

/// Longest client id or tenant, in bytes; a GUID has 36, a domain name 253.
const NAME_MAX: usize = 253;
/// Longest client secret, in bytes; Entra's have some 40.
const SECRET_MAX: usize = 512;

/// The app registration MailDesk signs in as.
#[derive(Clone, Debug)]
pub struct AppRegistration {
    /// The application (client) id.
    pub client_id: String,
    /// The tenant: a GUID, a domain, or one of the names that stand for many.
    pub tenant: String,
    /// The cloud it is registered in.
    pub cloud: Cloud,
    /// What it proves itself with, the newest first.
    pub credentials: Vec<AppCredential>,
}

/// One of the things an app proves itself with.
#[derive(Clone, Debug)]
pub struct AppCredential {
    /// What it is.
    pub kind: CredentialKind,
    /// The client secret, or the PEM text with certificate and key.
    pub value: Secret,
    /// When Microsoft stops accepting it, as far as is known.
    pub expires_at: Option<Timestamp>,
}

/// How an app proves that it is itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CredentialKind {
    /// A client secret.
    Secret,
    /// A certificate with its key; Microsoft recommends it.
    Certificate,
}

impl CredentialKind {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Certificate => "certificate",
        }
    }

    /// Reads [`CredentialKind::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Secret, Self::Certificate]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

impl AppRegistration {
    /// When the app stops working unless somebody renews a credential: the end of the one that
    /// lasts longest. `None` if the end of one is not known, or there is none.
    pub fn expires_at(&self) -> Option<Timestamp> {
        let ends: Option<Vec<_>> = self.credentials.iter().map(|one| one.expires_at).collect();
        ends?.into_iter().max()
    }
}

/// What the environment fixes, which no page may change.
#[derive(Clone, Debug, Default)]
pub struct FixedApp {
    /// All of it, where the environment names a client id.
    pub registration: Option<AppRegistration>,
    /// The tenant alone.
    pub tenant: Option<String>,
    /// The cloud alone.
    pub cloud: Option<Cloud>,
}

impl FixedApp {
    /// The registration in force, given the one that is kept.
    pub fn or_kept(&self, kept: Option<AppRegistration>) -> Option<AppRegistration> {
        if self.registration.is_some() {
            return self.registration.clone();
        }
        kept.map(|kept| AppRegistration {
            tenant: self.tenant.clone().unwrap_or(kept.tenant),
            cloud: self.cloud.unwrap_or(kept.cloud),
            ..kept
        })
    }
}

/// Whether a tenant is one organisation, as application permission needs (facts.md 8.5): `common`,
/// `organizations` and `consumers` stand for many.
pub fn names_one_tenant(tenant: &str) -> bool {
    !["", "common", "organizations", "consumers"].contains(&tenant.to_ascii_lowercase().as_str())
}

/// How near the end of a credential is. The levels are those at which people are warned (C1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ExpiryLevel {
    /// 30 days or less.
    Soon,
    /// 14 days or less.
    Near,
    /// 3 days or less.
    Urgent,
    /// It is over.
    Over,
}

/// A warning that a credential ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExpiryWarning {
    /// How near the end is.
    pub level: ExpiryLevel,
    /// Whole days left, rounded up; 0 when it is over.
    pub days: i64,
}

const DAY: Duration = Duration::from_hours(24);

/// What to warn of at `now` about a credential that ends at `expires_at`; `None` while the end is
/// more than 30 days away.
pub fn expiry_warning(expires_at: Timestamp, now: Timestamp) -> Option<ExpiryWarning> {
    let left = expires_at.since(now).as_secs().div_ceil(DAY.as_secs());
    let level = match left {
        0 => ExpiryLevel::Over,
        1..=3 => ExpiryLevel::Urgent,
        4..=14 => ExpiryLevel::Near,
        15..=30 => ExpiryLevel::Soon,
        _ => return None,
    };
    let days = i64::try_from(left).unwrap_or(i64::MAX);
    Some(ExpiryWarning { level, days })
}

/// What to prove by real calls.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProofWish {
    /// A mailbox that is connected as a person.
    pub person: Option<MailboxId>,
    /// The address of a mailbox that may be reached as the organisation.
    pub organisation: Option<String>,
    /// The address of a mailbox that must not be reached as the organisation (the fence, C7).
    pub outside: Option<String>,
}

/// Something that was to be proven.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proof {
    /// What.
    pub of: Proven,
    /// How it went.
    pub outcome: ProofOutcome,
}

/// What can be proven of an app registration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proven {
    /// Microsoft accepts the credential at this place of the list, the newest being 0.
    Credential(usize),
    /// The person's sign-in can be refreshed (`offline_access`).
    PersonStays,
    /// `User.Read` as a person.
    PersonProfile,
    /// Mail can be read as a person.
    PersonReads,
    /// `Mail.ReadWrite` as a person.
    PersonWrites,
    /// `Mail.Send` as a person.
    PersonSends,
    /// Mail can be read as the organisation.
    OrganisationReads,
    /// `Mail.ReadWrite` as the organisation.
    OrganisationWrites,
    /// `Mail.Send` as the organisation.
    OrganisationSends,
    /// A mailbox outside the fence is refused.
    Fence,
}

/// How a proof went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProofOutcome {
    /// It holds.
    Holds,
    /// It does not.
    Fails(Trouble),
    /// It could not be found out.
    Unknown(Trouble),
}

/// A value that cannot be right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// A short stable word.
    pub code: &'static str,
    /// What is wrong.
    pub message: &'static str,
    /// Where the right value is found.
    pub remedy: &'static str,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.message, self.remedy)
    }
}

/// Looks at a client id. Entra's are GUIDs; a simulator may use any short name.
pub fn check_client_id(text: &str) -> Result<(), Wrong> {
    let fits = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_' | b'.');
    if !text.is_empty() && text.len() <= NAME_MAX && text.bytes().all(fits) {
        return Ok(());
    }
    Err(Wrong {
        code: "bad_client_id",
        message: "This is not a client id.",
        remedy: "Copy the Application (client) ID from the Overview of the app registration in Entra.",
    })
}

/// Looks at a tenant.
pub fn check_tenant(text: &str) -> Result<(), Wrong> {
    let fits = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'.');
    if !text.is_empty() && text.len() <= NAME_MAX && text.bytes().all(fits) {
        return Ok(());
    }
    Err(Wrong {
        code: "bad_tenant",
        message: "This is not a tenant.",
        remedy: "Copy the Directory (tenant) ID from the Overview of the app registration in Entra, or type the organisation's domain, or \"common\" to let people of any organisation sign in.",
    })
}

/// Looks at a client secret. Its id is what people copy by mistake most often; it is a GUID, and a
/// secret never is.
pub fn check_secret(secret: &Secret) -> Result<(), Wrong> {
    let text = secret.expose();
    if is_guid(text) {
        return Err(Wrong {
            code: "secret_id",
            message: "This is the id of a client secret, not the secret.",
            remedy: "Copy the column Value under Certificates & secrets in Entra. It is shown only once: if it is hidden already, make a new client secret.",
        });
    }
    let fits = |letter: u8| letter.is_ascii_graphic();
    if !text.is_empty() && text.len() <= SECRET_MAX && text.bytes().all(fits) {
        return Ok(());
    }
    Err(Wrong {
        code: "bad_secret",
        message: "This is not a client secret: it is too long, or has spaces or line breaks in it.",
        remedy: "Copy the column Value under Certificates & secrets in Entra.",
    })
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && groups
            .iter()
            .all(|group| group.bytes().all(|letter| letter.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_micros(days * 86_400_000_000)
    }

    #[test]
    fn warnings_come_at_thirty_fourteen_and_three_days() {
        for (end, level) in [
            (31, None),
            (30, Some(ExpiryLevel::Soon)),
            (15, Some(ExpiryLevel::Soon)),
            (14, Some(ExpiryLevel::Near)),
            (4, Some(ExpiryLevel::Near)),
            (3, Some(ExpiryLevel::Urgent)),
            (1, Some(ExpiryLevel::Urgent)),
            (0, Some(ExpiryLevel::Over)),
            (-5, Some(ExpiryLevel::Over)),
        ] {
            let warning = expiry_warning(at(100 + end), at(100));
            assert_eq!(warning.map(|warning| warning.level), level, "{end} days");
        }
        let hours = Timestamp::from_micros(3_600_000_000);
        assert_eq!(expiry_warning(hours, Timestamp::EPOCH).unwrap().days, 1);
    }

    #[test]
    fn the_credential_that_lasts_longest_counts_unless_one_is_unknown() {
        let app = |ends: &[Option<i64>]| AppRegistration {
            client_id: "app".to_owned(),
            tenant: "common".to_owned(),
            cloud: Cloud::Global,
            credentials: ends
                .iter()
                .map(|end| AppCredential {
                    kind: CredentialKind::Secret,
                    value: Secret::new("x"),
                    expires_at: end.map(at),
                })
                .collect(),
        };
        assert_eq!(app(&[Some(3), Some(9)]).expires_at(), Some(at(9)));
        assert_eq!(app(&[Some(3), None]).expires_at(), None);
        assert_eq!(app(&[]).expires_at(), None);
    }

    #[test]
    fn what_people_paste_by_mistake_is_named() {
        assert_eq!(
            check_client_id("11111111-2222-3333-4444-555555555555"),
            Ok(())
        );
        for bad in ["", "my app", "a@b", "x/y"] {
            assert_eq!(
                check_client_id(bad).unwrap_err().code,
                "bad_client_id",
                "{bad}"
            );
        }
        for good in [
            "common",
            "contoso.onmicrosoft.com",
            "11111111-2222-3333-4444-555555555555",
        ] {
            assert_eq!(check_tenant(good), Ok(()));
        }
        for bad in ["", "https://login.microsoftonline.com/x", "a b"] {
            assert_eq!(check_tenant(bad).unwrap_err().code, "bad_tenant", "{bad}");
        }
        let secret = |text: &str| check_secret(&Secret::new(text)).map_err(|wrong| wrong.code);
        assert_eq!(secret("abc~8Q.x_Y-z"), Ok(()));
        assert_eq!(
            secret("11111111-2222-3333-4444-555555555555"),
            Err("secret_id")
        );
        for bad in ["", "a b", "a\nb"] {
            assert_eq!(secret(bad), Err("bad_secret"), "{bad}");
        }
    }

    #[test]
    fn what_the_environment_fixes_wins() {
        let kept = AppRegistration {
            client_id: "kept".to_owned(),
            tenant: "kept.test".to_owned(),
            cloud: Cloud::Global,
            credentials: Vec::new(),
        };
        let half = FixedApp {
            cloud: Some(Cloud::UsGov),
            ..FixedApp::default()
        };
        assert!(half.or_kept(None).is_none());
        let app = half.or_kept(Some(kept.clone())).unwrap();
        assert_eq!(
            (app.tenant.as_str(), app.cloud),
            ("kept.test", Cloud::UsGov)
        );
        let whole = FixedApp {
            registration: Some(AppRegistration {
                client_id: "fixed".to_owned(),
                ..kept.clone()
            }),
            ..FixedApp::default()
        };
        assert_eq!(whole.or_kept(Some(kept)).unwrap().client_id, "fixed");
    }

    #[test]
    fn one_tenant_or_many() {
        assert!(names_one_tenant("contoso.test"));
        for many in ["", "common", "Organizations", "CONSUMERS"] {
            assert!(!names_one_tenant(many));
        }
    }
}
