//! `scandouble generate`: prints made-up samples as JSON Lines.

use std::io::{self, BufWriter, Write as _};

use clap::Args;

use super::log::complain;
use super::progress::bar;
use super::{DONE, FAILED};
use crate::fixtures::{self, Mix};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    scandouble generate --count 1000 --seed 7 > samples.jsonl && scandouble serve --fixtures samples.jsonl\n  \
    scandouble generate --count 1000000 --mix infected=2%,suspicious=1%,password-protected=0.1% > million.jsonl")]
pub(super) struct Flags {
    /// How many samples
    #[arg(long, value_name = "N")]
    count: u64,

    /// The same seed makes the same samples
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,

    /// The share of each verdict; the rest is clean
    #[arg(long, value_name = "VERDICT=SHARE,…", default_value = "infected=5%,suspicious=1%")]
    mix: Mix,
}

pub(super) fn run(flags: Flags) -> u8 {
    match write(flags) {
        Ok(()) => DONE,
        // A reader that has enough, like head, is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => DONE,
        Err(error) => {
            complain(&format!("scandouble: cannot write: {error}"));
            FAILED
        }
    }
}

fn write(flags: Flags) -> io::Result<()> {
    let bar = bar("generating", flags.count);
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    for (done, line) in (0_u64..).zip(fixtures::lines(flags.count, flags.seed, flags.mix)) {
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
