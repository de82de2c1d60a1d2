use crate::harness::{get, post, start_with};

const HASH: &str = "61dffeaa728844adbf49eb090e4ece0e";

#[tokio::test]
async fn a_mounted_api_answers_under_its_prefix_and_at_the_root() {
    let emulator = start_with("samples: []", |builder| {
        builder
            .mount("metadefender-core", "/core")
            .mount("metadefender-cloud", "/core/cloud/")
            .mount("spectra-analyze", "/a")
    })
    .await;
    let path = format!("/hash/{HASH}");
    for (prefix, behaviour) in [
        ("", "metadefender-core/hash.not-found"),
        ("/core", "metadefender-core/hash.not-found"),
        ("/core/cloud", "metadefender-cloud/route.unknown"),
        ("/core/_world/t1", "metadefender-core/hash.not-found"),
        ("/_world/t1/core", "metadefender-core/hash.not-found"),
        ("/a", "spectra-analyze/route.unknown"),
    ] {
        let answer = get(&format!("{prefix}{path}")).send(&emulator).await;
        assert_eq!(answer.header("scandouble-behaviour"), Some(behaviour), "{prefix}");
    }
    for path in ["/core", "/core/", "/core/nowhere"] {
        let answer = get(path).send(&emulator).await;
        assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-core/route.unknown"), "{path}");
    }
    assert_eq!(get(&format!("/corex{path}")).send(&emulator).await.header("scandouble-behaviour"), None);
    assert_eq!(get("/core/_scandouble/health").send(&emulator).await.status, 200);
}

#[tokio::test]
async fn redirects_keep_the_prefix() {
    let emulator = start_with("samples: []", |builder| builder.mount("spectra-analyze", "/appliance")).await;
    for prefix in ["/appliance", "/_world/t1/appliance", "/appliance/_world/t1"] {
        let answer = get(&format!("{prefix}/api-token-auth?x=1")).send(&emulator).await;
        assert_eq!(answer.status, 301);
        assert_eq!(answer.header("location"), Some(format!("{prefix}/api-token-auth/?x=1").as_str()));
    }
}

#[tokio::test]
async fn credentials_select_their_world_under_a_prefix_too() {
    let emulator = start_with("samples: []", |builder| builder.mount("metadefender-cloud", "/cloud")).await;
    let own = "accounts: { metadefender_cloud: [ { key: mine } ] }\nsamples: [ { name: a, content: a, verdict: infected } ]\n";
    let loaded = post("/_world/w/_scandouble/samples").header("Content-Type", "application/yaml").body(own);
    let loaded = loaded.send(&emulator).await;
    assert!(loaded.status < 300, "{loaded:?}");
    let ask = post("/cloud/v2/hash")
        .header("apikey", "mine")
        .json(r#"{"hash":["0cc175b9c0f1b6a831c399e269772661"]}"#);
    let answer = ask.send(&emulator).await;
    assert!(answer.text().contains(r#""scan_result":1"#), "{}", answer.text());
}

#[tokio::test]
async fn invalid_mounts_stop_the_start() {
    let begun = |api: &'static str, prefix: &'static str| async move {
        let builder = scandouble::Emulator::builder().mount("metadefender-cloud", "/both").mount(api, prefix);
        builder.start().await.map(drop).expect_err("refused").to_string()
    };
    assert!(begun("nobody", "/x").await.starts_with("there is no API \"nobody\"; there are spectra-"));
    assert!(begun("metadefender-core", "/_world").await.contains("is reserved for scandouble itself"));
    assert!(begun("metadefender-core", "/both").await.contains("cannot both be mounted at /both"));
}
