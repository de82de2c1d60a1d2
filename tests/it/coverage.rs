//! The behaviour catalogue and coverage reports in the admin API.

use serde_json::{Value, json};

use crate::admin::{KNOWN, call_admin, emulator, get_json, look_up, problem};
use crate::harness::{self, ask, get};

const COVERAGE: &str = "/_scandouble/coverage";

fn coverage_of<'a>(report: &'a Value, api: &str) -> &'a Value {
    let apis = report["apis"].as_array().expect("apis");
    apis.iter().find(|one| one["api"] == api).expect("the API")
}

fn count(report: &Value, api: &str, id: &str) -> u64 {
    let rows = coverage_of(report, api)["behaviours"].as_array().expect("behaviours");
    rows.iter().find(|row| row["id"] == id).and_then(|row| row["count"].as_u64()).expect("the behaviour")
}

#[tokio::test]
async fn the_catalogue_is_listed() {
    let emulator = emulator().await;
    let all = get_json(&emulator, "/_scandouble/behaviours").await;
    let all = all["behaviours"].as_array().expect("behaviours");
    assert!(all.len() > 90, "{}", all.len());
    let cloud = get_json(&emulator, "/_scandouble/behaviours?api=metadefender-cloud").await;
    assert_eq!(
        cloud["behaviours"][0],
        json!({
            "name": "metadefender-cloud/bulk.ok",
            "api": "metadefender-cloud",
            "id": "bulk.ok",
            "summary": "A look-up of 1 to 1000 hashes, with the result of at least one.",
            "provenance": "documented",
            "grade": {"status": "documented", "body": "documented"},
            "source": "Multiple Hashes Lookup, Response.",
            "settings": ["metadefender-cloud.hash-case", "metadefender-cloud.result-key"],
            "since": "0.1.0",
        })
    );
    problem(&get("/_scandouble/behaviours?api=x").send(&emulator).await, 422);
}

