//! Turns the texts of the settings into types, with an error that names the setting and the cure.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use maildesk_model::base_url::{self, BaseUrlRules};
use maildesk_model::microsoft::{
    AppCredential, AppRegistration, CredentialKind, FixedApp, check_tenant,
};
use maildesk_model::{Cloud, Secret, Timestamp};
use url::Url;

use super::read::Values;

/// A setting that cannot be used. The text names the setting and says what would do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(String);

impl SettingsError {
    pub(super) fn wrong(name: &str, what: &str) -> Self {
        Self(format!("setting {name}: {what}"))
    }

    pub(super) fn unreadable(path: &Path, why: &std::io::Error) -> Self {
        Self(format!("cannot read {}: {why}", path.display()))
    }

    pub(super) fn not_toml(path: &Path, why: &str) -> Self {
        Self(format!("{} is not valid TOML: {why}", path.display()))
    }
}

/// The settings in effect.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address and port to serve on.
    pub listen: SocketAddr,
    /// Address and port that alone serves the two webhook paths.
    pub webhook_listen: Option<SocketAddr>,
    /// Folder for the database and the key.
    pub data_dir: PathBuf,
    /// Where everything is kept. Secret, since it may hold a password.
    pub database_url: Secret,
    /// The key for secrets at rest; `None`: made in the data folder.
    pub secret_key: Option<Secret>,
    /// First value of `web.base.url`.
    pub base_url: Option<String>,
    /// Loopback base URLs may be used.
    pub allow_loopback_base_url: bool,
    /// Whether this server offers push.
    pub push_enabled: bool,
    /// Longest time between two sweeps of a mailbox.
    pub sync_interval: Duration,
    /// Mailboxes worked on at the same time.
    pub sync_workers: usize,
    /// What is fixed of the Entra app registration; the rest is set on a page.
    pub fixed_app: FixedApp,
    /// Another base for Graph.
    pub graph_url: Option<Url>,
    /// Another base for sign-in.
    pub login_url: Option<Url>,
    /// Addresses that may be connected as the organisation, lower case; `None`: all.
    pub allowed_addresses: Option<Vec<String>>,
    /// Opens `/metrics`.
    pub metrics_token: Option<Secret>,
    /// Networks whose forwarded headers count.
    pub trusted_proxies: Vec<String>,
    /// Log filter.
    pub log: String,
    /// Whether the log is JSON lines.
    pub log_json: bool,
}

/// The database where none is named: a SQLite file in the data folder.
pub(crate) fn sqlite_in(data_dir: &Path) -> String {
    format!("sqlite://{}", data_dir.join("maildesk.db").display())
}

impl Settings {
    /// Reads every setting.
    pub fn parse(values: &Values) -> Result<Self, SettingsError> {
        let data_dir = PathBuf::from(values.text("data_dir"));
        let allow_loopback_base_url = required(values, "allow_loopback_base_url", "true or false")?;
        let database_url = match values.text("database_url") {
            "" => sqlite_in(&data_dir),
            url => url.to_owned(),
        };
        if !["sqlite://", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| database_url.starts_with(scheme))
        {
            return Err(SettingsError::wrong(
                "database_url",
                "must begin with sqlite:// or postgres://",
            ));
        }
        Ok(Self {
            listen: required(
                values,
                "listen",
                "an address and a port such as 127.0.0.1:8480",
            )?,
            webhook_listen: optional(
                values,
                "webhook_listen",
                "an address and a port such as 127.0.0.1:8481",
            )?,
            data_dir,
            database_url: Secret::new(database_url),
            secret_key: text(values, "secret_key").map(Secret::new),
            base_url: base_url(values, allow_loopback_base_url)?,
            allow_loopback_base_url,
            push_enabled: required(values, "push_enabled", "true or false")?,
            sync_interval: interval(values)?,
            sync_workers: workers(values)?,
            fixed_app: fixed_app(values)?,
            graph_url: base(values, "microsoft_graph_url")?,
            login_url: base(values, "microsoft_login_url")?,
            allowed_addresses: list(values, "microsoft_allowed_addresses"),
            metrics_token: text(values, "metrics_token").map(Secret::new),
            trusted_proxies: list(values, "trusted_proxies").unwrap_or_default(),
            log: required(values, "log", "a log level")?,
            log_json: log_json(values)?,
        })
    }
}

fn text<'a>(values: &'a Values, name: &str) -> Option<&'a str> {
    Some(values.text(name)).filter(|text| !text.is_empty())
}

/// The first value of `web.base.url`, by the rules it is set by later.
fn base_url(values: &Values, allow_loopback: bool) -> Result<Option<String>, SettingsError> {
    let Some(url) = text(values, "base_url") else {
        return Ok(None);
    };
    let url = base_url::normalise(url.trim());
    let why = base_url::check(&url, BaseUrlRules { allow_loopback });
    match why {
        Ok(()) => Ok(Some(url)),
        Err(why) => {
            let why = format!("{} Write it as in https://mail.example.com", why.message);
            Err(SettingsError::wrong("base_url", &why))
        }
    }
}

