//! A cache of what a vendor computes from samples, bounded in bytes.

use std::fmt;
use std::sync::{Arc, OnceLock};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::samples::{Forget, Sample, register};

/// One value for each sample that was requested recently. Each version of a sample has a value of its own, which is dropped with it.
pub struct Views<V: 'static> {
    /// The most bytes.
    bytes: u64,
    cache: OnceLock<Cache<u64, Arc<V>, Weight<V>>>,
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

/// The usual size of a view in bytes; a cache is created with room for as many as fit.
const USUAL: u64 = 2048;

impl<V: Weigh + Send + Sync> Views<V> {
    /// An empty cache of at most `bytes`.
    pub const fn new(bytes: u64) -> Self {
        Self { bytes, cache: OnceLock::new() }
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
        self.cache.get()?.get(&sample.identity.number()?)
    }

    /// Caches `view` for `sample`, in place of any other, unless the sample is used once.
    pub fn put(&'static self, sample: &Sample, view: Arc<V>) {
        let Some(number) = sample.identity.number() else { return };
        // A cache of this type is a `static`, which needs a const constructor. The memory is allocated on first use.
        let cache = self.cache.get_or_init(|| {
            register(self);
            Cache::with_weighter((self.bytes / USUAL) as usize, self.bytes, Weight(std::marker::PhantomData))
        });
        sample.identity.mark_cached();
        cache.insert(number, view);
    }
}

impl<V: Weigh + Send + Sync> Forget for Views<V> {
    fn forget(&self, number: u64) {
        self.cache.get().map(|cache| cache.remove(&number));
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

    const BYTES: u64 = 18 << 20;

    struct Text(String);

    impl Weigh for Text {
        fn weight(&self) -> u64 {
            self.0.len() as u64
        }
    }

    fn entries(views: &Views<Text>) -> &Cache<u64, Arc<Text>, Weight<Text>> {
        views.cache.get().expect("something was cached")
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
        static VIEWS: Views<Text> = Views::new(BYTES);
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
        static VIEWS: Views<Text> = Views::new(BYTES);
        let (one, other) = (sample(), sample());
        VIEWS.get(&one, || Text("one".to_owned()));
        VIEWS.get(&other, || Text("other".to_owned()));
        drop(one);
        assert_eq!(entries(&VIEWS).len(), 1);
        assert!(VIEWS.cached(&other).is_some());
    }

    #[test]
    fn the_cache_is_bounded_in_bytes() {
        static VIEWS: Views<Text> = Views::new(BYTES);
        let samples: Vec<_> = (0..40).map(|_| sample()).collect();
        for sample in &samples {
            VIEWS.get(sample, || Text("x".repeat(1 << 20)));
        }
        assert!(entries(&VIEWS).weight() <= BYTES, "{} bytes", entries(&VIEWS).weight());
        assert!(entries(&VIEWS).len() > 10, "{} are cached", entries(&VIEWS).len());
    }
}
