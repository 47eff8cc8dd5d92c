//! What a notification says, field by field as recorded [facts 3.1, 4; recorded 3.1, 4].
//!
//! Everything here is written in the order of the recordings. Basic notifications carry ids only; there is no `id`, `sequence` or `encryptedContent`.

use serde::Serialize;

/// The body of one POST.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Collection<'a> {
    pub(crate) value: Vec<&'a Item>,
    /// Seen beside lifecycle notifications in 2023.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) validation_tokens: Vec<&'a str>,
}

/// The `clientState` of a notification: as registered, or null.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Secret {
    Text(String),
    Null(()),
}

/// One notification in a POST.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Item {
    /// A message changed.
    Change(Box<ChangeItem>),
    /// Something about the subscription itself, in the form captured in 2026.
    Lifecycle(Box<LifecycleItem>),
    /// The same in the form captured in 2023.
    FormerLifecycle(Box<FormerLifecycleItem>),
    /// The same in the form of the documentation.
    DocumentedLifecycle(Box<DocumentedLifecycleItem>),
}

/// What happened to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ChangeType {
    Created,
    Updated,
    Deleted,
}

impl ChangeType {
    /// The name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ChangeType::Created => "created",
            ChangeType::Updated => "updated",
            ChangeType::Deleted => "deleted",
        }
    }
}

/// A notification about a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangeItem {
    pub(crate) subscription_id: String,
    /// Seven digits and `+00:00` [recorded 3.1].
    pub(crate) subscription_expiration_date_time: String,
    pub(crate) change_type: ChangeType,
    /// Equal to `@odata.id` below [recorded 3.1].
    pub(crate) resource: String,
    pub(crate) resource_data: ResourceData,
    /// Missing altogether where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_state: Option<Secret>,
    /// Empty for a personal account [facts 3.1].
    pub(crate) tenant_id: String,
    /// What only some notifications carry.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) rare: Option<Rare>,
}

/// Fields that were seen in some notifications: an id of its own, and nulls.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rare {
    pub(crate) id: String,
    pub(crate) sequence: (),
    pub(crate) encrypted_content: (),
}

/// Which message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ResourceData {
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    #[serde(rename = "@odata.id")]
    odata_id: String,
    #[serde(rename = "@odata.etag")]
    odata_etag: String,
    id: String,
}

impl ResourceData {
    /// Points at a message of a user, by the id that the subscription asked for.
    pub(crate) fn message(user_id: &str, message_id: &str, etag: &str) -> Self {
        Self {
            odata_type: "#Microsoft.Graph.Message",
            odata_id: format!("Users/{user_id}/Messages/{message_id}"),
            odata_etag: etag.to_owned(),
            id: message_id.to_owned(),
        }
    }

    /// The path that `resource` repeats.
    pub(crate) fn path(&self) -> &str {
        &self.odata_id
    }

    /// The same, but of another message.
    pub(crate) fn but_of(&self, message_id: &str) -> Self {
        let owner = self.odata_id.split('/').nth(1).unwrap_or_default();
        Self::message(owner, message_id, &self.odata_etag)
    }

    /// The id of the message.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The type as some notifications write it.
    pub(crate) fn in_small_letters(&mut self) {
        self.odata_type = "#microsoft.graph.message";
    }
}

/// What happened to a subscription. Unknown names may be sent too: new kinds may appear, and receivers must ignore them [facts 4].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct LifecycleEvent(std::borrow::Cow<'static, str>);

impl LifecycleEvent {
    /// Its access token, or it itself, nears its end.
    pub(crate) const REAUTHORIZATION_REQUIRED: Self =
        Self(std::borrow::Cow::Borrowed("reauthorizationRequired"));
    /// It is gone.
    pub(crate) const SUBSCRIPTION_REMOVED: Self =
        Self(std::borrow::Cow::Borrowed("subscriptionRemoved"));
    /// Some notifications were not delivered.
    pub(crate) const MISSED: Self = Self(std::borrow::Cow::Borrowed("missed"));

    /// The name on the wire.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

/// A lifecycle notification as captured in April 2026 [recorded 4].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LifecycleItem {
    subscription_id: String,
    encrypted_content: Option<String>,
    /// Stands where the documentation has `tenantId`.
    organization_id: String,
    lifecycle_event: LifecycleEvent,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_state: Option<Secret>,
    subscription_expiration_date_time: String,
    resource: String,
    resource_change_type: Option<String>,
    resource_data: LifecycleResource,
}

/// A lifecycle notification as captured in 2023, when a list of tokens came with it [facts 4; recorded, table].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FormerLifecycleItem {
    lifecycle_event: LifecycleEvent,
    subscription_id: String,
    /// Always empty.
    resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_state: Option<Secret>,
    sequence: (),
    resource_data: (),
    encrypted_content: (),
    organization_id: String,
    subscription_expiration_date_time: String,
    #[serde(skip)]
    validation_token: String,
}

/// The subscription as a resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct LifecycleResource {
    #[serde(rename = "@odata.id")]
    odata_id: String,
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    id: String,
}

/// A lifecycle notification as documented [facts 4].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocumentedLifecycleItem {
    subscription_id: String,
    subscription_expiration_date_time: String,
    tenant_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_state: Option<Secret>,
    lifecycle_event: LifecycleEvent,
}

/// Which of the forms that were described a lifecycle notification takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// That of the capture of 2026.
    Captured,
    /// That of the capture of 2023.
    Former,
    /// That of the documentation.
    Documented,
}

