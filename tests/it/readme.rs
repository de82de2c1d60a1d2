//! README.md is true: its commands are run and what they print is compared, its tables are those of the code.
//!
//! `UPDATE_README=1 cargo test --test it readme` writes down what the commands print and the tables say.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use scandouble::apis;
use scandouble::settings::{Kind, Setting};

use crate::harness::program::{Running, outcome, program};

fn readme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

#[test]
fn it_says_what_the_program_does() {
    let text = std::fs::read_to_string(readme()).expect("the README");
    let true_text = Reader::new("readme").rewrite(&text);
    let true_text = with_tables(&true_text);
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(readme(), true_text).expect("written");
        return;
    }
    for (number, (written, really)) in text.lines().zip(true_text.lines()).enumerate() {
        assert_eq!(written, really, "README.md:{}; UPDATE_README=1 writes down what is true", number + 1);
    }
    assert_eq!(text, true_text);
}

/// Walks through a text, doing what it says.
pub(crate) struct Reader {
    /// Where its files are and its commands run.
    folder: PathBuf,
    /// The servers that its commands started, by the address that it says they listen on.
    servers: BTreeMap<String, (Running, String)>,
}

impl Reader {
    /// One in a new folder of this name, without servers.
    pub(crate) fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        Self { folder, servers: BTreeMap::new() }
    }

    /// The text with what its commands really print.
    pub(crate) fn rewrite(&mut self, text: &str) -> String {
        let mut result = String::new();
        let mut lines = text.split_inclusive('\n');
        while let Some(line) = lines.next() {
            result.push_str(line);
            let Some(kind) = line.trim_end().strip_prefix("```").filter(|kind| !kind.is_empty()) else {
                continue;
            };
            let block: String = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            match kind {
                "console" => result.push_str(&self.run(&block)),
                "yaml" => result.push_str(&self.write(&block)),
                "sh" => result.push_str(&known(&block)),
                // Examples in Rust are documentation tests of the library.
                "rust" => result.push_str(&block),
                kind => panic!("README.md has a block of kind {kind:?}, which nothing tests"),
            }
            result.push_str("```\n");
        }
        result
    }

    /// A file whose name stands in its first line; the start of a server judges it.
    fn write(&self, block: &str) -> String {
        let name =
            block.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a comment with a name");
        std::fs::write(self.folder.join(name), block).expect("written");
        block.to_owned()
    }

    /// A block of commands, each behind `$ `, with what they print.
    fn run(&mut self, block: &str) -> String {
        let mut result = String::new();
        let mut lines = block.lines().peekable();
        while let Some(line) = lines.next() {
            let mut command = line.strip_prefix("$ ").expect("a command behind `$ `").to_owned();
            while command.ends_with('\\') {
                let _ = write!(command, "\n{}", lines.next().expect("the rest of a command"));
            }
            let mut written = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                written.push(line);
            }
            let _ = writeln!(result, "$ {command}");
            result.push_str(&match command.strip_prefix("cargo run --release") {
                Some(arguments) => self.start(arguments, &written),
                None => self.shell(&command),
            });
        }
        result
    }

    /// Starts the program on a free port in place of the one that the README says.
    pub(crate) fn start(&mut self, arguments: &str, written: &[&str]) -> String {
        let arguments: Vec<&str> = arguments.split_whitespace().filter(|part| *part != "--").collect();
        let listen = arguments.iter().position(|part| *part == "--listen");
        let address = listen.map_or("127.0.0.1:8080", |at| arguments[at + 1]).to_owned();
        let mut command = program(&arguments);
        command.current_dir(&self.folder);
        if let Some(at) = listen {
            let others = arguments.iter().enumerate().filter(|(index, _)| *index != at && *index != at + 1);
            command = program(&others.map(|(_, part)| *part).collect::<Vec<_>>());
            command.current_dir(&self.folder);
        }
        command.env("SCANDOUBLE_LISTEN", "127.0.0.1:0");
        let running = Running::start(&mut command);
        let lines = running.lines_until(|line| line.starts_with("Health: "));
        let real =
            lines[0].split("http://").nth(1).expect("an address").split([' ', ',']).next().expect("it");
        let real = real.to_owned();
        let text = lines.join("\n").replace(&real, &address) + "\n";
        self.servers.insert(address, (running, real));
        // How long it took is another number every time.
        let took = |line: &str| Some(line.split_once("started in ")?.1.split_once(" ms")?.0.to_owned());
        match (written.first().and_then(|line| took(line)), took(&text)) {
            (Some(written), Some(really)) => {
                text.replacen(&format!("started in {really} ms"), &format!("started in {written} ms"), 1)
            }
            _ => text,
        }
    }

    /// Runs a command by the shell; its standard output, then its standard error.
    fn shell(&self, command: &str) -> String {
        let mut real = command.to_owned();
        for (said, (_, address)) in &self.servers {
            real = real.replace(said, address);
        }
        let program = Path::new(env!("CARGO_BIN_EXE_scandouble")).parent().expect("its folder");
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("bash");
        shell.args(["-c", &real]).current_dir(&self.folder).env_clear().env("PATH", path);
        // The program finds the server where it is by default, if it is there.
        shell.envs(self.servers.get("127.0.0.1:8080").map(|(_, address)| ("SCANDOUBLE_URL", address)));
        let (_, out, err) = outcome(&mut shell);
        let mut text = out + &err;
        for (said, (_, address)) in &self.servers {
            text = text.replace(address, said);
        }
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }
}

