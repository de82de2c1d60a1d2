//! One exchange, and what it costs to keep.

use std::mem::size_of;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;

use super::reply::{Finding, Reply};
use crate::accounts::Account;

/// A body smaller than this is copied rather than kept in the buffer in which it came.
const SMALL: usize = 64 * 1024;
/// The two counts of an `Arc`.
const COUNTS: usize = 2 * size_of::<usize>();
/// What a place in a journal takes beside the entry: a journal's list grows by half of its places at a time.
const PLACE: usize = 64;
/// What a header map holds for each header: name, value, hash and links, and a place in its index.
const HEADER: usize = size_of::<HeaderName>() + size_of::<HeaderValue>() + 32 + 6;
/// What it holds for each further value of a name.
const FURTHER: usize = size_of::<HeaderValue>() + 32;
/// What shares an allocation between the values of headers.
const SHARED: usize = 40;

/// One exchange.
#[derive(Debug)]
pub struct Entry {
    /// Its number in the world, from 1, without gaps.
    pub number: u64,
    /// The instant of the request on the world's clock.
    pub at: Timestamp,
    /// Real time from the whole request to the whole answer.
    pub took: Duration,
    /// The API, if the path belongs to one.
    pub api: Option<&'static str>,
    /// Who called.
    pub account: Arc<Account>,
    /// The method.
    pub method: Method,
    /// What stood before the vendor's path.
    pub prefix: String,
    /// The vendor's path, still encoded.
    pub path: String,
    /// The query, without the question mark.
    pub query: Option<String>,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The request's body; `None` if it was too large to keep, or an uploaded file.
    pub body: Option<Bytes>,
    /// Whether the body is an uploaded file, whose bytes are not in the journal.
    pub is_file: bool,
    /// The answer that was meant, whatever a fault made of its delivery.
    pub reply: Arc<Reply>,
    /// The faults that fired, by id.
    pub faults: Vec<String>,
}

/// What an entry costs in memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weight {
    /// What goes with the entry.
    pub(crate) own: usize,
    /// The body of a reply that others hold too, by its address, and its size. It goes with the last entry that has it.
    pub(crate) shared: Option<(usize, usize)>,
}

impl Entry {
    /// Copies what still lies in a buffer of the connection. Kept as it came, a few hundred bytes of headers would hold on
    /// to kilobytes, and a body to all that was reserved for it.
    pub(crate) fn detach(&mut self) {
        let len = self.headers.values().map(HeaderValue::len).sum();
        let mut copied = BytesMut::with_capacity(len);
        for value in self.headers.values_mut() {
            copied.extend_from_slice(value.as_bytes());
            let sensitive = value.is_sensitive();
            if let Ok(copy) = HeaderValue::from_maybe_shared(copied.split().freeze()) {
                *value = copy;
                value.set_sensitive(sensitive);
            }
        }
        self.body = self.body.take().map(detached);
    }

    /// What it costs, as an allocator hands it out.
    pub(crate) fn weight(&self) -> Weight {
        let text = |text: &String| chunk(text.capacity());
        let body = chunk(self.reply.body.len());
        let is_shared = body > 0 && !self.reply.body.is_unique();
        let own = PLACE
            + chunk(size_of::<Self>() + COUNTS)
            + text(&self.prefix)
            + text(&self.path)
            + self.query.as_ref().map_or(0, text)
            + headers(&self.headers)
            + self.body.as_ref().map_or(0, |body| chunk(body.len()))
            + account(&self.account)
            + reply(&self.reply)
            + chunk(self.faults.capacity() * size_of::<String>())
            + self.faults.iter().map(text).sum::<usize>();
        match is_shared {
            true => Weight { own, shared: Some((self.reply.body.as_ptr().addr(), body)) },
            false => Weight { own: own + body, shared: None },
        }
    }
}

/// A body in memory of its own size.
fn detached(body: Bytes) -> Bytes {
    if body.len() < SMALL {
        return Bytes::copy_from_slice(&body);
    }
    match body.try_into_mut() {
        Ok(owned) if owned.capacity() - owned.len() <= owned.len() / 32 => owned.freeze(),
        Ok(owned) => Bytes::copy_from_slice(&owned),
        Err(shared) => Bytes::copy_from_slice(&shared),
    }
}

/// What an allocation of this size takes: a word of the allocator's own, in steps of two words, at least four.
fn chunk(size: usize) -> usize {
    const WORD: usize = size_of::<usize>();
    if size == 0 { 0 } else { (size + WORD).next_multiple_of(2 * WORD).max(4 * WORD) }
}

fn headers(headers: &HeaderMap) -> usize {
    let values: usize = headers.values().map(HeaderValue::len).sum();
    let names: usize =
        headers.keys().filter(|name| !is_standard(name)).map(|name| chunk(name.as_str().len())).sum();
    let further = headers.len() - headers.keys_len();
    let further = if further == 0 { 0 } else { further.next_power_of_two().max(4) };
    let shared = if values == 0 { 0 } else { chunk(values) + chunk(SHARED) };
    chunk(headers.capacity() * HEADER) + chunk(further * FURTHER) + names + shared
}

/// Whether a name is one of those that most clients send, which take no memory.
fn is_standard(name: &HeaderName) -> bool {
    use http::header::{
        ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH,
        CONTENT_TYPE, COOKIE, HOST, ORIGIN, PRAGMA, REFERER, TE, TRANSFER_ENCODING, USER_AGENT,
    };
    [
        ACCEPT,
        ACCEPT_ENCODING,
        ACCEPT_LANGUAGE,
        AUTHORIZATION,
        CACHE_CONTROL,
        CONNECTION,
        CONTENT_LENGTH,
        CONTENT_TYPE,
        COOKIE,
        HOST,
        ORIGIN,
        PRAGMA,
        REFERER,
        TE,
        TRANSFER_ENCODING,
        USER_AGENT,
    ]
    .contains(name)
}

/// An account that only the entry has: one that was made up for a caller whom nobody knows.
fn account(account: &Arc<Account>) -> usize {
    if Arc::strong_count(account) > 1 {
        return 0;
    }
    let texts = [&account.user, &account.password, &account.key];
    let texts = texts.into_iter().flatten().map(|text| chunk(text.capacity())).sum::<usize>();
    chunk(size_of::<Account>() + COUNTS) + texts
}

/// A reply but for its body.
fn reply(reply: &Reply) -> usize {
    let values = reply.headers.iter().map(|(name, value)| {
        // The values that are made for one answer are short; those that are not are static.
        if is_standard(name) { 0 } else { chunk(value.len()) }
    });
    let findings = reply.findings.iter().map(|finding| chunk(finding.text.capacity())).sum::<usize>();
    chunk(size_of::<Reply>() + COUNTS)
        + chunk(reply.headers.capacity() * size_of::<(HeaderName, HeaderValue)>())
        + values.sum::<usize>()
        + chunk(reply.behaviours.capacity() * size_of::<usize>())
        + chunk(reply.findings.capacity() * size_of::<Finding>())
        + findings
}