/// The facts that all lifecycle forms are made of.
#[derive(Clone, Debug)]
pub(crate) struct LifecycleFacts {
    pub(crate) subscription_id: String,
    pub(crate) expires: String,
    pub(crate) tenant: String,
    pub(crate) client_state: Option<Secret>,
    pub(crate) event: LifecycleEvent,
    /// What stands beside the former form.
    pub(crate) validation_token: String,
}

impl LifecycleFacts {
    /// In one of the forms.
    pub(crate) fn item(self, form: Form) -> Item {
        match form {
            Form::Captured => self.captured(),
            Form::Former => Item::FormerLifecycle(Box::new(FormerLifecycleItem {
                lifecycle_event: self.event,
                subscription_id: self.subscription_id,
                resource: String::new(),
                client_state: self.client_state,
                sequence: (),
                resource_data: (),
                encrypted_content: (),
                organization_id: self.tenant,
                subscription_expiration_date_time: self.expires,
                validation_token: self.validation_token,
            })),
            Form::Documented => Item::DocumentedLifecycle(Box::new(DocumentedLifecycleItem {
                subscription_id: self.subscription_id,
                subscription_expiration_date_time: self.expires,
                tenant_id: self.tenant,
                client_state: self.client_state,
                lifecycle_event: self.event,
            })),
        }
    }

    fn captured(self) -> Item {
        Item::Lifecycle(Box::new(LifecycleItem {
            encrypted_content: None,
            organization_id: self.tenant,
            lifecycle_event: self.event,
            client_state: self.client_state,
            subscription_expiration_date_time: self.expires,
            resource: format!("Subscriptions/{}", self.subscription_id),
            resource_change_type: None,
            resource_data: LifecycleResource {
                odata_id: format!("subscriptions/{}", self.subscription_id),
                odata_type: "#microsoft.graph.subscription",
                id: self.subscription_id.clone(),
            },
            subscription_id: self.subscription_id,
        }))
    }
}

/// Writes the body of a POST.
pub(crate) fn body<'a>(items: impl Iterator<Item = &'a Item>) -> bytes::Bytes {
    let value: Vec<&Item> = items.collect();
    let mut validation_tokens: Vec<&str> = value
        .iter()
        .filter_map(|item| match item {
            Item::FormerLifecycle(item) => Some(item.validation_token.as_str()),
            _ => None,
        })
        .collect();
    validation_tokens.dedup();
    serde_json::to_vec(&Collection {
        value,
        validation_tokens,
    })
    .expect("notifications have string keys only")
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_written_as_recorded() {
        let resource_data = ResourceData::message("u1", "m1", "W/\"CQAAABYAAAB\"");
        let item = Item::Change(Box::new(ChangeItem {
            subscription_id: "s1".into(),
            subscription_expiration_date_time: "2026-03-01T12:00:00.0000000+00:00".into(),
            change_type: ChangeType::Created,
            resource: resource_data.path().to_owned(),
            resource_data,
            client_state: Some(Secret::Text("secret".into())),
            tenant_id: "t1".into(),
            rare: None,
        }));
        assert_eq!(
            String::from_utf8(body([&item].into_iter()).to_vec()).expect("text"),
            concat!(
                r#"{"value":[{"subscriptionId":"s1","subscriptionExpirationDateTime":"2026-03-01T12:00:00.0000000+00:00","changeType":"created","#,
                r##""resource":"Users/u1/Messages/m1","resourceData":{"@odata.type":"#Microsoft.Graph.Message","@odata.id":"Users/u1/Messages/m1","##,
                r#""@odata.etag":"W/\"CQAAABYAAAB\"","id":"m1"},"clientState":"secret","tenantId":"t1"}]}"#
            )
        );
    }

    fn facts() -> LifecycleFacts {
        LifecycleFacts {
            subscription_id: "s1".into(),
            expires: "e".into(),
            tenant: "t1".into(),
            client_state: Some(Secret::Null(())),
            event: LifecycleEvent::MISSED,
            validation_token: "a.b.c".into(),
        }
    }

    #[test]
    fn a_lifecycle_event_is_written_as_captured_in_2026() {
        assert_eq!(
            serde_json::to_string(&facts().item(Form::Captured)).expect("json"),
            concat!(
                r#"{"subscriptionId":"s1","encryptedContent":null,"organizationId":"t1","lifecycleEvent":"missed","clientState":null,"#,
                r#""subscriptionExpirationDateTime":"e","resource":"Subscriptions/s1","resourceChangeType":null,"#,
                r##""resourceData":{"@odata.id":"subscriptions/s1","@odata.type":"#microsoft.graph.subscription","id":"s1"}}"##
            )
        );
    }

    #[test]
    fn the_form_of_2023_is_empty_and_has_tokens_beside_it() {
        let items = [facts().item(Form::Former), facts().item(Form::Former)];
        let item = concat!(
            r#"{"lifecycleEvent":"missed","subscriptionId":"s1","resource":"","clientState":null,"sequence":null,"resourceData":null,"#,
            r#""encryptedContent":null,"organizationId":"t1","subscriptionExpirationDateTime":"e"}"#
        );
        assert_eq!(
            String::from_utf8(body(items.iter()).to_vec()).expect("text"),
            format!(r#"{{"value":[{item},{item}],"validationTokens":["a.b.c"]}}"#)
        );
    }

    #[test]
    fn the_documented_form_has_the_tenant_and_no_resource() {
        assert_eq!(
            serde_json::to_string(&facts().item(Form::Documented)).expect("json"),
            r#"{"subscriptionId":"s1","subscriptionExpirationDateTime":"e","tenantId":"t1","clientState":null,"lifecycleEvent":"missed"}"#
        );
    }
}
