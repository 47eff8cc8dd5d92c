//! libFuzzer's door to the properties of bodies that are posted to the webhook.
#![no_main]

#[path = "../properties/notification.rs"]
mod notification;

libfuzzer_sys::fuzz_target!(|data: &[u8]| notification::check(data));
