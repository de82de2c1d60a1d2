//! `DELETE /api/samples/{hash_value}/`.

use super::*;
use crate::harness::{ask, get, start};

fn delete(hash: &str) -> Ask {
    ask("DELETE", &format!("/api/samples/{hash}/")).header("Authorization", "Token exampletoken")
}

#[tokio::test]
async fn a_deleted_sample_is_gone_from_the_appliance_alone() {
    let emulator = start(SAMPLES).await;
    let answer = delete(&FOO.to_uppercase()).send(&emulator).await;
    let body = format!(
        r#"{{"results":{{"code":200,"detail":{{{FOO_HASHES}}},"message":"Sample deleted successfully."}}}}"#
    );
    answer.assert_reply(200, JSON, &body, "spectra-analyze/delete.done", "observed");
    let not_found = r#"{"code":404,"message":"Sample is not found on the appliance."}"#;
    let answer = delete(FOO).send(&emulator).await;
    answer.assert_reply(404, JSON, not_found, "spectra-analyze/delete.not-found", "assumed");
    let analyze = || authorized(&single(FOO)).form("analysis=core");
    assert_eq!(analyze().send(&emulator).await.status, 404);
    let core = get(&format!("/hash/{FOO}")).send(&emulator).await.json();
    assert_eq!(core["file_info"]["display_name"], "foo.txt", "other products keep it");
    // An upload brings it back, and so it does for one that was uploaded before.
    for _ in 0..2 {
        let body = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"foo.txt\"\r\n\r\nfoo\n\r\n--X--\r\n";
        let upload = authorized(UPLOADS).header("Content-Type", "multipart/form-data; boundary=X").body(body);
        assert_eq!(upload.send(&emulator).await.status, 201);
        assert_ne!(analyze().send(&emulator).await.status, 404);
        assert_eq!(delete(FOO).send(&emulator).await.status, 200);
        assert_eq!(analyze().send(&emulator).await.status, 404);
    }
}

#[tokio::test]
async fn unknown_samples_and_malformed_hashes_are_refused() {
    let emulator = start(SAMPLES).await;
    let not_found = r#"{"code":404,"message":"Sample is not found on the appliance."}"#;
    for hash in [NOBODY, ELSEWHERE] {
        let answer = delete(hash).send(&emulator).await;
        answer.assert_reply(404, JSON, not_found, "spectra-analyze/delete.not-found", "assumed");
    }
    for hash in ["x", &FOO[1..]] {
        let answer = delete(hash).send(&emulator).await;
        answer.assert_reply(400, JSON, INVALID_HASH, "spectra-analyze/delete.invalid-hash", "assumed");
    }
    let answer = get(&format!("/api/samples/{FOO}/")).header("Authorization", "Token exampletoken");
    let answer = answer.send(&emulator).await;
    let body = r#"{"detail":"Method \"GET\" not allowed."}"#;
    answer.assert_reply(405, JSON, body, "spectra-analyze/method.not-allowed", "assumed");
    assert_eq!(answer.header("allow"), Some("DELETE, OPTIONS"));
}
