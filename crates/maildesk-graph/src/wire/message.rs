//! Messages: read with the difference between missing and null kept, written as patches.

use maildesk_model::Timestamp;
use maildesk_model::meeting::{Meeting, MeetingKind};
use maildesk_model::message::{Address, Body, Flag, FlagDates, Importance, RemoteMessage};
use serde::{Deserialize, Serialize};

use super::attachment::Attachment;
use super::page::Item;
use super::said;
use crate::message::{MessagePatch, NewMail};

/// The pane for mail that is not in focus.
pub(crate) const OTHER: &str = "other";
/// The type of a body that is HTML.
pub(crate) const HTML: &str = "html";
/// The type of a body that is text.
pub(crate) const TEXT: &str = "text";

/// Missing, null, or a value.
type Said<T> = Option<Option<T>>;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Message {
    pub(crate) id: String,
    #[serde(deserialize_with = "said")]
    pub(crate) parent_folder_id: Said<String>,
    #[serde(deserialize_with = "said")]
    pub(crate) subject: Said<String>,
    #[serde(deserialize_with = "said")]
    pub(crate) from: Said<Recipient>,
    #[serde(deserialize_with = "said")]
    pub(crate) sender: Said<Recipient>,
    #[serde(deserialize_with = "said")]
    pub(crate) to_recipients: Said<Vec<Recipient>>,
    #[serde(deserialize_with = "said")]
    pub(crate) cc_recipients: Said<Vec<Recipient>>,
    #[serde(deserialize_with = "said")]
    pub(crate) bcc_recipients: Said<Vec<Recipient>>,
    #[serde(deserialize_with = "said")]
    pub(crate) reply_to: Said<Vec<Recipient>>,
    #[serde(deserialize_with = "said")]
    pub(crate) received_date_time: Said<String>,
    #[serde(deserialize_with = "said")]
    pub(crate) sent_date_time: Said<String>,
    #[serde(deserialize_with = "said")]
    pub(crate) last_modified_date_time: Said<String>,
    #[serde(deserialize_with = "said")]
    pub(crate) body_preview: Said<String>,
    #[serde(deserialize_with = "said")]
    pub(crate) is_read: Said<bool>,
    #[serde(deserialize_with = "said")]
    pub(crate) is_draft: Said<bool>,
    #[serde(deserialize_with = "said")]
    pub(crate) flag: Said<FollowupFlag>,
    #[serde(deserialize_with = "said")]
    pub(crate) importance: Said<String>,
    #[serde(deserialize_with = "said")]
    pub(crate) inference_classification: Said<String>,
    #[serde(deserialize_with = "said")]
    pub(crate) has_attachments: Said<bool>,
    #[serde(deserialize_with = "said")]
    pub(crate) categories: Said<Vec<String>>,
    #[serde(deserialize_with = "said")]
    pub(crate) conversation_id: Said<String>,
    #[serde(deserialize_with = "said")]
    pub(crate) internet_message_id: Said<String>,
    #[serde(deserialize_with = "said")]
    pub(crate) web_link: Said<String>,
    /// There where it is more than a message, whatever was selected.
    #[serde(rename = "@odata.type")]
    pub(crate) odata_type: Option<String>,
    // What follows is an event message's, and comes only where nothing was selected.
    pub(crate) meeting_message_type: Option<String>,
    #[serde(rename = "type")]
    pub(crate) event_type: Option<String>,
    pub(crate) is_all_day: Option<bool>,
    pub(crate) start_date_time: Option<DateTimeTimeZone>,
    pub(crate) end_date_time: Option<DateTimeTimeZone>,
    pub(crate) location: Option<Location>,
    pub(crate) body: Option<ItemBody>,
    pub(crate) attachments: Option<Vec<Attachment>>,
    /// There when an expanded list is not whole; the list is then taken as not said.
    #[serde(rename = "attachments@odata.nextLink")]
    pub(crate) attachments_next: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Recipient {
    pub(crate) email_address: Option<EmailAddress>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EmailAddress {
    pub(crate) name: Option<String>,
    pub(crate) address: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct FollowupFlag {
    pub(crate) flag_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start_date_time: Option<DateTimeTimeZone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due_date_time: Option<DateTimeTimeZone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completed_date_time: Option<DateTimeTimeZone>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DateTimeTimeZone {
    pub(crate) date_time: Option<String>,
    pub(crate) time_zone: Option<String>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Location {
    pub(crate) display_name: Option<String>,
}

#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ItemBody {
    pub(crate) content_type: Option<String>,
    pub(crate) content: Option<String>,
}

impl std::fmt::Debug for ItemBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ItemBody(…)")
    }
}

/// The body of a sendMail.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SendMail<'a> {
    pub(crate) message: Outgoing<'a>,
    pub(crate) save_to_sent_items: bool,
}

/// A message that is written and not read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outgoing<'a> {
    pub(crate) subject: &'a str,
    pub(crate) body: ItemBody,
    pub(crate) to_recipients: Vec<Receiver<'a>>,
    pub(crate) importance: &'static str,
}

