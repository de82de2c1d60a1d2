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

/// The first batch of a world.
const FIRST_BATCH: &str = "689080af1c6295dee6fc6dcbad514b43";
const SANITISED: &str = "samples: [{ name: a, content: a, verdict: clean, \
                         metadefender_core: { data_id: sanitised, sanitized_content: b } }]";

const KEYED: &str = "accounts: { metadefender_core: [{ key: corekey }] }";

pub fn cases() -> Vec<BehaviourCase> {
    vec![
        case("hash.found", 200, result(CLEAN)),
        case("hash.found.rule", 200, result(TWO_RULES).header("rule", "Strict")),
        case("hash.rule-without-result", 200, result(CLEAN).header("rule", "Strict")),
        case("hash.found.archive", 200, result(ARCHIVE)),
        case("contents.page", 200, get(&format!("/hash/{}?size=1", sha1(ARCHIVE)))),
        case("hash.in-progress", 200, result(IN_PROGRESS)),
        case("hash.not-found", 200, get(&format!("/hash/{UNKNOWN}"))),
        case("hash.malformed", 404, get("/hash/abc")).set("metadefender-core.malformed-hash-404", "true"),
        case("error.500", 500, result(CLEAN)).fault(500),
        case("error.503", 503, result(CLEAN)).fault(503),
        case("auth.denied", 403, result(CLEAN)).fixture(KEYED),
        case("route.unknown", 404, get("/file/")),
        case("method.not-allowed", 405, ask("POST", "/file/rules")),
        case("rules.list", 200, get("/file/rules")),
        case("file.accepted", 200, post("/file").header("filename", "a%20b.txt").body("new")),
        case("file.empty", 422, post("/file")),
        case("file.chunked", 411, post("/file").body("new").without_length()),
        case("file.callback-invalid", 400, post("/file").header("callbackurl", "nowhere").body("new")),
        case("file.batch-invalid", 400, post("/file").header("batch", "nobody").body("new")),
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
        case("version.session", 403, get("/version")).set("metadefender-core.version-session", "true"),
        case("batch.created", 200, post("/file/batch")),
        case("batch.status", 200, get(&format!("/file/batch/{FIRST_BATCH}"))).after(1, &post("/file/batch")),
        case("batch.closed", 200, post(&format!("/file/batch/{FIRST_BATCH}/close")))
            .after(1, &post("/file/batch")),
        case("batch.not-found", 404, get("/file/batch/nobody")),
        case("converted.found", 200, get("/file/converted/sanitised")).fixture(SANITISED),
        case("converted.not-found", 404, get("/file/converted/nobody")),
        case("stat.engines", 200, get("/stat/engines")),
        case("license", 200, get("/admin/license")).set("auth", "off"),
        case("readyz.ready", 200, get("/readyz")),
        case("readyz.unready", 503, get("/readyz")).set("metadefender-core.license-days", "0"),
    ]
}

fn result(content: &str) -> Ask {
    get(&format!("/hash/{}", sha1(content)))
}
