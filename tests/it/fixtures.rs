//! Loading fixture sets: error messages, derived values, replaced samples.

#[cfg(unix)]
mod files;
mod limits;

use scandouble::Emulator;
use scandouble::internals::fixtures::{Source, load};

use crate::harness;

fn errors(text: &str) -> Vec<String> {
    let source = Source::Text { name: "set.yaml".to_owned(), text: text.to_owned() };
    load(&[source]).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn all_errors_are_reported_at_once_with_position_and_help() {
    let errors = errors(
        "samples:\n\
         - name: a\n\
         \x20 sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a0\n\
         \x20 verdikt: clean\n\
         - name: b\n\
         \x20 md5: 0cc175b9c0f1b6a831c399e269772661\n\
         \x20 verdict: infectd\n\
         - md5: 0cc175b9c0f1b6a831c399e269772661\n\
         \x20 verdict: clean\n\
         \x20 scanned_at: yesterday\n",
    );
    assert_eq!(errors.len(), 5, "{errors:#?}");
    assert!(errors[0].starts_with("set.yaml:3:11: sha256 has 63 hex digits, expected 64; "), "{}", errors[0]);
    assert!(
        errors[1].starts_with("set.yaml:4:3: unknown field \"verdikt\"; did you mean \"verdict\"?"),
        "{}",
        errors[1]
    );
    assert!(errors[2].starts_with("set.yaml:7:12: unknown verdict \"infectd\"; did you mean \"infected\"?"));
    assert!(errors[3].starts_with("set.yaml:8:3: missing field \"name\"; "), "{}", errors[3]);
    assert!(
        errors[4].starts_with("set.yaml:10:15: scanned_at: \"yesterday\" is not a valid time; "),
        "{}",
        errors[4]
    );
}

#[test]
fn an_invalid_sample_does_not_hide_other_errors() {
    let errors = errors(
        "samples:\n\
         - {name: bad, content: x, verdict: no}\n\
         - {name: a, content: y, verdict: clean, children: [bad, nobody]}\n\
         - {name: b, content: y, verdict: clean}\n",
    );
    assert_eq!(errors.len(), 3, "{errors:#?}");
    assert!(
        errors[0].contains(":2:") && errors[1].contains("\"nobody\"") && errors[2].contains("\"b\" claims")
    );
}

#[test]
fn errors_beyond_the_shape_are_reported() {
    assert_eq!(
        errors("samples: [{name: a, verdict: clean}]"),
        ["set.yaml:1:11: the sample has no hash; give md5, sha1, sha256 or sha512, or content or file"]
    );
    assert_eq!(
        errors("samples: [{name: a, content: x}]")[0].split("; use one of").next().expect("a part before"),
        "set.yaml:1:11: verdict is missing"
    );
    assert_eq!(
        errors("samples: [{name: a, content: x, md5: 0cc175b9c0f1b6a831c399e269772661, verdict: clean}]"),
        ["set.yaml:1:38: md5 is not that of the content, 9dd4e461268c8034f5c8564e155c67a6; \
          correct it, or say override: true"]
    );
    assert_eq!(
        errors("samples: [{name: a, content: x, verdict: clean}, {name: b, content: x, verdict: clean}]"),
        [
            "set.yaml:1:50: \"b\" claims the md5 9dd4e461268c8034f5c8564e155c67a6, which \"a\" at set.yaml:1 has; \
          remove one of the two, or correct the hash"
        ]
    );
    assert_eq!(
        errors("samples: [{name: a, content: x, verdict: clean, children: [nobody]}]"),
        [
            "set.yaml:1:60: unknown child \"nobody\": no sample of this set or an earlier one has this name or hash; add the sample, or name \
          the child by a hash or name that exists"
        ]
    );
    assert_eq!(
        errors("samples: [{name: a, content: x, scans: [{verdict: clean}], verdict: clean}]"),
        ["set.yaml:1:60: verdict and scans are both given; put verdict into the scans"]
    );
    assert_eq!(
        errors("settings: {auth: maybe}"),
        [
            "set.yaml:1:18: auth is one of enforce, any, off, not \"maybe\"; docs/settings.md describes the settings"
        ]
    );
    assert_eq!(
        errors(
            "samples:\n- {name: a, content: x, verdict: clean, children: [b]}\n\
             - {name: b, content: y, verdict: clean, children: [a]}\n"
        )
        .len(),
        2,
        "a cycle is reported for each archive in it"
    );
}

#[test]
fn unreadable_sources_are_reported_with_help() {
    let error = |source: Source| load(&[source]).err().unwrap_or_default()[0].to_string();
    assert_eq!(
        error(Source::Builtin("nothing".to_owned())),
        "builtin:nothing: there is no built-in set \"nothing\"; there are builtin:starter and builtin:vendor-examples"
    );
    assert!(error(Source::Path("no/such/file.yaml".into())).contains("check the path"));
}

#[test]
fn a_later_set_replaces_samples_with_a_note() {
    let source = |name: &str, text: &str| Source::Text { name: name.to_owned(), text: text.to_owned() };
    let first = source("one.yaml", "samples: [{name: old, content: x, verdict: clean}]");
    let second = source("two.yaml", "samples: [{name: new, content: x, verdict: infected}]");
    let loaded = load(&[first, second]).expect("loads");
    assert_eq!(loaded.samples.len(), 1);
    assert_eq!(loaded.samples[0].name, "new");
    assert_eq!(loaded.summary.notes[0], "\"old\" of one.yaml is replaced by \"new\" of two.yaml");

    let both = source(
        "three.yaml",
        "samples: [{name: both, md5: 9dd4e461268c8034f5c8564e155c67a6, \
         sha1: 95cb0bfd2977c761298d9624e4b4d4c72a39974a, verdict: clean}]",
    );
    let apart = source(
        "apart.yaml",
        "samples: [{name: x, content: x, verdict: clean}, {name: y, content: y, verdict: clean}]",
    );
    let errors = load(&[apart, both]).expect_err("a sample that matches two others is refused");
    assert!(
        errors[0].to_string().contains("shares hashes with two samples of earlier sets"),
        "{}",
        errors[0]
    );
}

#[test]
fn derived_values_are_stable_and_marked_as_synthetic() {
    let read = || {
        let text = "samples: [{name: a.exe, md5: 0cc175b9c0f1b6a831c399e269772661, verdict: infected}]";
        let source = Source::Text { name: "set.yaml".to_owned(), text: text.to_owned() };
        serde_json::to_string(&load(&[source]).expect("loads").samples[0]).expect("renders")
    };
    assert_eq!(read(), read());
    assert!(read().contains(r#""synthetic":["sha1","sha256","sha512"]"#));
    assert!(read().contains(r#""threat":"Trojan."#));
}

#[tokio::test]
async fn a_minimal_fixture_loads() {
    let emulator = harness::start(
        "samples:\n\
         - name: invoice.exe\n\
         \x20 sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n\
         \x20 verdict: infected\n\
         \x20 threat: Win32.Emotet\n",
    )
    .await;
    assert_eq!(emulator.summary().samples, 1);
}

#[tokio::test]
async fn a_failed_start_reports_all_errors() {
    let error = Emulator::builder()
        .fixtures_text("one.yaml", "samples: [{name: a, verdict: clean}]")
        .fixtures_text("two.json", "{\"settings\": {\"auth\": 3}}")
        .start()
        .await
        .expect_err("it must not start");
    assert_eq!(error.to_string().lines().count(), 2, "{error}");
}
