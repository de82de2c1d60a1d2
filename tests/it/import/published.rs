//! Replies in the shapes of published ones, with made-up values: imported, served, and compared. What differs is listed.

use serde_json::{Value, json};

use super::{har, outcome, program};
use crate::harness::program::file;

const MD5: &str = "5f6c0c1a7d1a4d9b8c3e2f1a0b9c8d7e";
const SHA1: &str = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";
const SHA256: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";
const SHA512: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\
                      0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
const IMPHASH: &str = "00112233445566778899aabbccddeeff";

/// A recorded exchange: a request, a form as its body, and the status and body of the reply.
struct Published {
    request: String,
    form: String,
    status: u16,
    reply: Value,
}

fn published(request: &str, form: &str, status: u16, reply: Value) -> Published {
    Published { request: request.to_owned(), form: form.to_owned(), status, reply }
}

fn entry(at: usize, one: &Published) -> Value {
    let (method, url) = one.request.split_once(' ').expect("a method and a URL");
    let credential = match url {
        url if url.contains("box.test") => ("Authorization", "Token abcdef0123456789"),
        _ => ("apikey", "abcdef0123456789"),
    };
    let mut headers = vec![json!({ "name": credential.0, "value": credential.1 })];
    let mut request = json!({ "method": method, "url": url });
    if !one.form.is_empty() {
        let kind = match one.form.get(..1) {
            Some("{") => "application/json",
            Some("-") => "multipart/form-data; boundary=b",
            _ => "application/x-www-form-urlencoded",
        };
        headers.push(json!({ "name": "Content-Type", "value": kind }));
        request["postData"] = json!({ "mimeType": kind, "text": one.form });
    }
    request["headers"] = json!(headers);
    json!({ "startedDateTime": format!("2026-03-01T12:{at:02}:00Z"), "request": request,
            "response": { "status": one.status, "headers": [], "content": { "text": one.reply.to_string() } } })
}

/// Imports and compares a session. Each difference must be a loss that the import lists; returns the paths of both: of the
/// differences, and of the losses.
fn compared(name: &str, session: &[Published]) -> (Vec<String>, Vec<String>) {
    compared_at(name, session, |at| at)
}

