//! Signing in with a password: the same time and the same words for everything that is wrong, and
//! only so many tries for an account and for an address.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use maildesk_model::Secret;
use maildesk_store::StoreError;
use maildesk_store::contract::User;
use tokio::sync::Semaphore;

use super::password::{hash_password, verify_password};
use crate::app::App;

/// Passwords hashed at a time: each takes 19 MiB and a core for a moment.
const AT_ONCE: usize = 4;
/// Wrong passwords for one account before it has to wait, whoever tries; a person mistypes a few
/// times, a guesser needs thousands (OWASP Authentication Cheat Sheet).
const PER_ACCOUNT: Limit = Limit {
    burst: 10,
    refill: Duration::from_mins(1),
};
/// Wrong passwords from one address, over all accounts.
const PER_ADDRESS: Limit = Limit {
    burst: 30,
    refill: Duration::from_secs(20),
};
/// Accounts and addresses remembered at a time.
const REMEMBERED: usize = 4096;

/// How a try ended.
#[derive(Debug)]
pub(crate) enum Tried {
    /// The password is theirs.
    Welcome(Box<User>),
    /// It is not, or there is no such person, or they may not sign in: nobody learns which.
    Wrong,
    /// Too many wrong ones came before; again after this long.
    Later(Duration),
}

/// What is remembered between tries.
#[derive(Debug)]
pub(crate) struct Guard {
    accounts: Buckets<[u8; 32]>,
    addresses: Buckets<IpAddr>,
    hashing: Semaphore,
    /// A hash that fits no password, made once: verifying it takes as long as a real one.
    dummy: tokio::sync::OnceCell<String>,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            accounts: Buckets::new(PER_ACCOUNT),
            addresses: Buckets::new(PER_ADDRESS),
            hashing: Semaphore::new(AT_ONCE),
            dummy: tokio::sync::OnceCell::new(),
        }
    }
}

/// Tries an address and a password.
pub(crate) async fn attempt(
    app: &App,
    from: IpAddr,
    email: &str,
    password: Secret,
) -> Result<Tried, StoreError> {
    let account = super::sha256(&email.trim().to_lowercase());
    if let Some(wait) = take(app, from, account) {
        return Ok(Tried::Later(wait));
    }
    let found = app.store.user_by_email(email.trim()).await?;
    let (user, hash) = match found {
        Some((user, Some(hash))) if user.disabled_at.is_none() => (Some(user), hash),
        _ => (None, dummy(app).await),
    };
    let right = verified(app, password, hash).await;
    match user {
        Some(user) if right => {
            give_back(app, from, account);
            Ok(Tried::Welcome(Box::new(user)))
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

/// Counts the try before it is made, so that many at once cannot slip through.
fn take(app: &App, from: IpAddr, account: [u8; 32]) -> Option<Duration> {
    let now = app.clock.monotonic();
    let address = app.sign_ins.addresses.take(from, now).err();
    address.or_else(|| app.sign_ins.accounts.take(account, now).err())
}

fn give_back(app: &App, from: IpAddr, account: [u8; 32]) {
    let now = app.clock.monotonic();
    app.sign_ins.addresses.give_back(from, now);
    app.sign_ins.accounts.give_back(account, now);
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

#[derive(Clone, Copy, Debug)]
struct Limit {
    burst: u32,
    /// One try is given back after each of these.
    refill: Duration,
}

/// Tries by key, paid back over time.
#[derive(Debug)]
struct Buckets<K> {
    limit: Limit,
    used: Mutex<HashMap<K, (u32, Duration)>>,
}

impl<K: Copy + Eq + Hash> Buckets<K> {
    fn new(limit: Limit) -> Self {
        Self {
            limit,
            used: Mutex::default(),
        }
    }

    fn settled(&self, (used, since): (u32, Duration), now: Duration) -> (u32, Duration) {
        let paid = now.saturating_sub(since).as_millis() / self.limit.refill.as_millis();
        let paid = u32::try_from(paid).unwrap_or(u32::MAX);
        if paid >= used {
            return (0, now);
        }
        (used - paid, since + self.limit.refill.saturating_mul(paid))
    }

    /// Uses one try, or says how long until there is one.
    fn take(&self, key: K, now: Duration) -> Result<(), Duration> {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED && !all.contains_key(&key) {
            self.make_room(&mut all, now);
        }
        let bucket = all.entry(key).or_insert((0, now));
        *bucket = self.settled(*bucket, now);
        if bucket.0 >= self.limit.burst {
            let since = now.saturating_sub(bucket.1);
            return Err(self.limit.refill.saturating_sub(since));
        }
        bucket.0 += 1;
        Ok(())
    }

    /// Forgets whoever has paid everything back; if nobody has, whoever was wrong least. A flood of
    /// strangers then shuts nobody out, and to be forgotten with ten tries on the account takes ten
    /// tries on each of all the others.
    fn make_room(&self, all: &mut HashMap<K, (u32, Duration)>, now: Duration) {
        all.retain(|_, bucket| self.settled(*bucket, now).0 > 0);
        if all.len() < REMEMBERED {
            return;
        }
        let least = all.iter().min_by_key(|(_, bucket)| **bucket);
        if let Some(key) = least.map(|(key, _)| *key) {
            all.remove(&key);
        }
    }

    fn give_back(&self, key: K, now: Duration) {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = all.get_mut(&key) {
            *bucket = self.settled(*bucket, now);
            bucket.0 = bucket.0.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        burst: 3,
        refill: Duration::from_mins(1),
    };

    #[test]
    fn tries_run_out_for_one_key_and_come_back_one_by_one() {
        let buckets = Buckets::new(LIMIT);
        let now = Duration::from_secs(1000);
        for _ in 0..3 {
            assert_eq!(buckets.take("ada", now), Ok(()));
        }
        assert_eq!(buckets.take("ada", now), Err(LIMIT.refill));
        assert_eq!(buckets.take("bo", now), Ok(()));
        let later = now + Duration::from_secs(40);
        assert_eq!(buckets.take("ada", later), Err(Duration::from_secs(20)));
        let later = now + LIMIT.refill;
        assert_eq!(buckets.take("ada", later), Ok(()));
        assert!(buckets.take("ada", later).is_err());
        buckets.give_back("ada", later);
        assert_eq!(buckets.take("ada", later), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_time_forgives() {
        let buckets = Buckets::new(LIMIT);
        for key in 0..2 * REMEMBERED {
            assert_eq!(buckets.take(key, Duration::ZERO), Ok(()));
        }
        assert_eq!(buckets.used.lock().unwrap().len(), REMEMBERED);
        // Somebody new: for whom is remembered still, nothing has to be forgotten.
        assert_eq!(buckets.take(2 * REMEMBERED, LIMIT.refill), Ok(()));
        assert_eq!(buckets.used.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_flood_of_strangers_neither_shuts_out_nor_forgives() {
        let buckets = Buckets::new(LIMIT);
        for _ in 0..LIMIT.burst {
            assert_eq!(buckets.take(0, Duration::ZERO), Ok(()));
        }
        for stranger in 1..2 * REMEMBERED {
            assert_eq!(buckets.take(stranger, Duration::ZERO), Ok(()));
        }
        assert_eq!(buckets.take(0, Duration::ZERO), Err(LIMIT.refill));
    }
}
