//! One request on its way to a vendor's answer.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use jiff::Timestamp;

use super::{Endpoint, Route, Vendor};
use crate::accounts::Account;
use crate::journal::Reply;
use crate::samples::{Hash, Sample};
use crate::settings::Settings;
use crate::store::StoreError;
use crate::worlds::State;

/// One request, and all that its answer depends on.
#[derive(Debug)]
pub struct Call {
    /// The state of its world, taken once.
    pub state: Arc<State>,
    /// The instant of the request on the world's clock.
    pub now: Timestamp,
    /// The instant from which relative fixture times count.
    pub origin: Timestamp,
    /// The active settings, taken once.
    pub settings: Arc<Settings>,
    /// The vendor that is asked; `None` where the path belongs to nobody.
    pub vendor: Option<&'static Vendor>,
    /// Where its path leads within the vendor's table, looked up once.
    pub route: Route,
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
    /// Who is calling; anonymous until the vendor has said who that is.
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
    /// The client stopped in the middle of it; what came until then. No vendor sees it.
    BrokenOff(Bytes),
}

impl Call {
    /// The endpoint that has the path.
    #[must_use]
    pub fn endpoint(&self) -> Option<&'static Endpoint> {
        self.route.endpoint
    }

    /// What stands in the path in the place of this parameter, decoded.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.route.params.get(name)
    }

    /// The methods that the path takes, as `Allow` lists them; `None` where no endpoint has the path.
    #[must_use]
    pub fn allow(&self) -> Option<String> {
        Some(self.vendor?.allow(self.route.endpoint?))
    }

    /// The vendor's words for a status that has nothing to do with the request: the endpoint's own, else those that it
    /// has everywhere.
    #[must_use]
    pub fn words(&self, status: u16, message: &str) -> Option<Reply> {
        let own =
            self.endpoint().and_then(|endpoint| endpoint.words.iter().find(|(known, _)| *known == status));
        match own {
            Some((_, words)) => Some(words(self)),
            None => (self.vendor?.refusals.status)(self, status, message),
        }
    }

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

    /// The first value of a query parameter, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.query.as_deref()?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}