/// Somebody a message goes to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receiver<'a> {
    pub(crate) email_address: OnlyAddress<'a>,
}

/// An address without a name.
#[derive(Serialize)]
pub(crate) struct OnlyAddress<'a> {
    pub(crate) address: &'a str,
}

impl<'a> From<&'a NewMail> for SendMail<'a> {
    fn from(mail: &'a NewMail) -> Self {
        let importance = if mail.important {
            Importance::High
        } else {
            Importance::Normal
        };
        let to = mail.to.iter().map(|address| Receiver {
            email_address: OnlyAddress { address },
        });
        Self {
            message: Outgoing {
                subject: &mail.subject,
                body: ItemBody {
                    content_type: Some(TEXT.to_owned()),
                    content: Some(mail.text.clone()),
                },
                to_recipients: to.collect(),
                importance: importance.name(),
            },
            save_to_sent_items: true,
        }
    }
}

/// The body of a PATCH: only what changes stands in it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Patch<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_read: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flag: Option<FollowupFlag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) categories: Option<&'a [String]>,
}

impl<'a> From<&'a MessagePatch> for Patch<'a> {
    fn from(patch: &'a MessagePatch) -> Self {
        Self {
            is_read: patch.is_read,
            flag: patch.flag.map(|flag| {
                let due = patch.due.filter(|_| flag == Flag::Flagged);
                let day = due.and_then(DateTimeTimeZone::day);
                FollowupFlag {
                    flag_status: Some(flag_status(flag).to_owned()),
                    // Graph takes no due date without a start.
                    start_date_time: day.clone(),
                    due_date_time: day,
                    completed_date_time: None,
                }
            }),
            categories: patch.categories.as_deref(),
        }
    }
}

/// The body of a move. The metadata spells it `DestinationId`; Graph's pages and traffic use the
/// camel case, and names of action parameters are compared without regard to it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Move<'a> {
    pub(crate) destination_id: &'a str,
}

/// Graph's name of a flag.
pub(crate) const fn flag_status(flag: Flag) -> &'static str {
    match flag {
        Flag::None => "notFlagged",
        Flag::Flagged => "flagged",
        Flag::Complete => "complete",
    }
}

fn flag(status: Option<&str>) -> Flag {
    let status = status.unwrap_or_default();
    [Flag::Flagged, Flag::Complete]
        .into_iter()
        .find(|flag| flag_status(*flag).eq_ignore_ascii_case(status))
        .unwrap_or(Flag::None)
}

impl FollowupFlag {
    fn dates(&self) -> FlagDates {
        let read = |at: &Option<DateTimeTimeZone>| at.as_ref().and_then(DateTimeTimeZone::instant);
        FlagDates {
            start: read(&self.start_date_time),
            due: read(&self.due_date_time),
            completed: read(&self.completed_date_time),
        }
    }
}

impl DateTimeTimeZone {
    /// A day, as its midnight in UTC.
    fn day(at: Timestamp) -> Option<Self> {
        let at = jiff::Timestamp::from_microsecond(at.as_micros()).ok()?;
        let day = at.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        Some(Self {
            date_time: Some(format!("{day}T00:00:00")),
            time_zone: Some("UTC".to_owned()),
        })
    }

    /// The instant, where the zone is one that is known by its IANA name or is UTC; Windows zone
    /// names are not resolved, and the date is left out rather than shown wrong.
    fn instant(&self) -> Option<Timestamp> {
        let text = self.date_time.as_deref()?;
        if let Some(at) = Timestamp::parse(text) {
            return Some(at);
        }
        let local: jiff::civil::DateTime = text.parse().ok()?;
        let zone = self.time_zone.as_deref().unwrap_or("UTC");
        let zone = if zone.eq_ignore_ascii_case("utc") || zone.is_empty() {
            jiff::tz::TimeZone::UTC
        } else {
            jiff::tz::TimeZone::get(zone).ok()?
        };
        let at = local.to_zoned_datetime(zone).ok()?.timestamp();
        Some(Timestamp::from_micros(at.as_microsecond()))
    }
}

impl Recipient {
    fn into_address(self) -> Address {
        let mail = self.email_address.unwrap_or_default();
        Address {
            name: mail.name.unwrap_or_default(),
            address: mail.address.unwrap_or_default(),
        }
    }
}

/// One author: null, or a recipient without any address, is none.
fn author(recipient: Option<Recipient>) -> Option<Address> {
    recipient
        .map(Recipient::into_address)
        .filter(|address| *address != Address::default())
}

fn addresses(recipients: Option<Vec<Recipient>>) -> Vec<Address> {
    recipients
        .unwrap_or_default()
        .into_iter()
        .map(Recipient::into_address)
        .collect()
}

