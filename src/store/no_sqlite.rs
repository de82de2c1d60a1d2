//! In place of built stores and persisted state where the feature `sqlite` is left out: neither can be opened, so no value of
//! these types exists.

use std::path::Path;

use super::{EntryChange, PersistedEntry, StoreError};
use crate::samples::{Hash, Sample};

/// A built store.
#[derive(Debug)]
pub enum Built {}

/// The file of persisted state.
#[derive(Debug)]
pub enum StateFile {}

const MISSING: &str = "cannot be opened: scandouble was compiled without its feature `sqlite`";

impl Built {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        Err(StoreError::NotBuilt { path: path.to_owned(), what: MISSING.to_owned() })
    }

    pub(crate) fn path(&self) -> &Path {
        match *self {}
    }

    pub(crate) fn sample_count(&self) -> u32 {
        match *self {}
    }

    pub(crate) fn about(&self, _: &str) -> Result<Option<String>, StoreError> {
        match *self {}
    }

    pub(crate) fn places(&self, _: u64, _: &mut Vec<u32>) -> Result<(), StoreError> {
        match *self {}
    }

    pub(crate) fn named(&self, _: u64, _: &mut Vec<u32>) -> Result<(), StoreError> {
        match *self {}
    }

    pub(crate) fn sample(&self, _: u32) -> Result<Option<Sample>, StoreError> {
        match *self {}
    }

    pub(crate) fn find(&self, _: &Hash) -> Result<Option<(u32, Sample)>, StoreError> {
        match *self {}
    }

    pub(crate) fn list(
        &self,
        _: &str,
        _: &str,
        _: &[u32],
        _: usize,
        _: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        match *self {}
    }

    pub(crate) fn count(&self, _: &str, _: &str, _: &[u32]) -> Result<usize, StoreError> {
        match *self {}
    }
}

impl StateFile {
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        Err(StoreError::NotOpened { path: path.to_owned(), what: MISSING.to_owned() })
    }

    pub(crate) async fn write(&mut self, _: &[EntryChange]) -> Result<(), StoreError> {
        match *self {}
    }

    pub(crate) async fn entries(&mut self) -> Result<Vec<PersistedEntry>, StoreError> {
        match *self {}
    }

    pub(crate) async fn authority(&mut self) -> Result<Option<(String, String)>, StoreError> {
        match *self {}
    }

    pub(crate) async fn save_authority(&mut self, _: &str, _: &str) -> Result<(), StoreError> {
        match *self {}
    }

    pub(crate) async fn close(self) {
        match self {}
    }
}
