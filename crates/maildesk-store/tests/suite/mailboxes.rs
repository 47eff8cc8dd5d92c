//! Mailboxes as people handle them.

use maildesk_model::folder::WellKnown;
use maildesk_model::id::{MailboxId, UserId};
use maildesk_model::mailbox::{Connection, MailboxState};
use maildesk_model::push::PushState;
use maildesk_model::stamp::Trigger;
use maildesk_store::StoreError;
use maildesk_store::contract::{FolderChanges, MailboxStore, NewMailbox, PeopleStore, SyncStore};

use crate::fixture::{ADMIN, Fixture, at, cases, folder, mail};

cases!(
    push_is_wanted_from_the_beginning_where_a_parameter_says_so,
    an_address_is_one_mailbox_in_any_case,
    people_see_what_is_shared_with_them,
    shares_are_told_by_person_and_name,
    many_mailboxes_are_shared_at_once_or_none,
    names_sort_and_page_the_same_on_both_engines,
    renaming_is_told_once,
    a_removed_mailbox_is_gone_and_can_come_again,
    asking_for_a_sync_makes_everything_due,
    folders_come_in_the_order_of_the_tree,
    a_mailbox_shows_how_it_is_doing,
);

async fn an_address_is_one_mailbox_in_any_case(desk: Fixture) {
    desk.mailbox("Äda@contoso.test").await;
    let again = NewMailbox {
        name: "again".into(),
        address: "äDA@Contoso.TEST".into(),
        connection: Connection::GraphDelegated,
        at: at(1),
    };
    let again = desk.store.add_mailbox(again).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))));
}

async fn shares_are_told_by_person_and_name(desk: Fixture) {
    let zoo = desk.mailbox("zoo@contoso.test").await;
    let art = desk.mailbox("art@contoso.test").await;
    let bo = desk.user("bo@contoso.test").await;
    let cy = desk.user("cy@contoso.test").await;
    let store = &desk.store;
    for (mailbox, people) in [(zoo, vec![cy.user, bo.user]), (art, vec![bo.user])] {
        let shared = store.set_access(ADMIN, mailbox, &people, at(1)).await;
        assert_eq!(shared.unwrap(), Some(true));
    }
    let pair = |user: UserId, mailbox, name: &str| (user, mailbox, name.to_owned());
    let all = [
        pair(bo.user, art, "art"),
        pair(bo.user, zoo, "zoo"),
        pair(cy.user, zoo, "zoo"),
    ];
    assert_eq!(store.shares(ADMIN, 10).await.unwrap(), all);
    assert_eq!(store.shares(ADMIN, 2).await.unwrap(), all[..2]);
    let seen = store.shares(cy, 10).await.unwrap();
    assert_eq!(seen, all[1..], "art does not exist for cy");
    assert!(store.remove_mailbox(ADMIN, zoo, at(2)).await.unwrap());
    assert_eq!(store.shares(ADMIN, 10).await.unwrap(), all[..1]);
}

async fn many_mailboxes_are_shared_at_once_or_none(desk: Fixture) {
    let mut all = Vec::new();
    for name in ["one", "two", "three"] {
        all.push(desk.mailbox(&format!("{name}@contoso.test")).await);
    }
    let (bo, cy) = (
        desk.user("bo@contoso.test").await,
        desk.user("cy@contoso.test").await,
    );
    let store = &desk.store;
    let with = async |id| store.access(ADMIN, id).await.unwrap().unwrap();
    let share = async |viewer, mailboxes: &[MailboxId], users: &[UserId], shared| {
        let done = store.share(viewer, mailboxes, users, shared, at(1)).await;
        done.unwrap()
    };
    assert!(share(ADMIN, &all[..1], &[cy.user], true).await);
    // Twice the same, and one of them had it already.
    let twice = [all[1], all[0], all[1]];
    assert!(share(ADMIN, &twice, &[bo.user, cy.user, bo.user], true).await);
    for id in &all[..2] {
        assert_eq!(with(*id).await, [bo.user, cy.user]);
    }
    assert_eq!(with(all[2]).await, []);
    // Nobody is shared with by half: a person, then a mailbox, that is not there.
    assert!(!share(ADMIN, &all, &[bo.user, UserId(999)], true).await);
    assert!(!share(ADMIN, &[all[2], MailboxId(999)], &[bo.user], true).await);
    assert!(!share(bo, &[all[0], all[2]], &[bo.user], false).await);
    assert_eq!(with(all[2]).await, []);
    assert_eq!(with(all[0]).await, [bo.user, cy.user]);
    assert!(share(ADMIN, &all, &[bo.user], false).await);
    for id in &all[..2] {
        assert_eq!(with(*id).await, [cy.user]);
    }
    assert!(share(ADMIN, &[], &[], true).await);
}