fn importance(name: Option<&str>) -> Importance {
    Importance::from_name(&name.unwrap_or_default().to_ascii_lowercase()).unwrap_or_default()
}

/// The type of an event that is none of a series.
pub(crate) const SINGLE: &str = "singleInstance";

/// What a message about a meeting is, by Graph's names; the one that leaves it open is misspelled
/// there, and both spellings are taken.
pub(crate) const MEETINGS: [(&str, MeetingKind); 6] = [
    ("meetingRequest", MeetingKind::Request),
    ("meetingCancelled", MeetingKind::Cancelled),
    ("meetingAccepted", MeetingKind::Accepted),
    ("meetingTenativelyAccepted", MeetingKind::Tentative),
    ("meetingTentativelyAccepted", MeetingKind::Tentative),
    ("meetingDeclined", MeetingKind::Declined),
];

/// An instant that was said; null or unreadable is as good as not said.
fn instant(text: Said<String>) -> Option<Timestamp> {
    Timestamp::parse(&text??)
}

impl ItemBody {
    fn into_model(self) -> Body {
        Body {
            is_html: self
                .content_type
                .is_some_and(|kind| kind.eq_ignore_ascii_case(HTML)),
            content: self.content.unwrap_or_default(),
        }
    }
}

impl Message {
    /// What it tells of a meeting, if it is about one.
    fn meeting(&mut self) -> Option<Meeting> {
        let kind = self.odata_type.as_deref()?;
        let kind = kind.rsplit('.').next().unwrap_or_default();
        let is = |name: &str| kind.eq_ignore_ascii_case(name);
        let is_request = is("eventMessageRequest");
        if !is_request && !is("eventMessage") && !is("eventMessageResponse") {
            return None;
        }
        let said = self.meeting_message_type.take();
        let said = said.and_then(|said| {
            let known = |(name, _): &&(&str, _)| said.eq_ignore_ascii_case(name);
            MEETINGS.iter().find(known).map(|(_, kind)| *kind)
        });
        let at = |at: &Option<DateTimeTimeZone>| at.as_ref().and_then(DateTimeTimeZone::instant);
        Some(Meeting {
            kind: said.or(is_request.then_some(MeetingKind::Request)),
            starts_at: at(&self.start_date_time),
            ends_at: at(&self.end_date_time),
            is_all_day: self.is_all_day,
            repeats: self
                .event_type
                .take()
                .map(|event| !event.eq_ignore_ascii_case(SINGLE)),
            location: self.location.take().and_then(|place| place.display_name),
        })
    }

    /// The answer to a write on `message`, which may have said nothing at all.
    pub(crate) fn into_model_of(self, message: &str) -> RemoteMessage {
        let mut model = self.into_model();
        if model.remote_id.is_empty() {
            message.clone_into(&mut model.remote_id);
        }
        model
    }
}

impl Item for Message {
    type Model = RemoteMessage;

    fn id(&self) -> &str {
        &self.id
    }

    fn into_model(mut self) -> RemoteMessage {
        let whole_list = self.attachments_next.is_none();
        let meeting = self.meeting();
        RemoteMessage {
            remote_id: self.id,
            folder: self.parent_folder_id.flatten(),
            subject: self.subject.map(Option::unwrap_or_default),
            from: self.from.map(author),
            sender: self.sender.map(author),
            to: self.to_recipients.map(addresses),
            cc: self.cc_recipients.map(addresses),
            bcc: self.bcc_recipients.map(addresses),
            reply_to: self.reply_to.map(addresses),
            received_at: instant(self.received_date_time),
            sent_at: instant(self.sent_date_time),
            modified_at: instant(self.last_modified_date_time),
            preview: self.body_preview.map(Option::unwrap_or_default),
            is_read: self.is_read.flatten(),
            is_draft: self.is_draft.flatten(),
            flag_dates: self
                .flag
                .as_ref()
                .map(|flag| flag.as_ref().map(FollowupFlag::dates).unwrap_or_default()),
            flag: self
                .flag
                .map(|said| flag(said.and_then(|flag| flag.flag_status).as_deref())),
            importance: self.importance.map(|name| importance(name.as_deref())),
            is_other: self
                .inference_classification
                .map(|name| name.is_some_and(|name| name.eq_ignore_ascii_case(OTHER))),
            has_attachments: self.has_attachments.flatten(),
            categories: self.categories.map(Option::unwrap_or_default),
            conversation: self.conversation_id.map(Option::unwrap_or_default),
            internet_message_id: self.internet_message_id.map(Option::unwrap_or_default),
            web_link: self.web_link.map(Option::unwrap_or_default),
            meeting,
            body: self.body.map(ItemBody::into_model),
            attachments: self
                .attachments
                .filter(|_| whole_list)
                .map(|list| list.into_iter().map(Item::into_model).collect()),
        }
    }
}
