//! A cache of what a vendor computes from samples, bounded in bytes.

use std::fmt;
use std::sync::{Arc, LazyLock, Once};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::samples::{Forget, Sample, register};

/// One value for each sample that was requested recently. Each version of a sample has a value of its own, which is dropped with it.
pub struct Views<V: 'static> {
    cache: LazyLock<Cache<u64, Arc<V>, Weight<V>>>,
    registered: Once,
}

/// The approximate size of a value. It must not own a sample.
pub trait Weigh {
    /// In bytes, the same each time.
    fn weight(&self) -> u64;
}

// `fn(V)` rather than `V`: it holds no value, so it is `Send` and `Sync` for every `V`.
struct Weight<V>(std::marker::PhantomData<fn(V)>);

// Written by hand, because a derived one would demand `V: Clone`.
impl<V> Clone for Weight<V> {
    fn clone(&self) -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<V: Weigh> Weighter<u64, Arc<V>> for Weight<V> {
    fn weight(&self, _: &u64, view: &Arc<V>) -> u64 {
        view.weight()
    }
}

/// The most bytes in the cache of a vendor.
const BYTES: u64 = 18 << 20;

/// The usual size of a view in bytes; a cache is created with room for as many as fit.
const USUAL: u64 = 2048;

impl<V: Weigh + Send + Sync> Views<V> {
    /// An empty cache.
    pub const fn new() -> Self {
        // A cache of this type is a `static`, which needs a const constructor. The memory is allocated on first use.
        Self {
            cache: LazyLock::new(|| {
                Cache::with_weighter((BYTES / USUAL) as usize, BYTES, Weight(std::marker::PhantomData))
            }),
            registered: Once::new(),
        }
    }

    /// The view of `sample`; it is built if it is not cached.
    pub fn get(&'static self, sample: &Sample, build: impl FnOnce() -> V) -> Arc<V> {
        self.cached(sample).unwrap_or_else(|| {
            let view = Arc::new(build());
            self.put(sample, view.clone());
            view
        })
    }

    /// The view of `sample`, if it is cached.
    pub fn cached(&self, sample: &Sample) -> Option<Arc<V>> {
        // Not by hash: worlds can have different versions of one file, and these must not share a view.
        self.cache.get(&sample.identity.number()?)
    }

    /// Caches `view` for `sample`, in place of any other, unless the sample is used once.
    pub fn put(&'static self, sample: &Sample, view: Arc<V>) {
        let Some(number) = sample.identity.number() else { return };
        self.registered.call_once(|| register(self));
        sample.identity.mark_cached();
        self.cache.insert(number, view);
    }
}

impl<V: Weigh + Send + Sync> Forget for Views<V> {
    fn forget(&self, number: u64) {
        self.cache.remove(&number);
    }
}

impl<V: Weigh + Send + Sync> Default for Views<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> fmt::Debug for Views<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Views")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{Identity, Sample, derive};

    struct Text(String);

    impl Weigh for Text {
        fn weight(&self) -> u64 {
            self.0.len() as u64
        }
    }

    fn sample() -> Sample {
        let given = derive::GivenHashes { md5: Some([7; 16]), ..Default::default() };
        Sample {
            name: "a".to_owned(),
            hashes: given.complete().expect("one is given"),
            size: 1,
            file_type: derive::file_type("a", None, None).into(),
            scans: Vec::new(),
            children: Vec::new(),
            after_rescan: Vec::new(),
            overlays: Default::default(),
            origin: "".into(),
            identity: Default::default(),
        }
    }

    #[test]
    fn a_view_is_built_once_for_each_version_of_a_sample() {
        static VIEWS: Views<Text> = Views::new();
        let (one, other) = (sample(), sample());
        let built = VIEWS.get(&one, || Text("one".to_owned()));
        assert!(Arc::ptr_eq(&built, &VIEWS.get(&one, || Text("again".to_owned()))));
        assert_eq!(VIEWS.get(&other, || Text("other".to_owned())).0, "other");
        VIEWS.put(&one, Arc::new(Text("a longer text".to_owned())));
        assert_eq!(VIEWS.cached(&one).map(|view| view.0.clone()).as_deref(), Some("a longer text"));
        assert!(VIEWS.cached(&one.with_scans(Vec::new())).is_none(), "another version");
        let transient = Sample { identity: Identity::transient(), ..sample() };
        assert_eq!(VIEWS.get(&transient, || Text("once".to_owned())).0, "once");
        assert!(VIEWS.cached(&transient).is_none());
    }

    #[test]
    fn a_view_is_dropped_with_its_sample() {
        static VIEWS: Views<Text> = Views::new();
        let (one, other) = (sample(), sample());
        VIEWS.get(&one, || Text("one".to_owned()));
        VIEWS.get(&other, || Text("other".to_owned()));
        drop(one);
        assert_eq!(VIEWS.cache.len(), 1);
        assert!(VIEWS.cached(&other).is_some());
    }

    #[test]
    fn the_cache_is_bounded_in_bytes() {
        static VIEWS: Views<Text> = Views::new();
        let samples: Vec<_> = (0..40).map(|_| sample()).collect();
        for sample in &samples {
            VIEWS.get(sample, || Text("x".repeat(1 << 20)));
        }
        assert!(VIEWS.cache.weight() <= BYTES, "{} bytes", VIEWS.cache.weight());
        assert!(VIEWS.cache.len() > 10, "{} are cached", VIEWS.cache.len());
    }
}
