//! `maildesk config check`: the settings in effect, secrets masked.

use std::path::Path;

use anyhow::bail;
use clap::Subcommand;

use crate::app::KEY_FILE;
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
            (true, _) => made_from(&values, row.name),
            (false, true) => "********".to_owned(),
            (false, false) => value.to_owned(),
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

/// What counts where nothing is set and the default depends on the data folder.
fn made_from(values: &Values, name: &str) -> String {
    let folder = Path::new(values.text("data_dir"));
    match name {
        "database_url" => config::sqlite_in(folder),
        "secret_key" => format!("(made once in {})", folder.join(KEY_FILE).display()),
        _ => "(none)".to_owned(),
    }
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
