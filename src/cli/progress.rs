//! How far a long task is: a bar on standard error where that is a terminal, nothing elsewhere.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar to `most` of something; `what` says what is done.
pub(super) fn bar(what: &'static str, most: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {per_sec}, {eta} left");
    let bar = ProgressBar::new(most).with_message(what);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A bar to `most` bytes.
pub(super) fn bytes_bar(what: &'static str, most: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left");
    let bar = ProgressBar::new(most).with_message(what);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
