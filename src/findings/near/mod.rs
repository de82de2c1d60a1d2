//! Near misses: what a request that found nothing probably meant.
//!
//! They follow from the hash-like words of the request's path and body alone, whatever the endpoint is.

pub(crate) mod paths;

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;

use crate::journal::body::decoded;
use crate::journal::{Finding, FindingKind, tokens};
use crate::samples::{Hash, HashKind, Near, Sample};
use crate::vendors::Vendor;
use crate::worlds::{State, Worlds};

/// The part of a request that is searched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SearchedRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The vendor's path, still encoded.
    pub path: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, unless it was too large.
    pub body: Option<&'a Bytes>,
    /// A sample that the endpoint found for one of the hashes, so that it is not looked up again.
    pub found: Option<&'a Arc<Sample>>,
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
    #[must_use]
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
    /// How many worlds, and how many of a world's own samples, are searched.
    pub worlds: usize,
    /// How many near misses are reported at most.
    pub misses: usize,
}

/// The limits while a client waits.
pub(crate) const BRIEF: Effort = Effort { body: 64 * 1024, whole: 8, words: 3, worlds: 64, misses: 3 };

/// The limits when the journal is read.
pub(crate) const THOROUGH: Effort =
    Effort { body: usize::MAX, whole: usize::MAX, words: 32, worlds: usize::MAX, misses: 16 };

/// The endpoint that a path without one probably means.
#[must_use]
pub(crate) fn of_path(api: Option<&Vendor>, request: &SearchedRequest<'_>) -> Option<Miss> {
    if api.is_some_and(|api| paths::serves(api, request.path)) {
        return None;
    }
    let near = paths::near(request.path)?;
    let (name, path) = (near.api, short(&near.path, 120));
    Some(Miss {
        text: format!("{} {path} is served by {name}: {}", request.method, near.why),
        brief: format!("path: {name} serves {path}"),
    })
}

/// The samples that hashes unknown to this world probably mean.
pub(crate) async fn of_hashes(
    state: &State,
    worlds: &Worlds,
    request: &SearchedRequest<'_>,
    effort: &Effort,
) -> Vec<Miss> {
    let mut found = Vec::new();
    let mut left = *effort;
    let path = decoded(request.path);
    let body = request.body.filter(|body| body.len() <= effort.body);
    let body = body.map(|body| tokens::readable(request.headers, body)).unwrap_or_default();
    let mut seen: Vec<&str> = Vec::new();
    for text in [&*path, &*body] {
        let mut kind = None;
        for word in tokens::words(text) {
            if found.len() >= effort.misses || left.words == 0 {
                return found;
            }
            if left.whole == 0 && state.base.index.may_have(word) {
                continue;
            }
            let hash = Hash::parse(word);
            left.whole = left.whole.saturating_sub(1);
            // A hash that led to a sample was asked for in the right way, whatever else the request names.
            if hash.is_some_and(|hash| request.found.is_some_and(|sample| sample.hashes.has(&hash))) {
                continue;
            }
            let known = match &hash {
                Some(hash) => state.find(hash).await.ok().flatten(),
                None => None,
            };
            let miss = match (hash, known) {
                (Some(hash), Some(sample)) => {
                    let kind = *kind.get_or_insert_with(|| tokens::kind_asked(text));
                    kind.filter(|kind| *kind != hash.kind())
                        .map(|kind| other_kind(word, &hash, kind, &sample))
                }
                (hash, None) if !seen.contains(&word) && !tokens::is_boundary(word, request.headers) => {
                    left.words -= 1;
                    seen.push(word);
                    unknown(state, worlds, word, hash.as_ref(), &left).await
                }
                _ => None,
            };
            found.extend(miss.filter(|miss| !found.contains(miss)));
        }
    }
    found
}

async fn unknown(
    state: &State,
    worlds: &Worlds,
    word: &str,
    hash: Option<&Hash>,
    effort: &Effort,
) -> Option<Miss> {
    if let Some(hash) = hash {
        if let Some((world, sample)) = worlds.holding(hash, &state.world, effort.worlds) {
            let name = &sample.name;
            return Some(Miss {
                text: format!(
                    "{word} is \"{name}\" in the world \"{world}\", and unknown in \"{}\"; send it to that world, \
                     or add the sample to this one",
                    state.world
                ),
                brief: format!("{}: known in world {}", short(word, 12), short(&world, 40)),
            });
        }
        if let Some(sample) = state.base.index.find(hash).await.ok().flatten() {
            return Some(Miss {
                text: format!(
                    "{word} is \"{}\", which the world \"{}\" has removed or replaced; reset its samples to restore it",
                    sample.name, state.world
                ),
                brief: format!("{}: removed from this world", short(word, 12)),
            });
        }
    }
    let near = match state.overlay.load_full().near(word, effort.worlds) {
        Some(near) => near,
        None => {
            let near = state.base.index.near(word).await.ok().flatten()?;
            let own = state.overlay.load();
            Some(near).filter(|near| !own.hides(&near.sample.key()))?
        }
    };
    Some(one_slip(word, &near))
}

fn one_slip(word: &str, near: &Near) -> Miss {
    let meant = near.sample.hashes.get(near.kind).to_string();
    let (kind, name) = (near.kind.name(), &near.sample.name);
    let at = word.bytes().zip(meant.bytes()).position(|(one, other)| !one.eq_ignore_ascii_case(&other));
    let at = at.unwrap_or(word.len().min(meant.len())) + 1;
    let slip = match word.len() as isize - meant.len() as isize {
        0 => format!("digit {at} differs"),
        -1 => format!("{} digits, digit {at} is missing", word.len()),
        _ => format!("{} digits, digit {at} is one too many", word.len()),
    };
    Miss {
        text: format!("{word} is nearly the {kind} of \"{name}\", {meant}: {slip}; correct it"),
        brief: format!("{}: {kind} of {} but for one digit ({slip})", short(word, 12), short(name, 40)),
    }
}

fn other_kind(word: &str, hash: &Hash, asked: HashKind, sample: &Sample) -> Miss {
    let (is, asked, name) = (hash.kind().name(), asked.name(), &sample.name);
    Miss {
        text: format!("{word} is the {is} of \"{name}\" but was requested as {asked}; use {is}"),
        brief: format!("{}: the {is} of {}, asked as {asked}", short(word, 12), short(name, 40)),
    }
}

/// At most `most` characters of a text, in ASCII that a header can hold.
fn short(text: &str, most: usize) -> String {
    let plain = |letter: char| if letter.is_ascii_graphic() && letter != ';' { letter } else { '?' };
    let mut short: String = text.chars().take(most).map(plain).collect();
    if text.chars().nth(most).is_some() {
        short.push_str("...");
    }
    short
}
