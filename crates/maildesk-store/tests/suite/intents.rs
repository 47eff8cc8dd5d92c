//! What people want: shown at once, carried out, or put back.

use maildesk_model::id::{FolderId, IntentId, MailboxId, MessageId};
use maildesk_model::intent::{Change, IntentState, Want};
use maildesk_model::mailbox::Trouble;
use maildesk_model::message::{Flag, FlagDates, MessageSummary, RemoteMessage};
use maildesk_store::contract::{
    Bell, DeskStore, FolderChanges, IntentOutcome, JournalStore, Lease, MailboxStore, SyncStore,
};

use crate::fixture::{ADMIN, Fixture, at, cases, mail};

cases!(
    a_change_shows_at_once,
    an_old_page_does_not_flicker,
    what_was_done_is_graphs_word,
    a_refused_change_is_put_back,
    several_changes_fold_in_order,
    a_deleted_message_hides_and_returns_if_refused,
    a_deletion_carried_out_leaves_nothing,
    a_change_must_stay_in_its_mailbox,
    intents_are_tried_again_until_decided,
    an_intent_about_nothing_has_no_target,
    intents_travel_oldest_first_and_are_counted,
    a_person_hears_of_their_own_refusals,
    a_due_date_comes_and_goes_with_its_flag,
    named_messages_are_those_one_may_see,
);

struct Scene {
    mailbox: MailboxId,
    lease: Lease,
    message: MessageId,
    inbox: FolderId,
    project: FolderId,
}

async fn scene(desk: &Fixture) -> Scene {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let message = desk
        .live(&lease, vec![mail("m1", "inbox", 50)])
        .await
        .arrived[0];
    let inbox = desk.folder(&lease, "inbox").await;
    let project = desk.folder(&lease, "project").await;
    Scene {
        mailbox,
        lease,
        message,
        inbox,
        project,
    }
}

impl Scene {
    async fn change(&self, desk: &Fixture, change: Change) -> IntentId {
        let want = Want::Change {
            message: self.message,
            change,
        };
        desk.store
            .want(ADMIN, self.mailbox, &want, at(200))
            .await
            .unwrap()
            .unwrap()
    }

    async fn settle(&self, desk: &Fixture, id: IntentId, outcome: IntentOutcome) {
        desk.store
            .settle_intent(&self.lease, id, &outcome, at(210))
            .await
            .unwrap();
    }

    async fn read(&self, desk: &Fixture) -> Option<MessageSummary> {
        let read = desk.store.message(ADMIN, self.message).await.unwrap();
        read.map(|detail| detail.summary)
    }

    async fn counts(&self, desk: &Fixture, folder: FolderId) -> (i64, i64) {
        let folders = desk
            .store
            .folders(ADMIN, self.mailbox)
            .await
            .unwrap()
            .unwrap();
        let folder = folders.into_iter().find(|one| one.id == folder).unwrap();
        (folder.total, folder.unread)
    }
}

fn read_it() -> Change {
    Change {
        is_read: Some(true),
        ..Change::default()
    }
}

fn refused() -> IntentOutcome {
    IntentOutcome::Refused(trouble())
}

fn trouble() -> Trouble {
    Trouble {
        code: "ErrorAccessDenied".into(),
        message: "Microsoft refused.".into(),
        remedy: "Ask.".into(),
    }
}

async fn a_change_shows_at_once(desk: Fixture) {
    let scene = scene(&desk).await;
    let head = desk.head().await;
    let bell = desk.store.bell(Bell::Work);
    let change = Change {
        is_read: Some(true),
        flag: Some(Flag::Flagged),
        due: Some(at(86_400)),
        categories: Some(vec!["Red".into()]),
        folder: Some(scene.project),
    };
    let id = scene.change(&desk, change.clone()).await;
    assert!(bell.has_changed().unwrap());
    let read = scene.read(&desk).await.unwrap();
    assert_eq!(
        (read.is_read, read.flag, read.folder),
        (true, Flag::Flagged, scene.project)
    );
    assert_eq!(read.categories, ["Red"]);
    assert_eq!(read.due, Some(at(86_400)));
    assert_eq!(scene.counts(&desk, scene.inbox).await, (0, 0));
    assert_eq!(scene.counts(&desk, scene.project).await, (1, 0));
    let kinds = desk.journal(head).await;
    assert_eq!(
        kinds,
        ["folder.updated", "folder.updated", "message.updated"]
    );
    let target = desk
        .store
        .intent_target(&scene.lease, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (target.message.as_str(), target.folder.as_deref()),
        ("m1", Some("project"))
    );
    let intent = desk.store.intent(ADMIN, id).await.unwrap().unwrap();
    assert_eq!(
        intent.want,
        Want::Change {
            message: scene.message,
            change
        }
    );
    assert_eq!(
        (intent.state, intent.user),
        (IntentState::Waiting, Some(ADMIN.user))
    );
    let bo = desk.user("bo@contoso.test").await;
    assert!(desk.store.intent(bo, id).await.unwrap().is_none());
}

