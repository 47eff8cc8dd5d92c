//! libFuzzer's door to the properties of HTML of mail.
#![no_main]

#[path = "../../crates/maildesk-web/src/html/mod.rs"]
mod html;
#[path = "../properties/sanitiser.rs"]
mod sanitiser;

libfuzzer_sys::fuzz_target!(|data: &[u8]| sanitiser::check(data));
