//! The two people of the demo, with passwords made for this run.

use maildesk_model::{Clock, Entropy, Role, Secret, UserId};
use maildesk_store::SqlStore;
use maildesk_store::contract::{NewUser, PeopleStore};
use maildesk_web::auth;

use crate::app::{SystemClock, SystemEntropy};

/// Somebody of the demo.
#[derive(Clone, Copy, Debug)]
pub(super) struct Somebody {
    /// What they sign in with.
    pub(super) email: &'static str,
    name: &'static str,
    role: Role,
    /// What they are, as the greeting says it.
    may: &'static str,
}

/// Sets everything up.
const ADMINISTRATOR: Somebody = Somebody {
    email: "ada@contoso.test",
    name: "Ada",
    role: Role::Administrator,
    may: "as administrator",
};
/// Reads mail.
pub(super) const USER: Somebody = Somebody {
    email: "ben@contoso.test",
    name: "Ben",
    role: Role::User,
    may: "as user",
};

/// Letters that nobody mistakes for one another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// 60 bits: the demo listens on this machine only, and for a while.
const LENGTH: usize = 12;

/// How the demo's people come in.
#[derive(Debug)]
pub(super) struct People {
    /// The administrator's API token.
    pub(super) token: Secret,
    passwords: [(Somebody, Secret); 2],
}

impl People {
    /// Adds both to an empty store.
    pub(super) async fn add(store: &SqlStore) -> anyhow::Result<Self> {
        let passwords = [ADMINISTRATOR, USER].map(|somebody| (somebody, password()));
        let mut ids = Vec::new();
        for (somebody, password) in &passwords {
            ids.push(add(store, *somebody, password).await?);
        }
        let token = auth::ApiToken::new(&SystemEntropy);
        let at = SystemClock::start().now();
        store
            .add_api_token(ids[0], "demo", &token.hash(), at)
            .await?;
        Ok(Self {
            token: token.secret().clone(),
            passwords,
        })
    }

    /// How each signs in, as lines of the greeting.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.passwords.iter().map(|(somebody, password)| {
            format!(
                "    {:<18} {}   password {}",
                somebody.may,
                somebody.email,
                password.expose()
            )
        })
    }
}

async fn add(store: &SqlStore, somebody: Somebody, password: &Secret) -> anyhow::Result<UserId> {
    let hash = auth::hash_password(password.expose(), &SystemEntropy)?;
    let user = NewUser {
        email: somebody.email.to_owned(),
        name: somebody.name.to_owned(),
        role: somebody.role,
        password_hash: Some(hash),
        at: SystemClock::start().now(),
    };
    Ok(store.add_user(user).await?)
}

fn password() -> Secret {
    let mut bytes = [0_u8; LENGTH];
    SystemEntropy.fill(&mut bytes);
    let letters = bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
    Secret::new(letters.collect::<String>())
}
