use scandouble::Emulator;

use super::{KNOWN, call_admin, emulator, get_json, look_up, problem};
use crate::harness::{self, get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_fixture_is_loaded_into_one_world() {
    let emulator = emulator().await;
    let fixture = "samples:\n- {name: own.txt, content: own, verdict: infected}\n\
                   - {name: a.zip, content: zip, verdict: clean, children: [own.txt, c90ae688b2a3b1fd0751fd743eb385cd]}\n";
    let fixture = fixture.replace("c90ae688b2a3b1fd0751fd743eb385cd", KNOWN);
    let loaded = post("/_world/a/_scandouble/samples").body(fixture).send(&emulator).await;
    assert_eq!(loaded.status, 200, "{}", loaded.text());
    assert_eq!((&loaded.json()["samples"], &loaded.json()["replaced"]), (&2.into(), &0.into()));
    let names = |of: serde_json::Value| -> Vec<String> {
        let list = of["samples"].as_array().expect("a list").clone();
        list.iter().map(|sample| sample["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(
        names(get_json(&emulator, "/_world/a/_scandouble/samples").await),
        ["own.txt", "a.zip", "known.txt"]
    );
    assert_eq!(names(get_json(&emulator, "/_scandouble/samples").await), ["known.txt"]);
    assert_eq!(names(get_json(&emulator, "/_world/a/_scandouble/samples?offset=1&limit=1").await), ["a.zip"]);
    assert_eq!(
        names(get_json(&emulator, "/_world/a/_scandouble/samples?verdict=infected").await),
        ["own.txt"]
    );
    assert_eq!(names(get_json(&emulator, "/_world/a/_scandouble/samples?name=KNOWN").await), ["known.txt"]);
}

#[tokio::test]
async fn large_fixtures_do_not_delay_other_requests() {
    const MANY: usize = 10_000;
    let emulator = emulator().await;
    let lines =
        (0..MANY).map(|number| format!("- {{name: f{number}, content: \"{number}\", verdict: clean}}\n"));
    let fixture = format!("samples:\n{}", lines.collect::<String>());
    let request = post("/_world/a/_scandouble/samples").body(fixture).bytes();
    let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
    let (most, last) = request.split_at(request.len() - 1);
    stream.write_all(most).await.expect("sends");
    get_json(&emulator, "/_scandouble/health").await;
    stream.write_all(last).await.expect("sends");
    let mut answer = Vec::new();
    let mut answered = 0;
    // Client and server share one thread, so loading on that thread would block all other answers.
    loop {
        tokio::select! {
            biased;
            read = stream.read_buf(&mut answer) => match read.expect("an answer") {
                0 => break,
                _ => continue,
            },
            _ = get_json(&emulator, "/_scandouble/health") => answered += 1,
        }
    }
    let text = String::from_utf8_lossy(&answer);
    assert!(text.contains(&format!("{{\"samples\":{MANY},\"replaced\":0,")), "{text:.200}");
    assert!(answered >= 10, "{answered} answers meanwhile");
    let again = harness::exchange(emulator.address(), &request).await;
    assert_eq!((&again.json()["samples"], &again.json()["replaced"]), (&MANY.into(), &MANY.into()));
    assert_eq!(get_json(&emulator, "/_world/a/_scandouble/samples").await["total"], MANY + 1);
}

#[tokio::test]
async fn fixtures_with_errors_are_refused_with_their_places_and_change_nothing() {
    let emulator = emulator().await;
    let bad =
        "samples:\n- {name: good, content: x, verdict: clean}\n- {name: bad, content: y, verdict: no}\n";
    let refused = post("/_scandouble/samples").body(bad).send(&emulator).await;
    assert!(problem(&refused, 422).starts_with("request:3:36: unknown verdict \"no\""), "{}", refused.text());
    assert_eq!(refused.json()["errors"][0]["line"], 3);
    assert_eq!(get_json(&emulator, "/_scandouble/samples").await["total"], 1);
    let bytes = post("/_scandouble/samples").body([0xff, 0x00]).send(&emulator).await;
    assert_eq!(problem(&bytes, 400), "the body is not valid UTF-8 from byte 0 on");
}

#[tokio::test]
async fn a_sample_is_looked_up_changed_and_removed() {
    let emulator = emulator().await;
    let path = format!("/_scandouble/samples/{}", KNOWN.to_ascii_uppercase());
    let shown = get_json(&emulator, &path).await;
    assert_eq!((&shown["sample"]["name"], &shown["own"]), (&"known.txt".into(), &false.into()));
    // A sample can be changed and sent back as shown.
    let mut sample = shown["sample"].clone();
    sample["verdict"] = "infected".into();
    sample.as_object_mut().expect("an object").remove("engines");
    let changed = call_admin(&emulator, "PUT", &path, &sample.to_string()).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!((&changed.json()["verdict"], &changed.json()["own"]), (&"infected".into(), &true.into()));
    assert!(look_up(&emulator, "", KNOWN).await.text().contains("\"scan_result\":1"));
    assert!(look_up(&emulator, "/_world/b", KNOWN).await.text().contains("\"scan_result\":0"));
    assert_eq!(call_admin(&emulator, "DELETE", &path, "").await.status, 204);
    assert!(look_up(&emulator, "", KNOWN).await.text().contains("\"scan_result\":5"));
    let gone = get(&path).send(&emulator).await;
    assert!(problem(&gone, 404).starts_with("no sample of world \"default\" has the md5 "));
    let malformed = get("/_scandouble/samples/abc").send(&emulator).await;
    assert!(problem(&malformed, 400).contains("is not an md5, sha1, sha256 or sha512"));
    let new = call_admin(
        &emulator,
        "PUT",
        "/_scandouble/samples/00000000000000000000000000000001",
        r#"{"name":"new","verdict":"suspicious"}"#,
    )
    .await;
    assert_eq!(new.status, 201, "{}", new.text());
}

#[tokio::test]
async fn samples_can_be_sent_back_as_they_are_shown() {
    let emulator = emulator().await;
    let fixture = "samples:\n\
        - {name: child.exe, content: c, verdict: infected}\n\
        - name: all.zip\n  content: all\n  imphash: f34d5f2d4577ed6d9ceec516c1f5a744\n  size: 5\n\
        \x20 children: [{sample: child.exe, path: x/y}]\n  after_rescan: {verdict: clean, after: 90s}\n\
        \x20 spectra_intelligence: {stored: false}\n\
        \x20 scans:\n  - {verdict: clean, rule: A, scanned_at: -2d}\n  - {verdict: infected, finishes_after: 90s}\n";
    let loaded = post("/_world/a/_scandouble/samples").body(fixture).send(&emulator).await;
    assert_eq!(loaded.status, 200, "{}", loaded.text());
    let key = loaded.json()["loaded"][1]["sha256"].as_str().expect("a hash").to_owned();
    let path = format!("/_world/a/_scandouble/samples/{key}");
    let before = get_json(&emulator, &path).await["sample"].clone();
    assert_eq!(call_admin(&emulator, "PUT", &path, &before.to_string()).await.status, 200);
    assert_eq!(get_json(&emulator, &path).await["sample"], before);
}

#[tokio::test]
async fn analyses_can_be_ended_manually() {
    let emulator = emulator().await;
    let setting = "/_scandouble/settings/spectra-intelligence.analysis-time";
    call_admin(&emulator, "PUT", setting, r#"{"value":"when-told"}"#).await;
    let rescan = get(&format!("/api/rescan/v1/query/md5/{KNOWN}")).basic("u/one", "p").send(&emulator).await;
    assert_eq!(rescan.status, 200);
    call_admin(&emulator, "POST", "/_scandouble/clock/advance", r#"{"by":"100d"}"#).await;
    let path = format!("/_scandouble/samples/{KNOWN}");
    assert_eq!(get_json(&emulator, &path).await["analyses"][0]["waiting"], true);
    let ended = call_admin(&emulator, "POST", &format!("{path}/advance"), "").await.json();
    assert_eq!((&ended["ended"], &ended["analyses"][0]["waiting"]), (&1.into(), &false.into()));
}

#[tokio::test]
async fn samples_that_would_replace_two_others_are_refused() {
    let emulator = emulator().await;
    let other = "samples:\n- {name: other, content: other, verdict: clean}\n";
    assert_eq!(post("/_scandouble/samples").body(other).send(&emulator).await.status, 200);
    let sha1 = scandouble::internals::samples::Hashes::of(b"other")
        .get(scandouble::internals::samples::HashKind::Sha1);
    let both = format!("samples:\n- {{name: both, md5: {KNOWN}, sha1: {sha1}, verdict: clean}}\n");
    let refused = post("/_scandouble/samples").body(both).send(&emulator).await;
    assert_eq!(
        problem(&refused, 422),
        "request:2:3: \"both\" shares hashes with two samples of earlier sets, \"known.txt\" of test.yaml and \"other\" of \
         request; give it the hashes of one of them"
    );
    assert_eq!(refused.json()["errors"][0]["code"], "two-samples");
    assert_eq!(get_json(&emulator, "/_scandouble/samples").await["total"], 2);
}

#[tokio::test]
async fn archive_children_can_reference_loaded_samples_by_hash() {
    let emulator = emulator().await;
    let send = async |child: &str| {
        let set = format!("samples: [{{name: a.zip, content: zip, verdict: clean, children: [{child}]}}]");
        post("/_scandouble/samples").body(set).send(&emulator).await
    };
    let refused = send("known.txt").await;
    assert_eq!(
        problem(&refused, 422),
        "request:1:66: unknown child \"known.txt\": no sample of this set or an earlier one has this name or hash; give its hash: names are not \
         looked up in what is already loaded"
    );
    let refused = send(&"0".repeat(32)).await;
    assert!(problem(&refused, 422).ends_with("or name the child by a hash or name that exists"));
    assert_eq!(send(KNOWN).await.status, 200);
}

/// Lists have no gaps: every page but the last one is full, and `total` counts the visible samples.
#[tokio::test]
async fn replaced_and_removed_samples_are_not_listed_or_counted() {
    let set = |names: &[&str]| {
        let one = |name: &&str| format!("- {{name: {name}.txt, content: {name}, verdict: clean}}\n");
        format!("samples:\n{}", names.iter().map(one).collect::<String>())
    };
    let store = harness::program::file("listed.db", "");
    std::fs::remove_file(&store).expect("removed");
    let below = set(&["a", "b", "c", "d", "e"]);
    let source = scandouble::internals::fixtures::Source::Text { name: "below.yaml".to_owned(), text: below };
    scandouble::internals::fixtures::compile(&[source], &store, |_, _| {}).expect("built");
    let builder = Emulator::builder().store(&store).fixtures_text("above.yaml", set(&["b", "f", "g"]));
    let emulator = builder.start().await.expect("started");
    let own = "samples:\n- {name: new.txt, content: f, verdict: infected}\n- {name: d.txt, content: d, verdict: infected}\n";
    assert_eq!(post("/_scandouble/samples").body(own).send(&emulator).await.status, 200);
    for content in ["c", "g"] {
        let md5 = scandouble::internals::samples::Hashes::of(content.as_bytes())
            .get(scandouble::internals::samples::HashKind::Md5);
        assert_eq!(
            call_admin(&emulator, "DELETE", &format!("/_scandouble/samples/{md5}"), "").await.status,
            204
        );
    }
    let page = async |query: &str| {
        let shown = get_json(&emulator, &format!("/_scandouble/samples?{query}")).await;
        let rows = shown["samples"].as_array().expect("samples").clone();
        let names: Vec<String> =
            rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect();
        (shown["total"].as_u64().expect("a number"), names.join(" "))
    };
    let page = async |query: &str, total: u64, names: &str| {
        assert_eq!(page(query).await, (total, names.to_owned()), "{query}");
    };
    page("", 5, "new.txt d.txt b.txt a.txt e.txt").await;
    for (at, name) in ["new.txt", "d.txt", "b.txt", "a.txt", "e.txt", ""].iter().enumerate() {
        page(&format!("limit=1&offset={at}"), 5, name).await;
    }
    page("verdict=clean", 3, "b.txt a.txt e.txt").await;
    page("name=d.txt", 1, "d.txt").await;
    page("name=f.txt", 0, "").await;
    page("name=c.txt", 0, "").await;
}

#[tokio::test]
async fn the_queue_lists_what_waits_and_what_ends_next_comes_first() {
    let emulator = harness::start_builtin().await;
    let queue = async || get("/_scandouble/queue").send(&emulator).await.json();
    assert_eq!((&queue().await["total"], &queue().await["waiting"]), (&0.into(), &serde_json::json!([])));
    let analyze = |hash: &str, analysis: &str| {
        post(&format!("/api/samples/{hash}/analyze/"))
            .header("authorization", "Token exampletoken")
            .json(&format!("{{\"analysis\":\"{analysis}\"}}"))
    };
    let eicar = "44d88612fea8a8f36de82e1278abb02f";
    assert_eq!(analyze(eicar, "cloud").send(&emulator).await.status, 201);
    harness::advance(&emulator, 10.0);
    let clean = "7e9904cfe4dea55deaa53f7288b873285fd1eb4981bbc1971a63d77e7fc16250";
    assert_eq!(analyze(clean, "cloud").send(&emulator).await.status, 201);
    let shown = queue().await;
    let rows = shown["waiting"].as_array().expect("a list");
    let names: Vec<_> = rows.iter().map(|row| row["name"].as_str().expect("a name")).collect();
    assert_eq!((names, &shown["total"]), (vec!["eicar.com", "clean.txt"], &2.into()));
    assert_eq!(rows[0]["engine"], "cloud");
    harness::advance(&emulator, 20.0);
    assert_eq!(queue().await["total"], 1, "the first one is done");
    emulator.stop().await.expect("stops");
}
