//! One page of the documentation: runs its commands and rewrites what they print.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::harness::program::{Running, outcome, outcome_fed, program};

/// Where a page says that a server listens, unless a command says otherwise.
const DEFAULT: &str = "127.0.0.1:8080";
const DEFAULT_TLS: &str = "127.0.0.1:8443";
/// A line that stands for any number of lines of output.
const ELLIPSIS: &str = "…";

/// The servers and files of one page.
pub(crate) struct Reader {
    /// Where its files are and its commands run.
    folder: PathBuf,
    /// The running servers, by the first address that the page gives for each.
    servers: BTreeMap<String, Server>,
}

struct Server {
    _running: Running,
    /// Addresses on the page, and the free ports that stand for them.
    addresses: Vec<(String, String)>,
}

impl Reader {
    /// A reader with a new, empty folder of this name and no servers.
    pub(crate) fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        Self { folder, servers: BTreeMap::new() }
    }

    /// The text with the real output of its commands.
    pub(crate) fn rewrite(&mut self, text: &str) -> String {
        let mut result = String::new();
        let mut lines = text.split_inclusive('\n');
        // The output of a script, which the next block of kind `text` shows.
        let mut printed = None;
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
                "js" => {
                    printed = self.node(&block);
                    result.push_str(&block);
                }
                "text" => result.push_str(&printed.take().unwrap_or(block)),
                "python" => result.push_str(&parsed(&block)),
                // A documentation test of the library, or code that `tests/first_steps` runs.
                "rust" | "javascript" | "java" | "go" => result.push_str(&block),
                kind => panic!("a block of kind {kind:?}, which nothing tests"),
            }
            result.push_str("```\n");
        }
        result
    }

    /// Writes a file whose name is in the block's first line, a comment.
    fn write(&self, block: &str) -> String {
        let name = block.lines().next().and_then(|line| line.strip_prefix("# "));
        let name = name.expect("a YAML block begins with a comment that names its file");
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
            if command.contains("<<'END'") {
                while !command.ends_with("\nEND") {
                    let _ = write!(command, "\n{}", lines.next().expect("the end of a here-document"));
                }
            }
            let mut written = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                written.push(line);
            }
            let _ = writeln!(result, "$ {command}");
            let start = ["cargo run --release --", "cargo run --release", "scandouble serve"];
            let start = start.iter().find_map(|start| command.strip_prefix(start));
            let really = match start {
                Some(arguments) if !command.contains("||") => self.start(arguments, &written),
                _ => self.shell(&command),
            };
            result.push_str(&shortened(&really, &written));
        }
        result
    }

    /// Starts the program on free ports in place of those that the page names.
    pub(crate) fn start(&mut self, arguments: &str, written: &[&str]) -> String {
        let mut arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        let mut said = Vec::new();
        for at in 1..arguments.len() {
            if matches!(arguments[at - 1].as_str(), "--listen" | "--tls-listen") {
                let (api, address) = match arguments[at].split_once('=') {
                    Some((api, address)) => (format!("{api}="), address.to_owned()),
                    None => (String::new(), arguments[at].clone()),
                };
                arguments[at] = format!("{api}127.0.0.1:0");
                said.push(address);
            }
        }
        let plain = arguments.iter().any(|argument| argument == "--listen");
        if !plain {
            said.insert(0, DEFAULT.to_owned());
        }
        let secure = arguments.iter().any(|argument| argument == "--tls");
        if secure {
            said.push(DEFAULT_TLS.to_owned());
        }
        // A server of this address ends before the next one starts.
        self.servers.remove(&said[0]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = program(&[&["serve"], &arguments[..]].concat());
        command.current_dir(&self.folder);
        if secure {
            command.env("SCANDOUBLE_TLS_LISTEN", "127.0.0.1:0");
        }
        if !plain {
            command.env("SCANDOUBLE_LISTEN", "127.0.0.1:0");
        }
        let running = Running::start(&mut command);
        let lines = running.lines_until(|line| line.starts_with("Health: "));
        let real =
            lines.iter().filter(|line| line.starts_with("scandouble ") || line.starts_with("also on "));
        let real = real.filter_map(|line| line.split("://").nth(1)?.split([' ', ',', '/']).next());
        let addresses: Vec<_> = said.into_iter().zip(real.map(str::to_owned)).collect();
        let mut text = lines.join("\n") + "\n";
        for (said, real) in &addresses {
            text = text.replace(real, said);
        }
        self.servers.insert(addresses[0].0.clone(), Server { _running: running, addresses });
        // The time of the start is another number every time.
        let took = |line: &str| Some(line.split_once("started in ")?.1.split_once(" ms")?.0.to_owned());
        match (written.first().and_then(|line| took(line)), took(&text)) {
            (Some(written), Some(really)) => {
                text.replacen(&format!("started in {really} ms"), &format!("started in {written} ms"), 1)
            }
            _ => text,
        }
    }

    /// Runs a command in bash; what it prints, errors included.
    fn shell(&mut self, command: &str) -> String {
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("exec 2>&1\n{}", self.real(command))]);
        let mut text = self.said(&printed(self.surroundings(&mut shell)).1);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// Runs a script in Node, where there is one; what it prints.
    fn node(&mut self, script: &str) -> Option<String> {
        let mut node = Command::new("node");
        let found = Command::new("node").arg("--version").stdout(Stdio::null()).status();
        found.ok().filter(std::process::ExitStatus::success)?;
        node.args(["--input-type=module", "-e", &self.real(script)]);
        let (success, out) = printed(self.surroundings(&mut node));
        assert!(success, "{script}: {out}");
        Some(self.said(&out))
    }

    /// A command with the addresses at which the servers of the page really listen.
    fn real(&mut self, command: &str) -> String {
        if !self.servers.contains_key(DEFAULT) {
            self.start("", &[]);
        }
        let mut command = command.to_owned();
        for (said, real) in self.addresses() {
            let port = |address: &str| address.rsplit(':').next().unwrap_or_default().to_owned();
            command =
                command.replace(&format!("localhost:{}", port(&said)), &format!("localhost:{}", port(&real)));
            command = command.replace(&said, &real);
        }
        command
    }

    /// Output with the addresses that the page names.
    fn said(&self, output: &str) -> String {
        let mut output = output.to_owned();
        for (said, real) in self.addresses() {
            output = output.replace(&real, &said);
        }
        output
    }

    fn addresses(&self) -> Vec<(String, String)> {
        self.servers.values().flat_map(|server| server.addresses.clone()).collect()
    }

    /// The folder and the environment of a command.
    fn surroundings<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let program = Path::new(env!("CARGO_BIN_EXE_scandouble")).parent().expect("its folder");
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
        command.current_dir(&self.folder).stdin(Stdio::null()).env_clear().env("PATH", path);
        // The program finds the server at its default address.
        let server = self.servers.get(DEFAULT).and_then(|server| server.addresses.first());
        command.envs(server.map(|(_, real)| ("SCANDOUBLE_URL", real)))
    }
}

