//! `GET /_scandouble/journal?world=all`, and requests that no journal has.

use serde_json::{Value, json};

use super::numbers;
use crate::admin::{KNOWN, call_admin, emulator, get_json, look_up, problem};
use crate::harness::{self, get, post};

const ALL: &str = "/_scandouble/journal?world=all";

/// The world and the number of each entry.
fn places(list: &Value) -> Vec<(String, u64)> {
    let entries = list["entries"].as_array().expect("entries").iter();
    let place = |entry: &Value| {
        (entry["world"].as_str().expect("a world").to_owned(), entry["number"].as_u64().expect("a number"))
    };
    entries.map(place).collect()
}

fn requests(list: &Value) -> Vec<u64> {
    let entries = list["entries"].as_array().expect("entries").iter();
    entries.map(|entry| entry["request_number"].as_u64().expect("a number")).collect()
}

#[tokio::test]
async fn entries_of_all_worlds_come_in_the_order_of_their_requests() {
    let emulator = emulator().await;
    look_up(&emulator, "/_world/b", KNOWN).await;
    look_up(&emulator, "", KNOWN).await;
    look_up(&emulator, "/_world/a", "abc").await;
    get("/_scandouble/worlds").send(&emulator).await;
    get("/_world/b/nowhere").send(&emulator).await;
    let expected = [("b", 1), ("default", 1), ("a", 1), ("b", 2)].map(|(name, at)| (name.to_owned(), at));
    let list = get_json(&emulator, ALL).await;
    assert_eq!(places(&list), expected);
    assert_eq!(requests(&list), [1, 2, 3, 5]);
    assert_eq!(
        (&list["world"], &list["dropped"], &list["first_held"], &list["last"], &list["last_request"]),
        (&Value::Null, &json!(0), &json!(1), &json!(5), &json!(5))
    );
    // From every world the list is the same, but for the number of the request that asks for it.
    assert_eq!(places(&get_json(&emulator, &format!("/_world/b{ALL}")).await), expected);
    for (filter, expected) in [
        ("api=metadefender-cloud", &[1, 2, 3][..]),
        ("behaviour=bulk.ok", &[1, 2]),
        ("status=404", &[5]),
        ("path=/v2*&method=post", &[1, 2, 3]),
        (&format!("hash={KNOWN}"), &[1, 2]),
        ("after=2", &[3, 5]),
        ("after=1&limit=2", &[2, 3]),
        ("after=3&limit=2", &[5]),
        ("after=4", &[5]),
        ("after=5", &[]),
        ("limit=2", &[3, 5]),
        ("after=1000000", &[1, 2, 3, 5]),
    ] {
        let list = get_json(&emulator, &format!("{ALL}&{filter}")).await;
        assert_eq!(requests(&list), expected, "{filter}");
    }
    let own = get_json(&emulator, "/_world/b/_scandouble/journal?after=1").await;
    assert_eq!(numbers(&own), [2]);
    let message = problem(&get(&format!("{ALL}&since=1")).send(&emulator).await, 422);
    assert_eq!(
        message,
        "`since` is a number within one world; with `world=all` use `after`, a request number"
    );
    let message = problem(&get("/_scandouble/journal?world=b").send(&emulator).await, 422);
    assert_eq!(message, "`world` must be all; the journal of one world is at /_world/b/_scandouble/journal");
}

#[tokio::test]
async fn each_entry_is_redacted_as_its_world_knows_the_credentials() {
    let emulator = emulator().await;
    let account = r#"{"accounts":{"metadefender_cloud":[{"key":"own-key-of-w"}]}}"#;
    call_admin(&emulator, "POST", "/_world/w/_scandouble/samples", account).await;
    get("/_world/w/hash/own-key-of-w").send(&emulator).await;
    get("/hash/x").send(&emulator).await;
    for format in ["json", "har"] {
        let answer = get(&format!("{ALL}&format={format}")).send(&emulator).await;
        assert!(!answer.text().contains("own-key-of-w"), "{}", answer.text());
        assert!(answer.text().contains("/hash/own-***"), "{}", answer.text());
    }
    let har = get_json(&emulator, &format!("{ALL}&format=har")).await;
    let worlds: Vec<_> =
        har["log"]["entries"].as_array().expect("entries").iter().map(|entry| &entry["_world"]).collect();
    assert_eq!(worlds, ["w", "default"]);
}

