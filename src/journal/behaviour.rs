//! Behaviours: the catalogued kinds of answers, and how each is known.
//!
//! Each vendor lists its behaviours with [`behaviours!`](crate::behaviours!). The list is data, so that it can be printed,
//! counted, and checked by a test against the requests that reach it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use http::HeaderValue;
use schemars::JsonSchema;

use crate::document::named_schemas;

/// How a fact is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Grade {
    /// The vendor's page or published specification says so.
    Documented,
    /// Seen in a published reply, or implied by what real clients send or parse.
    Observed,
    /// Unknown outside the vendor; decided by this project.
    Assumed,
}

impl Grade {
    /// The word used in headers and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Assumed => "assumed",
        }
    }
}

named_schemas! {
    /// The schema of an API's name. A higher layer adds which names there are.
    pub(crate) Api { "type": "string" };
    /// The schema of [`Behaviour::provenance`].
    pub(crate) Provenance {
        "type": "string",
        "description": "How well it is known; `documented; body=assumed` if the status is better known than the body.",
        "pattern": "^(documented|observed|assumed)(; body=(documented|observed|assumed))?$"
    };
}

/// One catalogued behaviour of one API.
#[derive(Debug)]
pub struct Behaviour {
    /// Position in its API's list.
    pub index: usize,
    /// The API's name, `metadefender-core`.
    pub api: &'static str,
    /// The row's id, `hash.not-found`.
    pub id: &'static str,
    /// Both, as headers and reports name it: `metadefender-core/hash.not-found`.
    pub name: &'static str,
    /// The same as the value of a header. Checking its bytes for each answer would take five instructions for each byte.
    pub header: &'static HeaderValue,
    /// The statuses of its answers, the usual one first.
    pub codes: &'static [u16],
    /// How the status is known.
    pub status: Grade,
    /// How the body is known.
    pub body: Grade,
    /// When it happens, in one sentence.
    pub summary: &'static str,
    /// Where the knowledge comes from: a page of the vendor and its place, clients, or an assumption of the project.
    pub source: &'static str,
    /// The names of the settings that decide when it is answered, or how.
    pub settings: &'static [&'static str],
    /// The release that brought it.
    pub since: &'static str,
}

/// [`Behaviour::provenance`] by the grades of status and body.
const PROVENANCES: [[&str; 3]; 3] = [
    ["documented", "documented; body=observed", "documented; body=assumed"],
    ["observed; body=documented", "observed", "observed; body=assumed"],
    ["assumed; body=documented", "assumed; body=observed", "assumed"],
];

/// The same as values of a header.
static PROVENANCE_HEADERS: [[HeaderValue; 3]; 3] = {
    const fn row(texts: [&'static str; 3]) -> [HeaderValue; 3] {
        let [one, two, three] = texts;
        [HeaderValue::from_static(one), HeaderValue::from_static(two), HeaderValue::from_static(three)]
    }
    let [documented, observed, assumed] = PROVENANCES;
    [row(documented), row(observed), row(assumed)]
};

impl Behaviour {
    /// `documented`, `observed`, `assumed`, or both grades where they differ: `documented; body=assumed`.
    pub fn provenance(&self) -> &'static str {
        PROVENANCES[self.status as usize][self.body as usize]
    }

    /// The same as the value of a header.
    pub fn provenance_header(&self) -> HeaderValue {
        PROVENANCE_HEADERS[self.status as usize][self.body as usize].clone()
    }
}

/// How often each behaviour of one API was answered.
#[derive(Debug, Default)]
pub struct Tally {
    counts: Vec<AtomicU64>,
    // Where counts go since this tally was handed over.
    successor: OnceLock<Arc<Tally>>,
}

impl Tally {
    /// Zero for each of `len` behaviours.
    pub fn new(len: usize) -> Self {
        Self { counts: (0..len).map(|_| AtomicU64::new(0)).collect(), successor: OnceLock::new() }
    }

    /// Counts one answer.
    pub fn count(&self, behaviour: &Behaviour) {
        if let Some(count) = self.counts.get(behaviour.index) {
            // If a hand-over has just taken the counts, this one is passed on, too.
            count.fetch_add(1, Ordering::AcqRel);
            self.pass_on();
        }
    }

