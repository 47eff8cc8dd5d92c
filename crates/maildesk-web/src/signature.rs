//! Signatures in use: placeholders filled in, and the element that holds one in a mail.
//!
//! A signature becomes part of what somebody writes before they see it, so that what goes out is what
//! they saw. What programs send by the API stays what they gave.

use maildesk_model::MailboxId;
use maildesk_model::signature::SIGNATURE_MAX;
use maildesk_store::contract::{SignedMailbox, User};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Problem;
use crate::html;

/// Why a signature is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SignatureError {
    /// It is longer than a signature may be.
    TooLong,
    /// It is nested more deeply than any text.
    TooDeep,
}

/// A signature that was typed, made harmless. What shows nothing is none.
pub(crate) fn checked(typed: &str) -> Result<String, SignatureError> {
    if typed.len() > SIGNATURE_MAX {
        return Err(SignatureError::TooLong);
    }
    let clean = html::signature(typed).ok_or(SignatureError::TooDeep)?;
    if clean.len() > SIGNATURE_MAX {
        return Err(SignatureError::TooLong);
    }
    if html::shows_none(&clean, |letter| !letter.is_whitespace()) {
        return Ok(String::new());
    }
    Ok(clean)
}

/// A signature as this person's mail from this mailbox has it: with their name and the mailbox's
/// address and name where it says `{name}`, `{email}` and `{mailbox}`.
pub(crate) fn filled(signature: &str, user: &User, mailbox: &SignedMailbox) -> String {
    let placeholders = [
        ("{name}", &*user.name),
        ("{email}", &*mailbox.address),
        ("{mailbox}", &*mailbox.name),
    ];
    let filled = fill(signature, &placeholders);
    // Cleaned once more, so that a better cleaner counts for what was kept before it.
    html::signature(&filled).unwrap_or_default()
}

/// Puts values in for what stands for them; what a value says is not looked at again.
fn fill(signature: &str, placeholders: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(signature.len() + 64);
    let mut rest = signature;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let known = placeholders.iter().find(|(name, _)| from.starts_with(name));
        if let Some((name, value)) = known {
            filled.push_str(&html::escape(value));
            rest = &from[name.len()..];
        } else {
            filled.push('{');
            rest = &from[1..];
        }
    }
    filled.push_str(rest);
    filled
}

/// What a mail begins with that has this signature: room to write, a blank line, and the signature in
/// its element. Nothing where there is none.
pub(crate) fn beginning(signature: &str) -> String {
    if signature.is_empty() {
        return String::new();
    }
    format!(
        "<div><br></div><div><br></div><div class=\"{}\">{signature}</div>",
        html::SIGNATURE
    )
}

/// The signature of the caller's mail from this mailbox, filled in, and whether answers get it.
pub(crate) async fn in_use(
    app: &App,
    caller: &Caller,
    mailbox: MailboxId,
) -> Result<(String, bool), Problem> {
    let signed = app.store.signature(caller.viewer, mailbox).await?;
    let signed = signed.ok_or_else(Problem::not_found)?;
    let user = app.store.user(caller.viewer.user).await?;
    Ok(user.map_or_else(Default::default, |user| {
        let signature = filled(signed.signatures.in_use(), &user, &signed);
        (signature, user.sign_answers)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in_once_and_stay_text() {
        let placeholders = [("{name}", "Bo <{email}>"), ("{email}", "a@b.test")];
        let filled = |text| fill(text, &placeholders);
        assert_eq!(filled("{name}"), "Bo &lt;{email}&gt;");
        assert_eq!(
            filled("<a href=\"mailto:{email}\">{email}</a> {"),
            "<a href=\"mailto:a@b.test\">a@b.test</a> {"
        );
        assert_eq!(
            filled("{NAME} {{name}} {other}"),
            "{NAME} {Bo &lt;{email}&gt;} {other}"
        );
    }

    #[test]
    fn what_is_too_long_or_shows_nothing_is_no_signature() {
        assert_eq!(checked("<b>Bo</b>").unwrap(), "<b>Bo</b>");
        assert_eq!(checked("<div><br></div> ").unwrap(), "");
        let longest = "x".repeat(SIGNATURE_MAX);
        assert_eq!(checked(&longest).unwrap(), longest);
        assert_eq!(checked(&(longest + "x")), Err(SignatureError::TooLong));
        // Cleaned it is longer than it was typed.
        let grows = "&".repeat(SIGNATURE_MAX / 2);
        assert_eq!(checked(&grows), Err(SignatureError::TooLong));
        assert_eq!(
            checked(&"<p><i>".repeat(2000)),
            Err(SignatureError::TooDeep)
        );
    }

    #[test]
    fn a_mail_begins_with_room_above_the_signature() {
        assert_eq!(beginning(""), "");
        let begun = beginning("<b>Bo</b>");
        assert_eq!(
            begun,
            "<div><br></div><div><br></div><div class=\"maildesk-signature\"><b>Bo</b></div>"
        );
        assert_eq!(
            html::written(&begun).unwrap(),
            begun,
            "nothing of it is cleaned away"
        );
    }
}
