//! The page's own examples, byte for byte, and the not-found key.

use super::{assert_answer, assert_not_found};
use crate::harness::{ask, get, start};

const FIXTURE: &str = include_str!("../../../../fixtures/vendor-examples/metadefender-core.yaml");

/// The page's first example.
const RESULT: &str = concat!(
    r#"{"data_id":"61dffeaa728844adbf49eb090e4ece0e","#,
    r#""file_info":{"display_name":"samplefile.txt","file_size":81035,"file_type":"text/plain","#,
    r#""file_type_description":"ASCII text","md5":"c05017f68343a5257fc3c0db72aa58dc","#,
    r#""sha1":"ba46b945f408cc729458380350b4e78f61741c81","#,
    r#""sha256":"8805777d2d561255edcb499f7445ef0216b75737bacb6bc6665dbf9830272f53","#,
    r#""upload_timestamp":"2015-08-14T12:46:59.360Z"},"#,
    r#""scan_results":{"data_id":"61dffeaa728844adbf49eb090e4ece0e","progress_percentage":100,"#,
    r#""scan_all_result_a":"No Threat Detected","scan_all_result_i":0,"#,
    r#""scan_details":{"Engine1":{"def_time":"2015-08-13T09:32:48.000Z","location":"local","scan_result_i":0,"#,
    r#""scan_time":1,"wait_time":3,"threat_found":""},"#,
    r#""Engine2":{"def_time":"2015-08-10T00:00:00.000Z","location":"local","scan_result_i":0,"#,
    r#""scan_time":3,"wait_time":1,"threat_found":""}},"#,
    r#""start_time":"2015-08-14T12:46:59.363Z","total_avs":2,"total_time":389},"#,
    r#""process_info":{"processing_time":400,"progress_percentage":100,"user_agent":"webscan","#,
    r#""profile":"File scan","queue_time":24,"result":"Allowed","blocked_reason":"","#,
    r#""file_type_skipped_scan":false,"outdated_data":["enginedefinitions"]},"vulnerability_info":{}}"#,
);

/// The page's example with archive detection, its items with `scanned_with`.
const ARCHIVE: &str = concat!(
    r#"{"data_id":"d7016058f0874d12b98a8c1ece9d3ea9","extracted_files":{"files_in_archive":["#,
    r#"{"data_id":"21d48f2c463c4ca89b7544c2c127e945","detected_by":0,"#,
    r#""display_name":"samplezip.tar.gz/[Content]/samplezip/sampleimg.jpg","file_size":215684,"#,
    r#""file_type":"image/jpeg","file_type_description":"JPEG image data","progress_percentage":100,"#,
    r#""scan_all_result_i":0,"scanned_with":2},"#,
    r#"{"data_id":"7cb298eb42614ca9bc87a4de4acad436","detected_by":9,"#,
    r#""display_name":"samplezip.tar.gz/[Content]/samplezip/eicar","file_size":69,"file_type":"text/plain","#,
    r#""file_type_description":"EICAR virus test files","progress_percentage":100,"#,
    r#""scan_all_result_i":1,"scanned_with":2}]},"#,
    r#""file_info":{"display_name":"samplezip.tar.gf","file_size":1486610,"file_type":"application/x-gzip","#,
    r#""file_type_description":"gzip compressed data","md5":"60d5fc5b07ecd1dcdc781bfa94ec8619","#,
    r#""sha1":"992e40a2a6906c6d21f92034dfba779aae6d9ee7","#,
    r#""sha256":"6ec5e258141528f004a43f7d25163a1c7486df76fde7976a793b140b11eda95d","#,
    r#""upload_timestamp":"2015-08-14T12:46:59.360Z"},"#,
    r#""scan_results":{"last_file_scanned":"example.jim","data_id":"d7016058f0874d12b98a8c1ece9d3ea9","#,
    r#""progress_percentage":100,"scan_all_result_a":"Infected","scan_all_result_i":1,"#,
    r#""scan_details":{"Engine1":{"def_time":"2015-08-13T09:32:48.000Z","location":"local","scan_result_i":0,"#,
    r#""scan_time":1,"wait_time":3,"threat_found":""},"#,
    r#""Engine2":{"def_time":"2015-08-10T00:00:00.000Z","location":"local","scan_result_i":0,"#,
    r#""scan_time":3,"wait_time":1,"threat_found":""}},"#,
    r#""start_time":"2015-08-14T12:46:59.363Z","total_avs":2,"total_time":389},"#,
    r#""process_info":{"processing_time":400,"progress_percentage":100,"user_agent":"webscan","#,
    r#""profile":"File scan","queue_time":24,"result":"Blocked","blocked_reason":"Scan result: Infected","#,
    r#""file_type_skipped_scan":false},"vulnerability_info":{}}"#,
);

