//! Files of stores: built ones, and those of persisted state, whose bytes or whose entries are anything.

#![no_main]

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use libfuzzer_sys::{Corpus, fuzz_target};
use scandouble::internals::samples::Hash;
use scandouble::internals::store::Built;
use scandouble::{Emulator, StartError};
use scandouble_fuzz::bounds::Bounds;
use tokio::runtime::{self, Runtime};

/// SQLite's own page caches are in the constants.
const BOUNDS: Bounds = Bounds { peak: (64 << 20, 4000), total: (512 << 20, 100_000) };
const FIXTURES: &str =
    "samples: [{ name: a, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, verdict: clean }]";
const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

struct Files {
    runtime: Runtime,
    folder: PathBuf,
    /// A file of persisted state that a server has just created.
    state: Vec<u8>,
}

thread_local! {
    static FILES: RefCell<Files> = RefCell::new(Files::create());
}

impl Files {
    fn create() -> Self {
        let folder = std::env::temp_dir().join(format!("scandouble-fuzz-store-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut files = Self { runtime, folder, state: Vec::new() };
        let path = files.folder.join("new.db");
        files.start(&path).expect("a new file");
        files.state = fs::read(path).expect("the new file");
        files
    }

    /// The path of a file with these bytes, and nothing of earlier ones beside it.
    fn write(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.join("fuzz.db");
        for beside in ["fuzz.db-wal", "fuzz.db-shm", "fuzz.db-journal"] {
            let _ = fs::remove_file(self.folder.join(beside));
        }
        fs::write(&path, bytes).expect("a file");
        path
    }

    /// Starts a server with this file and stops it.
    fn start(&self, path: &Path) -> Result<(), StartError> {
        self.runtime.block_on(async {
            let emulator = Emulator::builder().fixtures_text("fuzz.yaml", FIXTURES).db(path).start().await?;
            let hash = Hash::parse(HASH).expect("a hash");
            let state = emulator.world("default").state();
            // A broken file may say anything of its samples, but the fixtures stay readable.
            assert!(state.find(&hash).is_ok_and(|sample| sample.is_some()), "the fixtures are gone");
            emulator.stop().await.expect("stops");
            Ok(())
        })
    }
}

/// Reads everything of a built store.
fn read(built: &Built) {
    let hash = Hash::parse(HASH).expect("a hash");
    let _ = built.find(&hash).map(|found| found.map(|(_, sample)| assert!(sample.hashes.has(&hash))));
    let _ = built.named(hash.head(), &mut Vec::new());
    for place in 0..built.sample_count().min(4) {
        let _ = built.sample(place);
    }
    let _ =
        (built.list("A", "clean", &[0], 0, 10), built.list("", "", &[], 0, 10), built.count("a", "", &[1]));
    for key in ["accounts", "rules", "settings", "definitions"] {
        let _ = built.about(key);
    }
}

/// Puts rows into a file of persisted state: lines of a world, a part, a key and a value, separated by tabs.
fn put(path: &Path, text: &str) {
    let connection = rusqlite::Connection::open(path).expect("opens");
    for line in text.lines() {
        let mut columns = line.splitn(4, '\t');
        let row = [(); 4].map(|()| columns.next().unwrap_or_default());
        // A row that is there already is refused.
        let _ =
            connection.execute("insert into world_entry (world, part, key, value) values (?, ?, ?, ?)", row);
    }
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((first, rest)) = input.split_first() else { return Corpus::Reject };
    FILES.with_borrow(|files| {
        let mut result = Corpus::Keep;
        BOUNDS.check(input, || match first {
            b'b' => {
                let path = files.write(rest);
                if let Ok(built) = Built::open(&path) {
                    read(&built);
                }
                let builder = Emulator::builder().store(&path);
                files.runtime.block_on(async {
                    if let Ok(emulator) = builder.start().await {
                        emulator.stop().await.expect("stops");
                    }
                });
            }
            b's' => drop(files.start(&files.write(rest))),
            b'e' => {
                let Ok(text) = std::str::from_utf8(rest) else {
                    result = Corpus::Reject;
                    return;
                };
                let path = files.write(&files.state);
                put(&path, text);
                // What was restored is saved again, and starts again.
                if files.start(&path).is_ok() {
                    files.start(&path).expect("starts again");
                }
            }
            _ => result = Corpus::Reject,
        });
        result
    })
});
