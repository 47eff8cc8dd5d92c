//! One message of an open conversation: a line, and unfolded all of it but its body, which is a
//! frame of its own.

use maildesk_model::MessageId;
use maildesk_model::message::{Address, Attachment, Flag, MessageDetail};

use super::meeting::{self, MeetingNote};
use super::preview;
use super::reading::{Open, safe_link};
use super::view::View;
use crate::api::messages::disposition;
use crate::foreign;
use crate::pages::shell::Shell;
use crate::pages::time::Shown;

/// A message of a conversation.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) id: String,
    /// Whether it is the one that was opened.
    pub(super) is_opened: bool,
    /// Whether it has buttons of its own, because the toolbar is about another one or about several.
    pub(super) has_acts: bool,
    /// Whether it is shown whole from the beginning.
    pub(super) is_unfolded: bool,
    pub(super) is_unread: bool,
    pub(super) is_draft: bool,
    pub(super) is_flagged: bool,
    pub(super) has_attachments: bool,
    /// In which folder it lies, where that is another one than that of the opened message.
    pub(super) folder: Option<String>,
    pub(super) who: String,
    /// Of the author, where there is a name besides.
    pub(super) address: String,
    /// Who really sent it, where that differs.
    pub(super) sender: Option<Address>,
    pub(super) to: String,
    pub(super) cc: String,
    /// Where answers go, if not to who wrote.
    pub(super) reply_to: String,
    pub(super) bcc: String,
    pub(super) received: Shown,
    pub(super) preview: String,
    /// What it tells of a meeting, if it is about one.
    pub(super) meeting: Option<MeetingNote>,
    pub(super) attachments: Vec<File>,
    /// Whether the list of attachments is not here yet.
    pub(super) is_coming: bool,
    /// This view with this message opened.
    pub(super) path: String,
    pub(super) body: String,
    pub(super) body_with_images: String,
    /// Where one says that pictures of this author are loaded always; none without an author.
    pub(super) always_with_images: Option<String>,
    /// What its frame is called; no two alike.
    pub(super) title: String,
}

/// An attachment to open.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) size: String,
    pub(super) path: String,
    /// Where it can be looked at, if it can.
    pub(super) preview: Option<String>,
}

/// Where answers go, if anywhere but to who wrote.
fn reply_to(detail: &MessageDetail) -> String {
    let from = detail.summary.from.as_ref();
    let is_from =
        |one: &Address| from.is_some_and(|from| from.address.eq_ignore_ascii_case(&one.address));
    if detail.reply_to.iter().all(is_from) {
        return String::new();
    }
    people(&detail.reply_to)
}

/// What is shown of a message beside the others of its conversation.
/// `is_one_of_several`: the toolbar is about more than the opened one, too.
pub(super) fn card(
    shell: &Shell,
    view: &View,
    detail: &MessageDetail,
    open: &Open,
    is_one_of_several: bool,
) -> Card {
    let message = &detail.summary;
    let opened = &open.detail.summary;
    let is_opened = message.id == opened.id;
    let folder = open.folders.iter().find(|one| one.id == message.folder);
    let from = message.from.as_ref().map(shown).unwrap_or_default();
    let received = shell.time_of(message.received_at);
    let has_author = !from.address.is_empty();
    let attachments = detail.attachments.as_deref().unwrap_or_default();
    let (who, address) = match (from.name, from.address) {
        (name, address) if name.is_empty() && address.is_empty() => {
            (shell.words.say("nobody").into_owned(), address)
        }
        (name, address) if name.is_empty() => (address, name),
        both => both,
    };
    Card {
        id: message.id.to_string(),
        is_opened,
        has_acts: !is_opened || is_one_of_several,
        is_unfolded: is_opened || !message.is_read,
        is_unread: !message.is_read,
        is_draft: message.is_draft,
        is_flagged: message.flag == Flag::Flagged,
        has_attachments: message.has_attachments,
        folder: folder
            .filter(|_| message.folder != opened.folder)
            .map(|folder| foreign::line(&folder.name)),
        title: if is_opened {
            shell.words.say("body-title").into_owned()
        } else {
            let of = format!("{}, {}", foreign::isolated(&who), received.exact);
            shell.words.fill("body-title-of", of.as_str()).into_owned()
        },
        meeting: message.meeting.as_ref().map(|about| {
            let link = safe_link(&message.web_link);
            meeting::note(shell, about, &who, &link)
        }),
        who,
        address,
        sender: detail
            .sender
            .as_ref()
            .filter(|sender| Some(*sender) != message.from.as_ref())
            .map(shown),
        to: people(&message.to),
        cc: people(&detail.cc),
        reply_to: reply_to(detail),
        bcc: people(&detail.bcc),
        received,
        preview: foreign::line(&message.preview),
        attachments: attachments
            .iter()
            .filter(|one| !one.is_inline)
            .map(|one| file(shell, one))
            .collect(),
        is_coming: detail.attachments.is_none(),
        path: if open.is_grouped {
            view.opening_alone(message.id).path()
        } else {
            view.opening(Some(message.id)).path()
        },
        body: body(message.id, "", view),
        body_with_images: body(message.id, "yes", view),
        always_with_images: has_author.then(|| format!("/messages/{}/pictures", message.id)),
    }
}

/// The address of a body, in which what the list was searched for is marked.
fn body(message: MessageId, images: &str, view: &View) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("images", images), ("q", &view.words)] {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    let sign = if query.is_empty() { "" } else { "?" };
    format!("/messages/{message}/body{sign}{query}")
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
        preview: preview::shown_as(attachment).map(|_| {
            let (message, id) = (attachment.message, attachment.id);
            format!("/messages/{message}/attachments/{id}/preview")
        }),
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
}
