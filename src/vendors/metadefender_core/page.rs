//! The query parameters `first` and `size`, which return a part of a long list: of the files in an archive or in a batch.
//!
//! Source: 8.1.3.2.2.2, Archive file result (pagination fashion), and the published specification.

use std::ops::Range;

use crate::journal::{FindingKind, Reply};
use crate::vendors::Call;

/// The part of a list that a request asks for.
#[derive(Debug, Default)]
pub(super) struct ListPage {
    first: Option<u64>,
    size: Option<u64>,
    /// One text for each parameter with an invalid value.
    invalid: Vec<String>,
}

impl ListPage {
    /// Reads the query of a call.
    pub(super) fn of(call: &Call) -> Self {
        let mut page = Self::default();
        // Almost no request has a query.
        if call.query().is_some() {
            page.first = page.number(call, "first");
            page.size = page.number(call, "size");
        }
        page
    }

    fn number(&mut self, call: &Call, name: &str) -> Option<u64> {
        let text = call.parameter(name)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.invalid.push(format!("{name} is {text:?} and does not count; send a whole number"));
        }
        number
    }

    /// Whether the request asks for a part.
    pub(super) fn is_asked(&self) -> bool {
        self.first.is_some() || self.size.is_some()
    }

    /// The index of the first item.
    pub(super) fn first(&self) -> u64 {
        self.first.unwrap_or(0)
    }

    /// The requested number of items; `usual` if the request does not say.
    pub(super) fn size(&self, usual: u64) -> u64 {
        self.size.unwrap_or(usual)
    }

    /// The range of a list of this length, with `usual` items if the request does not say how many.
    pub(super) fn range(&self, len: usize, usual: u64) -> Range<usize> {
        // Both numbers come from the client and can be greater than the list, or than any index.
        let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let start = index(self.first()).min(len);
        start..start.saturating_add(index(self.size(usual))).min(len)
    }

    /// Adds a finding to the reply for each invalid parameter.
    pub(super) fn note(self, reply: Reply) -> Reply {
        if self.invalid.is_empty() {
            return reply;
        }
        let source = "8.1.3.2.2.2, Archive file result (pagination fashion)";
        let note = |reply: Reply, text| reply.finding(FindingKind::Deviation, text, source);
        self.invalid.into_iter().fold(reply, note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_never_leaves_the_list() {
        let page = |first, size| ListPage { first, size, invalid: Vec::new() };
        assert_eq!(page(None, None).range(3, 2), 0..2);
        assert_eq!(page(Some(1), None).range(3, u64::MAX), 1..3);
        assert_eq!(page(Some(1), Some(1)).range(3, 50), 1..2);
        assert_eq!(page(Some(9), Some(1)).range(3, 50), 3..3);
        assert_eq!(page(Some(u64::MAX), Some(u64::MAX)).range(3, 50), 3..3);
        assert_eq!(page(None, Some(0)).range(3, 50), 0..0);
    }
}
