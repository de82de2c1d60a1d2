//! The group commit under random schedules: what an answer depends on is on the disk before it leaves, whoever writes it.

use models::accounts::Account;
use models::settings::Settings;
use models::store::{ChangeLog, ChangedPart, Disk, PersistedEntry, StateFile};
use models::worlds::{Additions, Base, OwnAccount, Worlds};
use shuttle::sync::Arc;
use shuttle::{check_random, future};

const SCHEDULES: usize = 20_000;

async fn open(disk: &Disk) -> Arc<Worlds> {
    let base = Base { generation: 0, settings: Settings, change_log: Some(Arc::new(ChangeLog::default())) };
    Worlds::open(base, Some(StateFile(disk.clone())), |_, _| Vec::new()).await.expect("opens")
}

/// A request that changes a world: the change, then the wait before its answer.
async fn request(worlds: &Worlds, name: &str, key: &str) -> bool {
    let (world, _) = worlds.get_or_create(name).expect("a world");
    let account = OwnAccount { api: "api", account: Account::default(), claims: vec![key.to_owned()] };
    let additions = Additions { accounts: vec![account], ..Additions::default() };
    assert!(worlds.add(&world, additions).expect("claimed"));
    worlds.wait_until_saved().await.is_ok()
}

fn has(disk: &Disk, world: &str, key: &str) -> bool {
    let entry = PersistedEntry { world: world.to_owned(), key: key.to_owned() };
    disk.entries.lock().unwrap().contains(&entry)
}

#[test]
fn an_answered_change_is_on_the_disk() {
    check_random(
        || {
            future::block_on(async {
                let disk = Disk::default();
                let worlds = open(&disk).await;
                let tasks: Vec<_> = [("a", "1"), ("a", "2"), ("b", "3")]
                    .into_iter()
                    .map(|(world, key)| {
                        let (worlds, disk) = (worlds.clone(), disk.clone());
                        future::spawn(async move {
                            assert!(request(&worlds, world, key).await, "no write fails");
                            assert!(has(&disk, world, key), "answered, and not on the disk");
                        })
                    })
                    .collect();
                for task in tasks {
                    task.await.unwrap();
                }
                worlds.close().await;
            });
        },
        SCHEDULES,
    );
}

#[test]
fn a_failed_write_is_reported_or_repaired_and_never_answered_as_saved() {
    check_random(
        || {
            future::block_on(async {
                let disk = Disk::default();
                let worlds = open(&disk).await;
                *disk.failing.lock().unwrap() = 1;
                let tasks: Vec<_> = [("a", "1"), ("b", "2"), ("a", "3")]
                    .into_iter()
                    .map(|(world, key)| {
                        let (worlds, disk) = (worlds.clone(), disk.clone());
                        future::spawn(async move {
                            let saved = request(&worlds, world, key).await;
                            assert!(!saved || has(&disk, world, key), "answered, and not on the disk");
                        })
                    })
                    .collect();
                for task in tasks {
                    task.await.unwrap();
                }
                assert!(worlds.wait_until_saved().await.is_ok() || worlds.wait_until_saved().await.is_ok());
                assert!(has(&disk, "a", "1") && has(&disk, "b", "2") && has(&disk, "a", "3"));
                worlds.close().await;
            });
        },
        SCHEDULES,
    );
}

#[test]
fn a_removed_world_is_not_on_the_disk_and_one_made_anew_is() {
    check_random(
        || {
            future::block_on(async {
                let disk = Disk::default();
                let worlds = open(&disk).await;
                assert!(request(&worlds, "a", "1").await);
                let remover = {
                    let worlds = worlds.clone();
                    future::spawn(async move {
                        worlds.remove("a");
                        assert!(worlds.wait_until_saved().await.is_ok());
                    })
                };
                let maker = {
                    let (worlds, disk) = (worlds.clone(), disk.clone());
                    future::spawn(async move {
                        assert!(request(&worlds, "b", "2").await);
                        assert!(has(&disk, "b", "2"));
                    })
                };
                remover.await.unwrap();
                assert!(!has(&disk, "a", "1"), "a restart would bring the world back");
                maker.await.unwrap();
                assert!(request(&worlds, "a", "4").await && has(&disk, "a", "4"));
                worlds.close().await;
            });
        },
        SCHEDULES,
    );
}

#[test]
fn parts_that_change_in_one_step_are_in_one_transaction() {
    check_random(
        || {
            future::block_on(async {
                let log = Arc::new(ChangeLog::default());
                let world: std::sync::Arc<str> = "a".into();
                let marker = {
                    let (log, world) = (log.clone(), world.clone());
                    future::spawn(async move {
                        log.mark_all(&world, [ChangedPart::Sample(1), ChangedPart::Sample(2)]);
                        assert!(log.wait_until_saved().await.is_ok());
                    })
                };
                // Another request, whose wait may wake the writer at any moment.
                let other = {
                    let (log, world) = (log.clone(), world.clone());
                    future::spawn(async move {
                        log.mark(&world, ChangedPart::Configuration);
                        assert!(log.wait_until_saved().await.is_ok());
                    })
                };
                let mut saved = 0;
                while saved < 3 {
                    let (marks, count) = log.next_batch().await.expect("not stopped");
                    let samples = marks.iter().filter(|(_, part)| matches!(part, ChangedPart::Sample(_)));
                    assert_ne!(samples.count(), 1, "a kill would leave half of the change");
                    log.written(count);
                    saved = count;
                }
                marker.await.unwrap();
                other.await.unwrap();
            });
        },
        SCHEDULES,
    );
}
