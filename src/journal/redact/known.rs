//! Known credentials, which are redacted wherever they occur.

use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

use super::edit::Edit;
use super::names::Secret;

/// The shortest credential that is searched for, in bytes. A shorter one may be part of any word, so it is only redacted in
/// fields whose name says that they are secret.
const SHORTEST: usize = 8;
/// The length of the prefixes in the index, in bytes.
const START: usize = 4;

/// A credential that is redacted wherever it occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// A key, token or session, whose beginning stays readable.
    Key(String),
    /// A password, which is replaced as a whole.
    Password(String),
    /// A user and a password, as HTTP Basic encodes them.
    Login {
        /// The user's name.
        user: String,
        /// The password.
        password: String,
    },
}

/// An index of credentials by prefix.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    by_start: HashMap<[u8; START], Group>,
    /// A bit for each byte with which one begins. Bodies have megabytes, and this skips most bytes without a look-up.
    first_bytes: [u64; 4],
}

#[derive(Clone, Debug, Default)]
struct Group {
    lengths: BTreeSet<usize>,
    /// Each credential with its redacted form.
    values: HashMap<Vec<u8>, String>,
}

impl Known {
    /// The index of these credentials.
    pub(crate) fn of(credentials: impl IntoIterator<Item = Credential>) -> Self {
        let mut known = Self::default();
        for credential in credentials {
            match credential {
                Credential::Key(text) => known.add(&text, Secret::Key),
                Credential::Password(text) => known.add(&text, Secret::Password),
                Credential::Login { user, password } => {
                    // Without padding, so that it is found with and without it.
                    known.add(&BASE64.encode(format!("{user}:{password}")), Secret::Password);
                }
            }
        }
        known
    }

    fn add(&mut self, text: &str, secret: Secret) {
        if text.len() < SHORTEST {
            return;
        }
        if let Some(start) = text.as_bytes().first_chunk::<START>() {
            self.first_bytes[usize::from(start[0] / 64)] |= 1 << (start[0] % 64);
            let group = self.by_start.entry(*start).or_default();
            group.lengths.insert(text.len());
            group.values.entry(text.as_bytes().to_vec()).or_insert_with(|| secret.mask(text));
        }
    }

    /// Adds edits for all occurrences in a text.
    pub(crate) fn find(&self, text: &[u8], edits: &mut Vec<Edit>) {
        if self.by_start.is_empty() {
            return;
        }
        let begins = |byte: &u8| self.first_bytes[usize::from(byte / 64)] >> (byte % 64) & 1 == 1;
        let mut at = 0;
        while let Some(skipped) = text[at..].iter().position(begins) {
            at += skipped;
            let Some(start) = text[at..].first_chunk::<START>() else { break };
            at = match self.by_start.get(start).and_then(|group| group.at(text, at)) {
                Some((end, mask)) => {
                    edits.push(Edit::new(at..end, mask));
                    end
                }
                None => at + 1,
            };
        }
    }
}

impl Group {
    /// The end of the longest credential that begins here, and its mask.
    fn at(&self, text: &[u8], at: usize) -> Option<(usize, &str)> {
        // The longest first: where one credential is the beginning of another, the rest of that must not stay readable.
        self.lengths.iter().rev().find_map(|len| {
            let mask = self.values.get(text.get(at..at + len)?)?;
            Some((at + len, mask.as_str()))
        })
    }
}
