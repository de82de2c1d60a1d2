//! The clock of a world.

use std::time::{Duration, SystemTime};

use jiff::SignedDuration;

use super::WorldError;
use crate::document::TimeSpec;
use crate::store::ChangedPart;
use crate::worlds::World;

/// The clock of a [`World`](super::World). Everything that depends on time follows it: quotas, analyses, ages of scans.
///
/// ```
/// # use std::time::Duration;
/// # use scandouble::Emulator;
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Emulator::builder().start().await?;
/// let world = emulator.world("clock");
/// world.clock().freeze_at("2026-03-01T12:00:00Z")?;
/// let noon = world.clock().now();
/// world.clock().advance(Duration::from_secs(3600));
/// assert_eq!(world.clock().now(), noon + Duration::from_secs(3600));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct WorldClock<'a>(&'a World);

impl<'a> WorldClock<'a> {
    pub(super) fn of(world: &'a World) -> Self {
        Self(world)
    }

    /// The time that it shows, in whole milliseconds.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.0.state().clock.now().into()
    }

    /// Freezes it at the time that it shows.
    pub fn freeze(&self) {
        self.change(|clock| clock.freeze(None));
    }

    /// Freezes it at a time: `2026-03-01T12:00:00Z`, `2026-03-01`, `now`, or an offset such as `-2d`.
    ///
    /// # Errors
    /// [`WorldError::Invalid`]: the text is not a time.
    pub fn freeze_at(&self, time: &str) -> Result<(), WorldError> {
        let time = parse(time)?;
        self.change(|clock| clock.freeze(Some(time.resolve(clock.now()))));
        Ok(())
    }

    /// Sets it to a time, written as for [`WorldClock::freeze_at`], and lets it run on from there.
    ///
    /// # Errors
    /// [`WorldError::Invalid`]: the text is not a time.
    pub fn set(&self, time: &str) -> Result<(), WorldError> {
        let time = parse(time)?;
        self.change(|clock| clock.set(time.resolve(clock.now())));
        Ok(())
    }

    /// Moves it forward, frozen or running.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.change(|clock| clock.advance(by));
    }

    /// Lets a frozen clock run on from the time that it shows.
    pub fn resume(&self) {
        self.change(crate::clock::Clock::resume);
    }

    /// Returns it to real time.
    pub fn restart(&self) {
        self.change(crate::clock::Clock::restart);
    }

    fn change(&self, act: impl FnOnce(&crate::clock::Clock)) {
        let state = self.0.state();
        act(&state.clock);
        state.mark(|| ChangedPart::Configuration);
    }
}

fn parse(time: &str) -> Result<TimeSpec, WorldError> {
    TimeSpec::parse(time).map_err(WorldError::Invalid)
}
