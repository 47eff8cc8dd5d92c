//! What to do about an error, in the words of the product's troubleshooting table.

use super::GraphError;

const WAIT: &str =
    "Nothing to do: MailDesk waits as long as Microsoft asks and then goes on by itself.";
const AGAIN: &str = "Nothing to do at once: MailDesk tries again by itself. If it lasts, look at the service health page of the Microsoft 365 admin center.";
const NETWORK: &str = "MailDesk tries again by itself. If it lasts, check that this server can reach Microsoft: name resolution, firewall, proxy.";
const FRESH: &str =
    "MailDesk fetches a fresh token by itself. If this stays, reconnect the mailbox.";
const AUDIENCE: &str = "The sign-in gives tokens for something else than Microsoft Graph, such as classic IMAP and SMTP access. Reconnect the mailbox with the Microsoft Graph option; as the organisation, check the cloud in MailDesk's Microsoft app settings.";
const RECONNECT: &str = "Reconnect the mailbox: its owner has to sign in to Microsoft once more. No mail is lost meanwhile.";
const PERMISSION: &str = "Confirm that the Microsoft app has the permissions Mail.ReadWrite and Mail.Send and that an administrator of the tenant has consented, then reconnect the mailbox and retry.";
const FENCE: &str = "The tenant's policy keeps the app out of this mailbox. Add the mailbox to the app's scope (RBAC for Applications, or the application access policy); such a change takes up to 30 minutes.";
const QUOTA: &str = "The mailbox or the app has as many subscriptions as Microsoft allows. Remove subscriptions of other applications from the mailbox, then retry; mail keeps arriving on schedule.";
const GONE: &str = "Nothing to do: it no longer exists at Microsoft, and MailDesk follows.";
const RESYNC: &str = "Nothing to do: MailDesk compares the folder from the beginning by itself.";
const TWIN: &str = "Nothing to do: MailDesk deletes the older subscription and registers again.";
const SHORTER: &str = "Nothing to do: MailDesk asks for a shorter life and renews more often.";
const UNREACHED: &str = "Microsoft got no answer from your webhook in time. Confirm that the public address resolves, serves a valid TLS certificate and is not blocked by a firewall or reverse proxy (Test address), then retry; sometimes Microsoft's probe is simply late.";
const WRONG_ANSWER: &str = "Microsoft did not get MailDesk's own answer to its probe: it could not connect, or something in front of MailDesk answered in its place. Confirm that web.base.url is your public HTTPS address and that no login page, redirect or filter of the reverse proxy covers the webhook paths (Test address), then retry.";
const NO_MAILBOX: &str = "Microsoft Graph cannot reach this mailbox: it has no Exchange Online mailbox (on-premises, unlicensed, or removed). Check the address and its licence in the Microsoft 365 admin center.";
const TOO_BIG: &str = "The answer was larger than MailDesk accepts. Open this message in Outlook.";
const LOOK_UP: &str = "Microsoft will refuse this again as it is. Look its code up in Microsoft's documentation, or ask Microsoft's support with the request id.";

/// The remedy for `error`. Where one variant has several causes, Graph's code tells them apart;
/// its wording is looked at only to choose between texts, never to choose what is done.
pub(super) fn of(error: &GraphError) -> &'static str {
    match error {
        GraphError::Throttled { .. } => WAIT,
        GraphError::Later { said, .. } if said.status == 0 => NETWORK,
        GraphError::Later { .. } => AGAIN,
        GraphError::TokenRejected { said } if has(&said.message, "audience") => AUDIENCE,
        GraphError::TokenRejected { .. } => FRESH,
        GraphError::SignInAgain { .. } => RECONNECT,
        GraphError::NotAllowed { said } => not_allowed(&said.message),
        GraphError::NotFound { .. } => GONE,
        GraphError::DeltaExpired { .. } => RESYNC,
        GraphError::Conflict { .. } => TWIN,
        GraphError::TooLong { .. } => SHORTER,
        GraphError::ValidationFailed { said } if has(&said.message, "timed out") => UNREACHED,
        GraphError::ValidationFailed { .. } => WRONG_ANSWER,
        GraphError::Refused { said } => refused(&said.code, &said.message),
    }
}

fn not_allowed(message: &str) -> &'static str {
    if has(message, "The Tenant for tenant guid") {
        NO_MAILBOX
    } else if has(message, "Access to OData is disabled") {
        FENCE
    } else if has(message, "limit") || has(message, "quota") {
        QUOTA
    } else {
        PERMISSION
    }
}

fn refused(code: &str, message: &str) -> &'static str {
    let no_mailbox = has(code, "NotEnabledForRESTAPI")
        || has(code, "NonExistentMailbox")
        || has(code, "InvalidUser")
        || has(code, "ResourceNotFound")
        || has(message, "REST API is not yet supported for this mailbox")
        || has(message, "The Tenant for tenant guid");
    if no_mailbox {
        NO_MAILBOX
    } else if code == "answer_too_large" {
        TOO_BIG
    } else {
        LOOK_UP
    }
}

fn has(text: &str, part: &str) -> bool {
    text.to_ascii_lowercase()
        .contains(&part.to_ascii_lowercase())
}
