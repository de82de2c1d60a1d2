//! The ways to the behaviours of MetaDefender Cloud.

use super::story::sha1;
use super::{Story, story};
use crate::harness::{Ask, ask, get, post};

const EICAR: &str = "3395856ce81f2b7382dee72602f798b642f14140";
const NOBODY: &str = "0000000000000000000000000000000000000000";
/// `in-progress.exe` of the starter set.
const IN_PROGRESS: &str = "scandouble: in progress until told\n";

pub fn stories() -> Vec<Story> {
    let found = || bulk(&[EICAR]);
    let limited = |hashes: &[&str]| post("/v2/hash").header("apikey", "limitedapikey").json(&list(hashes));
    let one = |hash: &str| get(&format!("/v2/hash/{hash}")).header("apikey", "exampleapikey");
    vec![
        story("bulk.ok", 200, found()),
        story("bulk.unknown", 200, bulk(&[EICAR, "abc"])),
        story("bulk.in-progress", 200, bulk(&[&sha1(IN_PROGRESS)])),
        story("bulk.details", 200, found().header("include_scan_details", "1")),
        story("bulk.partly-limited", 200, limited(&[EICAR, NOBODY, EICAR])),
        story("limit.exceeded", 403, limited(&[EICAR])).after(1, &limited(&[EICAR, NOBODY])),
        story("bulk.empty", 400, bulk(&[])),
        story("bulk.malformed", 400, raw(&format!("hash={EICAR}"))),
        story("bulk.too-many", 400, bulk(&[NOBODY; 1001])),
        story("auth.missing", 401, post("/v2/hash").json(&list(&[EICAR]))),
        story("auth.invalid", 401, post("/v2/hash").header("apikey", "unknown").json(&list(&[EICAR]))),
        story("method.not-supported", 400, ask("PUT", "/v2/hash").header("apikey", "exampleapikey")),
        story("request.too-large", 400, found()).set("max-body", "10"),
        story("error.500", 500, found()).fault(500),
        story("error.503", 503, found()).fault(503),
        story("route.unknown", 404, get("/v2/file").header("apikey", "exampleapikey")),
        story("hash.found", 200, one(EICAR)),
        story("hash.not-found", 200, one(NOBODY)),
        story("v4.hash.found", 200, one_v4(EICAR)),
        story("v4.hash.not-found", 404, one_v4(NOBODY)),
        story("v4.bulk.ok", 200, bulk_v4(&[EICAR])),
        story("v4.bulk.unknown", 200, bulk_v4(&[EICAR, NOBODY])),
        story("v4.bulk.invalid", 400, bulk_v4(&["abc"])),
        story("v4.auth.invalid", 401, post("/v4/hash").json(&list(&[EICAR]))),
        story("v4.media-type", 406, post("/v4/hash").header("apikey", "exampleapikey").form(&list(&[EICAR]))),
        story("v4.limit.exceeded", 429, {
            post("/v4/hash").header("apikey", "limitedapikey").json(&list(&[EICAR, NOBODY, EICAR]))
        }),
        story("v4.error.503", 503, one_v4(EICAR)).fault(503),
    ]
}

fn one_v4(hash: &str) -> Ask {
    get(&format!("/v4/hash/{hash}")).header("apikey", "exampleapikey")
}

fn bulk_v4(hashes: &[&str]) -> Ask {
    post("/v4/hash").header("apikey", "exampleapikey").json(&list(hashes))
}

fn list(hashes: &[&str]) -> String {
    serde_json::json!({ "hash": hashes }).to_string()
}

fn raw(body: &str) -> Ask {
    post("/v2/hash").header("apikey", "exampleapikey").json(body)
}

fn bulk(hashes: &[&str]) -> Ask {
    raw(&list(hashes))
}
