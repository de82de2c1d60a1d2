//! The registry of worlds with claims, resets, removals and new fixtures, under random schedules.

use models::accounts::{Account, Credential};
use models::settings::Settings;
use models::worlds::{Additions, Base, OwnAccount, Part, Worlds};
use shuttle::sync::Arc;
use shuttle::{check_random, future, thread};

const SCHEDULES: usize = 20_000;
const API: &str = "api";
const KEY: &str = "key";

fn base(generation: u32) -> Base {
    Base { generation, settings: Settings, change_log: None }
}

fn open() -> Arc<Worlds> {
    future::block_on(Worlds::open(base(0), None, |_, _| Vec::new())).expect("opens")
}

/// Has the world of this name claim the key; whether it did.
fn claim(worlds: &Worlds, name: &str) -> bool {
    let (world, _) = worlds.get_or_create(name).expect("a world");
    let account = OwnAccount { api: API, account: Account::default(), claims: vec![KEY.to_owned()] };
    let additions = Additions { accounts: vec![account], ..Additions::default() };
    worlds.add(&world, additions).unwrap_or(false)
}

/// Asserts that the key picks a world that has the account, and the only one that has it.
fn assert_consistent(worlds: &Worlds) {
    let owners: Vec<_> = worlds.list().into_iter().filter(|world| world.state().keys.contains(KEY)).collect();
    assert!(owners.len() <= 1, "two worlds have the key");
    let picked = worlds.of_credential(API, &Credential(KEY.to_owned()));
    let picked = picked.map(|(world, _)| world.name().to_owned());
    assert_eq!(picked.as_deref(), owners.first().map(|world| world.name()));
    assert!(picked.is_some() || claim(worlds, "last"), "a key that picks no world is free");
}

#[test]
fn a_claim_and_a_removal_at_the_same_time_leave_both_or_neither() {
    check_random(
        || {
            let worlds = open();
            worlds.get_or_create("a").expect("a world");
            let (maker, remover) = (worlds.clone(), worlds.clone());
            let threads = [
                thread::spawn(move || {
                    claim(&maker, "a");
                }),
                thread::spawn(move || {
                    remover.remove("a");
                }),
            ];
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            assert_consistent(&worlds);
        },
        SCHEDULES,
    );
}

#[test]
fn a_key_belongs_to_one_world_at_a_time() {
    check_random(
        || {
            let worlds = open();
            let threads: Vec<_> = ["a", "b"]
                .into_iter()
                .map(|name| {
                    let worlds = worlds.clone();
                    thread::spawn(move || {
                        let claimed = claim(&worlds, name);
                        let found = worlds.find(name).expect("it is never removed");
                        assert_eq!(found.state().keys.contains(KEY), claimed, "{name}");
                        claimed
                    })
                })
                .collect();
            let claimed = threads.into_iter().map(|thread| thread.join().unwrap()).filter(|claimed| *claimed);
            assert_eq!(claimed.count(), 1, "one of them gets it");
            assert_consistent(&worlds);
        },
        SCHEDULES,
    );
}

#[test]
fn claims_resets_and_removals_leave_no_key_without_its_account() {
    check_random(
        || {
            let worlds = open();
            let run = |act: fn(&Worlds)| {
                let worlds = worlds.clone();
                thread::spawn(move || act(&worlds))
            };
            let threads = [
                run(|worlds| {
                    claim(worlds, "a");
                }),
                run(|worlds| {
                    claim(worlds, "b");
                    worlds.remove("b");
                }),
                run(|worlds| {
                    if let Some(world) = worlds.find("a") {
                        worlds.reset(&world, &[Part::Samples]);
                    }
                }),
                run(|worlds| {
                    // Whoever is picked has the account in the state that comes with it.
                    if let Some((world, state)) = worlds.of_credential(API, &Credential(KEY.to_owned())) {
                        assert!(state.keys.contains(KEY), "{} is picked without the account", world.name());
                    }
                }),
            ];
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            assert_consistent(&worlds);
        },
        SCHEDULES,
    );
}

#[test]
fn a_world_that_was_removed_and_made_anew_does_not_lose_its_key_to_an_old_request() {
    check_random(
        || {
            let worlds = open();
            claim(&worlds, "a");
            let (old, _) = worlds.get_or_create("a").expect("a world");
            let late = {
                let (worlds, old) = (worlds.clone(), old.clone());
                // A request that has held the world since before its removal.
                thread::spawn(move || worlds.reset(&old, &[Part::Samples]))
            };
            let other = worlds.clone();
            let anew = thread::spawn(move || {
                other.remove("a");
                claim(&other, "a")
            });
            late.join().unwrap();
            assert!(anew.join().unwrap(), "the removal frees the key");
            assert_consistent(&worlds);
            assert!(worlds.find("a").expect("a world").state().keys.contains(KEY));
        },
        SCHEDULES,
    );
}

#[test]
fn every_world_is_on_the_new_fixtures_after_a_reload() {
    check_random(
        || {
            let worlds = open();
            let reload = worlds.clone();
            let reload = thread::spawn(move || reload.rebase(base(1)));
            let makers: Vec<_> = ["a", "b"]
                .into_iter()
                .map(|name| {
                    let worlds = worlds.clone();
                    thread::spawn(move || {
                        let (world, _) = worlds.get_or_create(name).expect("a world");
                        let before = world.state().base.generation;
                        let after = world.state().base.generation;
                        assert!(before <= after, "a world never goes back");
                    })
                })
                .collect();
            reload.join().unwrap();
            makers.into_iter().for_each(|thread| thread.join().unwrap());
            for world in worlds.list() {
                assert_eq!(world.state().base.generation, 1, "{}", world.name());
            }
        },
        SCHEDULES,
    );
}
