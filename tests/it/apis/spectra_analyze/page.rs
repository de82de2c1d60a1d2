//! The examples of the vendor's page, with the built-in fixtures.

use super::*;
use crate::harness::start_builtin;

#[tokio::test]
async fn the_single_example_answers_as_printed_except_for_the_shortened_hashes() {
    let emulator = start_builtin().await;
    // As curl sends `--form 'analysis=cloud,core'`.
    let body = "--------------------------d74496d66958873e\r\n\
                Content-Disposition: form-data; name=\"analysis\"\r\n\r\n\
                cloud,core\r\n\
                --------------------------d74496d66958873e--\r\n";
    let answer = authorized(&single(FOOBAR))
        .header("Content-Type", "multipart/form-data; boundary=------------------------d74496d66958873e")
        .body(body)
        .send(&emulator)
        .await;
    let printed = concat!(
        r#"{"code":201,"message":"Sample is queued for analysis.","analysis":["#,
        r#"{"name":"cloud","code":201,"message":"Sample is queued for analysis."},"#,
        r#"{"name":"core","code":201,"message":"Sample is sent to core analysis."}],"#,
        r#""detail":{"sha1":"988881adc9fc3655077dc2d4d757d480b5ea0e11","#,
        r#""sha256":"aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f","#,
        r#""sha512":"0b8754b06ca408c09e8672bce675fe895c208d4b3d83f1954b61255d2556a8b73773c0dc0210aa044ffcca6834839460959cbc9f73d3079262fc8bc935d46262","#,
        r#""md5":"14758f1afd44c09b7992073ccf00b43d"}}"#
    );
    answer.assert_reply(201, JSON, printed, "spectra-analyze/analyze.single.queued", "documented");
    assert_eq!(findings(&emulator), []);
}

#[tokio::test]
async fn the_pages_python_and_bulk_examples_are_queued() {
    let emulator = start_builtin().await;
    let answer = authorized(&single(FOO)).json(r#"{"analysis": "cloud,core"}"#).send(&emulator).await;
    assert_eq!(answer.status, 201);
    let body = r#"{"hash_value":["0000014db72d1427c8b34ba152476a9bfdb27844", "f51ef127e79bf2f59dc82cf993f8315967e4bbfe"], "analysis": "core,cloud"}"#;
    let answer = authorized(BULK).json(body).send(&emulator).await;
    assert_eq!(answer.status, 201);
    let entries = answer.json();
    let sha1s: Vec<_> = (0..2).map(|i| entries["results"][i]["detail"]["sha1"].clone()).collect();
    assert_eq!(
        sha1s,
        ["0000014db72d1427c8b34ba152476a9bfdb27844", "f51ef127e79bf2f59dc82cf993f8315967e4bbfe"]
    );
    assert_eq!(entries["results"][0]["analysis"][0]["name"], "core", "engines come in the order asked");
    assert_eq!(findings(&emulator), []);
}
