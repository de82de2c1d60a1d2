//! The bulk query: lists, formats and the maximum.

use super::*;

const OK: &str = "spectra-intelligence/rescan.bulk.ok";
const CONVERTED: &str = "spectra-intelligence/rescan.bulk.converted, spectra-intelligence/rescan.bulk.ok";

#[tokio::test]
async fn each_hash_is_returned_as_sent_in_its_list() {
    let emulator = start().await;
    let upper = MD5.to_uppercase();
    let hashes = [NEVER_SEEN, &upper, "<x>&\"é", NOT_STORED, MD5, NOT_KNOWN, SHA1, MD5, "", "<x>&\"é"];
    let in_json = format!(
        "{{\"rl\":{{\"sent_for_rescan\":[\"{upper}\",\"{MD5}\",\"{MD5}\"],\"sample_unavailable\":[\"{NOT_STORED}\"],\
         \"unknown_hashes\":[\"{NEVER_SEEN}\",\"{NOT_KNOWN}\"],\
         \"invalid_hashes\":[\"<x>&\\\"é\",\"{SHA1}\",\"\",\"<x>&\\\"é\"]}}}}"
    );
    let in_xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rl><sent_for_rescan><item>{upper}</item><item>{MD5}</item>\
         <item>{MD5}</item></sent_for_rescan><sample_unavailable><item>{NOT_STORED}</item></sample_unavailable>\
         <unknown_hashes><item>{NEVER_SEEN}</item><item>{NOT_KNOWN}</item></unknown_hashes><invalid_hashes>\
         <item>&lt;x&gt;&amp;\"é</item><item>{SHA1}</item><item/><item>&lt;x&gt;&amp;\"é</item></invalid_hashes></rl>"
    );
    let escaped = |hash: &str| hash.replace('&', "&amp;").replace('<', "&lt;");
    let items: String = hashes.iter().map(|hash| format!("<item>{}</item>", escaped(hash))).collect();
    let asked_in_xml = format!("<rl><query><hash_type>md5</hash_type><hashes>{items}</hashes></query></rl>");
    let asked_in_json = query("md5", &hashes);
    for (path, asked, content_type, body, behaviours) in [
        (JSON.to_owned(), &asked_in_json, "application/json", &in_json, OK),
        (format!("{JSON}?format=json"), &asked_in_json, "application/json", &in_json, OK),
        (format!("{JSON}?format=xml"), &asked_in_json, "application/xml", &in_xml, CONVERTED),
        (XML.to_owned(), &asked_in_xml, "application/xml", &in_xml, OK),
        (format!("{XML}?x=y&format=xml&format=json"), &asked_in_xml, "application/xml", &in_xml, OK),
        (format!("{XML}?format=js%6Fn"), &asked_in_xml, "application/json", &in_json, CONVERTED),
    ] {
        let answer = bulk(&path, asked.as_str()).send(&emulator).await;
        answer.assert_reply(200, content_type, body, behaviours, "documented");
    }
}

#[tokio::test]
async fn hashes_of_each_type_are_looked_up() {
    let emulator = start().await;
    for (hash_type, hash) in [("md5", MD5), ("sha1", SHA1), ("sha256", SHA256)] {
        let answer = bulk(JSON, query(hash_type, &[hash])).send(&emulator).await;
        let body = format!(
            "{{\"rl\":{{\"sent_for_rescan\":[\"{hash}\"],\"sample_unavailable\":[],\"unknown_hashes\":[],\"invalid_hashes\":[]}}}}"
        );
        answer.assert_reply(200, "application/json", &body, OK, "documented");
    }
    for hash_type in ["sha512", "MD5", "", " md5"] {
        let answer = bulk(JSON, query(hash_type, &[MD5])).send(&emulator).await;
        assert_text(&answer, 400, "Invalid hash type", "rescan.bulk.invalid-hash-type", "assumed");
    }
}

#[tokio::test]
async fn no_hashes_give_four_empty_lists() {
    let emulator = start().await;
    let answer = bulk(JSON, query("md5", &[])).send(&emulator).await;
    let body =
        r#"{"rl":{"sent_for_rescan":[],"sample_unavailable":[],"unknown_hashes":[],"invalid_hashes":[]}}"#;
    answer.assert_reply(200, "application/json", body, "spectra-intelligence/rescan.bulk.empty", "assumed");
    let answer = bulk(&format!("{JSON}?format=xml"), query("md5", &[])).send(&emulator).await;
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rl><sent_for_rescan/><sample_unavailable/><unknown_hashes/>\
                <invalid_hashes/></rl>";
    let both = "spectra-intelligence/rescan.bulk.converted, spectra-intelligence/rescan.bulk.empty";
    answer.assert_reply(200, "application/xml", body, both, "documented");
}

#[tokio::test]
async fn more_than_a_hundred_hashes_are_refused() {
    let emulator = start().await;
    let answer = bulk(JSON, query("md5", &[MD5; 100])).send(&emulator).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["rl"]["sent_for_rescan"].as_array().map(Vec::len), Some(100));
    let answer = bulk(JSON, query("md5", &["x"; 101])).send(&emulator).await;
    assert_text(&answer, 400, "Too many hashes, maximum is 100", "rescan.bulk.too-many", "assumed");
    let items = "<a/>".repeat(101);
    let asked = format!("<rl><query><hashes>{items}</hashes><hash_type>md5</hash_type></query></rl>");
    let answer = bulk(&format!("{XML}?format=json"), asked).send(&emulator).await;
    assert_text(&answer, 400, "Too many hashes, maximum is 100", "rescan.bulk.too-many", "assumed");
}

#[tokio::test]
async fn names_of_formats_are_case_sensitive() {
    let emulator = start().await;
    for path in ["/api/rescan/v1/bulk_query/JSON", "/api/rescan/v1/bulk_query/yaml?format=odd"] {
        let answer = bulk(path, query("md5", &[MD5])).send(&emulator).await;
        assert_text(&answer, 400, "Invalid post format", "rescan.bulk.invalid-post-format", "assumed");
    }
    for parameter in ["", "XML", "yaml", "json%20"] {
        let answer = bulk(&format!("{JSON}?format={parameter}"), "{").send(&emulator).await;
        assert_text(&answer, 400, "Invalid format", "rescan.bulk.invalid-format", "assumed");
    }
}

#[tokio::test]
async fn a_bulk_rescan_queues_stored_samples() {
    let emulator = start().await;
    bulk(JSON, query("md5", &[MD5, NOT_STORED, NEVER_SEEN, "x"])).send(&emulator).await;
    let state = emulator.world("default").state();
    let queued = state.queue().all().filter(|(_, analyses)| !analyses.is_empty()).count();
    assert_eq!(queued, 1);
}
