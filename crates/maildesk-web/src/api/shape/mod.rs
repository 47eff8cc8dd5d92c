//! The shapes of the API's JSON, and how the nouns become them. Nothing else in the program
//! knows them; a field that is renamed here breaks clients.

mod draft;
mod folder;
mod mailbox;
mod message;
mod names;
mod person;
mod push;

pub(crate) use draft::{DraftBody, DraftFileBody, DraftItem};
pub(crate) use folder::FolderBody;
pub(crate) use mailbox::MailboxBody;
pub(crate) use message::{
    AddressBody, BodyState, MessageBody, MessageChangedBody, MessageItem, addresses,
};
pub(crate) use names::{ConnectionName, DraftKindName, FlagName, ImportanceName, IntentStateName};
pub(crate) use person::{AccessBody, UserBody};
pub(crate) use push::PushBody;

use maildesk_model::Timestamp;
use maildesk_model::mailbox::Trouble;
use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An instant, RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339())
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("An instant, RFC 3339 in UTC."))
            .build()
            .into()
    }
}

impl ToSchema for Instant {}

/// Bytes, in the description only: they are streamed and never a value.
pub(crate) enum Binary {}

impl PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .build()
            .into()
    }
}

impl ToSchema for Binary {}

/// A page of a list.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    /// What is on this page, in the list's order.
    pub(crate) items: Vec<T>,
    /// Ask with this as `cursor` for the next page; null on the last one.
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

/// What is wrong, in three parts.
#[derive(Serialize, ToSchema, Debug, Clone, PartialEq, Eq)]
#[schema(as = Trouble)]
pub(crate) struct TroubleBody {
    /// A stable word for programs, or Graph's own code.
    pub(crate) code: String,
    /// What happened, in plain words.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) remedy: String,
}

impl From<Trouble> for TroubleBody {
    fn from(trouble: Trouble) -> Self {
        let Trouble {
            code,
            message,
            remedy,
        } = trouble;
        Self {
            code,
            message,
            remedy,
        }
    }
}
