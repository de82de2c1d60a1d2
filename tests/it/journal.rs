//! The journal in the admin API: recorded exchanges, filters, redaction, limits, long polls and HAR export.

mod all_worlds;
mod events;
mod request_numbers;

use serde_json::{Value, json};

use crate::admin::{KNOWN, call_admin, emulator, get_json, look_up, problem};
use crate::harness::{self, ask, get, post};

const JOURNAL: &str = "/_scandouble/journal";
const SINGLE: &str = "/api/rescan/v1/query/md5/c90ae688b2a3b1fd0751fd743eb385cd";

fn numbers(list: &Value) -> Vec<u64> {
    list["entries"].as_array().expect("entries").iter().filter_map(|entry| entry["number"].as_u64()).collect()
}

#[tokio::test]
async fn entries_contain_the_whole_exchange_with_credentials_redacted() {
    let emulator = emulator().await;
    let answer = post("/v2/hash?key=secretkey&x=1")
        .header("apikey", "k7")
        .header("X-Api-Key", "0123456789")
        .header("Cookie", "sid=abcdef")
        .json(&format!("{{\"hash\":[\"{KNOWN}\"],\"password\":\"hunter2\"}}"))
        .send(&emulator)
        .await;
    let list = get_json(&emulator, JOURNAL).await;
    assert_eq!(
        (&list["world"], &list["dropped"], &list["first_held"], &list["last"], &list["matching"]),
        (&json!("default"), &json!(0), &json!(1), &json!(1), &json!(1))
    );
    let entry = &list["entries"][0];
    assert_eq!(entry, &get_json(&emulator, &format!("{JOURNAL}/1")).await);
    assert_eq!(entry["number"], 1);
    assert_eq!(entry["at"], "2026-03-01T12:00:00.000Z");
    assert!(entry["took_ms"].as_f64().is_some_and(|took| took >= 0.0));
    assert_eq!((&entry["api"], &entry["account"]), (&json!("metadefender-cloud"), &json!("k***")));
    assert_eq!(
        entry["behaviours"],
        json!([{"name": "metadefender-cloud/bulk.ok", "provenance": "documented"}])
    );
    let request = &entry["request"];
    assert_eq!((&request["method"], &request["path"]), (&json!("POST"), &json!("/v2/hash")));
    assert_eq!(request["query"], "key=secr***&x=1");
    assert_eq!(request["headers"]["apikey"], json!(["k***"]));
    assert_eq!(request["headers"]["x-api-key"], json!(["0123***"]));
    assert_eq!(request["headers"]["cookie"], json!(["sid=***"]));
    assert_eq!(
        request["body"],
        json!({"size": 66, "text": format!("{{\"hash\":[\"{KNOWN}\"],\"password\":\"***\"}}")})
    );
    assert_eq!(entry["response"]["status"], 200);
    assert_eq!(entry["response"]["body"]["text"], answer.text());
    assert_eq!(entry["response"]["headers"]["content-type"], json!([answer.header("content-type")]));
    assert_eq!(entry["faults"], json!([]));
}

