//! Conversations: in lists, and message by message.

use maildesk_model::access::Viewer;
use maildesk_model::conversation::{ConversationSummary, ThreadId};
use maildesk_model::id::{ConversationId, FolderId, MessageId};
use maildesk_model::intent::{Change, Want};
use maildesk_model::message::{
    AttachmentKind, Flag, FlagDates, MessageDetail, RemoteAttachment, RemoteMessage,
};
use maildesk_store::contract::{
    ConversationQuery, DeskStore, Lease, MailboxStore, MessageQuery, SyncStore,
};

use crate::fixture::{ADMIN, Fixture, at, cases, mail, person};
use crate::property::THREADS_THAT_DIFFER;

cases!(
    a_conversation_is_listed_once_under_its_newest_message,
    filters_ask_whether_one_of_them_is_so,
    a_message_that_goes_takes_its_part_along,
    pages_of_all_inboxes_follow_one_another,
    a_thread_is_read_whole_up_to_a_limit,
    a_row_says_what_the_newest_of_its_messages_say,
    one_conversation_is_read_over_all_folders,
    all_of_it_but_the_bodies_is_read_at_once,
    a_long_conversation_ends_with_its_newest,
    nobody_reads_what_is_not_shared,
    messages_of_before_are_grouped_once,
);

fn query() -> ConversationQuery {
    ConversationQuery {
        limit: 200,
        ..ConversationQuery::default()
    }
}

fn talk(talk: &str, name: &str, folder: &str, second: i64) -> RemoteMessage {
    RemoteMessage {
        conversation: Some(talk.into()),
        ..mail(name, folder, second)
    }
}

async fn listed(
    desk: &Fixture,
    viewer: Viewer,
    query: &ConversationQuery,
) -> Vec<ConversationSummary> {
    desk.store.conversations(viewer, query).await.unwrap()
}

/// Each conversation as `newest(total, unread)`.
async fn told(desk: &Fixture, query: &ConversationQuery) -> Vec<String> {
    let listed = listed(desk, ADMIN, query).await;
    let tell = |one: &ConversationSummary| {
        format!("{}({}, {})", one.newest.subject, one.total, one.unread)
    };
    listed.iter().map(tell).collect()
}

async fn subjects(desk: &Fixture, viewer: Viewer, open: MessageId) -> Vec<String> {
    let messages = desk.store.conversation(viewer, open).await.unwrap();
    messages.into_iter().map(|one| one.subject).collect()
}

/// Our key of a message, wherever it is shown.
async fn key(desk: &Fixture, subject: &str) -> MessageId {
    let sql = format!("SELECT id FROM message WHERE remote_id = '{subject}'");
    MessageId(desk.number(&sql).await)
}

async fn want(desk: &Fixture, lease: &Lease, want: Want) {
    let wanted = desk.store.want(ADMIN, lease.mailbox, &want, at(200)).await;
    wanted.unwrap().unwrap();
}

async fn a_conversation_is_listed_once_under_its_newest_message(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let by = |name: &str, message: RemoteMessage| RemoteMessage {
        from: Some(Some(person(name, &format!("{name}@contoso.test")))),
        ..message
    };
    let messages = vec![
        by("Ada", talk("plan", "p1", "inbox", 10)),
        by("Bo", talk("plan", "p2", "inbox", 20)),
        by("Cy", talk("plan", "p3", "inbox", 30)),
        by("Di", talk("plan", "p4", "inbox", 40)),
        by("Cy", talk("plan", "p5", "inbox", 50)),
        by("Ada", talk("plan", "sent", "sent", 60)),
        by("Eve", talk("news", "n1", "inbox", 45)),
        RemoteMessage {
            from: Some(None),
            ..talk("odd", "o1", "inbox", 5)
        },
    ];
    desk.live(&lease, messages).await;
    assert_eq!(
        told(&desk, &query()).await,
        ["p5(5, 5)", "n1(1, 1)", "o1(1, 1)"]
    );
    let listed = listed(&desk, ADMIN, &query()).await;
    let names =
        |n: usize| -> Vec<&str> { listed[n].authors.iter().map(|one| &*one.name).collect() };
    assert_eq!(names(0), ["Cy", "Di", "Bo"]);
    assert_eq!(names(1), ["Eve"]);
    assert_eq!(names(2), [""; 0]);
    let sent = ConversationQuery {
        folder: Some(desk.folder(&lease, "sent").await),
        ..query()
    };
    assert_eq!(told(&desk, &sent).await, ["sent(1, 1)"]);
}

