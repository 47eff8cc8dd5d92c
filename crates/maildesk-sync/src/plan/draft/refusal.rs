//! Why a draft is not saved or sent, in words, with what its author can do.

use maildesk_graph::GraphError;
use maildesk_model::mailbox::Trouble;

/// Why we ourselves refuse, or what the author should know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Why {
    /// The copy is gone at Graph.
    DeletedInOutlook,
    /// It went while it was being sent, and nobody knows whether it was.
    LostWhileSending,
    /// Graph promised to send it and did not.
    PromisedInVain,
    /// The mail that is to be handed on is gone.
    OriginGone,
    /// It was changed here and in Outlook.
    AlsoChangedInOutlook,
}

/// The refusal in words.
pub(crate) fn refusal(why: Why) -> Trouble {
    let (code, message, remedy) = match why {
        Why::DeletedInOutlook => (
            "deleted_in_outlook",
            "This draft was deleted in Outlook. What you wrote is still here.",
            "Send or change it, and it is put there again; or throw it away.",
        ),
        Why::LostWhileSending => (
            "lost_while_sending",
            "Microsoft did not say whether it sent this mail, and does not know it any more.",
            "Look in Sent Items and Deleted Items whether it has gone out before you send it again.",
        ),
        Why::PromisedInVain => (
            "not_sent_yet",
            "Microsoft said that it would send this mail, but it still lies in Drafts.",
            "Send it again. If that happens more than once, look at it in Outlook.",
        ),
        Why::OriginGone => (
            "original_gone",
            "The mail you are forwarding was deleted, and its files with it.",
            "Start a new mail, or take the original out of Deleted Items and forward it again.",
        ),
        Why::AlsoChangedInOutlook => (
            "also_changed_in_outlook",
            "This draft was also changed in Outlook. What you wrote here is what counts.",
            "Nothing to do, unless something from Outlook is missing here.",
        ),
    };
    trouble(code, message, remedy)
}

fn trouble(code: &str, message: &str, remedy: &str) -> Trouble {
    Trouble {
        code: code.to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// What Graph says no with when a draft is saved or sent, and what it means. Codes of Exchange keep
/// their names in Graph; any other stays in Graph's own words.
const KNOWN: [(&str, &str, &str); 8] = [
    (
        "ErrorSendAsDenied",
        "Microsoft does not let this mailbox send in that name.",
        "Ask an administrator for the permission to send as this mailbox, or write from another one.",
    ),
    (
        "ErrorInvalidRecipients",
        "Microsoft does not take one of the addresses this mail goes to.",
        "Check each address for a slip of the pen, then send again.",
    ),
    (
        "ErrorMessageSizeExceeded",
        "This mail is larger than Microsoft takes from this mailbox.",
        "Take a file out or send a link to it; leave out the quoted mail if that is what is large.",
    ),
    (
        "ErrorQuotaExceeded",
        "The mailbox is full, so Microsoft takes no more drafts and sends no mail from it.",
        "Delete or archive mail in Outlook, empty Deleted Items, then send again.",
    ),
    (
        "ErrorExceededMessageLimit",
        "This mailbox has sent as many mails as Microsoft allows for now.",
        "Send it again later; the limit is counted over a day.",
    ),
    (
        "ErrorMessageSubmissionBlocked",
        "Microsoft has blocked sending from this mailbox, mostly because of suspected spam.",
        "Ask an administrator to look at restricted users in the Microsoft 365 admin center.",
    ),
    (
        "ErrorAccessDenied",
        "Microsoft does not let MailDesk write or send in this mailbox.",
        "Ask an administrator to check that the app has Mail.ReadWrite and Mail.Send for it.",
    ),
    (
        "ErrorMimeContentConversionFailed",
        "Microsoft could not make a mail of what was written.",
        "Paste the text again without its formatting, then send.",
    ),
];

/// Graph's refusal in words.
pub(crate) fn told(error: &GraphError) -> Trouble {
    let code = match error.status() {
        413 => "ErrorMessageSizeExceeded",
        507 => "ErrorQuotaExceeded",
        _ => error.code(),
    };
    let known = KNOWN
        .iter()
        .find(|(known, _, _)| known.eq_ignore_ascii_case(code));
    match known {
        Some((code, message, remedy)) => trouble(code, message, remedy),
        None => error.trouble(),
    }
}
