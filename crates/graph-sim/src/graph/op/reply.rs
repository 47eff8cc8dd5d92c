//! `reply`, `replyAll`, `forward` and their `create…` forms [facts 7.5].

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::create_message::{arrival, from_draft};
use super::send_mail::dispatch;
use super::{Draft, message};
use crate::answer::{Outcome, Refusal};
use crate::graph::desk::Desk;
use crate::mailbox::DRAFTS;
use crate::mailbox::message::{Content, Person, Text};
use crate::plain;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Request {
    #[serde(alias = "Message")]
    message: Option<Value>,
    #[serde(alias = "Comment")]
    comment: Option<String>,
    #[serde(alias = "ToRecipients")]
    to_recipients: Option<Value>,
}

/// Answers or forwards at once.
pub(super) fn send(desk: &Desk<'_>, id: &str, way: &str) -> Outcome {
    let content = compose(desk, id, way)?;
    dispatch(desk, content, true)
}

/// Makes a draft of the answer.
pub(super) fn draft(desk: &Desk<'_>, id: &str, way: &str) -> Outcome {
    desk.has_room()?;
    let content = Content {
        is_draft: true,
        ..compose(desk, id, way)?
    };
    let no = desk.edit(|mailbox| mailbox.arrive(arrival(content, DRAFTS, desk.now)));
    message::entity(desk, no, StatusCode::CREATED)
}

fn compose(desk: &Desk<'_>, id: &str, way: &str) -> Result<Content, Refusal> {
    let request: Option<Request> = if desk.call.body.is_empty() {
        None
    } else {
        desk.call
            .json()
            .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?
    };
    let request = request.unwrap_or_default();
    let mut document = request
        .message
        .unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    if request.comment.is_some() && document.get("body").is_some() {
        return Err(Refusal::bad_request(
            "Specify either a comment or the body property of the message, not both.",
        ));
    }
    if let (Some(to), Some(fields)) = (request.to_recipients, document.as_object_mut()) {
        fields.insert("toRecipients".to_owned(), to);
    }
    let draft = Draft::parse(&document)?;
    let original = desk.read(|mailbox| {
        let no = desk.message(mailbox, id)?;
        mailbox
            .content(no, true)
            .map(std::borrow::Cow::into_owned)
            .ok_or_else(Refusal::item_not_found)
    })?;
    let mut content = from_draft(desk, &draft)?;
    address(&mut content, &original, way);
    let prefix = if way == "forward" { "FW: " } else { "RE: " };
    if content.subject.is_empty() {
        let bare = original
            .subject
            .trim_start_matches("RE: ")
            .trim_start_matches("FW: ")
            .trim_start_matches("Re: ");
        content.subject = format!("{prefix}{bare}");
    }
    content.conversation = original.conversation;
    content.conversation_index = [
        original.conversation_index.as_slice(),
        &desk.world.fresh("reply").noise(5),
    ]
    .concat();
    content.headers.push((
        "In-Reply-To".to_owned(),
        original.internet_message_id.clone(),
    ));
    content.headers.push((
        "References".to_owned(),
        original.internet_message_id.clone(),
    ));
    if way == "forward" {
        content
            .attachments
            .extend(original.attachments.iter().cloned());
    }
    content.body = quote(&content.body, request.comment.as_deref(), &original);
    Ok(content)
}

/// Who gets the answer; `replyTo` of the original is honoured.
fn address(content: &mut Content, original: &Content, way: &str) {
    if way == "forward" {
        return;
    }
    let own = content.from.clone().unwrap_or_default();
    let sender = if original.reply_to.is_empty() {
        original.from.clone().into_iter().collect()
    } else {
        original.reply_to.clone()
    };
    let others = |list: &[Person]| {
        list.iter()
            .filter(|person| !person.address.eq_ignore_ascii_case(&own.address))
            .cloned()
            .collect::<Vec<_>>()
    };
    if content.to.is_empty() {
        content.to = sender;
        if way == "replyall" {
            content.to.extend(others(&original.to));
            content.cc = others(&original.cc);
        }
    }
}

fn quote(own: &Text, comment: Option<&str>, original: &Content) -> Text {
    let own = match own {
        Text::Html(html) => html.clone(),
        Text::Plain(text) => plain::escape(text),
    };
    let old = match &original.body {
        Text::Html(html) => html.clone(),
        Text::Plain(text) => plain::to_html(text),
    };
    let from = original
        .from
        .as_ref()
        .map(|from| plain::escape(&from.name))
        .unwrap_or_default();
    Text::Html(format!(
        "{}{own}<hr><div><b>From:</b> {from}<br><b>Subject:</b> {}</div>{old}",
        plain::escape(comment.unwrap_or_default()),
        plain::escape(&original.subject)
    ))
}
