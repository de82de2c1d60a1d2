//! The query parameters `first` and `size`: a part of the files in an archive.

use super::assert_answer;
use crate::harness::{get, start};

const ARCHIVE: &str = "
samples:
  - name: a.zip
    md5: '00000000000000000000000000000001'
    verdict: clean
    children: [one.txt, two.exe, three.txt]
    metadefender_core: { data_id: archive }
  - { name: one.txt, md5: '00000000000000000000000000000002', size: 1, verdict: clean, metadefender_core: { data_id: one } }
  - { name: two.exe, md5: '00000000000000000000000000000003', size: 2, verdict: infected, metadefender_core: { data_id: two } }
  - { name: three.txt, md5: '00000000000000000000000000000004', size: 3, verdict: clean, metadefender_core: { data_id: three } }
";
const HASH: &str = "/hash/00000000000000000000000000000001";

/// Splits a body around `extracted_files`, whose text is the second part.
fn split(body: &str) -> (String, String, String) {
    let (before, rest) = body.split_once(r#","extracted_files":{"#).expect("contents");
    let (files, after) = rest.split_once(r#"},"file_info":"#).expect("contents end");
    (before.to_owned(), files.to_owned(), after.to_owned())
}

#[tokio::test]
async fn first_and_size_return_a_part_of_the_files() {
    let emulator = start(ARCHIVE).await;
    for (path, behaviours, provenance) in [
        (HASH, "contents.page hash.found.archive hash.found", "documented"),
        ("/file/archive", "contents.page file.result", "documented"),
    ] {
        let whole = get(path).send(&emulator).await;
        let (before, files, after) = split(whole.text());
        let list = files.strip_prefix(r#""files_in_archive":["#).and_then(|list| list.strip_suffix(']'));
        let list = list.expect("nothing but the files").replace("},{", "}\n{");
        let items: Vec<&str> = list.lines().collect();
        assert_eq!(items.len(), 3);
        for (query, range, first, size) in [
            ("first=0&size=2", 0..2, 0, 2),
            ("first=2&size=2", 2..3, 2, 2),
            ("size=1&first=1", 1..2, 1, 1),
            ("size=1", 0..1, 0, 1),
            ("first=1", 1..3, 1, 2),
            ("first=3&size=20", 3..3, 3, 20),
            ("first=9", 3..3, 9, 0),
            ("size=0", 0..0, 0, 0),
            ("first=%31&size=18446744073709551615", 1..3, 1, u64::MAX),
        ] {
            let body = format!(
                r#"{before},"extracted_files":{{"files_extracted_count":3,"files_in_archive":[{}],"first_index":{first},"page_size":{size},"worst_data_id":"two"}},"file_info":{after}"#,
                items[range].join(",")
            );
            let answer = get(&format!("{path}?{query}")).send(&emulator).await;
            assert_answer(&answer, 200, &body, behaviours, provenance);
        }
    }
}

#[tokio::test]
async fn a_part_that_is_no_number_does_not_count_and_files_have_no_parts() {
    let emulator = start(ARCHIVE).await;
    let whole = get(HASH).send(&emulator).await;
    for query in ["first=-1", "size=x&first=", "first=1.0", "page=2"] {
        let answer = get(&format!("{HASH}?{query}")).send(&emulator).await;
        assert_answer(&answer, 200, whole.text(), "hash.found.archive hash.found", "documented");
        let entries = emulator.world("default").state().journal.snapshot().entries;
        let findings = &entries.last().expect("a request").reply.findings;
        let count = findings.iter().filter(|finding| finding.text.contains("send a whole number")).count();
        assert_eq!(count, query.matches('=').count() - usize::from(query == "page=2"), "{findings:?}");
    }
    let path = "/hash/00000000000000000000000000000002";
    let file = get(path).send(&emulator).await;
    let part = get(&format!("{path}?first=0&size=1")).send(&emulator).await;
    assert_answer(&part, 200, file.text(), "hash.found", "documented");
}
