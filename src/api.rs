//! The contract of a room: what a vendor API must be able to say to the house.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, header};
use jiff::Timestamp;
use serde_json::Value;

use crate::accounts::{Account, Credential};
use crate::behaviours::Behaviour;
use crate::capture::{Exchange, Learned};
use crate::document::Field;
use crate::faults::Refusal;
use crate::reply::Reply;
use crate::samples::{Hash, Sample, StoreError};
use crate::settings::{Setting, Settings};
use crate::world::State;

/// One vendor API.
pub trait Api: Send + Sync + 'static {
    /// Its name in behaviours, settings and flags: `metadefender-core`.
    fn name(&self) -> &'static str;

    /// Its name in fixtures: `metadefender_core`.
    fn key(&self) -> &'static str;

    /// The product and the API, for people: `OPSWAT MetaDefender Core v4`.
    fn product(&self) -> &'static str;

    /// Every endpoint it serves as a method and a path with placeholders: `("GET", "/hash/{hash}")`. The first path
    /// is the one that people are shown.
    fn endpoints(&self) -> &'static [(&'static str, &'static str)];

    /// Whether a path (as it came, still encoded, without a world's prefix) lies inside this API's prefixes, served
    /// or not.
    fn owns(&self, path: &str) -> bool;

    /// The hosts at which the vendor itself serves it, for clients that have them built in; none for an appliance.
    fn hosts(&self) -> &'static [&'static str] {
        &[]
    }

    /// Its rows of the catalogue, in order.
    fn behaviours(&self) -> &'static [&'static Behaviour];

    /// What can be switched in it.
    fn settings(&self) -> &'static [&'static Setting];

    /// What it alone says of a sample in fixtures, of one scan of it, and of a child in an archive.
    fn overlay_fields(&self) -> OverlayFields;

    /// What it calls a sample's results and whatever else of a sample clients ask for by name.
    /// [`State::named`] finds the sample by them.
    fn names(&self, _sample: &Sample) -> Vec<String> {
        Vec::new()
    }

    /// What an account of it holds in fixtures.
    fn account_fields(&self) -> &'static [Field];

    /// The account of an entry that has been checked against [`Api::account_fields`].
    fn read_account(&self, entry: &Value) -> Account;

    /// The credential that a request brings, if it brings a well-formed one: it may pick the world.
    fn credential(&self, headers: &HeaderMap) -> Option<Credential>;

    /// The credentials by which an account is known: its key and its user name, and what the API derives from them.
    fn claims(&self, account: &Account) -> Vec<String> {
        account.key.iter().chain(&account.user).cloned().collect()
    }

    /// What is refused, or answered, before anybody asks for an account.
    fn precheck(&self, call: &Call) -> Option<Reply>;

    /// Who is calling, or the refusal. Endpoints that need no account give the anonymous one.
    ///
    /// # Errors
    /// The refusal, in the vendor's words.
    // A refusal is as large as any answer, and as rare as it should be.
    #[allow(clippy::result_large_err)]
    fn admit(&self, call: &Call) -> Result<Arc<Account>, Reply>;

    /// What is refused once the account is known and before the body is looked at: routes, methods, rates.
    fn check(&self, call: &Call) -> Option<Reply>;

    /// Whether the body of a request to `path` is, or holds, a file: then it is kept nowhere, the journal included.
    fn takes_file(&self, _path: &str) -> bool {
        false
    }

    /// The answer to a call that passed the gate.
    fn answer<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Reply>;

    /// The vendor's own words for a status that has nothing to do with the request: injected, or a fault of the
    /// emulator itself (500, with its message). `None` for a status for which the vendor's words are not known.
    fn error(&self, call: &Call, status: u16, message: &str) -> Option<Reply>;

    /// What the endpoint at `path` looks at in a request; `None` where there is no endpoint, or the room does not
    /// say. The journal notes what was sent beyond it.
    fn reads(&self, _method: &Method, _path: &str) -> Option<Reads> {
        None
    }

    /// The hashes of a request that its answer called invalid, as they were sent. `fields` gives those of its body.
    fn invalid_hashes(
        &self,
        _path: &str,
        _fields: &dyn Fn() -> Option<Value>,
        _reply: &Reply,
    ) -> Vec<String> {
        Vec::new()
    }

    /// Whether a captured reply of which the request is not known is one of this API's.
    fn recognises(&self, reply: &Value) -> bool;

    /// Learns what a captured exchange with the vendor tells of samples, accounts, rules and settings. What no fixture
    /// holds is noted, place by place.
    fn learn(&self, exchange: &Exchange, learned: &mut Learned);

    /// The vendor's own refusal of an account whose credential is unknown or whose quota is used up; `None` where
    /// the API knows no such refusal.
    fn refusal(&self, _call: &Call, _refusal: Refusal) -> Option<Reply> {
        None
    }
}

