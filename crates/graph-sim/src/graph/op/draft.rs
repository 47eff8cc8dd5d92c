//! The message document that clients send: to create and change drafts, to send mail, and to change flags and the like.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Refusal;
use crate::graph::select::Property;
use crate::mailbox::Patch;
use crate::mailbox::message::{Attachment, Content, Enclosed, Flag, Importance, Person, Text};

/// Headers of its own that a message may have at most [facts 7.5].
const HEADERS: usize = 5;

/// A message document. What is absent stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Draft {
    pub(crate) subject: Option<String>,
    body: Option<Body>,
    pub(crate) from: Option<Recipient>,
    sender: Option<Recipient>,
    to_recipients: Option<Vec<Recipient>>,
    cc_recipients: Option<Vec<Recipient>>,
    bcc_recipients: Option<Vec<Recipient>>,
    reply_to: Option<Vec<Recipient>>,
    pub(crate) importance: Option<Importance>,
    pub(crate) is_read: Option<bool>,
    pub(crate) categories: Option<Vec<String>>,
    pub(crate) flag: Option<Flag>,
    inference_classification: Option<String>,
    internet_message_id: Option<String>,
    internet_message_headers: Option<Vec<Header>>,
    is_delivery_receipt_requested: Option<bool>,
    is_read_receipt_requested: Option<bool>,
    attachments: Option<Vec<NewAttachment>>,
    single_value_extended_properties: Option<Vec<Extended>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    content_type: Option<String>,
    #[serde(default)]
    content: String,
}

/// Graph's `recipient`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recipient {
    email_address: Address,
}

#[derive(Clone, Debug, Deserialize)]
struct Address {
    name: Option<String>,
    #[serde(default)]
    address: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Extended {
    id: String,
    value: String,
}

/// An attachment document.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewAttachment {
    #[serde(rename = "@odata.type", default)]
    kind: String,
    #[serde(default)]
    name: String,
    content_type: Option<String>,
    content_bytes: Option<String>,
    content_id: Option<String>,
    #[serde(default)]
    is_inline: bool,
}

impl Recipient {
    /// Who it is.
    pub(crate) fn person(&self) -> Person {
        let address = self.email_address.address.clone();
        Person {
            name: self
                .email_address
                .name
                .clone()
                .unwrap_or_else(|| address.clone()),
            address,
        }
    }
}

fn people(list: &[Recipient]) -> Vec<Person> {
    list.iter().map(Recipient::person).collect()
}

impl NewAttachment {
    /// The attachment, with the number that its id will hold.
    pub(crate) fn build(self, no: u32, now: Timestamp) -> Result<Attachment, Refusal> {
        if !self.kind.is_empty() && !self.kind.to_ascii_lowercase().ends_with("fileattachment") {
            return Err(Refusal::new(
                400,
                "ErrorInvalidRequest",
                "Only file attachments can be added here.",
            ));
        }
        let bytes = STANDARD.decode(
            self.content_bytes
                .unwrap_or_default()
                .replace(['\r', '\n'], ""),
        );
        let bytes = bytes.map_err(|_| {
            Refusal::bad_request("Cannot convert the literal to the expected type 'Edm.Binary'.")
        })?;
        Ok(Attachment {
            no,
            name: self.name,
            content_type: self
                .content_type
                .unwrap_or_else(|| "application/octet-stream".to_owned()),
            is_inline: self.is_inline,
            content_id: self.content_id,
            modified: now,
            enclosed: Enclosed::File(bytes.into()),
        })
    }
}

impl Draft {
    /// Reads a document. A property that messages do not have is refused.
    pub(crate) fn parse(document: &Value) -> Result<Self, Refusal> {
        let fields = document
            .as_object()
            .ok_or_else(|| Refusal::bad_request("Unable to read JSON request payload."))?;
        for name in fields.keys().filter(|name| !name.contains('@')) {
            let known = Property::ALL.iter().any(|(_, known)| known == name)
                || matches!(
                    name.as_str(),
                    "id" | "attachments"
                        | "singleValueExtendedProperties"
                        | "multiValueExtendedProperties"
                        | "extensions"
                );
            if !known {
                let message = format!(
                    "The property '{name}' does not exist on type 'Microsoft.OutlookServices.Message'. Make sure to only use property names that are defined by the type."
                );
                return Err(Refusal::new(400, "RequestBodyRead", message).inner());
            }
        }
        Self::deserialize(document).map_err(|error| {
            Refusal::new(
                400,
                "RequestBodyRead",
                format!("Unable to read the message: {error}"),
            )
            .inner()
        })
    }