async fn an_old_page_does_not_flicker(desk: Fixture) {
    let scene = scene(&desk).await;
    let change = Change {
        folder: Some(scene.project),
        ..read_it()
    };
    scene.change(&desk, change).await;
    let head = desk.head().await;
    desk.live(&scene.lease, vec![mail("m1", "inbox", 50)]).await;
    let read = scene.read(&desk).await.unwrap();
    assert_eq!((read.is_read, read.folder), (true, scene.project));
    assert_eq!(desk.head().await, head);
}

async fn what_was_done_is_graphs_word(desk: Fixture) {
    let scene = scene(&desk).await;
    let change = Change {
        folder: Some(scene.project),
        ..read_it()
    };
    let id = scene.change(&desk, change).await;
    let head = desk.head().await;
    let answer = RemoteMessage {
        is_read: Some(true),
        ..mail("m1", "project", 50)
    };
    let bell = desk.store.bell(Bell::Intent);
    scene
        .settle(&desk, id, IntentOutcome::Done(Some(Box::new(answer))))
        .await;
    assert!(bell.has_changed().unwrap());
    assert!(
        desk.journal(head).await.is_empty(),
        "it was shown so already"
    );
    let read = scene.read(&desk).await.unwrap();
    assert_eq!((read.is_read, read.folder), (true, scene.project));
    // Graph's word counts again from now on.
    desk.live(&scene.lease, vec![mail("m1", "project", 50)])
        .await;
    assert!(!scene.read(&desk).await.unwrap().is_read);
    // Without an answer, what was wanted is taken as done.
    let id = scene.change(&desk, read_it()).await;
    scene.settle(&desk, id, IntentOutcome::Done(None)).await;
    assert!(scene.read(&desk).await.unwrap().is_read);
    scene.settle(&desk, id, refused()).await;
    let intent = desk.store.intent(ADMIN, id).await.unwrap().unwrap();
    assert_eq!(intent.state, IntentState::Done, "settled is settled");
}

async fn a_refused_change_is_put_back(desk: Fixture) {
    let scene = scene(&desk).await;
    let change = Change {
        folder: Some(scene.project),
        ..read_it()
    };
    let id = scene.change(&desk, change).await;
    let head = desk.head().await;
    scene.settle(&desk, id, refused()).await;
    let kinds = desk.journal(head).await;
    assert_eq!(
        kinds,
        ["folder.updated", "folder.updated", "message.updated"]
    );
    let read = scene.read(&desk).await.unwrap();
    assert_eq!((read.is_read, read.folder), (false, scene.inbox));
    assert_eq!(scene.counts(&desk, scene.inbox).await, (1, 1));
    assert_eq!(scene.counts(&desk, scene.project).await, (0, 0));
    let intent = desk.store.intent(ADMIN, id).await.unwrap().unwrap();
    assert_eq!(intent.state, IntentState::Refused(trouble()));
}

async fn several_changes_fold_in_order(desk: Fixture) {
    let scene = scene(&desk).await;
    let first = scene.change(&desk, read_it()).await;
    let flag = Change {
        flag: Some(Flag::Flagged),
        ..Change::default()
    };
    let second = scene.change(&desk, flag).await;
    let unread = Change {
        is_read: Some(false),
        ..Change::default()
    };
    let third = scene.change(&desk, unread).await;
    let read = scene.read(&desk).await.unwrap();
    assert_eq!((read.is_read, read.flag), (false, Flag::Flagged));
    scene.settle(&desk, first, IntentOutcome::Done(None)).await;
    assert!(
        !scene.read(&desk).await.unwrap().is_read,
        "the third still lies over it"
    );
    scene.settle(&desk, third, refused()).await;
    let read = scene.read(&desk).await.unwrap();
    assert_eq!((read.is_read, read.flag), (true, Flag::Flagged));
    scene.settle(&desk, second, refused()).await;
    assert_eq!(scene.read(&desk).await.unwrap().flag, Flag::None);
    assert_eq!(scene.counts(&desk, scene.inbox).await, (1, 0));
}

