//! The other addresses of who signed in.
//! Simulator: GET /v1.0/me

use crate::call::Call;
use crate::error::GraphError;
use crate::query::ALIASES_FIELD;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::user::User;

impl Session {
    /// Reads every address the signed-in user's mailbox answers to. Apart from [`Session::me`],
    /// because directories without Exchange and personal accounts need not know them: treat an
    /// error as "none known".
    pub async fn my_aliases(&self) -> Result<Reply<Vec<String>>, GraphError> {
        let address = self.root().then("me").with("$select", ALIASES_FIELD);
        let reply = Call::get("my_aliases", address).read::<User>(self).await?;
        Ok(reply.map(|user| mail_addresses(&user.proxy_addresses.unwrap_or_default())))
    }
}

/// Proxy addresses come as `SMTP:` (the main one) or `smtp:`; other kinds are no mail addresses.
fn mail_addresses(proxies: &[String]) -> Vec<String> {
    let mail = |proxy: &String| {
        let (kind, address) = proxy.split_once(':')?;
        kind.eq_ignore_ascii_case("smtp")
            .then(|| address.to_owned())
    };
    proxies.iter().filter_map(mail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mail_addresses_are_taken() {
        let proxies = [
            "SMTP:ada@contoso.test",
            "smtp:a@contoso.test",
            "x500:/o=x",
            "odd",
        ];
        assert_eq!(
            mail_addresses(&proxies.map(str::to_owned)),
            ["ada@contoso.test", "a@contoso.test"]
        );
    }
}
