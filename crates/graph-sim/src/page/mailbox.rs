//! `/outlook/{address}`: folders, the newest messages, the one that is open, and a form to write.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::layout::{page, trouble};
use crate::clock::wire;
use crate::graph::preview_of;
use crate::mailbox::message::{Content, FlagStatus, Person, State as MessageState, Text};
use crate::mailbox::{Folder, FolderNo, INBOX, Mailbox, MessageNo, ROOT};
use crate::plain::{escape, to_html};
use crate::sync::Held;
use crate::world::World;

/// Messages on a page.
const PAGE: usize = 50;

/// What of the mailbox is looked at.
#[derive(Deserialize)]
pub(super) struct View {
    folder: Option<String>,
    message: Option<String>,
    #[serde(default)]
    skip: usize,
}

/// Where links and forms of the page point.
pub(super) fn path(address: &str) -> String {
    format!(
        "/outlook/{}",
        utf8_percent_encode(address, NON_ALPHANUMERIC)
    )
}

/// Shows the mailbox.
pub(super) async fn show(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
    Query(view): Query<View>,
) -> Response {
    let Some(cell) = world.directory.mailbox(&address) else {
        return trouble(StatusCode::NOT_FOUND, "There is no such mailbox.");
    };
    let mailbox = cell.content.held();
    let folder = view
        .folder
        .as_deref()
        .and_then(|id| mailbox.find_folder(id))
        .unwrap_or(INBOX);
    let here = path(&cell.address);
    let open = view
        .message
        .as_deref()
        .and_then(|id| mailbox.find_message(id).ok());
    let body = format!(
        "<div class=\"panes\"><nav aria-label=\"Folders\">{}</nav><section class=\"list\" aria-label=\"Messages\">{}</section><section class=\"reading\" aria-label=\"Reading\">{}</section></div>",
        folders(&mailbox, &here, ROOT, folder),
        list(&mailbox, &here, folder, view.skip, open),
        open.map_or_else(
            || write_forms(&here, &cell.address),
            |no| reading(&mailbox, &here, no)
        ),
    );
    let script = format!(
        "<script src=\"/outlook-page/refresh.js\" data-stamp=\"{}\" data-url=\"{here}/stamp\"></script>",
        mailbox.seq()
    );
    page(StatusCode::OK, &cell.display_name, &body, &script)
}

fn folders(mailbox: &Mailbox, here: &str, parent: FolderNo, chosen: FolderNo) -> String {
    let children = mailbox.children(parent, false);
    let one = |folder: &&Folder| {
        let (unread, _) = mailbox.counts(folder);
        let badge = if unread > 0 {
            format!(" <span class=\"badge\">{unread}</span>")
        } else {
            String::new()
        };
        let current = if folder.no == chosen {
            " aria-current=\"page\""
        } else {
            ""
        };
        let id = mailbox.folder_id(folder.no);
        let below = folders(mailbox, here, folder.no, chosen);
        format!(
            "<li><a href=\"{here}?folder={id}\"{current}>{}{badge}</a>{below}</li>",
            escape(&folder.display_name)
        )
    };
    let items = children.iter().map(one).collect::<Vec<_>>().concat();
    if items.is_empty() {
        items
    } else {
        format!("<ul>{items}</ul>")
    }
}

fn list(
    mailbox: &Mailbox,
    here: &str,
    folder: FolderNo,
    skip: usize,
    open: Option<MessageNo>,
) -> String {
    let Some(folder) = mailbox.folder(folder) else {
        return String::new();
    };
    let id = mailbox.folder_id(folder.no);
    let numbers = folder
        .index
        .iter()
        .rev()
        .skip(skip)
        .take(PAGE)
        .map(|no| MessageNo(*no));
    let rows = numbers
        .filter_map(|no| row(mailbox, here, &id, skip, no, open))
        .collect::<Vec<_>>()
        .concat();
    let newer = if skip > 0 {
        format!(
            "<a href=\"{here}?folder={id}&amp;skip={}\">Newer</a>",
            skip.saturating_sub(PAGE)
        )
    } else {
        String::new()
    };
    let older = if skip + PAGE < folder.index.len() {
        format!(
            "<a href=\"{here}?folder={id}&amp;skip={}\">Older</a>",
            skip + PAGE
        )
    } else {
        String::new()
    };
    let rows = if rows.is_empty() {
        "<li class=\"empty\">Nothing here.</li>".to_owned()
    } else {
        rows
    };
    format!(
        "<h1>{} <small>{}</small></h1><a class=\"write\" href=\"{here}?folder={id}\">Write</a><ol>{rows}</ol><p class=\"pages\">{newer} {older}</p>",
        escape(&folder.display_name),
        folder.index.len()
    )
}