fn required<T: FromStr>(values: &Values, name: &str, wanted: &str) -> Result<T, SettingsError> {
    values
        .text(name)
        .parse()
        .map_err(|_| SettingsError::wrong(name, &format!("must be {wanted}")))
}

fn optional<T: FromStr>(
    values: &Values,
    name: &str,
    wanted: &str,
) -> Result<Option<T>, SettingsError> {
    text(values, name)
        .map(|_| required(values, name, wanted))
        .transpose()
}

fn list(values: &Values, name: &str) -> Option<Vec<String>> {
    let items: Vec<String> = text(values, name)?
        .split([',', ' ', '\n'])
        .map(|item| item.trim().to_lowercase())
        .filter(|item| !item.is_empty())
        .collect();
    Some(items)
}

fn interval(values: &Values) -> Result<Duration, SettingsError> {
    let seconds: u64 = required(values, "sync_interval_s", "a number of seconds")?;
    if !(1..=86_400).contains(&seconds) {
        return Err(SettingsError::wrong(
            "sync_interval_s",
            "must be between 1 and 86400 seconds",
        ));
    }
    Ok(Duration::from_secs(seconds))
}

fn workers(values: &Values) -> Result<usize, SettingsError> {
    let workers: usize = required(values, "sync_workers", "a number")?;
    if !(1..=64).contains(&workers) {
        let what = "must be between 1 and 64";
        return Err(SettingsError::wrong("sync_workers", what));
    }
    Ok(workers)
}

fn cloud(values: &Values) -> Result<Cloud, SettingsError> {
    let name = values.set("microsoft_cloud");
    Cloud::from_name(name.unwrap_or(Cloud::Global.name())).ok_or_else(|| {
        SettingsError::wrong(
            "microsoft_cloud",
            "must be global, us_gov, us_gov_dod or china",
        )
    })
}

fn base(values: &Values, name: &str) -> Result<Option<Url>, SettingsError> {
    let Some(text) = text(values, name) else {
        return Ok(None);
    };
    let wrong = || {
        SettingsError::wrong(
            name,
            "must be an http or https address such as http://localhost:8490",
        )
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https")
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(wrong());
    }
    Ok(Some(url))
}

fn fixed_app(values: &Values) -> Result<FixedApp, SettingsError> {
    let cloud = cloud(values)?;
    // Empty means unset, as a compose file may leave it.
    let tenant = values.set("microsoft_tenant").unwrap_or("common");
    check_tenant(tenant)
        .map_err(|why| SettingsError::wrong("microsoft_tenant", &why.to_string()))?;
    let Some(client_id) = text(values, "microsoft_client_id") else {
        return Ok(FixedApp {
            registration: None,
            tenant: values.set("microsoft_tenant").map(str::to_owned),
            cloud: values.set("microsoft_cloud").map(|_| cloud),
        });
    };
    let expires_at = credential_expires(values)?;
    let credential = |kind, value: &str, expires_at| AppCredential {
        kind,
        value: Secret::new(value),
        expires_at,
    };
    // When a certificate ends stands in it.
    let certificate = text(values, "microsoft_certificate")
        .map(|pem| credential(CredentialKind::Certificate, pem, None));
    let secrets = values
        .text("microsoft_client_secret")
        .split_whitespace()
        .map(|secret| credential(CredentialKind::Secret, secret, expires_at));
    let credentials: Vec<_> = certificate.into_iter().chain(secrets).collect();
    if credentials.is_empty() {
        return Err(SettingsError::wrong(
            "microsoft_client_id",
            "needs microsoft_client_secret or microsoft_certificate beside it",
        ));
    }
    Ok(FixedApp {
        registration: Some(AppRegistration {
            client_id: client_id.to_owned(),
            tenant: tenant.to_owned(),
            cloud,
            credentials,
        }),
        ..FixedApp::default()
    })
}

/// The end of the day that is named, in UTC.
fn credential_expires(values: &Values) -> Result<Option<Timestamp>, SettingsError> {
    let name = "microsoft_credential_expires";
    let Some(day) = text(values, name) else {
        return Ok(None);
    };
    let ends = Timestamp::end_of_day(day);
    ends.map(Some)
        .ok_or_else(|| SettingsError::wrong(name, "must be a day such as 2027-06-30"))
}

