//! Every refusal of this API: its status and its exact body.
//!
//! The bodies with `code` and `message` carry the page's own texts; the others are the words of Django REST
//! framework, on which the appliance is built.

use http::{HeaderValue, StatusCode, header};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::behaviours::{self, METHOD_NOT_ALLOWED, REQUEST_MALFORMED, REQUEST_MEDIA_TYPE, ROUTE_NO_SLASH};
use crate::journal::{Behaviour, FindingKind, Reply, json};
use crate::vendors::Call;

/// The page to which findings refer.
pub(super) const PAGE: &str = "Spectra Analyze 9.2.0, Reanalyze Local Samples API V1";

pub(super) const NOT_FOUND: &str = "Sample is not found on the appliance.";
pub(super) const EXTRACTED: &str = "Reanalysis not allowed for extracted samples.";
pub(super) const APPLIANCE: &str = "Not allowed for this type of appliance.";
const INVALID_HASH: &str = "Validation error. Value is not valid sha1, sha256, sha512 or md5 hash value.";
const MIXED_TYPES: &str = "Validation error. All hashes must be of the same type.";

pub(super) const REQUIRED: &str = "This field is required.";
pub(super) const BLANK: &str = "This field may not be blank.";
pub(super) const EMPTY_LIST: &str = "This list may not be empty.";

/// The content type of all bodies except Django's own pages.
pub(super) const JSON: &str = "application/json";

const HTML: &str = "text/html; charset=utf-8";
const NOT_FOUND_PAGE: &str = "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>Not Found</title>\n</head>\n<body>\n  \
     <h1>Not Found</h1><p>The requested resource was not found on this server.</p>\n</body>\n</html>\n";

#[derive(Serialize)]
struct Detail<'a> {
    detail: &'a str,
}

#[derive(Serialize)]
struct Coded {
    code: u16,
    message: &'static str,
}

#[derive(Serialize)]
struct NonField<'a> {
    non_field_errors: [&'a str; 1],
}

/// `{"detail":"…"}`.
pub(super) fn detail(status: StatusCode, text: &str, behaviour: &'static Behaviour) -> Reply {
    Reply::new(status, JSON, json(&Detail { detail: text }), behaviour)
}

/// `{"code":…,"message":"…"}`, the code being the status.
fn coded(status: StatusCode, message: &'static str, behaviour: &'static Behaviour) -> Reply {
    Reply::new(status, JSON, json(&Coded { code: status.as_u16(), message }), behaviour)
}

/// 400 `{"<field>":["…"],…}`, in the order given.
pub(super) fn fields(errors: &[(&str, &str)], behaviour: &'static Behaviour) -> Reply {
    struct Errors<'a>(&'a [(&'a str, &'a str)]);
    impl Serialize for Errors<'_> {
        fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
            out.collect_map(self.0.iter().map(|(field, text)| (field, [text])))
        }
    }
    Reply::new(StatusCode::BAD_REQUEST, JSON, json(&Errors(errors)), behaviour)
}

/// 400 `{"non_field_errors":["…"]}`.
pub(super) fn non_field(text: &str, behaviour: &'static Behaviour) -> Reply {
    Reply::new(StatusCode::BAD_REQUEST, JSON, json(&NonField { non_field_errors: [text] }), behaviour)
}

/// 400: a value is not a hash.
pub(super) fn invalid_hash(behaviour: &'static Behaviour) -> Reply {
    coded(StatusCode::BAD_REQUEST, INVALID_HASH, behaviour)
}

/// 400: hashes of more than one type.
pub(super) fn mixed_types(behaviour: &'static Behaviour) -> Reply {
    coded(StatusCode::BAD_REQUEST, MIXED_TYPES, behaviour)
}

/// 404: the appliance does not have the sample.
pub(super) fn not_found(behaviour: &'static Behaviour) -> Reply {
    coded(StatusCode::NOT_FOUND, NOT_FOUND, behaviour)
}

