//! Reading columns by name, the same way on both engines.

use maildesk_model::clock::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::told;
use crate::contract::{Result, StoreError};

/// A row of either engine.
pub(crate) enum Row {
    /// Of SQLite.
    Lite(SqliteRow),
    /// Of PostgreSQL.
    Pg(PgRow),
}

macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident -> $type:ty;)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name(&self, column: &str) -> Result<$type> {
            match self {
                Self::Lite(row) => row.try_get(column),
                Self::Pg(row) => row.try_get(column),
            }
            .map_err(told)
        }
    )*};
}

impl Row {
    getters! {
        /// A number that is always there.
        int -> i64;
        /// A number that may be missing.
        opt_int -> Option<i64>;
        /// A text that is always there.
        text -> String;
        /// A text that may be missing.
        opt_text -> Option<String>;
        /// Bytes that are always there.
        bytes -> Vec<u8>;
        /// Bytes that may be missing.
        opt_bytes -> Option<Vec<u8>>;
    }

    /// A truth value.
    pub(crate) fn truth(&self, column: &str) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    /// An instant.
    pub(crate) fn time(&self, column: &str) -> Result<Timestamp> {
        Ok(Timestamp::from_micros(self.int(column)?))
    }

    /// An instant that may be missing.
    pub(crate) fn opt_time(&self, column: &str) -> Result<Option<Timestamp>> {
        Ok(self.opt_int(column)?.map(Timestamp::from_micros))
    }

    /// A text that is one of a fixed set of names.
    pub(crate) fn named<T>(&self, column: &str, read: fn(&str) -> Option<T>) -> Result<T> {
        let name = self.text(column)?;
        read(&name).ok_or_else(|| StoreError::Corrupt(format!("column {column} holds {name}")))
    }
}
