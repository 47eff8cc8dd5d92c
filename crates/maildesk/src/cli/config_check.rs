//! `maildesk config check`: the settings in effect, secrets masked.

use std::path::Path;

use anyhow::bail;
use clap::Subcommand;

use crate::config::{self, Settings, Source, TABLE, Values};

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Print every setting, its value and where it came from; fail on unknown names.
    Check,
}

pub(super) fn run(file: Option<&Path>, Action::Check: &Action) -> anyhow::Result<()> {
    let values = config::values(file)?;
    for row in &TABLE {
        let (value, source) = values.get(row);
        let shown = match (value.is_empty(), row.secret) {
            (true, _) => "(none)",
            (false, true) => "********",
            (false, false) => value,
        };
        super::say(&format!(
            "{} = {shown}\t# {}",
            row.variable(),
            origin(&source)
        ));
    }
    Settings::parse(&values)?;
    refuse_unknown(&values)
}

fn refuse_unknown(values: &Values) -> anyhow::Result<()> {
    if !values.unknown.is_empty() {
        bail!(
            "unknown settings: {}. Remove them or correct their names",
            values.unknown.join(", ")
        );
    }
    Ok(())
}

fn origin(source: &Source) -> String {
    match source {
        Source::Default => "default".to_owned(),
        Source::File => "file".to_owned(),
        Source::Environment => "environment".to_owned(),
        Source::SecretFile(path) => format!("environment, from {}", path.display()),
    }
}
