//! The subcommands that drive a running server: what they do, print, refuse, and how they exit.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::program::{Running, file, program};
use crate::harness::{exchange, post};

const FIXTURE: &str = "
accounts:
  metadefender_cloud: [{key: k7, lookup_limit: 7}]
samples:
  - {name: known.txt, content: known, verdict: clean}
  - {name: other.txt, content: other, verdict: infected, threat: Bad}
";
const KNOWN: &str = "c90ae688b2a3b1fd0751fd743eb385cd";

/// A server of the test's own.
struct Served {
    _running: Running,
    address: SocketAddr,
}

/// How a command ended, and what it said.
#[derive(Debug)]
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Served {
    fn start(name: &str, flags: &[&str]) -> Self {
        let fixtures = file(&format!("cli-{name}.yaml"), FIXTURE);
        let mut command = program(&["--log", "json", "--listen", "127.0.0.1:0", "--fixtures"]);
        let running = Running::start(command.arg(fixtures).args(flags));
        let address = running.address();
        Self { _running: running, address }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn run(&self, arguments: &str) -> Ended {
        end(program(&words(arguments)).env("SCANDOUBLE_URL", self.url()))
    }

    /// What a command that works prints.
    #[track_caller]
    fn says(&self, arguments: &str) -> String {
        let ended = self.run(arguments);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{arguments}: {ended:?}");
        ended.out
    }

    #[track_caller]
    fn json(&self, arguments: &str) -> Value {
        let out = self.says(&format!("{arguments} --json"));
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{arguments}: {error}: {out}"))
    }

    #[track_caller]
    fn refuses(&self, arguments: &str, code: i32, why: &str) {
        let ended = self.run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (code, ""), "{arguments}: {ended:?}");
        assert!(ended.err.contains(why), "{arguments}: {ended:?}");
    }

    /// Looks a hash up, in the world of `prefix`; the status.
    async fn look_up(&self, prefix: &str) -> u16 {
        let body = format!("{{\"hash\":[\"{KNOWN}\"]}}");
        let ask = post(&format!("{prefix}/v2/hash")).header("apikey", "k7").json(&body);
        exchange(self.address, &ask.bytes()).await.status
    }
}

/// Words parted by blanks; `'…'` is one.
fn words(text: &str) -> Vec<&str> {
    let parts = text.split('\'').enumerate();
    parts
        .flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() })
        .collect()
}

fn end(command: &mut Command) -> Ended {
    let output = command.output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: output.status.code().expect("a code"), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn a_world_that_does_not_exist_is_noted() {
    let served = Served::start("missing-world", &[]);
    served.says("worlds create checkout");
    for (arguments, code, out) in [
        ("journal", 0, "no entries\n"),
        ("settings get auth", 0, "enforce\n"),
        ("samples show 00000000000000000000000000000000", 1, ""),
    ] {
        let ended = served.run(&format!("{arguments} --world chekout"));
        assert_eq!((ended.code, ended.out.as_str()), (code, out), "{ended:?}");
        let note = "note: there is no world \"chekout\"; did you mean \"checkout\"?\n";
        assert!(ended.err.contains(note), "{ended:?}");
    }
    let ended = served.run("coverage --world a~b");
    assert_eq!(ended.err, "note: there is no world \"a~b\"; \"scandouble worlds\" lists them\n", "{ended:?}");
    assert_eq!(served.says("journal --world checkout"), "no entries\n");
    assert!(!served.says("worlds").contains("chekout"), "none was created");
    // A write creates the world, so there is nothing to note.
    served.says("settings set auth=any --world new");
}

#[test]
fn the_clock_can_be_read_and_moved() {
    let served = Served::start("clock", &[]);
    assert!(served.says("clock").contains("state   running, real time\n"));
    let frozen = served.says("clock freeze 2026-01-01T00:00:00Z");
    assert_eq!(
        frozen,
        "now     2026-01-01T00:00:00.000Z\nstate   frozen\norigin  2026-01-01T00:00:00.000Z\n"
    );
    assert!(served.says("clock advance 24h").starts_with("now     2026-01-02T00:00:00.000Z\n"));
    assert!(served.says("clock set -2d").starts_with("now     2025-12-31T00:00:00.000Z\n"));
    served.says("worlds create other");
    assert!(served.says("clock show --world other").contains("real time"), "worlds have clocks of their own");
    assert!(served.says("clock run").contains("running, shifted"));
    assert_eq!(served.json("clock freeze")["frozen"], true);
    assert_eq!(served.json("clock real")["real"], true);
    served.refuses("clock advance soon", 1, "scandouble: `by`: \"soon\" is not a valid duration; write 90s");
    served.refuses("clock advance", 2, "error: ");
}

#[test]
fn worlds_are_created_listed_and_deleted() {
    let served = Served::start("worlds", &[]);
    let url = served.url();
    assert_eq!(served.says("worlds create t42"), format!("t42 created; its base URL is {url}/_world/t42\n"));
    assert!(served.says("worlds create t42").starts_with("t42 already exists;"));
    let table = served.says("worlds");
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("NAME     NOW  ") && lines[2].starts_with("t42      20"), "{table}");
    assert_eq!(served.says("worlds delete t42"), "deleted t42\n");
    served.refuses("worlds delete t42", 1, "there is no world \"t42\"");
    served.refuses("worlds create 'a b'", 1, "cannot name a world");
    let listed = served.json("worlds list --world never-made");
    assert_eq!(listed["worlds"].as_array().expect("a list").len(), 1, "listing makes no world: {listed}");
}

