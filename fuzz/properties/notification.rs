//! Whatever is posted to the webhook is read as what it is, and nothing counts that does not name a
//! subscription of ours and know its secret (P3).

use maildesk_graph::notification::{ITEMS_MAX, NotJson, Notification, parse};
use maildesk_model::Secret;
use maildesk_model::subscription::{Sender, judge};
use serde::de::IgnoredAny;
use serde_json::Value;

/// The one subscription of ours, and its secret. Both stand in the dictionary and in the corpus, so
/// that what nearly fits is tried.
const KNOWN: &str = "7f1c2b52-known";
const SECRET: &str = "hush-4f1f2f10";
/// Ids, secrets and dates are far shorter; what is longer is read as missing.
const TEXT_MAX: usize = 2048;

/// Holds one body to it.
pub(crate) fn check(body: &[u8]) {
    let read = parse(body);
    let is_json = std::str::from_utf8(body)
        .is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    assert_eq!(read.is_ok(), is_json, "any JSON is taken, and nothing else");
    let Ok(read) = read else { return };
    assert!(read.items.len() <= ITEMS_MAX);
    for item in &read.items {
        let texts = [
            Some(item.subscription.as_str()),
            item.client_state.as_ref().map(Secret::expose),
            item.tenant.as_deref(),
        ];
        assert!(
            !item.subscription.is_empty(),
            "an item names a subscription"
        );
        assert!(
            texts
                .into_iter()
                .flatten()
                .all(|text| text.len() <= TEXT_MAX)
        );
    }
    if read.items.iter().any(counts) {
        // Escapes may spell the secret, so the body alone cannot tell; read, it must be there.
        let value: Option<Value> = serde_json::from_slice(body).ok();
        assert!(value.is_none_or(|value| mentions(&value)) || has_twice(body));
    }
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        check_plain(&value);
    }
}

/// The same JSON written plainly, each name once: what counts can be told from it independently.
fn check_plain(value: &Value) {
    let read: Result<_, NotJson> = parse(value.to_string().as_bytes());
    let read = read.expect("it is JSON");
    let none = Vec::new();
    let items = value
        .get("value")
        .and_then(Value::as_array)
        .unwrap_or(&none);
    assert_eq!(
        read.items.len() + read.unread,
        items.len(),
        "each item is read or counted as unread"
    );
    let text = |item: &Value, name: &str| item.get(name)?.as_str().map(str::to_owned);
    let named: Vec<String> = items
        .iter()
        .take(ITEMS_MAX)
        .filter_map(|item| text(item, "subscriptionId"))
        .filter(|id| !id.is_empty() && id.len() <= TEXT_MAX)
        .collect();
    let seen = read.items.iter().map(|item| item.subscription.clone());
    assert_eq!(
        seen.collect::<Vec<_>>(),
        named,
        "one odd item costs no other"
    );
    let genuine = items.iter().take(ITEMS_MAX).filter(|item| {
        text(item, "subscriptionId").as_deref() == Some(KNOWN)
            && text(item, "clientState").as_deref() == Some(SECRET)
    });
    assert_eq!(
        read.items.iter().filter(|item| counts(item)).count(),
        genuine.count()
    );
}

/// As the hook decides it.
fn counts(item: &Notification) -> bool {
    let came = item.client_state.as_ref().map(Secret::expose);
    item.subscription == KNOWN && judge(&Secret::new(SECRET), came) == Sender::Genuine
}

fn mentions(value: &Value) -> bool {
    match value {
        Value::String(text) => text == SECRET,
        Value::Array(items) => items.iter().any(mentions),
        Value::Object(fields) => fields.values().any(mentions),
        _ => false,
    }
}

/// Whether a name comes twice, of which a tree of values keeps one: then it must stand in the text.
fn has_twice(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    text.matches("clientState").count() > 1 || text.contains("\\u")
}
