//! The library that injects faults into the server's calls, and the file through which a test controls it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The path of the library, built once.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults_shim.so");
        let mut command = Command::new("cc");
        command.args(["-Wall", "-Werror", "-O1", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source);
        assert!(command.status().expect("cc runs").success());
        library
    })
}

/// What happens instead of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Kind {
    /// EIO, and nothing is done.
    Error = 1,
    /// ENOSPC, and nothing is done.
    Full = 2,
    /// Half of a write is done, and reported as such.
    Short = 3,
    /// Half of a write is done, and reported as EIO.
    Torn = 4,
    /// The process is killed before the call.
    Kill = 5,
    /// The process is killed after half of a write.
    KillTorn = 6,
    /// The call waits first.
    Delay = 7,
}

impl Kind {
    pub const FAILING: [Self; 4] = [Self::Error, Self::Full, Self::Short, Self::Torn];
    pub const KILLING: [Self; 2] = [Self::Kill, Self::KillTorn];
}

/// The control of the library in one server; see `struct control` in `shim.c`.
pub struct Shim {
    control: File,
    control_path: PathBuf,
    watched: PathBuf,
}

const FIELDS: u64 = 7;

impl Shim {
    /// Watches the files whose path begins with `watched`.
    pub fn new(watched: &Path) -> Self {
        let mut control_path = watched.as_os_str().to_owned();
        // Not one of the watched files: the folder differs.
        control_path.push(".control");
        let name = Path::new(&control_path).file_name().expect("a name").to_owned();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("controls");
        std::fs::create_dir_all(&folder).expect("a folder");
        let control_path = folder.join(name);
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(true);
        let control = options.open(&control_path).expect("a control file");
        control.set_len(FIELDS * 8).expect("its length");
        let watched = watched.to_owned();
        Self { control, control_path, watched }
    }

    /// Has a server load the library.
    pub fn attach(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", library())
            .env("FAULTS_CONTROL", &self.control_path)
            .env("FAULTS_PATH", &self.watched);
    }

    /// Injects `kind` into the calls from `first` to `last`, counted from 1.
    pub fn inject(&self, kind: Kind, first: u64, last: u64) {
        self.put(3, kind as u64);
        self.put(2, last);
        self.put(1, first);
    }

    /// Injects nothing any more.
    pub fn stop(&self) {
        self.put(2, 0);
    }

    /// Counts only calls of one operation from now on: `w`rite, `s`ync, `t`runcate, `r`ename or `u`nlink.
    pub fn only(&self, operation: char) {
        self.put(6, u64::from(u32::from(operation)));
    }

    /// How long a delayed call waits.
    pub fn delay_ms(&self, ms: u64) {
        self.put(5, ms);
    }

    /// How many calls were counted.
    pub fn calls(&self) -> u64 {
        self.field(0)
    }

    /// How many faults were injected.
    pub fn fired(&self) -> u64 {
        self.field(4)
    }

    fn put(&self, field: u64, value: u64) {
        self.control.write_all_at(&value.to_ne_bytes(), field * 8).expect("written");
    }

    fn field(&self, field: u64) -> u64 {
        let mut bytes = [0; 8];
        self.control.read_exact_at(&mut bytes, field * 8).expect("read");
        u64::from_ne_bytes(bytes)
    }
}
