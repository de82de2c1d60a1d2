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

/// Every one, by status.
pub(super) const ALL: &[SharedProblem] = &[
    SharedProblem {
        status: 400,
        name: "BadRequest",
        about: "The path, the query or the body cannot be parsed, a query parameter is unknown, or the name of the world is not \
                valid.",
        title: "Bad request",
        detail: "the body is not valid JSON: at `frozen=true`: expected a value; check the commas, quotes and brackets here",
        is_general: true,
    },
    SharedProblem {
        status: UNAUTHORIZED,
        name: "Unauthorized",
        about: "The server requires its admin token.",
        title: "Admin token required",
        detail: "this server requires its admin token (--admin-token); send it as \"Authorization: Bearer TOKEN\"",
        is_general: true,
    },
    SharedProblem {
        status: 403,
        name: "Forbidden",
        about: "A browser sent the request from a page of another origin, or the `Host` header names another machine.",
        title: "Forbidden",
        detail: "a web page of another origin cannot use the admin API; call it from a program or a test",
        is_general: true,
    },
    SharedProblem {
        status: 404,
        name: "NotFound",
        about: "Nothing has this name.",
        title: "Not found",
        detail: "there is no world \"t43\"; GET /_scandouble/worlds lists them",
        is_general: false,
    },
    SharedProblem {
        status: 405,
        name: "MethodNotAllowed",
        about: "The path does not support this method.",
        title: "Method not allowed",
        detail: "/_scandouble/clock does not support POST; GET /_scandouble/ lists the operations",
        is_general: true,
    },
    SharedProblem {
        status: 409,
        name: "Conflict",
        about: "The request conflicts with the current state.",
        title: "Conflict",
        detail: "the default world cannot be removed; POST /_scandouble/reset resets it",
        is_general: false,
    },
    SharedProblem {
        status: 413,
        name: "TooLarge",
        about: "The body is larger than 256 MiB.",
        title: "Body too large",
        detail: "the body is larger than 268435456 bytes; split it and send several requests",
        is_general: true,
    },
    SharedProblem {
        status: 422,
        name: "Unprocessable",
        about: "The body or a parameter has a value or field that is not allowed.",
        title: "Invalid value",
        detail: "`by`: \"soon\" is not a valid duration; write 90s, 500ms, 1h30m, 2d, or a whole number of seconds",
        is_general: false,
    },
    SharedProblem {
        status: 500,
        name: "Failed",
        about: "The store failed, or with `--db` an earlier change could not be saved. The log of the server has details.",
        title: "Store error",
        detail: "disk I/O error",
        is_general: true,
    },
    SharedProblem {
        status: 503,
        name: "TooManyWorlds",
        about: "The path names a new world, and the maximum number of worlds is reached.",
        title: "Too many worlds",
        detail: "there are 10000 worlds already, none of them idle; delete some (DELETE /_scandouble/worlds/{name}), or start \
                 scandouble with a higher max-worlds or a shorter world-idle",
        is_general: true,
    },
];

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
