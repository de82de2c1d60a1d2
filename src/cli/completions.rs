//! `scandouble completions`: prints completion scripts for shells.

use clap::Args;
use clap_complete::Shell;

use super::SUCCESS;
use super::log::print_line;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  scandouble completions bash > ~/.local/share/bash-completion/completions/scandouble"
)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "scandouble", &mut script);
    print_line(String::from_utf8_lossy(&script).trim_end());
    SUCCESS
}
