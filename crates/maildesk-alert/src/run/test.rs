//! *Send a test alert*: each way that is set, tried while somebody waits. Nothing is written down.

use maildesk_model::alert::{AlertWay, WayTest};
use maildesk_store::StoreError;

use super::Alerts;

impl Alerts {
    /// Tries each way that is set, and says what came of it.
    pub async fn test(&self) -> Result<Vec<WayTest>, StoreError> {
        let settings = self.shared.store.alert_settings().await?;
        let mut tests = Vec::new();
        for way in settings.ways() {
            let told = match way {
                AlertWay::Http => self.post_test(&settings).await?.map(|()| None),
                AlertWay::Mail => self.mail_test(&settings).await?.map(Some),
            };
            tests.push(match told {
                Ok(sender) => WayTest {
                    way,
                    sender,
                    trouble: None,
                },
                Err(untold) => WayTest {
                    way,
                    sender: None,
                    trouble: Some(untold.trouble),
                },
            });
        }
        Ok(tests)
    }
}
