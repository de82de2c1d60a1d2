//! The cases of MetaDefender Core.

use super::{BehaviourCase, case};
use crate::harness::sha1;
use crate::harness::{Ask, ask, get, post};

/// Contents of samples in the starter set.
const CLEAN: &str = "scandouble: a clean text\n";
const ARCHIVE: &str = "scandouble: an archive with an infected child\n";
const IN_PROGRESS: &str = "scandouble: in progress until told\n";
const TWO_RULES: &str = "scandouble: seen under two rules\n";
/// The page's `data_id`.
const PAGE: &str = "61dffeaa728844adbf49eb090e4ece0e";
const LOGIN: &str = r#"{"user":"scandouble","password":"scandouble"}"#;
/// The page's hash that is not found.
const UNKNOWN: &str = "61dffeaa728844adbf49eb090e4ece0e";

const KEYED: &str = "accounts: { metadefender_core: [{ key: corekey }] }";

pub fn cases() -> Vec<BehaviourCase> {
    vec![
        case("hash.found", 200, result(CLEAN)),
        case("hash.found.rule", 200, result(TWO_RULES).header("rule", "Strict")),
        case("hash.rule-without-result", 200, result(CLEAN).header("rule", "Strict")),
        case("hash.found.archive", 200, result(ARCHIVE)),
        case("hash.in-progress", 200, result(IN_PROGRESS)),
        case("hash.not-found", 200, get(&format!("/hash/{UNKNOWN}"))),
        case("error.500", 500, result(CLEAN)).fault(500),
        case("error.503", 503, result(CLEAN)).fault(503),
        case("auth.denied", 403, result(CLEAN)).fixture(KEYED),
        case("route.unknown", 404, get("/file/")),
        case("method.not-allowed", 405, ask("POST", "/file/rules")),
        case("rules.list", 200, get("/file/rules")),
        case("file.accepted", 200, post("/file").header("filename", "a%20b.txt").body("new")),
        case("file.empty", 422, post("/file")),
        case("file.result", 200, get(&format!("/file/{PAGE}"))),
        case("file.result.not-found", 200, get("/file/nobody")),
        case("hash.selfonly", 200, result(CLEAN).header("selfonly", "True")),
        case("hash.timerange", 200, result(CLEAN).header("timerange", "24")),
        case("hash.include-inprogress", 200, result(IN_PROGRESS).header("include-inprogress", "false")),
        case("login.ok", 200, post("/login").form(LOGIN)),
        case("login.failed", 403, post("/login").json("{}")),
        case("logout.ok", 200, post("/logout").header("apikey", "any")).set("auth", "any"),
        case("logout.denied", 403, post("/logout").header("apikey", "any")),
        case("version", 200, get("/version")),
    ]
}

fn result(content: &str) -> Ask {
    get(&format!("/hash/{}", sha1(content)))
}