#[test]
fn samples_can_be_loaded_displayed_and_removed() {
    let served = Served::start("samples", &[]);
    let list = served.says("samples list --name known");
    assert!(list.starts_with("SHA256") && list.contains("clean    5     known.txt"), "{list}");
    let shown = served.says(&format!("samples show {KNOWN}"));
    assert!(
        shown.contains(&format!("md5          {KNOWN}\n")) && shown.contains("verdict now  clean"),
        "{shown}"
    );
    let one = file("cli-one.yaml", "samples: [{name: mine.txt, content: mine, verdict: infected}]\n");
    let one = one.to_str().expect("UTF-8");
    assert_eq!(served.says(&format!("samples load {one} --world a")), format!("{one}: 1 sample\n"));
    assert_eq!(served.json("samples list --world a")["total"], 3);
    assert_eq!(served.json("samples list --limit 1")["total"], 2);
    assert!(served.says("samples list --limit 1").ends_with("\n1 of 2\n"));
    let bad = file("cli-bad.yaml", "samples:\n  - {name: a, sha256: abc, verdict: infected}\n");
    let bad = bad.to_str().expect("UTF-8");
    let ended = served.run(&format!("samples load {one} {bad} --world b"));
    assert_eq!((ended.code, ended.out.clone()), (1, format!("{one}: 1 sample\n")));
    assert!(ended.err.starts_with(&format!("{bad}:2:")), "{ended:?}");
    assert_eq!(served.says(&format!("samples remove {KNOWN}")), format!("removed {KNOWN}\n"));
    served.refuses(&format!("samples show {KNOWN}"), 1, "no sample of world \"default\" has the md5");
    assert_eq!(served.says("reset samples"), "reset in the world default: samples\n");
    assert_eq!(served.says(&format!("samples advance {KNOWN}")), "finished 0 analyses\n");
    served.refuses("samples load /nowhere", 1, "cannot read /nowhere: No such file");
}

#[test]
fn a_fixture_comes_by_standard_input() {
    let served = Served::start("stdin", &[]);
    let mut command = program(&["samples", "load", "-"]);
    let command = command.env("SCANDOUBLE_URL", served.url()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(b"settings: {max-body: 10}").expect("writes");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.stdout, b"-: 0 samples, 1 setting\n");
    assert_eq!(served.says("settings get max-body"), "10\n");
}

#[tokio::test]
async fn faults_are_added_listed_and_removed() {
    let served = Served::start("faults", &[]);
    let added = served.says(
        "fault add --id down --api metadefender-cloud --endpoint 'POST /v2/hash' --account k7 --next 1 --status 503 \
         --retry-after 120 --latency 1ms..2ms",
    );
    let row = "down  metadefender-cloud, POST /v2/hash, account k***  next 1  503, retry-after: 120, latency 1ms to 2ms  ";
    assert_eq!(added.lines().nth(1), Some(format!("{row}0 of 0").as_str()), "{added}");
    assert_eq!((served.look_up("").await, served.look_up("").await), (503, 200));
    assert!(served.says("fault").contains(&format!("{row}1 of 2")));
    assert_eq!(served.says("fault remove down"), "removed down\n");
    served.refuses("fault remove down", 1, "there is no fault \"down\"");
    served.refuses("fault add --api x --status 500", 1, "`match.api`: unknown API \"x\"; use one of ");
    served.refuses("fault add --next 1 --every 2 --status 500", 2, "cannot be used with");
    served.refuses("fault add --delivery soon", 2, "one of reset, ");
    served.refuses("fault add", 1, "`then` has no effect; give at least one of");
    let added = served.json("fault add --chance 1 --seed 7 --body '{\"a\": 1}' --header 'X-A: b'");
    assert_eq!(added["then"]["content_type"], "application/json");
    assert_eq!(served.look_up("").await, 200);
    assert_eq!(served.says("fault clear"), "removed all faults\n");
    assert_eq!(served.json("fault list")["faults"], serde_json::json!([]));
}

