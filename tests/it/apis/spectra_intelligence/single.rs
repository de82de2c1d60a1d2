//! The single query.

use super::*;

#[tokio::test]
async fn a_stored_sample_is_found_by_each_hash_in_any_case() {
    let emulator = start().await;
    for (hash_type, value) in [("md5", MD5), ("sha1", SHA1), ("sha256", SHA256)] {
        for value in [value.to_owned(), value.to_uppercase()] {
            let answer = single(hash_type, &value).send(&emulator).await;
            assert_text(&answer, 200, "Sample sent for rescanning", "rescan.single.sent", "documented");
        }
    }
    let encoded = single("%6d%645", &format!("%39{}", &MD5[1..])).send(&emulator).await;
    assert_text(&encoded, 200, "Sample sent for rescanning", "rescan.single.sent", "documented");
}

#[tokio::test]
async fn samples_that_are_not_stored_are_unavailable() {
    let emulator = start().await;
    for value in [NOT_STORED, NOT_KNOWN, NEVER_SEEN] {
        let answer = single("md5", value).send(&emulator).await;
        assert_text(&answer, 404, "Requested sample unavailable", "rescan.single.unavailable", "documented");
    }
}

#[tokio::test]
async fn the_type_is_checked_before_the_value() {
    let emulator = start().await;
    for (hash_type, value) in [("sha512", "x"), ("MD5", MD5), ("crc", MD5), ("%20", "x")] {
        let answer = single(hash_type, value).send(&emulator).await;
        assert_text(&answer, 400, "Invalid hash type", "rescan.single.invalid-hash-type", "assumed");
    }
    for (hash_type, value) in
        [("md5", SHA1), ("sha1", MD5), ("sha256", "x"), ("md5", "%2F"), ("md5", "%ff%00")]
    {
        let answer = single(hash_type, value).send(&emulator).await;
        assert_text(&answer, 400, "Invalid hash value", "rescan.single.invalid-hash", "assumed");
    }
}

#[tokio::test]
async fn query_content_type_and_body_are_ignored() {
    let emulator = start().await;
    let path = format!("{MD5}?format=odd&x=%zz&format=json");
    let answer = single("md5", &path).json("{").send(&emulator).await;
    assert_text(&answer, 200, "Sample sent for rescanning", "rescan.single.sent", "documented");
}

#[tokio::test]
async fn a_rescan_changes_the_verdict_after_the_analysis_time() {
    let emulator = start().await;
    let state = emulator.world("default").state();
    let sample = state
        .find(&scandouble::internals::samples::Hash::parse(MD5).expect("a hash"))
        .expect("the store answers")
        .expect("the sample");
    let verdict = |emulator: &Emulator| {
        let now = harness::clock(emulator).now();
        let scans = state.scans(&sample, now);
        (scans.len(), scans.last().expect("a scan").verdict.word())
    };
    assert_eq!(verdict(&emulator), (1, "clean"));
    single("md5", NOT_STORED).send(&emulator).await;
    assert!(state.queue().all().next().is_none(), "only what is sent is queued");
    single("md5", MD5).send(&emulator).await;
    let waits = || state.queue().is_waiting(&sample.key(), "rescan", harness::clock(&emulator).now());
    harness::advance(&emulator, 29.999);
    assert!(waits());
    assert_eq!(verdict(&emulator), (1, "clean"));
    let again = single("md5", MD5).send(&emulator).await;
    assert_text(&again, 200, "Sample sent for rescanning", "rescan.single.sent", "documented");
    harness::advance(&emulator, 0.001);
    assert!(!waits(), "a second request does not restart the rescan");
    assert_eq!(verdict(&emulator), (2, "infected"));
}
