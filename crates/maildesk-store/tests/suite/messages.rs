//! Taking messages in: new, changed, sparse, doubled, moved, removed, gone.

use maildesk_model::meeting::{Meeting, MeetingKind};
use maildesk_model::message::{Flag, Importance, RemoteMessage};
use maildesk_model::search::Search;
use maildesk_model::stamp::Trigger;
use maildesk_store::contract::{
    DeskStore, FolderChanges, HintOutcome, MailboxStore, MessageQuery, SyncStore,
};

use crate::fixture::{ADMIN, Batch, Fixture, at, cases, done, folder, mail, person};

cases!(
    what_graph_says_is_what_is_read,
    what_is_not_said_keeps_its_value,
    the_last_of_the_same_id_wins,
    the_same_again_writes_nothing,
    a_sparse_item_of_an_unknown_message_is_read,
    a_message_in_an_unknown_folder_waits_for_it,
    a_message_out_of_scope_is_not_read_for_ever,
    removed_means_missing_only_where_it_lies,
    a_missing_message_is_found_where_it_went,
    what_a_meeting_is_stays_known,
    counts_and_conversations_follow,
    a_forgotten_message_leaves_nothing_behind,
    known_messages_are_named,
);

fn sparse(remote: &str) -> RemoteMessage {
    RemoteMessage {
        remote_id: remote.into(),
        ..RemoteMessage::default()
    }
}

async fn what_graph_says_is_what_is_read(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let message = RemoteMessage {
        subject: Some("Grüße\0 \u{1F600}".into()),
        sender: Some(Some(person("Delegate", "del@contoso.test"))),
        cc: Some(vec![person("", "cc@contoso.test")]),
        bcc: Some(vec![person("B", "bcc@contoso.test")]),
        reply_to: Some(vec![person("R", "r@contoso.test")]),
        is_read: Some(true),
        flag: Some(Flag::Complete),
        importance: Some(Importance::High),
        has_attachments: Some(true),
        categories: Some(vec!["Red \"quoted\"".into(), "Blue".into()]),
        web_link: Some("https://outlook.test/1".into()),
        ..mail("m1", "inbox", 50)
    };
    let id = desk.live(&lease, vec![message]).await.arrived[0];
    let read = desk.store.message(ADMIN, id).await.unwrap().unwrap();
    let summary = &read.summary;
    assert!(summary.subject.starts_with("Grüße") && summary.subject.ends_with("\u{1F600}"));
    assert_eq!(summary.mailbox, mailbox);
    assert_eq!(summary.folder, desk.folder(&lease, "inbox").await);
    assert_eq!(summary.from, Some(person("Ada", "ada@contoso.test")));
    assert_eq!(summary.to, [person("Bo", "bo@contoso.test")]);
    assert_eq!((summary.is_read, summary.flag), (true, Flag::Complete));
    assert_eq!(
        (summary.importance, summary.has_attachments),
        (Importance::High, true)
    );
    assert_eq!(summary.categories, ["Red \"quoted\"", "Blue"]);
    assert_eq!(summary.received_at, at(50));
    assert_eq!(summary.web_link, "https://outlook.test/1");
    assert_eq!(summary.preview, "preview of m1");
    assert_eq!(read.sender, Some(person("Delegate", "del@contoso.test")));
    assert_eq!(read.cc, [person("", "cc@contoso.test")]);
    assert_eq!(read.bcc, [person("B", "bcc@contoso.test")]);
    assert_eq!(read.reply_to, [person("R", "r@contoso.test")]);
    assert_eq!((read.body, read.text, read.attachments), (None, None, None));
}

async fn what_is_not_said_keeps_its_value(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let first = RemoteMessage {
        flag: Some(Flag::Flagged),
        ..mail("m1", "inbox", 50)
    };
    let id = desk.live(&lease, vec![first]).await.arrived[0];
    let head = desk.head().await;
    let toggle = RemoteMessage {
        is_read: Some(true),
        ..sparse("m1")
    };
    let applied = desk.live(&lease, vec![toggle]).await;
    assert_eq!((applied.changed, applied.added, applied.unknown), (1, 0, 0));
    assert_eq!(
        desk.journal(head).await,
        ["message.updated", "folder.updated"]
    );
    let read = desk
        .store
        .message(ADMIN, id)
        .await
        .unwrap()
        .unwrap()
        .summary;
    assert_eq!(
        (read.is_read, read.flag, read.subject.as_str()),
        (true, Flag::Flagged, "m1")
    );
    let nobody = RemoteMessage {
        from: Some(None),
        ..sparse("m1")
    };
    desk.live(&lease, vec![nobody]).await;
    let read = desk
        .store
        .message(ADMIN, id)
        .await
        .unwrap()
        .unwrap()
        .summary;
    assert_eq!(read.from, None);
}

