//! `maildesk openapi`: the description of the JSON API, generated from the code.

pub(super) fn run() -> anyhow::Result<()> {
    super::say(&maildesk_web::openapi_json());
    Ok(())
}
