//! Names of states and kinds: the model's own, with a schema that lists them.

use maildesk_model::Role;
use maildesk_model::draft::{DraftKind, DraftState};
use maildesk_model::folder::WellKnown;
use maildesk_model::intent::IntentState;
use maildesk_model::mailbox::{Connection, MailboxState};
use maildesk_model::meeting::MeetingKind;
use maildesk_model::message::{Flag, Importance};
use maildesk_model::push::PushState;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! names {
    ($($(#[$doc:meta])* $shape:ident, $noun:ident, $about:literal, $all:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) struct $shape(pub(crate) $noun);

        impl Serialize for $shape {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.name())
            }
        }

        impl<'de> Deserialize<'de> for $shape {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                $noun::from_name(&name).map(Self).ok_or_else(|| {
                    let known = $all.map(|noun: $noun| noun.name()).join(", ");
                    de::Error::custom(format!("expected one of {known}"))
                })
            }
        }

        impl PartialSchema for $shape {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::String))
                    .enum_values(Some($all.map(|noun: $noun| noun.name())))
                    .description(Some($about))
                    .build()
                    .into()
            }
        }

        impl ToSchema for $shape {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($noun).into()
            }
        }
    )*};
}

names! {
    /// How a mailbox is reached.
    ConnectionName, Connection, "How a mailbox is reached.",
        [Connection::GraphDelegated, Connection::GraphApplication, Connection::ImapSmtp];
    /// A mailbox's state.
    MailboxStateName, MailboxState, "How a mailbox is doing.", MailboxState::ALL;
    /// The state of push.
    PushStateName, PushState, "How push is doing for a mailbox.", PushState::ALL;
    /// A follow-up flag.
    FlagName, Flag, "The follow-up flag.", [Flag::None, Flag::Flagged, Flag::Complete];
    /// Importance.
    ImportanceName, Importance, "How important the sender called it.",
        [Importance::Low, Importance::Normal, Importance::High];
    /// What a message about a meeting is.
    MeetingKindName, MeetingKind, "What a message about a meeting is.", MeetingKind::ALL;
    /// What a draft is to its origin.
    DraftKindName, DraftKind, "What a draft is to the message it begins with.", DraftKind::ALL;
    /// Where a draft stands.
    DraftStateName, DraftState, "Where a draft stands.", DraftState::ALL;
    /// A role.
    RoleName, Role, "What a person may do.", [Role::User, Role::Administrator];
    /// A folder that Graph knows by name.
    WellKnownName, WellKnown, "The name Graph knows the folder by.", WellKnown::ALL;
}

/// Where an intent stands.
#[derive(Serialize, ToSchema, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = IntentState)]
pub(crate) enum IntentStateName {
    /// On its way.
    Waiting,
    /// Carried out and confirmed.
    Done,
    /// Refused; what was shown has been put back.
    Refused,
}

impl From<&IntentState> for IntentStateName {
    fn from(state: &IntentState) -> Self {
        match state {
            IntentState::Waiting => Self::Waiting,
            IntentState::Done => Self::Done,
            IntentState::Refused(_) => Self::Refused,
        }
    }
}
