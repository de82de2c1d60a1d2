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
    let answer = authorized(&single(FOOBAR)).json(r#"{"analysis": "cloud,core"}"#).send(&emulator).await;
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

#[tokio::test]
async fn the_reply_of_bulk_is_as_printed_except_for_the_shortened_hashes() {
    let emulator = start_builtin().await;
    let request = format!(r#"{{"hash_value": ["{FOOBAR}", "{FOO}"], "analysis": "cloud,core"}}"#);
    let printed = concat!(
        r#"{"results":[{"code":201,"message":"Sample is queued for analysis.","analysis":["#,
        r#"{"name":"cloud","code":201,"message":"Sample is queued for analysis."},"#,
        r#"{"name":"core","code":201,"message":"Sample is sent to core analysis."}],"#,
        r#""detail":{"sha1":"988881adc9fc3655077dc2d4d757d480b5ea0e11","#,
        r#""sha256":"aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f","#,
        r#""sha512":"0b8754b06ca408c09e8672bce675fe895c208d4b3d83f1954b61255d2556a8b73773c0dc0210aa044ffcca6834839460959cbc9f73d3079262fc8bc935d46262","#,
        r#""md5":"14758f1afd44c09b7992073ccf00b43d"}},"#,
        r#"{"code":200,"message":"Sample is already queued for analysis.","analysis":["#,
        r#"{"name":"cloud","code":201,"message":"Sample is queued for analysis."},"#,
        r#"{"name":"core","code":201,"message":"Sample is sent to core analysis."}],"#,
        r#""detail":{"sha1":"f1d2d2f924e986ac86fdf7b36c94bcdf32beec15","#,
        r#""sha256":"b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c","#,
        r#""sha512":"1b8754b06ca408c09e8672bcef0918bc131c6772642cb2dce5a34f0a702f9470ddc2bf125c12198b1995c233c34b4afd346c54a2334c350a948a51b6e8b4e6b6","#,
        r#""md5":"d3b07384d113edec49eaa6238ad5ff00"}}]}"#
    );
    let rows = "spectra-analyze/analyze.bulk.queued-before, spectra-analyze/analyze.bulk.queued";
    // At any time: nothing has to be queued first, and analyses end.
    for _ in 0..2 {
        let answer = authorized(BULK).json(&request).send(&emulator).await;
        answer.assert_reply(201, JSON, printed, rows, "assumed; body=documented");
        crate::harness::advance(&emulator, 3600.0);
    }
    // Until the sandbox is ended.
    let ended = post(&format!("/_scandouble/samples/{FOO}/advance")).send(&emulator).await;
    assert_eq!(ended.status, 200, "{}", ended.text());
    let answer = authorized(BULK).json(&request).send(&emulator).await;
    assert_eq!(answer.json()["results"][1]["code"], 201);
}