async fn a_deleted_message_hides_and_returns_if_refused(desk: Fixture) {
    let scene = scene(&desk).await;
    let head = desk.head().await;
    let want = Want::Delete {
        message: scene.message,
    };
    let id = desk
        .store
        .want(ADMIN, scene.mailbox, &want, at(200))
        .await
        .unwrap()
        .unwrap();
    assert!(scene.read(&desk).await.is_none());
    assert_eq!(scene.counts(&desk, scene.inbox).await, (0, 0));
    assert_eq!(
        desk.journal(head).await,
        ["folder.updated", "message.deleted"]
    );
    assert!(
        desk.store
            .want(ADMIN, scene.mailbox, &want, at(201))
            .await
            .unwrap()
            .is_none()
    );
    desk.live(&scene.lease, vec![mail("m1", "inbox", 50)]).await;
    assert!(scene.read(&desk).await.is_none());
    scene.settle(&desk, id, refused()).await;
    assert_eq!(scene.read(&desk).await.unwrap().folder, scene.inbox);
    assert_eq!(scene.counts(&desk, scene.inbox).await, (1, 1));
}

async fn a_deletion_carried_out_leaves_nothing(desk: Fixture) {
    let scene = scene(&desk).await;
    let want = Want::Delete {
        message: scene.message,
    };
    let id = desk
        .store
        .want(ADMIN, scene.mailbox, &want, at(200))
        .await
        .unwrap()
        .unwrap();
    let head = desk.head().await;
    scene.settle(&desk, id, IntentOutcome::Deleted).await;
    assert!(
        desk.journal(head).await.is_empty(),
        "it was gone for everybody already"
    );
    let known = desk
        .store
        .known_messages(&scene.lease, &["m1".into()])
        .await
        .unwrap();
    assert!(known.is_empty());
    let intent = desk.store.intent(ADMIN, id).await.unwrap().unwrap();
    assert_eq!(intent.state, IntentState::Done);
}

async fn a_change_must_stay_in_its_mailbox(desk: Fixture) {
    let scene = scene(&desk).await;
    let (other, lease) = desk.listed_mailbox("other@contoso.test").await;
    let foreign = desk.folder(&lease, "project").await;
    let want = |message, folder| Want::Change {
        message,
        change: Change {
            folder: Some(folder),
            ..Change::default()
        },
    };
    let bo = desk.user("bo@contoso.test").await;
    let tries = [
        (ADMIN, scene.mailbox, want(scene.message, foreign)),
        (ADMIN, other, want(scene.message, foreign)),
        (ADMIN, scene.mailbox, want(MessageId(999), scene.project)),
        (ADMIN, MailboxId(999), want(scene.message, scene.project)),
        (bo, scene.mailbox, want(scene.message, scene.project)),
    ];
    for (viewer, mailbox, want) in tries {
        let wanted = desk
            .store
            .want(viewer, mailbox, &want, at(200))
            .await
            .unwrap();
        assert_eq!(wanted, None, "{want:?}");
    }
    assert!(desk.store.waiting_intents().await.unwrap().is_empty());
}

async fn intents_are_tried_again_until_decided(desk: Fixture) {
    let scene = scene(&desk).await;
    let id = scene.change(&desk, read_it()).await;
    scene
        .settle(&desk, id, IntentOutcome::RetryAt(at(300)))
        .await;
    let due = async |second| {
        desk.store
            .work(&scene.lease, at(second))
            .await
            .unwrap()
            .intents
    };
    assert!(due(299).await.is_empty());
    let again = due(300).await;
    assert_eq!((again[0].id, again[0].attempts), (id, 1));
    assert!(
        scene.read(&desk).await.unwrap().is_read,
        "still shown as wanted"
    );
}

async fn an_intent_about_nothing_has_no_target(desk: Fixture) {
    let scene = scene(&desk).await;
    let moved = Change {
        folder: Some(scene.project),
        ..Change::default()
    };
    let id = scene.change(&desk, moved).await;
    let gone = FolderChanges {
        removed: vec!["project".into()],
        ..FolderChanges::default()
    };
    desk.store
        .apply_folders(&scene.lease, &gone, at(205))
        .await
        .unwrap();
    assert!(
        desk.store
            .intent_target(&scene.lease, id)
            .await
            .unwrap()
            .is_none()
    );
    scene.settle(&desk, id, refused()).await;
    let id = scene.change(&desk, read_it()).await;
    desk.store
        .forget_messages(&scene.lease, &["m1".into()], at(206))
        .await
        .unwrap();
    assert!(
        desk.store
            .intent_target(&scene.lease, id)
            .await
            .unwrap()
            .is_none()
    );
    scene.settle(&desk, id, refused()).await;
    let nobody = desk
        .store
        .intent_target(&scene.lease, IntentId(999))
        .await
        .unwrap();
    assert!(nobody.is_none());
}

