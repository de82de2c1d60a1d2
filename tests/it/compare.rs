//! `scandouble compare`: recorded traffic is replayed against the emulator.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::program::{file, outcome, program};
use crate::harness::{Ask, advance, get, post, start, start_builtin};

/// Records a session (HAR) of these requests to the built-in sets, sent ten seconds apart.
async fn session(asks: Vec<Ask>) -> Value {
    let real = start_builtin().await;
    for ask in asks {
        ask.send(&real).await;
        advance(&real, 10.0);
    }
    get("/_scandouble/journal?format=har").send(&real).await.json()
}

fn session_file(name: &str, session: &Value) -> PathBuf {
    file(name, &session.to_string())
}

fn compare(session: &std::path::Path, more: &[&str]) -> (i32, String, String) {
    let arguments = [&["compare", session.to_str().expect("UTF-8")], more].concat();
    outcome(&mut program(&arguments))
}

fn asks() -> Vec<Ask> {
    let sample = "3395856ce81f2b7382dee72602f798b642f14140";
    let again = || {
        post(&format!("/api/samples/{sample}/analyze/"))
            .header("Authorization", "Token exampletoken")
            .form("analysis=cloud,core")
    };
    vec![
        get(&format!("/hash/{sample}")),
        get(&format!("/api/rescan/v1/query/sha1/{sample}")).basic("u/scandouble", "scandouble"),
        post("/hash").header("apikey", "exampleapikey").body(json!({ "hash": [sample, "abc"] }).to_string()),
        // Queued, still queued after ten seconds, and queued again after thirty, when the first analysis has ended.
        again(),
        again(),
        get("/hash/0123"),
        again(),
    ]
}

#[tokio::test]
async fn a_session_of_the_emulator_is_replayed_at_its_recorded_times() {
    let session = session_file("compare-own.har", &session(asks()).await);
    let (code, out, err) = compare(&session, &[]);
    assert_eq!(
        out,
        "metadefender-cloud/bulk.unknown (documented): 1 exchange, held\n\
         metadefender-core/hash.found (documented): 1 exchange, held\n\
         metadefender-core/hash.not-found (assumed): 1 exchange, held\n\
         spectra-analyze/analyze.single.already-queued (documented): 1 exchange, held\n\
         spectra-analyze/analyze.single.queued (documented): 2 exchanges, held\n\
         spectra-intelligence/rescan.single.sent (documented): 1 exchange, held\n\
         7 exchanges: 7 the same, 0 but for times and identifiers, 0 different, 0 not replayed\n\
         assumed behaviours: 1 held, 0 did not\n"
    );
    assert_eq!((code, err.as_str()), (0, ""));
}

#[tokio::test]
async fn redacted_values_are_not_replayed_or_compared() {
    let login = r#"{"user":"scandouble","password":"scandouble"}"#;
    let asks = vec![
        post("/login").json(login),
        post("/api-token-auth/").form("username=scandouble&password=scandouble"),
        get("/version"),
    ];
    let mut session = session(asks).await;
    // A vendor's log may redact the reply but not the request.
    session["log"]["entries"][0]["request"]["postData"]["text"] = json!(login);
    let (code, out, _) = compare(&session_file("compare-masked.har", &session), &[]);
    assert!(out.contains("metadefender-core/login.ok (observed): 1 exchange, held\n"), "{out}");
    assert!(out.contains("a secret in its body was redacted in the recording"), "{out}");
    assert!(
        out.contains(
            "3 exchanges: 1 the same, 1 but for times and identifiers, 0 different, 1 not replayed\n"
        ),
        "{out}"
    );
    assert_eq!(code, 0, "{out}");
}

/// A session whose replies differ from the emulator's in every way that is detected.
async fn differing_session() -> Value {
    let mut session = session(asks()).await;
    let entries = session["log"]["entries"].as_array_mut().expect("entries");
    let edit = |entry: &mut Value, change: &dyn Fn(&mut Value)| {
        let content = &mut entry["response"]["content"]["text"];
        let mut body: Value = serde_json::from_str(content.as_str().expect("text")).expect("JSON");
        change(&mut body);
        *content = json!(body.to_string());
    };
    edit(&mut entries[0], &|body| {
        body["scan_results"]["start_time"] = json!("2020-01-01T00:00:00.000Z");
        body["scan_results"]["total_avs"] = json!("8");
        body["new_field"] = json!({ "token": "0123456789" });
        body["vulnerability_info"].take();
        let info = body["file_info"].as_object_mut().expect("an object");
        let name = info.shift_remove("display_name").expect("a name");
        info.insert("display_name".to_owned(), name);
    });
    entries[1]["response"]["content"]["text"] = json!("Sample sent for rescanning.");
    entries[2]["response"]["headers"].as_array_mut().expect("headers").extend([
        json!({ "name": "X-Request", "value": "1" }),
        json!({ "name": "Server", "value": "vendor" }),
    ]);
    entries[3]["response"]["status"] = json!(200);
    entries[5]["response"]["content"]["text"] = json!("{ \"0123\": \"Not Found\" }");
    entries[6]["request"]["url"] = json!("https://nobody.test/x?token=0123456789");
    session
}

