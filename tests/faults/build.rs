//! `scandouble build` with a fault at each of its calls: the store at the path is the old or the new one, and whole.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::every_call::at_every_call;
use crate::harness::program::{file, outcome, program};
use crate::server::fresh;
use crate::shim::{Kind, Shim};

/// The command that builds a store of `count` samples.
fn command(count: usize, store: &Path) -> Command {
    let samples: Vec<_> =
        (0..count).map(|nth| format!("{{name: s{nth}, content: '{nth}', verdict: clean}}")).collect();
    let name = store.file_name().expect("a name").display();
    let set = file(&format!("{name}-{count}.yaml"), &format!("samples: [{}]", samples.join(", ")));
    program(&["build", set.to_str().expect("UTF-8"), "-o", store.to_str().expect("UTF-8")])
}

/// The bytes of the store of `count` samples, built without a fault.
fn built(count: usize, store: &Path) -> Vec<u8> {
    let (code, _, errors) = outcome(&mut command(count, store));
    assert_eq!((code, &*errors), (0, ""));
    std::fs::read(store).expect("a store")
}

/// The files beside the store.
fn beside(store: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(store.parent().expect("a folder")).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path != store && path.extension().is_none_or(|end| end != "synced")).collect()
}

#[test]
fn a_build_that_fails_at_any_call_leaves_the_old_store() {
    let store = fresh("build-failing").with_file_name("failing.db");
    let new = built(200, &store);
    let old = built(100, &store);
    at_every_call(&Kind::FAILING, 10, |call, kind| {
        let what = format!("{kind:?} at call {call}");
        std::fs::write(&store, &old).expect("the old store");
        let shim = Shim::new(&store);
        shim.inject(kind, call, call);
        let mut command = command(200, &store);
        shim.attach(&mut command);
        let (code, _, errors) = outcome(&mut command);
        if shim.fired() == 0 {
            return false;
        }
        // A short write is continued, and what is removed at the end need not exist.
        if code == 0 {
            assert!(std::fs::read(&store).expect("a store") == new, "{what}: not the new store");
        } else {
            assert!(
                code == 1 && errors.contains("failing.db cannot be written: "),
                "{what}: {code} {errors}"
            );
            assert!(std::fs::read(&store).expect("a store") == old, "{what}: not the old store");
        }
        assert_eq!(beside(&store), <[PathBuf; 0]>::default(), "{what}");
        true
    });
}

#[test]
fn a_build_that_is_killed_at_any_call_leaves_the_old_store_or_the_new_one() {
    let store = fresh("build-killed").with_file_name("killed.db");
    let new = built(200, &store);
    let old = built(100, &store);
    at_every_call(&Kind::KILLING, 10, |call, kind| {
        let what = format!("{kind:?} at call {call}");
        std::fs::write(&store, &old).expect("the old store");
        let shim = Shim::new(&store);
        shim.inject(kind, call, call);
        let mut command = command(200, &store);
        shim.attach(&mut command);
        let killed = command.output().expect("runs").status.code().is_none();
        if shim.fired() == 0 {
            return false;
        }
        let left = std::fs::read(&store).expect("a store");
        assert!(left == old || left == new, "{what}: neither the old store nor the new one");
        assert!(killed || left == new, "{what}: it ended without a new store");
        // The next build removes what this one left.
        assert!(built(200, &store) == new, "{what}: the next build gives another store");
        assert_eq!(beside(&store), <[PathBuf; 0]>::default(), "{what}");
        true
    });
}
