//! The cases of Spectra Analyze.

use super::{BehaviourCase, case};
use crate::harness::sha1;
use crate::harness::{Ask, ask, post};

const EICAR: &str = "3395856ce81f2b7382dee72602f798b642f14140";
const EICAR_MD5: &str = "44d88612fea8a8f36de82e1278abb02f";
const UNKNOWN: &str = "0000000000000000000000000000000000000000";
/// `extracted.dll` of the starter set.
const EXTRACTED: &str = "scandouble: extracted from another sample\n";

const BULK: &str = "/api/samples/analyze_bulk/";
const V2: &str = "/api/samples/v2/analyze_bulk/";
const STATUS: &str = "/api/samples/status/";
const TOKEN: &str = "/api-token-auth/";
const NO_REANALYSIS: (&str, &str) = ("spectra-analyze.appliance-may-reanalyse", "false");

pub fn cases() -> Vec<BehaviourCase> {
    let mut cases = single_cases();
    cases.extend(bulk_cases());
    cases.extend(companion_cases());
    cases
}

fn single_cases() -> Vec<BehaviourCase> {
    let path = single(EICAR);
    let core = |hash: &str| authorized(&single(hash)).form("analysis=core");
    let with = |value: &str| post(&path).header("Authorization", value).form("analysis=core");
    vec![
        case("auth.missing", 403, post(&path).form("analysis=core")),
        case("auth.invalid", 403, with("Token unknown")),
        case("auth.no-credentials", 403, with("Token")),
        case("auth.spaces", 403, with("Token two words")),
        case("analyze.single.queued", 201, core(EICAR)),
        case("analyze.single.already-queued", 200, core(EICAR)).after(1, &core(EICAR)),
        case("analyze.single.queued-before", 200, core(EICAR))
            .after(1, &authorized(&path).form("analysis=cloud")),
        case("analyze.single.invalid-hash", 400, core("eicar")),
        case("analyze.single.invalid-analysis", 400, authorized(&path).form("analysis=dynamic")),
        case("analyze.single.not-found", 404, core(UNKNOWN)),
        case("analyze.single.extracted", 405, core(&sha1(EXTRACTED))),
        case("analyze.single.appliance", 405, core(EICAR)).set(NO_REANALYSIS.0, NO_REANALYSIS.1),
        case("request.malformed", 400, authorized(&path).json("{")),
        case("request.media-type", 415, {
            authorized(&path).header("Content-Type", "text/plain").body("analysis=core")
        }),
        case("request.too-large", 413, core(EICAR)).set("max-body", "10"),
        case("method.not-allowed", 405, ask("GET", &path).header("Authorization", "Token exampletoken")),
        case("method.options", 200, ask("OPTIONS", &path).header("Authorization", "Token exampletoken")),
        case("setting.switched", 401, with("Token")).set("spectra-analyze.unauthenticated", "401"),
        case("route.no-slash", 301, post(path.trim_end_matches('/'))),
        case("route.unknown", 404, authorized("/api/samples/")),
        case("error.500", 500, core(EICAR)).fault(500),
        case("error.503", 503, core(EICAR)).fault(503),
    ]
}

fn bulk_cases() -> Vec<BehaviourCase> {
    let extracted = sha1(EXTRACTED);
    let core = |hashes: &[&str]| form(BULK, hashes, "analysis=core");
    vec![
        case("analyze.bulk.queued", 201, core(&[EICAR])),
        case("analyze.bulk.already-queued", 200, core(&[EICAR])).after(1, &core(&[EICAR])),
        case("analyze.bulk.queued-before", 200, core(&[EICAR]))
            .after(1, &form(BULK, &[EICAR], "analysis=cloud")),
        case("analyze.bulk.unknown-sample", 201, core(&[EICAR, UNKNOWN])),
        case("analyze.bulk.extracted-sample", 201, core(&[EICAR, &extracted])),
        case("analyze.bulk.all-extracted", 405, core(&[&extracted])),
        case("analyze.bulk.appliance", 405, core(&[EICAR])).set(NO_REANALYSIS.0, NO_REANALYSIS.1),
        case("analyze.bulk.invalid-hash", 400, core(&[EICAR, "eicar"])),
        case("analyze.bulk.mixed-types", 400, core(&[EICAR, EICAR_MD5])),
        case("analyze.bulk.no-hashes", 400, core(&[])),
        case("analyze.bulk.invalid-analysis", 400, form(BULK, &[EICAR], "analysis=dynamic")),
    ]
}

