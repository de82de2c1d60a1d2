//! The cases of MetaDefender Cloud.

use super::{BehaviourCase, case};
use crate::harness::sha1;
use crate::harness::{Ask, ask, get, post};

const EICAR: &str = "3395856ce81f2b7382dee72602f798b642f14140";
const UNKNOWN: &str = "0000000000000000000000000000000000000000";
/// `in-progress.exe` of the starter set.
const IN_PROGRESS: &str = "scandouble: in progress until told\n";

pub fn cases() -> Vec<BehaviourCase> {
    let found = || bulk(&[EICAR]);
    let limited = |hashes: &[&str]| post("/v2/hash").header("apikey", "limitedapikey").json(&list(hashes));
    let one = |hash: &str| get(&format!("/v2/hash/{hash}")).header("apikey", "exampleapikey");
    vec![
        case("bulk.ok", 200, found()),
        case("bulk.unknown", 200, bulk(&[EICAR, "abc"])),
        case("bulk.in-progress", 200, bulk(&[&sha1(IN_PROGRESS)])),
        case("bulk.details", 200, found().header("include_scan_details", "1")),
        case("bulk.partly-limited", 200, limited(&[EICAR, UNKNOWN, EICAR])),
        case("limit.exceeded", 403, limited(&[EICAR])).after(1, &limited(&[EICAR, UNKNOWN])),
        case("bulk.empty", 400, bulk(&[])),
        case("bulk.malformed", 400, raw(&format!("hash={EICAR}"))),
        case("bulk.too-many", 400, bulk(&[UNKNOWN; 1001])),
        case("auth.missing", 401, post("/v2/hash").json(&list(&[EICAR]))),
        case("auth.invalid", 401, post("/v2/hash").header("apikey", "unknown").json(&list(&[EICAR]))),
        case("method.not-supported", 400, ask("PUT", "/v2/hash").header("apikey", "exampleapikey")),
        case("request.too-large", 400, found()).set("max-body", "10"),
        case("error.500", 500, found()).fault(500),
        case("error.503", 503, found()).fault(503),
        case("route.unknown", 404, get("/v2/file").header("apikey", "exampleapikey")),
        case("hash.found", 200, one(EICAR)),
        case("hash.not-found", 200, one(UNKNOWN)),
        case("v4.hash.found", 200, one_v4(EICAR)),
        case("v4.hash.reputation-only", 200, one_v4(KNOWN)).fixture(REPUTATION),
        case("v4.hash.not-found", 404, one_v4(UNKNOWN)),
        case("v4.additional-info.found", 200, info("peinfo")).fixture(REPUTATION),
        case("v4.additional-info.not-found", 404, info("exif")).fixture(REPUTATION),
        case("v4.file.accepted", 200, file("x")),
        case("v4.file.empty", 400, file("")),
        case("v4.file.too-large", 400, file("more than ten bytes")).set("max-body", "10"),
        case("v4.file.download-url", 400, file("").header("downloadfrom", "https://example.org/a")),
        case("v4.file.result", 200, result("known")).fixture(REPUTATION),
        case("v4.file.in-progress", 200, result("running")).fixture(REPUTATION),
        case("v4.file.in-queue", 200, result("running"))
            .fixture(REPUTATION)
            .set("metadefender-cloud.file-in-progress", "queue"),
        case("v4.throttled", 429, file("x")).set("metadefender-cloud.throttle", "1").after(1, &file("x")),
        case("v4.file.not-found", 404, result("nobody")),
        case("v4.apikey", 200, key("/v4/apikey/")),
        case("v4.apikey.not-found", 404, get("/v4/apikey/nobody")),
        case("v4.apikey.limits", 200, key("/v4/apikey/limits")),
        case("v4.apikey.limits.status", 200, key("/v4/apikey/limits/status")),
        case("apikey", 200, key("/metascan_rest/apikey")),
        case("v4.error.400", 400, one_v4(EICAR)).fault(400),
        case("v4.error.403", 403, one_v4(EICAR)).fault(403),
        case("v4.error.408", 408, one_v4(EICAR)).fault(408),
        case("v4.bulk.ok", 200, bulk_v4(&[EICAR])),
        case("v4.bulk.unknown", 200, bulk_v4(&[EICAR, UNKNOWN])),
        case("v4.bulk.invalid", 400, bulk_v4(&["abc"])),
        case("v4.auth.invalid", 401, post("/v4/hash").json(&list(&[EICAR]))),
        case("v4.media-type", 406, post("/v4/hash").header("apikey", "exampleapikey").form(&list(&[EICAR]))),
        case("v4.limit.exceeded", 429, {
            post("/v4/hash").header("apikey", "limitedapikey").json(&list(&[EICAR, UNKNOWN, EICAR]))
        }),
        case("v4.error.503", 503, one_v4(EICAR)).fault(503),
    ]
}

const KNOWN: &str = "88888888888888888888888888888888";
const REPUTATION: &str = "
samples:
  - name: known
    md5: 88888888888888888888888888888888
    verdict: clean
    metadefender_cloud: { data_id: known, reputation_only: true, additional_info: { peinfo: {} } }
  - { name: running, md5: 99999999999999999999999999999999, verdict: clean, in_progress: true, metadefender_cloud: { data_id: running } }
";

fn key(path: &str) -> Ask {
    get(path).header("apikey", "exampleapikey")
}

fn info(name: &str) -> Ask {
    key(&format!("/v4/hash/{KNOWN}/{name}"))
}

fn file(content: &str) -> Ask {
    post("/v4/file").header("apikey", "exampleapikey").body(content)
}

fn result(data_id: &str) -> Ask {
    key(&format!("/v4/file/{data_id}"))
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
