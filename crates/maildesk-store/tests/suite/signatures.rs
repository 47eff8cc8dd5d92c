//! Signatures: by mailbox and person, and the mailbox's common one.

use maildesk_model::access::Viewer;
use maildesk_model::id::MailboxId;
use maildesk_model::signature::{OwnSignature, Signatures};
use maildesk_store::contract::{MailboxStore, PeopleStore, SignatureStore, SyncStore, UserChange};

use crate::fixture::{ADMIN, Fixture, at, cases};

cases!(
    ones_own_is_for_one_mailbox_and_one_person,
    a_mailbox_that_is_not_ones_own_has_no_signature,
    a_removed_mailbox_takes_its_signatures_along,
    whether_answers_are_signed_is_everybodys_own,
);

fn own(html: &str) -> OwnSignature {
    OwnSignature::Own(html.to_owned())
}

async fn share(desk: &Fixture, mailbox: MailboxId, people: &[Viewer]) {
    let people: Vec<_> = people.iter().map(|one| one.user).collect();
    let shared = desk.store.set_access(ADMIN, mailbox, &people, at(1)).await;
    assert_eq!(shared.unwrap(), Some(true));
}

async fn ones_own_is_for_one_mailbox_and_one_person(desk: Fixture) {
    let (zoo, art) = (
        desk.mailbox("zoo@contoso.test").await,
        desk.mailbox("art@contoso.test").await,
    );
    let (bo, cy) = (desk.user("bo@x.test").await, desk.user("cy@x.test").await);
    share(&desk, zoo, &[bo, cy]).await;
    share(&desk, art, &[bo]).await;
    let store = &desk.store;
    let of = async |viewer, mailbox| {
        let signed = store.signature(viewer, mailbox).await.unwrap().unwrap();
        assert_eq!(signed.id, mailbox);
        signed.signatures
    };
    let both = |own, common: &str| Signatures {
        own,
        common: common.to_owned(),
    };
    assert_eq!(of(bo, zoo).await, Signatures::default());
    let set = async |viewer, mailbox, own| {
        let set = store.set_signature(viewer, mailbox, &own, at(2)).await;
        assert!(set.unwrap());
    };
    let common = async |html| {
        let set = store.set_common_signature(ADMIN, zoo, html, at(2)).await;
        assert!(set.unwrap());
    };
    for _ in 0..2 {
        common("<b>Zoo</b>").await;
        set(bo, zoo, own("Bo")).await;
    }
    assert_eq!(of(bo, zoo).await, both(own("Bo"), "<b>Zoo</b>"));
    let untouched = both(OwnSignature::Common, "<b>Zoo</b>");
    assert_eq!(of(cy, zoo).await, untouched, "somebody else");
    assert_eq!(of(bo, art).await, Signatures::default(), "another mailbox");
    set(cy, zoo, OwnSignature::Nothing).await;
    set(bo, zoo, own("Bo Ek")).await;
    common("Zoo").await;
    let listed = store.signatures(bo, 10).await.unwrap();
    let names: Vec<_> = listed
        .iter()
        .map(|one| (&*one.name, &*one.address))
        .collect();
    assert_eq!(
        names,
        [("art", "art@contoso.test"), ("zoo", "zoo@contoso.test")]
    );
    assert_eq!(listed[1].signatures, both(own("Bo Ek"), "Zoo"));
    assert_eq!(store.signatures(bo, 1).await.unwrap(), listed[..1]);
    assert_eq!(of(cy, zoo).await, both(OwnSignature::Nothing, "Zoo"));
    for _ in 0..2 {
        set(bo, zoo, OwnSignature::Common).await;
        common("").await;
    }
    assert_eq!(of(bo, zoo).await, Signatures::default());
    assert_eq!(of(cy, zoo).await.own, OwnSignature::Nothing);
}

async fn a_mailbox_that_is_not_ones_own_has_no_signature(desk: Fixture) {
    let zoo = desk.mailbox("zoo@contoso.test").await;
    let bo = desk.user("bo@x.test").await;
    let store = &desk.store;
    let before = desk.rows().await;
    assert_eq!(store.signature(bo, zoo).await.unwrap(), None);
    assert!(store.signatures(bo, 10).await.unwrap().is_empty());
    assert!(
        !store
            .set_signature(bo, zoo, &own("x"), at(1))
            .await
            .unwrap()
    );
    let common = store.set_common_signature(bo, zoo, "x", at(1)).await;
    assert!(!common.unwrap());
    assert_eq!(desk.rows().await, before);
    // What one wrote is there again when the mailbox is shared again.
    share(&desk, zoo, &[bo]).await;
    assert!(
        store
            .set_signature(bo, zoo, &own("Bo"), at(2))
            .await
            .unwrap()
    );
    share(&desk, zoo, &[]).await;
    assert_eq!(store.signature(bo, zoo).await.unwrap(), None);
    share(&desk, zoo, &[bo]).await;
    let signed = store.signature(bo, zoo).await.unwrap().unwrap();
    assert_eq!(signed.signatures.own, own("Bo"));
}

async fn a_removed_mailbox_takes_its_signatures_along(desk: Fixture) {
    let zoo = desk.mailbox("zoo@contoso.test").await;
    let people = [desk.user("bo@x.test").await, desk.user("cy@x.test").await];
    share(&desk, zoo, &people).await;
    let store = &desk.store;
    for person in people {
        let set = store.set_signature(person, zoo, &own("x"), at(1)).await;
        assert!(set.unwrap());
    }
    let common = store.set_common_signature(ADMIN, zoo, "x", at(1)).await;
    assert!(common.unwrap());
    assert!(store.remove_mailbox(ADMIN, zoo, at(2)).await.unwrap());
    assert_eq!(store.signature(people[0], zoo).await.unwrap(), None);
    let mut calls = 0;
    while store.sweep_removed(1).await.unwrap() {
        calls += 1;
        assert!(calls < 50, "it ends");
    }
    for table in ["signature", "common_signature", "mailbox"] {
        let n = desk.number(&format!("SELECT COUNT(*) FROM {table}")).await;
        assert_eq!(n, 0, "{table}");
    }
}

async fn whether_answers_are_signed_is_everybodys_own(desk: Fixture) {
    let (bo, cy) = (desk.user("bo@x.test").await, desk.user("cy@x.test").await);
    let store = &desk.store;
    let change = |sign_answers| UserChange {
        sign_answers,
        ..UserChange::default()
    };
    let signs = async |viewer: Viewer| {
        let user = store.user(viewer.user).await.unwrap();
        user.unwrap().sign_answers
    };
    assert!(signs(bo).await, "from the beginning");
    for wanted in [Some(false), None] {
        assert!(store.change_user(bo.user, &change(wanted)).await.unwrap());
        assert!(!signs(bo).await && signs(cy).await);
    }
}
