//! The errors that operations have in common, as the document describes them.

use serde_json::{Value, json};

use super::operation::Operation;
use crate::admin::MAX_BODY;

/// An error of several operations.
pub(super) struct SharedProblem {
    pub(super) status: u16,
    /// Its name in the document.
    pub(super) name: &'static str,
    about: &'static str,
    title: &'static str,
    /// The `detail` of the example.
    detail: &'static str,
    /// Whether each operation has it; otherwise an operation names it.
    is_general: bool,
}

pub(super) const UNAUTHORIZED: u16 = 401;

/// Declares errors. A row is `status Name title kind: about, detail;`. An error `always` is one of each operation, one that is
/// `named` of the operations that name it.
macro_rules! problems {
    ($($status:literal $name:ident $title:literal $kind:ident: $about:literal, $detail:literal;)+) => {
        &[$(SharedProblem {
            status: $status,
            name: stringify!($name),
            about: $about,
            title: $title,
            detail: $detail,
            is_general: problems!(@$kind),
        }),+]
    };
    (@always) => { true };
    (@named) => { false };
}

/// Every one, by status.
pub(super) const ALL: &[SharedProblem] = problems! {
    400 BadRequest "Bad request" always:
        "The path, the query or the body cannot be parsed, a query parameter is unknown, or the name of the world is not \
         valid.",
        "the body is not valid JSON: at `frozen=true`: expected a value; check the commas, quotes and brackets here";
    401 Unauthorized "Admin token required" always:
        "The server requires its admin token.",
        "this server requires its admin token (--admin-token); send it as \"Authorization: Bearer TOKEN\"";
    403 Forbidden "Forbidden" always:
        "A browser sent the request from a page of another origin, or the `Host` header names another machine.",
        "a web page of another origin cannot use the admin API; call it from a program or a test";
    404 NotFound "Not found" named:
        "Nothing has this name.",
        "there is no world \"t43\"; GET /_scandouble/worlds lists them";
    405 MethodNotAllowed "Method not allowed" always:
        "The path does not support this method.",
        "/_scandouble/clock does not support POST; GET /_scandouble/ lists the operations";
    409 Conflict "Conflict" named:
        "The request conflicts with the current state.",
        "the default world cannot be removed; POST /_scandouble/reset resets it";
    413 TooLarge "Body too large" always:
        "The body is larger than 256 MiB.",
        "the body is larger than 268435456 bytes; split it and send several requests";
    422 Unprocessable "Invalid value" named:
        "The body or a parameter has a value or field that is not allowed.",
        "`by`: \"soon\" is not a valid duration; write 90s, 500ms, 1h30m, 2d, or a whole number of seconds";
    500 Failed "Store error" always:
        "The store failed, or with `--db` an earlier change could not be saved. The log of the server has details.",
        "disk I/O error";
    503 TooManyWorlds "Too many worlds" always:
        "The path names a new world, and the maximum number of worlds is reached.",
        "there are 10000 worlds already, none of them idle; delete some (DELETE /_scandouble/worlds/{name}), or start \
         scandouble with a higher max-worlds or a shorter world-idle";
};

const _: () = assert!(MAX_BODY == 256 * 1024 * 1024, "the texts above name the limit");

impl SharedProblem {
    /// Whether an operation has it.
    pub(super) fn is_of(&self, operation: &Operation) -> bool {
        match self.status {
            UNAUTHORIZED => !operation.is_open,
            status => self.is_general || operation.problems.contains(&status),
        }
    }

    /// Its response in the document.
    pub(super) fn response(&self) -> Value {
        let mut response = json!({ "description": self.about });
        let header = match self.status {
            UNAUTHORIZED => Some(json!({ "WWW-Authenticate": {
                "description": "The authentication scheme.", "required": true, "schema": { "type": "string", "const": "Bearer" }
            } })),
            405 => Some(json!({ "Allow": {
                "description": "The methods that it supports.", "schema": { "type": "string" }
            } })),
            _ => None,
        };
        if let Some(header) = header {
            response["headers"] = header;
        }
        let example = json!({ "type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail });
        let media = json!({ "schema": { "$ref": "#/components/schemas/Problem" }, "example": example });
        response["content"] = json!({ "application/problem+json": media });
        response
    }
}