/// Commands that take files which nobody has here, or minutes; each subcommand and flag is one that there is.
fn known(block: &str) -> String {
    for line in block.lines() {
        let words: Vec<&str> = line.split('>').next().unwrap_or_default().split_whitespace().collect();
        let ["scandouble", subcommand, rest @ ..] = &words[..] else {
            panic!("{line:?} is no command of ours")
        };
        let help = program(&[*subcommand, "--help"]).output().expect("it runs");
        let help = String::from_utf8(help.stdout).expect("text");
        for flag in rest.iter().filter(|word| word.starts_with('-')) {
            assert!(
                help.contains(&format!("{flag} ")),
                "README.md: {line:?} has {flag}, which is not in:\n{help}"
            );
        }
    }
    block.to_owned()
}

/// The text with every table between `<!-- name -->` and `<!-- /name -->` as the code has it.
fn with_tables(text: &str) -> String {
    let mut text = text.to_owned();
    for (name, table) in [("apis", apis_table()), ("flags", flags_table()), ("settings", settings_table())] {
        let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
        let start = text.find(&open).unwrap_or_else(|| panic!("README.md lacks {open}")) + open.len();
        let end = text.find(&close).unwrap_or_else(|| panic!("README.md lacks {close}"));
        text.replace_range(start..end, &table);
    }
    text
}

fn apis_table() -> String {
    let mut table = "| API | name | endpoints |\n|---|---|---|\n".to_owned();
    for api in apis::ALL.iter() {
        let endpoints: Vec<_> = api.listed().map(|(method, path)| format!("`{method} {path}`")).collect();
        let _ = writeln!(table, "| {} | `{}` | {} |", api.product, api.name, endpoints.join("<br>"));
    }
    table
}

/// From what `--help` prints: flag, twin, default, and the first sentence.
fn flags_table() -> String {
    let (_, help, _) = outcome(&mut program(&["--help"]));
    let mut table = "| flag | environment | default | |\n|---|---|---|---|\n".to_owned();
    for entry in help.split("\n      --").skip(1) {
        let between =
            |open: &str| entry.split_once(open)?.1.split_once(']').map(|(value, _)| value.to_owned());
        let (Some(twin), Some(default)) = (between("[env: "), between("[default: ")) else { continue };
        let mut lines = entry.lines();
        let flag = lines.next().unwrap_or_default();
        let text = lines.next().unwrap_or_default().trim();
        let text = text.split(" [").next().unwrap_or_default().replace('`', "");
        let _ = writeln!(table, "| `--{flag}` | `{twin}` | {default} | {text} |");
    }
    table
}

fn settings_table() -> String {
    let mut table = "| setting | values | default | |\n|---|---|---|---|\n".to_owned();
    for Setting { name, kind, default, summary } in apis::all_settings() {
        let values = match kind {
            Kind::Flag => "`true`, `false`".to_owned(),
            Kind::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
            Kind::Count { min, max: u64::MAX } => format!("{min} or more"),
            Kind::Count { min, max } => format!("{min} to {max}"),
            Kind::Pace => "`30s`, `at-once`, `when-told`".to_owned(),
            Kind::Text(_) => "text".to_owned(),
        };
        let default = if default.is_empty() { "none".to_owned() } else { format!("`{default}`") };
        let _ = writeln!(table, "| `{name}` | {values} | {default} | {summary} |");
    }
    table
}
