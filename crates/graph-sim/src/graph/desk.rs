//! A caller at a mailbox: who may open it and with which permissions [facts 1.4, 8.5].

use std::sync::Arc;

use jiff::Timestamp;

use super::{Call, Caller};
use crate::answer::Refusal;
use crate::mailbox::message::Person;
use crate::mailbox::{FolderNo, Lost, Mailbox, MessageNo};
use crate::sync::Held;
use crate::world::{MailboxCell, MailboxKind, Who, World};

/// What an operation needs to be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Read the profile.
    Profile,
    /// Read mail, though perhaps without bodies.
    Basic,
    /// Read mail with bodies and attachments.
    Read,
    /// Change mail.
    Write,
    /// Send mail.
    Send,
}

impl Need {
    /// (own mailbox, somebody else's, as the organisation): permissions that suffice.
    const fn permissions(
        self,
    ) -> (
        &'static [&'static str],
        &'static [&'static str],
        &'static [&'static str],
    ) {
        match self {
            Self::Profile => (
                &[
                    "User.Read",
                    "User.ReadWrite",
                    "User.ReadBasic.All",
                    "User.Read.All",
                ],
                &["User.ReadBasic.All", "User.Read.All"],
                &["User.ReadBasic.All", "User.Read.All", "Directory.Read.All"],
            ),
            Self::Basic => (
                &["Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"],
                &[
                    "Mail.ReadBasic.Shared",
                    "Mail.Read.Shared",
                    "Mail.ReadWrite.Shared",
                ],
                &[
                    "Mail.ReadBasic",
                    "Mail.ReadBasic.All",
                    "Mail.Read",
                    "Mail.ReadWrite",
                ],
            ),
            Self::Read => (
                &["Mail.Read", "Mail.ReadWrite"],
                &["Mail.Read.Shared", "Mail.ReadWrite.Shared"],
                &["Mail.Read", "Mail.ReadWrite"],
            ),
            Self::Write => (
                &["Mail.ReadWrite"],
                &["Mail.ReadWrite.Shared"],
                &["Mail.ReadWrite"],
            ),
            Self::Send => (&["Mail.Send"], &["Mail.Send.Shared"], &["Mail.Send"]),
        }
    }
}

/// A caller at a mailbox.
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a Arc<World>,
    pub(crate) call: &'a Call,
    pub(crate) caller: &'a Caller,
    pub(crate) cell: Arc<MailboxCell>,
    /// The path after `me` or `users/x`.
    pub(crate) rest: &'a [String],
    /// Whether ids in the answer are immutable.
    pub(crate) immutable: bool,
    pub(crate) now: Timestamp,
}

