//! Worlds that come and go while somebody uses them: idle, removed, reset, removed and made again.

use std::time::Duration;

use scandouble::accounts::Holder;
use scandouble::keeper::What;
use scandouble::samples::Change;
use scandouble::{Builder, Emulator};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::door::{FIXTURE, KNOWN, door, emulator, look, look_up, problem};
use crate::harness::{Answer, NOW, advance, ask, get, instant, post, start_with};
use crate::kept;

const OWN: &str = "samples: [{name: own.txt, content: own, verdict: infected}]";
/// Longer than anything here takes, even on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

async fn names(emulator: &Emulator) -> Vec<String> {
    let list = look(emulator, "/_scandouble/worlds").await;
    let worlds = list["worlds"].as_array().expect("a list");
    worlds.iter().filter_map(|world| world["name"].as_str().map(str::to_owned)).collect()
}

fn numbers(list: &Value) -> Vec<u64> {
    list["entries"].as_array().expect("entries").iter().filter_map(|entry| entry["number"].as_u64()).collect()
}

/// Asks again and again until the answer is as wanted.
async fn until(emulator: &Emulator, path: &str, wanted: impl Fn(&Answer) -> bool) {
    let asking = async { while !wanted(&get(path).send(emulator).await) {} };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("{path} never is as wanted"));
}

#[tokio::test]
async fn nobody_loses_an_idle_world_by_looking_at_it_or_by_a_stop() {
    let db = kept::fresh("idle-world.db");
    let idle = |builder: Builder| builder.setting("world-idle", "0s").db(&db);
    let emulator = start_with(FIXTURE, idle).await;
    assert_eq!(post("/_world/t42/_scandouble/samples").body(OWN).send(&emulator).await.status, 200);
    look_up(&emulator, "/_world/t42", KNOWN).await;
    assert_eq!(names(&emulator).await, ["default", "t42"]);
    look(&emulator, "/_scandouble/coverage?world=all").await;
    door(&emulator, "DELETE", "/_scandouble/coverage?world=all", "").await;
    assert_eq!(names(&emulator).await, ["default", "t42"]);
    emulator.stop().await.expect("stops");

    let emulator = start_with(FIXTURE, idle).await;
    assert_eq!(names(&emulator).await, ["default", "t42"]);
    assert_eq!(look(&emulator, "/_world/t42/_scandouble/samples").await["total"], 2);
}

#[tokio::test]
async fn only_a_world_too_many_costs_the_idle_ones() {
    for idle in ["0s", "at-once"] {
        let full = |builder: Builder| builder.setting("world-idle", idle).setting("max-worlds", "2");
        let emulator = start_with(FIXTURE, full).await;
        for name in ["a", "b"] {
            look_up(&emulator, &format!("/_world/{name}"), KNOWN).await;
        }
        assert_eq!(names(&emulator).await, ["default", "a", "b"]);
        assert_eq!(look_up(&emulator, "/_world/c", KNOWN).await.status, 200);
        assert_eq!(names(&emulator).await, ["default", "c"], "{idle}");
    }
}

#[tokio::test]
async fn a_fixture_that_arrives_after_its_world_has_gone_claims_nothing() {
    let emulator = emulator().await;
    let fixture = "accounts: {metadefender_cloud: [{key: of-ghost}]}";
    let send = |world: &str| post(&format!("/_world/{world}/_scandouble/samples")).body(fixture);
    let request = send("ghost").bytes();
    let (first, rest) = request.split_at(request.len() - 10);
    let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
    stream.write_all(first).await.expect("sends");
    until(&emulator, "/_scandouble/worlds/ghost", |answer| answer.status == 200).await;
    assert_eq!(ask("DELETE", "/_scandouble/worlds/ghost").send(&emulator).await.status, 204);
    stream.write_all(rest).await.expect("sends");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("answers");
    let answer = Answer::read(&bytes).expect("an answer");
    assert_eq!(
        problem(&answer, 409),
        "the world \"ghost\" was removed while the fixture arrived; nothing was loaded: send it again to make the \
         world anew"
    );

    assert_eq!(send("other").send(&emulator).await.status, 200);
    let with_key = post("/v2/hash").header("apikey", "of-ghost").json("{\"hash\":[\"a\"]}");
    assert_eq!(with_key.send(&emulator).await.status, 200);
    assert_eq!(names(&emulator).await, ["default", "other"]);
}

