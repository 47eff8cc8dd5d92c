//! Where a sign-in begins: a single-use row, a cookie, and the address of Microsoft's page (C2).

pub(crate) mod cookie;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maildesk_graph::login::{Authorize, Pkce};
use maildesk_model::mailbox::Connection;
use maildesk_model::{Entropy, MailboxId, UserId};
use maildesk_store::contract::SignIn;
use sha2::{Digest as _, Sha256};

use crate::Connect;
use crate::access::SCOPES_AS_A_PERSON;
use crate::error::{self, ConnectError};

/// Where Microsoft sends people back to; appended to the base URL it is the redirect URI that the
/// app registration must hold, letter for letter.
pub const CALLBACK_PATH: &str = "/oauth/microsoft/callback";

/// A sign-in may take this long; a person may have to find their phone.
const LIFE: Duration = Duration::from_mins(10);

/// How to send a person to Microsoft.
#[derive(Clone, Debug)]
pub struct SignInStart {
    /// The `Location` of the 302.
    pub location: String,
    /// The value of the `Set-Cookie` header on the same answer; it binds the callback to this
    /// browser.
    pub set_cookie: String,
}

impl Connect {
    /// Begins a sign-in for a mailbox connected as a person. `base_url` is `web.base.url`;
    /// `cookies` the request's `Cookie` header, so that two sign-ins in one browser share the
    /// binding. The caller has checked that `user` may do this.
    pub async fn start_sign_in(
        &self,
        mailbox: MailboxId,
        user: UserId,
        base_url: &str,
        cookies: Option<&str>,
    ) -> Result<SignInStart, ConnectError> {
        let (row, client) = self.reach(mailbox).await?;
        if row.kind != Connection::GraphDelegated {
            return Err(error::not_a_person());
        }
        let login = client.login()?;
        let entropy = &*self.shared.entropy;
        let is_https = base_url.starts_with("https://");
        let nonce = cookies
            .and_then(|cookies| cookie::read(cookies, is_https))
            .unwrap_or_else(|| random(entropy));
        let state = random(entropy);
        let pkce = Pkce::fresh(entropy);
        let redirect_uri = format!("{base_url}{CALLBACK_PATH}");
        let memo = self.shared.store.memo(&claims_memo(mailbox)).await?;
        let location = login.authorize_url(&Authorize {
            redirect_uri: &redirect_uri,
            state: &state,
            scopes: &SCOPES_AS_A_PERSON,
            pkce: &pkce,
            login_hint: Some(&row.address),
            claims: memo.as_deref().filter(|claims| !claims.is_empty()),
            prompt: None,
        });
        let sign_in = SignIn {
            mailbox,
            user,
            verifier: pkce.verifier().clone(),
            cookie_hash: hash(&nonce),
            redirect_uri,
        };
        let until = self.shared.clock.now().plus(LIFE);
        self.shared
            .store
            .begin_sign_in(&hash(&state), &sign_in, until)
            .await?;
        Ok(SignInStart {
            location,
            set_cookie: cookie::write(&nonce, is_https, LIFE),
        })
    }
}

/// Where the claims that the next sign-in must satisfy are remembered; empty when there are none.
pub(crate) fn claims_memo(mailbox: MailboxId) -> String {
    format!("sign_in.claims.{mailbox}")
}

/// 256 random bits as text.
pub(crate) fn random(entropy: &dyn Entropy) -> String {
    let mut bytes = [0_u8; 32];
    entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is kept of a state or a nonce: who reads the database learns neither.
pub(crate) fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
