//! Folders and their cursors: first listing, rounds, starting over.

use maildesk_model::folder::WellKnown;
use maildesk_model::intent::{Change, Want};
use maildesk_model::mailbox::MailboxState;
use maildesk_store::contract::{
    Cursor, DeskStore, Differing, FolderChanges, FolderKey, MailboxStore, RemoteFolder, SyncEnd,
    SyncStore,
};

use crate::fixture::{ADMIN, Batch, FOLDERS, Fixture, at, cases, done, folder, mail};

cases!(
    folders_are_listed_inbox_first_then_the_largest,
    the_last_listed_folder_makes_the_mailbox_active,
    cursors_are_kept_with_their_links,
    changes_are_told_and_what_is_the_same_is_not,
    a_whole_tree_takes_the_rest_away,
    messages_of_a_gone_folder_are_looked_for,
    a_folder_that_comes_back_is_listed_anew,
    a_listing_from_scratch_reconciles,
    a_new_select_version_begins_every_folder_anew,
    the_folder_list_can_begin_anew,
    the_stalest_folders_come_first,
    counts_are_compared_and_noted,
);

async fn apply(desk: &Fixture, lease: &maildesk_store::contract::Lease, changes: FolderChanges) {
    desk.store
        .apply_folders(lease, &changes, at(5))
        .await
        .unwrap();
}

fn changed(folders: Vec<RemoteFolder>) -> FolderChanges {
    FolderChanges {
        changed: folders,
        link: Some("next-link".into()),
        ..FolderChanges::default()
    }
}

async fn folders_are_listed_inbox_first_then_the_largest(desk: Fixture) {
    desk.mailbox("ada@contoso.test").await;
    let lease = desk.claim(0).await.unwrap();
    let sized = |id: &str, known, total| RemoteFolder {
        total,
        ..folder(id, known)
    };
    let folders = vec![
        sized("small", None, 1),
        sized("large", None, 100),
        sized("sent", Some(WellKnown::SentItems), 5),
        sized("inbox", Some(WellKnown::Inbox), 2),
    ];
    apply(&desk, &lease, changed(folders)).await;
    let mut order = Vec::new();
    while let Some(next) = desk.store.work(&lease, at(5)).await.unwrap().unlisted {
        assert_eq!(next.cursor, Cursor::Start);
        desk.list(&lease, &next.remote_id, Vec::new()).await;
        order.push(next.remote_id);
    }
    assert_eq!(order, ["inbox", "sent", "large", "small"]);
}

async fn the_last_listed_folder_makes_the_mailbox_active(desk: Fixture) {
    let mailbox = desk.mailbox("ada@contoso.test").await;
    let lease = desk.claim(0).await.unwrap();
    desk.folders(&lease, &FOLDERS).await;
    let state = async || {
        desk.store
            .mailbox(ADMIN, mailbox)
            .await
            .unwrap()
            .unwrap()
            .state
    };
    for (n, (remote, _)) in FOLDERS.iter().enumerate() {
        assert_eq!(state().await, MailboxState::Importing);
        let applied = desk.list(&lease, remote, Vec::new()).await;
        assert_eq!(applied.became_active, n == FOLDERS.len() - 1);
    }
    assert_eq!(state().await, MailboxState::Active);
    apply(&desk, &lease, changed(vec![folder("new", None)])).await;
    assert_eq!(
        state().await,
        MailboxState::Active,
        "one new folder is no import"
    );
    assert!(!desk.list(&lease, "new", Vec::new()).await.became_active);
}

async fn cursors_are_kept_with_their_links(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let inbox = desk.folder(&lease, "inbox").await;
    let cursors = [
        Cursor::Listing("listing".into()),
        Cursor::Round {
            next: "round".into(),
        },
        Cursor::Done("done".into()),
        Cursor::Start,
    ];
    for cursor in cursors {
        desk.apply(
            &lease,
            Batch::live(Vec::new()).cursor(inbox, cursor.clone()).at(70),
        )
        .await;
        let read = desk
            .store
            .folder_sync(&lease, FolderKey::Id(inbox))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (read.cursor, read.visited_at.is_some()),
            (cursor.clone(), true)
        );
        let work = desk.store.work(&lease, at(71)).await.unwrap();
        assert_eq!(
            work.unfinished.is_some(),
            matches!(cursor, Cursor::Round { .. })
        );
        let unlisted = matches!(cursor, Cursor::Start | Cursor::Listing(_));
        assert_eq!(work.unlisted.is_some(), unlisted);
    }
    let read = desk
        .store
        .folder_sync(&lease, FolderKey::WellKnown(WellKnown::Inbox))
        .await;
    let read = read.unwrap().unwrap();
    assert_eq!((read.id, read.visited_at), (inbox, Some(at(70))));
    let none = desk
        .store
        .folder_sync(&lease, FolderKey::Remote("nowhere"))
        .await;
    assert!(none.unwrap().is_none());
}

