//! The hashes of a request: any number of one type.

use super::body::{Fields, Flaw};
use super::error;
use crate::journal::Behaviour;
use crate::journal::Reply;
use crate::samples::Hash;

/// A hash as it was asked for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// As it was sent.
    pub(super) text: String,
    /// As it is looked up.
    pub(super) hash: Hash,
}

/// What an endpoint calls the ways in which hashes can be wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    pub(super) none: &'static Behaviour,
    pub(super) invalid: &'static Behaviour,
    pub(super) mixed: &'static Behaviour,
}

/// The hashes in the field `name`, in order, at least one, or the refusal.
pub(super) fn read(fields: &Fields, name: &str, rows: Rows) -> Result<Vec<Asked>, Reply> {
    let texts = match fields.texts(name) {
        Ok(texts) => texts,
        Err(Flaw::NoText) => return Err(error::invalid_hash(rows.invalid)),
        Err(flaw) => return Err(error::fields(&[(name, flaw.words())], rows.none)),
    };
    let read = |text: String| Hash::parse(&text).map(|hash| Asked { text, hash });
    let Some(asked) = texts.into_iter().map(read).collect::<Option<Vec<_>>>() else {
        return Err(error::invalid_hash(rows.invalid));
    };
    let Some(first) = asked.first() else {
        return Err(error::fields(&[(name, error::EMPTY_LIST)], rows.none));
    };
    if asked.iter().any(|other| other.hash.kind() != first.hash.kind()) {
        return Err(error::mixed_types(rows.mixed));
    }
    Ok(asked)
}
