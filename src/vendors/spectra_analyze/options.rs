//! OPTIONS: the framework's description of an endpoint.

use http::{StatusCode, header};
use serde::Serialize;

use super::behaviours::METHOD_OPTIONS;
use super::error::{self, JSON};
use crate::journal::{Reply, json};
use crate::vendors::Call;

#[derive(Serialize)]
struct Metadata {
    name: &'static str,
    description: &'static str,
    renders: [&'static str; 1],
    parses: [&'static str; 3],
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Actions>,
}

#[derive(Serialize)]
struct Actions {
    #[serde(rename = "POST")]
    post: TokenFields,
}

#[derive(Serialize)]
struct TokenFields {
    username: Field,
    password: Field,
    token: Field,
}

#[derive(Serialize)]
struct Field {
    r#type: &'static str,
    required: bool,
    read_only: bool,
    label: &'static str,
}

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// Describes the endpoint of an OPTIONS request. As in Django, the case of the method does not matter.
pub(super) fn describe(call: &Call) -> Option<Reply> {
    let endpoint = call.endpoint().filter(|_| call.method.as_str().eq_ignore_ascii_case("OPTIONS"))?;
    let (name, parses, actions) = match endpoint.form() {
        "/api/samples/analyze_bulk/" => ("Analyze Samples Bulk", [JSON, FORM, MULTIPART], None),
        "/api/samples/v2/analyze_bulk/" => ("Analyze Samples Bulk V2", [JSON, FORM, MULTIPART], None),
        "/api/samples/status/" => ("Samples Status", [JSON, FORM, MULTIPART], None),
        "/api/samples/v2/list/" => ("Samples List V2", [JSON, FORM, MULTIPART], None),
        "/api/samples/v2/list/details/" => ("Samples List Details V2", [JSON, FORM, MULTIPART], None),
        "/api/samples/v3/{hash_value}/classification/" => {
            ("Sample Classification V3", [JSON, FORM, MULTIPART], None)
        }
        "/api/samples/{hash_value}/" => ("Sample", [JSON, FORM, MULTIPART], None),
        "/api/submit/url/" => ("Submit Url", [JSON, FORM, MULTIPART], None),
        "/api/uploads/v2/url-samples/{id}/" => ("Url Sample", [JSON, FORM, MULTIPART], None),
        "/api/uploads/" => ("Uploads", [MULTIPART, FORM, JSON], None),
        // The framework's own token view. It reads forms first, and has a serializer, so its fields are described.
        "/api-token-auth/" => ("Obtain Auth Token", [FORM, MULTIPART, JSON], Some(token_actions())),
        _ => ("Analyze Sample", [JSON, FORM, MULTIPART], None),
    };
    let metadata = Metadata { name, description: "", renders: [JSON], parses, actions };
    let reply = Reply::new(StatusCode::OK, JSON, json(&metadata), &METHOD_OPTIONS);
    Some(reply.header(header::ALLOW, error::allow(call)))
}

/// The fields of the framework's own token view.
fn token_actions() -> Actions {
    let field = |label, given| Field { r#type: "string", required: given, read_only: !given, label };
    Actions {
        post: TokenFields {
            username: field("Username", true),
            password: field("Password", true),
            token: field("Token", false),
        },
    }
}
