//! The tenant in the path: a GUID, a domain, or one of three names [facts 8.2].

use super::problem::Problem;
use crate::world::{App, Audience, CONSUMER_TENANT, MailboxCell, MailboxKind, World};

/// Which accounts may sign in on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathTenant {
    /// Work and personal.
    Common,
    /// Work.
    Organizations,
    /// Personal.
    Consumers,
    /// The organisation by its id or a domain.
    Organisation,
}

impl PathTenant {
    /// Reads the path's first part.
    pub(super) fn parse(world: &World, text: &str) -> Result<Self, Problem> {
        match text.to_ascii_lowercase().as_str() {
            "common" => Ok(Self::Common),
            "organizations" => Ok(Self::Organizations),
            "consumers" | CONSUMER_TENANT => Ok(Self::Consumers),
            other if other == world.directory.tenant() || world.directory.owns_domain(other) => {
                Ok(Self::Organisation)
            }
            _ => Err(Problem::new(
                "invalid_request",
                90002,
                format!(
                    "Tenant '{text}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
                ),
            )),
        }
    }

    /// Whether an app may be used on this path at all.
    pub(super) fn admits_app(self, app: &App) -> Result<(), Problem> {
        match (self, app.audience) {
            (Self::Common | Self::Organizations | Self::Consumers, Audience::Single) => {
                Err(Problem::new(
                    "invalid_request",
                    50194,
                    format!(
                        "Application '{}' is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps.",
                        app.client_id
                    ),
                ))
            }
            (Self::Consumers, Audience::Organizations) => Err(Problem::new(
                "unauthorized_client",
                9_002_332,
                format!(
                    "Application '{}' is configured for use by Microsoft Entra users only. Please do not use the /consumers endpoint to serve this request.",
                    app.client_id
                ),
            )),
            (Self::Organizations | Self::Organisation, Audience::Consumers) => Err(Problem::new(
                "unauthorized_client",
                9_002_331,
                format!(
                    "Application '{}' is configured for use by Microsoft Account users only. Please use the /consumers endpoint to serve this request.",
                    app.client_id
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Whether an account may sign in on this path to this app.
    pub(super) fn admits(self, app: &App, cell: &MailboxCell) -> Result<(), Problem> {
        let personal = cell.kind == MailboxKind::Personal;
        if cell.kind == MailboxKind::Shared {
            return Err(Problem::new(
                "invalid_grant",
                50057,
                "The user account is disabled.",
            ));
        }
        let fits_path = match self {
            Self::Common => true,
            Self::Organizations | Self::Organisation => !personal,
            Self::Consumers => personal,
        };
        let fits_app = match app.audience {
            Audience::Any => true,
            Audience::Organizations | Audience::Single => !personal,
            Audience::Consumers => personal,
        };
        if fits_path && fits_app {
            return Ok(());
        }
        Err(Problem::new(
            "invalid_request",
            500_208,
            "The domain is not a valid login domain for the account type.",
        ))
    }
}
