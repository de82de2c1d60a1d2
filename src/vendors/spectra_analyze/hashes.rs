//! The hashes of a request: one or more, all of one type.

use std::borrow::Cow;

use super::body::{FieldError, Fields};
use super::error;
use crate::journal::{Behaviour, Reply};
use crate::samples::Hash;

/// A hash of a request.
#[derive(Clone, Debug)]
pub(super) struct RequestedHash<'a> {
    /// As it was sent.
    pub(super) text: Cow<'a, str>,
    /// The hash to look up.
    pub(super) hash: Hash,
}

/// The behaviours of an endpoint that refuses the hashes of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct HashBehaviours {
    /// There are none.
    pub(super) none: &'static Behaviour,
    /// One is not a hash.
    pub(super) invalid: &'static Behaviour,
    /// They are of more than one type.
    pub(super) mixed: &'static Behaviour,
}

/// The hashes in the field `name`, in order, or the refusal.
pub(super) fn read<'a>(
    fields: &'a Fields<'_>,
    name: &str,
    behaviours: HashBehaviours,
) -> Result<Vec<RequestedHash<'a>>, Reply> {
    let texts = match fields.texts(name) {
        Ok(texts) => texts,
        Err(FieldError::NotText) => return Err(error::invalid_hash(behaviours.invalid)),
        Err(error) => return Err(error::fields(&[(name, error.message())], behaviours.none)),
    };
    let read = |text: Cow<'a, str>| Hash::parse(&text).map(|hash| RequestedHash { text, hash });
    let Some(asked) = texts.into_iter().map(read).collect::<Option<Vec<_>>>() else {
        return Err(error::invalid_hash(behaviours.invalid));
    };
    let Some(first) = asked.first() else {
        return Err(error::fields(&[(name, error::EMPTY_LIST)], behaviours.none));
    };
    if asked.iter().any(|other| other.hash.kind() != first.hash.kind()) {
        return Err(error::mixed_types(behaviours.mixed));
    }
    Ok(asked)
}
