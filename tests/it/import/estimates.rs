//! Values that one API reports and that are estimated from the replies of another.

use serde_json::Value;

use super::imported;
use crate::harness::{get, start_builtin};

const SHA256: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";

#[tokio::test]
async fn reported_values_replace_estimates_in_either_order() {
    let (cloud, core) = (format!("/v2/hash/{SHA256}"), format!("/hash/{SHA256}"));
    for asked in [[&cloud, &core], [&core, &cloud]] {
        let emulator = start_builtin().await;
        let mut core_details = Value::Null;
        for path in asked {
            let answer = get(path).header("apikey", "exampleapikey").send(&emulator).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            if *path == core {
                core_details = answer.json()["scan_results"]["scan_details"].clone();
            }
        }
        let har = get("/_scandouble/journal?format=har").send(&emulator).await;
        let (fixture, notes) = imported("both.har", har.text());
        assert!(notes.iter().all(|line| !line.contains("wait_time")), "{asked:?} {notes:#?}");
        let engines = fixture["samples"][0]["engines"].as_array().expect("engines");
        assert!(!engines.is_empty());
        for engine in engines {
            let name = engine["engine"].as_str().expect("a name");
            assert_eq!(engine["wait_time"], core_details[name]["wait_time"], "{asked:?} {name}");
        }
    }
}
