//! Signing in, as the organisation and as a person.

use crate::stage::{REDIRECT, Reply, Stage};

/// An access token.
#[derive(Clone, Debug)]
pub(crate) struct Token(pub(crate) String);

impl Stage {
    /// A token of the app as itself.
    pub(crate) async fn organisation(&self, app: &str) -> Token {
        let scope = "https://graph.microsoft.com/.default";
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", app),
            ("scope", scope),
        ];
        access(&self.token("organizations", &form).await)
    }

    /// A token of a person, who signs in and accepts.
    pub(crate) async fn person(&self, app: &str, address: &str) -> Token {
        self.person_with(app, address, "https://graph.microsoft.com/Mail.ReadWrite")
            .await
    }

    /// A token of a person with a permission of their choice.
    pub(crate) async fn person_with(&self, app: &str, address: &str, permission: &str) -> Token {
        access(&self.sign_in(app, address, permission).await)
    }

    /// A token of a person, and the refresh token beside it.
    pub(crate) async fn person_and_refresh(&self, app: &str, address: &str) -> (Token, String) {
        let reply = self
            .sign_in(
                app,
                address,
                "offline_access https://graph.microsoft.com/Mail.ReadWrite",
            )
            .await;
        let refresh = reply.json["refresh_token"]
            .as_str()
            .unwrap_or_else(|| panic!("none: {reply:?}"));
        (access(&reply), refresh.to_owned())
    }

    /// Uses a refresh token.
    pub(crate) async fn refresh(&self, app: &str, token: &str) -> Reply {
        self.token(
            "common",
            &[
                ("grant_type", "refresh_token"),
                ("client_id", app),
                ("refresh_token", token),
            ],
        )
        .await
    }

    async fn sign_in(&self, app: &str, address: &str, permission: &str) -> Reply {
        let scope = format!("{permission} https://graph.microsoft.com/User.Read");
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", app),
                ("response_type", "code"),
                ("redirect_uri", REDIRECT),
                ("response_mode", "query"),
                ("scope", &scope),
                ("state", "s"),
            ])
            .finish();
        let url = format!("{}/common/oauth2/v2.0/authorize?{query}", self.base);
        let form = [("account", address), ("decision", "accept")];
        let reply = self.send(self.http.post(url).form(&form)).await;
        let location = reply
            .headers
            .get("location")
            .unwrap_or_else(|| panic!("no redirect: {reply:?}"));
        let (_, query) = location
            .to_str()
            .expect("text")
            .split_once('?')
            .expect("a query");
        let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
        let code = code.expect("a code").1.into_owned();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", app),
            ("redirect_uri", REDIRECT),
            ("code", &code),
        ];
        self.token("common", &form).await
    }

    async fn token(&self, tenant: &str, form: &[(&str, &str)]) -> Reply {
        let mut form = form.to_vec();
        form.push(("client_secret", "s"));
        let url = format!("{}/{tenant}/oauth2/v2.0/token", self.base);
        self.send(self.http.post(url).form(&form)).await
    }
}

fn access(reply: &Reply) -> Token {
    let token = reply.json["access_token"]
        .as_str()
        .unwrap_or_else(|| panic!("no token: {reply:?}"));
    Token(token.to_owned())
}
