//! Everything that is kept: one contract, SQLite and PostgreSQL behind it.
