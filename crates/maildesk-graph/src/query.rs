//! Addresses of Graph's resources, spelled once: paths, selections, filters.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::message::Want;

/// The fields of a message that MailDesk keeps, all selected in every list, delta and read that
/// brings no body.
/// `isRead` must be among them, or read toggles give no delta item at all (recorded.md 5.1b).
/// Changing this list means raising [`SELECT_VERSION`](crate::message::SELECT_VERSION).
pub(crate) const MESSAGE_FIELDS: [&str; 23] = [
    "id",
    "parentFolderId",
    "subject",
    "from",
    "sender",
    "toRecipients",
    "ccRecipients",
    "bccRecipients",
    "replyTo",
    "receivedDateTime",
    "sentDateTime",
    "lastModifiedDateTime",
    "bodyPreview",
    "isRead",
    "isDraft",
    "flag",
    "importance",
    "inferenceClassification",
    "hasAttachments",
    "categories",
    "conversationId",
    "internetMessageId",
    "webLink",
];

/// Asks for HTML where there is HTML; plain text stays plain (facts.md 7.1).
pub(crate) const BODY_AS_HTML: &str = "outlook.body-content-type=\"html\"";

/// The order of every list of messages, and the only one message delta knows (facts.md 5.1).
pub(crate) const NEWEST_FIRST: &str = "receivedDateTime desc";

/// The fields of the signed-in user that tell who it is.
pub(crate) const USER_FIELDS: [&str; 4] = ["id", "mail", "userPrincipalName", "displayName"];

/// The field of the signed-in user that holds the addresses their mailbox answers to.
pub(crate) const ALIASES_FIELD: &str = "proxyAddresses";

/// The fields of a folder that MailDesk keeps.
pub(crate) const FOLDER_FIELDS: [&str; 7] = [
    "id",
    "displayName",
    "parentFolderId",
    "childFolderCount",
    "unreadItemCount",
    "totalItemCount",
    "isHidden",
];

/// The fields of an attachment; `contentBytes` is never among them.
pub(crate) const ATTACHMENT_FIELDS: [&str; 5] = ["id", "name", "contentType", "size", "isInline"];

/// A field only file attachments have; a cast is how OData names it.
pub(crate) const FILE_ATTACHMENT_FIELD: &str = "microsoft.graph.fileAttachment/contentId";

/// What stays readable in a path segment. Ids are base64 with `-`, `_` and `=`; everything else
/// (a slash in an id above all) is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// An id that nothing has: ids are base64, which has no such sign.
const NOBODY: &str = "~";

/// What stays readable in a query value: what OData expressions are made of.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b',')
    .remove(b':')
    .remove(b'/')
    .remove(b'(')
    .remove(b')')
    .remove(b'$')
    .remove(b'=');

/// An address under construction.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    url: String,
    has_query: bool,
}

impl Address {
    /// `base` (with its version or tenant) and nothing after it.
    pub(crate) fn new(base: impl Into<String>) -> Self {
        Self {
            url: base.into(),
            has_query: false,
        }
    }

    /// Appends a path segment of ours, as it is.
    pub(crate) fn then(mut self, segment: &str) -> Self {
        self.url.push('/');
        self.url.push_str(segment);
        self
    }

    /// Appends a foreign path segment, encoded. One that a path would lead back by, for which there is
    /// no spelling (a URL takes `%2E%2E` for `..` too), becomes one that is nobody's id.
    pub(crate) fn id(mut self, segment: &str) -> Self {
        self.url.push('/');
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        if matches!(plain.as_str(), "" | "." | "..") {
            self.url.push_str(NOBODY);
        } else {
            self.url.extend(utf8_percent_encode(segment, SEGMENT));
        }
        self
    }

    /// Appends a query parameter; the name as it is, the value encoded.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.url.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        write!(self.url, "{name}={}", utf8_percent_encode(value, VALUE))
            .expect("writing to a string cannot fail");
        self
    }

    /// `$select` of the message fields, and `$expand` of the attachments where they are wanted.
    ///
    /// With the body nothing is selected: what an invitation has beyond a message is refused in a
    /// `$select` (github.com/microsoftgraph/microsoft-graph-docs/issues/2018), and without one it comes
    /// (learn.microsoft.com/graph/api/eventmessage-get). Beside a body the rest is little.
    pub(crate) fn selecting_message(self, want: Want) -> Self {
        let address = if want.body {
            self
        } else {
            self.with("$select", &MESSAGE_FIELDS.join(","))
        };
        if want.attachments {
            let expand = format!("attachments($select={})", attachment_select());
            address.with("$expand", &expand)
        } else {
            address
        }
    }

    /// The finished address.
    pub(crate) fn finish(self) -> String {
        self.url
    }
}

/// The `$select` of attachments.
pub(crate) fn attachment_select() -> String {
    format!("{},{FILE_ATTACHMENT_FIELD}", ATTACHMENT_FIELDS.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_segments_cannot_leave_their_place() {
        let address = Address::new("https://g/v1.0")
            .then("users")
            .id("o'brien+x@contoso.test")
            .then("messages")
            .id("AAMk/../..?a=b#c%")
            .finish();
        assert_eq!(
            address,
            "https://g/v1.0/users/o%27brien%2Bx%40contoso.test/messages/AAMk%2F..%2F..%3Fa%3Db%23c%25"
        );
    }

    #[test]
    fn no_segment_leads_back() {
        for segment in ["", ".", "..", "%2e", "%2E%2e", ".%2E"] {
            let address = Address::new("https://g/v1.0/users/me")
                .then("messages")
                .id(segment)
                .with("$select", "id")
                .finish();
            let url = url::Url::parse(&address).unwrap();
            assert_eq!(url.path(), "/v1.0/users/me/messages/~", "{segment}");
        }
        let three = Address::new("https://g").id("...").finish();
        assert_eq!(three, "https://g/...");
    }

    #[test]
    fn query_values_are_encoded_and_stay_readable() {
        let address = Address::new("https://g/v1.0/me/messages")
            .with("$filter", "receivedDateTime le 2024-01-02T03:04:05Z")
            .with("$top", "5")
            .finish();
        assert_eq!(
            address,
            "https://g/v1.0/me/messages?$filter=receivedDateTime%20le%202024-01-02T03:04:05Z&$top=5"
        );
    }

    #[test]
    fn body_and_attachments_come_only_when_wanted() {
        let plain = Address::new("x").selecting_message(Want::FIELDS).finish();
        assert!(
            !plain.contains("body,") && !plain.ends_with(",body") && !plain.contains("$expand")
        );
        let all = Address::new("x").selecting_message(Want::ALL).finish();
        assert!(all.starts_with("x?$expand=attachments($select=id,name,"));
        assert!(all.ends_with("microsoft.graph.fileAttachment/contentId)"));
    }
}
