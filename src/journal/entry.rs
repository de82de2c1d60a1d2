//! A recorded exchange, and the memory that it takes.

use std::mem::size_of;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;

use super::body::{Layout, fields};
use super::head::Head;
use super::reply::{EntryReply, Finding};
use crate::accounts::Account;

/// A body smaller than this, in bytes, is always copied out of the buffer that it was received in.
const SMALL: usize = 64 * 1024;
/// The two counters of an `Arc`.
const COUNTS: usize = 2 * size_of::<usize>();
/// What a body of its own takes beside its bytes: sending it makes a second reference to it, whose count is allocated.
const REFERENCES: usize = 3 * size_of::<usize>();
/// The share of an entry in the journal's list of pointers, which has spare capacity.
const PLACE: usize = 16;

/// One exchange.
#[derive(Debug)]
pub struct Entry {
    /// The name of its world.
    pub world: Arc<str>,
    /// Its number in the world, from 1, without gaps.
    pub number: u64,
    /// Its number among all requests to the server, which the answer carries in `Scandouble-Request`. Later entries of a
    /// journal have greater ones.
    pub request: u64,
    /// The time of the request on the world's clock.
    pub at: Timestamp,
    /// Real time from the whole request to the whole answer.
    pub took: Duration,
    /// The API, if the path belongs to one.
    pub api: Option<&'static str>,
    /// The account of the caller.
    pub account: Arc<Account>,
    /// The method.
    pub method: Method,
    /// The request's path and query, and the headers of the request and the reply.
    pub head: Head,
    /// The request's body; `None` if it was too large to keep, or an uploaded file.
    pub body: Option<Bytes>,
    /// The fields of the body that the endpoint read, if it read a form or a multipart body.
    pub(crate) layout: Option<Layout>,
    /// Whether the body is an uploaded file, whose bytes are not in the journal.
    pub is_file: bool,
    /// The intended answer, whatever a fault did to its delivery.
    pub reply: EntryReply,
    /// The ids of the injected faults.
    pub faults: Vec<String>,
    /// The memory that it takes, since it was recorded. Not in the journal's list: a list that grows has room for twice as many.
    pub(crate) weight: Weight,
}

/// The memory that an entry takes, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weight {
    /// What is freed with the entry.
    pub(crate) own: usize,
    /// The address and size of a reply body that is also held elsewhere. It is freed with the last entry that has it.
    pub(crate) shared: Option<(usize, usize)>,
}

impl Entry {
    /// The content type of the request, with its parameters.
    pub(crate) fn content_type(&self) -> String {
        let value = self.head.values("content-type").next().unwrap_or_default();
        String::from_utf8_lossy(value).into_owned()
    }

    /// The fields of the body as a JSON value, if there is a body that has any.
    pub(crate) fn fields(&self) -> Option<serde_json::Value> {
        fields::read(&self.content_type(), self.body.as_ref()?, self.layout.as_ref())
    }

    /// Copies the body out of the connection's read buffer, which it would otherwise keep alive as a whole.
    pub(crate) fn detach(&mut self) {
        self.body = self.body.take().map(detached);
    }

    /// The memory that it takes, as an allocator rounds it.
    pub(crate) fn weigh(&self) -> Weight {
        let text = |text: &String| chunk(text.capacity());
        let body = chunk(self.reply.body.len());
        // A static or cached reply body would otherwise be counted once for each entry that has it.
        let is_shared = body > 0 && !self.reply.body.is_unique();
        let own = PLACE
            + chunk(size_of::<Self>() + COUNTS)
            + chunk(self.head.len())
            + self.body.as_ref().map_or(0, |body| chunk(body.len()))
            + self.layout.iter().flat_map(Layout::blocks).map(chunk).sum::<usize>()
            + account(&self.account)
            + reply(&self.reply)
            + chunk(self.faults.capacity() * size_of::<String>())
            + self.faults.iter().map(text).sum::<usize>();
        match is_shared {
            true => Weight { own, shared: Some((self.reply.body.as_ptr().addr(), body)) },
            false if body == 0 => Weight { own, shared: None },
            false => Weight { own: own + body + chunk(REFERENCES), shared: None },
        }
    }
}

/// A body in memory of its own size.
fn detached(body: Bytes) -> Bytes {
    if body.len() < SMALL {
        return Bytes::copy_from_slice(&body);
    }
    match body.try_into_mut() {
        // A few unused bytes are cheaper than a copy of a large body.
        Ok(owned) if owned.capacity() - owned.len() <= owned.len() / 32 => owned.freeze(),
        Ok(owned) => Bytes::copy_from_slice(&owned),
        Err(shared) => Bytes::copy_from_slice(&shared),
    }
}

/// What an allocation of this size takes: one word for the allocator, rounded up to two words, at least four words.
fn chunk(size: usize) -> usize {
    const WORD: usize = size_of::<usize>();
    if size == 0 { 0 } else { (size + WORD).next_multiple_of(2 * WORD).max(4 * WORD) }
}

/// The memory of an account that only this entry holds, because it was made up for an unknown caller.
fn account(account: &Arc<Account>) -> usize {
    if Arc::strong_count(account) > 1 {
        return 0;
    }
    let texts = [&account.user, &account.password, &account.key];
    let texts = texts.into_iter().flatten().map(|text| chunk(text.capacity())).sum::<usize>();
    chunk(size_of::<Account>() + COUNTS) + texts
}

/// The memory of a reply beside its own size and its body.
fn reply(reply: &EntryReply) -> usize {
    let findings = reply.findings.iter().map(|finding| chunk(finding.text.capacity())).sum::<usize>();
    (if reply.behaviours.spilled() { chunk(reply.behaviours.capacity() * size_of::<usize>()) } else { 0 })
        + chunk(reply.findings.capacity() * size_of::<Finding>())
        + findings
}
