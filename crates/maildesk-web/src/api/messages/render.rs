//! A stored message as the API shows it, its HTML made harmless on the way.

use maildesk_model::mailbox::Trouble;
use maildesk_model::message::{Attachment, Body, MessageDetail};
use maildesk_model::{MessageId, UserId};

use crate::api::shape::{BodyState, MessageBody, MessageItem, addresses};
use crate::app::App;
use crate::error::Problem;
use crate::html::{self, Inline};

/// What is longer is made fit when its reader's turn comes, so that others do not wait for it.
const LONG: usize = 64 * 1024;

/// What is known of a body that is not here.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Missing {
    /// Being fetched, or not asked for.
    Fetching,
    /// Microsoft cannot give it.
    Unavailable(Trouble),
}

/// The message in JSON, for somebody. `missing` counts only if its body or its attachments are not here.
pub(crate) async fn render(
    app: &App,
    person: UserId,
    detail: MessageDetail,
    missing: Missing,
) -> Result<MessageBody, Problem> {
    let (body_state, body_trouble) = match missing {
        _ if is_whole(&detail) => (BodyState::Here, None),
        Missing::Fetching => (BodyState::Fetching, None),
        Missing::Unavailable(trouble) => (BodyState::Unavailable, Some(trouble.into())),
    };
    let attachments = detail.attachments.unwrap_or_default();
    let inline = inline_parts(app, detail.summary.id, &attachments);
    let clean = match detail.body {
        Some(body) => Some(clean(app, person, body, detail.text.as_deref(), inline).await?),
        None => None,
    };
    let (body_html, has_remote_images) = clean.map_or((None, false), |clean| {
        (Some(clean.html), clean.has_remote_images)
    });
    Ok(MessageBody {
        item: MessageItem::from(detail.summary),
        sender: detail.sender.map(Into::into),
        cc: addresses(detail.cc),
        bcc: addresses(detail.bcc),
        reply_to: addresses(detail.reply_to),
        body_text: body_html.is_some().then(|| detail.text.unwrap_or_default()),
        body_html,
        body_state,
        body_trouble,
        has_remote_images,
        attachments: attachments.into_iter().map(Into::into).collect(),
    })
}

/// Whether everything is here.
pub(crate) const fn is_whole(detail: &MessageDetail) -> bool {
    detail.body.is_some() && detail.attachments.is_some()
}

/// Where the `cid:` links of a body lead.
pub(crate) fn inline_parts(app: &App, message: MessageId, attachments: &[Attachment]) -> Inline {
    let parts = attachments.iter().filter_map(|attachment| {
        let content_id = attachment.content_id.clone()?;
        Some((content_id, attachment.id))
    });
    Inline {
        message: Some(message),
        parts: parts.collect(),
        own_hosts: app.own.known(app).hosts.clone(),
        fold: None,
    }
}

/// A body that can be shown.
pub(crate) struct Readable {
    /// Its HTML.
    pub(crate) html: String,
    /// Whether there are remote images that were not loaded.
    pub(crate) has_remote_images: bool,
    /// Whether only the words are left of HTML that asks for too much.
    pub(crate) is_reduced: bool,
}

/// The body, cleaned for somebody who opens it: HTML, or text as HTML.
pub(crate) async fn clean(
    app: &App,
    person: UserId,
    body: Body,
    text: Option<&str>,
    inline: Inline,
) -> Result<Readable, Problem> {
    let mut nonce = [0_u8; 16];
    app.entropy.fill(&mut nonce);
    let html_max = app.settings.html_max;
    let is_short = body.content.len() < LONG;
    let text = text.unwrap_or_default().to_owned();
    let work = move || cleaned(&body, &text, &inline, html_max, nonce);
    if is_short {
        Ok(work())
    } else {
        app.turns.take(person, work).await
    }
}

fn cleaned(body: &Body, text: &str, inline: &Inline, html_max: usize, nonce: [u8; 16]) -> Readable {
    let fold = inline.fold.as_deref();
    if !body.is_html {
        return as_text(&body.content, fold, false);
    }
    let is_cleaned = body.content.len() <= html_max;
    let clean = is_cleaned.then(|| html::clean(&body.content, inline, nonce));
    match clean.flatten() {
        Some(clean) => Readable {
            html: clean.html,
            has_remote_images: clean.has_remote_images,
            is_reduced: false,
        },
        None => as_text(text, fold, true),
    }
}

fn as_text(text: &str, fold: Option<&str>, is_reduced: bool) -> Readable {
    Readable {
        html: html::from_foreign_text(text, fold),
        has_remote_images: false,
        is_reduced,
    }
}