async fn what_a_meeting_is_stays_known(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let read = async |id| {
        let read = desk.store.message(ADMIN, id).await.unwrap();
        read.unwrap().summary.meeting
    };
    let telling = |meeting: &Meeting| RemoteMessage {
        meeting: Some(meeting.clone()),
        ..sparse("m1")
    };
    let plain = mail("m0", "inbox", 50);
    let listed = RemoteMessage {
        meeting: Some(Meeting::default()),
        ..mail("m1", "inbox", 51)
    };
    let ids = desk.live(&lease, vec![plain, listed]).await.arrived;
    assert_eq!(read(ids[0]).await, None);
    assert_eq!(read(ids[1]).await, Some(Meeting::default()));
    let whole = Meeting {
        kind: Some(MeetingKind::Declined),
        starts_at: Some(at(1000)),
        ends_at: Some(at(2000)),
        is_all_day: Some(false),
        repeats: Some(true),
        location: Some("Room\u{a0}4 \u{1F600}".to_owned()),
    };
    let head = desk.head().await;
    // The same message twice in a batch: what a list tells takes nothing away.
    let batch = vec![telling(&whole), telling(&Meeting::default())];
    desk.live(&lease, batch).await;
    assert_eq!(read(ids[1]).await, Some(whole.clone()));
    assert_eq!(desk.journal(head).await, ["message.updated"]);
    desk.live(&lease, vec![telling(&Meeting::default())]).await;
    assert_eq!(read(ids[1]).await, Some(whole.clone()));
    let moved = Meeting {
        starts_at: Some(at(1500)),
        ..Meeting::default()
    };
    desk.live(&lease, vec![telling(&moved)]).await;
    let now = Meeting {
        starts_at: Some(at(1500)),
        ..whole
    };
    assert_eq!(read(ids[1]).await, Some(now.clone()));
    let query = MessageQuery {
        limit: 10,
        ..MessageQuery::default()
    };
    let listed = desk.store.messages(ADMIN, &query).await.unwrap();
    assert_eq!(listed[0].meeting, Some(now));
    assert_eq!(listed[1].meeting, None);
}

async fn the_last_of_the_same_id_wins(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let batch = vec![
        mail("m1", "inbox", 50),
        RemoteMessage {
            is_read: Some(true),
            ..sparse("m1")
        },
        RemoteMessage {
            flag: Some(Flag::Flagged),
            ..mail("m1", "inbox", 50)
        },
        RemoteMessage {
            is_read: Some(true),
            ..sparse("m1")
        },
    ];
    let applied = desk.live(&lease, batch).await;
    assert_eq!((applied.added, applied.arrived.len()), (1, 1));
    let id = desk.message(mailbox, "m1").await;
    let read = desk
        .store
        .message(ADMIN, id)
        .await
        .unwrap()
        .unwrap()
        .summary;
    assert_eq!((read.is_read, read.flag), (true, Flag::Flagged));
}

async fn the_same_again_writes_nothing(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.live(&lease, vec![mail("m1", "inbox", 50)]).await;
    let head = desk.head().await;
    let again = RemoteMessage {
        modified_at: Some(at(99)),
        ..mail("m1", "inbox", 50)
    };
    for _ in 0..3 {
        let applied = desk.live(&lease, vec![again.clone()]).await;
        assert_eq!(
            (applied.added, applied.changed, applied.arrived.len()),
            (0, 0, 0)
        );
    }
    assert_eq!(desk.head().await, head);
}

