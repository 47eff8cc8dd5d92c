//! What a person does and sees. Everything that looks for something waits for it, with a limit.

use reqwest::Method;
use serde_json::{Value, json};

use super::driver::{Browser, ELEMENT};
use crate::wait;

/// Finds what is visible by its role and name. Names are read as a screen reader would: a label of
/// its own, else its label's or its own text.
const FIND: &str = r#"
const [role, name, whole] = arguments;
const roles = {
  button: "button, [role=button], input[type=submit], summary",
  link: "a[href], [role=link]",
  heading: "h1, h2, h3, h4, h5, h6",
  field: "input:not([type=hidden]):not([type=submit]), textarea, select",
  row: "tr, [role=row], [role=listitem], li, [role=option]",
  status: "[role=status], [role=alert], output",
  frame: "iframe",
};
const tidy = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const named = (element) => {
  const by = element.getAttribute("aria-labelledby");
  if (by) return tidy(by.split(" ").map((id) => document.getElementById(id)?.textContent).join(" "));
  const own = element.getAttribute("aria-label");
  if (own) return tidy(own);
  if (element.labels?.length) return tidy([...element.labels].map((label) => label.textContent).join(" "));
  return tidy(element.matches("input[type=submit]") ? element.value : element.textContent || element.title);
};
const fits = (element) => (whole ? named(element) === name : named(element).includes(name));
const all = [...document.querySelectorAll(roles[role] ?? role)].filter(
  (element) => element.checkVisibility({ visibilityProperty: true }) && fits(element));
return all;
"#;

/// An element of the page, as WebDriver names it.
#[derive(Clone, Debug)]
pub struct Element(Value);

impl Browser {
    /// Opens a URL and waits until the page is loaded.
    pub async fn open_page(&self, url: &str) {
        self.command(Method::POST, "/url", json!({"url": url}))
            .await;
    }

    /// Signs in at a desk and waits for the inbox.
    pub async fn sign_in(&self, desk: &str, email: &str, password: &str) {
        self.open_page(&format!("{desk}/login")).await;
        self.fill("Email address", email).await;
        self.fill("Password", password).await;
        self.click("button", "Sign in").await;
        self.is_at("/").await;
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.command(Method::POST, "/refresh", json!({})).await;
    }