#[tokio::test]
async fn each_kind_of_difference_is_listed_under_its_behaviour() {
    let session = session_file("compare-differing.har", &differing_session().await);
    let at = session.to_str().expect("UTF-8");
    let (code, out, err) = compare(&session, &[]);
    let expected = format!(
        "metadefender-cloud/bulk.unknown (documented): 1 exchange, held in 0\n  \
         header x-request: the vendor has 1, the double has nothing ({at}, entry 3)\n\
         metadefender-core/hash.found (documented): 1 exchange, held in 0\n  \
         body file_info: the vendor's order is file_size, file_type, file_type_description, md5, sha1, sha256, \
         upload_timestamp…, the double's display_name, file_size, file_type, file_type_description, md5, sha1, sha256, \
         up… ({at}, entry 1)\n  \
         body scan_results.total_avs: the vendor has \"8\", the double 8, of another type ({at}, entry 1)\n  \
         body vulnerability_info: the vendor has null, the double {{}}, of another type ({at}, entry 1)\n  \
         body new_field: the vendor has {{\"token\":\"0123***\"}}, the double has nothing ({at}, entry 1)\n  \
         1 other value of times and identifiers\n\
         metadefender-core/hash.not-found (assumed): 1 exchange, held in 0\n  \
         body: the vendor writes {{ \"0123\": \"Not Found\" }}, the double {{\"0123\":\"Not Found\"}} ({at}, entry 6)\n\
         spectra-analyze/analyze.single.queued (documented): 1 exchange, held in 0\n  \
         status: the vendor has 200, the double 201 ({at}, entry 4)\n\
         spectra-intelligence/rescan.single.sent (documented): 1 exchange, held in 0\n  \
         body: the vendor has … sent for rescanning., the double … sent for rescanning ({at}, entry 2)\n\
         spectra-analyze/analyze.single.already-queued (documented): 1 exchange, held\n\
         {at}, entry 7: not replayed: POST nobody.test/x belongs to no emulated API; name its API with \
         --host nobody.test=API\n\
         7 exchanges: 1 the same, 0 but for times and identifiers, 5 different, 1 not replayed\n\
         assumed behaviours: 0 held, 1 did not\n"
    );
    assert_eq!(out, expected);
    let hint = "note: the server has only the built-in samples; --import adds those of the session\n";
    assert_eq!((code, err.as_str()), (1, hint));
}

