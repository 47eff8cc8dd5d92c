//! What the engines complain about, as decisions for the caller.

use sqlx::Error;
use sqlx::error::DatabaseError;

use crate::contract::StoreError;

/// Translates an engine's error. Its text never carries a bound value: SQLite names tables and
/// columns only, and of PostgreSQL's messages only those about the SQL itself are passed on.
pub(crate) fn told(error: Error) -> StoreError {
    match error {
        Error::Database(database) => from_database(database),
        Error::ColumnNotFound(_)
        | Error::ColumnDecode { .. }
        | Error::ColumnIndexOutOfBounds { .. }
        | Error::Decode(_)
        | Error::Encode(_)
        | Error::TypeNotFound { .. } => StoreError::Corrupt(error.to_string()),
        other => StoreError::Unavailable(Box::new(other)),
    }
}

fn from_database(error: Box<dyn DatabaseError>) -> StoreError {
    if error.is_unique_violation() {
        return StoreError::Conflict("something of that name is there already");
    }
    if error.is_foreign_key_violation() {
        return StoreError::Conflict("what it refers to is gone");
    }
    let code = error.code().unwrap_or_default().into_owned();
    let postgres = error
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .is_some();
    if postgres {
        return from_postgres(&code, error);
    }
    // SQLite's result codes: the low byte is the primary one (https://sqlite.org/rescode.html).
    match code.parse::<i32>().unwrap_or_default() & 0xff {
        // BUSY, LOCKED, IOERR, FULL, CANTOPEN, PROTOCOL
        5 | 6 | 10 | 13 | 14 | 15 => StoreError::Unavailable(Box::new(Error::Database(error))),
        _ => StoreError::Corrupt(format!("SQLite answered {code}: {}", error.message())),
    }
}

/// By class of SQLSTATE (PostgreSQL manual, appendix A).
fn from_postgres(code: &str, error: Box<dyn DatabaseError>) -> StoreError {
    // A transaction that was silent for too long: this node stood still.
    if code == "25P03" {
        return StoreError::Unavailable(Box::new(Error::Database(error)));
    }
    match code.get(..2).unwrap_or_default() {
        // Connection, transaction rollback (deadlock, serialization), resources, not in the right
        // state (lock not available, shutting down), operator intervention, system error.
        "08" | "40" | "53" | "55" | "57" | "58" => {
            StoreError::Unavailable(Box::new(Error::Database(error)))
        }
        "42" => StoreError::Corrupt(format!("PostgreSQL answered {code}: {}", error.message())),
        _ => StoreError::Corrupt(format!("PostgreSQL answered {code}")),
    }
}
