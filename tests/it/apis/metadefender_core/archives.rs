//! Archives: results of their files, at any depth and at any time.

use serde_json::{Value, json};

use super::assert_result;
use crate::harness::{advance, get, start};

const OUTER: &str = "/hash/00000000000000000000000000000001";
const FOUND: &str = "hash.found.archive hash.found";

fn item(body: &Value, place: usize, key: &str) -> Value {
    body["extracted_files"]["files_in_archive"][place][key].clone()
}

#[tokio::test]
async fn an_archive_has_the_worst_result_of_its_files_at_any_depth() {
    let emulator = start(
        "
samples:
  - { name: outer.zip, md5: '00000000000000000000000000000001', verdict: clean, children: [inner.zip, whole.txt] }
  - { name: inner.zip, md5: '00000000000000000000000000000002', verdict: clean, children: [bad.exe] }
  - { name: whole.txt, md5: '00000000000000000000000000000003', verdict: clean }
  - { name: bad.exe, md5: '00000000000000000000000000000004', verdict: vulnerable, metadefender_core: { known: false } }
",
    )
    .await;
    let answer = get(OUTER).send(&emulator).await;
    let values = [
        ("/scan_results/scan_all_result_i", json!(18)),
        ("/scan_results/scan_all_result_a", json!("Potentially Vulnerable File")),
        ("/process_info/blocked_reason", json!("Scan result: Potentially Vulnerable File")),
        ("/extracted_files/files_in_archive/0/scan_all_result_i", json!(18)),
        ("/extracted_files/files_in_archive/0/display_name", json!("outer.zip/[Content]/inner.zip")),
        ("/extracted_files/files_in_archive/0/detected_by", json!(0)),
        ("/extracted_files/files_in_archive/0/scanned_with", json!(8)),
        ("/extracted_files/files_in_archive/1/scan_all_result_i", json!(0)),
        ("/extracted_files/files_in_archive/2", Value::Null),
        ("/scan_results/last_file_scanned", Value::Null),
    ];
    assert_result(&answer, FOUND, &values);
    let keys: Vec<_> = answer.json().as_object().expect("an object").keys().cloned().collect();
    assert_eq!(
        keys,
        ["data_id", "extracted_files", "file_info", "scan_results", "process_info", "vulnerability_info"]
    );
    // A file in an archive has the same data_id there and by its own hash; one that is not known by its hash is
    // still counted in the archive.
    let inner = get("/hash/00000000000000000000000000000002").send(&emulator).await;
    assert_eq!(inner.json()["data_id"], item(&answer.json(), 0, "data_id"));
    super::assert_not_found(
        &get("/hash/00000000000000000000000000000004").send(&emulator).await,
        "00000000000000000000000000000004",
    );
}

#[tokio::test]
async fn files_follow_the_clock_and_pins_win() {
    let emulator = start(
        "
samples:
  - name: outer.zip
    md5: '00000000000000000000000000000001'
    verdict: clean
    children:
      - { sample: slow.exe, path: p/q }
      - sample: whole.txt
        metadefender_core: { data_id: x, detected_by: 5, display_name: n, scanned_with: 7, progress_percentage: 3 }
  - { name: slow.exe, md5: '00000000000000000000000000000002', verdict: infected, finishes_after: 100s }
  - { name: whole.txt, md5: '00000000000000000000000000000003', verdict: clean, metadefender_core: { scan_all_result_i: 8 } }
",
    )
    .await;
    advance(&emulator, 40.0);
    let before = get(OUTER).send(&emulator).await;
    let values = [
        ("/scan_results/scan_all_result_i", json!(255)),
        ("/extracted_files/files_in_archive/0/progress_percentage", json!(40)),
        ("/extracted_files/files_in_archive/0/scan_all_result_i", json!(255)),
        ("/extracted_files/files_in_archive/0/display_name", json!("p/q")),
    ];
    assert_result(&before, "hash.in-progress hash.found.archive", &values);
    let pinned = r#""progress_percentage":3,"scan_all_result_i":8,"scanned_with":7}]}"#;
    assert!(before.text().contains(pinned), "{}", before.text());
    assert!(before.text().contains(r#"{"data_id":"x","detected_by":5,"display_name":"n","file_size":"#));
    let early = item(&before.json(), 0, "detected_by").as_u64();
    advance(&emulator, 60.0);
    let after = get(OUTER).send(&emulator).await;
    let values = [
        ("/scan_results/scan_all_result_a", json!("Infected")),
        ("/extracted_files/files_in_archive/0/scan_all_result_i", json!(1)),
        ("/extracted_files/files_in_archive/0/progress_percentage", json!(100)),
    ];
    assert_result(&after, FOUND, &values);
    assert!(item(&after.json(), 0, "detected_by").as_u64() > early);
}

#[tokio::test]
async fn a_running_archive_lists_its_files() {
    let emulator = start(
        "
samples:
  - { name: outer.zip, md5: '00000000000000000000000000000001', verdict: clean, in_progress: true, children: [bad.exe] }
  - { name: bad.exe, md5: '00000000000000000000000000000002', verdict: infected }
",
    )
    .await;
    let values = [
        ("/scan_results/scan_all_result_i", json!(255)),
        ("/process_info/result", json!("Processing")),
        ("/extracted_files/files_in_archive/0/scan_all_result_i", json!(1)),
    ];
    assert_result(&get(OUTER).send(&emulator).await, "hash.in-progress hash.found.archive", &values);
}

#[tokio::test]
async fn a_pinned_result_replaces_that_of_the_contents() {
    let emulator = start(
        "
samples:
  - { name: outer.zip, md5: '00000000000000000000000000000001', verdict: suspicious, children: [inner.zip] }
  - { name: inner.zip, md5: '00000000000000000000000000000002', verdict: clean, children: [bad.exe], metadefender_core: { scan_all_result_i: 7 } }
  - { name: bad.exe, md5: '00000000000000000000000000000003', verdict: infected }
",
    )
    .await;
    let values = [
        ("/scan_results/scan_all_result_i", json!(2)),
        ("/extracted_files/files_in_archive/0/scan_all_result_i", json!(7)),
    ];
    assert_result(&get(OUTER).send(&emulator).await, FOUND, &values);
}
