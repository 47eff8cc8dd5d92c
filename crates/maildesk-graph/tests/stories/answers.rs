//! Reads: what is asked for and what becomes of the answer.

use futures::StreamExt;
use maildesk_graph::{BodiesFrom, DeltaLink, GraphError, Settings, Want};
use maildesk_model::Timestamp;
use maildesk_model::meeting::{Meeting, MeetingKind};
use maildesk_model::message::{Address, AttachmentKind, Flag, Importance};

use crate::script::{JumpingClock, NOW, Script, graph_with, header, me, user};

const WHOLE: &str = r##"{
 "@odata.context":"https://graph.microsoft.com/v1.0/$metadata#x","@odata.etag":"W/\"1\"","id":"AAk=",
 "parentFolderId":"F1","subject":"Hello","bodyPreview":"Hi","importance":"high","hasAttachments":true,
 "from":{"emailAddress":{"name":"Ada","address":"ada@contoso.test"}},
 "sender":{"emailAddress":{"name":"Ada","address":"ada@contoso.test"}},
 "toRecipients":[{"emailAddress":{"name":"","address":"b@contoso.test"}}],"ccRecipients":[],
 "bccRecipients":[],"replyTo":[],"receivedDateTime":"2023-11-14T22:13:20Z",
 "sentDateTime":"2023-11-14T22:13:18Z","lastModifiedDateTime":"2023-11-14T22:13:21.5Z",
 "isRead":false,"isDraft":false,"inferenceClassification":"other","categories":["Red"],
 "flag":{"flagStatus":"flagged","dueDateTime":{"dateTime":"2023-11-20T00:00:00.0000000","timeZone":"UTC"}},
 "conversationId":"C1","internetMessageId":"<1@x>","webLink":"https://outlook.office365.com/owa/?ItemID=1",
 "body":{"contentType":"html","content":"<p>Hi</p>"},
 "attachments":[
  {"@odata.type":"#microsoft.graph.fileAttachment","id":"a1","name":"x.pdf","contentType":"application/pdf","size":12,"isInline":false,"contentId":"<c1>"},
  {"@odata.type":"#microsoft.graph.itemAttachment","id":"a2","name":"mail","contentType":null,"size":5,"isInline":false},
  {"@odata.type":"#microsoft.graph.referenceAttachment","id":"a3","name":"link","contentType":null,"size":1,"isInline":false}]
}"##;