async fn filters_ask_whether_one_of_them_is_so(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let read = |message: RemoteMessage| RemoteMessage {
        is_read: Some(true),
        ..message
    };
    let flagged = RemoteMessage {
        flag: Some(Flag::Flagged),
        ..talk("a", "a1", "inbox", 1)
    };
    let attached = RemoteMessage {
        has_attachments: Some(true),
        ..talk("b", "b1", "inbox", 3)
    };
    let messages = vec![
        read(flagged),
        read(talk("a", "a2", "inbox", 2)),
        read(attached),
        talk("b", "b2", "inbox", 4),
        read(talk("c", "c1", "inbox", 5)),
    ];
    desk.live(&lease, messages).await;
    let filtered = async |unread, flagged, attachments| {
        let query = ConversationQuery {
            mailbox: Some(mailbox),
            unread,
            flagged,
            attachments,
            ..query()
        };
        told(&desk, &query).await.join(" ")
    };
    assert_eq!(filtered(true, false, false).await, "b2(2, 1)");
    assert_eq!(filtered(false, true, false).await, "a2(2, 0)");
    assert_eq!(filtered(false, false, true).await, "b2(2, 1)");
    assert_eq!(filtered(true, false, true).await, "b2(2, 1)");
    assert_eq!(filtered(true, true, false).await, "");
    let all = listed(&desk, ADMIN, &query()).await;
    let marks: Vec<_> = all
        .iter()
        .map(|one| (one.is_flagged, one.has_attachments))
        .collect();
    assert_eq!(marks, [(false, false), (false, true), (true, false)]);
    let files = MessageQuery {
        attachments: Some(true),
        limit: 10,
        ..MessageQuery::default()
    };
    let files = desk.store.messages(ADMIN, &files).await.unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].subject, "b1");
}

async fn a_message_that_goes_takes_its_part_along(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let messages = vec![
        talk("a", "a1", "inbox", 1),
        talk("a", "a2", "inbox", 2),
        talk("a", "a3", "inbox", 2),
        talk("b", "b1", "inbox", 3),
    ];
    desk.live(&lease, messages).await;
    let project = desk.folder(&lease, "project").await;
    let message = key(&desk, "a3").await;
    let change = Change {
        folder: Some(project),
        ..Change::default()
    };
    want(&desk, &lease, Want::Change { message, change }).await;
    assert_eq!(told(&desk, &query()).await, ["b1(1, 1)", "a2(2, 2)"]);
    let there = ConversationQuery {
        folder: Some(project),
        ..query()
    };
    assert_eq!(told(&desk, &there).await, ["a3(1, 1)"]);
    let message = key(&desk, "b1").await;
    want(&desk, &lease, Want::Delete { message }).await;
    assert_eq!(told(&desk, &query()).await, ["a2(2, 2)"]);
    let gone = ["a2".to_owned()];
    desk.store
        .forget_messages(&lease, &gone, at(300))
        .await
        .unwrap();
    desk.live(&lease, vec![talk("a", "a0", "inbox", 9)]).await;
    assert_eq!(told(&desk, &query()).await, ["a0(2, 2)"]);
    assert_eq!(desk.number(THREADS_THAT_DIFFER).await, 0);
}

async fn pages_of_all_inboxes_follow_one_another(desk: Fixture) {
    for n in 0..3 {
        let (_, lease) = desk.listed_mailbox(&format!("box{n}@contoso.test")).await;
        let messages = (0..20).map(|m| {
            let name = format!("{n}-{m}");
            talk(&format!("talk{}", m / 2), &name, "inbox", m * 3 / 2 + n)
        });
        desk.live(&lease, messages.collect()).await;
    }
    let whole = listed(&desk, ADMIN, &query()).await;
    assert_eq!(whole.len(), 30);
    for limit in [1, 7, 30] {
        let mut paged = Vec::new();
        let mut after = None;
        loop {
            let page = ConversationQuery {
                after,
                limit,
                ..query()
            };
            let page = listed(&desk, ADMIN, &page).await;
            let Some(last) = page.last() else { break };
            assert!(page.len() as i64 <= limit);
            after = Some((last.newest.received_at, last.newest.id));
            paged.extend(page);
        }
        assert_eq!(paged, whole, "by {limit}");
    }
}

