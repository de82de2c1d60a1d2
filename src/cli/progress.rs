//! Progress bars on standard error. They show only on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that ends at `total` items; `label` says what is being done.
pub(super) fn bar(label: &'static str, total: u64) -> ProgressBar {
    styled(label, total, "{msg} {wide_bar} {human_pos}/{human_len} {per_sec}, {eta} left")
}

/// A bar that ends at `total` bytes.
pub(super) fn bytes_bar(label: &'static str, total: u64) -> ProgressBar {
    styled(label, total, "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left")
}

fn styled(label: &'static str, total: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(total).with_message(label);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
