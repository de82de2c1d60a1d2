//! Kills at random moments while several clients change their worlds.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::harness::{Ask, ask, get, post};
use crate::number;
use crate::server::{Server, fresh, send};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const CLIENTS: usize = 4;
/// Samples per fixture: enough that a kill can fall between the first and the last.
const SAMPLES: usize = 40;

/// What one client did: how many changes it sent, and how many were answered with 2xx.
struct Done {
    world: String,
    sent: usize,
    answered: usize,
}

/// Changes of a world, one after the other, until the server is gone.
fn load(address: SocketAddr, world: String, progress: &AtomicU64) -> Done {
    let mut done = Done { world, sent: 0, answered: 0 };
    loop {
        let ask = change(&done.world, done.sent);
        done.sent += 1;
        match send(address, &ask) {
            Some(answer) => assert!(answer.status < 300, "{ask:?}: {}", answer.text()),
            None => return done,
        }
        done.answered = done.sent;
        progress.fetch_add(1, Ordering::Relaxed);
    }
}

/// The change of this number: by turns a fixture, which is there as a whole or not at all, and an upload.
fn change(world: &str, nth: usize) -> Ask {
    if nth % 3 == 2 {
        let upload = post(&format!("/_world/{world}/file")).header("apikey", "corekey");
        return upload.header("filename", &format!("upload-{nth}")).body(format!("{world} {nth}"));
    }
    let samples: Vec<String> = (0..SAMPLES)
        .map(|sample| format!("{{name: f{nth}-{sample}, content: '{world} {nth} {sample}', verdict: clean}}"))
        .collect();
    let fixture = format!(
        "samples: [{}]\nsettings: {{metadefender-core.license-days: {}}}",
        samples.join(", "),
        nth + 1
    );
    post(&format!("/_world/{world}/_scandouble/samples")).body(fixture)
}

/// The names of the samples of a world's own after its first `count` changes, and the value of the setting.
fn expected(count: usize) -> (BTreeSet<String>, Option<String>) {
    let (mut names, mut setting) = (BTreeSet::new(), None);
    for nth in 0..count {
        if nth % 3 == 2 {
            names.insert(format!("upload-{nth}"));
        } else {
            names.extend((0..SAMPLES).map(|sample| format!("f{nth}-{sample}")));
            setting = Some((nth + 1).to_string());
        }
    }
    (names, setting)
}

fn found(server: &Server, world: &str) -> (BTreeSet<String>, Option<String>) {
    let read = |path: &str| {
        let ask = get(&format!("/_world/{world}/_scandouble/{path}"));
        server.send(&ask).expect("an answer").json()
    };
    let mut names = BTreeSet::new();
    loop {
        let page = read(&format!("samples?limit=1000&offset={}", names.len()));
        let samples = page["samples"].as_array().expect("a list");
        // Those of the world come first.
        let own = samples.iter().filter(|sample| sample["own"] == true);
        let before = names.len();
        names.extend(own.map(|sample| sample["name"].as_str().expect("a name").to_owned()));
        if names.len() - before < 1000 {
            break;
        }
    }
    let setting = read("settings/metadefender-core.license-days");
    let own = setting["value"] != setting["default"];
    (names, own.then(|| setting["value"].as_str().map(str::to_owned)).flatten())
}

#[test]
fn random_kills_undo_no_answer_and_leave_no_half() {
    let mut random = ChaCha8Rng::seed_from_u64(number("SEED", 1));
    let db = fresh("random-kills");
    let (mut total, mut unanswered) = (0, 0);
    let mut server = Server::start(&db, None);
    let kills = number("KILLS", 50);
    for kill in 0..kills {
        let address = server.address();
        let progress = Arc::new(AtomicU64::new(0));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let progress = progress.clone();
                std::thread::spawn(move || load(address, format!("k{kill}-{client}"), &progress))
            })
            .collect();
        // Some answers later, and then at any moment.
        let answers = random.random_range(0..20);
        while progress.load(Ordering::Relaxed) < answers {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(random.random_range(0..20_000)));
        server.kill();
        server = Server::start(&db, None);
        for client in clients {
            let done = client.join().expect("the client");
            let found = found(&server, &done.world);
            let fits = (done.answered..=done.sent).any(|count| expected(count) == found);
            let Done { world, sent, answered } = &done;
            assert!(
                fits,
                "kill {kill}, {world}: {answered} of {sent} changes were answered; found: {found:?}"
            );
            total += answered;
            unanswered += usize::from(expected(*answered) != found);
            // Which also keeps the file small. A world whose first change was not saved does not exist.
            let removed =
                server.send(&ask("DELETE", &format!("/_scandouble/worlds/{world}"))).expect("an answer");
            assert!(matches!(removed.status, 204 | 404), "{}", removed.text());
        }
    }
    println!("{kills} kills: {total} answered changes, and {unanswered} that were saved and not answered");
    assert!(total > 0);
}