#[tokio::test]
async fn credentials_are_redacted_in_json_and_har() {
    let emulator = harness::start(
        "accounts:\n  spectra_analyze: [{user: scandouble, password: hunter2pw, token: exampletoken}]\n\
         \x20 spectra_intelligence: [{user: u/one, password: hunter2pw}]\n",
    )
    .await;
    get(SINGLE).basic("u/one", "hunter2pw").send(&emulator).await;
    get(SINGLE).header("Authorization", "Bearer exampletoken").send(&emulator).await;
    post("/api-token-auth/").form("username=scandouble&password=hunter2pw").send(&emulator).await;
    post("/api-token-auth/")
        .json("{\"username\":\"scandouble\",\"password\":\"hunter2pw\"}")
        .send(&emulator)
        .await;
    let part = "--xx\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2pw\r\n--xx--\r\n";
    post("/api-token-auth/")
        .header("Content-Type", "multipart/form-data; boundary=xx")
        .body(part)
        .send(&emulator)
        .await;
    post("/api/samples/status/").header("Authorization", "Token exampletoken").send(&emulator).await;
    let issued = "scandouble:hunter2pw";
    for format in ["json", "har"] {
        let answer = get(&format!("{JOURNAL}?format={format}")).send(&emulator).await;
        let text = answer.text();
        for secret in ["hunter2pw", "exampletoken", "dS9vbmU6", issued] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains("Basic ***") && text.contains("Token exam***"), "{text}");
    }
    let list = get_json(&emulator, JOURNAL).await;
    let token = &list["entries"][2]["response"]["body"];
    assert_eq!(
        (token["size"].as_u64(), token["text"].as_str().map(str::len)),
        (Some(52), Some(19)),
        "{token}"
    );
    assert_eq!(list["entries"][2]["request"]["body"]["text"], "username=scandouble&password=***");
}

#[tokio::test]
async fn passwords_are_redacted_in_every_encoding() {
    let emulator = harness::start(
        "accounts:\n  spectra_analyze: [{user: scandouble, password: hunter2pw, token: exampletoken}]\n",
    )
    .await;
    let part =
        |name: &str, value: &str| format!("--xx\r\nContent-Disposition: form-data;{name}\r\n\r\n{value}\r\n");
    let multipart = |password: &str| {
        let body = part("name=\"username\"", "scandouble") + &part(password, "hunter2pw") + "--xx--\r\n";
        post("/api-token-auth/").header("Content-Type", "multipart/form-data; boundary=xx").body(body)
    };
    let granted = [
        multipart("name=\"password\""),
        multipart("\tNAME = \"password\""),
        post("/api-token-auth/").form("[=1&username=scandouble&password=hunter2pw"),
        post("/api-token-auth/").form("{\"a\":\"&username=scandouble&password=hunter2pw&\"}"),
    ];
    let refused = [
        multipart(" x=\";name=password;\""),
        post("/api-token-auth/").json("{\"username\":\"scandouble\",\"password\":[\"hunter2pw\"]}"),
        post("/api-token-auth/").json("\u{feff}{\"username\":\"scandouble\",\"password\":\"hunter2pw\"}"),
        post("/api/rescan/v1/bulk_query/xml").body("<rl><password><![CDATA[hunter2pw]]></password></rl>"),
        get("/v2/hash/a?a=b;apikey=SECREThunter2pw").header("Cookie", "hunter2pw"),
    ];
    for ask in granted {
        assert_eq!(ask.clone().send(&emulator).await.status, 200, "{ask:?}");
    }
    for ask in refused {
        assert!(ask.clone().send(&emulator).await.status >= 400, "{ask:?}");
    }
    let verification = json!({"expectations": [{"call": {"path": "/api-token-auth/", "body": {"username": "nobody"}}, "times": 1}]});
    for text in [
        get(JOURNAL).send(&emulator).await.text(),
        get(&format!("{JOURNAL}?format=har")).send(&emulator).await.text(),
        call_admin(&emulator, "POST", "/_scandouble/verify", &verification.to_string()).await.text(),
    ] {
        assert!(!text.contains("hunter2pw") && text.contains("***"), "{text}");
    }
}

#[tokio::test]
async fn binary_bodies_are_in_base64_and_too_large_ones_are_omitted() {
    let emulator = harness::start_with("samples: []", |builder| builder.setting("max-body", "10")).await;
    post("/v2/hash").body(vec![0xff, 0xfe]).send(&emulator).await;
    post("/v2/hash").body(vec![b'a'; 11]).send(&emulator).await;
    let list = get_json(&emulator, JOURNAL).await;
    assert_eq!(list["entries"][0]["request"]["body"], json!({"size": 2, "base64": "//4="}));
    assert_eq!(list["entries"][1]["request"]["body"], json!({"too_large": true}));
}

