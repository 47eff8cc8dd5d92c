//! What a notification says, field by field as recorded [facts 3.1, 4; recorded 3.1, 4].
//!
//! Everything here is written in the order of the recordings. Basic notifications carry ids only; there is no `id`, `sequence` or `encryptedContent`.

use serde::Serialize;

/// The body of one POST.
#[derive(Debug, Serialize)]
pub(crate) struct Collection<'a> {
    pub(crate) value: Vec<&'a Item>,
}

/// One notification in a POST.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Item {
    /// A message changed.
    Change(Box<ChangeItem>),
    /// Something about the subscription itself, in the form captured in 2026.
    Lifecycle(Box<LifecycleItem>),
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
    pub(crate) client_state: Option<String>,
    /// Empty for a personal account [facts 3.1].
    pub(crate) tenant_id: String,
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
    client_state: Option<String>,
    subscription_expiration_date_time: String,
    resource: String,
    resource_change_type: Option<String>,
    resource_data: LifecycleResource,
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
    client_state: Option<String>,
    lifecycle_event: LifecycleEvent,
}

/// The facts that both lifecycle forms are made of.
#[derive(Clone, Debug)]
pub(crate) struct LifecycleFacts {
    pub(crate) subscription_id: String,
    pub(crate) expires: String,
    pub(crate) tenant: String,
    pub(crate) client_state: Option<String>,
    pub(crate) event: LifecycleEvent,
}

impl LifecycleFacts {
    /// In the recorded form, or in the documented one.
    pub(crate) fn item(self, documented: bool) -> Item {
        if documented {
            return Item::DocumentedLifecycle(Box::new(DocumentedLifecycleItem {
                subscription_id: self.subscription_id,
                subscription_expiration_date_time: self.expires,
                tenant_id: self.tenant,
                client_state: self.client_state,
                lifecycle_event: self.event,
            }));
        }
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
    serde_json::to_vec(&Collection {
        value: items.collect(),
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
            client_state: Some("secret".into()),
            tenant_id: "t1".into(),
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
            client_state: None,
            event: LifecycleEvent::MISSED,
        }
    }

    #[test]
    fn a_lifecycle_event_is_written_as_captured_in_2026() {
        assert_eq!(
            serde_json::to_string(&facts().item(false)).expect("json"),
            concat!(
                r#"{"subscriptionId":"s1","encryptedContent":null,"organizationId":"t1","lifecycleEvent":"missed","clientState":null,"#,
                r#""subscriptionExpirationDateTime":"e","resource":"Subscriptions/s1","resourceChangeType":null,"#,
                r##""resourceData":{"@odata.id":"subscriptions/s1","@odata.type":"#microsoft.graph.subscription","id":"s1"}}"##
            )
        );
    }

    #[test]
    fn the_documented_form_has_the_tenant_and_no_resource() {
        assert_eq!(
            serde_json::to_string(&facts().item(true)).expect("json"),
            r#"{"subscriptionId":"s1","subscriptionExpirationDateTime":"e","tenantId":"t1","clientState":null,"lifecycleEvent":"missed"}"#
        );
    }
}
