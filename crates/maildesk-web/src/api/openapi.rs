//! The description of the API, made from the same lines as its routes.

use std::sync::OnceLock;

use axum::response::{IntoResponse, Response};
use http::header;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, Info, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
    SecurityRequirement, Tag,
};

use crate::auth::credential::SESSION_COOKIE;
use crate::error::PROBLEM_JSON;

const TAGS: [(&str, &str); 7] = [
    (
        "Mailboxes",
        "Connect, share and sync mailboxes; their folders.",
    ),
    (
        "Push",
        "Microsoft 365 push notifications of a mailbox. For Mailbox Administrators.",
    ),
    ("Messages", "Read and change mail."),
    (
        "Writing",
        "Write, answer and send mail. A draft exists for its author alone.",
    ),
    ("Events", "Follow what changes."),
    ("People", "Who can sign in."),
    ("Description", "This description."),
];

/// Read this description
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "Description",
    operation_id = "getDescription",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value)),
)]
pub(crate) async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text()).into_response()
}

/// The description as pretty JSON.
pub(crate) fn json() -> String {
    text().to_owned()
}

fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut api = super::described().into_openapi();
        for (path, item) in &mut api.paths.paths {
            let methods = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
                &mut item.patch,
            ];
            for operation in methods.into_iter().flatten() {
                add_usual_refusals(path, operation);
            }
        }
        api.to_pretty_json().expect("a description is JSON")
    })
}

/// What stands above the paths.
pub(super) fn head() -> OpenApi {
    let mut components = Components::new();
    components.add_security_scheme(
        "token",
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some("An API token, made by `maildesk token create`."))
                .build(),
        ),
    );
    components.add_security_scheme(
        "session",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            SESSION_COOKIE,
            "A session; other methods than GET also need its X-CSRF-Token header.",
        ))),
    );
    let mut info = Info::new("MailDesk", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Mail of Outlook and Microsoft 365 mailboxes for a team. Ids are opaque, instants are \
         RFC 3339 in UTC, errors are RFC 9457 problems with a `code`. Checks come in this order: \
         who are you (401), may you see it (404), may you do it (403), is what you sent right \
         (400/422)."
            .to_owned(),
    );
    let tags = TAGS.map(|(name, about)| {
        let mut tag = Tag::new(name);
        tag.description = Some(about.to_owned());
        tag
    });
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .tags(Some(tags))
        .security(Some([
            SecurityRequirement::new::<_, [&str; 0], &str>("token", []),
            SecurityRequirement::new::<_, [&str; 0], &str>("session", []),
        ]))
        .build()
}

/// Refusals that follow from what kind of call it is, so that no handler has to repeat them.
fn add_usual_refusals(path: &str, operation: &mut Operation) {
    if operation.security.is_some() {
        return;
    }
    let mut parameters = operation.parameters.iter().flatten();
    let has_query = parameters.any(|parameter| {
        matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query)
    });
    let has_body = operation.request_body.is_some();
    let refusals = [
        (
            true,
            "401",
            "Nobody we know (`unauthenticated`). Never a redirect.",
        ),
        (
            path.contains('{'),
            "404",
            "It does not exist, or not for the caller (`not_found`).",
        ),
        (
            has_query || has_body,
            "400",
            "It cannot be read (`malformed`).",
        ),
        (has_body, "413", "The body is too large (`body_too_large`)."),
        (
            has_body,
            "415",
            "The body is not JSON by its type (`unsupported_media_type`).",
        ),
        (
            has_body,
            "422",
            "Some values are wrong (`invalid_value`); `errors` names the fields.",
        ),
        (
            true,
            "429",
            "Too many wrong credentials, or too many streams; see Retry-After.",
        ),
        (
            true,
            "500",
            "Something went wrong on the server (`internal`).",
        ),
        (true, "503", "Not now; see Retry-After."),
    ];
    for (applies, status, description) in refusals {
        if applies && !operation.responses.responses.contains_key(status) {
            let problem = ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("Problem")))
                .build();
            let response = ResponseBuilder::new()
                .description(description)
                .content(PROBLEM_JSON, problem)
                .build();
            let responses = &mut operation.responses.responses;
            responses.insert(status.to_owned(), response.into());
        }
    }
}
