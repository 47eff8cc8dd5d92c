//! Brings the file and the environment together, remembering where each value came from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::parse::SettingsError;
use super::table::{PREFIX, SettingRow, TABLE};

/// Where a value came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// Nothing was set.
    Default,
    /// The TOML file.
    File,
    /// A variable; pages show such a value read-only.
    Environment,
    /// The file a `…_FILE` variable names.
    SecretFile(PathBuf),
}

/// All values as text, with their sources, and what could not be understood.
#[derive(Clone, Debug, Default)]
pub struct Values {
    values: BTreeMap<&'static str, (String, Source)>,
    /// Names that mean nothing here.
    pub unknown: Vec<String>,
}

impl Values {
    /// Reads the TOML file, if one is named, and lays the environment over it.
    pub fn read(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let mut values = Self::default();
        if let Some(path) = file {
            values.take_file(path)?;
        }
        for (variable, value) in environment {
            values.take_variable(&variable, value)?;
        }
        values.unknown.sort();
        Ok(values)
    }

    /// The value that counts.
    pub fn get(&self, row: &SettingRow) -> (&str, Source) {
        self.values
            .get(row.name)
            .map_or((row.default, Source::Default), |(value, source)| {
                (value, source.clone())
            })
    }

    /// The value of a name, which must be in the table; empty if nothing counts.
    pub(crate) fn text(&self, name: &str) -> &str {
        TABLE
            .iter()
            .find(|row| row.name == name)
            .map_or("", |row| self.get(row).0)
    }

    /// The value of a name that somebody has set; `None` where the default counts.
    pub(crate) fn set(&self, name: &str) -> Option<&str> {
        let (value, _) = self.values.get(name)?;
        (!value.is_empty()).then_some(value)
    }

    fn take_file(&mut self, path: &Path) -> Result<(), SettingsError> {
        let text =
            std::fs::read_to_string(path).map_err(|why| SettingsError::unreadable(path, &why))?;
        let table: toml::Table = text
            .parse()
            .map_err(|why: toml::de::Error| SettingsError::not_toml(path, why.message()))?;
        for (name, value) in table {
            let Some(row) = TABLE.iter().find(|row| row.name == name) else {
                self.unknown.push(name);
                continue;
            };
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Boolean(flag) => flag.to_string(),
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Array(items) => items
                    .iter()
                    .map(|item| {
                        item.as_str()
                            .map_or_else(|| item.to_string(), str::to_owned)
                    })
                    .collect::<Vec<_>>()
                    .join(","),
                _ => {
                    return Err(SettingsError::wrong(
                        row.name,
                        "is neither a text, a number, true or false, nor a list",
                    ));
                }
            };
            self.values.insert(row.name, (text, Source::File));
        }
        Ok(())
    }

    fn take_variable(&mut self, variable: &str, value: String) -> Result<(), SettingsError> {
        let Some(name) = variable.strip_prefix(PREFIX) else {
            return Ok(());
        };
        // Variables of the test command; they are not settings of the program.
        if name.starts_with("TEST_") {
            return Ok(());
        }
        let name = name.to_lowercase();
        if let Some(row) = TABLE.iter().find(|row| row.name == name) {
            self.values.insert(row.name, (value, Source::Environment));
            return Ok(());
        }
        let row = name
            .strip_suffix("_file")
            .and_then(|base| TABLE.iter().find(|row| row.secret && row.name == base));
        let Some(row) = row else {
            self.unknown.push(variable.to_owned());
            return Ok(());
        };
        let path = PathBuf::from(value);
        let text =
            std::fs::read_to_string(&path).map_err(|why| SettingsError::unreadable(&path, &why))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
        // The variable itself wins over its file form, whatever order the system lists them in.
        if !matches!(self.values.get(row.name), Some((_, Source::Environment))) {
            self.values
                .insert(row.name, (text, Source::SecretFile(path)));
        }
        Ok(())
    }
}
