//! The engines' results of a scan: given by a fixture, or derived when they are first read.
//!
//! Most samples of a large set are never asked for, and eight derived results cost more than all else of a sample.

use std::ops::Deref;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{EngineResult, Key, Verdict, derive};
use crate::document::TimeSpec;

/// The results of a scan's engines, in the order in which replies list them; it derefs to a slice.
#[derive(Clone, Debug, Default)]
pub struct Engines(Origin);

#[derive(Clone, Debug, Default)]
enum Origin {
    /// Stored facts leave derived results out; the sample that is read says what they follow from.
    #[default]
    LeftOut,
    Given(Vec<EngineResult>),
    Derived(Box<Derived>),
}

#[derive(Clone, Debug)]
struct Derived {
    seed: Key,
    verdict: Verdict,
    threat: Box<str>,
    at: TimeSpec,
    made: OnceLock<Vec<EngineResult>>,
}

impl Engines {
    /// Eight believable results that consolidate to `verdict`, for a scan of the sample `seed` that began at `at`.
    #[must_use]
    pub fn derived(seed: Key, verdict: Verdict, threat: &str, at: TimeSpec) -> Self {
        let derived = Derived { seed, verdict, threat: threat.into(), at, made: OnceLock::new() };
        Self(Origin::Derived(Box::new(derived)))
    }

    /// Whether they follow from the other facts, and need not be stored.
    pub(crate) fn is_derived(&self) -> bool {
        !matches!(self.0, Origin::Given(_))
    }

    /// Whether stored facts left them out.
    pub(super) fn are_left_out(&self) -> bool {
        matches!(self.0, Origin::LeftOut)
    }
}

impl From<Vec<EngineResult>> for Engines {
    fn from(given: Vec<EngineResult>) -> Self {
        Self(Origin::Given(given))
    }
}

impl Deref for Engines {
    type Target = [EngineResult];

    fn deref(&self) -> &[EngineResult] {
        match &self.0 {
            // Only while a stored sample is being read: `Sample` then replaces it.
            Origin::LeftOut => &[],
            Origin::Given(given) => given,
            Origin::Derived(derived) => derived
                .made
                .get_or_init(|| derive::engines(&derived.seed, derived.verdict, &derived.threat, derived.at)),
        }
    }
}

impl PartialEq for Engines {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Serialize for Engines {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Engines {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::deserialize(from).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_results_are_those_of_the_derivation_and_given_ones_stay() {
        let at = TimeSpec::Offset(jiff::SignedDuration::ZERO);
        let derived = Engines::derived([7; 32], Verdict::Infected, "T", at);
        assert_eq!(*derived, *derive::engines(&[7; 32], Verdict::Infected, "T", at));
        assert!(derived.is_derived());
        let given = Engines::from(derived[..3].to_vec());
        assert_eq!((given.len(), given.is_derived()), (3, false));
        assert!(Engines::default().is_empty());
    }
}
