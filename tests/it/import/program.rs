//! The command line of `scandouble import`.

use super::{file, outcome, program};
use serde_json::{Value, json};

fn session() -> Value {
    json!({ "log": { "entries": [
        { "startedDateTime": "2026-03-01T12:00:00Z",
          "request": { "method": "POST", "url": "https://api.metadefender.com/v2/hash",
                       "headers": [{ "name": "apikey", "value": "0123456789abcdef" }],
                       "postData": { "text": "{\"hash\":[\"44d88612fea8a8f36de82e1278abb02f\"]}" } },
          "response": { "status": 200, "headers": [{ "name": "X-RateLimit-Limit", "value": "25" }],
                        "content": { "text": "[{\"hash\":\"44D88612FEA8A8F36DE82E1278ABB02F\",\"scan_result_i\":1,\"data_id\":\"bd\"}]" } } },
        { "startedDateTime": "2026-03-01T12:00:01Z", "request": { "method": "GET", "url": "https://a.test/" },
          "response": { "status": 0 } },
    ] } })
}

#[test]
fn a_session_becomes_a_fixture_with_masked_credentials() {
    let path = file("import-session.har", &session().to_string());
    let path = path.to_str().expect("UTF-8");
    let (code, out, err) = outcome(&mut program(&["import", path]));
    assert_eq!(
        out,
        "# Credentials are masked; --keep-credentials writes them as they are.\n\
         settings: { metadefender-cloud.result-key: scan_result_i, metadefender-cloud.hash-case: upper }\n\
         accounts:\n  metadefender_cloud:\n    - { key: \"0123***\", lookup_limit: 25 }\n\
         samples:\n  - name: 44d88612fea8a8f36de82e1278abb02f\n    md5: 44d88612fea8a8f36de82e1278abb02f\n    \
         verdict: infected\n    metadefender_cloud: { data_id: bd }\n"
    );
    let expected = format!(
        "lost: {path}, entry 2: GET https://a.test/ has no answer: the request was cut off or blocked\n\
         1 exchange: 1 sample, 1 account; 1 thing cannot be expressed in a fixture\n"
    );
    assert_eq!((code, err), (0, expected));
    let (code, out, _) = outcome(&mut program(&["import", path, "--keep-credentials", "--strict"]));
    assert!(code == 1 && out.contains("key: 0123456789abcdef") && !out.contains('#'), "{code} {out}");
    let (code, out, err) = outcome(&mut program(&["import", path, "--json"]));
    let whole: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, err.as_str(), &whole["lost"], &whole["exchanges"]), (0, "", &json!(1), &json!(1)));
    assert_eq!(whole["fixture"]["samples"][0]["verdict"], "infected");
    assert!(!out.contains("456789"), "{out}");
}

#[test]
fn unreadable_input_is_reported() {
    let (code, _, err) = outcome(&mut program(&["import", "/nowhere.json"]));
    assert!(code == 1 && err.starts_with("scandouble: cannot read /nowhere.json: "), "{err}");
    for (name, text, expected) in [
        ("import-empty.json", " ", ": the file is empty; expected a reply or an HTTP archive\n"),
        (
            "import-har.har",
            "{\"log\":{\"entries\":[{}]}}",
            ", entry 1: not a valid HAR entry; it needs request.method, request.url",
        ),
    ] {
        let path = file(name, text);
        let (code, _, err) = outcome(&mut program(&["import", path.to_str().expect("UTF-8")]));
        assert!(code == 1 && err.contains(expected), "{err}");
    }
    let path = file("import-other.txt", "hello");
    let path = path.to_str().expect("UTF-8");
    let (code, out, err) = outcome(&mut program(&["import", path]));
    assert_eq!((code, out.as_str()), (0, "samples: []\n"));
    let expected = ": the reply has the form of no emulated API; name its API with --api NAME\n";
    assert!(err.starts_with(&format!("lost: {path}{expected}")), "{err}");
    let (code, _, err) = outcome(&mut program(&["import", path, "--api", "nobody"]));
    assert!(code == 2 && err.contains("there is no API \"nobody\""), "{err}");
    let (code, _, err) = outcome(&mut program(&["import", path, "--host", "a=nobody"]));
    assert!(code == 2 && err.contains("there is no API \"nobody\""), "{err}");
}