/// The same with the minute of each exchange.
fn compared_at(name: &str, session: &[Published], minute: fn(usize) -> usize) -> (Vec<String>, Vec<String>) {
    let entries: Vec<Value> = session.iter().enumerate().map(|(at, one)| entry(minute(at), one)).collect();
    let path = file(&format!("published-{name}.har"), &har(&entries));
    let path = path.to_str().expect("UTF-8");
    let json = |arguments: &[&str]| -> Value {
        let (_, out, err) = outcome(&mut program(arguments));
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("{name}: {out}{err}"))
    };
    let imported = json(&["import", path, "--json"]);
    let report = json(&["compare", path, "--import", "--json"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let notes = imported["notes"].as_array().expect("notes").iter();
    let lost: Vec<(String, String)> = notes
        .filter(|note| note["lost"] == true)
        .map(|note| (text(&note["in"]), text(&note["path"])))
        .collect();
    let mut differing = Vec::new();
    for one in report["exchanges"].as_array().expect("exchanges") {
        assert_ne!(one["outcome"], "not-replayed", "{name}: {one:#}");
        let differences = one["differences"].as_array().expect("differences").iter();
        for difference in differences.filter(|one| one["volatile"] == false) {
            let path = text(&difference["path"]);
            let is_listed = lost
                .iter()
                .any(|(place, lost)| *place == text(&one["in"]) && path.starts_with(lost.as_str()));
            assert!(is_listed, "{name}: {difference} is not listed in {lost:#?}");
            differing.push(format!("{} {path}", text(&difference["part"])));
        }
    }
    (differing, lost.into_iter().map(|(_, path)| path).collect())
}

/// A report of MetaDefender Cloud v4 in the shape of 2022.
fn cloud_report() -> Value {
    json!({
        "scan_result_history_length": 8, "malware_family": "emotet", "malware_type": ["trojan"], "threat_name": "Trojan/Emotet",
        "votes": { "up": 0, "down": 2 }, "sandbox": false, "file_id": "bzI2MDMwMUFhQmJDYw",
        "data_id": "bzI2MDMwMUFhQmJDY0RkRWVGZg", "sanitized": { "result": "Error", "reason": "File is not sanitizable", "progress_percentage": 100 },
        "process_info": {
            "post_processing": { "actions_failed": "", "actions_ran": "", "converted_destination": "", "converted_to": "", "copy_move_destination": "" },
            "blocked_reason": "Infected", "file_type_skipped_scan": false, "profile": "multiscan_sanitize", "progress_percentage": 100, "result": "Blocked" },
        "scan_results": {
            "scan_details": {
                "Engine One": { "def_time": "2026-02-28T00:00:00.000Z", "scan_result_i": 1, "scan_time": 320, "threat_found": "Win32.Emotet" },
                "Engine Two": { "def_time": "2026-02-27T12:00:00.000Z", "scan_result_i": 0, "scan_time": 12, "threat_found": "" } },
            "scan_all_result_i": 1, "start_time": "2026-02-28T15:06:50.120Z", "total_time": 5910, "total_avs": 2, "total_detected_avs": 1,
            "progress_percentage": 100, "scan_all_result_a": "Infected" },
        "file_info": {
            "file_size": 822_784, "upload_timestamp": "2026-02-28T15:06:47.400Z", "md5": MD5.to_uppercase(), "sha1": SHA1.to_uppercase(),
            "sha256": SHA256.to_uppercase(), "file_type_category": "E", "file_type_description": "Executable File",
            "file_type_extension": "exe", "display_name": "sample.exe" },
        "share_file": 1, "private_processing": 0, "rest_version": "4", "additional_info": ["appinfo", "peinfo"], "stored": true
    })
}

#[test]
fn reports_of_the_cloud() {
    let request = format!("GET https://api.metadefender.com/v4/hash/{SHA256}");
    let (differing, lost) = compared("cloud", &[published(&request, "", 200, cloud_report())]);
    assert_eq!((differing, lost), (vec![], vec![]));
}

fn hashes() -> Value {
    json!({ "sha1": SHA1, "sha256": SHA256, "sha512": SHA512, "md5": MD5, "imphash": IMPHASH })
}

#[test]
fn reanalyses_of_an_appliance() {
    let form = format!(
        "hash_value={SHA1}&analysis=cloud,core,rl_cloud_sandbox,cape&rl_cloud_sandbox_platform=windows10"
    );
    let reply = json!({ "results": [{ "detail": hashes(), "analysis": [
        { "name": "cloud", "code": 201, "message": "Sample is queued for analysis." },
        { "name": "core", "code": 201, "message": "Sample is queued for core analysis." },
        { "name": "rl_cloud_sandbox", "code": 200, "message": "Sample is already queued for analysis." },
        { "name": "cape", "code": 405, "message": "Sandbox integration is not configured." },
    ] }] });
    let status = json!({ "hash_type": "sha1", "results": [{ "hash_value": SHA1, "status": "processed" }] });
    let session = [
        published("POST https://box.test/api/samples/v2/analyze_bulk/", &form, 200, reply),
        published("POST https://box.test/api/samples/status/", &format!("hash_values={SHA1}"), 200, status),
    ];
    assert_eq!(compared("reanalyses", &session), (vec![], vec![]));
}

#[test]
fn single_reanalyses_of_version_1() {
    let reply = json!({ "code": 200, "message": "Sample is already queued for analysis.", "analysis": [
        { "name": "cloud", "code": 201, "message": "Sample is queued for analysis." },
        { "name": "core", "code": 201, "message": "Sample is queued for core analysis." },
    ], "detail": hashes() });
    let request = format!("POST https://box.test/api/samples/{SHA1}/analyze/");
    // The status of a single answer is its own code.
    assert_eq!(
        compared("single", &[published(&request, "analysis=cloud,core", 200, reply)]),
        (vec![], vec![])
    );
}

#[test]
fn uploads_and_deletions() {
    let upload = json!({ "code": 201, "message": "Done.", "detail": { "id": 429, "user": 1, "created": "2026-03-01T12:00:00.918215Z",
        "filename": "https://download.example.com/setup.exe" } });
    let report = json!({ "processing_status": "complete", "message": "", "report": in_order(&report()) });
    let deleted = json!({ "code": 200, "detail": { "sha1": SHA1, "sha256": SHA256, "sha512": SHA512, "md5": MD5 },
        "message": "Sample deleted successfully." });
    let gone = json!({ "hash_type": "sha1", "results": [{ "hash_value": SHA1, "status": "not_found" }] });
    let url = "url=https%3A%2F%2Fdownload.example.com%2Fsetup.exe";
    let mut session = vec![
        published("POST https://box.test/api/uploads/", url, 201, upload),
        published("GET https://box.test/api/uploads/v2/url-samples/429/", "", 200, report),
        published(
            &format!("DELETE https://box.test/api/samples/{SHA1}/"),
            "",
            200,
            json!({ "results": deleted }),
        ),
        published("POST https://box.test/api/samples/status/", &format!("hash_values={SHA1}"), 200, gone),
    ];
    // The comparison asks for the number that the server gave. Other clients of the fixture cannot.
    assert_eq!(compared("uploads", &session), (vec![], vec![String::new()]), "the number of the upload");
    session[0].reply["detail"]["id"] = json!(1);
    session[1].request = session[1].request.replace("429", "1");
    assert_eq!(compared("uploads", &session), (vec![], vec![]));
}

/// A report in the form of the appliance's lists, its fields sorted.
fn report() -> Value {
    json!({ "aliases": ["setup.exe"], "category": "application", "classification": "malicious",
        "classification_origin": { "sha1": SHA1 }, "classification_reason": "antivirus", "classification_result": "Win32.Ransomware.Made",
        "extracted_file_count": 3, "file_size": 4096, "file_subtype": "Exe", "file_type": "PE", "id": 1, "imphash": IMPHASH,
        "local_first_seen": "2026-02-01T10:00:00.123456Z", "local_last_seen": "2026-02-02T10:00:00.123456Z", "md5": MD5,
        "riskscore": 10, "sha1": SHA1, "sha256": SHA256, "sha512": SHA512,
        "ticloud": { "riskscore": 9 }, "ticore": { "classification": "malicious" } })
}

/// The same in the order of an upload by URL.
fn in_order(report: &Value) -> Value {
    let first = [
        "id",
        "sha1",
        "sha256",
        "sha512",
        "md5",
        "imphash",
        "category",
        "file_type",
        "file_subtype",
        "file_size",
        "extracted_file_count",
        "local_first_seen",
        "local_last_seen",
        "classification_origin",
        "classification_reason",
        "classification",
        "riskscore",
        "classification_result",
    ];
    let all = report.as_object().expect("an object");
    let others = all.keys().map(String::as_str).filter(|name| !first.contains(name));
    first.into_iter().chain(others).map(|name| (name.to_owned(), all[name].clone())).collect()
}

#[test]
fn reports_of_an_appliance() {
    let list = json!({ "count": 1, "next": null, "previous": null, "results": [report()] });
    let classification = json!({ "classification": "malicious", "riskscore": 10, "first_seen": "2026-02-01T10:00:00Z",
        "last_seen": "2026-02-02T10:00:00Z", "classification_result": "Win32.Ransomware.Made", "classification_reason": "antivirus",
        "classification_origin": { "sha1": SHA1 }, "cloud_last_lookup": "2026-02-28T00:38:52Z", "data_source": "LOCAL",
        "sha1": SHA1, "sha256": SHA256, "md5": MD5 });
    let get = format!("GET https://box.test/api/samples/v3/{SHA1}/classification/");
    let session = [
        published("POST https://box.test/api/samples/v2/list/", &format!("hash_values={SHA1}"), 200, list),
        published(&get, "", 200, classification),
    ];
    assert_eq!(compared("reports", &session), (vec![], vec![]));
}

/// A clean report, one known by reputation alone, and an upload with its report, each as later releases write them.
#[test]
fn later_reports_of_the_cloud() {
    let mut clean = cloud_report();
    for infected in ["malware_family", "malware_type", "threat_name", "sanitized"] {
        clean.as_object_mut().expect("an object").shift_remove(infected);
    }
    let info = &mut clean["process_info"];
    info["blocked_reason"] = json!("");
    info["result"] = json!("Allowed");
    info["verdicts"] = json!(["No Threat Detected"]);
    let results = &mut clean["scan_results"];
    results["scan_details"]["Engine One"]["scan_result_i"] = json!(0);
    results["scan_details"]["Engine One"]["threat_found"] = json!("");
    results["scan_all_result_i"] = json!(0);
    results["scan_all_result_a"] = json!("No Threat Detected");
    results["total_detected_avs"] = json!(0);
    clean["additional_info"] = json!([]);
    let mut reputation = clean.clone();
    reputation.as_object_mut().expect("an object").shift_remove("scan_results");
    let request = format!("GET https://api.metadefender.com/v4/hash/{SHA1}");
    for (name, report) in [("clean", clean), ("reputation", reputation)] {
        let (differing, lost) = compared(&format!("cloud-{name}"), &[published(&request, "", 200, report)]);
        assert_eq!((differing, lost), (vec![], vec![]), "{name}");
    }
}

/// A result of MetaDefender Core in the shape of the published specification.
fn core_result() -> Value {
    let engine = |code: u64, threat: &str| {
        json!({ "def_time": "2026-02-27T08:00:00.000Z", "location": "local", "scan_result_i": code, "scan_time": 69, "wait_time": 88,
                "threat_found": threat })
    };
    json!({
        "data_id": "f5ba4d1c5e9f4d7ab8f5f0b1a2c3d4e5",
        "file_info": { "display_name": "report.docx", "file_size": 10240, "file_type": "application/msword", "file_type_description": "Word",
            "md5": MD5, "sha1": SHA1, "sha256": SHA256, "upload_timestamp": "2026-02-28T10:00:00.123Z" },
        "scan_results": { "data_id": "f5ba4d1c5e9f4d7ab8f5f0b1a2c3d4e5", "progress_percentage": 100, "scan_all_result_a": "Infected",
            "scan_all_result_i": 1, "scan_details": { "Engine One": engine(1, "W97M/Made"), "Engine Two": engine(0, "") },
            "start_time": "2026-02-28T10:00:00.456Z", "total_avs": 2, "total_time": 995 },
        "process_info": { "processing_time": 1200, "progress_percentage": 100, "user_agent": "webscan", "profile": "File process",
            "queue_time": 5, "result": "Blocked", "blocked_reason": "Infected", "file_type_skipped_scan": false,
            "post_processing": { "actions_failed": "", "actions_ran": "Sanitized", "converted_to": "pdf", "converted_destination": "r.pdf",
                "copy_move_destination": "" },
            "verdicts": ["Infected"] },
        "vulnerability_info": {}
    })
}

#[test]
fn results_of_core() {
    let request = format!("GET http://core.test/hash/{MD5}");
    assert_eq!(compared("core", &[published(&request, "", 200, core_result())]), (vec![], vec![]));
    let mut running = core_result();
    let results = &mut running["scan_results"];
    results["progress_percentage"] = json!(0);
    results["scan_all_result_a"] = json!("No Threat Detected");
    results["scan_all_result_i"] = json!(0);
    results["scan_details"] = json!({});
    results["total_avs"] = json!(0);
    let info = running["process_info"].as_object_mut().expect("an object");
    for finished in ["post_processing", "verdicts"] {
        info.shift_remove(finished);
    }
    info.insert("result".to_owned(), json!("Processing"));
    info.insert("blocked_reason".to_owned(), json!(""));
    info.insert("progress_percentage".to_owned(), json!(0));
    let (_, lost) = compared("core-running", &[published(&request, "", 200, running)]);
    let expected = [
        "scan_results.progress_percentage",
        "scan_results.scan_all_result_i",
        "scan_results.scan_all_result_a",
        "process_info.progress_percentage",
    ];
    assert_eq!(lost, expected);
}

/// The hashes of `made up`, which is uploaded.
const UPLOADED: [&str; 2] = [
    "276faa477bd75d089935ce938ffed9ba35238b74",
    "48168fa99cb7e014e77dbf4af79fc5b2a50caac8e820883ea7326f88bc713ac9",
];

#[test]
fn receipts_of_the_cloud() {
    let [sha1, sha256] = UPLOADED.map(str::to_uppercase);
    let receipt = json!({ "data_id": "bzI2MDMwMWFiY2RlZmdoaWprbG1u", "status": "inqueue", "in_queue": 0, "queue_priority": "normal",
        "sha1": sha1, "sha256": sha256 });
    let list = json!({ "data": [{ "data_id": "bzI2MDMwMWFiY2RlZmdoaWprbG1u", "scan_result_i": 0, "hash": sha1,
        "total_detected_avs": 0 }] });
    let session = [
        published("POST https://api.metadefender.com/v4/file", "made up", 200, receipt),
        published(
            "POST https://api.metadefender.com/v4/hash",
            &json!({ "hash": [sha1] }).to_string(),
            200,
            list,
        ),
    ];
    let (differing, lost) = compared("receipts", &session);
    assert_eq!((differing, lost), (vec![], vec!["data[0].total_detected_avs".to_owned()]));
}

/// A form with a file, whose content is that of [`UPLOADED`].
const FORM: &str =
    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\n\r\nmade up\r\n--b--\r\n";

#[test]
fn uploads_of_files_to_an_appliance() {
    let [sha1, _] = UPLOADED;
    let upload = json!({ "code": 201, "message": "Done.", "detail": { "id": 429, "sha1": sha1, "user": 1,
        "created": "2026-03-01T12:00:00.933215Z", "filename": "a.json", "href": format!("/?q={sha1}") } });
    let status = json!({ "hash_type": "sha1", "results": [{ "hash_value": sha1, "status": "processed" }] });
    let form = format!("hash_values={sha1}");
    let session = [
        published("POST https://box.test/api/uploads/", FORM, 201, upload),
        published("POST https://box.test/api/samples/status/", &form, 200, status),
    ];
    assert_eq!(compared("files", &session), (vec![], vec![]));
}

/// The data_id of an upload is new each time, and the poll after it names the one that the server gave.
#[test]
fn polls_of_an_upload_that_is_in_the_queue() {
    let [sha1, sha256] = UPLOADED.map(str::to_uppercase);
    let id = "bzI2MDMwMWFiY2RlZmdoaWprbG1u";
    let receipt = json!({ "data_id": id, "status": "inqueue", "in_queue": 0, "queue_priority": "normal", "sha1": sha1,
        "sha256": sha256 });
    let queued =
        json!({ "data_id": id, "status": "inqueue", "in_queue": 1, "last_updated": "2026-03-01T12:00:00Z" });
    let poll = format!("GET https://api.metadefender.com/v4/file/{id}");
    let mut session = [
        published("POST https://api.metadefender.com/v4/file", "made up", 200, receipt),
        published(&poll, "", 200, queued),
    ];
    // Both in the same minute: an upload is processed in two seconds.
    assert_eq!(compared_at("queue", &session, |_| 0), (vec![], vec![]));
    session[1].reply["in_queue"] = json!(7);
    let lost = vec!["in_queue".to_owned()];
    assert_eq!(compared_at("longer-queue", &session, |_| 0), (vec!["body in_queue".to_owned()], lost));
}

#[test]
fn batches_and_readiness_of_core() {
    let session = [
        published(
            "POST http://core.test/file/batch",
            "",
            200,
            json!({ "batch_id": "74c85f475147439bac4d33b181853923" }),
        ),
        published("GET http://core.test/readyz", "", 200, json!({})),
    ];
    let (differing, lost) = compared("batches", &session);
    // The number of a batch is the server's own, and the other reply has nothing for a fixture.
    assert_eq!((differing, lost), (vec![], vec![String::new()]));
}

/// The days that are left become a setting, and the day of the end follows from them. The rest is the product's own.
#[test]
fn licences_of_core() {
    let licence = json!({ "days_left": 30, "deployment": "MSCL00000000000000000000000000000000", "expiration": "03/31/2026",
        "licensed_engines": ["*"], "licensed_to": "Example Inc.", "max_node_count": "1", "online_activated": true,
        "product_id": "MSCL-4-unlimited", "product_name": "Metadefender Core 4 Linux" });
    let (differing, lost) =
        compared("licence", &[published("GET http://core.test/admin/license", "", 200, licence)]);
    assert_eq!(differing, ["body licensed_to"]);
    let kept = ["days_left", "expiration"];
    assert!(
        lost.contains(&"licensed_to".to_owned()) && !lost.iter().any(|path| kept.contains(&&**path)),
        "{lost:?}"
    );
    assert!(!lost.contains(&String::new()), "the reply is for a fixture");
}

/// The limits of a key belong to its account.
#[test]
fn keys_of_the_cloud() {
    let info = json!({ "max_file_download": 140, "max_upload_file_size": 140, "max_archive_file_depth": 5, "max_archive_file_size": 140,
        "max_archive_file_number": 50, "limit_prevention": 100, "limit_reputation": 1000, "limit_sandbox": 0, "limit_feed": 0,
        "qos_scan": "normal", "updated_at": "2019-01-01T00:00:00.000Z", "created_at": "2019-01-01T00:00:00.000Z",
        "portal_api_key": "abcdef0123456789", "workflow_rule": 0, "votes": [], "vulnerability_submissions": [],
        "expiration_date": "1970-01-01T00:00:00.000Z", "time_interval": "daily", "nickname": "scandouble", "paid_user": 0 });
    let left = json!({ "reputation_api": 1000, "prevention_api": 100, "feed_api": 0, "download_file": 0, "sandbox_api": 0 });
    let session = [
        published("GET https://api.metadefender.com/v4/apikey/", "", 200, info),
        published("GET https://api.metadefender.com/v4/apikey/limits/status", "", 200, left),
    ];
    let (differing, lost) = compared("keys", &session);
    assert_eq!(differing, Vec::<String>::new());
    let kept = ["limit_prevention", "limit_reputation", "portal_api_key"];
    assert!(!lost.iter().any(|path| kept.contains(&&**path)), "{lost:?}");
}

/// Refusals teach nothing, and the emulator refuses such requests itself.
#[test]
fn refusals_of_uploads_to_core() {
    let refused = |text: &str| json!({ "err": text });
    let mut entries = [entry(
        0,
        &published("POST http://core.test/file", "made up", 400, refused("Callback url is invalid.")),
    )];
    let headers = entries[0]["request"]["headers"].as_array_mut().expect("headers");
    headers.push(json!({ "name": "callbackurl", "value": "nowhere" }));
    let path = file("published-refusals.har", &har(&entries));
    let (_, out, err) =
        outcome(&mut program(&["compare", path.to_str().expect("UTF-8"), "--import", "--json"]));
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    let one = &report["exchanges"][0];
    assert_eq!((&one["differences"], one["outcome"] == "not-replayed"), (&json!([]), false), "{report:#}");
}

/// What the emulator answers without a fixture is left out, field by field.
#[test]
fn replies_about_no_sample_are_listed() {
    let engines = json!([{ "eng_id": "one", "eng_name": "Engine One", "active": true, "def_time": "2026-02-27T08:00:00.000Z" }]);
    let entries = [entry(0, &published("GET http://core.test/stat/engines", "", 200, engines))];
    let path = file("published-engines.har", &har(&entries));
    let (code, out, err) = outcome(&mut program(&["import", path.to_str().expect("UTF-8"), "--strict"]));
    assert_eq!(code, 1, "{err}");
    assert!(
        out.ends_with("samples: []\n") && err.contains("[0].eng_name: a fixture has no place for this field"),
        "{out}{err}"
    );
    assert!(err.contains("entry 1: nothing in the reply is for a fixture\n"), "{err}");
}
