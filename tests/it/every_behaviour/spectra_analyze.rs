//! The ways to the behaviours of Spectra Analyze.

use super::story::sha1;
use super::{Story, story};
use crate::harness::{Ask, ask, post};

const EICAR: &str = "3395856ce81f2b7382dee72602f798b642f14140";
const EICAR_MD5: &str = "44d88612fea8a8f36de82e1278abb02f";
const NOBODY: &str = "0000000000000000000000000000000000000000";
/// `extracted.dll` of the starter set.
const EXTRACTED: &str = "scandouble: extracted from another sample\n";

const BULK: &str = "/api/samples/analyze_bulk/";
const V2: &str = "/api/samples/v2/analyze_bulk/";
const STATUS: &str = "/api/samples/status/";
const TOKEN: &str = "/api-token-auth/";
const NO_REANALYSIS: (&str, &str) = ("spectra-analyze.appliance-may-reanalyse", "false");

pub fn stories() -> Vec<Story> {
    let mut stories = single_stories();
    stories.extend(bulk_stories());
    stories.extend(companion_stories());
    stories
}

fn single_stories() -> Vec<Story> {
    let path = single(EICAR);
    let core = |hash: &str| authorized(&single(hash)).form("analysis=core");
    let with = |value: &str| post(&path).header("Authorization", value).form("analysis=core");
    vec![
        story("auth.missing", 403, post(&path).form("analysis=core")),
        story("auth.invalid", 403, with("Token unknown")),
        story("auth.no-credentials", 403, with("Token")),
        story("auth.spaces", 403, with("Token two words")),
        story("analyze.single.queued", 201, core(EICAR)),
        story("analyze.single.already-queued", 200, core(EICAR)).after(1, &core(EICAR)),
        story("analyze.single.invalid-hash", 400, core("eicar")),
        story("analyze.single.invalid-analysis", 400, authorized(&path).form("analysis=dynamic")),
        story("analyze.single.not-found", 404, core(NOBODY)),
        story("analyze.single.extracted", 405, core(&sha1(EXTRACTED))),
        story("analyze.single.appliance", 405, core(EICAR)).set(NO_REANALYSIS.0, NO_REANALYSIS.1),
        story("request.malformed", 400, authorized(&path).json("{")),
        story("request.media-type", 415, {
            authorized(&path).header("Content-Type", "text/plain").body("analysis=core")
        }),
        story("request.too-large", 413, core(EICAR)).set("max-body", "10"),
        story("method.not-allowed", 405, ask("GET", &path).header("Authorization", "Token exampletoken")),
        story("route.no-slash", 301, post(path.trim_end_matches('/'))),
        story("route.unknown", 404, authorized("/api/samples/")),
        story("error.500", 500, core(EICAR)).fault(500),
        story("error.503", 503, core(EICAR)).fault(503),
    ]
}

fn bulk_stories() -> Vec<Story> {
    let extracted = sha1(EXTRACTED);
    let core = |hashes: &[&str]| form(BULK, hashes, "analysis=core");
    vec![
        story("analyze.bulk.queued", 201, core(&[EICAR])),
        story("analyze.bulk.already-queued", 200, core(&[EICAR])).after(1, &core(&[EICAR])),
        story("analyze.bulk.unknown-sample", 201, core(&[EICAR, NOBODY])),
        story("analyze.bulk.extracted-sample", 201, core(&[EICAR, &extracted])),
        story("analyze.bulk.all-extracted", 405, core(&[&extracted])),
        story("analyze.bulk.appliance", 405, core(&[EICAR])).set(NO_REANALYSIS.0, NO_REANALYSIS.1),
        story("analyze.bulk.invalid-hash", 400, core(&[EICAR, "eicar"])),
        story("analyze.bulk.mixed-types", 400, core(&[EICAR, EICAR_MD5])),
        story("analyze.bulk.no-hashes", 400, core(&[])),
        story("analyze.bulk.invalid-analysis", 400, form(BULK, &[EICAR], "analysis=dynamic")),
    ]
}

fn companion_stories() -> Vec<Story> {
    let core = |hashes: &[&str]| form(V2, hashes, "analysis=core");
    let log_in = |password: &str| post(TOKEN).form(&format!("username=scandouble&password={password}"));
    let status =
        |hashes: &[&str]| authorized(STATUS).json(&serde_json::json!({ "hash_values": hashes }).to_string());
    vec![
        story("token.issued", 200, log_in("scandouble")),
        story("token.refused", 400, log_in("wrong")),
        story("token.missing-field", 400, log_in("")),
        story("status.ok", 200, status(&[EICAR, NOBODY])),
        story("status.invalid", 400, status(&[EICAR, EICAR_MD5])),
        story("analyze-v2.queued", 201, core(&[EICAR])),
        story("analyze-v2.already-queued", 200, core(&[EICAR])).after(1, &core(&[EICAR])),
        story("analyze-v2.unknown-sample", 201, core(&[EICAR, NOBODY])),
        story("analyze-v2.not-configured", 201, form(V2, &[EICAR], "analysis=core,cape")),
        story("analyze-v2.invalid", 400, form(V2, &[EICAR], "analysis=rl_cloud_sandbox")),
        story("upload.done", 201, {
            let file = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\na\r\n--X--\r\n";
            authorized("/api/uploads/").header("Content-Type", "multipart/form-data; boundary=X").body(file)
        }),
        story("upload.invalid", 400, authorized("/api/uploads/").form("file=a.txt")),
    ]
}

fn single(hash: &str) -> String {
    format!("/api/samples/{hash}/analyze/")
}

fn authorized(path: &str) -> Ask {
    post(path).header("Authorization", "Token exampletoken")
}

fn form(path: &str, hashes: &[&str], more: &str) -> Ask {
    let hashes: String = hashes.iter().map(|hash| format!("hash_value={hash}&")).collect();
    authorized(path).form(&format!("{hashes}{more}"))
}
