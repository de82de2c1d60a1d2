//! Request bodies and their content types.

use super::*;
use crate::harness::start_with;
use scandouble::internals::journal::{Finding, FindingKind};

#[track_caller]
fn assert_malformed(answer: &Answer) {
    assert_text(answer, 400, "Malformed request body", "rescan.bulk.malformed", "documented; body=assumed");
}

#[tokio::test]
async fn two_documents_in_one_body_are_malformed() {
    let emulator = start().await;
    let both = format!("{}\n{}", query("md5", &[MD5]), query("sha1", &[SHA1]));
    assert_malformed(&bulk(JSON, both).send(&emulator).await);
}

#[tokio::test]
async fn bodies_of_another_shape_are_malformed() {
    let emulator = start().await;
    let xml = format!("<rl><query><hash_type>md5</hash_type><hashes><i>{MD5}</i></hashes></query></rl>");
    let json = query("md5", &[MD5]);
    let number = json.replace(&format!("\"{MD5}\""), "7");
    for (path, body) in [
        (JSON, &b""[..]),
        (JSON, b"\xff\xfe"),
        (JSON, b"{\"rl\":{\"query\":{\"hash_type\":\"md5\",\"hashes\":[\"\xff\"]}}}"),
        (JSON, b"{\"rl\":{\"query\":{\"hash_type\":\"md5\"}}}"),
        (JSON, b"{\"rl\":{\"query\":{\"hashes\":[]}}}"),
        (JSON, number.as_bytes()),
        (JSON, xml.as_bytes()),
        (XML, json.as_bytes()),
        (XML, b""),
        (XML, b"<rl><query><hash_type>\xe9</hash_type><hashes/></query></rl>"),
        (XML, b"<rl><query><hashes/></query></rl>"),
    ] {
        assert_malformed(&bulk(path, body).send(&emulator).await);
        harness::advance(&emulator, 1.0);
    }
    assert_malformed(&bulk(JSON, vec![b'['; 10 << 20]).send(&emulator).await);
    assert_malformed(&bulk(XML, "<rl>".repeat(2 << 20)).send(&emulator).await);
}

#[tokio::test]
async fn xml_that_is_not_well_formed_is_malformed() {
    let emulator = start().await;
    let good = format!("<rl><query><hash_type>md5</hash_type><hashes><i>{MD5}</i></hashes></query></rl>");
    for body in [
        format!("<?xml?>{good}"),
        format!("<?xml encoding=\"UTF-8\"?>{good}"),
        format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?>{good}"),
        format!("<?XML y?>{good}"),
        format!("<!DOCTYPE rl>{good}"),
        format!("<!DOCTYPE rl [<!ENTITY a \"b\">]>{good}"),
        good.replace("<i>", "<1>").replace("</i>", "</1>"),
        good.replace("<i>", "<i>]]>"),
        good.replace("<rl>", "<rl a=\"<\">"),
    ] {
        assert_malformed(&bulk(XML, body).send(&emulator).await);
        harness::advance(&emulator, 1.0);
    }
}

#[tokio::test]
async fn xml_is_decoded_from_the_encoding_that_it_declares() {
    let emulator = start().await;
    let body = |encoding: &str, hash: &[u8]| {
        let head = format!(
            "<?xml version=\"1.0\" encoding=\"{encoding}\"?><rl><query><hash_type>md5</hash_type><hashes><i>"
        );
        [head.as_bytes(), hash, b"</i></hashes></query></rl>"].concat()
    };
    for (encoding, hash, list) in [
        ("ISO-8859-1", MD5.as_bytes(), format!("<sent_for_rescan><item>{MD5}</item></sent_for_rescan>")),
        ("US-ASCII", MD5.as_bytes(), format!("<sent_for_rescan><item>{MD5}</item></sent_for_rescan>")),
        ("ISO-8859-1", b"\xe9", "<invalid_hashes><item>é</item></invalid_hashes>".to_owned()),
    ] {
        let answer = bulk(XML, body(encoding, hash)).send(&emulator).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.text().contains(&list), "{}", answer.text());
    }
    assert_malformed(&bulk(XML, body("US-ASCII", b"\xe9")).send(&emulator).await);
}

