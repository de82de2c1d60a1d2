//! The overall result: engines and children decide by priority, as on MetaDefender Core.

use super::*;
use crate::harness::{advance, get};

const CONTRADICTING: &str = "00000000000000000000000000000001";
const ARCHIVE: &str = "00000000000000000000000000000002";
const PINNED: &str = "00000000000000000000000000000004";
const UNFINISHED_ARCHIVE: &str = "00000000000000000000000000000005";
const PINNED_FOR_CORE: &str = "00000000000000000000000000000007";

const SAMPLES: &str = "
accounts: { metadefender_cloud: [ { key: k } ] }
samples:
  - name: contradicting.exe
    md5: '00000000000000000000000000000001'
    verdict: clean
    engines: [{ engine: A, verdict: infected, threat: T, definitions: 2026-01-01T00:00:00Z, scan_time: 5 }]
    metadefender_cloud: { data_id: a }
  - { name: outer.zip, md5: '00000000000000000000000000000002', verdict: clean, children: [inner.zip], metadefender_cloud: { data_id: b } }
  - { name: inner.zip, md5: '0000000000000000000000000000000a', verdict: clean, children: [bad.exe] }
  - { name: bad.exe, md5: '00000000000000000000000000000003', verdict: vulnerable }
  - { name: pinned.exe, md5: '00000000000000000000000000000004', verdict: infected, metadefender_cloud: { data_id: d, scan_all_result_i: 17 } }
  - { name: slow.zip, md5: '00000000000000000000000000000005', verdict: clean, children: [slow.exe], metadefender_cloud: { data_id: e } }
  - { name: slow.exe, md5: '00000000000000000000000000000006', verdict: suspicious, finishes_after: 90s }
  - { name: core.exe, md5: '00000000000000000000000000000007', verdict: clean, metadefender_core: { scan_all_result_i: 12 }, metadefender_cloud: { data_id: g } }
";

fn item(hash: &str, code: u16, data_id: &str) -> String {
    format!("{{\"hash\":\"{hash}\",\"scan_result\":{code},\"data_id\":{data_id}}}")
}

#[tokio::test]
async fn engines_and_children_decide_unless_the_fixture_pins_the_code() {
    let emulator = harness::start(SAMPLES).await;
    let hashes = [CONTRADICTING, ARCHIVE, PINNED, UNFINISHED_ARCHIVE, PINNED_FOR_CORE];
    let body = |archive: &str| {
        let items = [
            item(CONTRADICTING, 1, "\"a\""),
            item(ARCHIVE, 18, "\"b\""),
            item(PINNED, 17, "\"d\""),
            archive.to_owned(),
            item(PINNED_FOR_CORE, 0, "\"g\""),
        ];
        format!("[{}]", items.join(","))
    };
    let answer = bulk(&hashes).send(&emulator).await;
    let unfinished = item(UNFINISHED_ARCHIVE, 5, "null");
    assert_answer(&answer, 200, &body(&unfinished), &["bulk.in-progress", "bulk.ok"], "assumed");
    advance(&emulator, 90.0);
    let answer = bulk(&hashes).send(&emulator).await;
    let finished = item(UNFINISHED_ARCHIVE, 2, "\"e\"");
    assert_answer(&answer, 200, &body(&finished), &["bulk.ok"], "documented");
    // Core has the same codes, except where a fixture pins one for a single product.
    for (hash, code) in
        [(CONTRADICTING, 1), (ARCHIVE, 18), (PINNED, 1), (UNFINISHED_ARCHIVE, 2), (PINNED_FOR_CORE, 12)]
    {
        let core = get(&format!("/hash/{hash}")).send(&emulator).await.json();
        assert_eq!(core["scan_results"]["scan_all_result_i"], code, "{hash}");
        let v2 = get(&format!("/v2/hash/{hash}")).header("apikey", "k").send(&emulator).await.json();
        let v4 = get(&format!("/v4/hash/{hash}")).header("apikey", "k").send(&emulator).await.json();
        for reply in [v2, v4] {
            let cloud = if hash == PINNED {
                17
            } else if hash == PINNED_FOR_CORE {
                0
            } else {
                code
            };
            assert_eq!(reply["scan_results"]["scan_all_result_i"], cloud, "{hash}");
        }
    }
}

#[tokio::test]
async fn details_follow_the_consolidated_result() {
    let emulator = harness::start(SAMPLES).await;
    let answer = bulk(&[CONTRADICTING]).header("include_scan_details", "1").send(&emulator).await;
    let body = format!(
        "[{{\"hash\":\"{CONTRADICTING}\",\"scan_result\":1,\"scan_details\":{{\"A\":{{\"scan_result_i\":1,\
         \"threat_found\":\"T\",\"def_time\":\"2026-01-01T00:00:00Z\",\"scan_time\":5.0}}}},\"data_id\":\"a\"}}]"
    );
    assert_answer(&answer, 200, &body, &["bulk.details", "bulk.ok"], "documented");
}