async fn intents_travel_oldest_first_and_are_counted(desk: Fixture) {
    let scene = scene(&desk).await;
    let mut ids = Vec::new();
    for _ in 0..25 {
        ids.push(scene.change(&desk, read_it()).await);
    }
    let work = desk.store.work(&scene.lease, at(201)).await.unwrap();
    assert_eq!(
        work.intents.iter().map(|one| one.id).collect::<Vec<_>>(),
        ids[..20]
    );
    assert_eq!(
        desk.store.waiting_intents().await.unwrap(),
        [("sync".into(), 25)]
    );
}

async fn a_due_date_comes_and_goes_with_its_flag(desk: Fixture) {
    let scene = scene(&desk).await;
    let due = async || scene.read(&desk).await.unwrap().due;
    // Outlook's own.
    let mut remote = mail("m1", "inbox", 50);
    remote.flag = Some(Flag::Flagged);
    remote.flag_dates = Some(FlagDates {
        due: Some(at(86_400)),
        ..FlagDates::default()
    });
    desk.live(&scene.lease, vec![remote.clone()]).await;
    assert_eq!(due().await, Some(at(86_400)));
    // Another day, wanted here, refused there.
    let flag = |flag, due| Change {
        flag: Some(flag),
        due,
        ..Change::default()
    };
    let later = flag(Flag::Flagged, Some(at(172_800)));
    let id = scene.change(&desk, later.clone()).await;
    assert_eq!(due().await, Some(at(172_800)));
    desk.live(&scene.lease, vec![remote]).await;
    assert_eq!(
        due().await,
        Some(at(172_800)),
        "an old page does not flicker"
    );
    scene.settle(&desk, id, refused()).await;
    assert_eq!(due().await, Some(at(86_400)));
    // Once more, and carried out.
    let id = scene.change(&desk, later).await;
    scene.settle(&desk, id, IntentOutcome::Done(None)).await;
    assert_eq!(due().await, Some(at(172_800)));
    let id = scene.change(&desk, flag(Flag::Complete, None)).await;
    assert_eq!(due().await, None);
    scene.settle(&desk, id, IntentOutcome::Done(None)).await;
    assert_eq!(due().await, None);
}

async fn a_person_hears_of_their_own_refusals(desk: Fixture) {
    let scene = scene(&desk).await;
    let bo = desk.user("bo@contoso.test").await;
    desk.store
        .set_access(ADMIN, scene.mailbox, &[bo.user], at(190))
        .await
        .unwrap();
    let refusals = async |viewer, since| {
        let refusals = desk.store.refusals(viewer, at(since), 50).await.unwrap();
        refusals.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let first = scene.change(&desk, read_it()).await;
    let second = scene.change(&desk, read_it()).await;
    let done = scene.change(&desk, read_it()).await;
    assert!(refusals(ADMIN, 0).await.is_empty(), "nothing is decided");
    scene.settle(&desk, first, refused()).await;
    scene.settle(&desk, second, refused()).await;
    scene.settle(&desk, done, IntentOutcome::Done(None)).await;
    assert_eq!(refusals(ADMIN, 210).await, [second, first]);
    assert!(refusals(ADMIN, 211).await.is_empty(), "heard of before");
    assert!(refusals(bo, 0).await.is_empty(), "somebody else's");
    assert_eq!(desk.store.refusals(ADMIN, at(0), 1).await.unwrap().len(), 1);
}

async fn named_messages_are_those_one_may_see(desk: Fixture) {
    let scene = scene(&desk).await;
    let more = desk
        .live(&scene.lease, vec![mail("m2", "inbox", 60)])
        .await
        .arrived[0];
    let bo = desk.user("bo@contoso.test").await;
    let named = async |viewer, ids: &[MessageId]| {
        let found = desk.store.summaries(viewer, ids).await.unwrap();
        found.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let both = [scene.message, more];
    assert_eq!(named(ADMIN, &both).await, both);
    assert_eq!(
        named(ADMIN, &[more, MessageId(999), scene.message]).await,
        [more, scene.message]
    );
    assert!(named(bo, &both).await.is_empty(), "not shared with them");
    assert!(named(ADMIN, &[]).await.is_empty());
}