async fn people_see_what_is_shared_with_them(desk: Fixture) {
    let (one, other) = (
        desk.mailbox("one@contoso.test").await,
        desk.mailbox("other@contoso.test").await,
    );
    let bo = desk.user("bo@contoso.test").await;
    let store = &desk.store;
    assert!(store.mailbox(bo, one).await.unwrap().is_none());
    assert!(store.mailboxes(bo, None, 10).await.unwrap().is_empty());
    assert_eq!(
        store
            .set_access(ADMIN, one, &[bo.user], at(1))
            .await
            .unwrap(),
        Some(true)
    );
    let seen = store.mailboxes(bo, None, 10).await.unwrap();
    assert_eq!(seen.iter().map(|one| one.id).collect::<Vec<_>>(), [one]);
    assert_eq!(store.access(bo, one).await.unwrap(), Some(vec![bo.user]));
    assert_eq!(store.access(bo, other).await.unwrap(), None);
    assert!(store.folders(bo, other).await.unwrap().is_none());
    assert!(
        !store
            .rename_mailbox(bo, other, "mine", at(2))
            .await
            .unwrap()
    );
    assert!(!store.remove_mailbox(bo, other, at(2)).await.unwrap());
    assert!(
        !store
            .request_sync(bo, other, Trigger::Manual, at(2))
            .await
            .unwrap()
    );
    assert_eq!(
        store
            .set_access(bo, other, &[bo.user], at(2))
            .await
            .unwrap(),
        None
    );
    let unknown = [bo.user, UserId(999)];
    assert_eq!(
        store.set_access(ADMIN, one, &unknown, at(2)).await.unwrap(),
        Some(false)
    );
    assert_eq!(store.access(ADMIN, one).await.unwrap(), Some(vec![bo.user]));
    assert_eq!(
        store.set_access(ADMIN, one, &[], at(3)).await.unwrap(),
        Some(true)
    );
    assert!(store.mailbox(bo, one).await.unwrap().is_none());
    assert_eq!(store.mailboxes(ADMIN, None, 10).await.unwrap().len(), 2);
}

async fn names_sort_and_page_the_same_on_both_engines(desk: Fixture) {
    for name in ["b", "a", "Z", "ä", "_"] {
        desk.mailbox(&format!("{name}@contoso.test")).await;
    }
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = desk.store.mailboxes(ADMIN, after.clone(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.name.clone(), last.id));
        names.extend(page.into_iter().map(|one| one.name));
    }
    assert_eq!(names, ["Z", "_", "a", "b", "ä"]);
}

async fn renaming_is_told_once(desk: Fixture) {
    let mailbox = desk.mailbox("ada@contoso.test").await;
    let head = desk.head().await;
    for _ in 0..2 {
        let renamed = desk
            .store
            .rename_mailbox(ADMIN, mailbox, "Support", at(1))
            .await;
        assert!(renamed.unwrap());
    }
    assert_eq!(desk.journal(head).await, ["mailbox.updated"]);
    let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.name, "Support");
    let nobody = desk
        .store
        .rename_mailbox(ADMIN, MailboxId(99), "x", at(1))
        .await;
    assert!(!nobody.unwrap());
}