    /// Whether it changes what only a draft may change [facts 7.4].
    pub(crate) fn changes_content(&self) -> bool {
        self.subject.is_some()
            || self.body.is_some()
            || self.from.is_some()
            || self.sender.is_some()
            || self.internet_message_id.is_some()
            || [
                &self.to_recipients,
                &self.cc_recipients,
                &self.bcc_recipients,
                &self.reply_to,
            ]
            .iter()
            .any(|list| list.is_some())
    }

    /// Writes what it says over a content.
    pub(crate) fn apply(&self, content: &mut Content, now: Timestamp) -> Result<(), Refusal> {
        let set = |to: &mut String, from: &Option<String>| {
            if let Some(from) = from {
                to.clone_from(from);
            }
        };
        set(&mut content.subject, &self.subject);
        set(&mut content.internet_message_id, &self.internet_message_id);
        if let Some(body) = &self.body {
            let html = body
                .content_type
                .as_deref()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("html"));
            content.body = if html {
                Text::Html(body.content.clone())
            } else {
                Text::Plain(body.content.clone())
            };
        }
        if let Some(from) = &self.from {
            content.from = Some(from.person());
        }
        let lists = [
            (&mut content.to, &self.to_recipients),
            (&mut content.cc, &self.cc_recipients),
            (&mut content.bcc, &self.bcc_recipients),
            (&mut content.reply_to, &self.reply_to),
        ];
        for (list, given) in lists {
            if let Some(given) = given {
                *list = people(given);
            }
        }
        content.delivery_receipt = self
            .is_delivery_receipt_requested
            .unwrap_or(content.delivery_receipt);
        content.read_receipt = self
            .is_read_receipt_requested
            .unwrap_or(content.read_receipt);
        self.apply_headers(content)?;
        for (no, attachment) in self.attachments.iter().flatten().enumerate() {
            content
                .attachments
                .push(attachment.clone().build(no as u32, now)?);
        }
        content.mime = None;
        Ok(())
    }

    fn apply_headers(&self, content: &mut Content) -> Result<(), Refusal> {
        let given = self.internet_message_headers.as_deref().unwrap_or_default();
        if given.len() > HEADERS {
            let message = format!("The most internet message headers of a message is {HEADERS}.");
            return Err(Refusal::new(
                400,
                "InvalidInternetMessageHeaderCollection",
                message,
            ));
        }
        for header in given {
            if !header.name.to_ascii_lowercase().starts_with("x-") {
                let message = format!(
                    "The internet message header name '{}' should start with 'x-' or 'X-'.",
                    header.name
                );
                return Err(Refusal::new(400, "InvalidInternetMessageHeader", message));
            }
            content
                .headers
                .push((header.name.clone(), header.value.clone()));
        }
        Ok(())
    }

    /// What the extended properties that importers use say: PR_MESSAGE_FLAGS (not a draft, read) and PR_MESSAGE_DELIVERY_TIME [facts 7.5].
    pub(crate) fn import_flags(&self) -> (Option<u32>, Option<Timestamp>) {
        let find = |tag: &str| {
            let all = self.single_value_extended_properties.iter().flatten();
            all.filter(|property| property.id.to_ascii_lowercase().ends_with(tag))
                .map(|property| property.value.as_str())
                .next()
        };
        (
            find("0x0e07").and_then(|flags| flags.parse().ok()),
            find("0x0e06").and_then(crate::graph::filter::instant),
        )
    }

    /// The part of it that any message may have changed.
    pub(crate) fn patch(&self) -> Patch {
        Patch {
            is_read: self.is_read,
            flag: self.flag.clone(),
            categories: self.categories.clone(),
            importance: self.importance,
            other: self
                .inference_classification
                .as_ref()
                .map(|class| class.eq_ignore_ascii_case("other")),
            content: None,
        }
    }
}
