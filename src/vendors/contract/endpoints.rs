//! The table of endpoints of a vendor, and its paths by the byte after their first slash.

use std::sync::OnceLock;

use super::form::Form;
use super::{Endpoint, Vendor};

/// A vendor's table of endpoints.
pub struct Endpoints {
    rows: &'static [Endpoint],
    by_letter: OnceLock<[Vec<Served>; LISTS]>,
}

/// A path that an endpoint serves.
#[derive(Clone)]
pub(super) struct Served {
    pub(super) endpoint: &'static Endpoint,
    pub(super) form: Form,
    /// Paths that are not emulated and would be taken for this one: `/api/samples/list/` for `/api/samples/{hash_value}/`.
    pub(super) reserved: Vec<&'static str>,
}

/// The letters of the alphabet in lower case have a list each.
const LISTS: usize = 32;

impl Endpoints {
    /// A table with these rows.
    pub const fn new(rows: &'static [Endpoint]) -> Self {
        Self { rows, by_letter: OnceLock::new() }
    }

    /// The rows.
    pub fn iter(&self) -> std::slice::Iter<'static, Endpoint> {
        self.rows.iter()
    }
}

impl IntoIterator for &Endpoints {
    type Item = &'static Endpoint;
    type IntoIter = std::slice::Iter<'static, Endpoint>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Vendor {
    /// The served paths that can match a path, in the order of the table. Every request is compared with the paths of all vendors;
    /// with all of them that took 1,600 instructions, with these it takes 200.
    pub(super) fn served_near(&self, path: &str) -> &[Served] {
        &self.endpoints.by_letter.get_or_init(|| self.by_letter())[list_of(path)]
    }

    /// Whether one of its endpoints serves a path, as it was sent.
    pub(in crate::vendors) fn serves(&self, path: &str) -> bool {
        let mut near = self.served_near(path).iter();
        near.any(|served| served.form.matches(path, served.endpoint.slash, |_, _| {}))
    }

    fn by_letter(&self) -> [Vec<Served>; LISTS] {
        let mut lists = std::array::from_fn(|_| Vec::new());
        for endpoint in &self.endpoints {
            for text in endpoint.all_paths() {
                let served = self.served(endpoint, text);
                match text.as_bytes().get(1) {
                    Some(b'{') => lists.iter_mut().for_each(|list: &mut Vec<_>| list.push(served.clone())),
                    _ => lists[list_of(text)].push(served),
                }
            }
        }
        lists
    }

    fn served(&self, endpoint: &'static Endpoint, text: &'static str) -> Served {
        let form = Form::new(text);
        let is_served =
            |path: &str| self.endpoints.iter().flat_map(Endpoint::all_paths).any(|form| form == path);
        let mut reserved = self.not_emulated.to_vec();
        reserved.retain(|path| form.matches(path, endpoint.slash, |_, _| {}) && !is_served(path));
        Served { endpoint, form, reserved }
    }
}

/// The list with the paths that can match this one.
fn list_of(path: &str) -> usize {
    usize::from(path.as_bytes().get(1).copied().unwrap_or_default()) % LISTS
}
