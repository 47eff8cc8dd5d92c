//! libFuzzer's door to the properties of queries of the webhook.
#![no_main]

#[path = "../properties/validation.rs"]
mod validation;

libfuzzer_sys::fuzz_target!(|data: &[u8]| validation::check(data));
