//! The examples of the vendor's page, with the built-in fixtures for them.

use super::*;

const BY_MD5: &str = r#"{
"rl": {
"query": {
"hash_type": "md5",
"hashes": [
"4bb64c06b1a72539e6d3476891daf17b",
"6353de8f339b7dcc6b25356f5fbffa4e",
"59cb087c4c3d251474ded9e156964d5d",
"6c2eb9d1a094d362bcc7631f2551f5a4",
"a82c781ce0f43d06c28fe5fc8ebb1ca9",
"920f5ba4d08f251541c5419ea5fb3fb3"
]
}
}
}"#;

const BY_SHA1: &str = r#"{
"rl": {
"query": {
"hash_type": "sha1",
"hashes": [
"13e40f38427a55952359bfc5f52b5841ce1b46ba",
"831fc2b9075b0a490adf15d2c5452e01e6feaa17",
"42b05278a6f2ee006072af8830c103eab2ce045f"
]
}
}
}"#;

#[tokio::test]
async fn every_hash_of_the_page_is_in_storage() {
    let set = include_str!("../../../../fixtures/vendor-examples/spectra-intelligence.yaml");
    let accounts = "accounts: { spectra_intelligence: [ { user: u/one, password: 'pass:word' } ] }";
    let emulator = harness::start(&format!("{set}\n{accounts}\n")).await;
    for path in [
        "sha1/a25b6db2d363eaa31de348399aedc5651280b52b",
        "sha256/10dbb2b27208c5566d326b47950657bf6b3c9a59e302598a128ad7125d5fb4fd",
        "md5/ca083f61113e1fb8f539ecfa7c725fc8",
    ] {
        let ask = harness::get(&format!("/api/rescan/v1/query/{path}")).basic("u/one", "pass:word");
        assert_text(
            &ask.send(&emulator).await,
            200,
            "Sample sent for rescanning",
            "rescan.single.sent",
            "documented",
        );
    }
    let ask = |body: String| post(JSON).basic("u/one", "pass:word").header("Content-Type", OCTETS).body(body);
    for (body, count) in [(BY_MD5, 6), (BY_SHA1, 3)] {
        let answer = ask(body.to_owned()).send(&emulator).await;
        let lists = answer.json();
        assert_eq!(lists["rl"]["sent_for_rescan"].as_array().map(Vec::len), Some(count), "{}", answer.text());
        let asked: serde_json::Value = serde_json::from_str(body).expect("the page's JSON");
        assert_eq!(lists["rl"]["sent_for_rescan"], asked["rl"]["query"]["hashes"]);
    }
    let both = ask(format!("{BY_MD5}\n{BY_SHA1}")).send(&emulator).await;
    assert_text(&both, 400, "Malformed request body", "rescan.bulk.malformed", "documented; body=assumed");
}
