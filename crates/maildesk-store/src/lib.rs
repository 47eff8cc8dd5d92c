//! Everything MailDesk keeps, behind one contract with two engines: SQLite (bundled) and PostgreSQL.
//!
//! Everything meets here and nowhere else: the webhook stamps, sync writes mail rows, people write
//! intents, live views read the journal. Each method of the [`contract`] is **one transaction**, so
//! a caller sees from the name of a method what is atomic; whatever must happen next is a row when
//! the method returns. The store knows neither Graph nor HTTP.
//!
//! To add something kept: a migration in `migrations/`, a method in the trait of its room under
//! `contract/`, its SQL in the room of the same name under `room/`, and a test in the suite that
//! runs on both engines (its `coverage` fails when a method has none).

mod bells;
pub mod contract;
mod db;
mod mail;
mod room;
mod schema;
mod seal;
mod store;

pub use contract::{Store, StoreError};
pub use schema::SchemaVersion;
pub use seal::SecretKey;
pub use store::{SqlStore, StoreSettings};
