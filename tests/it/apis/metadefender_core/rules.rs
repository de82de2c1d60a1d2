//! The header `rule`, and the list of rules.

use serde_json::json;

use super::{assert_answer, assert_result};
use crate::harness::{ask, get, start};

const MD5: &str = "0cc175b9c0f1b6a831c399e269772661";

const SCANS: &str = "
rules:
  - { name: File scan, blocks: [infected] }
  - { name: Gründlich 100%, blocks: [clean], user_agents: [Outlook add-in] }
samples:
  - name: a
    md5: 0cc175b9c0f1b6a831c399e269772661
    scans:
      - { verdict: clean, scanned_at: 2026-01-01, metadefender_core: { data_id: one } }
      - { verdict: infected, rule: File scan, scanned_at: 2026-01-02, metadefender_core: { data_id: two } }
      - { verdict: clean, rule: Gründlich 100%, scanned_at: 2026-01-03, metadefender_core: { data_id: three } }
      - { verdict: clean, rule: Undefined, scanned_at: 2026-01-04, metadefender_core: { data_id: four } }
      - { verdict: clean, rule: File scan, scanned_at: 2026-01-05, in_progress: true, metadefender_core: { data_id: five } }
      - { verdict: clean, rule: Running, scanned_at: 2026-01-06, in_progress: true, metadefender_core: { data_id: six } }
";

#[tokio::test]
async fn the_most_recent_finished_result_under_the_rule_is_returned() {
    let emulator = start(SCANS).await;
    let path = format!("/hash/{MD5}");
    let blocked = json!("Scan result: Infected");
    let newest = get(&path).send(&emulator).await;
    assert_result(
        &newest,
        "hash.found",
        &[("/data_id", json!("four")), ("/process_info/profile", json!("Undefined"))],
    );
    let empty = get(&path).header("rule", "").send(&emulator).await;
    assert_eq!(empty.body, newest.body);
    for asked in ["File scan", "File%20scan", "%46ile scan"] {
        let answer = get(&path).header("rule", asked).send(&emulator).await;
        let values = [("/data_id", json!("two")), ("/process_info/blocked_reason", blocked.clone())];
        assert_result(&answer, "hash.found.rule hash.found", &values);
        // A newer result under the rule is unfinished.
        assert_eq!(answer.header("scandouble-provenance"), Some("documented; body=assumed"));
    }
    for asked in ["Gründlich 100%", "Gr%C3%BCndlich%20100%25", "Gr%C3%BCndlich 100%"] {
        let answer = get(&path).header("rule", asked).send(&emulator).await;
        let values = [
            ("/data_id", json!("three")),
            ("/process_info/profile", json!("Gründlich 100%")),
            ("/process_info/user_agent", json!("Outlook add-in")),
            ("/process_info/result", json!("Blocked")),
            ("/process_info/blocked_reason", json!("Scan result: No Threat Detected")),
        ];
        assert_result(&answer, "hash.found.rule hash.found", &values);
        assert_eq!(answer.header("scandouble-provenance"), Some("documented"));
    }
}

#[tokio::test]
async fn a_rule_without_a_result_is_not_found() {
    let emulator = start(SCANS).await;
    for asked in ["file scan", "Other", "File+scan", "%ff"] {
        let answer =
            get(&format!("/hash/{}", MD5.to_uppercase())).header("rule", asked).send(&emulator).await;
        let body = format!(r#"{{"{}":"Not Found"}}"#, MD5.to_uppercase());
        assert_answer(&answer, 200, &body, "hash.rule-without-result hash.not-found", "assumed");
    }
    let unknown = get("/hash/abc").header("rule", "Other").send(&emulator).await;
    super::assert_not_found(&unknown, "abc");
}

#[tokio::test]
async fn a_rule_with_only_a_running_result_returns_it() {
    let emulator = start(SCANS).await;
    let answer = get(&format!("/hash/{MD5}")).header("rule", "Running").send(&emulator).await;
    let values = [("/data_id", json!("six")), ("/process_info/result", json!("Processing"))];
    assert_result(&answer, "hash.in-progress hash.found.rule", &values);
}

#[tokio::test]
async fn the_list_has_the_rules_for_the_agent_and_for_all_agents() {
    let emulator = start(
        "rules: [{ name: File scan }, { name: 'Only \"A\"', max_file_size: 5, user_agents: [A, B] }, { name: C, user_agents: [C] }]",
    )
    .await;
    let all = r#"[{"max_file_size":200000000,"name":"File scan"}]"#;
    let agent = r#"[{"max_file_size":200000000,"name":"File scan"},{"max_file_size":5,"name":"Only \"A\""}]"#;
    for path in ["/file/rules", "/metascan_rest/file/rules?x=1"] {
        assert_answer(&get(path).send(&emulator).await, 200, all, "rules.list", "observed");
        assert_answer(
            &get(path).header("user_agent", "a").send(&emulator).await,
            200,
            all,
            "rules.list",
            "observed",
        );
        assert_answer(
            &get(path).header("User-Agent", "A").send(&emulator).await,
            200,
            all,
            "rules.list",
            "observed",
        );
        assert_answer(
            &get(path).header("user_agent", "B").send(&emulator).await,
            200,
            agent,
            "rules.list",
            "observed",
        );
    }
    assert_eq!(ask("HEAD", "/file/rules").send(&emulator).await.text(), "");
    let neutral = start("samples: []").await;
    assert_answer(&get("/file/rules").send(&neutral).await, 200, all, "rules.list", "observed");
}
