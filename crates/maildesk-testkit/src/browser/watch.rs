//! What the browser itself says: which requests it made, what it refused, and what axe-core finds.

use std::fmt::Write as _;

use reqwest::Method;
use serde_json::{Value, json};

use super::driver::Browser;

/// Names the file with axe-core that `cargo xtask test` installs.
pub const AXE: &str = "MAILDESK_TEST_AXE";

/// The rules a page is held to: WCAG 2.2 AA and axe-core's own good practices.
const RULES: &str = r#"
const done = arguments[arguments.length - 1];
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] })
  .then((found) => done(found.violations), (why) => done([{ id: String(why), help: "", nodes: [] }]));
"#;

impl Browser {
    /// Lines of a log (`browser` or `performance`) since it was last read.
    async fn log(&self, kind: &str) -> Vec<Value> {
        let lines = self
            .command(Method::POST, "/se/log", json!({"type": kind}))
            .await;
        lines.as_array().cloned().unwrap_or_default()
    }

    /// What pages wrote to the console and what the browser refused them since last asked:
    /// violations of the content policy, failed loads, uncaught errors.
    pub async fn console(&self) -> Vec<String> {
        let lines = self.log("browser").await;
        let words = lines.iter().filter_map(|line| line["message"].as_str());
        words.map(str::to_owned).collect()
    }

    /// The URLs of all requests since last asked, those of frames and workers included.
    /// Needs [`super::Options::requests`].
    pub async fn requests(&self) -> Vec<String> {
        let lines = self.log("performance").await;
        let events = lines.iter().filter_map(|line| line["message"].as_str());
        let events = events.filter_map(|text| serde_json::from_str::<Value>(text).ok());
        events
            .filter(|event| event["message"]["method"] == "Network.requestWillBeSent")
            .filter_map(|event| {
                let url = &event["message"]["params"]["request"]["url"];
                url.as_str().map(str::to_owned)
            })
            .collect()
    }

    /// The text of an open `alert`, `confirm` or `prompt`; pages of ours have none.
    pub async fn dialogue(&self) -> Option<String> {
        let text = self
            .try_command(Method::GET, "/alert/text", Value::Null)
            .await;
        text.ok().and_then(|text| text.as_str().map(str::to_owned))
    }

    /// A picture of what the window shows, as PNG bytes in base64.
    pub(super) async fn picture(&self) -> Option<String> {
        let picture = self
            .try_command(Method::GET, "/screenshot", Value::Null)
            .await;
        picture.ok()?.as_str().map(str::to_owned)
    }

    /// What axe-core finds wrong with the page, in words; empty when it finds nothing.
    ///
    /// # Panics
    /// When axe-core is not there: missing is red.
    pub async fn violations(&self) -> String {
        // By DevTools, because the page's own policy lets no script in.
        let source = json!({"expression": axe_core()});
        let ran = self.devtools("Runtime.evaluate", source).await;
        assert!(ran["exceptionDetails"].is_null(), "axe-core runs: {ran}");
        let script = json!({"script": RULES, "args": []});
        let found = self.command(Method::POST, "/execute/async", script).await;
        let found = found.as_array().cloned().unwrap_or_default();
        found.iter().fold(String::new(), |mut words, rule| {
            for node in rule["nodes"].as_array().into_iter().flatten() {
                // Writing to a text cannot fail.
                let _ = writeln!(
                    words,
                    "{}: {} {} {}",
                    rule["id"], rule["help"], node["html"], node["failureSummary"]
                );
            }
            if rule["nodes"].as_array().is_none_or(Vec::is_empty) {
                let _ = writeln!(words, "{}", rule["id"]);
            }
            words
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test command says by a variable where axe-core is"
)]
fn axe_core() -> String {
    let path = std::env::var(AXE)
        .unwrap_or_else(|_| panic!("{AXE} is not set: run the tests with cargo xtask test"));
    std::fs::read_to_string(path).expect("axe-core can be read")
}