/// Whether a command succeeded, and its output, of any length.
pub(super) fn printed(command: &mut Command) -> (bool, String) {
    let output = command.stderr(Stdio::inherit()).output().expect("a command that can be started");
    (output.status.success(), String::from_utf8(output.stdout).expect("text"))
}

/// The real output, left out where the page has a line of `…`.
fn shortened(really: &str, written: &[&str]) -> String {
    let Some(at) = written.iter().position(|line| *line == ELLIPSIS) else { return really.to_owned() };
    let lines: Vec<&str> = really.lines().collect();
    let (before, after) = (at.min(lines.len()), written.len() - at - 1);
    let after = lines.len().saturating_sub(after).max(before);
    let shown = lines[..before].iter().chain([&ELLIPSIS]).chain(&lines[after..]);
    shown.fold(String::new(), |text, line| text + line + "\n")
}

/// Commands that take files, minutes or tools that a test does not have. Of our own ones, each subcommand and flag has to exist.
fn known(block: &str) -> String {
    for line in block.replace("\\\n", " ").lines() {
        let words: Vec<&str> =
            line.split(['>', '|', '#']).next().unwrap_or_default().split_whitespace().collect();
        let ["scandouble", rest @ ..] = &words[..] else { continue };
        let subcommand = rest.first().filter(|word| !word.starts_with('-'));
        let mut arguments: Vec<&str> = subcommand.copied().into_iter().collect();
        arguments.push("--help");
        let (code, help, _) = outcome(&mut program(&arguments));
        assert_eq!(code, 0, "{line:?} is not a command of ours");
        for flag in rest.iter().filter(|word| word.starts_with('-')) {
            assert!(help.contains(&format!("{flag} ")), "{line:?} has {flag}, which is not in:\n{help}");
        }
    }
    block.to_owned()
}

/// Python that needs packages from outside: parsed here, run by `tests/clients/run` and `python/tests/run`.
fn parsed(block: &str) -> String {
    let mut python = Command::new("python3");
    python.args(["-c", "import ast, sys; ast.parse(sys.stdin.read())"]);
    let (code, _, err) = outcome_fed(&mut python, block);
    assert_eq!(code, 0, "{err}");
    block.to_owned()
}
