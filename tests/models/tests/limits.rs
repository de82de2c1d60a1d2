//! Limits under random schedules: of many requests, exactly as many are accepted as are allowed.

use jiff::{SignedDuration, Timestamp};
use models::accounts::HolderRef;
use models::worlds::SharedLimits;
use shuttle::sync::Arc;
use shuttle::{check_random, thread};

const SCHEDULES: usize = 20_000;
const DAY: SignedDuration = SignedDuration::from_hours(24);

const HOLDER: HolderRef<'static> = HolderRef { api: "api", account: "a" };

/// How many of `requests` concurrent ones are accepted, each of which does `act` at the same time.
fn accepted(requests: usize, act: fn(&SharedLimits) -> u64) -> u64 {
    let limits = Arc::new(SharedLimits::default());
    let threads: Vec<_> = (0..requests)
        .map(|_| {
            let limits = limits.clone();
            thread::spawn(move || act(&limits))
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).sum()
}

#[test]
fn exactly_the_limit_is_accepted_of_concurrent_requests() {
    check_random(
        || {
            let rate = accepted(4, |limits| {
                let at = Timestamp::UNIX_EPOCH;
                limits.count(HOLDER, (|| at, DAY), |counts| u64::from(counts.rate.take(at, 2))).0
            });
            assert_eq!(rate, 2);
            let window = accepted(3, |limits| {
                let at = Timestamp::UNIX_EPOCH;
                limits.count(HOLDER, (|| at, DAY), |counts| counts.window.take(at, DAY, 5, 2)).0
            });
            assert_eq!(window, 5, "the last one is granted a part");
            let quota = accepted(4, |limits| {
                let at = Timestamp::UNIX_EPOCH;
                let charge = |counts: &mut models::worlds::Counts| {
                    let open = counts.quota.is_open(at, Some(3), None);
                    if open {
                        counts.quota.charge(at, 1);
                    }
                    u64::from(open)
                };
                limits.count(HOLDER, (|| at, DAY), charge).0
            });
            assert_eq!(quota, 3);
        },
        SCHEDULES,
    );
}
