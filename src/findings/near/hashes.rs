//! Hashes unknown to a world that nearly are those of its samples, or that other worlds know.

use smallvec::SmallVec;

use super::around::{Around, Place};
use super::search::{Effort, Miss, SearchedRequest, short};
use crate::document::truncate;
use crate::journal::body::decoded;
use crate::journal::tokens;
use crate::samples::{Hash, HashKind, Near, Sample};
use crate::worlds::{State, Worlds};

/// The samples that hashes unknown to this world probably mean.
pub(super) fn near(
    state: &State,
    worlds: &Worlds,
    request: &SearchedRequest<'_>,
    effort: &Effort,
) -> Vec<Miss> {
    let mut found = Vec::new();
    let mut left = *effort;
    let path = decoded(request.path);
    let body = request.body.filter(|body| !body.is_empty() && body.len() <= effort.body);
    // Most requests for an unknown hash have no body, and looking a header up twice takes 200 instructions.
    let boundary = body.map_or_else(tokens::Boundary::default, |_| tokens::Boundary::of(request.headers));
    let body = body.map(|body| tokens::readable(request.headers, body)).unwrap_or_default();
    // Most requests have one.
    let mut seen: SmallVec<[&str; 2]> = SmallVec::new();
    for (text, is_path) in [(&*path, true), (&*body, false)] {
        let (mut kind, mut place) = (None, None);
        for word in tokens::words(text) {
            if found.len() >= effort.misses || left.words == 0 {
                return found;
            }
            // No look-up of whole hashes is left, so it stays open whether the word is a known hash. Other words certainly are
            // not.
            if left.whole == 0 && state.base.index.may_have(word) {
                continue;
            }
            // Many clients make the boundary of a multipart body of 32 hexadecimal digits.
            if boundary.is(word) {
                continue;
            }
            let hash = Hash::parse(word);
            left.whole = left.whole.saturating_sub(1);
            let found_by_endpoint =
                hash.as_ref().and_then(|hash| request.found.filter(|sample| sample.hashes.has(hash)));
            let known = match (&hash, found_by_endpoint) {
                (_, Some(sample)) => Some(sample.clone()),
                (Some(hash), None) => state.find(hash).ok().flatten(),
                (None, None) => None,
            };
            let miss = match (hash, known) {
                (Some(hash), Some(sample)) => {
                    // Computed once for a text, and only if it has a known hash.
                    let kind = *kind.get_or_insert_with(|| tokens::kind_asked(text));
                    let place = *place.get_or_insert_with(|| match is_path {
                        true => Some(Place::Path),
                        false => Place::in_body(text),
                    });
                    match Around::of(text, word, place).filter(|_| found_by_endpoint.is_none()) {
                        Some(around) => Some(not_alone(word, &hash, &around, &sample)),
                        None => kind
                            .filter(|kind| *kind != hash.kind())
                            .map(|kind| other_kind(word, &hash, kind, &sample)),
                    }
                }
                // Similar hashes take some hundred look-ups, so each word is searched for once.
                (hash, None) if !seen.contains(&word) => {
                    seen.push(word);
                    left.words -= 1;
                    unknown(state, worlds, word, hash.as_ref(), &left)
                }
                _ => None,
            };
            if let Some(miss) = miss.filter(|miss| !found.contains(miss)) {
                found.push(miss);
            }
        }
    }
    found
}

fn unknown(state: &State, worlds: &Worlds, word: &str, hash: Option<&Hash>, effort: &Effort) -> Option<Miss> {
    let own = state.overlay.load();
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
        // Looking it up again would find nothing else in a world that hides nothing.
        let hides_some = own.hidden().next().is_some();
        let shared = if hides_some { state.base.index.find(hash).ok().flatten() } else { None };
        if let Some(sample) = shared {
            return Some(Miss {
                text: format!(
                    "{word} is \"{}\", which the world \"{}\" has removed or replaced; reset its samples to restore it",
                    sample.name, state.world
                ),
                brief: format!("{}: removed from this world", short(word, 12)),
            });
        }
    }
    let near = match own.near(word, effort.worlds) {
        Some(near) => near,
        None => {
            let near = state.base.index.near(word, hash).ok().flatten()?;
            // A sample that the world has removed must not be suggested.
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

/// A known hash that the endpoint did not find, because more than the hash was sent.
fn not_alone(word: &str, hash: &Hash, around: &Around<'_>, sample: &Sample) -> Miss {
    let (is, name, digits) = (hash.kind().name(), &sample.name, word.len());
    let (what, brief) = (around.describe(|text| truncate(text, 20)), around.describe(|text| short(text, 20)));
    Miss {
        text: format!(
            "{word} is the {is} of \"{name}\", but it was sent with {what}; send the {digits} digits alone"
        ),
        brief: format!("{}: the {is} of {}, sent with {brief}", short(word, 12), short(name, 40)),
    }
}
