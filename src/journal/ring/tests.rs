//! The ring buffer without a server.

use std::time::Duration;

use http::{HeaderMap, Method};
use jiff::Timestamp;

use super::*;
use crate::journal::{Head, Reply};

fn entry(path: &str) -> Entry {
    with_reply(path, Reply::own(http::StatusCode::OK, "text/plain", ""))
}

fn with_reply(path: &str, reply: Reply) -> Entry {
    let (headers, reply) = reply.into_parts();
    Entry {
        world: "w".into(),
        number: 0,
        request: 0,
        at: Timestamp::UNIX_EPOCH,
        took: Duration::ZERO,
        api: None,
        account: Arc::default(),
        method: Method::GET,
        head: Head::new(("", path, None), &HeaderMap::new(), &headers),
        body: None,
        layout: None,
        is_file: false,
        reply,
        faults: Vec::new(),
        weight: Default::default(),
    }
}

#[test]
fn the_oldest_entries_are_removed_first_and_counted() {
    let journal = Journal::default();
    for path in ["/1", "/2", "/3"] {
        journal.record(entry(path), 2, u64::MAX);
    }
    let held = journal.snapshot();
    let paths: Vec<_> = held.entries.iter().map(|entry| (entry.number, entry.head.path())).collect();
    assert_eq!((paths.as_slice(), held.dropped), (&[(2, "/2"), (3, "/3")][..], 1));
    journal.record(entry("/4"), 10, 1000);
    assert_eq!(journal.snapshot().entries.len(), 1, "bytes bound it too");
    journal.clear();
    journal.record(entry("/5"), 10, u64::MAX);
    let held = journal.snapshot();
    assert_eq!((held.entries[0].number, held.dropped), (5, 0));
    journal.clear();
    assert_eq!((journal.snapshot().first_held(), journal.is_empty()), (6, true));
}

#[test]
fn a_budget_removes_entries_of_the_largest_journal_and_counts_them() {
    let with_body = |size: usize| Entry { body: Some(vec![b'x'; size].into()), ..entry("/") };
    let journals = Journals::new(1_000_000);
    let budget = journals.budget();
    let [small, large, gone] = [Journal::default(), Journal::default(), Journal::default()];
    [&small, &large, &gone].into_iter().for_each(|journal| journal.join(&journals));
    gone.record(with_body(300_000), 10, u64::MAX);
    small.record(with_body(1000), 10, u64::MAX);
    drop(gone);
    for _ in 0..20 {
        large.record(with_body(100_000), 100, u64::MAX);
        assert!(budget.held() <= 1_000_000, "{}", budget.held());
    }
    assert_eq!(budget.held(), (small.bytes() + large.bytes()) as u64);
    assert!(budget.held() > 800_000, "{}", budget.held());
    let (small, held) = (small.snapshot(), large.snapshot());
    assert_eq!((small.entries.len(), small.dropped), (1, 0), "the small one keeps what it has");
    assert_eq!(held.dropped, 20 - held.entries.len() as u64);
    assert_eq!(held.last, 20);
    large.clear();
    assert!(budget.held() < 10_000);
}

#[test]
fn a_body_shared_by_entries_is_counted_once() {
    let journal = Journal::default();
    let body = bytes::Bytes::from(vec![b'x'; 100_000]);
    let reply = || with_reply("/", Reply::own(http::StatusCode::OK, "text/plain", body.clone()));
    journal.record(reply(), 3, u64::MAX);
    let one = journal.bytes();
    (0..5).for_each(|_| drop(journal.record(reply(), 3, u64::MAX)));
    assert!(one > 100_000 && journal.bytes() < one + 10_000, "{one} {}", journal.bytes());
    (0..3).for_each(|_| drop(journal.record(entry("/"), 3, u64::MAX)));
    assert!(journal.bytes() < 10_000, "{}", journal.bytes());
}

#[tokio::test]
async fn a_wait_ends_with_the_awaited_entry_or_with_the_journal() {
    let journal = Journal::default();
    let waiting = {
        let journal = journal.clone();
        tokio::spawn(async move { (journal.beyond(1).await, journal.snapshot().last) })
    };
    journal.record(entry("/a"), 10, u64::MAX);
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    journal.turn_over();
    journal.record(entry("/late"), 10, u64::MAX);
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished(), "an entry of an earlier generation is not recorded");
    journal.newest().record(entry("/b"), 10, u64::MAX);
    assert_eq!(waiting.await.expect("ends"), (true, 2));
    journal.end();
    assert!(!journal.beyond(2).await && journal.beyond(1).await);
}
