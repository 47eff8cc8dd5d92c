//! `maildesk openapi`: the description of the JSON API, generated from the code.

pub(super) fn run() {
    super::say(&maildesk_web::openapi_json());
}