async fn a_removed_mailbox_is_gone_and_can_come_again(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.live(&lease, vec![mail("m1", "inbox", 50)]).await;
    assert!(
        desk.store
            .remove_mailbox(ADMIN, mailbox, at(60))
            .await
            .unwrap()
    );
    assert!(
        !desk
            .store
            .remove_mailbox(ADMIN, mailbox, at(61))
            .await
            .unwrap()
    );
    assert!(desk.store.mailbox(ADMIN, mailbox).await.unwrap().is_none());
    let renewed = desk.store.renew_lease(&lease, at(200)).await;
    assert!(matches!(renewed, Err(StoreError::LeaseLost)));
    let again = desk.mailbox("ada@contoso.test").await;
    assert_ne!(again, mailbox);
    let lease = desk.claim(100).await.unwrap();
    assert_eq!(lease.mailbox, again);
    assert!(
        desk.claim(100).await.is_none(),
        "the removed one is never due"
    );
}

async fn asking_for_a_sync_makes_everything_due(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let asked = desk
        .store
        .request_sync(ADMIN, mailbox, Trigger::Manual, at(9))
        .await;
    assert!(asked.unwrap());
    let stamp = desk.store.work(&lease, at(9)).await.unwrap().stamp.unwrap();
    assert!(stamp.all && stamp.hints.is_empty());
    assert_eq!(stamp.trigger, Trigger::Manual);
}

async fn folders_come_in_the_order_of_the_tree(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let mut below = folder("below", None);
    below.parent = Some("inbox".into());
    let changes = FolderChanges {
        changed: vec![below],
        ..FolderChanges::default()
    };
    desk.store
        .apply_folders(&lease, &changes, at(5))
        .await
        .unwrap();
    let folders = desk.store.folders(ADMIN, mailbox).await.unwrap().unwrap();
    let names: Vec<_> = folders.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(
        names,
        ["inbox", "below", "drafts", "sent", "deleted", "project"]
    );
    assert_eq!(folders[1].parent, Some(folders[0].id));
    assert_eq!(folders[0].well_known, Some(WellKnown::Inbox));
}

async fn a_mailbox_shows_how_it_is_doing(desk: Fixture) {
    let mailbox = desk.mailbox("ada@contoso.test").await;
    let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.state, MailboxState::Connecting);
    assert_eq!((shown.unread, shown.push), (0, PushState::Off));
    assert_eq!(shown.connected_at, Some(at(0)));
    assert_eq!((shown.not_before, shown.last_sync_at), (None, None));
    let lease = desk.claim(0).await.unwrap();
    let mut inbox = folder("inbox", Some(WellKnown::Inbox));
    inbox.total = 10;
    let changes = FolderChanges {
        changed: vec![inbox],
        whole: true,
        link: Some("link".into()),
        ..FolderChanges::default()
    };
    desk.store
        .apply_folders(&lease, &changes, at(1))
        .await
        .unwrap();
    let inbox = desk.folder(&lease, "inbox").await;
    let batch =
        crate::fixture::Batch::listing(vec![mail("m1", "inbox", -9), mail("m2", "inbox", -8)]);
    let batch = batch.cursor(
        inbox,
        maildesk_store::contract::Cursor::Listing("next".into()),
    );
    desk.apply(&lease, batch).await;
    let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.state, MailboxState::Importing);
    assert_eq!((shown.import.expected, shown.import.listed), (10, 2));
    assert_eq!((shown.unread, shown.import.bodies), (2, 0));
}

async fn push_is_wanted_from_the_beginning_where_a_parameter_says_so(desk: Fixture) {
    let wanted = async |address: &str| {
        let mailbox = desk.mailbox(address).await;
        desk.number(&format!(
            "SELECT wanted FROM push WHERE mailbox_id = {}",
            mailbox.0
        ))
        .await
    };
    assert_eq!(wanted("a@contoso.test").await, 0);
    for (value, then) in [("true", 1), ("false", 0), ("", 0)] {
        let set = desk.store.set_parameter("push.register.new", value, at(1));
        set.await.unwrap();
        let address = format!("{value}@contoso.test");
        assert_eq!(wanted(&address).await, then, "{value}");
    }
}