#[tokio::test]
async fn the_first_example_is_found_by_each_hash_in_any_case_under_both_prefixes() {
    let emulator = start(FIXTURE).await;
    let hashes = [
        "c05017f68343a5257fc3c0db72aa58dc",
        "ba46b945f408cc729458380350b4e78f61741c81",
        "8805777d2d561255edcb499f7445ef0216b75737bacb6bc6665dbf9830272f53",
    ];
    for hash in hashes {
        for path in [format!("/hash/{hash}"), format!("/metascan_rest/hash/{}?x=y", hash.to_uppercase())] {
            let answer = get(&path).send(&emulator).await;
            assert_answer(&answer, 200, RESULT, "hash.found", "documented");
        }
    }
    let encoded = get("/hash/%63%305017f68343a5257fc3c0db72aa58dc").send(&emulator).await;
    assert_answer(&encoded, 200, RESULT, "hash.found", "documented");
}

#[tokio::test]
async fn the_archive_example_and_its_files_are_found() {
    let emulator = start(FIXTURE).await;
    for hash in ["60d5fc5b07ecd1dcdc781bfa94ec8619", "992E40A2A6906C6D21F92034DFBA779AAE6D9EE7"] {
        let answer = get(&format!("/hash/{hash}")).send(&emulator).await;
        assert_answer(&answer, 200, ARCHIVE, "hash.found.archive hash.found", "documented");
    }
    let child = get("/hash/69630e4574ec6798239b091cda43dca0").send(&emulator).await;
    assert_eq!(child.json()["data_id"], "7cb298eb42614ca9bc87a4de4acad436");
    assert_eq!(child.json()["scan_results"]["scan_all_result_i"], 1);
    assert!(child.json().get("extracted_files").is_none());
}

#[tokio::test]
async fn an_unknown_hash_is_repeated_as_requested() {
    let emulator = start(FIXTURE).await;
    for asked in [
        "61dffeaa728844adbf49eb090e4ece0e",
        "61DFFEAA728844adbf49eb090e4ece0e",
        "c05017f68343a5257fc3c0db72aa58d",
        "abc",
        "zz5017f68343a5257fc3c0db72aa58dc",
    ] {
        assert_not_found(&get(&format!("/hash/{asked}")).send(&emulator).await, asked);
        assert_not_found(&get(&format!("/metascan_rest/hash/{asked}")).send(&emulator).await, asked);
    }
}

#[tokio::test]
async fn a_sha512_is_not_found() {
    let emulator = start(FIXTURE).await;
    let sha512 = concat!(
        "5581f85b25f0d80fa84c69e7ca24d98344f5fbaec45b7707dccf139a8c065961",
        "391d6e762516ee1db3137c4d82eca7fbc67c348c37ea0d615bb88161cf3b3008"
    );
    assert_not_found(&get(&format!("/hash/{sha512}")).send(&emulator).await, sha512);
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let emulator = start(FIXTURE).await;
    let answer = ask("HEAD", "/hash/c05017f68343a5257fc3c0db72aa58dc").send(&emulator).await;
    assert_eq!((answer.status, answer.text()), (200, ""));
    assert_eq!(answer.header("content-type"), Some(super::JSON));
    assert_eq!(answer.header("content-length"), Some(RESULT.len().to_string().as_str()));
    assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-core/hash.found"));
}
