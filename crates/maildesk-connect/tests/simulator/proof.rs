//! *Test* against a tenant that grants all, some or nothing.

use maildesk_model::MailboxId;
use maildesk_model::mailbox::Connection;
use maildesk_model::microsoft::{ProofOutcome, ProofWish, Proven};
use serde_json::json;

use crate::office::{ADA, EVE, Office, TENANT};

/// What was proven, and the code of what was not.
async fn prove(office: &Office, wish: &ProofWish) -> Vec<(Proven, String)> {
    let proofs = office.connect.prove(wish).await.unwrap();
    let told = proofs.into_iter().map(|proof| {
        let said = match proof.outcome {
            ProofOutcome::Holds => "holds".to_owned(),
            ProofOutcome::Fails(why) => format!("fails: {}", why.code),
            ProofOutcome::Unknown(why) => format!("unknown: {}", why.code),
        };
        (proof.of, said)
    });
    told.collect()
}

fn of_person(mailbox: MailboxId) -> ProofWish {
    ProofWish {
        person: Some(mailbox),
        ..ProofWish::default()
    }
}

fn of_organisation(address: &str) -> ProofWish {
    ProofWish {
        organisation: Some(address.to_owned()),
        ..ProofWish::default()
    }
}

fn told(list: &[(Proven, &str)]) -> Vec<(Proven, String)> {
    let owned = list.iter().map(|(of, said)| (*of, (*said).to_owned()));
    owned.collect()
}

/// The app of the office, with these permissions only.
async fn permit(office: &Office, delegated: &[&str], application: &[&str]) {
    let app = json!({
        "clientId": "app", "clientSecret": "secret",
        "redirectUris": ["http://127.0.0.1:8480/oauth/microsoft/callback"],
        "delegated": delegated, "application": application,
    });
    office.tell("POST", "/sim/apps", app).await;
}

#[tokio::test]
async fn where_all_is_granted_each_permission_is_proven_and_nothing_is_changed() {
    let office = Office::open(TENANT).await;
    let mailbox = office.add(ADA, Connection::GraphDelegated).await;
    office.sign_in(mailbox, ADA, "accept").await;
    let before = office
        .tell(
            "GET",
            &format!("/sim/mailboxes/{ADA}/snapshot"),
            json!(null),
        )
        .await;
    let wish = ProofWish {
        organisation: Some(EVE.to_owned()),
        ..of_person(mailbox)
    };
    let proven = [
        (Proven::Credential(0), "holds"),
        (Proven::PersonStays, "holds"),
        (Proven::PersonProfile, "holds"),
        (Proven::PersonReads, "holds"),
        (Proven::PersonWrites, "holds"),
        (Proven::PersonSends, "holds"),
        (Proven::OrganisationReads, "holds"),
        (Proven::OrganisationWrites, "holds"),
        (Proven::OrganisationSends, "holds"),
    ];
    assert_eq!(prove(&office, &wish).await, told(&proven));
    let after = office
        .tell(
            "GET",
            &format!("/sim/mailboxes/{ADA}/snapshot"),
            json!(null),
        )
        .await;
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_missing_permission_is_the_one_that_fails() {
    let office = Office::open(TENANT).await;
    permit(&office, &[], &["Mail.ReadWrite"]).await;
    let proven = [
        (Proven::Credential(0), "holds"),
        (Proven::OrganisationReads, "holds"),
        (Proven::OrganisationWrites, "holds"),
        (Proven::OrganisationSends, "fails: ErrorAccessDenied"),
    ];
    assert_eq!(prove(&office, &of_organisation(ADA)).await, told(&proven));

    permit(&office, &[], &["Mail.Read", "Mail.Send"]).await;
    let proven = [
        (Proven::Credential(0), "holds"),
        (Proven::OrganisationReads, "holds"),
        (Proven::OrganisationWrites, "fails: ErrorAccessDenied"),
        (Proven::OrganisationSends, "holds"),
    ];
    assert_eq!(prove(&office, &of_organisation(ADA)).await, told(&proven));
}

#[tokio::test]
async fn a_disconnected_mailbox_proves_nothing() {
    let office = Office::open(TENANT).await;
    let mailbox = office.add(ADA, Connection::GraphDelegated).await;
    office.sign_in(mailbox, ADA, "accept").await;
    office.disconnect(mailbox).await;
    let proven = [
        (Proven::Credential(0), "holds"),
        (Proven::PersonStays, "fails: disconnected"),
    ];
    assert_eq!(prove(&office, &of_person(mailbox)).await, told(&proven));
}

#[tokio::test]
async fn a_secret_that_has_expired_and_a_tenant_that_stands_for_many_are_named() {
    let office = Office::open(TENANT).await;
    let faults = json!({"token": {"secretExpired": true}});
    office.tell("PUT", "/sim/faults", faults).await;
    let proven = [
        (Proven::Credential(0), "fails: invalid_client"),
        (Proven::OrganisationReads, "fails: invalid_client"),
    ];
    assert_eq!(prove(&office, &of_organisation(ADA)).await, told(&proven));

    let many = Office::open("common").await;
    let proven = [
        (Proven::Credential(0), "unknown: tenant_is_common"),
        (Proven::OrganisationReads, "fails: tenant_is_common"),
    ];
    assert_eq!(prove(&many, &of_organisation(ADA)).await, told(&proven));
}

#[tokio::test]
async fn a_mailbox_nobody_signed_in_to_and_one_that_is_not_there_say_so() {
    let office = Office::open(TENANT).await;
    let mailbox = office.add(ADA, Connection::GraphDelegated).await;
    let proven = [
        (Proven::Credential(0), "holds"),
        (Proven::PersonStays, "fails: not_signed_in"),
    ];
    assert_eq!(prove(&office, &of_person(mailbox)).await, told(&proven));

    let wish = ProofWish {
        outside: Some(EVE.to_owned()),
        ..of_organisation("nobody@contoso.test")
    };
    let said = prove(&office, &wish).await;
    assert_eq!(said[1].0, Proven::OrganisationReads);
    assert!(said[1].1.starts_with("fails: "), "{said:?}");
    assert_eq!(said[2], (Proven::Fence, "fails: no_fence".to_owned()));
}
