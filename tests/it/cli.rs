//! The subcommands that control a running server: their effects, output, errors and exit codes.

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

/// A server for one test.
struct Server {
    _running: Running,
    address: SocketAddr,
}

/// Exit code and output of a command.
#[derive(Debug)]
struct CommandResult {
    code: i32,
    out: String,
    err: String,
}

impl Server {
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

    fn run(&self, arguments: &str) -> CommandResult {
        output_of(program(&words(arguments)).env("SCANDOUBLE_URL", self.url()))
    }

    /// Runs a command that must succeed; returns what it prints.
    #[track_caller]
    fn prints(&self, arguments: &str) -> String {
        let result = self.run(arguments);
        assert_eq!((result.code, result.err.as_str()), (0, ""), "{arguments}: {result:?}");
        result.out
    }

    #[track_caller]
    fn json(&self, arguments: &str) -> Value {
        let out = self.prints(&format!("{arguments} --json"));
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{arguments}: {error}: {out}"))
    }

    #[track_caller]
    fn fails(&self, arguments: &str, code: i32, why: &str) {
        let result = self.run(arguments);
        assert_eq!((result.code, result.out.as_str()), (code, ""), "{arguments}: {result:?}");
        assert!(result.err.contains(why), "{arguments}: {result:?}");
    }

    /// Looks up a hash in the world of `prefix`; returns the status.
    async fn look_up(&self, prefix: &str) -> u16 {
        let body = format!("{{\"hash\":[\"{KNOWN}\"]}}");
        let ask = post(&format!("{prefix}/v2/hash")).header("apikey", "k7").json(&body);
        exchange(self.address, &ask.bytes()).await.status
    }
}

/// Splits at white space; `'…'` is one word.
fn words(text: &str) -> Vec<&str> {
    let parts = text.split('\'').enumerate();
    parts
        .flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() })
        .collect()
}

