//! Delta rounds: how they begin, go on, end and die.

use maildesk_graph::{DeltaFrom, DeltaItem, DeltaLink, DeltaNext, GraphError};

use crate::script::{Script, header, me};

const LINK: &str =
    "https://graph.microsoft.com/v1.0/me/mailFolders('F')/messages/delta?$deltatoken=s3cr3t";

#[tokio::test]
async fn a_round_begins_with_select_and_order_and_never_with_top() {
    let script = Script::new();
    script.ok(&format!(r#"{{"value":[],"@odata.nextLink":"{LINK}"}}"#));
    let page = me(&script)
        .message_delta("F/1", DeltaFrom::Start, 200)
        .await
        .unwrap()
        .value;
    let request = script.last();
    assert_eq!(
        request.uri().path(),
        "/v1.0/me/mailFolders/F%2F1/messages/delta"
    );
    let query = request.uri().query().unwrap();
    assert!(query.contains("isRead") && query.contains("$orderby=receivedDateTime%20desc"));
    assert!(!query.contains("$top") && !query.contains("$expand") && !query.contains("body,"));
    assert_eq!(
        header(&request, "prefer"),
        "IdType=\"ImmutableId\", odata.maxpagesize=200"
    );
    assert!(page.items.is_empty(), "an empty page may go on");
    assert_eq!(page.next, DeltaNext::Next(DeltaLink::new(LINK)));
    assert!(!format!("{page:?}").contains("s3cr3t"));
}

#[tokio::test]
async fn sparse_removed_and_repeated_items_come_as_they_are() {
    let script = Script::new();
    script.ok(&format!(
        r##"{{"value":[
          {{"@odata.type":"#microsoft.graph.message","@odata.etag":"x","id":"1","isRead":true,"parentFolderId":"F"}},
          {{"@odata.type":"#microsoft.graph.message","id":"2","@removed":{{"reason":"deleted"}}}},
          {{"id":"3","@removed":{{"reason":"changed"}},"subject":"x"}},
          {{"id":"1","subject":null}}],
        "@odata.deltaLink":"{LINK}"}}"##
    ));
    let link = DeltaLink::new(LINK);
    let page = me(&script)
        .message_delta("F", DeltaFrom::Link(&link), 50)
        .await
        .unwrap()
        .value;
    assert_eq!(script.last_line().1, LINK, "links are followed verbatim");
    assert!(header(&script.last(), "prefer").contains("odata.maxpagesize=50"));
    assert_eq!(page.next, DeltaNext::Done(link));
    let DeltaItem::Changed(first) = &page.items[0] else {
        panic!("a sparse item is a change");
    };
    assert_eq!(first.is_read, Some(true));
    assert_eq!(first.folder.as_deref(), Some("F"));
    assert!(first.subject.is_none() && first.flag.is_none() && !first.is_whole());
    assert_eq!(page.items[1], DeltaItem::Removed("2".to_owned()));
    assert_eq!(page.items[2], DeltaItem::Removed("3".to_owned()));
    let DeltaItem::Changed(last) = &page.items[3] else {
        panic!("a repeated item is a change again");
    };
    assert_eq!(last.subject.as_deref(), Some(""));
}

#[tokio::test]
async fn a_dead_link_is_known_by_status_or_by_any_of_its_codes() {
    let script = Script::new();
    let link = DeltaLink::new(LINK);
    for (status, body) in [
        (410, String::new()),
        (
            410,
            r#"{"error":{"code":"SyncStateNotFound","message":"gone"}}"#.to_owned(),
        ),
        (
            400,
            r#"{"error":{"code":"syncStateNotFound","message":"gone"}}"#.to_owned(),
        ),
        (
            400,
            r#"{"error":{"code":"ResyncRequired","message":"gone"}}"#.to_owned(),
        ),
        (
            400,
            r#"{"error":{"code":"","innerError":{"code":"InvalidSyncStateData"}}}"#.to_owned(),
        ),
    ] {
        script.say(status, &[], body.clone());
        let error = me(&script)
            .message_delta("F", DeltaFrom::Link(&link), 50)
            .await
            .unwrap_err();
        assert!(
            matches!(error, GraphError::DeltaExpired { .. }),
            "{status} {body}: {error:?}"
        );
    }
    script.refuse(404, "ErrorItemNotFound", "The folder is gone.");
    let error = me(&script)
        .message_delta("F", DeltaFrom::Link(&link), 50)
        .await
        .unwrap_err();
    assert!(matches!(error, GraphError::NotFound { .. }));
}

#[tokio::test]
async fn a_page_that_neither_goes_on_nor_ends_is_read_again_later() {
    let script = Script::new();
    script.ok(r#"{"value":[]}"#);
    let error = me(&script)
        .folder_delta(DeltaFrom::Start, 100)
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        GraphError::Later {
            maybe_done: false,
            ..
        }
    ));
}

#[tokio::test]
async fn the_folders_delta_is_asked_for_by_its_fields() {
    let script = Script::new();
    script.ok(r#"{"value":[{"id":"F","displayName":"A/B","parentFolderId":"R","totalItemCount":3,"unreadItemCount":1},
        {"id":"G","@removed":{"reason":"deleted"}}],"@odata.deltaLink":"https://graph.microsoft.com/d"}"#);
    let page = me(&script)
        .folder_delta(DeltaFrom::Start, 100)
        .await
        .unwrap()
        .value;
    assert!(
        script
            .last_line()
            .1
            .contains("/v1.0/me/mailFolders/delta?$select=id,displayName,")
    );
    let DeltaItem::Changed(folder) = &page.items[0] else {
        panic!("a folder");
    };
    assert_eq!(folder.name.as_deref(), Some("A/B"));
    assert_eq!((folder.total, folder.unread), (Some(3), Some(1)));
    assert_eq!(page.items[1], DeltaItem::Removed("G".to_owned()));
}