async fn a_sparse_item_of_an_unknown_message_is_read(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let toggle = RemoteMessage {
        is_read: Some(true),
        folder: Some("inbox".into()),
        ..sparse("m1")
    };
    let applied = desk.live(&lease, vec![toggle]).await;
    assert_eq!((applied.unknown, applied.added), (1, 0));
    let stamp = desk
        .store
        .work(&lease, at(100))
        .await
        .unwrap()
        .stamp
        .unwrap();
    assert_eq!(stamp.hints[0].remote_id, "m1");
    assert_eq!((stamp.trigger, stamp.all), (Trigger::CatchUp, false));
}

async fn a_message_in_an_unknown_folder_waits_for_it(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let applied = desk.live(&lease, vec![mail("m1", "new", 50)]).await;
    assert_eq!((applied.unknown, applied.added), (1, 0));
    assert!(
        desk.store
            .work(&lease, at(101))
            .await
            .unwrap()
            .stamp
            .is_none()
    );
    let changes = FolderChanges {
        changed: vec![folder("new", None)],
        ..FolderChanges::default()
    };
    desk.store
        .apply_folders(&lease, &changes, at(101))
        .await
        .unwrap();
    let stamp = desk
        .store
        .work(&lease, at(101))
        .await
        .unwrap()
        .stamp
        .unwrap();
    assert_eq!(stamp.hints[0].remote_id, "m1");
    let applied = desk.live(&lease, vec![mail("m1", "new", 50)]).await;
    assert_eq!(applied.arrived.len(), 1);
    let outcome = [(stamp.hints[0].clone(), HintOutcome::Done)];
    desk.store
        .settle_hints(&lease, stamp.version, false, &outcome)
        .await
        .unwrap();
    assert!(
        desk.store
            .work(&lease, at(500))
            .await
            .unwrap()
            .stamp
            .is_none()
    );
    desk.message(mailbox, "m1").await;
}

async fn a_message_out_of_scope_is_not_read_for_ever(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.live(&lease, vec![mail("known", "inbox", 50)]).await;
    let moved_out = vec![mail("m1", "hidden", 50), mail("known", "hidden", 50)];
    desk.live(&lease, moved_out.clone()).await;
    let mut second = 100;
    let mut reads = 0;
    loop {
        second += 3600;
        let Some(stamp) = desk.store.work(&lease, at(second)).await.unwrap().stamp else {
            break;
        };
        reads += 1;
        assert!(reads < 20, "it ends");
        desk.apply(&lease, Batch::live(moved_out.clone()).at(second))
            .await;
        let hints: Vec<_> = stamp
            .hints
            .iter()
            .map(|hint| (hint.clone(), HintOutcome::Done))
            .collect();
        desk.store
            .settle_hints(&lease, stamp.version, false, &hints)
            .await
            .unwrap();
    }
    let missing = desk.store.work(&lease, at(second)).await.unwrap().missing;
    let missing: Vec<_> = missing.iter().map(|one| one.remote_id.as_str()).collect();
    assert_eq!(
        missing,
        ["known"],
        "what has a row is looked for until it is known"
    );
}

async fn removed_means_missing_only_where_it_lies(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let messages = vec![
        mail("here", "inbox", 50),
        mail("moved", "inbox", 51),
        mail("back", "inbox", 52),
    ];
    desk.live(&lease, messages).await;
    desk.live(&lease, vec![mail("moved", "project", 51)]).await;
    let inbox = desk.folder(&lease, "inbox").await;
    let round = Batch::live(vec![mail("back", "inbox", 52)])
        .removed(&["here", "moved", "back", "never-seen"])
        .cursor(inbox, done());
    let applied = desk.apply(&lease, round).await;
    assert_eq!(
        applied.missing, 2,
        "one moved on already; one may have left and come back"
    );
    let missing = desk.store.work(&lease, at(101)).await.unwrap().missing;
    let mut missing: Vec<_> = missing.iter().map(|one| one.remote_id.as_str()).collect();
    missing.sort_unstable();
    assert_eq!(missing, ["back", "here"]);
    desk.message(mailbox, "here").await;
}

