//! A stored message as the API shows it, its HTML made harmless on the way.

use maildesk_model::MessageId;
use maildesk_model::mailbox::Trouble;
use maildesk_model::message::{Attachment, Body, MessageDetail};

use crate::api::shape::{BodyState, MessageBody, MessageItem, addresses};
use crate::app::App;
use crate::error::Problem;
use crate::html::{self, Inline};

/// HTML longer than this is cleaned on a thread of its own, so that others do not wait for it.
const LONG_HTML: usize = 64 * 1024;

/// What is known of a body that is not here.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Missing {
    /// Being fetched, or not asked for.
    Fetching,
    /// Microsoft cannot give it.
    Unavailable(Trouble),
}

/// The message in JSON. `missing` counts only if its body or its attachments are not here.
pub(crate) async fn render(
    app: &App,
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
        Some(body) => Some(clean(app, body, detail.text.as_deref(), inline).await?),
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

/// The body, cleaned: HTML, or text as HTML.
pub(crate) async fn clean(
    app: &App,
    body: Body,
    text: Option<&str>,
    inline: Inline,
) -> Result<Readable, Problem> {
    let fold = inline.fold.clone();
    if !body.is_html {
        return Ok(as_text(&body.content, fold.as_deref(), false));
    }
    let reduced = || as_text(text.unwrap_or_default(), fold.as_deref(), true);
    if body.content.len() > app.settings.html_max {
        return Ok(reduced());
    }
    let mut nonce = [0_u8; 16];
    app.entropy.fill(&mut nonce);
    let clean = if body.content.len() < LONG_HTML {
        html::clean(&body.content, &inline, nonce)
    } else {
        let content = body.content;
        app.turns
            .take(move || html::clean(&content, &inline, nonce))
            .await?
    };
    Ok(clean.map_or_else(reduced, |clean| Readable {
        html: clean.html,
        has_remote_images: clean.has_remote_images,
        is_reduced: false,
    }))
}

fn as_text(text: &str, fold: Option<&str>, is_reduced: bool) -> Readable {
    Readable {
        html: html::from_foreign_text(text, fold),
        has_remote_images: false,
        is_reduced,
    }
}
