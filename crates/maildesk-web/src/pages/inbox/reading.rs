//! The reading pane: everything of a message but its body, which is a frame of its own.

use maildesk_model::folder::{Folder, WellKnown};
use maildesk_model::message::{Address, Attachment, Flag, Importance, MessageDetail};

use super::due::{self, Due};
use super::list;
use super::palette::{Label, Palette};
use super::view::View;
use crate::api::messages::disposition;
use crate::foreign;
use crate::pages::shell::Shell;
use crate::pages::time::Shown;

/// An open message.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) id: String,
    /// The id of its mailbox, for the script and for answers.
    pub(super) lies_in: String,
    /// Whether it is being written still.
    pub(super) is_draft: bool,
    pub(super) subject: String,
    pub(super) from: Option<Address>,
    /// Who really sent it, where that differs.
    pub(super) sender: Option<Address>,
    pub(super) to: String,
    pub(super) cc: String,
    pub(super) bcc: String,
    pub(super) received: Shown,
    pub(super) is_unread: bool,
    pub(super) is_flagged: bool,
    pub(super) is_important: bool,
    /// Each with the address of the list of its category.
    pub(super) labels: Vec<(Label, String)>,
    pub(super) due: Option<Due>,
    pub(super) web_link: String,
    pub(super) attachments: Vec<File>,
    /// Whether the list of attachments is not here yet.
    pub(super) is_coming: bool,
    pub(super) can_archive: bool,
    /// Deleting here is for good.
    pub(super) is_last_delete: bool,
    pub(super) targets: Vec<(String, String)>,
    /// The list without the open message.
    pub(super) back: String,
    /// This very view.
    pub(super) here: String,
    pub(super) body: String,
    pub(super) body_with_images: String,
}

/// An attachment to open.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) size: String,
    pub(super) path: String,
}

/// What is shown of a message.
pub(super) fn reading(
    shell: &Shell,
    view: &View,
    detail: &MessageDetail,
    folders: &[Folder],
    palette: &Palette,
) -> Reading {
    let message = &detail.summary;
    let well_known = |known| {
        folders
            .iter()
            .find(|folder| folder.well_known == Some(known))
    };
    let lies_in = folders.iter().find(|folder| folder.id == message.folder);
    let archive = well_known(WellKnown::Archive);
    let attachments = detail.attachments.as_deref().unwrap_or_default();
    Reading {
        id: message.id.to_string(),
        lies_in: message.mailbox.to_string(),
        is_draft: message.is_draft,
        subject: list::subject(shell.words, message),
        from: message.from.as_ref().map(shown),
        sender: detail
            .sender
            .as_ref()
            .filter(|sender| Some(*sender) != message.from.as_ref())
            .map(shown),
        to: people(&message.to),
        cc: people(&detail.cc),
        bcc: people(&detail.bcc),
        received: shell.time_of(message.received_at),
        is_unread: !message.is_read,
        is_flagged: message.flag == Flag::Flagged,
        is_important: message.importance == Importance::High,
        labels: palette
            .labels(message.mailbox, &message.categories)
            .into_iter()
            .map(|label| {
                let path = View::of_category(Some(message.mailbox), &label.name).path();
                (label, path)
            })
            .collect(),
        due: message.due.map(|due| due::shown(shell, due)),
        web_link: safe_link(&message.web_link),
        attachments: attachments
            .iter()
            .filter(|one| !one.is_inline)
            .map(|one| file(shell, one))
            .collect(),
        is_coming: detail.attachments.is_none(),
        can_archive: archive.is_some_and(|archive| archive.id != message.folder),
        is_last_delete: lies_in.and_then(|folder| folder.well_known)
            == Some(WellKnown::DeletedItems),
        targets: folders
            .iter()
            .filter(|folder| folder.id != message.folder)
            .map(|folder| (folder.id.to_string(), foreign::line(&folder.name)))
            .collect(),
        back: view.opening(None).path(),
        here: view.path(),
        body: format!("/messages/{}/body", message.id),
        body_with_images: format!("/messages/{}/body?images=yes", message.id),
    }
}

fn file(shell: &Shell, attachment: &Attachment) -> File {
    let name = if attachment.name.is_empty() {
        shell.words.say("nameless-file").into_owned()
    } else {
        // As it is saved, so that what one sees is what one gets.
        disposition::file_name(&attachment.name)
    };
    File {
        name,
        size: size(attachment.size),
        path: format!(
            "/api/v1/messages/{}/attachments/{}",
            attachment.message, attachment.id
        ),
    }
}

fn shown(one: &Address) -> Address {
    Address {
        name: foreign::line(&one.name),
        address: foreign::line(&one.address),
    }
}

fn people(addresses: &[Address]) -> String {
    let one = |one: &Address| match (one.name.as_str(), one.address.as_str()) {
        ("", address) => foreign::isolated(address),
        (name, "") => foreign::isolated(name),
        (name, address) if name == address => foreign::isolated(name),
        (name, address) => format!(
            "{} <{}>",
            foreign::isolated(name),
            foreign::isolated(address)
        ),
    };
    addresses.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Bytes as people say them.
fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// Outlook's address of a message comes from outside: only the web is led to.
fn safe_link(link: &str) -> String {
    if link.starts_with("https://") {
        link.to_owned()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, wanted) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_500, "1 kB"),
            (2_340_000, "2.3 MB"),
        ] {
            assert_eq!(size(bytes), wanted);
        }
    }

    #[test]
    fn only_the_web_is_led_to() {
        assert_eq!(
            safe_link("https://outlook.example/x"),
            "https://outlook.example/x"
        );
        for bad in ["javascript:alert(1)", "http://x", "", "data:text/html,x"] {
            assert_eq!(safe_link(bad), "");
        }
    }
}
