//! Who guesses passwords waits, and is in nobody else's way.

use std::time::Duration;

use maildesk_model::Role;

use super::people::{PASSWORD, sign_in, with_password};
use crate::support::{Answer, Desk, Engine};

const ADA: &str = "ada@desk.example";

/// Tries from an address, with the cookies of a browser.
async fn tried(desk: &Desk, from: [u8; 4], cookies: &str, password: &str) -> Answer {
    let fields = [("email", ADA.to_owned()), ("password", password.to_owned())];
    let call = desk.call("POST", "~/login").at(from);
    call.header("cookie", cookies)
        .form(None, &fields)
        .send()
        .await
}

/// The cookies that an answer sets, as a browser sends them back.
fn cookies(answer: &Answer) -> String {
    let all = answer.headers.get_all("set-cookie").iter();
    let pairs = all.map(|one| one.to_str().unwrap().split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn guessing_stops_for_one_account_and_nobody_else() {
    let desk = Desk::open(Engine::Sqlite).await;
    with_password(&desk, "ada@desk.example", Role::Administrator).await;
    with_password(&desk, "bo@desk.example", Role::User).await;
    for _ in 0..10 {
        assert_eq!(
            sign_in(&desk, "ada@desk.example", "guess guess")
                .await
                .status,
            422
        );
    }
    let later = sign_in(&desk, "ada@desk.example", PASSWORD).await;
    assert_eq!(later.status, 429, "even with the right one");
    assert!(!later.header("retry-after").is_empty());
    assert!(later.text().contains("Too many wrong passwords"));
    assert_eq!(
        sign_in(&desk, "bo@desk.example", PASSWORD).await.status,
        303
    );
    desk.clock.turn(Duration::from_mins(1));
    assert_eq!(
        sign_in(&desk, "ada@desk.example", PASSWORD).await.status,
        303
    );
}

#[tokio::test]
async fn guessing_stops_for_one_address_over_all_accounts() {
    let desk = Desk::open(Engine::Sqlite).await;
    with_password(&desk, "ada@desk.example", Role::Administrator).await;
    for n in 0..30 {
        let email = format!("{n}@desk.example");
        assert_eq!(sign_in(&desk, &email, "guess guess").await.status, 422);
    }
    assert_eq!(
        sign_in(&desk, "ada@desk.example", PASSWORD).await.status,
        429
    );
}

#[tokio::test]
async fn one_address_keeps_nobody_out_of_an_account() {
    let desk = Desk::open(Engine::Sqlite).await;
    with_password(&desk, ADA, Role::Administrator).await;
    let attacker = [203, 0, 113, 1];
    for _ in 0..10 {
        let wrong = tried(&desk, attacker, "", "guess guess").await;
        assert_eq!(wrong.status, 422);
    }
    assert_eq!(tried(&desk, attacker, "", PASSWORD).await.status, 429);
    let elsewhere = tried(&desk, [198, 51, 100, 1], "", PASSWORD).await;
    assert_eq!(elsewhere.status, 303, "{}", elsewhere.text());
}

#[tokio::test]
async fn many_addresses_keep_nobody_out_of_the_browser_they_know() {
    let desk = Desk::open(Engine::Sqlite).await;
    with_password(&desk, ADA, Role::Administrator).await;
    let home = [198, 51, 100, 1];
    let known = cookies(&tried(&desk, home, "", PASSWORD).await);
    for n in 0..100 {
        let wrong = tried(&desk, [203, 0, 113, n], "", "guess guess").await;
        assert_eq!(wrong.status, 422);
    }
    for stranger in [[203, 0, 113, 200], home] {
        let later = tried(&desk, stranger, "", PASSWORD).await;
        assert_eq!(later.status, 429, "guessing from everywhere is slow too");
    }
    // Who has the cookie may be wrong ten times themselves, wherever they are now.
    for _ in 0..10 {
        let wrong = tried(&desk, home, &known, "mistyped it").await;
        assert_eq!(wrong.status, 422);
    }
    assert_eq!(tried(&desk, home, &known, PASSWORD).await.status, 429);
    desk.clock.turn(Duration::from_secs(61));
    let abroad = [192, 0, 2, 77];
    assert_eq!(tried(&desk, abroad, &known, PASSWORD).await.status, 303);
    let forged = known.replace("known-", "known-x");
    for n in 0..10 {
        let wrong = tried(&desk, [203, 0, 114, n], "", "guess guess").await;
        assert!(matches!(wrong.status, 422 | 429));
    }
    assert_eq!(tried(&desk, abroad, &forged, PASSWORD).await.status, 429);
}