async fn a_thread_is_read_whole_up_to_a_limit(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let mut messages: Vec<_> = (0..5)
        .map(|n| talk("a", &format!("a{n}"), "inbox", n))
        .collect();
    messages.push(talk("a", "sent", "sent", 9));
    messages.extend((0..3).map(|n| talk("b", &format!("b{n}"), "inbox", n)));
    desk.live(&lease, messages).await;
    let rows = listed(&desk, ADMIN, &query()).await;
    let ids: Vec<ThreadId> = rows.iter().map(ConversationSummary::id).collect();
    let nothing = ThreadId {
        conversation: ConversationId(9_999_999),
        folder: FolderId(9_999_999),
    };
    let read = async |viewer, threads: &[ThreadId], limit| {
        let read = desk.store.thread_messages(viewer, threads, limit).await;
        let (messages, more) = read.unwrap();
        let subjects = messages.into_iter().map(|one| one.subject);
        (subjects.collect::<Vec<_>>().join(" "), more)
    };
    let whole = ("a4 a3 a2 a1 a0 b2 b1 b0".to_owned(), 0);
    assert_eq!(read(ADMIN, &ids, 200).await, whole);
    let turned = [ids[1], nothing, ids[0]];
    assert_eq!(read(ADMIN, &turned, 4).await, ("b2 b1 b0 a4".into(), 4));
    assert_eq!(read(ADMIN, &turned, 3).await, ("b2 b1 b0".into(), 5));
    let bo = desk.user("bo@contoso.test").await;
    assert_eq!(read(bo, &ids, 200).await, (String::new(), 0));
    let people = [bo.user];
    let shared = desk.store.set_access(ADMIN, mailbox, &people, at(1));
    shared.await.unwrap();
    assert_eq!(read(bo, &ids, 200).await, whole);
}

async fn a_row_says_what_the_newest_of_its_messages_say(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let labelled = |n: i64, name: &str| RemoteMessage {
        categories: Some(vec![name.to_owned()]),
        ..talk("a", &format!("a{n}"), "inbox", n)
    };
    let due = RemoteMessage {
        flag: Some(Flag::Flagged),
        flag_dates: Some(FlagDates {
            due: Some(at(500)),
            ..FlagDates::default()
        }),
        ..labelled(3, "near")
    };
    let mut messages = vec![
        labelled(1, "far"),
        due,
        labelled(4, "near"),
        labelled(12, "new"),
    ];
    messages.extend((5..12).map(|n| talk("a", &format!("a{n}"), "inbox", n)));
    messages.push(talk("a", "a13", "inbox", 13));
    desk.live(&lease, messages).await;
    let rows = listed(&desk, ADMIN, &query()).await;
    assert_eq!((rows.len(), rows[0].total), (1, 12));
    assert_eq!(rows[0].categories, ["new", "near"]);
    assert_eq!(
        (rows[0].is_flagged, rows[0].due),
        (true, None),
        "the eleventh"
    );
    let message = key(&desk, "a13").await;
    want(&desk, &lease, Want::Delete { message }).await;
    let rows = listed(&desk, ADMIN, &query()).await;
    assert_eq!(rows[0].due, Some(at(500)));
}

async fn one_conversation_is_read_over_all_folders(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let messages = vec![
        talk("a", "a1", "inbox", 1),
        talk("a", "a2", "sent", 2),
        talk("a", "a3", "deleted", 3),
        talk("a", "a4", "project", 4),
        talk("b", "b1", "inbox", 5),
    ];
    desk.live(&lease, messages).await;
    let open = async |name: &str| subjects(&desk, ADMIN, key(&desk, name).await).await;
    assert_eq!(open("a1").await, ["a1", "a2", "a4"]);
    assert_eq!(open("a3").await, ["a1", "a2", "a3", "a4"]);
    assert_eq!(open("b1").await, ["b1"]);
    let message = key(&desk, "a2").await;
    want(&desk, &lease, Want::Delete { message }).await;
    assert_eq!(open("a1").await, ["a1", "a4"]);
    assert!(open("a2").await.is_empty(), "a hidden message is no way in");
}

async fn a_long_conversation_ends_with_its_newest(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let messages = (0..230).map(|n| {
        let folder = if n % 2 == 0 { "inbox" } else { "sent" };
        talk("a", &format!("a{n}"), folder, n)
    });
    desk.live(&lease, messages.collect()).await;
    let shown = subjects(&desk, ADMIN, key(&desk, "a0").await).await;
    assert_eq!(shown.len(), 200);
    assert_eq!((&*shown[0], &*shown[199]), ("a30", "a229"));
}