async fn changes_are_told_and_what_is_the_same_is_not(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let head = desk.head().await;
    desk.folders(&lease, &FOLDERS).await;
    assert!(desk.journal(head).await.is_empty());
    let renamed = RemoteFolder {
        name: "Renamed".into(),
        ..folder("project", None)
    };
    apply(&desk, &lease, changed(vec![renamed])).await;
    assert_eq!(desk.journal(head).await, ["folder.updated"]);
    let unknown_name = folder("inbox", None);
    apply(&desk, &lease, changed(vec![unknown_name])).await;
    assert_eq!(
        desk.journal(head).await.len(),
        1,
        "a name not said keeps the known one"
    );
    let work = desk.store.work(&lease, at(6)).await.unwrap();
    assert_eq!(work.mailbox.folders_link.as_deref(), Some("next-link"));
}

async fn a_whole_tree_takes_the_rest_away(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.folders(&lease, &FOLDERS[..4]).await;
    let folders = desk.store.folders(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(folders.len(), 4);
    let none = desk
        .store
        .folder_sync(&lease, FolderKey::Remote("project"))
        .await;
    assert!(none.unwrap().is_none());
}

async fn messages_of_a_gone_folder_are_looked_for(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let messages = vec![mail("stays", "project", 1), mail("goes", "project", 2)];
    desk.live(&lease, messages).await;
    let gone = FolderChanges {
        removed: vec!["project".into()],
        ..FolderChanges::default()
    };
    apply(&desk, &lease, gone).await;
    let work = desk.store.work(&lease, at(6)).await.unwrap();
    let mut missing: Vec<_> = work
        .missing
        .iter()
        .map(|one| one.remote_id.as_str())
        .collect();
    missing.sort_unstable();
    assert_eq!(missing, ["goes", "stays"]);
    desk.message(mailbox, "stays").await;
    desk.live(&lease, vec![mail("stays", "inbox", 1)]).await;
    desk.store
        .forget_messages(&lease, &["goes".into()], at(8))
        .await
        .unwrap();
    assert!(
        desk.store
            .work(&lease, at(9))
            .await
            .unwrap()
            .missing
            .is_empty()
    );
    let end = SyncEnd {
        next_sweep_at: None,
        trigger: None,
        well: true,
        not_before: None,
        at: at(9),
    };
    desk.store.finish_sync(&lease, &end).await.unwrap();
    let folders = desk.store.folders(ADMIN, mailbox).await.unwrap().unwrap();
    let inbox = folders.iter().find(|one| one.name == "inbox").unwrap();
    assert_eq!((folders.len(), inbox.total, inbox.unread), (4, 1, 1));
}

async fn a_folder_that_comes_back_is_listed_anew(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.live(&lease, vec![mail("m1", "project", 1)]).await;
    let gone = FolderChanges {
        removed: vec!["project".into()],
        ..FolderChanges::default()
    };
    apply(&desk, &lease, gone).await;
    apply(&desk, &lease, changed(vec![folder("project", None)])).await;
    let unlisted = desk
        .store
        .work(&lease, at(6))
        .await
        .unwrap()
        .unlisted
        .unwrap();
    assert_eq!(
        (unlisted.remote_id.as_str(), unlisted.cursor),
        ("project", Cursor::Start)
    );
    desk.list(&lease, "project", vec![mail("m1", "project", 1)])
        .await;
    let work = desk.store.work(&lease, at(7)).await.unwrap();
    assert!(work.missing.is_empty() && work.unlisted.is_none());
    desk.message(mailbox, "m1").await;
}

async fn a_listing_from_scratch_reconciles(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let messages = (0..600)
        .map(|n| mail(&format!("m{n}"), "inbox", n - 1000))
        .collect();
    desk.live(&lease, messages).await;
    desk.live(&lease, vec![mail("elsewhere", "project", 1)])
        .await;
    let inbox = desk.folder(&lease, "inbox").await;
    desk.store
        .restart_folder(&lease, inbox, at(9))
        .await
        .unwrap();
    let head = desk.head().await;
    let first = Batch::listing(vec![mail("m1", "inbox", -999)]);
    desk.apply(&lease, first.cursor(inbox, Cursor::Listing("next".into())))
        .await;
    assert!(
        desk.store
            .work(&lease, at(9))
            .await
            .unwrap()
            .missing
            .is_empty()
    );
    // Came by a hint while the listing ran, and is in none of its pages.
    desk.live(
        &lease,
        vec![mail("m2", "inbox", -998), mail("elsewhere", "inbox", 1)],
    )
    .await;
    let last = Batch::listing(vec![mail("m3", "inbox", -997)]).cursor(inbox, done());
    let applied = desk.apply(&lease, last).await;
    assert_eq!(applied.missing, 597);
    let work = desk.store.work(&lease, at(9)).await.unwrap();
    let missing: Vec<_> = work
        .missing
        .iter()
        .map(|one| one.remote_id.as_str())
        .collect();
    assert!(missing.len() == 20 && !missing.contains(&"m1") && !missing.contains(&"elsewhere"));
    assert!(
        !desk
            .journal(head)
            .await
            .contains(&"message.created".to_owned())
    );
    let folders = desk.store.folders(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(
        folders[0].total, 601,
        "nothing vanishes before it is known where it went"
    );
}

async fn a_new_select_version_begins_every_folder_anew(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.store
        .set_select_version(&lease, 2, at(5))
        .await
        .unwrap();
    let work = desk.store.work(&lease, at(5)).await.unwrap();
    assert_eq!(work.mailbox.select_version, 2);
    assert_eq!(work.unlisted.unwrap().cursor, Cursor::Start);
    desk.list(&lease, "inbox", Vec::new()).await;
    desk.store
        .set_select_version(&lease, 2, at(6))
        .await
        .unwrap();
    let inbox = desk
        .store
        .folder_sync(&lease, FolderKey::Remote("inbox"))
        .await;
    assert_eq!(inbox.unwrap().unwrap().cursor, done());
}

async fn the_folder_list_can_begin_anew(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.store.restart_folders(&lease, at(5)).await.unwrap();
    let work = desk.store.work(&lease, at(5)).await.unwrap();
    assert_eq!(work.mailbox.folders_link, None);
    assert!(work.unlisted.is_none(), "the folders themselves stay");
}

async fn the_stalest_folders_come_first(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    for (second, (remote, _)) in (110..).zip(FOLDERS) {
        let folder = desk.folder(&lease, remote).await;
        desk.apply(
            &lease,
            Batch::live(Vec::new()).cursor(folder, done()).at(second),
        )
        .await;
    }
    let first = async |limit| {
        let folders = desk.store.stalest_folders(&lease, limit).await.unwrap();
        folders
            .into_iter()
            .map(|one| one.remote_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(first(2).await, ["inbox", "sent"]);
    let differs = RemoteFolder {
        total: 7,
        ..folder("project", None)
    };
    desk.store
        .apply_folders(&lease, &changed(vec![differs]), at(120))
        .await
        .unwrap();
    assert_eq!(first(2).await, ["project", "inbox"]);
    let project = desk.folder(&lease, "project").await;
    desk.apply(
        &lease,
        Batch::live(Vec::new()).cursor(project, done()).at(121),
    )
    .await;
    assert_eq!(
        first(2).await,
        ["inbox", "sent"],
        "it was looked at; others are not kept waiting"
    );
}

async fn counts_are_compared_and_noted(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.live(&lease, vec![mail("m1", "inbox", 5)]).await;
    let counted = |name: &str, total, unread| RemoteFolder {
        total,
        unread,
        ..folder(name, None)
    };
    let counts = changed(vec![counted("inbox", 3, 0), counted("project", 0, 0)]);
    let store = &desk.store;
    store.apply_folders(&lease, &counts, at(9)).await.unwrap();
    let kept = store.counts_kept(&lease).await.unwrap();
    assert_eq!(kept.noted, None);
    let inbox = desk.folder(&lease, "inbox").await;
    let differing = Differing {
        folder: inbox,
        total: 2,
        unread: -1,
        held: 1,
        held_unread: 1,
    };
    assert_eq!(kept.differing, [differing]);
    // What people have asked for and Graph has not carried out makes no difference.
    let project = desk.folder(&lease, "project").await;
    let message = desk.message(lease.mailbox, "m1").await;
    let change = Change {
        folder: Some(project),
        is_read: Some(true),
        ..Change::default()
    };
    for want in [Want::Change { message, change }, Want::Delete { message }] {
        let wanted = store.want(ADMIN, lease.mailbox, &want, at(9)).await;
        wanted.unwrap().unwrap();
        let kept = store.counts_kept(&lease).await.unwrap();
        assert_eq!(kept.differing, [differing], "{want:?}");
    }
    for noted in ["once", "twice"] {
        store.note_counts(&lease, noted).await.unwrap();
        let kept = store.counts_kept(&lease).await.unwrap();
        assert_eq!(kept.noted.as_deref(), Some(noted));
    }
    store.restart_folder(&lease, inbox, at(10)).await.unwrap();
    let kept = store.counts_kept(&lease).await.unwrap();
    assert!(
        kept.differing.is_empty(),
        "what is listed anew says nothing"
    );
}