#[tokio::test]
async fn differences_can_be_ignored() {
    let mut session = session(asks()).await;
    let text = &mut session["log"]["entries"][0]["response"]["content"]["text"];
    let body = text.as_str().expect("text").replace("\"total_avs\":8", "\"total_avs\":9");
    *text = json!(body.replace("\"start_time\":\"2", "\"start_time\":\"1"));
    let session = session_file("compare-ignored.har", &session);
    let (code, out, _) = compare(&session, &["--ignore", "scan_results.*_avs"]);
    assert!(
        code == 0 && out.contains("7 exchanges: 6 the same, 1 but for times and identifiers, 0 different"),
        "{out}"
    );
    let (code, out, _) = compare(&session, &["--ignore", "scan_results.*_avs", "--exact"]);
    assert!(code == 1 && out.contains("  body scan_results.start_time: the vendor has \"1"), "{out}");
    let (code, out, _) = compare(&session, &["--ignore", "scan_results.*", "--all-headers", "--json"]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(code, 1, "the journal has no date: {out}");
    let first = &report["exchanges"][0];
    assert_eq!(first["behaviours"], json!(["metadefender-core/hash.found"]));
    assert!(
        first["differences"].as_array().expect("a list").iter().all(|one| one["part"] == "header"),
        "{first:#}"
    );
    assert_eq!(report["totals"]["differ"], 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_is_compared_in_a_temporary_world() {
    let session = session_file("compare-running.har", &session(asks()).await);
    let double = start("samples: []").await;
    let (code, out, err) = compare(&session, &["--url", &double.url()]);
    assert!(code == 1 && err.is_empty() && out.contains("metadefender-core/hash.not-found"), "{out}{err}");
    let (code, out, err) = compare(&session, &["--url", &double.url(), "--import"]);
    assert!(code == 0 && out.contains("7 exchanges: 7 the same"), "{out}{err}");
    // The default world is unchanged.
    let answer = get("/hash/3395856ce81f2b7382dee72602f798b642f14140").send(&double).await;
    assert_eq!(answer.text(), r#"{"3395856ce81f2b7382dee72602f798b642f14140":"Not Found"}"#);
    let (code, _, err) = compare(&session, &["--url", &format!("{}/_world/a", double.url())]);
    assert!(code == 2 && err.contains("the comparison uses a world of its own"), "{err}");
    double.stop().await.expect("stops");
    let (code, _, err) = compare(&session, &["--url", "127.0.0.1:1"]);
    assert!(code == 1 && err.contains("127.0.0.1:1 does not answer: "), "{err}");
}

#[tokio::test]
async fn a_session_of_other_samples_matches_after_import() {
    let fixtures = "accounts: { metadefender_cloud: [{ key: other-key, lookup_limit: 3 }] }\nsamples:\n  \
                    - { name: a.exe, content: a, verdict: infected, threat: Own.Name, scanned_at: -3d }\n";
    let real = start(fixtures).await;
    let hash = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    let bulk = |hashes: &[&str]| {
        let ask = post("/v2/hash").header("apikey", "other-key").header("include_scan_details", "1");
        ask.body(json!({ "hash": hashes }).to_string())
    };
    for ask in [get(&format!("/hash/{hash}")), bulk(&[hash]), bulk(&[hash, "x", "y"]), bulk(&[hash])] {
        ask.send(&real).await;
        advance(&real, 1.0);
    }
    let har = get("/_scandouble/journal?format=har").send(&real).await.json();
    let session = session_file("compare-imported.har", &har);
    let (code, out, err) = compare(&session, &["--import", "--exact"]);
    assert_eq!(
        out,
        "metadefender-cloud/bulk.details (documented): 1 exchange, held\n\
         metadefender-cloud/bulk.partly-limited (documented): 1 exchange, held\n\
         metadefender-cloud/limit.exceeded (documented; body=assumed): 1 exchange, held\n\
         metadefender-core/hash.found (documented): 1 exchange, held\n\
         4 exchanges: 4 the same, 0 but for times and identifiers, 0 different, 0 not replayed\n\
         assumed behaviours: 1 held, 0 did not\n"
    );
    assert_eq!((code, err.as_str()), (0, ""));
}

#[tokio::test]
async fn requests_without_credentials_and_replies_without_requests_are_accepted() {
    let unknown = get("/hash/00000000000000000000000000000000");
    let session =
        session_file("compare-open.har", &session(vec![get("/hash/0123"), get("/version"), unknown]).await);
    let (code, out, err) = compare(&session, &[]);
    assert!(code == 0 && out.contains("3 exchanges: 3 the same"), "{out}{err}");
    let known = "metadefender-core/hash.not-found (assumed): 1 exchange, held\n\
                 metadefender-core/hash.not-found (documented): 1 exchange, held\n";
    assert!(out.contains(known), "one behaviour with two provenances: {out}");
    let reply = file("compare-reply.json", "{\"0123\":\"Not Found\"}");
    let (code, out, err) = compare(&reply, &["--api", "metadefender-core"]);
    let expected = format!(
        "{}: not replayed: the reply was recorded without its request\n\
         1 exchange: 0 the same, 0 but for times and identifiers, 0 different, 1 not replayed\n\
         assumed behaviours: 0 held, 0 did not\n",
        reply.display()
    );
    assert_eq!((code, out), (1, expected));
    let message =
        "scandouble: nothing was compared; give recorded sessions (HAR) with requests to the emulated APIs\n";
    assert_eq!(err, message);
    let (_, help, _) = outcome(&mut program(&["compare", "--help"]));
    assert!(help.contains("as \"scandouble import\" does") && !help.contains('\\'), "{help}");
    let (code, _, err) = compare(&session, &["--fixtures", "/nowhere"]);
    assert!(code == 2 && err.contains("/nowhere"), "{err}");
}