#[tokio::test]
async fn the_last_of_repeated_keys_counts() {
    let emulator = start().await;
    let body = format!(
        r#"{{"rl":{{"query":{{"hash_type":"sha1","hash_type":"md5","hashes":[],"hashes":["{MD5}"]}}}},"x":1e999}}"#
    );
    let answer = bulk(JSON, body).send(&emulator).await;
    let lists = format!(
        r#"{{"rl":{{"sent_for_rescan":["{MD5}"],"sample_unavailable":[],"unknown_hashes":[],"invalid_hashes":[]}}}}"#
    );
    assert_eq!((answer.status, answer.text()), (200, lists.as_str()));
}

#[tokio::test]
async fn any_element_in_hashes_is_a_hash() {
    let emulator = start().await;
    let asked = format!(
        "<?xml version=\"1.0\"?>\n<rl>\n <query>\n  <hash_type>md5</hash_type>\n  <hashes>\n   <hash>{MD5}</hash>\n   \
         <item><![CDATA[{NEVER_SEEN}]]></item>\n   <x>&#x62;{}</x>\n  </hashes>\n </query>\n</rl>\n",
        &NOT_STORED[1..]
    );
    let answer = bulk(&format!("{XML}?format=json"), asked).send(&emulator).await;
    let body = format!(
        "{{\"rl\":{{\"sent_for_rescan\":[\"{MD5}\"],\"sample_unavailable\":[\"{NOT_STORED}\"],\
         \"unknown_hashes\":[\"{NEVER_SEEN}\"],\"invalid_hashes\":[]}}}}"
    );
    assert_eq!((answer.status, answer.text()), (200, body.as_str()));
}

#[tokio::test]
async fn every_content_type_is_accepted_unless_the_setting_refuses_it() {
    let asked = query("md5", &[MD5]);
    let with = |content_type: Option<&str>| {
        let ask = post(JSON).basic("u/one", "pass:word").body(asked.as_str());
        content_type.into_iter().fold(ask, |ask, value| ask.header("Content-Type", value))
    };
    let emulator = start().await;
    for (content_type, was) in [
        (Some(OCTETS), None),
        (Some("Application/Octet-Stream; x=y"), None),
        (Some("application/json"), Some("application/json")),
        (Some("text/plain; charset=utf-8"), Some("text/plain")),
        (Some(""), Some("none")),
        (None, Some("none")),
    ] {
        assert_eq!(with(content_type).send(&emulator).await.status, 200, "{content_type:?}");
        let expected = was.map(|was| {
            format!("the page demands Content-Type: application/octet-stream on every POST, this one has {was}; send that")
        });
        assert_eq!(deviations(&emulator), expected.into_iter().collect::<Vec<_>>(), "{content_type:?}");
    }
    let refuse =
        |builder: scandouble::Builder| builder.setting("spectra-intelligence.content-type", "refuse");
    let emulator = start_with(FIXTURES, refuse).await;
    for content_type in [OCTETS, "APPLICATION/octet-stream; x=y"] {
        assert_eq!(with(Some(content_type)).send(&emulator).await.status, 200, "{content_type}");
    }
    for content_type in [Some("application/json"), Some("application/octet-streams"), None] {
        let answer = with(content_type).send(&emulator).await;
        assert_text(&answer, 400, "Malformed request body", "rescan.bulk.content-type", "assumed");
    }
    assert_eq!(deviations(&emulator).len(), 1, "refused and noted");
    assert_eq!(single("md5", MD5).json("{}").send(&emulator).await.status, 200, "the rule is for POST");
    assert!(deviations(&emulator).is_empty());
}

/// The deviations of the last request.
fn deviations(emulator: &Emulator) -> Vec<String> {
    let journal = emulator.world("default").state().journal.snapshot();
    let last = journal.entries.last().expect("an entry");
    let deviation = |finding: &&Finding| finding.kind == FindingKind::Deviation;
    last.reply.findings.iter().filter(deviation).map(|finding| finding.text.clone()).collect()
}
