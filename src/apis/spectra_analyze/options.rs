//! OPTIONS: the framework's description of an endpoint.

use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::behaviours::METHOD_NOT_ALLOWED;
use super::reply::JSON;
use super::routes::Route;
use crate::reply::{Reply, json};

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

/// The description of `route`.
pub(super) fn describe(route: Route) -> Reply {
    let (name, parses, actions) = match route {
        Route::Single => ("Analyze Sample", [JSON, FORM, MULTIPART], None),
        Route::Bulk => ("Analyze Samples Bulk", [JSON, FORM, MULTIPART], None),
        Route::BulkV2 => ("Analyze Samples Bulk V2", [JSON, FORM, MULTIPART], None),
        Route::Status => ("Samples Status", [JSON, FORM, MULTIPART], None),
        Route::Upload => ("Uploads", [MULTIPART, FORM, JSON], None),
        Route::Token => ("Obtain Auth Token", [FORM, MULTIPART, JSON], Some(token_actions())),
    };
    let metadata = Metadata { name, description: "", renders: [JSON], parses, actions };
    Reply::new(StatusCode::OK, JSON, json(&metadata), &METHOD_NOT_ALLOWED)
        .header(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"))
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
