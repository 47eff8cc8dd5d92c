//! A browser for one test, with a picture of the page when the test fails.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt as _;

use super::driver::{Browser, Options};

/// Runs a story with a browser of its own. When it fails, the page is kept as
/// `target/screenshots/failed-<name>.png` and its text is printed.
///
/// # Panics
/// When the story does.
pub async fn story<S>(name: &str, options: Options, story: S)
where
    S: AsyncFnOnce(&Browser),
{
    let browser = Browser::open(options).await;
    let told = AssertUnwindSafe(story(&browser)).catch_unwind().await;
    if let Err(why) = told {
        let kept = browser.keep_picture(&format!("failed-{name}")).await;
        let (path, text) = (browser.path().await, browser.text().await);
        let console = browser.console().await;
        tell(&kept, &path, &text, &console);
        browser.close().await;
        resume_unwind(why);
    }
    browser.close().await;
}

#[expect(clippy::print_stderr, reason = "a failing test says what it last saw")]
fn tell(kept: &Path, path: &str, text: &str, console: &[String]) {
    eprintln!(
        "the page at {path}, kept as {}:\n{text}\n\nconsole: {console:#?}",
        kept.display()
    );
}

impl Browser {
    /// Writes a picture of what the window shows to `target/screenshots/<name>.png`; its path.
    ///
    /// # Panics
    /// When the folder cannot be written to.
    pub async fn keep_picture(&self, name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
        std::fs::create_dir_all(&folder).expect("the folder of pictures can be made");
        let file = folder.join(format!("{name}.png"));
        // A page under a dialogue gives no picture; the story's own failure says more.
        if let Some(picture) = self.picture().await {
            let bytes = STANDARD.decode(picture).expect("a picture comes in base64");
            std::fs::write(&file, bytes).expect("a picture can be written");
        }
        file
    }
}
