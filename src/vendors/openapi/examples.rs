//! Examples: the requests of a vendor's table, sent to a copy of a world, and the replies to them.

use std::collections::HashMap;
use std::sync::Arc;

use http::{HeaderValue, Request, header};
use serde_json::Value;

use crate::accounts::Account;
use crate::faults::Refusal;
use crate::ids::hex;
use crate::journal::Reply;
use crate::samples::{Hash, Sample};
use crate::vendors::{Body, Call, Endpoint, Example, NameAndValue, Vendor};
use crate::worlds::State;

/// The statuses that are injected.
const INJECTED: [u16; 2] = [500, 503];

/// Sends examples to one API.
pub(super) struct Examples {
    vendor: &'static Vendor,
    state: Arc<State>,
    /// What the words in examples mean.
    words: HashMap<String, String>,
    /// The headers by which clients identify themselves.
    pub(super) credentials: Vec<NameAndValue>,
}

/// An example that was sent.
pub(super) struct Sent {
    pub(super) call: Call,
    pub(super) content_type: &'static str,
}

impl Examples {
    /// For a copy of the world with this state, whose sample is the example.
    pub(super) fn new(vendor: &'static Vendor, state: &State, sample: Option<&Sample>) -> Self {
        let accounts = state.accounts.load();
        // A suspended account would give a refusal where the document needs a successful reply.
        let allowed = |account: &&Arc<Account>| !account.suspended && !account.unentitled;
        let account = accounts.of(vendor.name).iter().find(allowed).cloned().unwrap_or_default();
        let sha256 = sample.map(|sample| sample.hashes.sha256).unwrap_or_default();
        let words = [
            ("md5", hex(&sample.map(|sample| sample.hashes.md5).unwrap_or_default())),
            ("sha1", hex(&sample.map(|sample| sample.hashes.sha1).unwrap_or_default())),
            ("sha256", hex(&sha256)),
        ];
        let own = [("key", &account.key), ("user", &account.user), ("password", &account.password)];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        let words = words.into_iter().chain(own).map(|(name, value)| (name.to_owned(), value)).collect();
        let hash = Hash::Sha256(sha256);
        let credentials = credentials(vendor, &account, &hash);
        // Examples upload files, log in and use up limits. They run in a copy, so that the world stays as it is.
        Self { vendor, state: Arc::new(state.isolated()), words, credentials }
    }

    /// Sends the examples of an endpoint. Returns them, and the replies to them and to the same requests without an account,
    /// with an unknown hash, as refused accounts, and with injected statuses.
    pub(super) async fn send(&mut self, endpoint: &'static Endpoint) -> (Vec<Sent>, Vec<Reply>) {
        let plain = [Example::path("")];
        let examples = if endpoint.examples.is_empty() { &plain[..] } else { endpoint.examples };
        let (mut sent, mut replies) = (Vec::new(), Vec::new());
        for example in examples {
            // No sample has a hash of zeros, so the document also shows the reply for an unknown sample.
            let mut unknown = self.words.clone();
            for hash in ["md5", "sha1", "sha256"] {
                unknown.insert(hash.to_owned(), "0".repeat(self.words[hash].len()));
            }
            let credentials = self.credentials.clone();
            replies.push(self.answer(&mut self.call(endpoint, example, &unknown, &credentials)).await);
            if !endpoint.anonymous {
                replies.push(self.answer(&mut self.call(endpoint, example, &self.words, &[])).await);
            }
            let mut call = self.call(endpoint, example, &self.words, &credentials);
            let reply = self.answer(&mut call).await;
            // Later endpoints need what this one returns, such as the identifier of an uploaded file.
            self.learn(&reply);
            replies.push(reply);
            if !endpoint.anonymous {
                let refuse = |refusal| (self.vendor.refusals.account)(&call, refusal);
                replies.extend([Refusal::Revoked, Refusal::Exhausted].into_iter().filter_map(refuse));
            }
            // Only a request with a body can be too large.
            if !example.body.is_empty() {
                replies.push((self.vendor.refusals.size)(&call));
            }
            replies.extend(INJECTED.into_iter().filter_map(|status| call.words(status, "Internal error")));
            sent.push(Sent { call, content_type: example.content_type });
        }
        (sent, replies)
    }

    async fn answer(&self, call: &mut Call) -> Reply {
        match self.vendor.check(call) {
            Some(refusal) => refusal,
            None => self.vendor.answer(call).await,
        }
    }

    fn call(
        &self,
        endpoint: &'static Endpoint,
        example: &Example,
        words: &HashMap<String, String>,
        credentials: &[NameAndValue],
    ) -> Call {
        let path = if example.path.is_empty() { endpoint.form() } else { example.path };
        let method = endpoint.methods.first().copied().unwrap_or_default();
        let mut request = Request::builder().method(method).uri(filled(path, words, true));
        for NameAndValue { name, value } in credentials {
            request = request.header(*name, value);
        }
        let body = filled(example.body, words, false);
        // A fixture may have a key that no header can hold. An empty request then takes the example's place.
        let (mut head, body) = request.body(body).unwrap_or_default().into_parts();
        if !example.content_type.is_empty() {
            head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(example.content_type));
        }
        let call = Call::new(self.state.clone(), Some(self.vendor), head, 0);
        Call { body: Body::Whole(body.into()), ..call }
    }

    /// Remembers the texts and numbers in a reply, which later examples can name.
    fn learn(&mut self, reply: &Reply) {
        let body = serde_json::from_slice::<Value>(&reply.body).unwrap_or_default();
        let mut objects: Vec<&Value> = vec![&body];
        while let Some(object) = objects.pop() {
            for (name, value) in object.as_object().into_iter().flatten() {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    nested => {
                        objects.push(nested);
                        continue;
                    }
                };
                // The first value stays: a reply must not replace the hashes and credentials of the sample and account.
                self.words.entry(name.clone()).or_insert(text);
            }
        }
    }
}

/// The headers by which a client identifies this account.
fn credentials(vendor: &Vendor, account: &Account, hash: &Hash) -> Vec<NameAndValue> {
    let mut headers = (vendor.client.look_up)(account, hash).headers;
    // The look-up may be a POST. Its content type does not identify the caller.
    headers.retain(|header| !header.name.eq_ignore_ascii_case(header::CONTENT_TYPE.as_str()));
    headers
}

/// The headers by which clients identify themselves where accounts are configured.
pub(super) fn usual_credentials(vendor: &Vendor) -> Vec<NameAndValue> {
    let account = Account { key: Some("key".to_owned()), ..Account::default() };
    credentials(vendor, &account, &Hash::Sha256([0; 32]))
}

/// A text whose words in braces have their values. In a path, words without a value are a hash.
fn filled(text: &str, words: &HashMap<String, String>, is_path: bool) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('{') {
        filled.push_str(before);
        // In a JSON body, most braces are not around a word.
        let word = from.split_once('}').filter(|(name, _)| is_path || words.contains_key(*name));
        rest = match word {
            Some((name, after)) => {
                filled.push_str(words.get(name).or_else(|| words.get("sha256")).map_or("", String::as_str));
                after
            }
            None => {
                filled.push('{');
                from
            }
        };
    }
    filled + rest
}