fn row(
    mailbox: &Mailbox,
    here: &str,
    folder: &str,
    skip: usize,
    no: MessageNo,
    open: Option<MessageNo>,
) -> Option<String> {
    let (state, content) = (mailbox.state(no)?, mailbox.content(no, false)?);
    let classes = if state.is_read {
        ""
    } else {
        " class=\"unread\""
    };
    let current = if open == Some(no) {
        " aria-current=\"true\""
    } else {
        ""
    };
    let flag = if state.flag.status == FlagStatus::Flagged {
        " ⚑"
    } else {
        ""
    };
    let clip = if content.has_attachments() {
        " 📎"
    } else {
        ""
    };
    Some(format!(
        "<li{classes}><a href=\"{here}?folder={folder}&amp;skip={skip}&amp;message={}\"{current}><b>{}</b><time>{}</time><span>{}{flag}{clip}</span><small>{}</small></a></li>",
        mailbox.immutable_id(no),
        escape(&name(content.from.as_ref())),
        wire(content.received)
            .replace('T', " ")
            .trim_end_matches('Z'),
        escape(if content.subject.is_empty() {
            "(no subject)"
        } else {
            &content.subject
        }),
        escape(&preview_of(&content).chars().take(90).collect::<String>()),
    ))
}

fn name(person: Option<&Person>) -> String {
    person
        .map(|person| {
            if person.name.is_empty() {
                person.address.clone()
            } else {
                person.name.clone()
            }
        })
        .unwrap_or_default()
}

fn reading(mailbox: &Mailbox, here: &str, no: MessageNo) -> String {
    let (Some(state), Some(content)) = (mailbox.state(no), mailbox.content(no, true)) else {
        return String::new();
    };
    let html = match &content.body {
        Text::Html(html) => html.clone(),
        Text::Plain(text) => to_html(text),
    };
    let to = content
        .to
        .iter()
        .map(|person| escape(&name(Some(person))))
        .collect::<Vec<_>>()
        .join(", ");
    let files = content
        .attachments
        .iter()
        .map(|one| {
            format!(
                "<li>{} <small>{} bytes</small></li>",
                escape(&one.name),
                one.size()
            )
        })
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<h2>{}</h2><p><b>{}</b> <small>{}</small><br>To {to}</p>{}{}<iframe sandbox title=\"Message\" srcdoc=\"{}\"></iframe>",
        escape(&content.subject),
        escape(&name(content.from.as_ref())),
        wire(content.received),
        buttons(mailbox, here, no, &state),
        if files.is_empty() {
            files
        } else {
            format!("<ul class=\"files\">{files}</ul>")
        },
        escape(&html),
    ) + &answer_form(here, &content)
}

fn buttons(mailbox: &Mailbox, here: &str, no: MessageNo, state: &MessageState) -> String {
    let button =
        |act: &str, label: &str| format!("<button name=\"act\" value=\"{act}\">{label}</button>");
    let read = if state.is_read {
        button("unread", "Mark unread")
    } else {
        button("read", "Mark read")
    };
    let flag = if state.flag.status == FlagStatus::Flagged {
        button("unflag", "Clear flag")
    } else {
        button("flag", "Flag")
    };
    let targets = mailbox
        .folders()
        .iter()
        .filter(|folder| mailbox.in_scope(folder.no) && folder.no != state.folder);
    let options = targets
        .map(|folder| {
            format!(
                "<option value=\"{}\">{}</option>",
                mailbox.folder_id(folder.no),
                escape(&folder.display_name)
            )
        })
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<form class=\"buttons\" method=\"post\" action=\"{here}/message/{}\">{read}{flag}{}<label>Move to <select name=\"to\">{options}</select></label>{}</form>",
        mailbox.immutable_id(no),
        button("delete", "Delete"),
        button("move", "Move")
    )
}

fn answer_form(here: &str, content: &Content) -> String {
    let to = content
        .from
        .as_ref()
        .map_or("", |from| from.address.as_str());
    let subject = if content.subject.starts_with("Re: ") {
        content.subject.clone()
    } else {
        format!("Re: {}", content.subject)
    };
    format!(
        "<details><summary>Answer</summary>{}</details>",
        compose(
            &format!("{here}/send"),
            "Send",
            to,
            &subject,
            &content.internet_message_id,
            ""
        )
    )
}

/// The two ways to write: as the mailbox's owner, and to them from outside.
fn write_forms(here: &str, address: &str) -> String {
    let from = "<label>From <input name=\"from\" type=\"email\" required value=\"grace@fabrikam.example\"></label><label>Name <input name=\"name\" value=\"Grace Hopper\"></label>";
    let inside = compose(&format!("{here}/send"), "Send", "", "", "", "");
    let outside = compose(
        &format!("{here}/deliver"),
        "Let it arrive",
        address,
        "",
        "",
        from,
    );
    format!(
        "<h2>Write to this mailbox from outside</h2>{outside}<h2>Write from this mailbox</h2>{inside}"
    )
}

fn compose(
    action: &str,
    label: &str,
    to: &str,
    subject: &str,
    answers: &str,
    from: &str,
) -> String {
    format!(
        "<form class=\"compose\" method=\"post\" action=\"{action}\">{from}<label>To <input name=\"to\" value=\"{}\" required></label>\
<label>Subject <input name=\"subject\" value=\"{}\"></label><label>Text <textarea name=\"text\" rows=\"6\"></textarea></label>\
<input type=\"hidden\" name=\"answers\" value=\"{}\"><button>{label}</button></form>",
        escape(to),
        escape(subject),
        escape(answers)
    )
}