#[tokio::test]
async fn a_long_poll_waits_for_an_entry_of_any_world() {
    let emulator = emulator().await;
    look_up(&emulator, "", KNOWN).await;
    let path = format!("{ALL}&wait=30s&after=1&status=404");
    let others = async {
        look_up(&emulator, "/_world/new", KNOWN).await;
        get("/_world/newer/nowhere").send(&emulator).await;
    };
    let (answer, ()) = tokio::join!(get(&path).send(&emulator), others);
    assert_eq!(places(&answer.json()), [("newer".to_owned(), 1)]);
    let answer = get(&format!("{ALL}&wait=1ms&after=100&status=500")).send(&emulator).await;
    assert_eq!((answer.status, requests(&answer.json())), (200, vec![]));
}

#[tokio::test]
async fn dropped_entries_of_all_worlds_are_counted() {
    let emulator =
        harness::start_with("samples: []", |builder| builder.setting("journal-entries", "1")).await;
    for world in ["a", "b", "a", "b", "b"] {
        get(&format!("/_world/{world}/nowhere")).send(&emulator).await;
    }
    let list = get_json(&emulator, ALL).await;
    assert_eq!((&list["dropped"], &list["first_held"]), (&json!(3), &json!(3)));
    assert_eq!(requests(&list), [3, 5]);
}

#[tokio::test]
async fn the_journals_of_all_worlds_are_cleared_at_once() {
    let emulator = emulator().await;
    for world in ["", "/_world/a", "/_world/b"] {
        get(&format!("{world}/nowhere")).send(&emulator).await;
    }
    let refused = harness::ask("DELETE", "/_scandouble/journal?world=b").send(&emulator).await;
    assert_eq!(
        problem(&refused, 422),
        "`world` must be all; the journal of one world is at /_world/b/_scandouble/journal"
    );
    harness::ask("DELETE", "/_world/a/_scandouble/journal").send(&emulator).await;
    assert_eq!(requests(&get_json(&emulator, ALL).await), [1, 3], "without the parameter, that of one world");
    let cleared = harness::ask("DELETE", ALL).send(&emulator).await;
    assert_eq!((cleared.status, cleared.text()), (204, ""));
    assert!(requests(&get_json(&emulator, ALL).await).is_empty());
    get("/_world/b/nowhere").send(&emulator).await;
    assert_eq!(places(&get_json(&emulator, ALL).await), [("b".to_owned(), 2)], "the numbering continues");
}

#[tokio::test]
async fn looking_with_a_browser_creates_no_world_and_leaves_nothing_in_a_journal() {
    let emulator = emulator().await;
    for prefix in ["", "/_world/nobody"] {
        for path in
            ["/", "/favicon.ico", "/_scandouble/console", "/_scandouble/console/app.js", "/_scandouble/"]
        {
            for method in ["GET", "HEAD"] {
                let answer = harness::ask(method, &format!("{prefix}{path}"));
                answer.header("Accept", "text/html").send(&emulator).await;
            }
        }
        get(&format!("{prefix}{ALL}")).send(&emulator).await;
    }
    get("/_world/nobody").send(&emulator).await;
    let worlds = get_json(&emulator, "/_scandouble/worlds").await;
    assert_eq!(worlds["worlds"].as_array().map(Vec::len), Some(1), "{worlds}");
    assert_eq!(places(&get_json(&emulator, ALL).await), []);
    let nothing = json!({"expectations": [{"call": {}, "times": 0}], "nothing_else": true}).to_string();
    assert_eq!(call_admin(&emulator, "POST", "/_scandouble/verify", &nothing).await.status, 200);
    // What a client sends by mistake is recorded.
    post("/").send(&emulator).await;
    get("/_world/nobody/favicon.ico/x").send(&emulator).await;
    let places = places(&get_json(&emulator, ALL).await);
    assert_eq!(places, [("default".to_owned(), 1), ("nobody".to_owned(), 1)]);
}

#[tokio::test]
async fn on_the_listener_of_an_api_only_the_icon_is_ignored() {
    let free = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let emulator = harness::start_with("samples: []", |builder| {
        builder.listen(free).listen_for("metadefender-core", free)
    })
    .await;
    let address = emulator.listen_addresses()[1].address.tcp().expect("an address");
    for path in ["/favicon.ico", "/"] {
        let answer = harness::exchange(address, &get(path).bytes()).await;
        let kind = answer.header("content-type");
        assert_eq!((answer.status, kind), (404, Some("application/json; charset=utf-8")), "{path}");
    }
    let list = get_json(&emulator, ALL).await;
    assert_eq!(list["entries"][0]["request"]["path"], "/");
    assert_eq!(list["matching"], 1);
}