/// Answers as Graph writes them, each with what is to be read in it.
#[tokio::test]
async fn an_invitation_tells_of_its_meeting_and_a_list_only_that_it_is_one() {
    let (begins, ends) = ("2026-12-01T09:00:00Z", "2026-12-01T09:30:00Z");
    let whole = Meeting {
        kind: Some(MeetingKind::Request),
        starts_at: Timestamp::parse(begins),
        ends_at: Timestamp::parse(ends),
        is_all_day: Some(false),
        repeats: Some(true),
        location: Some("Room 4".to_owned()),
    };
    let only = |kind| Meeting {
        kind,
        ..Meeting::default()
    };
    let tentative = only(Some(MeetingKind::Tentative));
    for (said, wanted) in [
        (
            r##""@odata.type":"#microsoft.graph.eventMessageRequest","meetingMessageType":"meetingRequest",
                "type":"seriesMaster","isAllDay":false,"location":{"displayName":"Room 4","locationType":"default"},
                "startDateTime":{"dateTime":"2026-12-01T09:00:00.0000000","timeZone":"UTC"},
                "endDateTime":{"dateTime":"2026-12-01T09:30:00.0000000","timeZone":"UTC"}"##,
            Some(whole),
        ),
        (
            r##""@odata.type":"#microsoft.graph.eventMessageResponse","meetingMessageType":"meetingTenativelyAccepted""##,
            Some(tentative.clone()),
        ),
        (
            r##""@odata.type":"#Microsoft.Graph.EventMessageResponse","meetingMessageType":"meetingTentativelyAccepted","location":null,"startDateTime":null"##,
            Some(tentative),
        ),
        (
            r##""@odata.type":"#microsoft.graph.eventMessage","meetingMessageType":"meetingCancelled","isAllDay":null"##,
            Some(only(Some(MeetingKind::Cancelled))),
        ),
        (
            r##""@odata.type":"#microsoft.graph.eventMessageRequest""##,
            Some(only(Some(MeetingKind::Request))),
        ),
        (
            r##""@odata.type":"#microsoft.graph.eventMessageResponse""##,
            Some(only(None)),
        ),
        (
            r##""@odata.type":"#microsoft.graph.eventMessage","meetingMessageType":"somethingNew""##,
            Some(only(None)),
        ),
        (
            r##""@odata.type":"#microsoft.graph.message","meetingMessageType":"meetingRequest""##,
            None,
        ),
        (
            r##""@odata.type":"#microsoft.graph.calendarSharingMessage""##,
            None,
        ),
        (r#""subject":"plain""#, None),
    ] {
        let script = Script::new();
        script.ok(&format!(r#"{{"id":"AAk=",{said}}}"#));
        let message = me(&script).message("AAk=", Want::FIELDS).await.unwrap();
        assert_eq!(message.value.meeting, wanted, "{said}");
        let query = script.last().uri().query().unwrap().to_owned();
        assert!(!query.contains("eeting") && query.contains("$select=id,"));
    }
}

#[tokio::test]
async fn one_get_brings_a_message_with_body_and_attachments() {
    let script = Script::new();
    script.ok(WHOLE);
    let reply = me(&script).message("AA/k=", Want::ALL).await.unwrap();

    let request = script.last();
    assert_eq!(script.count(), 1);
    assert_eq!(
        request.uri().path(),
        "/v1.0/me/messages/AA%2Fk%3D",
        "a slash in an id must not become a path"
    );
    let query = request.uri().query().unwrap();
    assert!(query.starts_with("$expand=attachments($select=id,name,contentType,size,isInline,microsoft.graph.fileAttachment/contentId)"));
    assert_eq!(header(&request, "authorization"), "Bearer opaque-token");
    assert!(request.headers()["authorization"].is_sensitive());
    assert!(header(&request, "prefer").contains("IdType=\"ImmutableId\""));
    assert!(header(&request, "prefer").contains("outlook.body-content-type=\"html\""));
    assert_eq!(header(&request, "client-request-id").len(), 36);
    assert!(header(&request, "user-agent").starts_with("MailDesk/"));

    let message = reply.value;
    assert!(message.is_whole());
    assert_eq!(message.remote_id, "AAk=");
    assert_eq!(message.subject.as_deref(), Some("Hello"));
    let ada = Address {
        name: "Ada".to_owned(),
        address: "ada@contoso.test".to_owned(),
    };
    assert_eq!(message.from, Some(Some(ada)));
    assert_eq!(message.received_at, Some(NOW));
    assert_eq!(message.flag, Some(Flag::Flagged));
    assert_eq!(
        message.flag_dates.unwrap().due,
        Timestamp::parse("2023-11-20T00:00:00Z")
    );
    assert_eq!(message.importance, Some(Importance::High));
    assert_eq!(message.is_other, Some(true));
    let body = message.body.unwrap();
    assert!(body.is_html && body.content == "<p>Hi</p>");
    let attachments = message.attachments.unwrap();
    assert_eq!(attachments[0].content_id.as_deref(), Some("c1"));
    let kinds: Vec<_> = attachments.iter().map(|one| one.kind).collect();
    assert_eq!(
        kinds,
        [
            AttachmentKind::File,
            AttachmentKind::Item,
            AttachmentKind::Reference
        ]
    );
}

#[tokio::test]
async fn every_reply_tells_graphs_clock_and_request_id() {
    let script = Script::new();
    script.ok(r#"{"id":"u1","mail":null,"userPrincipalName":"ada@contoso.test"}"#);
    let reply = me(&script).me().await.unwrap();
    assert_eq!(reply.value.address, "ada@contoso.test");
    assert_eq!(reply.skew_micros(), Some(5_000_000));
    assert_eq!(
        reply.request_id.as_deref(),
        Some("11111111-2222-3333-4444-555555555555")
    );
    assert!(!format!("{:?}", reply.value).contains("contoso"));
}

#[tokio::test]
async fn null_says_empty_and_missing_says_nothing() {
    let script = Script::new();
    script.ok(r#"{"id":"1","subject":null,"from":null,"toRecipients":null,"flag":null,"isRead":null,"categories":null}"#);
    let message = me(&script).message("1", Want::FIELDS).await.unwrap().value;
    assert_eq!(message.subject.as_deref(), Some(""));
    assert_eq!(message.from, Some(None));
    assert_eq!(message.to, Some(Vec::new()));
    assert_eq!(message.flag, Some(Flag::None));
    assert_eq!(message.categories, Some(Vec::new()));
    assert_eq!(message.is_read, None, "a null truth is no truth");
    assert_eq!(message.sender, None);
    assert_eq!(message.cc, None);
    assert_eq!(message.preview, None);
    assert_eq!(message.body, None);
    assert_eq!(message.attachments, None);
}

#[tokio::test]
async fn a_good_answer_that_does_not_say_which_thing_it_is_is_none() {
    let script = Script::new();
    for body in ["{}", r#"{"id":""}"#] {
        let me = me(&script);
        let nameless = |error: GraphError| {
            assert_eq!(error.code(), "unreadable_answer");
            matches!(error, GraphError::Later { maybe_done, .. } if maybe_done)
        };
        script.ok(body);
        assert!(!nameless(me.message("1", Want::ALL).await.unwrap_err()));
        script.ok(body);
        assert!(!nameless(me.folder("inbox").await.unwrap_err()));
        script.ok(body);
        assert!(!nameless(me.me().await.unwrap_err()));
        // What may have been made or prolonged all the same is looked for before it is done again.
        script.ok(body);
        let renewed = me.renew_subscription("s", NOW).await;
        assert!(nameless(renewed.unwrap_err()));
    }
}

#[tokio::test]
async fn an_attachment_list_that_goes_on_is_not_taken_for_whole() {
    let script = Script::new();
    script.ok(r#"{"id":"1","attachments":[{"id":"a"}],"attachments@odata.nextLink":"https://graph.microsoft.com/x"}"#);
    let message = me(&script).message("1", Want::ALL).await.unwrap().value;
    assert_eq!(message.attachments, None);

    script
        .ok(r#"{"value":[{"id":"a"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/next"}"#);
    script.ok(r#"{"value":[{"id":"b"}]}"#);
    let all = me(&script).attachments("1").await.unwrap().value;
    assert_eq!(all.len(), 2);
    assert_eq!(
        script.last_line().1,
        "https://graph.microsoft.com/v1.0/next"
    );
}

#[tokio::test]
async fn as_the_organisation_the_address_is_a_path_segment() {
    let script = Script::new();
    script.ok(r#"{"id":"F1","displayName":"Inbox"}"#);
    let folder = user(&script, "o'brien@contoso.test")
        .folder("inbox")
        .await
        .unwrap()
        .value;
    assert_eq!(folder.name.as_deref(), Some("Inbox"));
    assert_eq!(
        script.last().uri().path(),
        "/v1.0/users/o%27brien%40contoso.test/mailFolders/inbox"
    );
}

#[tokio::test]
async fn search_folders_are_told_apart() {
    let script = Script::new();
    script.ok(
        r##"{"value":[{"id":"1","displayName":"A"},{"@odata.type":"#microsoft.graph.mailSearchFolder","id":"2"},
            {"@odata.type":"#microsoft.graph.mailFolder","id":"3","isHidden":true}]}"##,
    );
    let page = me(&script)
        .folder_children("msgfolderroot", 100, None)
        .await
        .unwrap()
        .value;
    let search: Vec<bool> = page.items.iter().map(|folder| folder.is_search).collect();
    assert_eq!(search, [false, true, false]);
    assert_eq!(page.items[2].is_hidden, Some(true));
    assert!(
        script
            .last_line()
            .1
            .contains("/mailFolders/msgfolderroot/childFolders?$select=")
    );
}

#[tokio::test]
async fn bodies_filter_by_the_time_they_are_ordered_by() {
    let script = Script::new();
    script.ok(r#"{"value":[]}"#);
    let page = me(&script)
        .bodies(BodiesFrom::Before(NOW), 20)
        .await
        .unwrap()
        .value;
    assert!(page.items.is_empty() && page.next.is_none());
    let uri = script.last_line().1;
    assert!(uri.contains("$orderby=receivedDateTime%20desc&$top=20"));
    assert!(uri.ends_with("&$filter=receivedDateTime%20le%202023-11-14T22:13:20Z"));
}

#[tokio::test]
async fn the_newest_are_asked_for_over_the_whole_mailbox_and_links_are_followed_verbatim() {
    let script = Script::new();
    let link = "https://graph.microsoft.com/v1.0/me/messages?$skip=10&%24select=id";
    script.ok(&format!(
        r#"{{"value":[{WHOLE}],"@odata.nextLink":"{link}"}}"#
    ));
    let page = me(&script).newest(50, None).await.unwrap().value;
    assert!(
        script
            .last_line()
            .1
            .starts_with("https://graph.microsoft.com/v1.0/me/messages?$select=id,")
    );
    script.ok(r#"{"value":[]}"#);
    me(&script).newest(50, page.link()).await.unwrap();
    assert_eq!(script.last_line().1, link);
}

#[tokio::test]
async fn attachments_are_streamed_and_keep_their_place_until_read() {
    let script = Script::new();
    script.say(
        200,
        &[("content-type", "image/png"), ("content-length", "3")],
        "abc",
    );
    let session = me(&script);
    let mut bytes = session.attachment_bytes("1", "2").await.unwrap().value;
    assert_eq!(bytes.content_type.as_deref(), Some("image/png"));
    assert_eq!(bytes.length, Some(3));
    assert_eq!(session.in_flight(), 1);
    assert_eq!(bytes.bytes.next().await.unwrap().unwrap(), "abc");
    assert!(bytes.bytes.next().await.is_none());
    assert_eq!(session.in_flight(), 0, "the whole body has been read");
    assert!(
        script
            .last_line()
            .1
            .ends_with("/messages/1/attachments/2/$value")
    );

    script.say(200, &[], "abc");
    let unread = session.attachment_bytes("1", "2").await.unwrap();
    drop(unread);
    assert_eq!(session.in_flight(), 0, "nobody wants the rest");
}

#[tokio::test]
async fn a_reference_attachment_has_no_bytes() {
    let script = Script::new();
    script.refuse(405, "ErrorInvalidOperation", "no content");
    let error = me(&script).attachment_bytes("1", "2").await.unwrap_err();
    assert!(matches!(error, GraphError::Refused { .. }));
    assert_eq!(error.status(), 405);
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_refused_and_a_broken_one_comes_later() {
    let script = Script::new();
    let settings = Settings {
        answer_max_bytes: 100,
        ..Settings::default()
    };
    let session = graph_with(&script, settings, JumpingClock::new()).session(
        maildesk_graph::Who::Me,
        maildesk_model::Secret::new("t"),
        maildesk_graph::MailboxGate::new(1),
    );
    script.ok(WHOLE);
    let error = session.message("1", Want::ALL).await.unwrap_err();
    assert_eq!(error.code(), "answer_too_large");

    script.ok(r#"{"id":"1","subject":["confidential words"]}"#);
    let error = session.message("1", Want::ALL).await.unwrap_err();
    assert!(matches!(
        error,
        GraphError::Later {
            maybe_done: false,
            ..
        }
    ));
    assert_eq!(error.code(), "unreadable_answer");
    assert!(!error.message().contains("confidential"));
}

#[tokio::test]
async fn a_link_to_another_host_is_neither_taken_nor_followed() {
    let script = Script::new();
    script.ok(r#"{"value":[],"@odata.nextLink":"https://evil.test/v1.0/me"}"#);
    let error = me(&script).newest(5, None).await.unwrap_err();
    assert_eq!(error.code(), "foreign_link");

    let stored = DeltaLink::new("https://evil.test/v1.0/me");
    let error = me(&script).newest(5, Some(&stored)).await.unwrap_err();
    assert!(matches!(error, GraphError::DeltaExpired { .. }));
    assert_eq!(script.count(), 1, "nothing was sent there");
}
