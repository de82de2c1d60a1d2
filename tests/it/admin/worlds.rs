use super::{call_admin, emulator, get_json, look_up, problem};
use crate::harness::{get, post, start_with};

#[tokio::test]
async fn two_hundred_worlds_at_once_each_have_their_own_limit_of_seven() {
    let emulator = std::sync::Arc::new(emulator().await);
    let worlds = (0..200).map(|number| {
        let emulator = emulator.clone();
        tokio::spawn(async move {
            let prefix = format!("/_world/w{number}");
            let mut passed = 0;
            for _ in 0..9 {
                passed += usize::from(look_up(&emulator, &prefix, super::KNOWN).await.status == 200);
            }
            passed
        })
    });
    for world in worlds.collect::<Vec<_>>() {
        assert_eq!(world.await.expect("runs"), 7);
    }
    assert_eq!(
        get_json(&emulator, "/_scandouble/worlds").await["worlds"].as_array().expect("a list").len(),
        201
    );
    assert_eq!(
        look_up(&emulator, "", super::KNOWN).await.status,
        200,
        "the default world's limit is its own"
    );
}

#[tokio::test]
async fn a_world_has_its_own_queue_and_clock() {
    let emulator = emulator().await;
    let rescan = |prefix: &str| {
        post(&format!("{prefix}/api/rescan/v1/bulk_query/json"))
            .basic("u/one", "p")
            .json(&format!(r#"{{"rl":{{"query":{{"hash_type":"md5","hashes":["{}"]}}}}}}"#, super::KNOWN))
    };
    assert_eq!(rescan("/_world/a").send(&emulator).await.status, 200);
    let analyses = |of: serde_json::Value| of["analyses"].as_array().expect("a list").len();
    let path = |world: &str| format!("/_world/{world}/_scandouble/samples/{}", super::KNOWN);
    assert_eq!(analyses(get_json(&emulator, &path("a")).await), 1);
    assert_eq!(analyses(get_json(&emulator, &path("b")).await), 0);
    call_admin(&emulator, "POST", "/_world/a/_scandouble/clock/advance", r#"{"by":"1h"}"#).await;
    assert_eq!(get_json(&emulator, &path("a")).await["analyses"][0]["waiting"], false);
    assert_eq!(get_json(&emulator, "/_world/b/_scandouble/clock").await["real"], true);
}

#[tokio::test]
async fn worlds_are_created_listed_and_removed() {
    let emulator = emulator().await;
    let made = call_admin(&emulator, "PUT", "/_scandouble/worlds/t42", "").await;
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["prefix"], "/_world/t42");
    assert_eq!(call_admin(&emulator, "PUT", "/_scandouble/worlds/t42", "").await.status, 200);
    assert_eq!(get_json(&emulator, "/_scandouble/worlds/t42").await["name"], "t42");
    assert_eq!(call_admin(&emulator, "DELETE", "/_scandouble/worlds/t42", "").await.status, 204);
    let gone = get("/_scandouble/worlds/t42").send(&emulator).await;
    assert_eq!(problem(&gone, 404), "there is no world \"t42\"; GET /_scandouble/worlds lists them");
    let default = call_admin(&emulator, "DELETE", "/_scandouble/worlds/default", "").await;
    assert!(problem(&default, 409).contains("POST /_scandouble/reset"));
    let bad = get("/_world/a%20b/v2/hash").send(&emulator).await;
    assert!(problem(&bad, 400).starts_with("\"a%20b\" cannot name a world"));
}

#[tokio::test]
async fn resets_restore_everything_or_the_named_parts() {
    let emulator = emulator().await;
    for _ in 0..8 {
        look_up(&emulator, "", super::KNOWN).await;
    }
    let sample = "samples: [{name: own.txt, content: own, verdict: infected}]";
    assert_eq!(post("/_scandouble/samples").body(sample).send(&emulator).await.status, 200);
    let reset = call_admin(&emulator, "POST", "/_scandouble/reset", r#"{"parts":["limits"]}"#).await;
    assert_eq!(reset.text(), r#"{"world":"default","reset":["limits"]}"#);
    assert_eq!(look_up(&emulator, "", super::KNOWN).await.status, 200);
    assert_eq!(get_json(&emulator, "/_scandouble/samples").await["total"], 2);
    let reset = post("/_scandouble/reset").send(&emulator).await;
    assert_eq!(reset.json()["reset"].as_array().expect("a list").len(), 7);
    assert_eq!(get_json(&emulator, "/_scandouble/samples").await["total"], 1);
    assert_eq!(get_json(&emulator, "/_scandouble/clock").await["real"], true, "the clock is reset too");
    let bad = call_admin(&emulator, "POST", "/_scandouble/reset", r#"{"parts":["all"]}"#).await;
    assert!(
        problem(&bad, 422)
            .contains("`parts`: unknown part \"all\"; use one of \"samples\", \"queue\", \"limits\"")
    );
}

#[tokio::test]
async fn worlds_beyond_the_maximum_are_refused_with_advice() {
    let emulator = start_with(super::FIXTURE, |builder| {
        builder.setting("max-worlds", "2").setting("world-idle", "when-told")
    })
    .await;
    for name in ["a", "b"] {
        assert_eq!(look_up(&emulator, &format!("/_world/{name}"), super::KNOWN).await.status, 200);
    }
    assert_eq!(look_up(&emulator, "/_world/c", super::KNOWN).await.status, 503);
    let refused = post("/_world/c/_scandouble/reset").send(&emulator).await;
    assert!(problem(&refused, 503).starts_with("there are 2 worlds already, none of them idle; delete some"));
    assert_eq!(call_admin(&emulator, "DELETE", "/_scandouble/worlds/a", "").await.status, 204);
    assert_eq!(look_up(&emulator, "/_world/c", super::KNOWN).await.status, 200);
}

#[tokio::test]
async fn idle_worlds_are_removed_for_new_ones() {
    let emulator =
        start_with(super::FIXTURE, |builder| builder.setting("max-worlds", "1").setting("world-idle", "0s"))
            .await;
    assert_eq!(look_up(&emulator, "/_world/a", super::KNOWN).await.status, 200);
    assert_eq!(look_up(&emulator, "/_world/b", super::KNOWN).await.status, 200);
}

#[tokio::test]
async fn credentials_select_the_world_that_defined_them() {
    let emulator = emulator().await;
    let fixture = "accounts: {metadefender_cloud: [{key: of-t1, lookup_limit: 3}]}\n\
                   samples: [{name: t1.txt, content: t1, verdict: infected}]";
    let loaded = post("/_world/t1/_scandouble/samples").body(fixture).send(&emulator).await;
    assert_eq!((loaded.status, &loaded.json()["accounts"]), (200, &serde_json::json!(1)));
    let ask = |prefix: &str| {
        post(&format!("{prefix}/v2/hash"))
            .header("apikey", "of-t1")
            .json(r#"{"hash":["83f1535f99ab0bf4e9d02dfd85d3e3f7"]}"#)
    };
    let answer = ask("").send(&emulator).await;
    assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, Some("3")));
    assert!(answer.text().contains("\"scan_result\":1"), "{}", answer.text());
    assert_eq!(
        ask("/_world/t2").send(&emulator).await.status,
        401,
        "a path's world wins over a credential's"
    );
    let again = post("/_world/t2/_scandouble/samples").body(fixture).send(&emulator).await;
    assert_eq!(
        problem(&again, 409),
        "the metadefender-cloud credential \"of***\" belongs to the world \"t1\"; use another, or delete that world"
    );
    call_admin(&emulator, "DELETE", "/_scandouble/worlds/t1", "").await;
    assert_eq!(ask("").send(&emulator).await.status, 401);
}

#[tokio::test]
async fn tokens_of_a_worlds_account_select_the_world_too() {
    let emulator = emulator().await;
    let fixture = "accounts: {spectra_analyze: [{user: of-t1, password: p}]}\n\
                   samples: [{name: t1.txt, content: t1, verdict: infected}]";
    assert_eq!(post("/_world/t1/_scandouble/samples").body(fixture).send(&emulator).await.status, 200);
    let login = post("/_world/t1/api-token-auth/").form("username=of-t1&password=p").send(&emulator).await;
    let token = login.json()["token"].as_str().expect("a token").to_owned();
    let answer = post("/api/samples/83f1535f99ab0bf4e9d02dfd85d3e3f7/analyze/")
        .header("Authorization", &format!("Token {token}"))
        .form("analysis=core")
        .send(&emulator)
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}
