//! Finds the rules that match a request, without a look at each of them.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::needles::Needles;
use super::rule::FaultTarget;
use super::{Arc, InstalledRule};

/// A body larger than this, in bytes, is searched for hashes on a blocking thread.
pub(super) const LARGE: usize = 64 * 1024;

/// The rules of a world at some time, in the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct RuleSet {
    pub(super) list: Vec<Arc<InstalledRule>>,
    /// Made for the first request, since rules are often added many at a time.
    index: OnceLock<Index>,
}

/// The rules by what they match.
#[derive(Debug)]
struct Index {
    any_account: Vec<Group>,
    by_account: HashMap<String, Vec<Group>>,
    hashes: Needles,
}

/// Rules that match the same account, API and endpoint. There are as many for an account as there are endpoints, at most.
#[derive(Debug)]
struct Group {
    /// The positions of the rules that match any hash.
    any_hash: Vec<usize>,
    /// The position of one of its rules.
    one: usize,
    /// Whether some of its rules match a hash.
    some_match_hashes: bool,
}

impl RuleSet {
    pub(super) fn new(list: Vec<Arc<InstalledRule>>) -> Self {
        Self { list, index: OnceLock::new() }
    }

    /// The rules that match a request, in their order.
    pub(super) async fn matching(self: &Arc<Self>, target: &FaultTarget<'_>) -> Vec<&Arc<InstalledRule>> {
        if self.list.is_empty() {
            return Vec::new();
        }
        let index = self.index();
        // The cheap conditions come first, so that few requests have their bodies searched, and each at most once.
        let fits = |at: usize| self.list[at].rule.matching.fits_head(target);
        let groups = || index.groups(target.account).filter(|group| fits(group.one));
        let mut found: Vec<usize> = groups().flat_map(|group| &group.any_hash).copied().collect();
        if groups().any(|group| group.some_match_hashes) {
            let with_hash = self.find_hashes(target).await.into_iter();
            found.extend(with_hash.filter(|at| fits(*at)));
        }
        found.sort_unstable();
        let rules = found.into_iter().map(|at| &self.list[at]);
        rules.filter(|known| !known.rule.refuses_unread_credential(target)).collect()
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.list))
    }

    /// The positions of the rules whose hashes occur in the request. A large body is searched on a blocking thread, so that
    /// other requests go on.
    async fn find_hashes(self: &Arc<Self>, target: &FaultTarget<'_>) -> Vec<usize> {
        let find = |rules: &Self, path: &str, body: &[u8]| {
            rules.index().hashes.find(&[path.as_bytes(), body]).into_iter().collect()
        };
        let body = target.body.cloned().unwrap_or_default();
        if body.len() <= LARGE {
            return find(self, target.path, &body);
        }
        let (rules, path) = (self.clone(), target.path.to_owned());
        // The search cannot fail. If the runtime shuts down first, the result does not matter.
        tokio::task::spawn_blocking(move || find(&rules, &path, &body)).await.unwrap_or_default()
    }
}

impl Index {
    fn of(rules: &[Arc<InstalledRule>]) -> Self {
        let (mut any_account, mut by_account) = (Vec::new(), HashMap::<_, Vec<Group>>::new());
        for (at, known) in rules.iter().enumerate() {
            let matching = &known.rule.matching;
            let groups = match &matching.account {
                Some(account) => by_account.entry(account.clone()).or_default(),
                None => &mut any_account,
            };
            let same = |group: &Group| {
                let other = &rules[group.one].rule.matching;
                other.api == matching.api && other.endpoint == matching.endpoint
            };
            let group = groups.iter().position(same).unwrap_or_else(|| {
                groups.push(Group { any_hash: Vec::new(), one: at, some_match_hashes: false });
                groups.len() - 1
            });
            match matching.hash {
                Some(_) => groups[group].some_match_hashes = true,
                None => groups[group].any_hash.push(at),
            }
        }
        let hashes =
            rules.iter().enumerate().filter_map(|(at, known)| Some((known.rule.matching.hash.as_ref()?, at)));
        Self { any_account, by_account, hashes: Needles::new(hashes) }
    }

    /// The groups of the rules for this account, and of those for all.
    fn groups(&self, account: &str) -> impl Iterator<Item = &Group> {
        self.any_account.iter().chain(self.by_account.get(account).into_iter().flatten())
    }
}
