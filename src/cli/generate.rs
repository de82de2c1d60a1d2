//! `scandouble generate`: prints generated samples as JSON Lines.

use std::io::{self, BufWriter, Write as _};

use clap::Args;

use super::log::print_error;
use super::progress::bar;
use super::{FAILED, SUCCESS};
use crate::fixtures::{self, Mix};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    scandouble generate --count 1000 --seed 7 > samples.jsonl && scandouble serve --fixtures samples.jsonl\n  \
    scandouble generate --count 1000000 --mix infected=2%,suspicious=1%,password-protected=0.1% > million.jsonl")]
pub(super) struct GenerateArgs {
    /// How many samples
    #[arg(long, value_name = "N")]
    count: u64,

    /// The seed; the same seed gives the same samples
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,

    /// The share of each verdict; the rest is clean
    #[arg(long, value_name = "VERDICT=SHARE,…", default_value = "infected=5%,suspicious=1%")]
    mix: Mix,
}

pub(super) fn run(args: GenerateArgs) -> u8 {
    match write(args) {
        Ok(()) => SUCCESS,
        // A reader may stop early, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => SUCCESS,
        Err(error) => {
            print_error(&format!("scandouble: cannot write: {error}"));
            FAILED
        }
    }
}

fn write(args: GenerateArgs) -> io::Result<()> {
    let bar = bar("generating", args.count);
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    for (done, line) in (0_u64..).zip(fixtures::lines(args.count, args.seed, args.mix)) {
        // Not for each line, of which there can be millions.
        if done.is_multiple_of(4096) {
            bar.set_position(done);
        }
        out.write_all(line.as_bytes())?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    bar.finish_and_clear();
    Ok(())
}
