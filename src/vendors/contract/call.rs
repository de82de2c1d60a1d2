//! What a handler reads from a call.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use bytes::Bytes;
use http::header::{self, AsHeaderName};
use http::request::Parts;

use super::target::Target;
use super::{Body, Call, Endpoint, Route, Vendor};
use crate::accounts::Account;
use crate::clock::Reading;
use crate::journal::Reply;
use crate::journal::body::{Layout, media_type};
use crate::samples::{Hash, Sample};
use crate::store::StoreError;
use crate::worlds::State;

/// The account of callers who are not identified. One for all saves every such request an allocation.
static ANONYMOUS: LazyLock<Arc<Account>> = LazyLock::new(Arc::default);

impl Call {
    /// The call of a request without a body; it counts from now, for limits and timestamps. `prefix_len` is how many bytes of the
    /// path precede the vendor's own.
    pub(crate) fn new(
        state: Arc<State>,
        vendor: Option<&'static Vendor>,
        head: Parts,
        prefix_len: usize,
    ) -> Self {
        let Reading { now, origin, is_real } = state.clock.read();
        let target = Target::new(head.uri, &head.method, prefix_len);
        let path = target.path();
        Self {
            now,
            origin,
            is_real_time: is_real,
            vendor,
            route: vendor.map_or_else(Route::default, |vendor| vendor.route(head.method.as_str(), path)),
            target,
            method: head.method,
            headers: head.headers,
            body: Body::Whole(Bytes::new()),
            account: ANONYMOUS.clone(),
            found: OnceLock::new(),
            missed: AtomicBool::new(false),
            layout: OnceLock::new(),
            // Loaded once: settings that change during the request must not mix with the old ones in one answer.
            settings: state.settings.load_full(),
            state,
        }
    }

    /// The body has arrived: the call counts from now, with the settings of now.
    pub(crate) fn arrived(&mut self, body: Body) {
        self.read_clock();
        self.settings = self.state.settings.load_full();
        self.body = body;
    }

    /// The call counts from now.
    pub(crate) fn read_clock(&mut self) {
        Reading { now: self.now, origin: self.origin, is_real: self.is_real_time } = self.state.clock.read();
    }

    /// Takes the account out of the call. The journal counts the memory of an account that nothing else holds.
    pub(crate) fn take_account(&mut self) -> Arc<Account> {
        std::mem::replace(&mut self.account, ANONYMOUS.clone())
    }

    /// What precedes the vendor's path: `/_world/t42`, a mount, or nothing.
    pub fn prefix(&self) -> &str {
        self.target.prefix()
    }

    /// The vendor's path as it was sent, still encoded.
    pub fn path(&self) -> &str {
        self.target.path()
    }

    /// The query as it was sent, without the question mark.
    pub fn query(&self) -> Option<&str> {
        self.target.query()
    }

    /// The endpoint that has the path.
    pub fn endpoint(&self) -> Option<&'static Endpoint> {
        self.route.endpoint
    }

    /// The value of this parameter of the path, decoded.
    pub fn param(&self, name: &str) -> &str {
        self.route.params.get(name)
    }

    /// The methods that the path takes, as `Allow` lists them; `None` where no endpoint has the path.
    pub fn allow(&self) -> Option<String> {
        Some(self.vendor?.allow(self.route.endpoint?))
    }

    /// The vendor's reply for a status that has nothing to do with the request: the endpoint's own, else the one that
    /// all endpoints share.
    pub fn words(&self, status: u16, message: &str) -> Option<Reply> {
        let own =
            self.endpoint().and_then(|endpoint| endpoint.words.iter().find(|(known, _)| *known == status));
        match own {
            Some((_, words)) => Some(words(self)),
            None => (self.vendor?.refusals.status)(self, status, message),
        }
    }

    /// Finds the sample with this hash in the call's world. The first one found is kept with the call, for the journal.
    ///
    /// # Errors
    /// The store could not be read.
    pub fn find(&self, hash: &Hash) -> Result<Option<Arc<Sample>>, StoreError> {
        let sample = self.state.find(hash)?;
        self.note(sample.as_ref(), sample.is_none());
        Ok(sample)
    }

    /// Finds the samples of a list of hashes, in its order, with `None` for what is no hash. Otherwise as [`Call::find`].
    ///
    /// # Errors
    /// The store could not be read.
    pub fn find_all(&self, hashes: &[Option<Hash>]) -> Result<Vec<Option<Arc<Sample>>>, StoreError> {
        let samples = self.state.find_all(hashes)?;
        self.note(samples.iter().flatten().next(), samples.iter().any(Option::is_none));
        Ok(samples)
    }

    /// Notes a sample that was found, and whether something was not found.
    fn note(&self, found: Option<&Arc<Sample>>, missed: bool) {
        if let Some(sample) = found {
            // A list of hashes finds several samples; an entry of the journal has one.
            self.found.get_or_init(|| sample.clone());
        }
        if missed {
            self.missed.store(true, Ordering::Relaxed);
        }
    }

    /// Whether samples were found, and for all hashes that were sent.
    pub(crate) fn found_all(&self) -> bool {
        self.found.get().is_some() && !self.missed.load(Ordering::Relaxed)
    }

    /// The body, or `None` if it is larger than the settings allow.
    pub fn body(&self) -> Option<&Bytes> {
        match &self.body {
            Body::Whole(bytes) => Some(bytes),
            Body::TooLarge | Body::BrokenOff(_) => None,
        }
    }

    /// The fields of the body in the format that its content type declares. They are kept with the call, for the journal.
    pub(crate) fn layout(&self) -> &Layout {
        let content_type = || self.header(header::CONTENT_TYPE).unwrap_or_default();
        self.layout
            .get_or_init(|| self.body().map_or(Layout::Other, |body| Layout::of(&content_type(), body)))
    }

    /// The fields of the body read as a form, whatever its content type is. They are kept with the call, for the journal.
    pub(crate) fn form(&self) -> &Layout {
        // The same cell as in `layout`: the journal and the redaction must see the fields that the endpoint saw. So an
        // endpoint calls one of the two, not both.
        self.layout.get_or_init(|| self.body().map_or(Layout::Other, |body| Layout::form(body)))
    }

    /// A header's value as text; bytes that are not UTF-8 are replaced.
    pub fn header(&self, name: impl AsHeaderName) -> Option<Cow<'_, str>> {
        let bytes = self.headers.get(name)?.as_bytes();
        // Nearly every value is UTF-8, which this checks by the word.
        Some(std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed))
    }

    /// The content type without parameters, in lower case; empty if there is none.
    pub fn content_type(&self) -> Cow<'_, str> {
        // Nearly all bodies have one of these, written like this; reading it takes 200 instructions.
        const USUAL: [&str; 3] =
            ["application/json", "application/octet-stream", "application/x-www-form-urlencoded"];
        let sent = self.headers.get(header::CONTENT_TYPE);
        if let Some(usual) = USUAL.into_iter().find(|usual| sent.is_some_and(|sent| sent == usual)) {
            return Cow::Borrowed(usual);
        }
        match self.header(header::CONTENT_TYPE) {
            None => Cow::Borrowed(""),
            Some(Cow::Borrowed(value)) => media_type(value),
            Some(Cow::Owned(value)) => Cow::Owned(media_type(&value).into_owned()),
        }
    }

    /// The first value of a query parameter, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.query()?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}