#[tokio::test]
async fn filters_select_matching_entries() {
    let emulator = emulator().await;
    call_admin(
        &emulator,
        "PUT",
        "/_scandouble/faults/f-1",
        r#"{"match":{"hash":"abc"},"then":{"status":503}}"#,
    )
    .await;
    look_up(&emulator, "", KNOWN).await;
    look_up(&emulator, "", "abc").await;
    get(SINGLE).basic("u/one", "p").send(&emulator).await;
    get("/nowhere").send(&emulator).await;
    look_up(&emulator, "/_world/other", KNOWN).await;
    for (filter, expected) in [
        ("", &[1, 2, 3, 4][..]),
        ("api=metadefender-cloud", &[1, 2]),
        ("api=metadefender_cloud&status=503", &[2]),
        ("behaviour=metadefender-cloud/bulk.ok", &[1]),
        ("behaviour=bulk.ok", &[1]),
        ("behaviour=rescan.*", &[3]),
        ("behaviour=spectra-intelligence/*", &[3]),
        ("account=k7", &[1, 2]),
        ("account=k***", &[1, 2]),
        ("account=u/one", &[3]),
        ("account=anonymous", &[4]),
        ("method=get", &[3, 4]),
        ("path=/v2/hash", &[1, 2]),
        ("path=/v2", &[]),
        ("path=/v2*", &[1, 2]),
        ("endpoint=POST+/v2/hash", &[1, 2]),
        ("endpoint=GET+/api/rescan/v1/query/%7Bhash_type%7D/%7Bhash_value%7D", &[3]),
        ("status=200", &[1, 3]),
        ("status=4xx", &[4]),
        ("status=5xx", &[2]),
        ("fault=f-1", &[2]),
        ("fault=*", &[2]),
        ("finding=near-miss", &[]),
        ("hash=C90AE688B2A3B1FD0751FD743EB385CD", &[1, 3]),
        ("since=2", &[3, 4]),
        ("limit=1", &[4]),
        ("since=1&limit=1", &[2]),
        ("limit=0", &[]),
    ] {
        let list = get_json(&emulator, &format!("{JOURNAL}?{filter}")).await;
        assert_eq!(numbers(&list), expected, "{filter}");
    }
    assert_eq!(get_json(&emulator, &format!("{JOURNAL}?since=1&limit=1")).await["matching"], 3);
    let other = get_json(&emulator, "/_world/other/_scandouble/journal").await;
    assert_eq!((numbers(&other), &other["world"]), (vec![1], &json!("other")));
    assert_eq!(other["entries"][0]["request"]["prefix"], "/_world/other");
}

#[tokio::test]
async fn invalid_filter_values_are_refused_with_advice() {
    let emulator = emulator().await;
    for (filter, detail) in [
        ("api=cloud", "api: there is no API \"cloud\"; there are spectra-intelligence, "),
        (
            "behaviour=rescan.bulk.okay",
            "behaviour: nothing in the catalogue is \"rescan.bulk.okay\"; did you mean rescan.bulk.ok?",
        ),
        ("endpoint=GET+/x", "endpoint: \"GET /x\" is none of GET /api/rescan/"),
        ("status=abc", "status: a number such as 404, or a class such as \"4xx\", not \"abc\""),
        ("finding=bad", "finding: one of any, deviation, advice, near-miss, effect, not \"bad\""),
        ("wait=2m", "`wait`: the maximum is 60s; send the request again to wait longer"),
        ("wait=soon", "`wait`: "),
        ("format=xml", "`format` must be json or har, not \"xml\""),
    ] {
        let answer = get(&format!("{JOURNAL}?{filter}")).send(&emulator).await;
        let message = problem(&answer, 422);
        assert!(message.starts_with(detail), "{message}");
    }
    problem(&get(&format!("{JOURNAL}?nothing=1")).send(&emulator).await, 400);
    problem(&get(&format!("{JOURNAL}/first")).send(&emulator).await, 400);
    let message = problem(&get(&format!("{JOURNAL}/7")).send(&emulator).await, 404);
    assert_eq!(message, "the journal has no entry 7; it holds 1 to 0, and its limits have dropped 0");
}