#[tokio::test]
async fn scenarios_are_started_at_launch_or_later_and_stopped() {
    let flags =
        ["--scenario", "maintenance@metadefender-cloud", "--scenario", "maintenance@metadefender_core"];
    let served = Served::start("scenario", &flags);
    assert_eq!((served.look_up("").await, served.look_up("/_world/a").await), (503, 200));
    let table = served.says("scenario");
    assert!(table.contains("\nmaintenance      yes      Every request is answered 503"), "{table}");
    assert_eq!(served.json("fault")["faults"].as_array().map(Vec::len), Some(2), "one for each API");
    assert_eq!(served.says("scenario stop maintenance"), "stopped maintenance\n");
    assert_eq!(served.look_up("").await, 200);
    let started = served.says("scenario start revoked-key --api metadefender-cloud");
    assert!(started.contains("revoked-key-1~metadefender-cloud"), "{started}");
    assert_eq!(served.look_up("").await, 401);
    served.refuses(
        "scenario start chaos",
        1,
        "there is no scenario \"chaos\"; use one of \"quota-exhausted\", ",
    );
}

#[test]
fn a_scenario_that_does_not_exist_stops_the_start() {
    let ended =
        end(&mut program(&["--listen", "127.0.0.1:0", "--scenario", "chaos", "--scenario", "slow@x"]));
    assert_eq!(ended.code, 2);
    let lines: Vec<&str> = ended.err.lines().collect();
    assert!(
        lines[0].starts_with("scenarios: error: there is no scenario \"chaos\"; there are "),
        "{ended:?}"
    );
    assert!(lines[1].starts_with("scenarios: error: there is no API \"x\"; there are "), "{ended:?}");
}

#[test]
fn settings_are_listed_and_changed() {
    let served = Served::start("settings", &[]);
    assert!(served.says("settings").starts_with("NAME "));
    let changed = served.says("settings set auth=any max-body=10");
    assert_eq!(
        changed
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().take(2).collect())
            .collect::<Vec<Vec<_>>>(),
        [["auth", "any"], ["max-body", "10"]]
    );
    assert_eq!(served.says("settings get auth"), "any\n");
    assert_eq!(served.says("settings unset auth"), "auth is enforce again\n");
    served.refuses("settings set auth=maybe", 1, "auth is one of enforce, any, off, not \"maybe\"");
    served.refuses("settings set auth", 2, "\"auth\" has no value; write NAME=VALUE");
    served.refuses("settings get nothing", 1, "there is no setting \"nothing\"");
}

#[tokio::test]
async fn the_journal_is_listed_filtered_followed_and_exported() {
    let served = Served::start("journal", &[]);
    assert_eq!(served.says("journal"), "no entries\n");
    assert_eq!(served.look_up("").await, 200);
    let listed = served.says("journal --api metadefender-cloud --status 2xx");
    assert!(
        listed.starts_with("    1  20") && listed.contains("  200  POST /v2/hash  metadefender-cloud/bulk."),
        "{listed}"
    );
    assert_eq!(served.says("journal --status 4xx"), "no entries\n");
    assert_eq!(served.json("journal")["entries"][0]["request"]["method"], "POST");
    served.refuses("journal --api x", 1, "x");
    let archive = file("cli.har", "");
    served.says(&format!("journal --har {}", archive.display()));
    let archive: Value = serde_json::from_slice(&std::fs::read(archive).expect("written")).expect("JSON");
    assert_eq!(archive["log"]["entries"].as_array().map(Vec::len), Some(1));
    assert!(served.says("journal --har -").starts_with("{\"log\":"));
    let mut command = program(&["journal", "--follow", "--json"]);
    let following = Running::start(command.env("SCANDOUBLE_URL", served.url()));
    following.lines_until(|line| line.contains("\"number\":1,"));
    assert_eq!(served.look_up("").await, 200);
    following.lines_until(|line| line.contains("\"number\":2,"));
    served.says("reset");
    assert_eq!(served.look_up("").await, 200);
    following.lines_until(|line| line.contains("\"number\":3,"));
}