async fn a_missing_message_is_found_where_it_went(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.live(&lease, vec![mail("m1", "inbox", 50)]).await;
    let inbox = desk.folder(&lease, "inbox").await;
    let removed = Batch::live(Vec::new())
        .removed(&["m1"])
        .cursor(inbox, done());
    desk.apply(&lease, removed).await;
    let toggle = RemoteMessage {
        is_read: Some(false),
        ..sparse("m1")
    };
    desk.live(&lease, vec![toggle]).await;
    assert_eq!(
        desk.store
            .work(&lease, at(101))
            .await
            .unwrap()
            .missing
            .len(),
        1
    );
    let head = desk.head().await;
    desk.live(&lease, vec![mail("m1", "project", 50)]).await;
    assert!(
        desk.store
            .work(&lease, at(101))
            .await
            .unwrap()
            .missing
            .is_empty()
    );
    let kinds = desk.journal(head).await;
    assert_eq!(
        kinds,
        ["message.updated", "folder.updated", "folder.updated"]
    );
    let id = desk.message(mailbox, "m1").await;
    let read = desk.store.message(ADMIN, id).await.unwrap().unwrap();
    assert_eq!(read.summary.folder, desk.folder(&lease, "project").await);
}

async fn counts_and_conversations_follow(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let talk = |name: &str, second| RemoteMessage {
        conversation: Some("talk".into()),
        ..mail(name, "inbox", second)
    };
    desk.live(
        &lease,
        vec![talk("m1", 50), talk("m2", 60), mail("m3", "inbox", 55)],
    )
    .await;
    let (one, two) = (
        desk.message(mailbox, "m1").await,
        desk.message(mailbox, "m2").await,
    );
    let read = async |id| {
        desk.store
            .message(ADMIN, id)
            .await
            .unwrap()
            .unwrap()
            .summary
    };
    assert_eq!(read(one).await.conversation, read(two).await.conversation);
    let split = RemoteMessage {
        conversation: Some("other".into()),
        ..sparse("m2")
    };
    desk.live(&lease, vec![split]).await;
    assert_ne!(read(one).await.conversation, read(two).await.conversation);
    let seen = RemoteMessage {
        is_read: Some(true),
        ..sparse("m1")
    };
    desk.live(&lease, vec![seen, mail("m3", "project", 55)])
        .await;
    let folders = desk.store.folders(ADMIN, mailbox).await.unwrap().unwrap();
    let counts = |name: &str| {
        let folder = folders.iter().find(|one| one.name == name).unwrap();
        (folder.total, folder.unread)
    };
    assert_eq!((counts("inbox"), counts("project")), ((2, 1), (1, 1)));
    assert_eq!(
        desk.store
            .mailbox(ADMIN, mailbox)
            .await
            .unwrap()
            .unwrap()
            .unread,
        1
    );
}

async fn a_forgotten_message_leaves_nothing_behind(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let id = desk
        .live(&lease, vec![mail("m1", "inbox", 50)])
        .await
        .arrived[0];
    let head = desk.head().await;
    let gone = ["m1".to_owned(), "never".to_owned()];
    desk.store
        .forget_messages(&lease, &gone, at(101))
        .await
        .unwrap();
    assert_eq!(
        desk.journal(head).await,
        ["message.deleted", "folder.updated"]
    );
    assert!(desk.store.message(ADMIN, id).await.unwrap().is_none());
    let words = MessageQuery {
        search: Some(Search::in_utc("m1")),
        limit: 9,
        ..MessageQuery::default()
    };
    assert!(desk.store.messages(ADMIN, &words).await.unwrap().is_empty());
    let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!((shown.unread, shown.import.listed), (0, 0));
    desk.store
        .forget_messages(&lease, &gone, at(102))
        .await
        .unwrap();
    assert_eq!(
        desk.live(&lease, vec![mail("m1", "inbox", 50)]).await.added,
        1
    );
}

async fn known_messages_are_named(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.live(
        &lease,
        vec![mail("m1", "inbox", 50), mail("M1", "inbox", 51)],
    )
    .await;
    let asked = ["m1", "M1", "m2"].map(str::to_owned);
    let mut known = desk.store.known_messages(&lease, &asked).await.unwrap();
    known.sort_unstable();
    assert_eq!(known, ["M1", "m1"], "ids are case-sensitive");
    assert!(
        desk.store
            .known_messages(&lease, &[])
            .await
            .unwrap()
            .is_empty()
    );
}