#[tokio::test]
async fn dropped_entries_are_counted_until_the_journal_is_cleared() {
    let emulator =
        harness::start_with("samples: []", |builder| builder.setting("journal-entries", "2")).await;
    for _ in 0..5 {
        get("/nowhere").send(&emulator).await;
    }
    let list = get_json(&emulator, JOURNAL).await;
    assert_eq!((numbers(&list), &list["dropped"], &list["first_held"]), (vec![4, 5], &json!(3), &json!(4)));
    problem(&get(&format!("{JOURNAL}/1")).send(&emulator).await, 404);
    assert_eq!(ask("DELETE", JOURNAL).send(&emulator).await.status, 204);
    let list = get_json(&emulator, JOURNAL).await;
    assert_eq!(
        (numbers(&list), &list["dropped"], &list["first_held"], &list["last"]),
        (vec![], &json!(0), &json!(6), &json!(5))
    );
    get("/nowhere").send(&emulator).await;
    assert_eq!(numbers(&get_json(&emulator, JOURNAL).await), [6]);
}

#[tokio::test]
async fn a_long_poll_ends_with_a_matching_entry() {
    let emulator = emulator().await;
    look_up(&emulator, "", KNOWN).await;
    let path = format!("{JOURNAL}?wait=30s&since=1&status=404");
    let poll = get(&path).send(&emulator);
    let others = async {
        look_up(&emulator, "", KNOWN).await;
        look_up(&emulator, "/_world/other", KNOWN).await;
        get("/nowhere").send(&emulator).await;
    };
    let (answer, ()) = tokio::join!(poll, others);
    assert_eq!((answer.status, numbers(&answer.json())), (200, vec![3]));
    // An entry that exists already ends the poll at once.
    let answer = get(&format!("{JOURNAL}?wait=30s&status=404")).send(&emulator).await;
    assert_eq!(numbers(&answer.json()), [3]);
    // A poll that times out returns an empty list, not an error.
    let answer = get(&format!("{JOURNAL}?wait=1ms&since=3")).send(&emulator).await;
    assert_eq!((answer.status, numbers(&answer.json()), &answer.json()["last"]), (200, vec![], &json!(3)));
    // A poll can also wait for a finding.
    let poll = get(&format!("{JOURNAL}?wait=30s&since=3&finding=advice"));
    let (answer, _) = tokio::join!(poll.send(&emulator), async {
        look_up(&emulator, "", KNOWN).await;
        post("/v2/hash?x=1").header("apikey", "k7").json("{\"hash\":[\"a\"]}").send(&emulator).await
    });
    assert_eq!(numbers(&answer.json()), [5]);
}