#[tokio::test]
async fn answered_behaviours_are_counted() {
    let emulator = emulator().await;
    look_up(&emulator, "", KNOWN).await;
    look_up(&emulator, "", KNOWN).await;
    let report = get_json(&emulator, COVERAGE).await;
    assert_eq!(report["world"], "default");
    assert_eq!(count(&report, "metadefender-cloud", "bulk.ok"), 2);
    let cloud = coverage_of(&report, "metadefender-cloud");
    let rows = cloud["behaviours"].as_array().expect("rows").len();
    assert_eq!((&cloud["in_scope"], &cloud["exercised"]), (&json!(rows), &json!(1)));
    assert_eq!(cloud["percent"], ((1000 / rows) as f64) / 10.0);
    assert_eq!(report["total"]["exercised"], 1);
    let one = get_json(&emulator, &format!("{COVERAGE}?api=metadefender-cloud")).await;
    assert_eq!((&one["apis"][0], &one["total"]["in_scope"]), (cloud, &json!(rows)));
    assert_eq!(one["apis"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn coverage_of_all_worlds_includes_removed_ones() {
    let emulator = emulator().await;
    look_up(&emulator, "", KNOWN).await;
    look_up(&emulator, "/_world/a", KNOWN).await;
    look_up(&emulator, "/_world/b", KNOWN).await;
    call_admin(&emulator, "POST", "/_world/b/_scandouble/reset", "").await;
    assert_eq!(ask("DELETE", "/_scandouble/worlds/a").send(&emulator).await.status, 204);
    let counted = async |path: &str| count(&get_json(&emulator, path).await, "metadefender-cloud", "bulk.ok");
    assert_eq!(counted(COVERAGE).await, 1);
    assert_eq!(counted("/_world/b/_scandouble/coverage").await, 1, "a reset keeps it");
    assert_eq!(counted("/_scandouble/coverage?world=all").await, 3);
    assert_eq!(ask("DELETE", COVERAGE).send(&emulator).await.status, 204);
    assert_eq!((counted(COVERAGE).await, counted("/_scandouble/coverage?world=all").await), (0, 2));
    assert_eq!(ask("DELETE", "/_scandouble/coverage?world=all").send(&emulator).await.status, 204);
    assert_eq!(counted("/_scandouble/coverage?world=all").await, 0);
    problem(&get("/_scandouble/coverage?world=b").send(&emulator).await, 422);
}

#[tokio::test]
async fn behaviours_can_be_declared_out_of_scope() {
    let emulator = emulator().await;
    look_up(&emulator, "", KNOWN).await;
    let path = format!("{COVERAGE}?api=metadefender-cloud");
    let whole = get_json(&emulator, &path).await["total"]["in_scope"].as_u64().expect("a number");
    let less = get_json(&emulator, &format!("{path}&out_of_scope=*/error.*,+hash.found")).await;
    assert_eq!(less["total"]["in_scope"], whole - 3);
    let only = get_json(&emulator, &format!("{path}&out_of_scope=*")).await;
    assert_eq!(only["total"], json!({"in_scope": 0, "exercised": 0, "percent": 100.0}));
    let message = problem(&get(&format!("{path}&out_of_scope=bulk.okay")).send(&emulator).await, 422);
    assert!(
        message.starts_with("`out_of_scope`: behaviour: nothing in the catalogue is \"bulk.okay\""),
        "{message}"
    );

    let setting = "/_scandouble/settings/coverage-out-of-scope";
    let set = call_admin(&emulator, "PUT", setting, r#"{"value":"error.*,gone.row"}"#).await;
    assert_eq!(set.status, 200, "{}", set.text());
    let less = get_json(&emulator, &path).await;
    assert_eq!(less["total"]["in_scope"], whole - 2);
    assert_eq!(less["unknown_out_of_scope"], json!(["gone.row"]));
    problem(&call_admin(&emulator, "PUT", setting, r#"{"value":"<"}"#).await, 422);

    let all = harness::start_with(crate::admin::FIXTURE, |builder| {
        builder.setting("coverage-out-of-scope", "spectra-*/*, metadefender-core/*")
    })
    .await;
    let report = get_json(&all, COVERAGE).await;
    assert_eq!(report["total"]["in_scope"], coverage_of(&report, "metadefender-cloud")["in_scope"]);
}

#[tokio::test]
async fn coverage_is_available_as_text() {
    let emulator = emulator().await;
    look_up(&emulator, "", KNOWN).await;
    let answer = get(&format!("{COVERAGE}?api=metadefender-cloud&format=text&out_of_scope=error.*"))
        .send(&emulator)
        .await;
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    let text = answer.text();
    let report =
        get_json(&emulator, &format!("{COVERAGE}?api=metadefender-cloud&out_of_scope=error.*")).await;
    let share = &report["total"];
    let percent = share["percent"].as_f64().expect("a number");
    let first = format!("Coverage of the world \"default\"\n\n  metadefender-cloud  {percent:>5.1} %  [");
    assert!(text.starts_with(&first), "{text}");
    assert!(
        text.contains(&format!("]    1 of {:>3}\n", share["in_scope"].as_u64().expect("a number"))),
        "{text}"
    );
    assert!(text.contains("\n  never  bulk.too-many                 More than 1000 hashes.\n"), "{text}");
    assert!(
        text.contains("\n      1  bulk.ok                       A look-up of 1 to 1000 hashes"),
        "{text}"
    );
    assert!(text.contains("\n      -  error.500                     out of scope\n"), "{text}");
}

#[tokio::test]
async fn coverage_is_available_as_junit() {
    let emulator = emulator().await;
    look_up(&emulator, "", KNOWN).await;
    let answer = get(&format!("{COVERAGE}?format=junit&out_of_scope=error.*")).send(&emulator).await;
    assert_eq!(answer.header("content-type"), Some("application/xml; charset=utf-8"));
    let text = answer.text();
    let (mut cases, mut skipped) = (0, 0);
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event().expect("well-formed") {
            quick_xml::events::Event::Start(tag) if tag.name().as_ref() == "testcase" => cases += 1,
            quick_xml::events::Event::Empty(tag) if tag.name().as_ref() == "skipped" => skipped += 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(skipped, cases - 1);
    assert!(
        text.contains(&format!("tests=\"{cases}\" failures=\"0\" errors=\"0\" skipped=\"{skipped}\"")),
        "{text}"
    );
    assert!(text.contains(
        "name=\"bulk.ok\" time=\"0\">\n      <system-out>answered 1 times</system-out>\n    </testcase>"
    ));
    assert!(text.contains("<skipped message=\"never exercised: More than 1000 hashes.\"/>"));
    assert!(text.contains("<skipped message=\"out of scope\"/>"));
}

#[tokio::test]
async fn coverage_is_available_as_a_self_contained_page() {
    let emulator = emulator().await;
    look_up(&emulator, "", KNOWN).await;
    let answer = get(&format!("{COVERAGE}?format=html&world=all")).send(&emulator).await;
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    let page = answer.text();
    assert!(page.starts_with("<!doctype html>") && page.contains("<h1>all worlds</h1>"));
    for outside in ["http://", "https://", "<script", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    problem(&get(&format!("{COVERAGE}?format=pdf")).send(&emulator).await, 422);
}