impl fmt::Debug for dyn Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The fixture fields that one API adds.
#[derive(Clone, Copy, Debug, Default)]
pub struct OverlayFields {
    /// To a sample.
    pub sample: &'static [Field],
    /// To one scan of a sample.
    pub scan: &'static [Field],
    /// To a child in an archive.
    pub child: &'static [Field],
}

/// Text of a URL, decoded; what would be no UTF-8 then is replaced.
#[must_use]
pub fn decoded(text: &str) -> Cow<'_, str> {
    // Hardly any path has something to decode.
    match text.as_bytes().contains(&b'%') {
        true => percent_encoding::percent_decode_str(text).decode_utf8_lossy(),
        false => Cow::Borrowed(text),
    }
}

/// What an endpoint looks at in a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reads {
    /// Headers, in lower case, beside those that every server reads.
    pub headers: &'static [&'static str],
    /// Query parameters.
    pub query: &'static [&'static str],
    /// Fields of the body; one inside another is written `outer.inner`.
    pub fields: &'static [&'static str],
    /// Whether the body is a file, and read whatever is in it.
    pub file: bool,
}

/// One request on its way through the house.
#[derive(Debug)]
pub struct Call {
    /// The state of its world, taken once.
    pub state: Arc<State>,
    /// The instant of the request on the world's clock.
    pub now: Timestamp,
    /// The instant from which relative fixture times count.
    pub origin: Timestamp,
    /// The settings in force, taken once.
    pub settings: Arc<Settings>,
    /// The method as it came.
    pub method: Method,
    /// What stood before the vendor's path: `/_world/t42`, a mount, or nothing.
    pub prefix: String,
    /// The vendor's path as it came, still encoded.
    pub path: String,
    /// The query as it came, without the question mark.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// Who is calling; anonymous until the gate knows.
    pub account: Arc<Account>,
    /// The first sample that was found for it.
    pub found: OnceLock<Arc<Sample>>,
}

/// A request's body.
#[derive(Clone, Debug)]
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// More than the settings allow; it was read and thrown away.
    TooLarge,
    /// The client stopped in the middle of it; what came until then. No room sees it.
    BrokenOff(Bytes),
}

impl Call {
    /// The sample that has this hash, in the call's world. Whoever looks at the call afterwards need not look up the
    /// first one again.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn find(&self, hash: &Hash) -> Result<Option<Arc<Sample>>, StoreError> {
        let sample = self.state.find(hash).await?;
        if let Some(sample) = &sample {
            self.found.get_or_init(|| sample.clone());
        }
        Ok(sample)
    }

    /// The body, or `None` if it was too large to be kept.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        match &self.body {
            Body::Whole(bytes) => Some(bytes),
            Body::TooLarge | Body::BrokenOff(_) => None,
        }
    }

    /// A header's value as text; bytes that are no UTF-8 are replaced.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// The content type without parameters, in lower case; empty if there is none.
    #[must_use]
    pub fn content_type(&self) -> String {
        let value = self.header(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The path's segments, decoded: `/hash/ab%20c` gives `hash`, `ab c`. A trailing slash gives an empty last one.
    #[must_use]
    pub fn segments(&self) -> Vec<Cow<'_, str>> {
        let path = self.path.strip_prefix('/').unwrap_or(&self.path);
        path.split('/').map(decoded).collect()
    }

    /// The first value of a query parameter, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.query.as_deref()?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}