fn output_of(command: &mut Command) -> CommandResult {
    let output = command.output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    CommandResult {
        code: output.status.code().expect("a code"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

#[test]
fn reading_a_missing_world_prints_a_note() {
    let server = Server::start("missing-world", &[]);
    server.prints("worlds create checkout");
    for (arguments, code, out) in [
        ("journal", 0, "no entries\n"),
        ("settings get auth", 0, "enforce\n"),
        ("samples show 00000000000000000000000000000000", 1, ""),
    ] {
        let result = server.run(&format!("{arguments} --world chekout"));
        assert_eq!((result.code, result.out.as_str()), (code, out), "{result:?}");
        let note = "note: there is no world \"chekout\"; did you mean \"checkout\"?\n";
        assert!(result.err.contains(note), "{result:?}");
    }
    let result = server.run("coverage --world a~b");
    assert_eq!(
        result.err, "note: there is no world \"a~b\"; \"scandouble worlds\" lists them\n",
        "{result:?}"
    );
    assert_eq!(server.prints("journal --world checkout"), "no entries\n");
    assert!(!server.prints("worlds").contains("chekout"), "none was created");
    // A write creates the world, so there is no note.
    server.prints("settings set auth=any --world new");
}

#[test]
fn the_clock_can_be_read_and_moved() {
    let server = Server::start("clock", &[]);
    assert!(server.prints("clock").contains("state   running, real time\n"));
    let frozen = server.prints("clock freeze 2026-01-01T00:00:00Z");
    assert_eq!(
        frozen,
        "now     2026-01-01T00:00:00.000Z\nstate   frozen\norigin  2026-01-01T00:00:00.000Z\n"
    );
    assert!(server.prints("clock advance 24h").starts_with("now     2026-01-02T00:00:00.000Z\n"));
    assert!(server.prints("clock set -2d").starts_with("now     2025-12-31T00:00:00.000Z\n"));
    server.prints("worlds create other");
    assert!(
        server.prints("clock show --world other").contains("real time"),
        "worlds have clocks of their own"
    );
    assert!(server.prints("clock run").contains("running, shifted"));
    assert_eq!(server.json("clock freeze")["frozen"], true);
    assert_eq!(server.json("clock real")["real"], true);
    server.fails("clock advance soon", 1, "scandouble: `by`: \"soon\" is not a valid duration; write 90s");
    server.fails("clock advance", 2, "error: ");
}

#[test]
fn worlds_are_created_listed_and_deleted() {
    let server = Server::start("worlds", &[]);
    let url = server.url();
    assert_eq!(
        server.prints("worlds create t42"),
        format!("t42 created; its base URL is {url}/_world/t42\n")
    );
    assert!(server.prints("worlds create t42").starts_with("t42 already exists;"));
    let table = server.prints("worlds");
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("NAME     NOW  ") && lines[2].starts_with("t42      20"), "{table}");
    assert_eq!(server.prints("worlds delete t42"), "deleted t42\n");
    server.fails("worlds delete t42", 1, "there is no world \"t42\"");
    server.fails("worlds create 'a b'", 1, "cannot name a world");
    let listed = server.json("worlds list --world never-made");
    assert_eq!(listed["worlds"].as_array().expect("a list").len(), 1, "listing creates no world: {listed}");
}

#[test]
fn samples_can_be_loaded_displayed_and_removed() {
    let server = Server::start("samples", &[]);
    let list = server.prints("samples list --name known");
    assert!(list.starts_with("SHA256") && list.contains("clean    5     known.txt"), "{list}");
    let shown = server.prints(&format!("samples show {KNOWN}"));
    assert!(
        shown.contains(&format!("md5          {KNOWN}\n")) && shown.contains("verdict now  clean"),
        "{shown}"
    );
    let one = file("cli-one.yaml", "samples: [{name: mine.txt, content: mine, verdict: infected}]\n");
    let one = one.to_str().expect("UTF-8");
    assert_eq!(server.prints(&format!("samples load {one} --world a")), format!("{one}: 1 sample\n"));
    assert_eq!(server.json("samples list --world a")["total"], 3);
    assert_eq!(server.json("samples list --limit 1")["total"], 2);
    assert!(server.prints("samples list --limit 1").ends_with("\n1 of 2\n"));
    let bad = file("cli-bad.yaml", "samples:\n  - {name: a, sha256: abc, verdict: infected}\n");
    let bad = bad.to_str().expect("UTF-8");
    let result = server.run(&format!("samples load {one} {bad} --world b"));
    assert_eq!((result.code, result.out.clone()), (1, format!("{one}: 1 sample\n")));
    assert!(result.err.starts_with(&format!("{bad}:2:")), "{result:?}");
    assert_eq!(server.prints(&format!("samples remove {KNOWN}")), format!("removed {KNOWN}\n"));
    server.fails(&format!("samples show {KNOWN}"), 1, "no sample of world \"default\" has the md5");
    assert_eq!(server.prints("reset samples"), "reset in the world default: samples\n");
    assert_eq!(server.prints(&format!("samples advance {KNOWN}")), "finished 0 analyses\n");
    server.fails("samples load /nowhere", 1, "cannot read /nowhere: No such file");
}

#[test]
fn samples_can_be_loaded_from_standard_input() {
    let server = Server::start("stdin", &[]);
    let mut command = program(&["samples", "load", "-"]);
    let command = command.env("SCANDOUBLE_URL", server.url()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(b"settings: {max-body: 10}").expect("writes");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.stdout, b"-: 0 samples, 1 setting\n");
    assert_eq!(server.prints("settings get max-body"), "10\n");
}

#[tokio::test]
async fn faults_are_added_listed_and_removed() {
    let server = Server::start("faults", &[]);
    let added = server.prints(
        "fault add --id down --api metadefender-cloud --endpoint 'POST /v2/hash' --account k7 --next 1 --status 503 \
         --retry-after 120 --latency 1ms..2ms",
    );
    let row = "down  metadefender-cloud, POST /v2/hash, account k***  next 1  503, retry-after: 120, latency 1ms to 2ms  ";
    assert_eq!(added.lines().nth(1), Some(format!("{row}0 of 0").as_str()), "{added}");
    assert_eq!((server.look_up("").await, server.look_up("").await), (503, 200));
    assert!(server.prints("fault").contains(&format!("{row}1 of 2")));
    assert_eq!(server.prints("fault remove down"), "removed down\n");
    server.fails("fault remove down", 1, "there is no fault \"down\"");
    server.fails("fault add --api x --status 500", 1, "`match.api`: unknown API \"x\"; use one of ");
    server.fails("fault add --next 1 --every 2 --status 500", 2, "cannot be used with");
    server.fails("fault add --delivery soon", 2, "one of reset, ");
    server.fails("fault add", 1, "`then` has no effect; give at least one of");
    let added = server.json("fault add --chance 1 --seed 7 --body '{\"a\": 1}' --header 'X-A: b'");
    assert_eq!(added["then"]["content_type"], "application/json");
    assert_eq!(server.look_up("").await, 200);
    assert_eq!(server.prints("fault clear"), "removed all faults\n");
    assert_eq!(server.json("fault list")["faults"], serde_json::json!([]));
}

#[tokio::test]
async fn scenarios_are_started_at_launch_or_later_and_stopped() {
    let flags =
        ["--scenario", "maintenance@metadefender-cloud", "--scenario", "maintenance@metadefender_core"];
    let server = Server::start("scenario", &flags);
    assert_eq!((server.look_up("").await, server.look_up("/_world/a").await), (503, 200));
    let table = server.prints("scenario");
    assert!(table.contains("\nmaintenance      yes      Every request is answered 503"), "{table}");
    assert_eq!(server.json("fault")["faults"].as_array().map(Vec::len), Some(2), "one for each API");
    assert_eq!(server.prints("scenario stop maintenance"), "stopped maintenance\n");
    assert_eq!(server.look_up("").await, 200);
    let started = server.prints("scenario start revoked-key --api metadefender-cloud");
    assert!(started.contains("revoked-key-1~metadefender-cloud"), "{started}");
    assert_eq!(server.look_up("").await, 401);
    server.fails(
        "scenario start chaos",
        1,
        "there is no scenario \"chaos\"; use one of \"quota-exhausted\", ",
    );
}

#[test]
fn an_unknown_scenario_prevents_the_start() {
    let result =
        output_of(&mut program(&["--listen", "127.0.0.1:0", "--scenario", "chaos", "--scenario", "slow@x"]));
    assert_eq!(result.code, 2);
    let lines: Vec<&str> = result.err.lines().collect();
    assert!(
        lines[0].starts_with("scenarios: error: there is no scenario \"chaos\"; there are "),
        "{result:?}"
    );
    assert!(lines[1].starts_with("scenarios: error: there is no API \"x\"; there are "), "{result:?}");
}

#[test]
fn settings_are_listed_and_changed() {
    let server = Server::start("settings", &[]);
    assert!(server.prints("settings").starts_with("NAME "));
    let changed = server.prints("settings set auth=any max-body=10");
    assert_eq!(
        changed
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().take(2).collect())
            .collect::<Vec<Vec<_>>>(),
        [["auth", "any"], ["max-body", "10"]]
    );
    assert_eq!(server.prints("settings get auth"), "any\n");
    assert_eq!(server.prints("settings unset auth"), "auth is enforce again\n");
    server.fails("settings set auth=maybe", 1, "auth is one of enforce, any, off, not \"maybe\"");
    server.fails("settings set auth", 2, "\"auth\" has no value; write NAME=VALUE");
    server.fails("settings get nothing", 1, "there is no setting \"nothing\"");
}

#[tokio::test]
async fn the_journal_is_listed_filtered_followed_and_exported() {
    let server = Server::start("journal", &[]);
    assert_eq!(server.prints("journal"), "no entries\n");
    assert_eq!(server.look_up("").await, 200);
    let listed = server.prints("journal --api metadefender-cloud --status 2xx");
    assert!(
        listed.starts_with("    1  20") && listed.contains("  200  POST /v2/hash  metadefender-cloud/bulk."),
        "{listed}"
    );
    assert_eq!(server.prints("journal --status 4xx"), "no entries\n");
    assert_eq!(server.json("journal")["entries"][0]["request"]["method"], "POST");
    server.fails("journal --api x", 1, "x");
    let archive = file("cli.har", "");
    server.prints(&format!("journal --har {}", archive.display()));
    let archive: Value = serde_json::from_slice(&std::fs::read(archive).expect("written")).expect("JSON");
    assert_eq!(archive["log"]["entries"].as_array().map(Vec::len), Some(1));
    assert!(server.prints("journal --har -").starts_with("{\"log\":"));
    let mut command = program(&["journal", "--follow", "--json"]);
    let following = Running::start(command.env("SCANDOUBLE_URL", server.url()));
    following.lines_until(|line| line.contains("\"number\":1,"));
    assert_eq!(server.look_up("").await, 200);
    following.lines_until(|line| line.contains("\"number\":2,"));
    server.prints("reset");
    assert_eq!(server.look_up("").await, 200);
    following.lines_until(|line| line.contains("\"number\":3,"));
}

#[tokio::test]
async fn following_the_journal_continues_when_the_world_is_recreated() {
    let server = Server::start("journal-of-next", &[]);
    for _ in 0..2 {
        assert_eq!(server.look_up("/_world/t").await, 200);
    }
    let mut command = program(&["journal", "--follow", "--json", "--world", "t"]);
    let following = Running::start(command.env("SCANDOUBLE_URL", server.url()));
    following.lines_until(|line| line.contains("\"number\":2,"));
    server.prints("worlds delete t");
    assert_eq!(server.look_up("/_world/t").await, 200);
    following.lines_until(|line| line.contains("\"number\":1,"));
}

#[tokio::test]
async fn verify_and_coverage_set_the_exit_code() {
    let server = Server::start("gates", &[]);
    let verify = |times: u64| {
        let text = format!(
            "{{\"expectations\":[{{\"call\":{{\"endpoint\":\"POST /v2/hash\"}},\"times\":{times}}}]}}"
        );
        let path = file(&format!("cli-verify-{times}.json"), &text);
        format!("verify {}", path.to_str().expect("UTF-8"))
    };
    assert_eq!(server.look_up("").await, 200);
    assert_eq!(server.prints(&verify(1)), "verified: 1 expectation, by 1 call\n");
    server.fails(&verify(2), 1, "not verified\nexpectations[0]: wanted exactly 2, received 1");
    let result = server.run(&format!("{} --json", verify(2)));
    let failed: Value = serde_json::from_str(&result.out).expect("JSON");
    assert_eq!((result.code, result.err.as_str(), &failed["verified"]), (1, "", &false.into()));
    let nonsense = file("cli-verify.json", "{");
    server.fails(&format!("verify {}", nonsense.display()), 1, "the body is not valid JSON");

    assert!(server.prints("coverage --min 0").starts_with("Coverage of the world \"default\"\n"));
    assert!(
        server
            .prints("coverage --world all --api metadefender-cloud")
            .starts_with("Coverage of all worlds\n")
    );
    let low = server.run("coverage --min 99.5% --api metadefender-cloud --format json");
    assert_eq!(low.code, 1);
    assert!(
        low.err.starts_with("scandouble: coverage is ")
            && low.err.ends_with(" %, below the minimum of 99.5 %\n"),
        "{low:?}"
    );
    let report: Value = serde_json::from_str(&low.out).expect("JSON");
    assert_eq!(report["apis"].as_array().map(Vec::len), Some(1));
    assert!(server.prints("coverage --format junit").starts_with("<?xml"));
    assert!(server.prints("coverage --format html").starts_with("<!"));
    server.fails("coverage --min 101", 2, "a number from 0 to 100");
    server.fails("coverage --api x", 1, "x");
    server.prints("coverage --clear --world all");
    assert_eq!(server.json("coverage --world all")["total"]["exercised"], 0);
    let catalogue = server.prints("behaviours --api metadefender-cloud");
    assert!(
        catalogue.starts_with("BEHAVIOUR ") && catalogue.contains("metadefender-cloud/bulk."),
        "{catalogue}"
    );
}

#[test]
fn the_world_is_selected_by_flag_environment_or_url() {
    let server = Server::start("target", &[]);
    server.prints("settings set auth=any --world w");
    let get = |command: &mut Command| output_of(command.args(["settings", "get", "auth"])).out;
    let url = server.url();
    assert_eq!(get(program(&[]).env("SCANDOUBLE_URL", &url).env("SCANDOUBLE_WORLD", "w")), "any\n");
    assert_eq!(get(program(&[]).env("SCANDOUBLE_URL", format!("{url}/_world/w"))), "any\n");
    assert_eq!(get(program(&[]).env("SCANDOUBLE_URL", &url).env("SCANDOUBLE_WORLD", "")), "enforce\n");
    // In a container, commands connect to the address that the server listens on by its environment.
    let everywhere = format!("0.0.0.0:{}", server.address.port());
    assert_eq!(get(program(&[]).env("SCANDOUBLE_LISTEN", everywhere)), "enforce\n");
}

#[test]
fn health_sets_the_exit_code() {
    let server = Server::start("health", &["--admin-token", "s3cret"]);
    let expected =
        format!("ok: scandouble {} with 2 samples on {}\n", env!("CARGO_PKG_VERSION"), server.url());
    assert_eq!(server.prints("health"), expected);
    assert_eq!(server.prints("healthcheck --world never-made"), expected);
    assert_eq!(server.json("health")["status"], "ok");
    let listen = format!("0.0.0.0:{}", server.address.port());
    assert_eq!(output_of(program(&["health"]).env("SCANDOUBLE_LISTEN", listen)).out, expected);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address").to_string();
    server.fails(&format!("health --timeout 0 --url {address}"), 1, "did not answer within 0 s");
    // A port that no test uses.
    let gone = "scandouble: cannot connect to http://127.0.0.1:1: Connection refused";
    server.fails("health --url 127.0.0.1:1", 1, gone);
    server.fails("clock --url 127.0.0.1:1", 1, "start a server with \"scandouble serve\"");
    server.fails("health --url https://example.com", 2, "only http is supported here");
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
    let without = output_of(program(&["clock"]).env("SCANDOUBLE_URL", url));
    assert_eq!((without.code, without.out.as_str()), (1, ""));
    assert!(without.err.contains("give it with --admin-token or SCANDOUBLE_ADMIN_TOKEN"), "{without:?}");
    let with = output_of(program(&["clock", "--admin-token", TOKEN]).env("SCANDOUBLE_URL", url));
    assert_eq!(with.code, 0, "{with:?}");
    let with = output_of(program(&["clock"]).env("SCANDOUBLE_URL", url).env("SCANDOUBLE_ADMIN_TOKEN", TOKEN));
    assert_eq!(with.code, 0, "{with:?}");
    for help in [&["--help"][..], &["clock", "--help"]] {
        let help = output_of(program(help).env("SCANDOUBLE_ADMIN_TOKEN", TOKEN));
        assert!(help.out.contains("SCANDOUBLE_ADMIN_TOKEN") && !help.out.contains(TOKEN), "{help:?}");
    }
    let (_, err) = running.end_with_errors("TERM");
    assert!(!err.contains(TOKEN), "{err}");
}

#[test]
fn every_subcommand_has_help_with_an_example() {
    let help = output_of(&mut program(&["--help"])).out;
    let (_, commands) = help.split_once("Commands:\n").expect("the list");
    let commands = commands.split("\n\n").next().expect("a list");
    let names: Vec<&str> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 12, "{names:?}");
    for name in names.into_iter().filter(|name| !["help", "serve"].contains(name)) {
        let help = output_of(&mut program(&[name, "--help"])).out;
        assert!(help.contains("\nExample") && help.contains(&format!("scandouble {name}")), "{help}");
        let alone =
            ["completions", "init", "check", "schema", "generate", "hash", "import", "build"].contains(&name);
        assert_eq!(alone, !help.contains("--url <URL>"), "{help}");
    }
}

#[test]
fn completions_exist_for_common_shells() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let result = output_of(&mut program(&["completions", shell]));
        assert_eq!((result.code, result.err.as_str()), (0, ""), "{shell}");
        assert!(result.out.contains("scandouble") && result.out.contains("advance"), "{shell}");
    }
    let bash = file("cli-completions.bash", &output_of(&mut program(&["completions", "bash"])).out);
    let checked = Command::new("bash").arg("-n").arg(bash).status().expect("bash runs");
    assert!(checked.success());
}

#[tokio::test]
async fn answers_of_another_server_are_reported() {
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
    let result =
        tokio::task::spawn_blocking(move || output_of(&mut program(&["clock", "--url", &url]))).await;
    let result = result.expect("runs");
    assert_eq!(result.code, 1);
    assert!(result.err.contains(&format!("http://{address}")), "{result:?}");
}
