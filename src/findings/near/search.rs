//! What is searched, how far, and what is found.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;

use crate::journal::{Finding, FindingKind};
use crate::samples::Sample;
use crate::vendors::Endpoint;

/// The part of a request that is searched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SearchedRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The vendor's path, still encoded.
    pub path: &'a str,
    /// The query, without the question mark.
    pub query: Option<&'a str>,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, unless it was too large.
    pub body: Option<&'a Bytes>,
    /// A sample that the endpoint found for one of the hashes, so that it is not looked up again.
    pub found: Option<&'a Arc<Sample>>,
    /// The endpoint that has the path.
    pub endpoint: Option<&'static Endpoint>,
}

/// A near miss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Miss {
    /// One sentence, with what to do.
    pub text: String,
    /// The same in a few ASCII words, for a header.
    pub brief: String,
}

impl Miss {
    /// The finding for the journal.
    pub(crate) fn into_finding(self) -> Finding {
        Finding { kind: FindingKind::NearMiss, text: self.text, source: "" }
    }
}

/// How much work a search may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// The largest body that is searched, in bytes.
    pub body: usize,
    /// How many words are looked up as whole hashes; further words are only compared with the prefixes in the index.
    pub whole: usize,
    /// For how many unknown words similar hashes are looked up.
    pub words: usize,
    /// How many worlds, and how many of a world's own samples and accounts, are searched.
    pub worlds: usize,
    /// How many near misses are reported at most.
    pub misses: usize,
}

/// The limits while a client waits.
pub(crate) const BRIEF: Effort = Effort { body: 64 * 1024, whole: 8, words: 3, worlds: 64, misses: 3 };

/// The limits when the journal is read.
pub(crate) const THOROUGH: Effort =
    Effort { body: usize::MAX, whole: usize::MAX, words: 32, worlds: usize::MAX, misses: 16 };

/// At most `most` characters of a text, in ASCII that a header can hold.
pub(super) fn short(text: &str, most: usize) -> String {
    // The header `Scandouble-Near-Miss` separates near misses by semicolons.
    let plain = |letter: char| if letter.is_ascii_graphic() && letter != ';' { letter } else { '?' };
    let mut short: String = text.chars().take(most).map(plain).collect();
    if text.chars().nth(most).is_some() {
        short.push_str("...");
    }
    short
}
