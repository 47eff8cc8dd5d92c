//! The text of a draft as it comes in: addresses, subject and HTML, each within its limits.

use maildesk_model::UserId;
use maildesk_model::draft::{BODY_MAX, DraftText, RECIPIENTS_MAX, SUBJECT_MAX};
use maildesk_model::message::Address;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::shape::ImportanceName;
use crate::app::App;
use crate::check;
use crate::error::{FieldError, Problem};
use crate::html;

/// Characters of a name that goes with an address.
pub(super) const NAME_MAX: usize = 200;

/// Somebody a mail goes to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Recipient)]
pub(crate) struct RecipientBody {
    /// What they are called; may be empty.
    #[serde(default)]
    name: String,
    /// Their mail address.
    #[schema(max_length = 254)]
    address: String,
}

/// What somebody wrote.
pub(super) struct Written {
    pub(super) to: Vec<RecipientBody>,
    pub(super) cc: Vec<RecipientBody>,
    pub(super) bcc: Vec<RecipientBody>,
    pub(super) subject: String,
    pub(super) body_html: String,
    pub(super) quotes: bool,
    pub(super) importance: ImportanceName,
}

/// The text that this person wrote, checked and made harmless.
pub(super) async fn checked(
    app: &App,
    person: UserId,
    written: Written,
) -> Result<DraftText, Problem> {
    let mut errors = Vec::new();
    let mut people = |field: &str, list: Vec<RecipientBody>| -> Vec<Address> {
        let mut checked = Vec::with_capacity(list.len());
        for (n, one) in list.into_iter().enumerate() {
            match recipient(&format!("{field}[{n}]"), one) {
                Ok(address) => checked.push(address),
                Err(error) => errors.push(error),
            }
        }
        checked
    };
    let (to, cc, bcc) = (
        people("to", written.to),
        people("cc", written.cc),
        people("bcc", written.bcc),
    );
    if to.len() + cc.len() + bcc.len() > RECIPIENTS_MAX {
        let message = format!("a mail goes to at most {RECIPIENTS_MAX}");
        errors.push(FieldError::new("to", message));
    }
    let subject = subject(&written.subject).unwrap_or_else(|error| {
        errors.push(error);
        String::new()
    });
    let body = body(app, person, written.body_html)
        .await?
        .unwrap_or_else(|error| {
            errors.push(error);
            String::new()
        });
    if !errors.is_empty() {
        return Err(Problem::wrong(errors));
    }
    Ok(DraftText {
        to,
        cc,
        bcc,
        subject,
        body,
        quotes: written.quotes,
        importance: written.importance.0,
    })
}

fn recipient(field: &str, one: RecipientBody) -> Result<Address, FieldError> {
    let name = one.name.trim();
    if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        let message = format!("the name may have {NAME_MAX} characters, none of control");
        return Err(FieldError::new(field, message));
    }
    Ok(Address {
        name: name.to_owned(),
        address: check::whole_address(field, &one.address)?,
    })
}

fn subject(text: &str) -> Result<String, FieldError> {
    if text.chars().count() > SUBJECT_MAX {
        let message = format!("must have at most {SUBJECT_MAX} characters");
        return Err(FieldError::new("subject", message));
    }
    // A line break would end the header.
    if text.chars().any(char::is_control) {
        return Err(FieldError::new("subject", "must be one line"));
    }
    Ok(text.to_owned())
}

/// HTML longer than this is cleaned when its author's turn comes, so that others do not wait for it.
const LONG_HTML: usize = 64 << 10;

async fn body(
    app: &App,
    person: UserId,
    text: String,
) -> Result<Result<String, FieldError>, Problem> {
    if text.len() < LONG_HTML {
        return Ok(clean(&text));
    }
    app.turns.take(person, move || clean(&text)).await
}

fn clean(text: &str) -> Result<String, FieldError> {
    let too_long = || {
        let message = format!("must have at most {BODY_MAX} bytes");
        FieldError::new("bodyHtml", message)
    };
    if text.len() > BODY_MAX {
        return Err(too_long());
    }
    let clean = html::written(text)
        .ok_or_else(|| FieldError::new("bodyHtml", "is nested more deeply than any mail"))?;
    if clean.len() > BODY_MAX {
        return Err(too_long());
    }
    Ok(clean)
}