fn companion_cases() -> Vec<BehaviourCase> {
    let core = |hashes: &[&str]| form(V2, hashes, "analysis=core");
    let log_in = |password: &str| post(TOKEN).form(&format!("username=scandouble&password={password}"));
    let status =
        |hashes: &[&str]| authorized(STATUS).json(&serde_json::json!({ "hash_values": hashes }).to_string());
    vec![
        case("token.issued", 200, log_in("scandouble")),
        case("token.refused", 400, log_in("wrong")),
        case("token.missing-field", 400, log_in("")),
        case("status.ok", 200, status(&[EICAR, UNKNOWN])),
        case("status.invalid", 400, status(&[EICAR, EICAR_MD5])),
        case("analyze-v2.queued", 200, core(&[EICAR])),
        case("analyze-v2.already-queued", 200, core(&[EICAR])).after(1, &core(&[EICAR])),
        case("analyze-v2.unknown-sample", 200, core(&[EICAR, UNKNOWN])),
        case("analyze-v2.not-configured", 200, form(V2, &[EICAR], "analysis=core,cape")),
        case("analyze-v2.invalid", 400, form(V2, &[EICAR], "analysis=rl_cloud_sandbox")),
        case("upload.done", 201, {
            let file = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\na\r\n--X--\r\n";
            authorized("/api/uploads/").header("Content-Type", "multipart/form-data; boundary=X").body(file)
        }),
        case("upload.url", 201, submit_url()),
        case("url-sample.complete", 200, authorized_get("/api/uploads/v2/url-samples/1/"))
            .fixture("samples: [ { name: a, content: a, verdict: clean, spectra_analyze: { url: 'http://example.com/a' } } ]")
            .set("upload-time", "at-once")
            .after(1, &submit_url()),
        case("url-sample.processing", 200, authorized_get("/api/uploads/v2/url-samples/1/")).after(1, &submit_url()),
        case("url-sample.error", 200, authorized_get("/api/uploads/v2/url-samples/1/"))
            .set("upload-time", "at-once")
            .after(1, &submit_url()),
        case("url-sample.not-found", 404, authorized_get("/api/uploads/v2/url-samples/1/")),
        case("classification.ok", 200, authorized_get(&format!("/api/samples/v3/{EICAR}/classification/"))),
        case("classification.not-found", 404, {
            authorized_get(&format!("/api/samples/v3/{UNKNOWN}/classification/"))
        }),
        case("classification.invalid-hash", 400, authorized_get("/api/samples/v3/x/classification/")),
        case("list.ok", 200, authorized("/api/samples/v2/list/").form(&format!("hash_values={EICAR}"))),
        case("list-details.ok", 200, {
            authorized("/api/samples/v2/list/details/").form(&format!("hash_values={EICAR}"))
        }),
        case("list.invalid", 400, authorized("/api/samples/v2/list/").form("hash_values=x")),
        case("delete.done", 200, delete(EICAR)),
        case("delete.not-found", 404, delete(UNKNOWN)),
        case("delete.invalid-hash", 400, delete("x")),
        case("upload.invalid", 400, authorized("/api/uploads/").form("file=a.txt")),
    ]
}

fn single(hash: &str) -> String {
    format!("/api/samples/{hash}/analyze/")
}

fn authorized(path: &str) -> Ask {
    post(path).header("Authorization", "Token exampletoken")
}

fn submit_url() -> Ask {
    authorized("/api/uploads/").form("url=http://example.com/a")
}

fn authorized_get(path: &str) -> Ask {
    ask("GET", path).header("Authorization", "Token exampletoken")
}

fn delete(hash: &str) -> Ask {
    ask("DELETE", &format!("/api/samples/{hash}/")).header("Authorization", "Token exampletoken")
}

fn form(path: &str, hashes: &[&str], more: &str) -> Ask {
    let hashes: String = hashes.iter().map(|hash| format!("hash_value={hash}&")).collect();
    authorized(path).form(&format!("{hashes}{more}"))
}