#[tokio::test]
async fn whoever_waits_for_an_entry_gets_it_across_a_reset() {
    let emulator = emulator().await;
    let journal = "/_world/w/_scandouble/journal";
    for _ in 0..3 {
        look_up(&emulator, "/_world/w", KNOWN).await;
    }
    for (since, parts) in [(3, "{}"), (4, r#"{"parts":["journal"]}"#)] {
        let poll = get(&format!("{journal}?since={since}&wait=20s")).send(&emulator);
        let (answer, ()) = tokio::join!(poll, async {
            assert_eq!(door(&emulator, "POST", "/_world/w/_scandouble/reset", parts).await.status, 200);
            look_up(&emulator, "/_world/w", KNOWN).await;
        });
        assert_eq!(numbers(&answer.json()), [since + 1], "{}", answer.text());
    }
    let list = look(&emulator, journal).await;
    assert_eq!((numbers(&list), &list["first_held"], &list["last"]), (vec![5], &json!(5), &json!(5)));
}

#[tokio::test]
async fn a_request_from_before_a_reset_stays_out_of_the_journal() {
    let emulator = emulator().await;
    let slow = r#"{"then":{"latency":"500ms"}}"#;
    door(&emulator, "PUT", "/_scandouble/faults/slow", slow).await;
    let (answer, ()) = tokio::join!(look_up(&emulator, "", KNOWN), async {
        until(&emulator, "/_scandouble/faults/slow", |shown| shown.json()["fired"] == 1).await;
        door(&emulator, "POST", "/_scandouble/reset", "").await;
    });
    assert_eq!(answer.status, 200);
    let list = look(&emulator, "/_scandouble/journal").await;
    assert_eq!((numbers(&list), &list["dropped"]), (vec![], &json!(0)));
    look_up(&emulator, "", KNOWN).await;
    let list = look(&emulator, "/_scandouble/journal").await;
    assert_eq!(list["matching"], 1, "what comes after is kept");
}

#[tokio::test]
async fn a_wait_ends_with_its_world_and_begins_anew_with_the_next_of_its_name() {
    let emulator = emulator().await;
    for _ in 0..3 {
        look_up(&emulator, "/_world/w", KNOWN).await;
    }
    let journal = "/_world/w/_scandouble/journal?since=3&wait=20s";
    // The poll makes the world again, should it come too late for the first removal.
    let removing = async {
        loop {
            ask("DELETE", "/_scandouble/worlds/w").send(&emulator).await;
        }
    };
    let answer = tokio::select! {
        answer = get(journal).send(&emulator) => answer,
        never = removing => never,
        () = tokio::time::sleep(Duration::from_secs(15)) => panic!("it waits for a world that is gone"),
    };
    assert_eq!((answer.status, numbers(&answer.json())), (200, vec![]));

    ask("DELETE", "/_scandouble/worlds/w").send(&emulator).await;
    let poll = get(journal).send(&emulator);
    let (answer, _) = tokio::join!(poll, look_up(&emulator, "/_world/w", KNOWN));
    assert_eq!(numbers(&answer.json()), [1], "a number that the journal never gave is another journal's");
}

#[tokio::test]
async fn an_answer_is_counted_though_its_world_has_gone_meanwhile() {
    let emulator = emulator().await;
    let slow = r#"{"then":{"latency":"500ms"}}"#;
    door(&emulator, "PUT", "/_world/w/_scandouble/faults/slow", slow).await;
    let (answer, ()) = tokio::join!(look_up(&emulator, "/_world/w", KNOWN), async {
        until(&emulator, "/_world/w/_scandouble/faults/slow", |shown| shown.json()["fired"] == 1).await;
        assert_eq!(ask("DELETE", "/_scandouble/worlds/w").send(&emulator).await.status, 204);
    });
    assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-cloud/bulk.ok"));
    let report = look(&emulator, "/_scandouble/coverage?world=all&api=metadefender-cloud").await;
    let rows = report["apis"][0]["behaviours"].as_array().expect("behaviours");
    let row = rows.iter().find(|row| row["id"] == "bulk.ok").expect("the behaviour");
    assert_eq!(row["count"], 1);
}

#[tokio::test]
async fn a_client_that_makes_up_keys_is_forgotten_with_its_second() {
    let emulator = emulator().await;
    let state = emulator.world("default").state();
    let holder = |number: usize| Holder { api: "spectra-intelligence", account: format!("u/{number}") };
    let is_kept =
        |number: usize| matches!(state.changes(&What::Counts(holder(number))).as_slice(), [Change::Keep(_)]);
    for number in 0..10_000 {
        assert!(state.counts(&holder(number), |counts| counts.rate.take(instant(NOW), 1)));
    }
    state.counts(&holder(0), |counts| counts.quota.charge(instant(NOW), 1));
    advance(&emulator, 1.0);
    assert!(is_kept(1));
    state.counts(&holder(10_000), |counts| counts.quota.charge(instant(NOW), 1));
    assert_eq!([0, 1, 9_999, 10_000].map(is_kept), [true, false, false, true]);
}