async fn all_of_it_but_the_bodies_is_read_at_once(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let file = |name: &str| RemoteAttachment {
        remote_id: name.into(),
        name: name.into(),
        content_type: "text/plain".into(),
        size: 5,
        is_inline: false,
        content_id: None,
        kind: AttachmentKind::File,
    };
    let messages = vec![
        RemoteMessage {
            attachments: Some(vec![file("one.txt"), file("two.txt")]),
            cc: Some(vec![person("Cy", "cy@contoso.test")]),
            ..talk("a", "a1", "inbox", 1)
        },
        RemoteMessage {
            attachments: None,
            ..talk("a", "a2", "sent", 2)
        },
        RemoteMessage {
            attachments: Some(vec![file("three.txt")]),
            ..talk("a", "a3", "inbox", 3)
        },
    ];
    desk.live(&lease, messages).await;
    let mut ids = Vec::new();
    for name in ["a3", "a1", "a2"] {
        ids.push(key(&desk, name).await);
    }
    ids.insert(1, MessageId(9_999_999));
    let details = desk.store.details(ADMIN, &ids).await.unwrap();
    let told: Vec<_> = details
        .iter()
        .map(|one| {
            let files = one.attachments.as_ref();
            let names = files.map(|all| all.iter().map(|one| &*one.name).collect::<Vec<_>>());
            (&*one.summary.subject, names, one.cc.len())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("a3", Some(vec!["three.txt"]), 0),
            ("a1", Some(vec!["one.txt", "two.txt"]), 1),
            ("a2", None, 0),
        ]
    );
    for one in details {
        let whole = desk.store.message(ADMIN, one.summary.id).await.unwrap();
        let whole = whole.unwrap();
        assert_eq!(
            one,
            MessageDetail {
                body: None,
                text: None,
                ..whole
            }
        );
    }
    let original = async |viewer| desk.store.original_of(viewer, ids[0]).await.unwrap();
    assert_eq!(original(ADMIN).await, Some((mailbox, "a3".to_owned())));
    let bo = desk.user("bo@contoso.test").await;
    assert_eq!(original(bo).await, None);
    assert_eq!(desk.store.details(bo, &ids).await.unwrap(), []);
    let people = [bo.user];
    let shared = desk.store.set_access(ADMIN, mailbox, &people, at(1));
    shared.await.unwrap();
    assert_eq!(desk.store.details(bo, &ids).await.unwrap().len(), 3);
}

async fn nobody_reads_what_is_not_shared(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.live(&lease, vec![talk("a", "a1", "inbox", 1)]).await;
    let inbox = desk.folder(&lease, "inbox").await;
    let open = key(&desk, "a1").await;
    let bo = desk.user("bo@contoso.test").await;
    let named = [
        query(),
        ConversationQuery {
            mailbox: Some(mailbox),
            ..query()
        },
        ConversationQuery {
            folder: Some(inbox),
            ..query()
        },
    ];
    for query in &named {
        assert!(listed(&desk, bo, query).await.is_empty());
    }
    assert!(subjects(&desk, bo, open).await.is_empty());
    desk.store
        .set_access(ADMIN, mailbox, &[bo.user], at(1))
        .await
        .unwrap();
    for query in &named {
        assert_eq!(listed(&desk, bo, query).await.len(), 1);
    }
    assert_eq!(subjects(&desk, bo, open).await, ["a1"]);
    desk.store
        .remove_mailbox(ADMIN, mailbox, at(5))
        .await
        .unwrap();
    assert!(listed(&desk, ADMIN, &query()).await.is_empty());
    assert!(subjects(&desk, ADMIN, open).await.is_empty());
}

/// What the migration does to mail that was there before it.
async fn messages_of_before_are_grouped_once(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let messages = (0..40).map(|n| RemoteMessage {
        is_read: Some(n % 3 == 0),
        has_attachments: Some(n % 5 == 0),
        flag: Some(if n % 7 == 0 {
            Flag::Flagged
        } else {
            Flag::None
        }),
        ..talk(
            &format!("talk{}", n % 6),
            &format!("m{n}"),
            ["inbox", "project"][n as usize % 2],
            n / 4,
        )
    });
    desk.live(&lease, messages.collect()).await;
    let message = key(&desk, "m39").await;
    want(&desk, &lease, Want::Delete { message }).await;
    desk.run("DELETE FROM thread").await;
    assert_ne!(desk.number(THREADS_THAT_DIFFER).await, 0);
    let migration = include_str!("../../migrations/0011_threads/both.sql");
    let grouping = migration.split("INSERT INTO thread").nth(1).unwrap();
    let grouping = grouping.split(';').next().unwrap();
    desk.run(&format!("INSERT INTO thread {grouping}")).await;
    assert_eq!(desk.number(THREADS_THAT_DIFFER).await, 0);
}
