//! Pages as somebody gets them who has signed in, without a browser.

use reqwest::StatusCode;

use crate::desk::Desk;
use crate::stack::client;
use crate::world::{ADMINISTRATOR, PASSWORD};

/// The administrator's session, as far as pages need one.
#[derive(Debug)]
pub struct Pages {
    http: reqwest::Client,
    desk: String,
    cookie: String,
}

impl Pages {
    /// Signs in with [`PASSWORD`], which has to be given before.
    ///
    /// # Panics
    /// When that fails.
    pub async fn sign_in(desk: &Desk) -> Self {
        let http = client();
        let fields = [("email", ADMINISTRATOR), ("password", PASSWORD)];
        let answer = http.post(format!("{}/login", desk.url)).form(&fields);
        let answer = answer.send().await.expect("the desk answers");
        let cookie = answer.headers().get("set-cookie").expect("signed in");
        let cookie = cookie.to_str().expect("a cookie is text");
        Self {
            http,
            desk: desk.url.clone(),
            cookie: cookie.split(';').next().unwrap_or_default().to_owned(),
        }
    }

    /// A page.
    ///
    /// # Panics
    /// When it is not given.
    pub async fn read(&self, path: &str) -> String {
        let call = self.http.get(format!("{}{path}", self.desk));
        self.answer(call).await
    }

    /// Sends the form of a page; the page that answers.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn post(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> String {
        let page = self.read(page).await;
        let (_, csrf) = page
            .split_once("name=\"csrf\" content=\"")
            .expect("a token");
        let csrf = csrf.split('"').next().unwrap_or_default();
        let fields = [fields, &[("csrf", csrf)]].concat();
        let call = self.http.post(format!("{}{path}", self.desk)).form(&fields);
        self.answer(call).await
    }

    async fn answer(&self, call: reqwest::RequestBuilder) -> String {
        let answer = call.header("cookie", &self.cookie).send().await;
        let answer = answer.expect("the desk answers");
        assert_eq!(answer.status(), StatusCode::OK);
        answer.text().await.expect("a page is text")
    }
}
