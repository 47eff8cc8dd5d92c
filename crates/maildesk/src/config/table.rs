//! Every setting there is: its name, whether it is secret, its default, what it is for.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct SettingRow {
    /// Its name in the TOML file; in the environment `MAILDESK_` and the same in capitals.
    pub name: &'static str,
    /// Shown masked, and readable from a file by `…_FILE`.
    pub secret: bool,
    /// What counts when nothing is set; empty means "none".
    pub default: &'static str,
    /// What it is for, one sentence.
    pub about: &'static str,
}

const fn row(name: &'static str, default: &'static str, about: &'static str) -> SettingRow {
    SettingRow {
        name,
        secret: false,
        default,
        about,
    }
}

const fn secret(name: &'static str, about: &'static str) -> SettingRow {
    SettingRow {
        name,
        secret: true,
        default: "",
        about,
    }
}

impl SettingRow {
    /// The name in the environment.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_uppercase())
    }
}

/// What every variable begins with.
pub(super) const PREFIX: &str = "MAILDESK_";

/// The settings, in the order in which `maildesk config check` prints them.
pub const TABLE: [SettingRow; 23] = [
    row("listen", "127.0.0.1:8480", "Address and port to serve on."),
    row(
        "webhook_listen",
        "",
        "Address and port that alone serves the two webhook paths.",
    ),
    row(
        "data_dir",
        "./maildesk-data",
        "Folder for the database and the key.",
    ),
    secret(
        "database_url",
        "sqlite://… or postgres://…; a SQLite file in the data folder unless set.",
    ),
    secret(
        "secret_key",
        "32 bytes in Base64 that encrypt secrets at rest; made in the data folder unless set.",
    ),
    row(
        "base_url",
        "",
        "First value of the system parameter web.base.url.",
    ),
    row(
        "allow_loopback_base_url",
        "false",
        "Let the base URL be http on a loopback address, for the simulator only.",
    ),
    row(
        "push_enabled",
        "true",
        "Whether this server offers push at all.",
    ),
    row(
        "sync_interval_s",
        "180",
        "Longest time between two sweeps of a mailbox, in seconds.",
    ),
    row(
        "sync_workers",
        "8",
        "Mailboxes worked on at the same time by this server.",
    ),
    row(
        "microsoft_client_id",
        "",
        "Application (client) id of the Entra app registration.",
    ),
    secret(
        "microsoft_client_secret",
        "Client secret; two separated by a space while rotating.",
    ),
    secret(
        "microsoft_certificate",
        "PEM with certificate and private key, instead of a client secret.",
    ),
    row(
        "microsoft_credential_expires",
        "",
        "Day on which the client secret ends, such as 2027-06-30; pages warn 30, 14 and 3 days before.",
    ),
    row(
        "microsoft_tenant",
        "common",
        "Tenant id or domain; common for any work or personal account.",
    ),
    row(
        "microsoft_cloud",
        "global",
        "global, us_gov, us_gov_dod or china.",
    ),
    row(
        "microsoft_allowed_addresses",
        "",
        "Addresses that may be connected as the organisation, separated by commas; all unless set.",
    ),
    row(
        "microsoft_graph_url",
        "",
        "Another base for Graph, for the simulator.",
    ),
    row(
        "microsoft_login_url",
        "",
        "Another base for sign-in, for the simulator.",
    ),
    secret(
        "metrics_token",
        "Bearer token for /metrics, which is closed without it.",
    ),
    row(
        "trusted_proxies",
        "",
        "Networks whose forwarded headers count, separated by commas.",
    ),
    row("log", "info", "Log level, or levels per area."),
    row("log_format", "text", "text or json."),
];
