//! Who may do what in whose mailbox.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, BOB, EVE, Stage, TEAM};

#[tokio::test]
async fn without_a_token_nothing_is_said() {
    let stage = Stage::new().await;
    let reply = stage
        .send(stage.http.get(format!("{}/v1.0/me", stage.base)))
        .await;
    assert_eq!(reply.refusal().1, "InvalidAuthenticationToken");
    let challenges: Vec<_> = reply
        .headers
        .get_all("www-authenticate")
        .iter()
        .map(|value| value.to_str().expect("text").to_owned())
        .collect();
    assert!(
        challenges.len() == 2
            && challenges[0].starts_with("Bearer ")
            && challenges[1].starts_with("PoP ")
            && challenges[1].contains("nonce=")
    );
    assert_eq!(reply.header("content-type"), "application/json");
    let inner = reply.json["error"]["innerError"]
        .as_object()
        .expect("present on 401")
        .keys()
        .cloned()
        .collect::<Vec<_>>();
    assert_eq!(inner, ["client-request-id", "date", "request-id"]);
}

#[tokio::test]
async fn a_scope_that_was_not_granted_is_refused() {
    let stage = Stage::new().await;
    let id = stage.mail("one").await;
    let path = format!("me/messages/{id}");
    let reader = stage.person_with(ADA, "Mail.Read").await;
    assert_eq!(reader.get(&path).await.status, 200);
    for (method, path) in [
        (Method::PATCH, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::POST, format!("{path}/move")),
        (Method::POST, "me/messages".to_owned()),
        (Method::POST, "me/mailFolders".to_owned()),
        (Method::POST, "me/sendMail".to_owned()),
        (Method::GET, "me".to_owned()),
    ] {
        let refused = reader.call(method.clone(), &path, json!({})).await;
        assert_eq!(
            refused.refusal(),
            (
                403,
                "ErrorAccessDenied",
                "Access is denied. Check credentials and try again."
            ),
            "{method} {path}"
        );
        assert!(refused.json["error"]["innerError"].is_null());
    }
    let basic = stage.person_with(ADA, "Mail.ReadBasic").await;
    let seen = basic.get(&path).await;
    assert!(
        seen.status == 200
            && seen.json["body"].is_null()
            && seen.json["bodyPreview"].is_null()
            && seen.json["subject"] == "one"
    );
    assert_eq!(basic.get(&format!("{path}/attachments")).await.status, 403);
    assert_eq!(basic.get(&format!("{path}/$value")).await.status, 403);
    let stranger = stage.person_with(ADA, "User.Read").await;
    assert_eq!(stranger.get("me/messages").await.status, 403);
    assert_eq!(
        stranger
            .get("me/mailFolders/inbox/messages/delta")
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn a_person_opens_their_own_mailbox_under_any_of_its_names() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = ada.get("me").await.text_of("id");
    for name in [
        ADA.to_owned(),
        ADA.replace('@', "%40"),
        ADA.to_uppercase(),
        id,
    ] {
        assert_eq!(
            ada.get(&format!("users/{name}/messages")).await.status,
            200,
            "{name}"
        );
    }
    assert_eq!(
        ada.get(&format!("users('{ADA}')/mailFolders('inbox')"))
            .await
            .status,
        200
    );
    assert_eq!(ada.get(&format!("users/{BOB}/messages")).await.status, 403);
    assert_eq!(
        ada.get("users/nobody@contoso.test/messages")
            .await
            .refusal()
            .1,
        "ErrorInvalidUser"
    );
    assert_eq!(
        ada.get(&format!("users/{EVE}/messages")).await.refusal().1,
        "ErrorInvalidUser"
    );
}

#[tokio::test]
async fn a_shared_mailbox_opens_with_access_and_the_shared_permission_only() {
    let stage = Stage::new().await;
    stage.deliver(TEAM, json!({"subject": "for all"})).await;
    let path = format!("users/{TEAM}/messages");
    let with = stage
        .person_with(ADA, "Mail.ReadWrite Mail.ReadWrite.Shared User.Read")
        .await;
    assert_eq!(with.get(&path).await.status, 403);
    stage
        .sim(
            Method::PATCH,
            &format!("mailboxes/{TEAM}"),
            json!({"sharedWith": [ADA]}),
        )
        .await;
    assert_eq!(with.get(&path).await.column("subject"), ["for all"]);
    assert_eq!(stage.person(ADA).await.get(&path).await.status, 403);
    assert_eq!(
        stage
            .person_with(BOB, "Mail.ReadWrite.Shared")
            .await
            .get(&path)
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn the_organisation_reaches_every_mailbox_of_its_own_but_has_no_me() {
    let stage = Stage::new().await;
    let organisation = stage.organisation().await;
    for address in [ADA, BOB, TEAM] {
        assert_eq!(
            organisation
                .get(&format!("users/{address}/mailFolders"))
                .await
                .status,
            200,
            "{address}"
        );
    }
    assert_eq!(
        organisation.get("me/messages").await.refusal().2,
        "/me request is only valid with delegated authentication flow."
    );
    assert_eq!(
        organisation.get(&format!("users/{ADA}")).await.refusal().1,
        "Authorization_RequestDenied"
    );
    assert_eq!(
        organisation.get("users").await.refusal().1,
        "Authorization_RequestDenied"
    );
    assert_eq!(
        organisation
            .get(&format!("users/{EVE}/messages"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_fence_keeps_the_organisation_out_and_a_missing_role_too() {
    let stage = Stage::new().await;
    let app = |role: &str, fence: Value| json!({"clientId": "desk", "clientSecret": "s", "application": [role], "appOnlyMailboxes": fence});
    stage
        .sim(Method::POST, "apps", app("Mail.Read", json!([BOB])))
        .await;
    let organisation = stage.organisation().await;
    assert_eq!(
        organisation
            .get(&format!("users/{BOB}/messages"))
            .await
            .status,
        200
    );
    let (status, code, message) = (
        403,
        "ErrorAccessDenied",
        "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.",
    );
    assert_eq!(
        organisation
            .get(&format!("users/{ADA}/messages"))
            .await
            .refusal(),
        (status, code, message)
    );
    assert_eq!(
        organisation
            .call(Method::POST, &format!("users/{BOB}/messages"), json!({}))
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn a_removed_account_is_gone_for_everybody() {
    let stage = Stage::new().await;
    let (ada, organisation) = (stage.person(ADA).await, stage.organisation().await);
    stage
        .sim(Method::DELETE, &format!("mailboxes/{ADA}"), Value::Null)
        .await;
    assert_eq!(ada.get("me/messages").await.refusal().1, "ErrorInvalidUser");
    assert_eq!(
        organisation
            .get(&format!("users/{ADA}/messages"))
            .await
            .status,
        404
    );
}
