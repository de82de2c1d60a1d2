//! Valid requests to mutate: each endpoint and kind of body. Without mutations all are answered with 200 or 201.

use super::request::Request;

const MD5: &str = "44d88612fea8a8f36de82e1278abb02f";
const SHA1: &str = "3395856ce81f2b7382dee72602f798b642f14140";
const SHA256: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";
/// `holiday-photos.zip` of the starter set.
const ARCHIVE: &str = "scandouble: an archive with an infected child\n";
const OCTETS: &str = "application/octet-stream";
const FORM: &str = "application/x-www-form-urlencoded";

/// Requests of the four APIs.
pub fn of_vendor_apis() -> Vec<Request> {
    [spectra_intelligence(), spectra_analyze(), metadefender_cloud(), metadefender_core()].concat()
}

fn spectra_intelligence() -> Vec<Request> {
    // u/scandouble:scandouble
    let basic = |request: Request| request.header("Authorization", "Basic dS9zY2FuZG91YmxlOnNjYW5kb3VibGU=");
    let bulk = |format: &str, body: String| {
        let path = format!("/api/rescan/v1/bulk_query/{format}");
        basic(Request::new("POST", &path).header("Content-Type", OCTETS).body(body))
    };
    let json = format!(r#"{{"rl":{{"query":{{"hash_type":"sha1","hashes":["{SHA1}","{SHA1}"]}}}}}}"#);
    let xml = format!(
        "<?xml version=\"1.0\"?>\n<rl><query><hash_type>md5</hash_type><hashes><item>{MD5}</item>\
         <hash> {MD5} </hash></hashes></query></rl>"
    );
    vec![
        basic(Request::new("GET", &format!("/api/rescan/v1/query/sha256/{SHA256}?format=json"))),
        bulk("json?format=xml", json),
        bulk("xml", xml),
    ]
}

fn spectra_analyze() -> Vec<Request> {
    let token = |request: Request| request.header("Authorization", "Token exampletoken");
    let to = |path: &str, content_type: &str, body: String| {
        token(Request::new("POST", path).header("Content-Type", content_type).body(body))
    };
    let part = |name: &str, value: &str| {
        format!("--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let multipart = format!("{}{}--b0undary--\r\n", part("hash_value", SHA1), part("analysis", "cloud,core"));
    let file = part("file\"; filename=\"a.exe", "MZ");
    let upload = format!("{file}{}--b0undary--\r\n", part("filename", "b.exe"));
    let json =
        format!(r#"{{"hash_value":["{SHA1}"],"analysis":["cloud","core"],"x":[1.5e3,null,"\u00e9"]}}"#);
    vec![
        to(&format!("/api/samples/{SHA1}/analyze/"), FORM, "analysis=cloud".to_owned()),
        to("/api/samples/analyze_bulk/", "multipart/form-data; boundary=b0undary", multipart),
        to("/api/samples/analyze_bulk/", "application/json", json.clone()),
        to("/_world/r/api/samples/v2/analyze_bulk/", "application/json", json),
        to(
            "/api/samples/v2/analyze_bulk/",
            FORM,
            format!("hash_value={MD5}&hash_value={MD5}&analysis=core,cape"),
        ),
        to("/api/samples/status/?status=processed", FORM, format!("hash_values={SHA256}")),
        to("/api-token-auth/", FORM, "username=scandouble&password=scandouble".to_owned()),
        to("/api/uploads/", "multipart/form-data; boundary=b0undary", upload),
    ]
}

fn metadefender_cloud() -> Vec<Request> {
    let keyed = |request: Request| request.header("apikey", "exampleapikey");
    let list = format!(r#"{{"hash":["{MD5}","{SHA1}","abc"]}}"#);
    vec![
        keyed(Request::new("POST", "/v2/hash").header("include_scan_details", "1").body(list.clone())),
        keyed(Request::new("POST", "/_world/r/metascan_rest/hash/").header("Content-Type", FORM).body(list)),
        keyed(Request::new("GET", &format!("/v2/hash/{SHA256}"))),
        keyed(Request::new("GET", &format!("/v4/hash/{SHA256}"))),
        keyed(
            Request::new("POST", "/v4/hash")
                .header("Content-Type", "application/json")
                .header("includescandetails", "1")
                .body(format!(r#"{{"hash":["{MD5}","{SHA1}"]}}"#)),
        ),
    ]
}

fn metadefender_core() -> Vec<Request> {
    let archive = crate::harness::sha1(ARCHIVE);
    vec![
        Request::new("POST", "/file")
            .header("filename", "a%20b.docm")
            .header("rule", "Strict")
            .header("user_agent", "kiosk")
            .body("scandouble: a file that is mutated\n".to_owned()),
        Request::new("GET", "/metascan_rest/file/61dffeaa728844adbf49eb090e4ece0e"),
        Request::new("GET", &format!("/hash/{SHA256}"))
            .header("selfonly", "True")
            .header("timerange", "0")
            .header("include-inprogress", "False"),
        Request::new("POST", "/login")
            .header("Content-Type", FORM)
            .body(r#"{"user":"scandouble","password":"scandouble"}"#.to_owned()),
        Request::new("GET", "/version"),
        Request::new("GET", &format!("/hash/{archive}")).header("rule", "File%20scan"),
        Request::new("GET", &format!("/metascan_rest/hash/{MD5}")).header("apikey", "any"),
        Request::new("GET", "/file/rules").header("user_agent", "webscan"),
    ]
}

/// Requests to the admin API.
pub fn of_admin_api() -> Vec<Request> {
    let json = |method: &str, path: &str, body: &str| {
        let path = format!("/_world/r/_scandouble/{path}");
        Request::new(method, &path).header("Content-Type", "application/json").body(body)
    };
    vec![
        json("GET", "worlds", ""),
        json("PUT", "worlds/w1", ""),
        json("POST", "reset", r#"{"parts":["samples","queue"]}"#),
        json("PUT", "clock", r#"{"at":"2026-03-01T12:00:00Z","frozen":true}"#),
        json("POST", "clock/advance", r#"{"by":"90s"}"#),
        json("POST", "samples", SAMPLES),
        json("GET", "samples?limit=10&offset=0&name=eicar&verdict=infected", ""),
        json("PUT", &format!("samples/{SHA256}"), r#"{"name":"x","verdict":"clean","scanned_at":"-2d"}"#),
        json("POST", &format!("samples/{MD5}/advance"), ""),
        json(
            "POST",
            "faults",
            r#"{"id":"f","match":{"api":"metadefender-core","hash":"00"},"when":{"next":2},"then":{"status":503,"retry_after":5}}"#,
        ),
        json("PUT", "scenarios/flaky-1-in-3", r#"{"api":"metadefender-cloud"}"#),
        json(
            "GET",
            "journal?api=metadefender-cloud&status=4xx&path=/v2/*&hash=abc&since=0&limit=9&format=har",
            "",
        ),
        json("GET", "journal/1", ""),
        json("POST", "verify", VERIFY),
        json("GET", "coverage?world=all&api=metadefender-core&format=junit&out_of_scope=error.*", ""),
        json("GET", "behaviours", ""),
        json("PATCH", "settings", r#"{"auth":"any","max-body":1000000}"#),
        json("PUT", "settings/spectra-analyze.analysis-time", r#"{"value":"1h"}"#),
    ]
}

const VERIFY: &str = r#"{"expectations":[
    {"call":{"behaviour":"rescan.bulk.ok","hashes":["abc"],"header":{"apikey":null},"status":"2xx"},"times":0},
    {"call":{"api":"metadefender-cloud","path":"/v2/*","method":"POST"},"times":{"min":0},"anywhere":true}
],"in_order":true,"since":0}"#;

const SAMPLES: &str = r#"
settings: { metadefender-cloud.lookup-limit: 9 }
rules: [{ name: "Fuzz rule", blocks: [infected], modified: 2026-01-01T00:00:00Z }]
accounts:
  metadefender_cloud: [{ key: fuzzkey, lookup_limit: 2 }]
samples:
  - name: a.zip
    content: "an archive\n"
    engines: [{ engine: E, verdict: clean, definitions: 2015-08-13T09:32:48Z, scan_time: 1, wait_time: 3 }]
    children: [{ sample: b, path: "a.zip/b", metadefender_core: { detected_by: 9 } }]
  - &anchor
    name: b
    sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    scans:
      - { rule: "Fuzz rule", verdict: infected, threat: T, scanned_at: -2d, finishes_after: 90s }
    after_rescan: { verdict: infected, threat: X, after: 90s }
"#;