#[tokio::test]
async fn the_journal_is_followed_into_the_next_world_of_the_name() {
    let served = Served::start("journal-of-next", &[]);
    for _ in 0..2 {
        assert_eq!(served.look_up("/_world/t").await, 200);
    }
    let mut command = program(&["journal", "--follow", "--json", "--world", "t"]);
    let following = Running::start(command.env("SCANDOUBLE_URL", served.url()));
    following.lines_until(|line| line.contains("\"number\":2,"));
    served.says("worlds delete t");
    assert_eq!(served.look_up("/_world/t").await, 200);
    following.lines_until(|line| line.contains("\"number\":1,"));
}

#[tokio::test]
async fn verification_and_coverage_are_gates() {
    let served = Served::start("gates", &[]);
    let verify = |times: u64| {
        let text = format!(
            "{{\"expectations\":[{{\"call\":{{\"endpoint\":\"POST /v2/hash\"}},\"times\":{times}}}]}}"
        );
        let path = file(&format!("cli-verify-{times}.json"), &text);
        format!("verify {}", path.to_str().expect("UTF-8"))
    };
    assert_eq!(served.look_up("").await, 200);
    assert_eq!(served.says(&verify(1)), "verified: 1 expectation, by 1 call\n");
    served.refuses(&verify(2), 1, "not verified\nexpectations[0]: wanted exactly 2, received 1");
    let ended = served.run(&format!("{} --json", verify(2)));
    let failed: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!((ended.code, ended.err.as_str(), &failed["verified"]), (1, "", &false.into()));
    let nonsense = file("cli-verify.json", "{");
    served.refuses(&format!("verify {}", nonsense.display()), 1, "the body is not valid JSON");

    assert!(served.says("coverage --min 0").starts_with("Coverage of the world \"default\"\n"));
    assert!(
        served.says("coverage --world all --api metadefender-cloud").starts_with("Coverage of all worlds\n")
    );
    let low = served.run("coverage --min 99.5% --api metadefender-cloud --format json");
    assert_eq!(low.code, 1);
    assert!(
        low.err.starts_with("scandouble: coverage is ")
            && low.err.ends_with(" %, below the minimum of 99.5 %\n"),
        "{low:?}"
    );
    let report: Value = serde_json::from_str(&low.out).expect("JSON");
    assert_eq!(report["apis"].as_array().map(Vec::len), Some(1));
    assert!(served.says("coverage --format junit").starts_with("<?xml"));
    assert!(served.says("coverage --format html").starts_with("<!"));
    served.refuses("coverage --min 101", 2, "a number from 0 to 100");
    served.refuses("coverage --api x", 1, "x");
    served.says("coverage --clear --world all");
    assert_eq!(served.json("coverage --world all")["total"]["exercised"], 0);
    let catalogue = served.says("behaviours --api metadefender-cloud");
    assert!(
        catalogue.starts_with("BEHAVIOUR ") && catalogue.contains("metadefender-cloud/bulk."),
        "{catalogue}"
    );
}

#[test]
fn the_world_is_taken_from_flag_environment_or_address() {
    let served = Served::start("target", &[]);
    served.says("settings set auth=any --world w");
    let get = |command: &mut Command| end(command.args(["settings", "get", "auth"])).out;
    let url = served.url();
    assert_eq!(get(program(&[]).env("SCANDOUBLE_URL", &url).env("SCANDOUBLE_WORLD", "w")), "any\n");
    assert_eq!(get(program(&[]).env("SCANDOUBLE_URL", format!("{url}/_world/w"))), "any\n");
    assert_eq!(get(program(&[]).env("SCANDOUBLE_URL", &url).env("SCANDOUBLE_WORLD", "")), "enforce\n");
    // In a container, commands find the server where the environment told it to listen.
    let everywhere = format!("0.0.0.0:{}", served.address.port());
    assert_eq!(get(program(&[]).env("SCANDOUBLE_LISTEN", everywhere)), "enforce\n");
}

