//! Where Microsoft sends notifications to: the two paths, and the URLs they make with a base.

/// Where notifications come in.
pub const NOTIFICATIONS_PATH: &str = "/maildesk/push/outlook";
/// Where lifecycle notifications come in.
pub const LIFECYCLE_PATH: &str = "/maildesk/push/outlook/lifecycle";

/// The URL notifications go to, for a base URL without a trailing slash (P1).
pub fn notification_url(base_url: &str) -> String {
    format!("{base_url}{NOTIFICATIONS_PATH}")
}

/// The URL lifecycle notifications go to, likewise.
pub fn lifecycle_url(base_url: &str) -> String {
    format!("{base_url}{LIFECYCLE_PATH}")
}
