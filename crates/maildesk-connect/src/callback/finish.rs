//! Finishes a sign-in, step by step; each step has its own way to fail.

use axum::http::StatusCode;
use maildesk_graph::login::Pkce;
use maildesk_graph::{GraphError, LoginError, Me, Tokens, Who};
use maildesk_model::MailboxId;
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::Trouble;
use maildesk_store::StoreError;
use maildesk_store::contract::{ConnectionRow, SignIn};

use super::Query;
use crate::Connect;
use crate::access::{SCOPES_AS_A_PERSON, kept};
use crate::client::Client;
use crate::error::{ConnectError, trouble};
use crate::sign_in::{claims_memo, cookie, hash};

/// Why a sign-in did not end well, as the page shows it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) trouble: Trouble,
    /// The link to pass on to an administrator, where only they can consent.
    pub(crate) consent_url: Option<String>,
}

impl Failure {
    pub(super) fn new(status: StatusCode, trouble: Trouble) -> Self {
        Self {
            status,
            trouble,
            consent_url: None,
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        if let ConnectError::Store(source) = &error {
            tracing::error!(
                error = source as &dyn std::error::Error,
                "a sign-in could not be stored"
            );
        }
        let status = match &error {
            ConnectError::Gone => StatusCode::NOT_FOUND,
            ConnectError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            ConnectError::Later { .. } => StatusCode::BAD_GATEWAY,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.trouble())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        ConnectError::from(error).into()
    }
}

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, error.trouble())
    }
}

impl Connect {
    /// Finishes the sign-in that `query` answers; the mailbox it was for.
    pub(crate) async fn finish_sign_in(
        &self,
        query: &Query,
        cookies: &str,
    ) -> Result<MailboxId, Failure> {
        let sign_in = self.take_sign_in(query, cookies).await?;
        let (row, client) = self.reach(sign_in.mailbox).await?;
        let tokens = self.redeem(&client, query, &sign_in).await?;
        let me = self.who_signed_in(&client, &row, &tokens).await?;
        let now = self.shared.clock.now();
        let kept = kept(tokens, None, now).ok_or_else(no_refresh_token)?;
        let same = self
            .shared
            .store
            .complete_sign_in(row.mailbox, &me.id, &kept, now)
            .await?;
        if !same {
            return Err(another_account());
        }
        self.shared
            .store
            .set_memo(&claims_memo(row.mailbox), "")
            .await?;
        tracing::info!(mailbox.id = %row.mailbox, "a mailbox was connected");
        Ok(row.mailbox)
    }

    /// Takes the row the state stands for, if this browser began it.
    async fn take_sign_in(&self, query: &Query, cookies: &str) -> Result<SignIn, Failure> {
        let state = query.get("state").ok_or_else(expired)?;
        let now = self.shared.clock.now();
        let taken = self.shared.store.take_sign_in(&hash(state), now).await?;
        let sign_in = taken.ok_or_else(expired)?;
        let is_https = sign_in.redirect_uri.starts_with("https://");
        let nonce = cookie::read(cookies, is_https);
        if nonce.is_some_and(|nonce| hash(&nonce) == sign_in.cookie_hash) {
            Ok(sign_in)
        } else {
            Err(another_browser())
        }
    }

    async fn redeem(
        &self,
        client: &Client,
        query: &Query,
        sign_in: &SignIn,
    ) -> Result<Tokens, Failure> {
        let Some(code) = query.get("code") else {
            let error = query.get("error").unwrap_or_default();
            let description = query.get("error_description").unwrap_or_default();
            let error = LoginError::of_callback(error, description);
            return Err(self.login_failed(client, &error, sign_in).await);
        };
        let pkce = Pkce::stored(sign_in.verifier.clone());
        let redeemed = client
            .login()?
            .redeem_code(code, &sign_in.redirect_uri, &pkce, &SCOPES_AS_A_PERSON)
            .await;
        let tokens = match redeemed {
            Ok(tokens) => tokens,
            Err(error) => {
                self.note_refusal(client, &error).await?;
                return Err(self.login_failed(client, &error, sign_in).await);
            }
        };
        self.note_acceptance(client).await?;
        check_scope(&tokens)?;
        Ok(tokens)
    }

