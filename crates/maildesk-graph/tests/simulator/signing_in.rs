//! Tokens: as the organisation, as a person, refreshed, revoked, refused.

use std::collections::HashMap;

use maildesk_graph::login::{Authorize, Pkce};
use maildesk_graph::{GraphError, LoginError, MailboxGate, Want, Who};
use maildesk_model::Secret;
use serde_json::json;
use url::Url;

use crate::office::{ADA, Bytes8, CALLBACK, Office, SCOPES, TENANT};

/// A person on the sign-in page; what the callback is sent.
async fn decide(office: &Office, url: &str, decision: &str) -> HashMap<String, String> {
    let form = [("account", ADA), ("decision", decision)];
    let answer = office.http.post(url).form(&form).send().await.unwrap();
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(location.starts_with(CALLBACK), "{location}");
    let location = Url::parse(&location).unwrap();
    location.query_pairs().into_owned().collect()
}

fn page(office: &Office, pkce: &Pkce) -> String {
    office.login("common").authorize_url(&Authorize {
        redirect_uri: CALLBACK,
        state: "the state",
        scopes: &SCOPES,
        pkce,
        login_hint: Some(ADA),
        claims: None,
        prompt: None,
    })
}

#[tokio::test]
async fn a_person_signs_in_and_stays_signed_in() {
    let office = Office::open().await;
    let login = office.login("common");
    let pkce = Pkce::fresh(&Bytes8::default());
    let back = decide(&office, &page(&office, &pkce), "accept").await;
    assert_eq!(back["state"], "the state");
    let code = &back["code"];
    let tokens = login
        .redeem_code(code, CALLBACK, &pkce, &SCOPES)
        .await
        .unwrap();
    let scope = tokens.scope.clone().unwrap();
    assert!(scope.has("Mail.ReadWrite") && scope.has("Mail.Send"));
    let again = login
        .redeem_code(code, CALLBACK, &pkce, &SCOPES)
        .await
        .unwrap_err();
    assert!(
        matches!(again, LoginError::InvalidGrant { .. }),
        "{again:?}"
    );

    let me = office.session(Who::Me, tokens.access, MailboxGate::new(3));
    let who = me.me().await.unwrap().value;
    assert!(who.is_at(ADA) && !who.id.is_empty());
    assert!(me.newest(1, None).await.unwrap().value.items.is_empty());

    let first = tokens.refresh.unwrap();
    let fresh = login.refresh(&first, &SCOPES).await.unwrap();
    let second = fresh.refresh.unwrap();
    assert!(!second.matches(first.expose()), "the refresh token rotates");
    login
        .refresh(&first, &SCOPES)
        .await
        .expect("the old one goes on working");

    let revoke = json!({"revokeSignIns": true});
    office
        .tell("PATCH", &format!("/sim/mailboxes/{ADA}"), revoke)
        .await;
    let error = login.refresh(&second, &SCOPES).await.unwrap_err();
    assert!(
        matches!(error, LoginError::InvalidGrant { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_wrong_verifier_and_a_declined_consent_are_refused() {
    let office = Office::open().await;
    let pkce = Pkce::fresh(&Bytes8::default());
    let back = decide(&office, &page(&office, &pkce), "accept").await;
    let other = Pkce::stored(Secret::new("x".repeat(43)));
    let error = office
        .login("common")
        .redeem_code(&back["code"], CALLBACK, &other, &SCOPES)
        .await
        .unwrap_err();
    assert!(
        matches!(error, LoginError::InvalidGrant { .. }),
        "{error:?}"
    );

    let back = decide(&office, &page(&office, &pkce), "decline").await;
    let error = LoginError::of_callback(&back["error"], &back["error_description"]);
    assert!(
        matches!(
            error,
            LoginError::Consent {
                by_admin: false,
                ..
            }
        ),
        "{error:?}"
    );

    office
        .tell(
            "PUT",
            "/sim/faults",
            json!({"token": {"adminConsentRequired": true}}),
        )
        .await;
    let back = decide(&office, &page(&office, &pkce), "accept").await;
    // Consent was given for the tenant when the app was registered, unless the fault withholds it.
    if let Some(error) = back.get("error") {
        let error = LoginError::of_callback(error, &back["error_description"]);
        assert!(
            matches!(error, LoginError::Consent { by_admin: true, .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn the_organisations_faults_are_the_operators() {
    let office = Office::open().await;
    office
        .tell(
            "PUT",
            "/sim/faults",
            json!({"token": {"secretExpired": true}}),
        )
        .await;
    let error = office.login(TENANT).client_credentials().await.unwrap_err();
    assert!(
        matches!(&error, LoginError::InvalidClient { codes, .. } if codes.contains(&7_000_222)),
        "{error:?}"
    );
    assert!(error.message().starts_with("AADSTS7000222"));
}

#[tokio::test]
async fn a_token_that_is_none_is_rejected() {
    let office = Office::open().await;
    let gate = MailboxGate::new(3);
    let stranger = office.session(Who::User(ADA.to_owned()), Secret::new("guess"), gate);
    let error = stranger.message("x", Want::FIELDS).await.unwrap_err();
    assert!(
        matches!(error, GraphError::TokenRejected { .. }),
        "{error:?}"
    );
}