/// Finds the mailbox that a path begins with, and what is left of the path. Permissions come later.
pub(crate) fn mailbox_of<'a>(
    world: &World,
    caller: &Caller,
    segments: &'a [String],
) -> Result<(Arc<MailboxCell>, &'a [String]), Refusal> {
    let first = segments.first().map_or("", String::as_str);
    if first.eq_ignore_ascii_case("me") {
        let Some(user_id) = caller.user_id() else {
            return Err(Refusal::bad_request(
                "/me request is only valid with delegated authentication flow.",
            ));
        };
        let cell = world
            .directory
            .mailbox(user_id)
            .ok_or_else(|| invalid_user(user_id))?;
        return Ok((cell, &segments[1..]));
    }
    if !first.eq_ignore_ascii_case("users") {
        return Err(Refusal::unknown_segment(first));
    }
    let Some(name) = segments.get(1) else {
        return Err(Refusal::new(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
        .inner());
    };
    let cell = world
        .directory
        .mailbox(name)
        .ok_or_else(|| invalid_user(name))?;
    // A personal account is in no organisation's directory, and none of the organisation's in the consumers'.
    if cell.tenant(&world.directory) != caller.tenant {
        return Err(invalid_user(name));
    }
    Ok((cell, &segments[2..]))
}

fn invalid_user(name: &str) -> Refusal {
    Refusal::new(
        404,
        "ErrorInvalidUser",
        format!("The requested user '{name}' is invalid."),
    )
}

impl Desk<'_> {
    /// Whether the caller may do this here; refuses if not.
    pub(crate) fn may(&self, need: Need) -> Result<(), Refusal> {
        let (own, shared, organisation) = need.permissions();
        let profile = need == Need::Profile;
        match &self.caller.who {
            Who::Organisation if profile && !self.caller.has_any(organisation) => {
                Err(Refusal::new(
                    403,
                    "Authorization_RequestDenied",
                    "Insufficient privileges to complete the operation.",
                )
                .inner())
            }
            Who::Organisation if profile => Ok(()),
            Who::Organisation => self.organisation_may(organisation),
            Who::Person(user_id) if *user_id == self.cell.user_id => {
                allowed(self.caller.has_any(own))
            }
            Who::Person(_) if profile => allowed(self.caller.has_any(shared)),
            Who::Person(user_id) => {
                let address = self
                    .world
                    .directory
                    .mailbox(user_id)
                    .map(|cell| cell.address.clone())
                    .unwrap_or_default();
                let shared_with = self.cell.shared_with.held();
                let is_shared = shared_with
                    .iter()
                    .any(|with| with.eq_ignore_ascii_case(&address));
                allowed(is_shared && self.caller.has_any(shared))
            }
        }
    }

    fn organisation_may(&self, roles: &[&str]) -> Result<(), Refusal> {
        let app = self.world.directory.app(&self.caller.app);
        if app.is_some_and(|app| !app.reaches(&self.cell.address, self.now)) {
            return Err(Refusal::new(
                403,
                "ErrorAccessDenied",
                "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.",
            ));
        }
        allowed(self.caller.has_any(roles) && self.cell.kind != MailboxKind::Personal)
    }

    /// Refuses to put more into a mailbox whose quota is used up. Which status that has is known from no capture.
    pub(crate) fn has_room(&self) -> Result<(), Refusal> {
        if self.cell.full.load(std::sync::atomic::Ordering::Relaxed) {
            let message = "The mailbox has exceeded its quota.";
            return Err(Refusal::new(507, "ErrorQuotaExceeded", message));
        }
        Ok(())
    }

    /// Who a message from this mailbox's owner is sent by: the owner, or somebody who lets them; `(from, sender)`.
    pub(crate) fn sender(&self, from: Option<&Person>) -> Result<(Person, Person), Refusal> {
        let own = self.read(|mailbox| mailbox.owner.clone());
        let Some(from) = from.filter(|from| !from.address.eq_ignore_ascii_case(&own.address))
        else {
            return Ok((own.clone(), own));
        };
        let other = self.world.directory.mailbox(&from.address);
        let lets = |list: fn(&MailboxCell) -> &std::sync::Mutex<Vec<String>>| {
            let is_own = |address: &String| address.eq_ignore_ascii_case(&own.address);
            let other = other.as_ref();
            other.is_some_and(|other| list(other).held().iter().any(is_own))
        };
        if lets(|cell| &cell.send_as) {
            Ok((from.clone(), from.clone()))
        } else if lets(|cell| &cell.send_on_behalf) {
            Ok((from.clone(), own))
        } else {
            Err(Refusal::new(
                403,
                "ErrorSendAsDenied",
                "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.",
            ))
        }
    }

    /// Reads the mailbox.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Mailbox) -> T) -> T {
        read(&self.cell.content.held())
    }

    /// Edits the mailbox and tells subscribers.
    pub(crate) fn edit<T>(&self, edit: impl FnOnce(&mut Mailbox) -> T) -> T {
        self.world.edit(&self.cell, edit)
    }

    /// The message that an id means: there, and old enough to be readable.
    pub(crate) fn message(&self, mailbox: &Mailbox, id: &str) -> Result<MessageNo, Refusal> {
        let no = mailbox.find_message(id).map_err(|lost| match lost {
            Lost::NotFound => Refusal::item_not_found(),
            Lost::Malformed => Refusal::malformed_id(),
        })?;
        if self.readable(mailbox, no) {
            Ok(no)
        } else {
            Err(Refusal::item_not_found())
        }
    }

    /// Whether the store has caught up with a new message (`readableAfterMs`).
    pub(crate) fn readable(&self, mailbox: &Mailbox, no: MessageNo) -> bool {
        let lag = self.world.faults.now().graph.readable_after_ms;
        lag == 0
            || mailbox
                .arrived(no)
                .is_none_or(|arrived| arrived + std::time::Duration::from_millis(lag) <= self.now)
    }

    /// `{base}/v1.0/$metadata#users('ada%40contoso.test')/` and what follows.
    pub(crate) fn context(&self, rest: &str) -> String {
        let user = self.cell.address.replace('@', "%40").replace('\'', "''");
        format!("{}/v1.0/$metadata#users('{user}')/{rest}", self.call.base)
    }

    /// A `Location` as Graph writes it: flat, by address.
    pub(crate) fn location(&self, collection: &str, id: &str) -> String {
        format!(
            "{}/v1.0/users('{}')/{collection}('{id}')",
            self.call.base, self.cell.address
        )
    }
}

fn allowed(yes: bool) -> Result<(), Refusal> {
    if yes {
        Ok(())
    } else {
        Err(Refusal::access_denied())
    }
}

/// The folder that an id or a well-known name means.
pub(crate) fn find_folder(mailbox: &Mailbox, id_or_name: &str) -> Result<FolderNo, Refusal> {
    use crate::mailbox::Decoded;
    mailbox
        .find_folder(id_or_name)
        .ok_or_else(|| match mailbox.ids.decode(id_or_name) {
            Decoded::Malformed => Refusal::malformed_id(),
            Decoded::Own(..) | Decoded::Foreign => Refusal::item_not_found(),
        })
}