    /// Where the page is: path and query.
    pub async fn path(&self) -> String {
        let path = self.try_script("return location.pathname + location.search", json!([]));
        path.await
            .ok()
            .and_then(|path| path.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Waits until the page is at this path (its query aside).
    pub async fn is_at(&self, path: &str) {
        wait::until(&format!("the page at {path}"), || async {
            let now = self.path().await;
            (now.split('?').next() == Some(path)).then_some(())
        })
        .await;
    }

    /// What is visible of that role (`button`, `link`, `heading`, `field`, `row`, `status`,
    /// `frame`, or a CSS selector) whose name holds `name`.
    pub async fn all(&self, role: &str, name: &str) -> Vec<Element> {
        self.look(role, name, false).await
    }

    async fn look(&self, role: &str, name: &str, whole: bool) -> Vec<Element> {
        let found = self.try_script(FIND, json!([role, name, whole])).await;
        let found = found.unwrap_or_default();
        let found = found.as_array().cloned().unwrap_or_default();
        found.into_iter().map(Element).collect()
    }

    /// The one of that role and exactly that name, or the first whose name holds it; waits for it.
    pub async fn find(&self, role: &str, name: &str) -> Element {
        wait::until(&format!("a {role} \u{201c}{name}\u{201d}"), || async {
            if let Some(exact) = self.look(role, name, true).await.into_iter().next() {
                return Some(exact);
            }
            self.all(role, name).await.into_iter().next()
        })
        .await
    }

    /// Clicks the button, link or row of that name as soon as that can be done.
    pub async fn click(&self, role: &str, name: &str) {
        wait::until(
            &format!("a click on {role} \u{201c}{name}\u{201d}"),
            || async {
                let element = self.find(role, name).await;
                // Gone or covered a moment after it was found: looked for anew.
                self.try_on(&element, "click", json!({})).await.ok()
            },
        )
        .await;
    }

    /// Asks with the right button for the menu of the row of that name.
    pub async fn right_click(&self, role: &str, name: &str) {
        let element = self.find(role, name).await;
        let at = json!({"type": "pointerMove", "origin": element.0, "x": 0, "y": 0});
        let press = |kind| json!({"type": kind, "button": 2});
        let actions = [at, press("pointerDown"), press("pointerUp")];
        let mouse = json!({"actions": [{"type": "pointer", "id": "mouse", "actions": actions}]});
        self.command(Method::POST, "/actions", mouse).await;
    }

    /// Fills in the field with that label, replacing what was there.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.find("field", label).await;
        self.on(&field, "clear", json!({})).await;
        self.on(&field, "value", json!({"text": text})).await;
    }

    /// Presses keys where the focus is, as WebDriver writes them (`\u{E007}` is Enter).
    pub async fn press(&self, keys: &str) {
        let presses: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()}))
            })
            .collect();
        let actions = json!({"actions": [{"type": "key", "id": "keys", "actions": presses}]});
        self.command(Method::POST, "/actions", actions).await;
    }

    /// Holds a key (as WebDriver writes it: `\u{E008}` is Shift, `\u{E009}` Control) while something
    /// is done.
    pub async fn hold(&self, key: &str, what: impl AsyncFnOnce()) {
        self.key("keyDown", key).await;
        what().await;
        self.key("keyUp", key).await;
    }

    async fn key(&self, kind: &str, key: &str) {
        let keys = [json!({"type": kind, "value": key})];
        let actions = json!({"actions": [{"type": "key", "id": "keys", "actions": keys}]});
        self.command(Method::POST, "/actions", actions).await;
    }

    /// The text of the page that can be seen.
    pub async fn text(&self) -> String {
        let text = self
            .try_script("return document.body.innerText", json!([]))
            .await;
        text.ok()
            .and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Waits until the page shows a text; spaces and line breaks are one.
    pub async fn shows(&self, text: &str) {
        wait::until(&format!("the text \u{201c}{text}\u{201d}"), || async {
            let seen = self.text().await;
            let seen = seen.split_whitespace().collect::<Vec<_>>().join(" ");
            seen.contains(text).then_some(())
        })
        .await;
    }

    /// Waits until the page does not show a text any more.
    pub async fn hides(&self, text: &str) {
        wait::until(&format!("no text \u{201c}{text}\u{201d}"), || async {
            let seen = self.text().await;
            (!seen.is_empty() && !seen.contains(text)).then_some(())
        })
        .await;
    }

    /// Waits until a script's answer is true.
    pub async fn until(&self, what: &str, script: &str) {
        wait::until(what, || async {
            let answer = self.try_script(script, json!([])).await;
            answer.is_ok_and(|answer| answer == true).then_some(())
        })
        .await;
    }

    /// An attribute's value, or an empty text.
    pub async fn attribute(&self, element: &Element, name: &str) -> String {
        let value = self
            .script(
                "return arguments[0].getAttribute(arguments[1])",
                json!([element.0, name]),
            )
            .await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// What a field holds.
    pub async fn value(&self, label: &str) -> String {
        let field = self.find("field", label).await;
        let value = self
            .script("return arguments[0].value", json!([field.0]))
            .await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Opens another tab and goes there; its handle.
    ///
    /// # Panics
    /// When the browser gives no handle.
    pub async fn new_tab(&self, url: &str) -> String {
        let tab = self
            .command(Method::POST, "/window/new", json!({"type": "tab"}))
            .await;
        let handle = tab["handle"]
            .as_str()
            .expect("a tab has a handle")
            .to_owned();
        self.switch_to(&handle).await;
        self.open_page(url).await;
        handle
    }

    /// The handle of the current tab.
    pub async fn tab(&self) -> String {
        let handle = self.command(Method::GET, "/window", Value::Null).await;
        handle.as_str().unwrap_or_default().to_owned()
    }

    /// Closes the current tab; another must be gone to next.
    pub async fn close_tab(&self) {
        self.command(Method::DELETE, "/window", Value::Null).await;
    }

    /// Goes to a tab.
    pub async fn switch_to(&self, tab: &str) {
        self.command(Method::POST, "/window", json!({"handle": tab}))
            .await;
    }

    /// Waits until the first frame whose title holds `name` has loaded its document and that holds
    /// a text; the document's path. Read from the page around it, because in a frame without
    /// scripts WebDriver has none either.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn frame_shows(&self, name: &str, text: &str) -> String {
        wait::until(&format!("the text \u{201c}{text}\u{201d} in a frame"), || async {
            let frame = self.all("frame", name).await.into_iter().next()?;
            let script = "const inside = arguments[0].contentDocument;
                return inside?.readyState === 'complete' && inside.body.textContent.includes(arguments[1])
                    ? inside.location.pathname : null";
            let path = self.try_script(script, json!([frame.0, text])).await.ok()?;
            path.as_str().map(str::to_owned)
        })
        .await
    }

    /// The inner size of the window, as a phone has it or a desk.
    pub async fn resize(&self, width: u32, height: u32) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await;
    }

    /// Where the links of the page lead on this server.
    pub async fn links(&self) -> Vec<String> {
        let script = "return [...document.links].filter((link) => link.origin === location.origin)
            .map((link) => link.pathname)";
        let links = self.script(script, json!([])).await;
        let links = links.as_array().into_iter().flatten();
        links
            .filter_map(|link| link.as_str().map(str::to_owned))
            .collect()
    }

    /// Whether nothing sticks out of the window to the side.
    pub async fn fits(&self) -> bool {
        let script = "return document.scrollingElement.scrollWidth <= innerWidth";
        self.script(script, json!([])).await == true
    }

    /// Whether the person likes it dark.
    pub async fn darken(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    async fn try_on(&self, element: &Element, what: &str, body: Value) -> Result<Value, String> {
        let id = element.0[ELEMENT].as_str().unwrap_or_default();
        self.try_command(Method::POST, &format!("/element/{id}/{what}"), body)
            .await
    }

    async fn on(&self, element: &Element, what: &str, body: Value) -> Value {
        self.try_on(element, what, body)
            .await
            .unwrap_or_else(|why| panic!("WebDriver {what}: {why}"))
    }
}
