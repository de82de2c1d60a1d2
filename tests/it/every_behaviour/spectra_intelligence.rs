//! The cases of Spectra Intelligence.

use super::{BehaviourCase, case};
use crate::harness::sha1;
use crate::harness::{Ask, ask, get, post};

const EICAR: &str = "3395856ce81f2b7382dee72602f798b642f14140";
/// `not-in-storage.exe` of the starter set.
const NOT_IN_STORAGE: &str = "scandouble: known, but not stored\n";

const QUOTA: &str =
    "accounts: { spectra_intelligence: [{ user: u/short, password: scandouble, daily_quota: 1 }] }";

pub fn cases() -> Vec<BehaviourCase> {
    let sent = || single("sha1", EICAR);
    let of_short = || get(&single_path("sha1", EICAR)).basic("u/short", "scandouble");
    let hash = "0123456789abcdef0123456789abcdef";
    vec![
        case("auth.missing", 401, get(&single_path("sha1", EICAR))),
        case("auth.invalid", 401, get(&single_path("sha1", EICAR)).basic("u/scandouble", "wrong")),
        case("auth.forbidden", 403, get(&single_path("sha1", EICAR)).basic("u/unentitled", "scandouble")),
        case("rate.exceeded", 429, sent()).after(10, &sent()),
        case("quota.exceeded", 429, of_short()).fixture(QUOTA).after(1, &of_short()),
        case("rescan.single.sent", 200, sent()),
        case("rescan.single.unavailable", 404, single("sha1", &sha1(NOT_IN_STORAGE))),
        case("rescan.single.invalid-hash-type", 400, single("crc32", EICAR)),
        case("rescan.single.invalid-hash", 400, single("md5", EICAR)),
        case("rescan.bulk.ok", 200, bulk("json", &query("sha1", &[EICAR]))),
        case("rescan.bulk.empty", 200, bulk("json", &query("sha1", &[]))),
        case("rescan.bulk.converted", 200, bulk("json?format=xml", &query("sha1", &[EICAR]))),
        case("rescan.bulk.too-many", 400, bulk("json", &query("md5", &[hash; 101]))),
        case("rescan.bulk.invalid-post-format", 400, bulk("yaml", &query("sha1", &[EICAR]))),
        case("rescan.bulk.invalid-format", 400, bulk("json?format=yaml", &query("sha1", &[EICAR]))),
        case("rescan.bulk.malformed", 400, bulk("xml", &query("sha1", &[EICAR]))),
        case("rescan.bulk.content-type", 400, {
            post("/api/rescan/v1/bulk_query/json")
                .basic("u/scandouble", "scandouble")
                .json(&query("sha1", &[EICAR]))
        })
        .set("spectra-intelligence.content-type", "refuse"),
        case("rescan.bulk.invalid-hash-type", 400, bulk("json", &query("sha512", &[EICAR]))),
        case("error.500", 500, sent()).fault(500),
        case("error.503", 503, sent()).fault(503),
        case("route.unknown", 404, get("/api/rescan/v2/").basic("u/scandouble", "scandouble")),
        case("method.not-allowed", 405, {
            ask("DELETE", &single_path("sha1", EICAR)).basic("u/scandouble", "scandouble")
        }),
        case("request.too-large", 413, bulk("json", &query("sha1", &[EICAR]))).set("max-body", "10"),
    ]
}

fn single_path(hash_type: &str, hash: &str) -> String {
    format!("/api/rescan/v1/query/{hash_type}/{hash}")
}

fn single(hash_type: &str, hash: &str) -> Ask {
    get(&single_path(hash_type, hash)).basic("u/scandouble", "scandouble")
}

fn bulk(format: &str, body: &str) -> Ask {
    post(&format!("/api/rescan/v1/bulk_query/{format}"))
        .basic("u/scandouble", "scandouble")
        .header("Content-Type", "application/octet-stream")
        .body(body)
}

fn query(hash_type: &str, hashes: &[&str]) -> String {
    serde_json::json!({ "rl": { "query": { "hash_type": hash_type, "hashes": hashes } } }).to_string()
}
