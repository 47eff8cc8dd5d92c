//! Why a mailbox cannot be reached now, as the decision that is the caller's.

use std::time::Duration;

use maildesk_graph::LoginError;
use maildesk_graph::login::BadCertificate;
use maildesk_model::mailbox::Trouble;
use maildesk_store::StoreError;

/// No session can be had.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The mailbox is not there, or is being removed. Stop.
    #[error("the mailbox is not there")]
    Gone,
    /// It is no connection over Microsoft Graph, or not of the kind that was asked for.
    #[error("the mailbox is not connected that way ({})", .0.code)]
    WrongKind(Trouble),
    /// Nobody has signed in for it yet. Wait for the sign-in.
    #[error("nobody has signed in for the mailbox yet")]
    NotSignedIn,
    /// Somebody has to sign in again. The mailbox's row says so already.
    #[error("somebody has to sign in again ({})", .0.code)]
    SignInAgain(Trouble),
    /// The installation's app registration is missing, wrong or refused: no mailbox can be reached
    /// until a person mends it. The alarm is written already.
    #[error("the Microsoft app does not work ({})", .0.code)]
    App(Trouble),
    /// The operator does not allow this mailbox, or this cloud cannot be synced.
    #[error("this mailbox may not be connected ({})", .0.code)]
    NotAllowed(Trouble),
    /// Again later; nobody's fault.
    #[error("Microsoft's sign-in cannot be reached now ({})", .trouble.code)]
    Later {
        /// How long the sign-in service asks to wait.
        retry_after: Option<Duration>,
        /// What happened.
        trouble: Trouble,
    },
    /// The store could not do its part.
    #[error("the store could not do its part")]
    Store(#[from] StoreError),
}

impl ConnectError {
    /// Code, message and remedy, as the mailbox's row and its screens show them.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Gone => trouble(
                "mailbox_gone",
                "The mailbox has been removed.",
                "Add it again if it is still wanted.",
            ),
            Self::NotSignedIn => trouble(
                "not_signed_in",
                "Nobody has signed in to Microsoft for this mailbox yet.",
                "Connect the mailbox: its owner signs in to Microsoft once.",
            ),
            Self::WrongKind(trouble)
            | Self::SignInAgain(trouble)
            | Self::App(trouble)
            | Self::NotAllowed(trouble)
            | Self::Later { trouble, .. } => trouble.clone(),
            Self::Store(_) => trouble(
                "store_unavailable",
                "MailDesk's own database could not be used.",
                "MailDesk tries again by itself. If it lasts, look at the server's log.",
            ),
        }
    }
}

pub(crate) fn trouble(code: &str, message: &str, remedy: &str) -> Trouble {
    Trouble {
        code: code.to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    }
}

pub(crate) fn no_app() -> ConnectError {
    ConnectError::App(trouble(
        "app_not_configured",
        "No Microsoft app is registered with this server.",
        "Set the client id and a client secret or certificate of an app registration in the Microsoft app settings.",
    ))
}

pub(crate) fn bad_certificate(why: BadCertificate) -> ConnectError {
    ConnectError::App(trouble(
        "bad_certificate",
        &format!("The certificate of the Microsoft app cannot be used: {why}."),
        "Enter the PEM text of a certificate and its private key in the Microsoft app settings.",
    ))
}

pub(crate) fn no_delta() -> ConnectError {
    ConnectError::NotAllowed(trouble(
        "cloud_without_delta",
        "Microsoft's cloud in China does not offer the change tracking that syncing mail needs.",
        "Choose another cloud in the Microsoft app settings; mailboxes in China cannot be synced.",
    ))
}

pub(crate) fn not_allowed() -> ConnectError {
    ConnectError::NotAllowed(trouble(
        "address_not_allowed",
        "The operator of this server does not allow this address to be connected as the organisation.",
        "Add the address to MAILDESK_MICROSOFT_ALLOWED_ADDRESSES, or connect the mailbox as a person.",
    ))
}

pub(crate) fn not_graph() -> ConnectError {
    ConnectError::WrongKind(trouble(
        "not_graph",
        "This mailbox is connected over IMAP and SMTP, which cannot call Microsoft Graph.",
        "Reconnect the mailbox with the Microsoft Graph option.",
    ))
}

pub(crate) fn not_a_person() -> ConnectError {
    ConnectError::WrongKind(trouble(
        "no_sign_in_needed",
        "This mailbox is connected as the organisation, so nobody signs in for it.",
        "Nothing to do. To connect it as a person, add it anew with that kind of connection.",
    ))
}

/// A refused app: its secret, its id, its tenant.
pub(crate) fn app_refused(error: &LoginError) -> ConnectError {
    ConnectError::App(error.trouble())
}

/// What a failed token request means for whoever wanted a session.
pub(crate) fn of_login(error: &LoginError) -> ConnectError {
    match error {
        LoginError::InvalidGrant { .. }
        | LoginError::InteractionRequired { .. }
        | LoginError::Consent { .. } => ConnectError::SignInAgain(error.trouble()),
        LoginError::InvalidClient { .. } | LoginError::Config { .. } => app_refused(error),
        LoginError::Later { retry_after, .. } => ConnectError::Later {
            retry_after: *retry_after,
            trouble: error.trouble(),
        },
    }
}