    /// How often `behaviour` was answered.
    pub fn of(&self, behaviour: &Behaviour) -> u64 {
        self.counts.get(behaviour.index).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Moves the counts to `successor`, and all later ones. A second call has no effect.
    pub fn hand_over(&self, successor: &Arc<Self>) {
        // The successor first: a count that comes after the swap below is then passed on by its request.
        let _ = self.successor.set(successor.clone());
        self.pass_on();
    }

    fn pass_on(&self) {
        let Some(successor) = self.successor.get() else { return };
        for (mine, theirs) in self.counts.iter().zip(&successor.counts) {
            theirs.fetch_add(mine.swap(0, Ordering::AcqRel), Ordering::Relaxed);
        }
    }

    /// Resets all counts.
    pub fn clear(&self) {
        for count in &self.counts {
            count.store(0, Ordering::Relaxed);
        }
    }
}

/// Declares the behaviours of one API as statics, and `ALL`, the list of them in order.
///
/// A row is `NAME "id" codes status body "summary" "source" ["setting"];`: the statuses of its answers, the usual one first, and the
/// grades of status and body as the letters of the catalogue: `D`, `O`, `A`. The list of settings can be left out.
#[macro_export]
macro_rules! behaviours {
    ($api:literal; $($name:ident $id:literal $($code:literal)* $status:ident $body:ident $summary:literal $source:literal $([$($setting:literal)+])?;)+) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Row { $($name),+ }
        $(
            #[doc = concat!("`", $id, "`: ", $summary)]
            pub static $name: $crate::internals::journal::Behaviour = $crate::internals::journal::Behaviour {
                index: Row::$name as usize,
                api: $api,
                id: $id,
                name: concat!($api, "/", $id),
                header: {
                    static HEADER: $crate::internals::journal::HeaderValue =
                        $crate::internals::journal::HeaderValue::from_static(concat!($api, "/", $id));
                    &HEADER
                },
                codes: &[$($code),*],
                status: $crate::behaviours!(@grade $status),
                body: $crate::behaviours!(@grade $body),
                summary: $summary,
                source: $source,
                settings: &[$($($setting),+)?],
                since: "0.1.0",
            };
        )+
        /// Every behaviour of this API, in the order of the catalogue.
        pub static ALL: &[&$crate::internals::journal::Behaviour] = &[$(&$name),+];
    };
    (@grade D) => { $crate::internals::journal::Grade::Documented };
    (@grade O) => { $crate::internals::journal::Grade::Observed };
    (@grade A) => { $crate::internals::journal::Grade::Assumed };
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro declares what a vendor exports")]
mod tests {
    use super::*;

    behaviours! { "test-api";
        FIRST "a.first" 200 D A "The first." "a page";
        SECOND "a.second" 404 410 O O "The second." "a client" ["one" "two"];
    }

    #[test]
    fn rows_have_an_index_statuses_and_a_provenance() {
        assert_eq!((ALL.len(), SECOND.index, SECOND.name), (2, 1, "test-api/a.second"));
        assert_eq!((FIRST.codes, SECOND.codes), (&[200][..], &[404, 410][..]));
        assert_eq!((FIRST.settings, SECOND.settings), (&[][..], &["one", "two"][..]));
        assert_eq!((FIRST.provenance(), SECOND.provenance()), ("documented; body=assumed", "observed"));
    }

    #[test]
    fn counts_move_to_the_successor() {
        let (all, one) = (Arc::new(Tally::new(2)), Tally::new(2));
        all.count(&SECOND);
        one.count(&SECOND);
        one.hand_over(&all);
        assert_eq!((one.of(&SECOND), all.of(&FIRST), all.of(&SECOND)), (0, 0, 2));
        one.count(&SECOND);
        assert_eq!((one.of(&SECOND), all.of(&SECOND)), (0, 3), "a request that was in flight");
        all.clear();
        assert_eq!(all.of(&SECOND), 0);
    }

    #[test]
    fn no_count_is_lost_during_a_hand_over() {
        for _ in 0..100 {
            let (all, one) = (Arc::new(Tally::new(2)), Tally::new(2));
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| (0..50).for_each(|_| one.count(&FIRST)));
                }
                scope.spawn(|| one.hand_over(&all));
            });
            assert_eq!((one.of(&FIRST), all.of(&FIRST)), (0, 100));
        }
    }
}
