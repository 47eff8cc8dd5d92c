//! `maildesk user`: people.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use clap::Subcommand;
use maildesk_model::{Clock, Role, UserId};
use maildesk_store::StoreError;
use maildesk_store::contract::{AuditEntry, NewUser, PeopleStore};
use maildesk_web::auth;

use crate::app::{SystemClock, SystemEntropy};

/// As many people as are listed.
const LIST_MAX: i64 = 10_000;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Add a person.
    Add {
        /// The address to sign in with.
        #[arg(long)]
        email: String,
        /// What they are called.
        #[arg(long)]
        name: String,
        /// What they may do: user or administrator.
        #[arg(long, value_parser = role)]
        role: Role,
        /// Read the password from standard input; without it they have none yet.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List everybody: address, role, name, and whether they are disabled.
    List,
    /// Set a new password (read from standard input); ends their sessions.
    Password {
        /// Whose.
        #[arg(long)]
        email: String,
        /// Read the password from standard input (always so; accepted for clearness in scripts).
        #[arg(long)]
        password_stdin: bool,
    },
    /// Let a person sign in no more; ends their sessions and tokens at once.
    Disable {
        /// Whom.
        #[arg(long)]
        email: String,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| "must be user or administrator".to_owned())
}

pub(super) async fn run(file: Option<&Path>, action: Action) -> anyhow::Result<()> {
    let (_, store) = super::store::open(file).await?;
    match action {
        Action::Add {
            email,
            name,
            role,
            password_stdin,
        } => {
            let password = password_stdin.then(password_from_stdin).transpose()?;
            add(&*store, &email, &name, role, password.as_deref()).await
        }
        Action::List => list(&*store).await,
        Action::Password {
            email,
            password_stdin: _,
        } => set_password(&*store, &email).await,
        Action::Disable { email } => disable(&*store, &email).await,
    }
}

async fn add(
    store: &impl PeopleStore,
    email: &str,
    name: &str,
    role: Role,
    password: Option<&str>,
) -> anyhow::Result<()> {
    let email = email.trim();
    let well_formed = email
        .split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
    if !well_formed
        || email
            .chars()
            .any(|letter| letter.is_whitespace() || letter.is_control())
    {
        bail!("{email:?} is not a mail address");
    }
    if name.trim().is_empty() {
        bail!("--name must not be empty");
    }
    let password_hash = password.map(hash).transpose()?;
    let at = SystemClock::start().now();
    let user = NewUser {
        email: email.to_lowercase(),
        name: name.trim().to_owned(),
        role,
        password_hash,
        at,
    };
    let id = match store.add_user(user).await {
        Err(StoreError::Conflict(_)) => {
            bail!("somebody with the address {email} is there already (see maildesk user list)")
        }
        other => other?,
    };
    audit(store, "user.create", id).await?;
    super::complain(&format!("added {email} as {}", role.name()));
    if password.is_none() {
        super::complain(
            "no password is set: run maildesk user password before they can sign in to the pages",
        );
    }
    Ok(())
}

async fn list(store: &impl PeopleStore) -> anyhow::Result<()> {
    for user in store.users(LIST_MAX).await? {
        let state = if user.disabled_at.is_some() {
            "disabled"
        } else {
            "active"
        };
        super::say(&format!(
            "{}\t{}\t{}\t{}",
            user.email,
            user.role.name(),
            state,
            user.name
        ));
    }
    Ok(())
}

async fn set_password(store: &impl PeopleStore, email: &str) -> anyhow::Result<()> {
    let id = find(store, email).await?;
    let hash = hash(&password_from_stdin()?)?;
    store.set_password(id, &hash, None).await?;
    audit(store, "user.password", id).await?;
    super::complain(&format!(
        "the password of {email} is set; their sessions have ended"
    ));
    Ok(())
}

async fn disable(store: &impl PeopleStore, email: &str) -> anyhow::Result<()> {
    let id = find(store, email).await?;
    store
        .set_disabled(id, true, SystemClock::start().now())
        .await?;
    audit(store, "user.disable", id).await?;
    super::complain(&format!("{email} can sign in no more"));
    Ok(())
}

/// A person by address, or an error that says how to find the right one.
pub(super) async fn find(store: &impl PeopleStore, email: &str) -> anyhow::Result<UserId> {
    let found = store.user_by_email(email.trim()).await?;
    found
        .map(|(user, _)| user.id)
        .with_context(|| format!("nobody has the address {email} (see maildesk user list)"))
}

/// Notes in the audit log what was done from the command line.
pub(super) async fn audit(
    store: &impl PeopleStore,
    action: &str,
    about: UserId,
) -> anyhow::Result<()> {
    let entry = AuditEntry {
        id: 0,
        at: SystemClock::start().now(),
        user: None,
        action: action.to_owned(),
        mailbox: None,
        detail: format!("{about} by the command line"),
    };
    Ok(store.audit(entry).await?)
}

fn hash(password: &str) -> anyhow::Result<String> {
    auth::hash_password(password, &SystemEntropy).map_err(|why| anyhow::anyhow!("{why}"))
}

/// Everything on standard input less one newline at its end.
fn password_from_stdin() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("cannot read the password from standard input")?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        bail!("the password on standard input is empty");
    }
    Ok(text.to_owned())
}
