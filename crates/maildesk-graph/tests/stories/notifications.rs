//! What Graph posts, in every shape it was ever seen in, and in shapes it never had.

use maildesk_graph::notification::{ChangeKind, ITEMS_MAX, Lifecycle, What, parse};
use maildesk_model::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn a_typical_batch_with_lifecycle_items_among_it() {
    let body = json!({
        "value": [
            {"subscriptionId": "s1", "subscriptionExpirationDateTime": "2023-11-14T22:13:20.0000000+00:00",
             "changeType": "created", "resource": "Users/u/Messages/m1", "clientState": "hush", "tenantId": "",
             "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "@odata.id": "Users/u/Messages/m1",
                              "@odata.etag": "W/\"x\"", "id": "m1"}, "sequence": null},
            {"subscriptionId": "s2", "encryptedContent": null, "organizationId": "t1",
             "lifecycleEvent": "reauthorizationRequired", "clientState": "hush",
             "subscriptionExpirationDateTime": "2023-11-15T03:43:20+05:30", "resource": "Subscriptions/s2",
             "resourceChangeType": null, "resourceData": {"@odata.id": "subscriptions/s2", "id": "s2"}},
            {"subscriptionId": "s3", "lifecycleEvent": "somethingNew"},
            {"subscriptionId": "s4", "changeType": "Deleted", "clientState": null, "resourceData": null},
        ],
        "validationTokens": ["x.y.z"]
    });
    let read = parse(body.to_string().as_bytes()).unwrap();
    assert_eq!((read.items.len(), read.unread), (4, 0));
    let [change, lifecycle, unknown, silent] = read.items.as_slice() else {
        unreachable!()
    };
    assert_eq!(
        change.what,
        What::Change {
            change: Some(ChangeKind::Created),
            message: Some("m1".to_owned())
        }
    );
    assert!(change.client_state.as_ref().unwrap().matches("hush"));
    assert_eq!(change.tenant, None);
    let at = Timestamp::parse("2023-11-14T22:13:20Z");
    assert_eq!((change.expires_at, lifecycle.expires_at), (at, at));
    assert_eq!(
        lifecycle.what,
        What::Lifecycle(Lifecycle::ReauthorizationRequired)
    );
    assert_eq!(lifecycle.tenant.as_deref(), Some("t1"));
    assert_eq!(unknown.what, What::Lifecycle(Lifecycle::Unknown));
    assert!(silent.client_state.is_none());
    assert_eq!(
        silent.what,
        What::Change {
            change: Some(ChangeKind::Deleted),
            message: None
        }
    );
    assert!(!format!("{read:?}").contains("hush"));
}

#[test]
fn one_odd_item_costs_no_other() {
    let body = r#"{"value":[7,null,"x",[1],{},{"subscriptionId":5},{"subscriptionId":""},
        {"subscriptionId":"s","clientState":{"a":[1]},"resourceData":[{"id":"m"}],"changeType":1},
        {"subscriptionId":"t","resourceData":{"id":5}},{"subscriptionId":"u","resourceData":{"id":"m","x":{"y":[]}}}]}"#;
    let read = parse(body.as_bytes()).unwrap();
    let ids: Vec<&str> = read
        .items
        .iter()
        .map(|one| one.subscription.as_str())
        .collect();
    assert_eq!(ids, ["s", "t", "u"]);
    assert_eq!(read.unread, 7);
    assert_eq!(
        read.items[2].what,
        What::Change {
            change: None,
            message: Some("m".to_owned())
        }
    );
}

#[test]
fn what_json_can_say_and_memory_cannot_hold_is_json() {
    for body in [
        "1e999",
        r#""\ud800""#,
        r#"{"\udfff":1}"#,
        r#"{"value":[{"subscriptionId":1e999}]}"#,
        r#"{"value":[{"subscriptionId":"t","clientState":"\ud800"}]}"#,
    ] {
        let read = parse(body.as_bytes()).unwrap();
        assert_eq!((read.items.len(), read.unread), (0, 1), "{body}");
    }
    assert!(parse(b"{\"other\":\"\xff\"}").is_err());
}

#[test]
fn json_that_is_no_collection_has_no_items_and_other_bytes_are_not_json() {
    for body in [
        "{}",
        "[]",
        "null",
        "1",
        "1.5",
        "-1",
        "true",
        "\"x\"",
        r#"{"value":null}"#,
        r#"{"value":{"a":1}}"#,
        r#"{"value":"x"}"#,
    ] {
        let read = parse(body.as_bytes()).unwrap();
        assert!(read.items.is_empty(), "{body}");
    }
    for body in [
        "",
        "x",
        "{",
        r#"{"value":[}"#,
        r#"{"value":[]} x"#,
        "\u{feff}{}",
    ] {
        assert!(parse(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn a_flood_of_items_is_counted_and_not_kept() {
    let items = vec![json!({"subscriptionId": "s"}); ITEMS_MAX + 10];
    let read = parse(json!({"value": items}).to_string().as_bytes()).unwrap();
    assert_eq!((read.items.len(), read.unread), (ITEMS_MAX, 10));
    let long = json!({"value": [{"subscriptionId": "s".repeat(5000)}]});
    assert_eq!(parse(long.to_string().as_bytes()).unwrap().unread, 1);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("value".to_owned()),
        Just("subscriptionId".to_owned()),
        Just("clientState".to_owned()),
        Just("resourceData".to_owned()),
        Just("lifecycleEvent".to_owned()),
        Just("id".to_owned()),
        ".{0,6}",
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read(body in any_json()) {
        prop_assert!(parse(body.to_string().as_bytes()).is_ok());
    }

    #[test]
    fn any_bytes_are_read_or_are_not_json(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let is_json = serde_json::from_slice::<Value>(&body).is_ok();
        prop_assert!(!is_json || parse(&body).is_ok());
    }

    #[test]
    fn a_good_item_is_found_among_whatever_else(
        before in prop::collection::vec(any_json(), 0..4),
        after in prop::collection::vec(any_json(), 0..4),
        id in "[a-f0-9-]{36}",
    ) {
        let good = json!({"subscriptionId": id, "changeType": "updated", "resourceData": {"id": "m"}});
        let items: Vec<Value> = before.into_iter().chain([good]).chain(after).collect();
        let read = parse(json!({"value": items}).to_string().as_bytes()).unwrap();
        prop_assert!(read.items.iter().any(|item| item.subscription == id));
    }
}