#[tokio::test]
async fn the_journal_can_be_exported_as_har() {
    let emulator = emulator().await;
    look_up(&emulator, "/_world/t1", KNOWN).await;
    get("/_world/t1/nowhere?a=b%20c").send(&emulator).await;
    let har = get_json(&emulator, "/_world/t1/_scandouble/journal?format=har&status=200").await;
    let log = &har["log"];
    assert_eq!((&log["version"], &log["creator"]["name"]), (&json!("1.2"), &json!("scandouble")));
    assert_eq!(log["entries"].as_array().map(Vec::len), Some(1));
    let entry = &log["entries"][0];
    assert_eq!(entry["request"]["url"], "http://scandouble.test/_world/t1/v2/hash");
    assert_eq!(entry["request"]["postData"]["mimeType"], "application/json");
    assert_eq!(entry["response"]["content"]["mimeType"], "application/json; charset=utf-8");
    assert_eq!(entry["response"]["statusText"], "OK");
    assert_eq!(entry["time"], entry["timings"]["wait"]);
    let all = get_json(&emulator, "/_world/t1/_scandouble/journal?format=har").await;
    assert_eq!(all["log"]["entries"][1]["request"]["queryString"], json!([{"name": "a", "value": "b c"}]));
    // The fields that HAR requires in every entry.
    for entry in all["log"]["entries"].as_array().expect("entries") {
        for name in ["startedDateTime", "time", "request", "response", "cache", "timings"] {
            assert!(entry.get(name).is_some(), "{name}");
        }
        for name in
            ["method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"]
        {
            assert!(entry["request"].get(name).is_some(), "request.{name}");
        }
        for name in [
            "status",
            "statusText",
            "httpVersion",
            "cookies",
            "headers",
            "content",
            "redirectURL",
            "headersSize",
            "bodySize",
        ] {
            assert!(entry["response"].get(name).is_some(), "response.{name}");
        }
    }
}

#[tokio::test]
async fn responses_to_head_have_no_body_in_har() {
    let emulator = emulator().await;
    ask("HEAD", "/_world/t1/version").send(&emulator).await;
    get("/_world/t1/version").send(&emulator).await;
    let har = get_json(&emulator, "/_world/t1/_scandouble/journal?format=har").await;
    let shown = |at: usize| {
        let response = &har["log"]["entries"][at]["response"];
        let size = response["bodySize"].as_u64().expect("a size");
        (size, response["content"]["size"].clone(), response["content"]["text"].clone())
    };
    assert_eq!(shown(0), (0, json!(0), json!("")));
    assert!(shown(1).0 > 0 && shown(1).1 == shown(1).0, "{har}");
}

#[tokio::test]
async fn all_journals_share_a_memory_limit() {
    const TOTAL: usize = 4 << 20;
    let emulator = harness::start_with("samples: []", |builder| {
        builder.setting("journal-bytes-total", TOTAL.to_string())
    })
    .await;
    let send = async |world: usize, size: usize| {
        let ask = post(&format!("/_world/w{world}/v2/hash")).body(vec![b'x'; size]);
        ask.send(&emulator).await;
    };
    send(0, 10).await;
    for _ in 0..4 {
        for world in 1..8 {
            send(world, 400_000).await;
        }
    }
    let (mut held, mut dropped) = (0, 0);
    for world in 1..8 {
        let list = get_json(&emulator, &format!("/_world/w{world}/_scandouble/journal")).await;
        let entries = list["entries"].as_array().expect("entries").clone();
        held += entries.iter().filter_map(|entry| entry["request"]["body"]["size"].as_u64()).sum::<u64>();
        dropped += list["dropped"].as_u64().expect("a count");
        assert_eq!(entries.len() as u64 + list["dropped"].as_u64().expect("a count"), 4);
    }
    assert!(held <= TOTAL as u64 && held > TOTAL as u64 / 2, "{held}");
    assert!(dropped > 0);
    // Small journals lose nothing, and verification does not treat dropped entries as absent.
    let small = get_json(&emulator, "/_world/w0/_scandouble/journal").await;
    assert_eq!((numbers(&small), &small["dropped"]), (vec![1], &json!(0)));
    let verification = json!({"expectations": [{"call": {"path": "/other"}, "times": 0}]}).to_string();
    let answer = call_admin(&emulator, "POST", "/_world/w1/_scandouble/verify", &verification).await;
    assert_eq!(answer.json()["outcome"], "unknown", "{}", answer.text());
    // Removing a world frees the memory of its journal.
    for world in 0..8 {
        ask("DELETE", &format!("/_scandouble/worlds/w{world}")).send(&emulator).await;
    }
    send(9, 3_000_000).await;
    assert_eq!(numbers(&get_json(&emulator, "/_world/w9/_scandouble/journal").await), [1]);
}
