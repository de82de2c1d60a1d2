//! Sessions, which some APIs open at a login.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Account;
use crate::settings::Pace;

/// The number of sessions that are kept; one more displaces the oldest of those that have ended, or else of all.
const MOST_SESSIONS: usize = 1000;

/// One session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The API's name.
    pub(crate) api: &'static str,
    /// Its identifier.
    pub(crate) id: String,
    /// Whose it is.
    pub(crate) account: Arc<Account>,
    /// When it was used last.
    pub(crate) used: Timestamp,
    /// Whether it was ended by its user.
    pub(crate) ended: bool,
}

impl Session {
    /// Whether it is open at `now`, if sessions end after they were idle for this long.
    fn is_open(&self, now: Timestamp, idle: Pace) -> bool {
        let end = match idle {
            Pace::WhenTold => Timestamp::MAX,
            Pace::AtOnce => self.used,
            Pace::After(span) => self.used.saturating_add(span).unwrap_or(Timestamp::MAX),
        };
        !self.ended && now < end
    }
}

/// What is known of a session.
#[derive(Clone, Debug)]
pub(crate) enum SessionState {
    /// It is open; its account, and whether this use has to be saved.
    Open(Arc<Account>, bool),
    /// It has ended.
    Ended,
    /// There was no such session, or it ended long ago.
    Unknown,
}

/// The sessions, open and ended ones.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    // Oldest first.
    all: Mutex<VecDeque<Session>>,
}

impl Sessions {
    /// Adds a session.
    pub(crate) fn open(&self, session: Session) {
        let mut all = self.lock();
        if all.len() >= MOST_SESSIONS {
            // An ended session is kept only to distinguish it from an unknown one.
            let ended = all.iter().position(|session| session.ended);
            all.remove(ended.unwrap_or(0));
        }
        all.push_back(session);
    }

    /// Looks a session up and, if it is open, notes that it is used at `now`. Sessions end after they were idle for this long.
    pub(crate) fn use_at(&self, api: &str, id: &str, now: Timestamp, idle: Pace) -> SessionState {
        // Uses less than a second apart are saved together.
        const APART: SignedDuration = SignedDuration::from_secs(1);
        let mut all = self.lock();
        let Some(session) = all.iter_mut().find(|session| session.api == api && session.id == id) else {
            return SessionState::Unknown;
        };
        if !session.is_open(now, idle) {
            return SessionState::Ended;
        }
        let is_later = now.duration_since(session.used) >= APART;
        if is_later {
            session.used = now;
        }
        SessionState::Open(session.account.clone(), is_later)
    }

    /// Ends a session; false if it was not open.
    pub(crate) fn close(&self, api: &str, id: &str, now: Timestamp, idle: Pace) -> bool {
        let mut all = self.lock();
        let mut open = all
            .iter_mut()
            .filter(|session| session.api == api && session.id == id && session.is_open(now, idle));
        open.next().map(|session| session.ended = true).is_some()
    }

    /// Every session, oldest first.
    pub(crate) fn all(&self) -> Vec<Session> {
        self.lock().iter().cloned().collect()
    }

    /// Whether there is or was a session of this API with this identifier.
    pub(crate) fn knows(&self, api: &str, id: &str) -> bool {
        self.lock().iter().any(|session| session.api == api && session.id == id)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Session>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(id: &str) -> Session {
        let used = Timestamp::UNIX_EPOCH;
        Session { api: "api", id: id.to_owned(), account: Arc::default(), used, ended: false }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a timestamp")
    }

    #[test]
    fn a_session_is_open_until_it_is_closed_or_displaced_by_newer_ones() {
        let sessions = Sessions::default();
        let state = |api: &str, id: &str| sessions.use_at(api, id, at(0), Pace::WhenTold);
        sessions.open(session("one"));
        assert!(matches!(state("api", "one"), SessionState::Open(..)));
        assert!(matches!(state("other", "one"), SessionState::Unknown));
        let close = |id: &str| sessions.close("api", id, at(0), Pace::WhenTold);
        assert!(!close("two") && close("one") && !close("one"));
        assert!(sessions.knows("api", "one"), "also when it has ended");
        assert!(!sessions.knows("api", "two") && !sessions.knows("other", "one"));
        assert!(matches!(state("api", "one"), SessionState::Ended));
        for number in 0..=MOST_SESSIONS {
            sessions.open(session(&number.to_string()));
        }
        assert!(matches!(state("api", "one"), SessionState::Unknown), "ended ones are displaced first");
        assert!(matches!(state("api", "0"), SessionState::Unknown));
        assert!(matches!(state("api", "1"), SessionState::Open(..)));
        let all = sessions.all();
        assert_eq!((all.len(), &*all[0].id), (MOST_SESSIONS, "1"), "oldest first");
    }

    #[test]
    fn a_session_ends_when_it_was_idle_for_too_long() {
        let sessions = Sessions::default();
        sessions.open(session("one"));
        let idle = Pace::After(SignedDuration::from_secs(10));
        let state = |seconds| sessions.use_at("api", "one", at(seconds), idle);
        assert!(matches!(state(0), SessionState::Open(_, false)));
        assert!(matches!(state(9), SessionState::Open(_, true)));
        assert!(matches!(state(18), SessionState::Open(_, true)));
        assert!(matches!(state(28), SessionState::Ended));
        assert!(!sessions.close("api", "one", at(28), idle));
        assert!(matches!(sessions.use_at("api", "one", at(27), Pace::AtOnce), SessionState::Ended));
        assert!(matches!(state(27), SessionState::Open(..)), "the clock was set back");
    }
}
