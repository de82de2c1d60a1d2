//! The hash in the path of a sample's operations.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::admin::decode::shorten;
use crate::admin::openapi::PathParameter;
use crate::admin::problem::Problem;
use crate::samples::Hash;

pub(super) fn parse_hash(text: &str) -> Result<Hash, Problem> {
    Hash::parse(text).ok_or_else(|| {
        let text = shorten(text);
        Problem::bad_request(format!(
            "\"{text}\" is not an md5, sha1, sha256 or sha512: use 32, 40, 64 or 128 hex digits"
        ))
    })
}

pub(super) const HASH: PathParameter = PathParameter {
    name: "hash",
    about: "md5, sha1, sha256 or sha512 of a sample, in hexadecimal digits.",
    schema: hash,
    example: r#""44d88612fea8a8f36de82e1278abb02f""#,
};

fn hash(_: &mut SchemaGenerator) -> Schema {
    let pattern = "^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{128})$";
    json_schema!({ "type": "string", "pattern": pattern })
}
