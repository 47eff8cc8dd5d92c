//! Settings: one table of names, read from a TOML file and from the environment.
//!
//! The environment wins. Every secret can also come from a file named by `NAME_FILE`. This is the
//! only room that reads the environment; libraries get small `Settings` structs made from what is
//! read here. To add a setting: a row in [`TABLE`], a field in [`Settings`], a line in `parse.rs`.

mod parse;
mod read;
mod table;

pub(crate) use parse::sqlite_in;
pub use parse::{Settings, SettingsError};
pub use read::{Source, Values};
pub use table::{SettingRow, TABLE};

use std::path::Path;

/// Reads the environment and the file (if one is named) and makes settings of them.
///
/// Unknown names come back as warnings; `maildesk config check` makes errors of them.
pub fn load(file: Option<&Path>) -> Result<(Settings, Values), SettingsError> {
    let values = values(file)?;
    let settings = Settings::parse(&values)?;
    Ok((settings, values))
}

/// Reads the values alone, so that `maildesk config check` can show them when they are wrong.
pub fn values(file: Option<&Path>) -> Result<Values, SettingsError> {
    Values::read(file, environment())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
