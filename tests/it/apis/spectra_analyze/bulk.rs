//! `POST /api/samples/analyze_bulk/`.

use scandouble::internals::journal::FindingKind;

use super::*;
use crate::harness::{advance, start, start_with};

const QUEUED_ROW: &str = "spectra-analyze/analyze.bulk.queued";
const ALREADY_ROW: &str = "spectra-analyze/analyze.bulk.already-queued";
const UNKNOWN_ROW: &str = "spectra-analyze/analyze.bulk.unknown-sample";

async fn asked(emulator: &Emulator, hashes: &[&str], analysis: &str) -> Answer {
    let body = format!(r#"{{"hash_value":["{}"],"analysis":"{analysis}"}}"#, hashes.join(r#"",""#));
    authorized(BULK).json(&body).send(emulator).await
}

fn bar_hashes() -> String {
    format!(r#"{BAR_HASHES},"imphash":"f34d5f2d4577ed6d9ceec516c1f5a744""#)
}

fn unknown(kind: &str, hash: &str) -> String {
    format!(
        r#"{{"code":404,"message":"Sample is not found on the appliance.","detail":{{"{kind}":"{hash}"}}}}"#
    )
}

#[tokio::test]
async fn entries_are_in_the_order_of_the_request_and_contain_import_hashes() {
    let emulator = start(SAMPLES).await;
    let entry = |hashes: &str| reanalysis(QUEUED, &[CORE_201, CLOUD_201], hashes);
    let answer = asked(&emulator, &[BAR, &FOO.to_uppercase()], "core,cloud").await;
    let wanted = results(&[&entry(&bar_hashes()), &entry(FOO_HASHES)]);
    answer.assert_reply(201, JSON, &wanted, QUEUED_ROW, "documented");
    let entry = |hashes: &str| reanalysis(ALREADY, &[CORE_200, CLOUD_200], hashes);
    let answer = asked(&emulator, &[FOO, BAR], "core,cloud").await;
    let wanted = results(&[&entry(FOO_HASHES), &entry(&bar_hashes())]);
    answer.assert_reply(200, JSON, &wanted, ALREADY_ROW, "documented");
}

#[tokio::test]
async fn hashes_of_each_type_are_looked_up() {
    let emulator = start(SAMPLES).await;
    for hash in [
        "d3b07384d113edec49eaa6238ad5ff00",
        FOO,
        "B5BB9D8014A0F9B1D61E21E796D78DCCDF1352F23CD32812F4850B878AE4944C",
        "0cf9180a764aba863a67b6d72f0918bc131c6772642cb2dce5a34f0a702f9470ddc2bf125c12198b1995c233c34b4afd346c54a2334c350a948a51b6e8b4e6b6",
    ] {
        let answer = asked(&emulator, &[hash], "cloud").await;
        let wanted = results(&[&reanalysis(QUEUED, &[CLOUD_201], FOO_HASHES)]);
        answer.assert_reply(201, JSON, &wanted, QUEUED_ROW, "documented");
        advance(&emulator, 30.0);
    }
}

#[tokio::test]
async fn one_newly_queued_engine_gives_201() {
    let emulator = start(SAMPLES).await;
    asked(&emulator, &[FOO], "cloud,core").await;
    let answer = asked(&emulator, &[FOO, FOOBAR], "cloud,core").await;
    let wanted = results(&[
        &reanalysis(ALREADY, &[CLOUD_200, CORE_200], FOO_HASHES),
        &reanalysis(QUEUED, &[CLOUD_201, CORE_201], FOOBAR_HASHES),
    ]);
    answer.assert_reply(201, JSON, &wanted, QUEUED_ROW, "documented");
    advance(&emulator, 29.999);
    assert_eq!(asked(&emulator, &[FOO, FOOBAR], "cloud,core").await.status, 200);
    advance(&emulator, 0.001);
    assert_eq!(asked(&emulator, &[FOO, FOOBAR], "cloud,core").await.status, 201);
}

#[tokio::test]
async fn a_repeated_hash_has_an_entry_each_time() {
    let emulator = start(SAMPLES).await;
    let answer = asked(&emulator, &[FOO, FOO], "core").await;
    let wanted = results(&[
        &reanalysis(CORE_QUEUED, &[CORE_201], FOO_HASHES),
        &reanalysis(ALREADY, &[CORE_200], FOO_HASHES),
    ]);
    answer.assert_reply(201, JSON, &wanted, QUEUED_ROW, "documented");
}

#[tokio::test]
async fn a_bare_string_is_one_hash() {
    let emulator = start(SAMPLES).await;
    let request = authorized(BULK).json(&format!(r#"{{"hash_value":"{FOO}","analysis":"core"}}"#));
    let wanted = results(&[&reanalysis(CORE_QUEUED, &[CORE_201], FOO_HASHES)]);
    request.send(&emulator).await.assert_reply(201, JSON, &wanted, QUEUED_ROW, "documented");
}

#[tokio::test]
async fn unknown_samples_have_an_entry_with_the_hash_as_it_was_sent() {
    let emulator = start(SAMPLES).await;
    let answer = asked(&emulator, &[NOBODY, FOO, ELSEWHERE], "core").await;
    let foo = reanalysis(CORE_QUEUED, &[CORE_201], FOO_HASHES);
    let wanted = results(&[&unknown("sha1", NOBODY), &foo, &unknown("sha1", ELSEWHERE)]);
    let rows = format!("spectra-analyze/analyze.bulk.unknown-sample, {QUEUED_ROW}");
    answer.assert_reply(201, JSON, &wanted, &rows, "assumed");
    let md5 = "ABCDEFabcdef00000000000000000000";
    let answer = asked(&emulator, &[md5], "core").await;
    answer.assert_reply(200, JSON, &results(&[&unknown("md5", md5)]), UNKNOWN_ROW, "assumed");
    let answer = asked(&emulator, &[NOBODY, FOO], "core").await;
    let foo = reanalysis(ALREADY, &[CORE_200], FOO_HASHES);
    let rows = format!("{UNKNOWN_ROW}, {ALREADY_ROW}");
    answer.assert_reply(200, JSON, &results(&[&unknown("sha1", NOBODY), &foo]), &rows, "assumed");
}

#[tokio::test]
async fn a_request_for_unknown_samples_alone_can_be_answered_with_404() {
    let emulator =
        start_with(SAMPLES, |builder| builder.setting("spectra-analyze.bulk-none-found", "404")).await;
    let not_found = r#"{"code":404,"message":"Sample is not found on the appliance."}"#;
    for hashes in [&[NOBODY][..], &[NOBODY, ELSEWHERE], &[NOBODY, BAZ]] {
        let answer = asked(&emulator, hashes, "core").await;
        answer.assert_reply(404, JSON, not_found, UNKNOWN_ROW, "assumed");
    }
    let answer = asked(&emulator, &[NOBODY, FOO], "core").await;
    let foo = reanalysis(CORE_QUEUED, &[CORE_201], FOO_HASHES);
    let rows = format!("{UNKNOWN_ROW}, {QUEUED_ROW}");
    answer.assert_reply(201, JSON, &results(&[&unknown("sha1", NOBODY), &foo]), &rows, "assumed");
    assert_eq!(asked(&emulator, &[NOBODY, FOO], "core").await.status, 200, "one is queued already");
    assert_refused(&asked(&emulator, &[BAZ], "core").await, 405, EXTRACTED, "analyze.bulk.all-extracted");
}

#[tokio::test]
async fn unknown_samples_can_be_left_out() {
    let emulator =
        start_with(SAMPLES, |builder| builder.setting("spectra-analyze.bulk-unknown", "leave-out")).await;
    let answer = asked(&emulator, &[NOBODY, FOO, NOBODY], "core").await;
    let wanted = results(&[&reanalysis(CORE_QUEUED, &[CORE_201], FOO_HASHES)]);
    let rows = format!("spectra-analyze/analyze.bulk.unknown-sample, {QUEUED_ROW}");
    answer.assert_reply(201, JSON, &wanted, &rows, "assumed");
    let answer = asked(&emulator, &[NOBODY], "core").await;
    answer.assert_reply(200, JSON, r#"{"results":[]}"#, UNKNOWN_ROW, "assumed");
}

#[tokio::test]
async fn extracted_samples_have_an_entry_unless_all_samples_are_extracted() {
    let emulator = start(SAMPLES).await;
    let baz = format!(
        r#"{{"code":405,"message":"Reanalysis not allowed for extracted samples.","detail":{{{BAZ_HASHES},"imphash":"{BAZ_IMPHASH}"}}}}"#
    );
    let foo = reanalysis(CORE_QUEUED, &[CORE_201], FOO_HASHES);
    let answer = asked(&emulator, &[BAZ, FOO], "core").await;
    let rows = format!("spectra-analyze/analyze.bulk.extracted-sample, {QUEUED_ROW}");
    answer.assert_reply(201, JSON, &results(&[&baz, &foo]), &rows, "assumed");
    let answer = asked(&emulator, &[BAZ, NOBODY], "core").await;
    let rows = format!("{UNKNOWN_ROW}, spectra-analyze/analyze.bulk.extracted-sample");
    answer.assert_reply(200, JSON, &results(&[&baz, &unknown("sha1", NOBODY)]), &rows, "assumed");
    for hashes in [&[BAZ][..], &[BAZ, QUX], &[BAZ, BAZ]] {
        let answer = asked(&emulator, hashes, "core").await;
        assert_refused(&answer, 405, EXTRACTED, "analyze.bulk.all-extracted");
    }
}

#[tokio::test]
async fn hashes_are_checked_before_the_analysis() {
    let emulator = start(SAMPLES).await;
    let md5 = "d3b07384d113edec49eaa6238ad5ff00";
    for analysis in ["core", "x"] {
        for hashes in [&["x"][..], &[FOO, ""], &[FOO, "x", md5], &[&FOO[1..]], &[&format!(" {FOO}")]] {
            let answer = asked(&emulator, hashes, analysis).await;
            assert_refused(&answer, 400, INVALID_HASH, "analyze.bulk.invalid-hash");
        }
        let answer = asked(&emulator, &[FOO, FOO, md5], analysis).await;
        assert_refused(&answer, 400, MIXED, "analyze.bulk.mixed-types");
    }
    for (value, fault) in [
        ("", "This field is required."),
        (r#""hash_value":null,"#, "This field may not be null."),
        (r#""hash_value":[],"#, "This list may not be empty."),
    ] {
        let answer = authorized(BULK).json(&format!(r#"{{{value}"analysis":"x"}}"#)).send(&emulator).await;
        let wanted = format!(r#"{{"hash_value":["{fault}"]}}"#);
        assert_refused(&answer, 400, &wanted, "analyze.bulk.no-hashes");
    }
    for value in ["1", "true", "{}", "[1]", "[null]", "[[]]", "\"\"", &format!("[\"{FOO}\",true]")] {
        let answer = authorized(BULK).json(&format!(r#"{{"hash_value":{value}}}"#)).send(&emulator).await;
        assert_refused(&answer, 400, INVALID_HASH, "analyze.bulk.invalid-hash");
    }
    let answer = authorized(BULK).form("hash_value=&analysis=core").send(&emulator).await;
    assert_refused(&answer, 400, INVALID_HASH, "analyze.bulk.invalid-hash");
}

#[tokio::test]
async fn the_analysis_must_name_engines() {
    let emulator = start(SAMPLES).await;
    let row = "analyze.bulk.invalid-analysis";
    let answer = authorized(BULK).form(&format!("hash_value={NOBODY}")).send(&emulator).await;
    assert_refused(&answer, 400, r#"{"analysis":["This field is required."]}"#, row);
    let answer = asked(&emulator, &[NOBODY], "core,rl_cloud_sandbox").await;
    assert_refused(&answer, 400, r#"{"analysis":["\"rl_cloud_sandbox\" is not a valid choice."]}"#, row);
}

#[tokio::test]
async fn an_appliance_that_may_not_reanalyse_refuses_every_request() {
    let emulator =
        start_with(SAMPLES, |builder| builder.setting("spectra-analyze.appliance-may-reanalyse", "false"))
            .await;
    for hash in [FOO, NOBODY, BAZ] {
        assert_refused(&asked(&emulator, &[hash], "core").await, 405, APPLIANCE, "analyze.bulk.appliance");
    }
    let wanted = r#"{"analysis":["\"x\" is not a valid choice."]}"#;
    assert_refused(&asked(&emulator, &[FOO], "x").await, 400, wanted, "analyze.bulk.invalid-analysis");
}

#[tokio::test]
async fn without_cloud_a_request_for_cloud_alone_is_refused_before_the_look_up() {
    let emulator =
        start_with(SAMPLES, |builder| builder.setting("spectra-analyze.cloud-connected", "false")).await;
    for hashes in [&[FOO][..], &[FOO, NOBODY], &[NOBODY], &[BAZ]] {
        let answer = asked(&emulator, hashes, "cloud").await;
        assert_refused(&answer, 405, APPLIANCE, "analyze.bulk.appliance");
    }
    let answer = asked(&emulator, &[FOO], "cloud,core").await;
    let wanted = results(&[&reanalysis(QUEUED, &[CLOUD_405, CORE_201], FOO_HASHES)]);
    answer.assert_reply(201, JSON, &wanted, QUEUED_ROW, "documented");
    let answer = asked(&emulator, &[FOO], "cloud,core").await;
    let wanted = results(&[&reanalysis(ALREADY, &[CLOUD_405, CORE_200], FOO_HASHES)]);
    answer.assert_reply(200, JSON, &wanted, ALREADY_ROW, "documented");
}

#[tokio::test]
async fn forms_may_list_hashes_with_commas_or_indexes() {
    let emulator = start(SAMPLES).await;
    let entry = |hashes: &str| reanalysis(CORE_QUEUED, &[CORE_201], hashes);
    let wanted = results(&[&entry(FOO_HASHES), &entry(FOOBAR_HASHES)]);
    for form in [
        format!("hash_value={FOO}%2C{FOOBAR}&analysis=core"),
        format!("hash_value[1]={FOOBAR}&hash_value[0]={FOO}&analysis=core"),
        format!("hash_value%5B0%5D={FOO},{FOOBAR}&analysis[0]=core"),
    ] {
        let answer = authorized(BULK).form(&form).send(&emulator).await;
        answer.assert_reply(201, JSON, &wanted, QUEUED_ROW, "documented");
        advance(&emulator, 30.0);
    }
    let no_hashes = r#"{"hash_value":["This field is required."]}"#;
    for form in ["hash_value[]=x", "hash_value[x]=x", "hash_value[0=x", "xhash_value[0]=x"] {
        let answer = authorized(BULK).form(&format!("{form}&analysis=core")).send(&emulator).await;
        assert_refused(&answer, 400, no_hashes, "analyze.bulk.no-hashes");
    }
    let answer = authorized(BULK).form(&format!("hash_value={FOO},&analysis=core")).send(&emulator).await;
    assert_refused(&answer, 400, INVALID_HASH, "analyze.bulk.invalid-hash");
    let answer = authorized(BULK).json(&format!(r#"{{"hash_value":"{FOO},{FOO}","analysis":"core"}}"#));
    assert_refused(&answer.send(&emulator).await, 400, INVALID_HASH, "analyze.bulk.invalid-hash");
}

#[tokio::test]
async fn a_form_is_accepted_with_a_finding() {
    let emulator = start(SAMPLES).await;
    let answer =
        authorized(BULK).form(&format!("hash_value={FOO}&analysis=core%2Ccloud")).send(&emulator).await;
    assert_eq!(answer.status, 201);
    assert_eq!(findings(&emulator)[0].kind, FindingKind::Deviation);
    authorized(BULK).form("hash_value=x").send(&emulator).await;
    assert_eq!(findings(&emulator).len(), 1);
    asked(&emulator, &[FOO], "core").await;
    assert_eq!(findings(&emulator), []);
}

#[tokio::test]
async fn each_of_many_hashes_has_an_entry() {
    let emulator = start(SAMPLES).await;
    let hashes: Vec<String> = (0..5000).map(|number| format!("{number:040x}")).collect();
    let hashes: Vec<&str> = hashes.iter().map(String::as_str).chain([FOO]).collect();
    let answer = asked(&emulator, &hashes, "core").await;
    assert_eq!((answer.status, answer.json()["results"].as_array().map(Vec::len)), (201, Some(5001)));
}