/// 405: the sample was, or all samples were, extracted from others.
pub(super) fn extracted(behaviour: &'static Behaviour) -> Reply {
    coded(StatusCode::METHOD_NOT_ALLOWED, EXTRACTED, behaviour)
}

/// 405: the appliance may not reanalyse.
pub(super) fn appliance(behaviour: &'static Behaviour) -> Reply {
    coded(StatusCode::METHOD_NOT_ALLOWED, APPLIANCE, behaviour)
}

/// 400: the body cannot be parsed, for this reason.
pub(super) fn malformed(reason: &str) -> Reply {
    detail(StatusCode::BAD_REQUEST, reason, &REQUEST_MALFORMED)
}

/// 400: the body is JSON other than an object. The framework names its type as Python does.
pub(super) fn no_object(value: &Value) -> Reply {
    let type_name = match value {
        Value::Null => return non_field("No data provided", &REQUEST_MALFORMED),
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    };
    let text = format!("Invalid data. Expected a dictionary, but got {type_name}.");
    non_field(&text, &REQUEST_MALFORMED)
}

/// 415: no parser takes this content type; `content_type` is the header as it was sent.
pub(super) fn media_type(content_type: &str) -> Reply {
    let text = format!("Unsupported media type \"{content_type}\" in request.");
    detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, &text, &REQUEST_MEDIA_TYPE)
}

/// 413.
pub(super) fn too_large() -> Reply {
    let text = "Request body exceeded the limit.";
    detail(StatusCode::PAYLOAD_TOO_LARGE, text, &behaviours::REQUEST_TOO_LARGE)
}

/// 405 for a method that the endpoint does not take.
pub(super) fn method_not_allowed(call: &Call) -> Reply {
    let text = format!("Method \"{}\" not allowed.", call.method.as_str().to_uppercase());
    detail(StatusCode::METHOD_NOT_ALLOWED, &text, &METHOD_NOT_ALLOWED).header(header::ALLOW, allow(call))
}

/// The methods that a view takes.
pub(super) fn allow(call: &Call) -> HeaderValue {
    let methods = call.allow().and_then(|methods| HeaderValue::try_from(methods).ok());
    // An injected 405 may come at a path without an endpoint.
    methods.unwrap_or(HeaderValue::from_static("POST, OPTIONS"))
}

/// 301 to the same path with a trailing slash.
pub(super) fn no_slash(call: &Call) -> Reply {
    let query = call.query().map_or(String::new(), |query| format!("?{query}"));
    // With the prefix of the world, so that the client stays in it.
    let location = format!("{}{}/{query}", call.prefix(), call.path());
    // A path that was received has no byte that a header could not hold.
    let location = HeaderValue::from_bytes(location.as_bytes()).unwrap_or(HeaderValue::from_static("/"));
    Reply::new(StatusCode::MOVED_PERMANENTLY, HTML, "", &ROUTE_NO_SLASH).header(header::LOCATION, location).finding(
        FindingKind::Deviation,
        "the path lacks its trailing slash, and most clients follow the redirect with GET; end the path in a slash",
        PAGE,
    )
}

/// 404, Django's page.
pub(super) fn no_route() -> Reply {
    Reply::new(StatusCode::NOT_FOUND, HTML, NOT_FOUND_PAGE, &behaviours::ROUTE_UNKNOWN)
}

/// 500.
pub(super) fn internal() -> Reply {
    detail(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.", &behaviours::ERROR_500)
}

/// 503.
pub(super) fn unavailable() -> Reply {
    detail(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable.", &behaviours::ERROR_503)
}

/// An error of which no text is known.
pub(super) fn unnamed(status: u16, message: &str) -> Option<Reply> {
    Reply::unnamed(status, JSON, json(&Detail { detail: message }))
}

/// 500 for an error of the store, which is logged.
pub(super) fn store(error: &crate::store::StoreError) -> Reply {
    tracing::error!("{error}");
    internal()
}
