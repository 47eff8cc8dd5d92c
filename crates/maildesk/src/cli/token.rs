//! `maildesk token`: API tokens.

use std::path::Path;

use anyhow::bail;
use clap::Subcommand;
use maildesk_model::Clock;
use maildesk_store::contract::PeopleStore;
use maildesk_web::auth;

use crate::app::{SystemClock, SystemEntropy};

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Make a token and print it, and nothing else, this once.
    Create {
        /// Whose token.
        #[arg(long)]
        email: String,
        /// What it is for.
        #[arg(long)]
        label: String,
    },
}

pub(super) async fn run(file: Option<&Path>, action: Action) -> anyhow::Result<()> {
    let (_, store) = super::store::open(file).await?;
    let Action::Create { email, label } = action;
    if label.trim().is_empty() {
        bail!("--label must not be empty");
    }
    let id = super::user::find(&*store, &email).await?;
    let token = auth::ApiToken::new(&SystemEntropy);
    store
        .add_api_token(id, label.trim(), &token.hash(), SystemClock::start().now())
        .await?;
    super::user::audit(&*store, "token.create", id).await?;
    super::say(token.secret().expose());
    Ok(())
}