    async fn login_failed(&self, client: &Client, error: &LoginError, sign_in: &SignIn) -> Failure {
        let status = match error {
            LoginError::Later { .. } => StatusCode::BAD_GATEWAY,
            _ => StatusCode::BAD_REQUEST,
        };
        let failure = Failure::new(status, error.trouble());
        if !matches!(error, LoginError::Consent { .. }) {
            return failure;
        }
        let link = self.consent_link(client, sign_in.user, &sign_in.redirect_uri);
        match link.await {
            Ok(link) => Failure {
                consent_url: Some(link),
                ..failure
            },
            // The explanation is worth showing without the link too.
            Err(_) => failure,
        }
    }

    /// Asks Graph whose token it is, and compares that with the mailbox.
    async fn who_signed_in(
        &self,
        client: &Client,
        row: &ConnectionRow,
        tokens: &Tokens,
    ) -> Result<Me, Failure> {
        let gate = self.shared.gates.of(row.mailbox, Lane::Push);
        let session = client.graph.session(Who::Me, tokens.access.clone(), gate);
        let me = session.me().await?.value;
        if row.graph_user.as_ref().is_some_and(|known| *known != me.id) {
            return Err(another_account());
        }
        if row.graph_user.is_none() && !me.is_at(&row.address) {
            let aliases = session.my_aliases().await;
            let aliases = aliases.map(|reply| reply.value).unwrap_or_default();
            let wanted = row.address.to_lowercase();
            if !aliases.iter().any(|alias| alias.to_lowercase() == wanted) {
                return Err(another_address());
            }
        }
        Ok(me)
    }
}

/// What sync cannot do without must have been granted. An answer that does not say what was
/// granted is taken at its word: exactly what was asked for (RFC 6749, 5.1).
fn check_scope(tokens: &Tokens) -> Result<(), Failure> {
    let Some(scope) = &tokens.scope else {
        return Ok(());
    };
    if scope.has("Mail.ReadWrite") {
        return Ok(());
    }
    Err(Failure::new(
        StatusCode::BAD_REQUEST,
        if scope.is_for_imap_or_smtp() {
            trouble(
                "not_graph",
                "Microsoft granted access over IMAP and SMTP only, which cannot call Microsoft Graph.",
                "Reconnect the mailbox with the Microsoft Graph option.",
            )
        } else {
            trouble(
                "permission_missing",
                "Microsoft did not grant the permission Mail.ReadWrite.",
                "Add Mail.ReadWrite and Mail.Send (delegated) to the app registration, have an administrator consent, and connect the mailbox again.",
            )
        },
    ))
}

fn expired() -> Failure {
    Failure::new(
        StatusCode::BAD_REQUEST,
        trouble(
            "sign_in_expired",
            "This sign-in was begun too long ago, was used already, or was never begun here.",
            "Go back to the mailbox and connect it again.",
        ),
    )
}

fn another_browser() -> Failure {
    Failure::new(
        StatusCode::FORBIDDEN,
        trouble(
            "sign_in_elsewhere",
            "This sign-in was begun in another browser, or cookies are blocked.",
            "Connect the mailbox again and finish in the same browser.",
        ),
    )
}

fn another_account() -> Failure {
    Failure::new(
        StatusCode::CONFLICT,
        trouble(
            "another_account",
            "The account that signed in is not the one this mailbox was connected with.",
            "Connect the mailbox again and choose the account it belongs to; for another account, add another mailbox.",
        ),
    )
}

fn another_address() -> Failure {
    Failure::new(
        StatusCode::CONFLICT,
        trouble(
            "another_address",
            "The account that signed in does not have this mailbox's address.",
            "Connect the mailbox again and choose the account it belongs to, or correct the mailbox's address. A shared mailbox is connected as the organisation.",
        ),
    )
}

fn no_refresh_token() -> Failure {
    Failure::new(
        StatusCode::BAD_REQUEST,
        trouble(
            "no_refresh_token",
            "Microsoft did not allow MailDesk to stay signed in (offline_access).",
            "Connect the mailbox again and accept all permissions MailDesk asks for.",
        ),
    )
}
