//! `$select` over the properties of a message, in the order in which Graph writes them.

use crate::answer::Refusal;

macro_rules! properties {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// A property of a message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Property { $(#[doc = $name] $variant),* }

        impl Property {
            /// All of them, in Graph's order.
            pub(crate) const ALL: &'static [(Self, &'static str)] = &[$((Self::$variant, $name)),*];
        }
    };
}

properties! {
    CreatedDateTime = "createdDateTime",
    LastModifiedDateTime = "lastModifiedDateTime",
    ChangeKey = "changeKey",
    Categories = "categories",
    ReceivedDateTime = "receivedDateTime",
    SentDateTime = "sentDateTime",
    HasAttachments = "hasAttachments",
    InternetMessageId = "internetMessageId",
    InternetMessageHeaders = "internetMessageHeaders",
    Subject = "subject",
    BodyPreview = "bodyPreview",
    Importance = "importance",
    ParentFolderId = "parentFolderId",
    ConversationId = "conversationId",
    ConversationIndex = "conversationIndex",
    IsDeliveryReceiptRequested = "isDeliveryReceiptRequested",
    IsReadReceiptRequested = "isReadReceiptRequested",
    IsRead = "isRead",
    IsDraft = "isDraft",
    WebLink = "webLink",
    InferenceClassification = "inferenceClassification",
    UniqueBody = "uniqueBody",
    Body = "body",
    Sender = "sender",
    From = "from",
    ToRecipients = "toRecipients",
    CcRecipients = "ccRecipients",
    BccRecipients = "bccRecipients",
    ReplyTo = "replyTo",
    Flag = "flag",
}

/// A set of properties. `id` is always in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Select(u64);

impl Select {
    /// What comes without `$select`: everything but what must be asked for [facts 7.1].
    pub(crate) fn all() -> Self {
        Self(u64::MAX)
            .without(Property::InternetMessageHeaders)
            .without(Property::UniqueBody)
    }

    /// Nothing but the id.
    pub(crate) const fn none() -> Self {
        Self(0)
    }

    /// Reads a `$select`.
    pub(crate) fn parse(list: &str) -> Result<Self, Refusal> {
        let mut select = Self(0);
        for name in list
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            match Property::ALL
                .iter()
                .find(|(_, known)| known.eq_ignore_ascii_case(name))
            {
                Some((property, _)) => select = select.with(*property),
                None if name.eq_ignore_ascii_case("id") || name.starts_with('@') => {}
                None if name == "*" => select = Self(select.0 | Self::all().0),
                None => return Err(unknown_property(name, "Message")),
            }
        }
        Ok(select)
    }

    /// Whether a property is in it.
    pub(crate) const fn has(self, property: Property) -> bool {
        self.0 & (1 << property as u8) != 0
    }

    /// With a property.
    pub(crate) const fn with(self, property: Property) -> Self {
        Self(self.0 | 1 << property as u8)
    }

    /// Without a property.
    pub(crate) const fn without(self, property: Property) -> Self {
        Self(self.0 & !(1 << property as u8))
    }

    /// Only what is in both.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What a caller with `Mail.ReadBasic` may not see.
    pub(crate) fn basic(self) -> Self {
        self.without(Property::Body)
            .without(Property::UniqueBody)
            .without(Property::BodyPreview)
    }
}

/// 400 of a property that a type does not have.
pub(crate) fn unknown_property(name: &str, kind: &str) -> Refusal {
    Refusal::new(
        400,
        "RequestBroker--ParseUri",
        format!(
            "Could not find a property named '{name}' on type 'Microsoft.OutlookServices.{kind}'."
        ),
    )
    .inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_select_holds_what_it_names_and_refuses_the_unknown() {
        let select = Select::parse("id, Subject,isRead").expect("known");
        assert!(
            select.has(Property::Subject)
                && select.has(Property::IsRead)
                && !select.has(Property::Body)
        );
        assert!(Select::parse("subject,colour").is_err());
        assert!(!Select::all().has(Property::InternetMessageHeaders));
    }
}
