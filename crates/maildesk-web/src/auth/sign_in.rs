//! Signing in with a password: the same time and the same words for everything that is wrong, and
//! only so many tries for an account and for an address.

use std::net::IpAddr;
use std::time::Duration;

use http::HeaderMap;
use maildesk_model::Secret;
use maildesk_store::StoreError;
use maildesk_store::contract::User;
use tokio::sync::Semaphore;

use super::known_browser;
use super::password::{hash_password, verify_password};
use super::tries::{Buckets, Limit};
use crate::app::App;

/// Passwords hashed at a time: each takes 19 MiB and a core for a moment.
const AT_ONCE: usize = 4;
/// Wrong passwords for one account from one address, or from the browsers its owner has signed in by
/// before; a person mistypes a few times, a guesser needs thousands (OWASP Authentication Cheat Sheet).
const PER_ACCOUNT: Limit = Limit {
    burst: 10,
    refill: Duration::from_mins(1),
};
/// Wrong passwords for one account from all addresses together, but for those browsers: guessing from
/// many addresses is slow too, and one address alone cannot use them up.
const FROM_EVERYWHERE: Limit = Limit {
    burst: 100,
    refill: Duration::from_secs(20),
};
/// Wrong passwords from one address, over all accounts.
const PER_ADDRESS: Limit = Limit {
    burst: 30,
    refill: Duration::from_secs(20),
};
/// How a try ended.
#[derive(Debug)]
pub(crate) enum Tried {
    /// The password is theirs; with what is kept of it.
    Welcome(Box<User>, String),
    /// It is not, or there is no such person, or they may not sign in: nobody learns which.
    Wrong,
    /// Too many wrong ones came before; again after this long.
    Later(Duration),
}

/// The hash of an account's address, whether there is one or not.
type Account = [u8; 32];
type Pair = (Account, IpAddr);

/// A try to show that one knows a password.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Try<'a> {
    /// The client's address.
    pub(crate) from: IpAddr,
    /// What the browser sent along.
    pub(crate) headers: &'a HeaderMap,
    /// Whether it is the one who is signed in.
    pub(crate) is_signed_in: bool,
}

/// What is remembered between tries.
#[derive(Debug)]
pub(crate) struct Guard {
    addresses: Buckets<IpAddr>,
    /// By account and address.
    pairs: Buckets<Pair>,
    /// By account, from everywhere.
    accounts: Buckets<Account>,
    /// By account, from where its owner is known.
    owners: Buckets<Account>,
    hashing: Semaphore,
    /// A hash that fits no password, made once: verifying it takes as long as a real one.
    dummy: tokio::sync::OnceCell<String>,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            addresses: Buckets::new(PER_ADDRESS),
            pairs: Buckets::new(PER_ACCOUNT),
            accounts: Buckets::new(FROM_EVERYWHERE),
            owners: Buckets::new(PER_ACCOUNT),
            hashing: Semaphore::new(AT_ONCE),
            dummy: tokio::sync::OnceCell::new(),
        }
    }
}

/// Tries an address and a password.
pub(crate) async fn attempt(
    app: &App,
    one: Try<'_>,
    email: &str,
    password: Secret,
) -> Result<Tried, StoreError> {
    let account = super::sha256(&email.trim().to_lowercase());
    let found = app.store.user_by_email(email.trim()).await?;
    let found = found.and_then(|(user, hash)| Some((user, hash?)));
    let is_owner = found.as_ref().is_some_and(|(user, hash)| {
        one.is_signed_in || known_browser::is_known(one.headers, user.id, hash)
    });
    let counted = Counted {
        from: one.from,
        account,
        is_owner,
    };
    if let Some(wait) = take(app, counted) {
        return Ok(Tried::Later(wait));
    }
    let (user, hash) = match found {
        Some((user, hash)) if user.disabled_at.is_none() => (Some(user), hash),
        _ => (None, dummy(app).await),
    };
    let right = verified(app, password, hash.clone()).await;
    match user {
        Some(user) if right => {
            give_back(app, counted);
            Ok(Tried::Welcome(Box::new(user), hash))
        }
        _ => Ok(Tried::Wrong),
    }
}

/// Counts a try of a setup code or a link from this address; when to come back if there were too
/// many.
pub(crate) fn guessed(app: &App, from: IpAddr) -> Option<Duration> {
    app.sign_ins
        .addresses
        .take(from, app.clock.monotonic())
        .err()
}

/// By what a try is counted.
#[derive(Clone, Copy)]
struct Counted {
    from: IpAddr,
    account: Account,
    is_owner: bool,
}

/// Counts the try before it is made, so that many at once cannot slip through.
fn take(app: &App, of: Counted) -> Option<Duration> {
    let (guard, now) = (&app.sign_ins, app.clock.monotonic());
    if of.is_owner {
        return guard.owners.take(of.account, now).err();
    }
    let address = guard.addresses.take(of.from, now);
    let pair = address.and_then(|()| guard.pairs.take((of.account, of.from), now));
    let all = pair.and_then(|()| guard.accounts.take(of.account, now));
    all.err()
}

fn give_back(app: &App, of: Counted) {
    let (guard, now) = (&app.sign_ins, app.clock.monotonic());
    if of.is_owner {
        guard.owners.give_back(of.account, now);
    } else {
        guard.addresses.give_back(of.from, now);
        guard.pairs.give_back((of.account, of.from), now);
        guard.accounts.give_back(of.account, now);
    }
}

async fn dummy(app: &App) -> String {
    let make = || async {
        let entropy = app.entropy.clone();
        let made = tokio::task::spawn_blocking(move || {
            hash_password("no password is this one", &*entropy)
        });
        made.await.ok().and_then(Result::ok).unwrap_or_default()
    };
    app.sign_ins.dummy.get_or_init(make).await.clone()
}

async fn verified(app: &App, password: Secret, hash: String) -> bool {
    let Ok(_place) = app.sign_ins.hashing.acquire().await else {
        return false;
    };
    let verify = move || verify_password(password.expose(), &hash);
    tokio::task::spawn_blocking(verify).await.unwrap_or(false)
}

/// Hashes a new password off the request path; the words say why one is not taken.
pub(crate) async fn hashed(
    app: &App,
    password: Secret,
) -> Result<String, super::password::PasswordError> {
    let _place = app.sign_ins.hashing.acquire().await;
    let entropy = app.entropy.clone();
    let made = tokio::task::spawn_blocking(move || hash_password(password.expose(), &*entropy));
    made.await.expect("hashing does not panic")
}
