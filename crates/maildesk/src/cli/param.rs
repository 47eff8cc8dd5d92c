//! `maildesk param`: system parameters. A running server follows.

use std::path::Path;

use anyhow::{Context, bail};
use clap::Subcommand;
use maildesk_model::Clock;
use maildesk_model::base_url::BaseUrlRules;
use maildesk_model::parameter::{self, Parameter};
use maildesk_store::contract::{AuditEntry, PeopleStore};

use crate::app::SystemClock;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Print a parameter's value.
    Get {
        /// Its key.
        key: String,
    },
    /// Set a parameter.
    Set {
        /// Its key.
        key: String,
        /// Its value; empty to go back to none.
        value: String,
    },
    /// Print all parameters and their values.
    List,
}

pub(super) async fn run(file: Option<&Path>, action: Action) -> anyhow::Result<()> {
    let (settings, store) = super::store::open(file).await?;
    match action {
        Action::Get { key } => {
            known(&key)?;
            let value = store.parameter(&key).await?;
            let value = value
                .with_context(|| format!("{key} has no value (maildesk param set {key} VALUE)"))?;
            super::say(&value);
        }
        Action::Set { key, value } => {
            let parameter = known(&key)?;
            let value = &parameter.tidy(&value);
            let rules = BaseUrlRules {
                allow_loopback: settings.allow_loopback_base_url,
            };
            if let Err(trouble) = parameter.check(value, rules) {
                bail!(
                    "{key} was not changed. {} {}",
                    trouble.message,
                    trouble.remedy
                );
            }
            let at = SystemClock::start().now();
            let former = store.parameter(&key).await?.unwrap_or_default();
            store.set_parameter(&key, value, at).await?;
            let entry = AuditEntry {
                id: 0,
                at,
                user: None,
                action: "parameter.set".to_owned(),
                mailbox: None,
                detail: parameter::changed(&key, &former, value),
            };
            store.audit(entry).await?;
            super::complain(&format!(
                "{key} is set; a running server follows within seconds"
            ));
        }
        Action::List => {
            let set = store.parameters().await?;
            for row in parameter::PARAMETERS {
                let value = set
                    .iter()
                    .find(|(key, _)| key == row.key)
                    .map_or("", |(_, value)| value);
                super::say(&format!("{}\t{value}", row.key));
            }
        }
    }
    Ok(())
}

fn known(key: &str) -> anyhow::Result<Parameter> {
    parameter::find(key).with_context(|| {
        let keys: Vec<&str> = parameter::PARAMETERS.iter().map(|row| row.key).collect();
        format!(
            "there is no system parameter {key:?}; there are: {}",
            keys.join(", ")
        )
    })
}
