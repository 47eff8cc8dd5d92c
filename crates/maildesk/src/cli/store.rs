//! Opens the database for commands that work beside a running server.

use std::path::Path;
use std::sync::Arc;

use maildesk_store::SqlStore;

use crate::app;
use crate::config;

/// Reads the settings and opens the database they name. Unknown settings are said once.
pub(super) async fn open(file: Option<&Path>) -> anyhow::Result<(config::Settings, Arc<SqlStore>)> {
    let (settings, values) = config::load(file)?;
    for name in &values.unknown {
        super::complain(&format!(
            "maildesk: unknown setting {name} (see maildesk config check)"
        ));
    }
    let store = app::open_store(&settings, Arc::new(app::SystemEntropy)).await?;
    Ok((settings, store))
}