#[test]
fn health_is_an_exit_code() {
    let served = Served::start("health", &["--admin-token", "s3cret"]);
    let said = format!("ok: scandouble {} with 2 samples on {}\n", env!("CARGO_PKG_VERSION"), served.url());
    assert_eq!(served.says("health"), said);
    assert_eq!(served.says("healthcheck --world never-made"), said);
    assert_eq!(served.json("health")["status"], "ok");
    let listen = format!("0.0.0.0:{}", served.address.port());
    assert_eq!(end(program(&["health"]).env("SCANDOUBLE_LISTEN", listen)).out, said);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address").to_string();
    served.refuses(&format!("health --timeout 0 --url {address}"), 1, "did not answer within 0 s");
    // A port that nobody here can have taken.
    let gone = "scandouble: cannot connect to http://127.0.0.1:1: Connection refused";
    served.refuses("health --url 127.0.0.1:1", 1, gone);
    served.refuses("clock --url 127.0.0.1:1", 1, "start a server with \"scandouble serve\"");
    served.refuses("health --url https://example.com", 2, "only http is supported here");
}

#[test]
fn the_admin_token_is_required_and_never_printed() {
    const TOKEN: &str = "s3cret-t0ken";
    let fixtures = file("cli-token.yaml", FIXTURE);
    let mut command = program(&["--listen", "127.0.0.1:0", "--log-level", "trace", "--fixtures"]);
    let command = command.arg(fixtures).env("SCANDOUBLE_ADMIN_TOKEN", TOKEN).stderr(Stdio::piped());
    let running = Running::start(command);
    let started = running.lines_until(|line| line.starts_with("Health: ")).join("\n");
    assert!(started.contains("The admin API requires the admin token\n"), "{started}");
    assert!(!started.contains(TOKEN), "{started}");
    let url =
        started.split("http://").nth(1).and_then(|rest| rest.split([' ', ',']).next()).expect("an address");
    let without = end(program(&["clock"]).env("SCANDOUBLE_URL", url));
    assert_eq!((without.code, without.out.as_str()), (1, ""));
    assert!(without.err.contains("give it with --admin-token or SCANDOUBLE_ADMIN_TOKEN"), "{without:?}");
    let with = end(program(&["clock", "--admin-token", TOKEN]).env("SCANDOUBLE_URL", url));
    assert_eq!(with.code, 0, "{with:?}");
    let with = end(program(&["clock"]).env("SCANDOUBLE_URL", url).env("SCANDOUBLE_ADMIN_TOKEN", TOKEN));
    assert_eq!(with.code, 0, "{with:?}");
    for help in [&["--help"][..], &["clock", "--help"]] {
        let help = end(program(help).env("SCANDOUBLE_ADMIN_TOKEN", TOKEN));
        assert!(help.out.contains("SCANDOUBLE_ADMIN_TOKEN") && !help.out.contains(TOKEN), "{help:?}");
    }
    let (_, err) = running.end_with_errors("TERM");
    assert!(!err.contains(TOKEN), "{err}");
}

#[test]
fn every_subcommand_explains_itself_with_an_example() {
    let help = end(&mut program(&["--help"])).out;
    let (_, commands) = help.split_once("Commands:\n").expect("the list");
    let commands = commands.split("\n\n").next().expect("a list");
    let names: Vec<&str> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 12, "{names:?}");
    for name in names.into_iter().filter(|name| !["help", "serve"].contains(name)) {
        let help = end(&mut program(&[name, "--help"])).out;
        assert!(help.contains("\nExample") && help.contains(&format!("scandouble {name}")), "{help}");
        let alone = ["completions", "check", "schema", "generate", "hash", "import", "build"].contains(&name);
        assert_eq!(alone, !help.contains("--url <URL>"), "{help}");
    }
}

#[test]
fn completions_are_there_for_the_usual_shells() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = end(&mut program(&["completions", shell]));
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{shell}");
        assert!(ended.out.contains("scandouble") && ended.out.contains("advance"), "{shell}");
    }
    let bash = file("cli-completions.bash", &end(&mut program(&["completions", "bash"])).out);
    let checked = Command::new("bash").arg("-n").arg(bash).status().expect("bash runs");
    assert!(checked.success());
}

#[tokio::test]
async fn answers_of_another_program_are_reported() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        loop {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno";
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await;
        }
    });
    let url = address.clone();
    let ended = tokio::task::spawn_blocking(move || end(&mut program(&["clock", "--url", &url]))).await;
    let ended = ended.expect("runs");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains(&format!("http://{address}")), "{ended:?}");
}
