//! Tells by a signed POST.

use maildesk_model::alert::{AlertSettings, Notice};

use super::{Alerts, Told, Untold};
use crate::{tell, words};

impl Alerts {
    pub(super) async fn post(&self, settings: &AlertSettings, notice: &Notice) -> Told<()> {
        let base_url = self.base_url().await?;
        let id = notice.id.to_string();
        let body = tell::body(id, &notice.lines, &base_url, false, self.now());
        self.post_body(settings, body).await
    }

    pub(super) async fn post_body(&self, settings: &AlertSettings, body: Vec<u8>) -> Told<()> {
        let headers = tell::headers(settings.secret.as_ref(), &body, self.now());
        let answer = self.shared.beyond.post_json(&settings.url, &headers, body);
        Ok(match answer.await {
            Ok(200..=299) => Ok(()),
            Ok(status) => Err(Untold::surely(words::refused_with(status))),
            Err(why) => Err(Untold::surely(words::unsent(why))),
        })
    }

    /// A test by this way.
    pub(super) async fn post_test(&self, settings: &AlertSettings) -> Told<()> {
        let base_url = self.base_url().await?;
        // A receiver that takes each id in once takes each test in.
        let id = format!("test-{}", self.now().as_micros());
        let body = tell::body(id, &[], &base_url, true, self.now());
        self.post_body(settings, body).await
    }
}
