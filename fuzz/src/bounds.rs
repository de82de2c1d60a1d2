//! Bounds on what an input may cost: bytes of memory at a time, bytes allocated in all, and processor time, each in proportion
//! to the length of the input.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use cpu_time::ProcessTime;

/// Bytes that are allocated now, the most since [`Bounds::check`] began, and all that were allocated since the start.
static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static TOTAL: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn grown(by: usize) {
    let now = NOW.fetch_add(by, Relaxed) + by;
    PEAK.fetch_max(now, Relaxed);
    TOTAL.fetch_add(by, Relaxed);
}

// SAFETY: everything is passed on to the system's allocator; only numbers are kept.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Counted as if it always moved, so that growing in small steps shows.
        grown(size);
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// The most that an input may cost: a constant, and an addition for each of its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes of memory at a time.
    pub peak: (usize, usize),
    /// Bytes allocated in all, a measure of work that is the same in each run.
    pub total: (usize, usize),
}

/// Processor time. It is generous, since machines differ and others use their caches.
const TIME: (Duration, Duration) = (Duration::from_millis(200), Duration::from_micros(100));
/// How often an input that took too long is run again: the time of one run may be that of an interrupted machine.
const AGAIN: usize = 3;

impl Bounds {
    /// Runs `work` on an input.
    ///
    /// # Panics
    /// It takes more than the bounds.
    pub fn check(self, input: &[u8], mut work: impl FnMut()) {
        let most = |(base, per_byte): (usize, usize)| base + per_byte * input.len();
        let longest = TIME.0 + TIME.1 * u32::try_from(input.len()).unwrap_or(u32::MAX);
        let mut took = Duration::MAX;
        for _ in 0..AGAIN {
            let (before, allocated, started) = (NOW.load(Relaxed), TOTAL.load(Relaxed), ProcessTime::now());
            PEAK.store(before, Relaxed);
            work();
            let (peak, total) = (PEAK.load(Relaxed), TOTAL.load(Relaxed).wrapping_sub(allocated));
            let peak = peak.saturating_sub(before);
            took = took.min(started.elapsed());
            if std::env::var_os("SHOW_COST").is_some() {
                eprintln!("{} bytes: {peak} at a time, {total} in all, {took:?}", input.len());
            }
            assert!(peak <= most(self.peak), "{peak} bytes of memory for an input of {} bytes", input.len());
            assert!(
                total <= most(self.total),
                "{total} bytes allocated for an input of {} bytes",
                input.len()
            );
            if took <= longest {
                return;
            }
        }
        panic!("{took:?} of processor time for an input of {} bytes", input.len());
    }
}