fn log_json(values: &Values) -> Result<bool, SettingsError> {
    match values.text("log_format") {
        "text" => Ok(false),
        "json" => Ok(true),
        _ => Err(SettingsError::wrong("log_format", "must be text or json")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let environment = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::parse(&Values::read(None, environment)?)
    }

    #[test]
    fn defaults_are_those_of_the_interface() {
        let settings = parse(&[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8480");
        assert_eq!(
            settings.database_url.expose(),
            "sqlite://./maildesk-data/maildesk.db"
        );
        assert_eq!(settings.sync_interval, Duration::from_mins(3));
        assert_eq!(settings.sync_workers, 8);
        assert!(
            settings.push_enabled
                && !settings.allow_loopback_base_url
                && settings.fixed_app.registration.is_none()
                && settings.fixed_app.tenant.is_none()
        );
    }

    #[test]
    fn a_wrong_value_names_the_setting_and_the_cure() {
        let table = [
            (
                "MAILDESK_LISTEN",
                "8480",
                "setting listen: must be an address and a port such as 127.0.0.1:8480",
            ),
            (
                "MAILDESK_SYNC_INTERVAL_S",
                "0",
                "setting sync_interval_s: must be between 1 and 86400 seconds",
            ),
            (
                "MAILDESK_SYNC_WORKERS",
                "0",
                "setting sync_workers: must be between 1 and 64",
            ),
            (
                "MAILDESK_MICROSOFT_CLOUD",
                "moon",
                "setting microsoft_cloud: must be global, us_gov, us_gov_dod or china",
            ),
            (
                "MAILDESK_DATABASE_URL",
                "mysql://x",
                "setting database_url: must begin with sqlite:// or postgres://",
            ),
            (
                "MAILDESK_MICROSOFT_CLIENT_ID",
                "x",
                "setting microsoft_client_id: needs microsoft_client_secret or microsoft_certificate beside it",
            ),
            (
                "MAILDESK_BASE_URL",
                "https://mail.example.com/",
                "setting base_url: The base URL ends with a slash. Write it as in https://mail.example.com",
            ),
            (
                "MAILDESK_BASE_URL",
                "http://localhost:8480",
                "setting base_url: The base URL is not https. Microsoft sends notifications to https addresses only. Write it as in https://mail.example.com",
            ),
        ];
        for (name, value, wanted) in table {
            assert_eq!(
                parse(&[(name, value)])
                    .err()
                    .map(|why| why.to_string())
                    .as_deref(),
                Some(wanted)
            );
        }
    }

    #[test]
    fn what_is_named_of_the_app_is_fixed_and_no_more() {
        let half = parse(&[("MAILDESK_MICROSOFT_TENANT", "contoso.test")]).unwrap();
        assert_eq!(half.fixed_app.tenant.as_deref(), Some("contoso.test"));
        assert!(half.fixed_app.cloud.is_none() && half.fixed_app.registration.is_none());

        let secrets = [
            ("MAILDESK_MICROSOFT_CLIENT_ID", "app"),
            ("MAILDESK_MICROSOFT_CLIENT_SECRET", "new old"),
            ("MAILDESK_MICROSOFT_CREDENTIAL_EXPIRES", "2027-06-30"),
        ];
        let app = parse(&secrets).unwrap().fixed_app.registration.unwrap();
        assert_eq!((app.tenant.as_str(), app.cloud), ("common", Cloud::Global));
        assert_eq!(app.credentials.len(), 2);
        let ends = Timestamp::parse("2027-06-30T23:59:59Z");
        assert_eq!(app.expires_at(), ends);

        let wrong = [
            secrets[0],
            secrets[1],
            ("MAILDESK_MICROSOFT_CREDENTIAL_EXPIRES", "June"),
        ];
        let why = parse(&wrong).unwrap_err().to_string();
        assert!(why.ends_with("must be a day such as 2027-06-30"), "{why}");
        let why = parse(&[("MAILDESK_MICROSOFT_TENANT", "a/b")]).unwrap_err();
        assert!(why.to_string().starts_with("setting microsoft_tenant: "));
    }

    #[test]
    fn secrets_come_from_files_and_unknown_names_are_reported() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "s3cret\n").unwrap();
        let environment = [
            (
                "MAILDESK_METRICS_TOKEN_FILE".to_owned(),
                path.display().to_string(),
            ),
            ("MAILDESK_LISTNE".to_owned(), "x".to_owned()),
            ("MAILDESK_LOG_FILE".to_owned(), "x".to_owned()),
        ];
        let values = Values::read(None, environment.into_iter()).unwrap();
        assert_eq!(values.unknown, ["MAILDESK_LISTNE", "MAILDESK_LOG_FILE"]);
        let token = Settings::parse(&values).unwrap().metrics_token.unwrap();
        assert_eq!(token.expose(), "s3cret");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("maildesk.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\nsync_interval_s = 60\nmicrosoft_allowed_addresses = [\"A@x\", \"b@x\"]\n").unwrap();
        let environment = [("MAILDESK_LISTEN".to_owned(), "127.0.0.1:2".to_owned())];
        let settings =
            Settings::parse(&Values::read(Some(&path), environment.into_iter()).unwrap()).unwrap();
        assert_eq!(settings.listen.port(), 2);
        assert_eq!(settings.sync_interval, Duration::from_mins(1));
        assert_eq!(
            settings.allowed_addresses,
            Some(vec!["a@x".to_owned(), "b@x".to_owned()])
        );
    }
}
