//! Bodies within limits: of size, of the memory that all bodies share, and of time.

mod budget;
mod incoming;
mod outgoing;

pub(super) use self::budget::{Budget, Reservation};
pub(super) use self::incoming::{BodyError, BodyLimits, drain, read};
pub(super) use self::outgoing::OutgoingBody;
