//! The rooms: one for each vendor API. Adding one is its folder, its entry here, and its tests.

use crate::api::Api;
use crate::samples;
use crate::settings::{SHARED, Setting};

pub mod metadefender_cloud;
pub mod metadefender_core;
pub mod spectra_analyze;
pub mod spectra_intelligence;

/// Every API, in the order in which people are shown them.
pub static ALL: &[&dyn Api] = &[
    &spectra_intelligence::SpectraIntelligence,
    &spectra_analyze::SpectraAnalyze,
    &metadefender_cloud::MetadefenderCloud,
    &metadefender_core::MetadefenderCore,
];

/// The API whose prefixes a path lies in.
#[must_use]
pub fn owner(path: &str) -> Option<&'static dyn Api> {
    ALL.iter().copied().find(|api| api.owns(path))
}

/// The API of this name (`metadefender-core`) or fixture key (`metadefender_core`).
#[must_use]
pub fn named(name: &str) -> Option<&'static dyn Api> {
    ALL.iter().copied().find(|api| api.name() == name || api.key() == name)
}

/// The API of this name, or what to say to whoever wrote it.
///
/// # Errors
/// There is none of this name; a sentence that lists the names.
pub fn required(name: &str) -> Result<&'static dyn Api, String> {
    named(name).ok_or_else(|| {
        let known: Vec<_> = ALL.iter().map(|api| api.name()).collect();
        format!("there is no API \"{name}\"; there are {}", known.join(", "))
    })
}

/// Every setting there is: the shared ones and each room's.
pub fn all_settings() -> impl Iterator<Item = &'static Setting> {
    SHARED
        .iter()
        .chain(samples::SETTINGS)
        .copied()
        .chain(ALL.iter().flat_map(|api| api.settings().iter().copied()))
}
