//! The ways to the behaviours of MetaDefender Core.

use super::story::sha1;
use super::{Story, story};
use crate::harness::{Ask, ask, get, post};

/// Samples of the starter set, by what is in them.
const CLEAN: &str = "scandouble: a clean text\n";
const ARCHIVE: &str = "scandouble: an archive with an infected child\n";
const IN_PROGRESS: &str = "scandouble: in progress until told\n";
const TWO_RULES: &str = "scandouble: seen under two rules\n";
/// The page's `data_id`.
const PAGE: &str = "61dffeaa728844adbf49eb090e4ece0e";
const LOGIN: &str = r#"{"user":"scandouble","password":"scandouble"}"#;
/// The page's hash that is not found.
const NOBODY: &str = "61dffeaa728844adbf49eb090e4ece0e";

const KEYED: &str = "accounts: { metadefender_core: [{ key: corekey }] }";

pub fn stories() -> Vec<Story> {
    vec![
        story("hash.found", 200, result(CLEAN)),
        story("hash.found.rule", 200, result(TWO_RULES).header("rule", "Strict")),
        story("hash.rule-without-result", 200, result(CLEAN).header("rule", "Strict")),
        story("hash.found.archive", 200, result(ARCHIVE)),
        story("hash.in-progress", 200, result(IN_PROGRESS)),
        story("hash.not-found", 200, get(&format!("/hash/{NOBODY}"))),
        story("error.500", 500, result(CLEAN)).fault(500),
        story("error.503", 503, result(CLEAN)).fault(503),
        story("auth.denied", 403, result(CLEAN)).fixture(KEYED),
        story("route.unknown", 404, get("/file/")),
        story("method.not-allowed", 405, ask("POST", "/file/rules")),
        story("rules.list", 200, get("/file/rules")),
        story("file.accepted", 200, post("/file").header("filename", "a%20b.txt").body("new")),
        story("file.empty", 422, post("/file")),
        story("file.result", 200, get(&format!("/file/{PAGE}"))),
        story("file.result.not-found", 200, get("/file/nobody")),
        story("hash.selfonly", 200, result(CLEAN).header("selfonly", "True")),
        story("hash.timerange", 200, result(CLEAN).header("timerange", "24")),
        story("hash.include-inprogress", 200, result(IN_PROGRESS).header("include-inprogress", "false")),
        story("login.ok", 200, post("/login").form(LOGIN)),
        story("login.failed", 403, post("/login").json("{}")),
        story("logout.ok", 200, post("/logout").header("apikey", "any")).set("auth", "any"),
        story("logout.denied", 403, post("/logout").header("apikey", "any")),
        story("version", 200, get("/version")),
    ]
}

fn result(content: &str) -> Ask {
    get(&format!("/hash/{}", sha1(content)))
}
