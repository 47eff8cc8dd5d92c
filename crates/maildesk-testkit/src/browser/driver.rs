//! The chromedriver process, its session, and commands to it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};

use crate::stack::client;

/// How an element is named in WebDriver's JSON (W3C WebDriver, section 12.1).
pub(super) const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What a browser is asked for besides being one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether every request of every page is written down ([`Browser::requests`]).
    pub requests: bool,
    /// Where every host but this machine leads: a [`super::trap::Trap`].
    pub trap: Option<SocketAddr>,
    /// Whether pages run without scripts.
    pub no_scripts: bool,
}

/// A browser of its own with a fresh profile; gone when dropped.
#[derive(Debug)]
pub struct Browser {
    http: reqwest::Client,
    session: String,
    driver: Child,
    profile: tempfile::TempDir,
}

impl Browser {
    /// Starts chromedriver on a free port and a headless Chromium.
    ///
    /// # Panics
    /// When either is missing (`cargo xtask test` installs them) or does not start.
    pub async fn open(options: Options) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let (driver, port) = start_driver();
        let http = client();
        let mut browser = Self {
            http,
            session: format!("http://127.0.0.1:{port}/session"),
            driver,
            profile,
        };
        let wanted = capabilities(browser.profile.path(), options);
        let answer = browser.command(Method::POST, "", wanted).await;
        let id = answer["sessionId"].as_str().expect("a session has an id");
        browser.session = format!("{}/{id}", browser.session);
        browser
    }

    /// Sends a WebDriver command; the `value` of its answer, or WebDriver's error and message.
    ///
    /// # Errors
    /// What WebDriver says is wrong.
    ///
    /// # Panics
    /// When chromedriver does not answer.
    pub async fn try_command(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<Value, String> {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.session));
        if method == Method::POST {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("chromedriver answers");
        let status = answer.status();
        let text = answer.text().await.expect("chromedriver's answer ends");
        let mut answer: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        let value = answer["value"].take();
        if status.is_success() {
            Ok(value)
        } else {
            let words = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            Err(format!("{}: {}", words("error"), words("message")))
        }
    }

    /// As [`Browser::try_command`], for what must work.
    ///
    /// # Panics
    /// When WebDriver refuses.
    pub async fn command(&self, method: Method, path: &str, body: Value) -> Value {
        self.try_command(method, path, body)
            .await
            .unwrap_or_else(|why| panic!("WebDriver {path}: {why}"))
    }

    /// A command of Chromium's DevTools protocol to the current tab.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.command(Method::POST, "/goog/cdp/execute", body).await
    }

    /// Runs a script's body in the current page; what it returns. Promises are waited for.
    pub async fn script(&self, body: &str, arguments: Value) -> Value {
        self.try_script(body, arguments)
            .await
            .unwrap_or_else(|why| panic!("a script in the page: {why}"))
    }

    /// As [`Browser::script`], where the page may go away under it.
    ///
    /// # Errors
    /// What WebDriver says is wrong.
    pub async fn try_script(&self, body: &str, arguments: Value) -> Result<Value, String> {
        let body = json!({"script": body, "args": arguments});
        self.try_command(Method::POST, "/execute/sync", body).await
    }

    /// Ends the session in good order: the browser closes and its profile can be removed.
    pub async fn close(self) {
        // A browser that is gone already is closed.
        let _ = self.try_command(Method::DELETE, "", Value::Null).await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Chromium dies with its driver. Already gone is as good.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn start_driver() -> (Child, u16) {
    let mut command = Command::new("chromedriver");
    command.arg("--port=0");
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut driver = command
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts: cargo xtask test installs it");
    let mut lines = BufReader::new(driver.stdout.take().expect("its output is ours")).lines();
    let port = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| {
            let port = line.split("started successfully on port ").nth(1)?;
            port.trim_end_matches('.').parse().ok()
        })
        .expect("chromedriver says its port");
    // Read on, so that it never waits for us.
    std::thread::spawn(move || lines.for_each(drop));
    (driver, port)
}

/// Nothing in the background, a profile of our own, the same fonts and colours everywhere.
const ARGUMENTS: [&str; 12] = [
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--lang=en-GB",
    "--force-color-profile=srgb",
    "--window-size=1280,800",
];

fn capabilities(profile: &std::path::Path, options: Options) -> Value {
    let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).to_vec();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    if is_root() {
        // Chromium's own sandbox needs somebody who is not root.
        arguments.push("--no-sandbox".to_owned());
    }
    if let Some(trap) = options.trap {
        arguments.push(format!(
            "--host-resolver-rules=MAP * {trap}, EXCLUDE localhost, EXCLUDE 127.0.0.1"
        ));
    }
    let mut chrome = json!({"args": arguments});
    if options.requests {
        chrome["perfLoggingPrefs"] = json!({"enableNetwork": true, "enablePage": false});
    }
    if options.no_scripts {
        chrome["prefs"] = json!({"profile.managed_default_content_settings.javascript": 2});
    }
    let performance = if options.requests { "ALL" } else { "OFF" };
    json!({"capabilities": {"alwaysMatch": {
        "browserName": "chrome",
        // A dialogue that nobody asked for stays, so that a test can see it.
        "unhandledPromptBehavior": "ignore",
        "goog:loggingPrefs": {"browser": "ALL", "performance": performance},
        "goog:chromeOptions": chrome,
    }}})
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let user = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    user.is_some_and(|ids| ids.split_whitespace().next() == Some("0"))
}
