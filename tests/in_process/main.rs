//! The crate's own interface, as a test in another crate uses it: worlds, clock, faults, verification, coverage. It compiles
//! without any feature, too, which CI checks.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use scandouble::{Call, Emulator, Fault, Loaded, Verification, World, WorldError};

const FIXTURE: &str = "
accounts:
  metadefender_cloud: [{ key: limited, lookup_limit: 2 }]
samples:
  - { name: dropper.exe, md5: 0123456789abcdef0123456789abcdef, verdict: infected, threat: Win32.Emotet }
";
const MD5: &str = "0123456789abcdef0123456789abcdef";
/// What the API says of an infected sample.
const INFECTED: &str = "\"scan_result\":1,";

async fn emulator() -> Emulator {
    Emulator::builder().fixtures_text("test.yaml", FIXTURE).start().await.expect("starts")
}

/// Looks a hash up, as a client of the world would. Returns the whole answer.
fn look_up(world: &World, hash: &str) -> String {
    let url = world.url();
    let (host, prefix) =
        url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("a world's URL");
    let body = format!(r#"{{"hash":["{hash}"]}}"#);
    let mut stream = TcpStream::connect(host).expect("connects");
    let request = format!(
        "POST /{prefix}/v2/hash HTTP/1.1\r\nHost: {host}\r\napikey: limited\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn status(world: &World) -> u16 {
    look_up(world, MD5).split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_world_loads_fixtures_that_others_do_not_see() {
    let emulator = emulator().await;
    let (one, other) = (emulator.world("one"), emulator.world("other"));
    assert_eq!((one.name(), one.url()), ("one", format!("{}/_world/one", emulator.url())));
    assert_eq!(emulator.world("default").url(), emulator.url());
    let hash = "ffffffffffffffffffffffffffffffff";
    let fixture =
        format!("samples: [{{ name: own.exe, md5: {hash}, verdict: infected, threat: Own.Threat }}]");
    let loaded = one.load(&fixture).await.expect("loaded");
    assert_eq!((loaded.samples, loaded.replaced, loaded.accounts), (1, 0, 0));
    assert_eq!(one.load(&fixture).await.map(|loaded: Loaded| loaded.replaced).expect("loaded"), 1);
    assert!(look_up(&one, hash).contains(INFECTED));
    assert!(!look_up(&other, hash).contains(INFECTED));
    one.reset();
    assert!(!look_up(&one, hash).contains(INFECTED));
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_can_be_read_in_the_output_of_a_failed_test() {
    let emulator = emulator().await;
    let world = emulator.world("errors");
    let error =
        world.load("samples: [{ name: a.exe, verdikt: clean, content: x }]").await.expect_err("an error");
    assert!(matches!(error, WorldError::Fixture(_)));
    let text = format!("{error:?}");
    let expected = "
fixture:1:26: error: unknown field \"verdikt\"
 1 | samples: [{ name: a.exe, verdikt: clean, content: x }]
   |                          ^^^^^^^ did you mean \"verdict\"?
";
    assert!(text.starts_with(expected), "{text}");
    let missing = world.load_file("no/such/file.yaml").await.expect_err("no file").to_string();
    assert!(missing.starts_with("no/such/file.yaml: "), "{missing}");
    for (error, text) in [
        (
            world.set("metadefender-cloud.lookup-limti", 1),
            "did you mean \"metadefender-cloud.lookup-limit\"?",
        ),
        (
            world.inject(Fault::new().api("metadefender-cluod").status(503)).map(drop),
            "did you mean \"metadefender-cloud\"?",
        ),
        (world.inject(Fault::new().status(99)).map(drop), "`then.status` must be from 200 to 599, not 99"),
        (world.inject(Fault::new()).map(drop), "`then` has no effect"),
        (world.start_scenario("maintenence", None), "did you mean \"maintenance\"?"),
        (world.start_scenario("slow", Some("core")), "there is no API \"core\""),
        (world.clock().freeze_at("yesterday"), "write 2015-08-14T12:46:59Z"),
    ] {
        let error = error.expect_err("an error").to_string();
        assert!(error.contains(text), "{error}");
    }
    let error =
        Emulator::builder().fixtures_text("f.yaml", "samplse: []").start().await.expect_err("an error");
    let text = format!("{error:?}");
    assert!(text.starts_with("\nf.yaml:1:1: error: unknown field \"samplse\"\n 1 | samplse: []\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_follow_the_clock_of_the_world() {
    let emulator = emulator().await;
    let world = emulator.world("clock");
    world.clock().freeze_at("2026-03-01T12:00:00Z").expect("a time");
    let noon = world.clock().now();
    assert_eq!(noon, SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_366_400));
    assert_eq!([status(&world), status(&world), status(&world)], [200, 200, 403]);
    world.clock().advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(world.clock().now(), noon + Duration::from_secs(24 * 60 * 60));
    assert_eq!(status(&world), 200);
    world.clock().restart();
    assert!(world.clock().now() > noon - Duration::from_secs(100 * 24 * 60 * 60));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_injected_and_removed() {
    let emulator = emulator().await;
    let world = emulator.world("faults");
    let id = world
        .inject(Fault::new().endpoint("POST /v2/hash").hash(MD5).status(503).retry_after(120).next(1))
        .expect("a rule");
    let refused = look_up(&world, MD5).to_ascii_lowercase();
    assert!(refused.starts_with("http/1.1 503 ") && refused.contains("retry-after: 120"), "{refused}");
    assert_eq!(status(&world), 200);
    assert!(world.remove_fault(&id) && !world.remove_fault(&id));
    world
        .inject(Fault::new().id("own").status(502).body("<html>").content_type("text/html"))
        .expect("a rule");
    assert!(look_up(&world, MD5).ends_with("<html>"));
    world.clear_faults();
    world.start_scenario("maintenance", Some("metadefender-cloud")).expect("a scenario");
    assert_eq!(status(&world), 503);
    world.clear_faults();
    world.inject(Fault::new().cut_short()).expect("a rule");
    let whole: usize = look_up(&emulator.world("whole"), MD5).len();
    assert!(look_up(&world, MD5).len() < whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_verified_with_what_was_received_instead() {
    let emulator = emulator().await;
    let world = emulator.world("verify");
    assert_eq!([status(&world), status(&world), status(&world)], [200, 200, 403]);
    let look_ups = || Call::new().api("metadefender-cloud").endpoint("POST /v2/hash").hashes([MD5]);
    let expected = Verification::new()
        .expect(look_ups().status(200).times(2))
        .expect(look_ups().behaviour("limit.exceeded").at_least(1))
        .in_order()
        .nothing_else();
    world.verify(expected).await.expect("as expected");
    let error = world.verify(Verification::new().expect(look_ups().times(2))).await.expect_err("three calls");
    let text = format!("{error:?}");
    assert!(
        text.starts_with("expectations[0]: wanted exactly 2, received 3 (number 1, number 2, number 3)"),
        "{text}"
    );
    let error = world.verify(Verification::new().expect(Call::new().header("apikey", "*").never())).await;
    assert!(error.is_err(), "a header that was sent");
    world
        .verify(Verification::new().expect(Call::new().without_header("apikey").never()))
        .await
        .expect("none");
    let error = world.verify(Verification::new().expect(Call::new().behaviour("limit.exceded"))).await;
    let text = error.expect_err("no such behaviour").to_string();
    assert!(text.contains("did you mean limit.exceeded?"), "{text}");
    emulator.world("other").verify(Verification::new().nothing_else()).await.expect("nothing was sent there");
}

#[tokio::test(flavor = "multi_thread")]
async fn coverage_counts_by_world_and_for_all() {
    let emulator = emulator().await;
    let world = emulator.world("coverage");
    assert_eq!([status(&world), status(&world), status(&world)], [200, 200, 403]);
    let coverage = world.coverage();
    assert_eq!(coverage.count("metadefender-cloud/limit.exceeded"), Some(1));
    assert_eq!(coverage.count("metadefender-cloud/nothing"), None);
    assert!(!coverage.missing("metadefender-cloud").any(|id| id == "limit.exceeded"));
    assert!(coverage.missing("metadefender-core").count() > 10);
    assert!(
        coverage.percent() > 0.0
            && coverage.percent_of("metadefender-cloud") > coverage.percent_of("metadefender-core")
    );
    assert!(coverage.to_string().contains("limit.exceeded"), "{coverage}");
    assert_eq!(emulator.world("other").coverage().percent(), 0.0);
    assert_eq!(emulator.coverage().count("metadefender-cloud/limit.exceeded"), Some(1));
    world.set("coverage-out-of-scope", "*").expect("a setting");
    assert_eq!(world.coverage().percent(), 100.0);
}

#[cfg(not(feature = "tls"))]
#[tokio::test]
async fn what_was_left_out_is_refused_at_the_start() {
    let local = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    for (builder, feature) in [
        (Emulator::builder().tls(local), "`tls`"),
        (Emulator::builder().db("state.db"), "`sqlite`"),
        (Emulator::builder().store("samples.db"), "`sqlite`"),
    ] {
        let error = builder.start().await.expect_err("refused").to_string();
        assert!(error.contains(feature), "{error}");
    }
}
