//! The vendor APIs. A new one is its folder, its line in the list here, its fixtures and its tests.

use std::sync::{LazyLock, Mutex, PoisonError};

use crate::samples;
use crate::settings::{SHARED, Setting};

mod contract;
pub mod import;
pub mod metadefender_cloud;
pub mod metadefender_core;
pub mod opswat;
pub mod spectra_analyze;
pub mod spectra_intelligence;

pub use contract::*;

/// The vendors that ship with the program, in the order in which people are shown them.
static BUILT_IN: &[&Vendor] =
    &[&spectra_intelligence::API, &spectra_analyze::API, &metadefender_cloud::API, &metadefender_core::API];

/// What [`add`] has brought; `None` once the list is fixed.
static ADDED: Mutex<Option<Vec<&'static Vendor>>> = Mutex::new(Some(Vec::new()));

/// Every vendor, in the order in which people are shown them. The first look at it fixes it for the whole process: the
/// shapes of fixtures and the command line's help follow from it.
pub static ALL: LazyLock<Vec<&'static Vendor>> = LazyLock::new(|| {
    let added = ADDED.lock().unwrap_or_else(PoisonError::into_inner).take();
    BUILT_IN.iter().copied().chain(added.into_iter().flatten()).collect()
});

/// Puts a vendor of your own at the end of the list; call it before anything else of this crate.
///
/// # Errors
/// The list is fixed already, or has a vendor of this name; a sentence that says so.
pub fn add(vendor: &'static Vendor) -> Result<(), String> {
    let mut added = ADDED.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(added) = &mut *added else {
        return Err(format!("{} comes too late; add it before an emulator is built", vendor.name));
    };
    let mut known = BUILT_IN.iter().chain(added.iter());
    if known.any(|known| known.name == vendor.name || known.key == vendor.key) {
        return Err(format!("there is an API {} already", vendor.name));
    }
    added.push(vendor);
    Ok(())
}

/// The API to which a path belongs: the one that serves it, else the one whose prefixes it lies in.
#[must_use]
pub fn owner(path: &str) -> Option<&'static Vendor> {
    let find = |holds: fn(&Vendor, &str) -> bool| ALL.iter().copied().find(|api| holds(api, path));
    find(Vendor::serves).or_else(|| find(Vendor::covers))
}

/// The API of this name (`example-scanner`) or fixture key (`example_scanner`).
#[must_use]
pub fn named(name: &str) -> Option<&'static Vendor> {
    ALL.iter().copied().find(|api| api.name == name || api.key == name)
}

/// The API of this name, or what to say to whoever wrote it.
///
/// # Errors
/// There is none of this name; a sentence that lists the names.
pub fn required(name: &str) -> Result<&'static Vendor, String> {
    named(name).ok_or_else(|| {
        let known: Vec<_> = ALL.iter().map(|api| api.name).collect();
        format!("there is no API \"{name}\"; there are {}", known.join(", "))
    })
}

/// Every setting there is: the shared ones and each vendor's.
pub fn all_settings() -> impl Iterator<Item = &'static Setting> {
    SHARED
        .iter()
        .chain(samples::SETTINGS)
        .copied()
        .chain(ALL.iter().flat_map(|api| api.settings.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner_of(path: &str) -> Option<&'static str> {
        owner(path).map(|api| api.name)
    }

    #[test]
    fn every_setting_accepts_its_default() {
        let mut settings = crate::settings::Settings::new(all_settings());
        for (setting, default) in settings.clone().list() {
            settings.set(setting.name, &default).expect("an allowed value");
        }
        assert_eq!(settings.unlike(&crate::settings::Settings::new(all_settings())).count(), 0);
    }

    #[test]
    fn each_path_belongs_to_one_vendor_or_to_none() {
        for (name, paths) in [
            (
                "metadefender-cloud",
                "/hash /hash/ /v2/hash /v2/hash/ /metascan_rest/hash /metascan_rest/hash/ /v2/x /v4/ /v2//",
            ),
            (
                "metadefender-core",
                "/hash/x /hash// /hash/x/y /metascan_rest/hash/x /metascan_rest/file /metascan_rest/file/x /file \
                 /file/ /file/rules /login /logout /version /metascan_rest/login",
            ),
            (
                "spectra-analyze",
                "/api/samples /api/samples/x /api/uploads/ /api-token-auth /api-token-auth/ /api/submit/x",
            ),
            ("spectra-intelligence", "/api/rescan/ /api/rescan/v1/query/md5/x"),
        ] {
            for path in paths.split(' ') {
                assert_eq!(owner_of(path), Some(name), "{path}");
            }
        }
        for path in
            "/ /v2 /v4 /v3/hash /hashes /hashes/x /files /metascan_rest /metascan_rest/login/ /login/ /api/ \
                     /api/samplesx/ /api-token-authority/ /api/rescan /h%61sh /%61pi/samples/x"
                .split(' ')
        {
            assert_eq!(owner_of(path), None, "{path}");
        }
    }

    /// Method and path, then the endpoint that answers, `-` for one that does not take the method, or nothing.
    fn leads(api: &Vendor, asked: &str) -> String {
        let (method, path) = asked.split_once(' ').expect("a method and a path");
        let route = api.route(method, path);
        match route.endpoint {
            Some(endpoint) if route.takes_method => endpoint.form().to_owned(),
            Some(_) => "-".to_owned(),
            None if route.lacks_slash => "/?".to_owned(),
            None => String::new(),
        }
    }

    #[test]
    fn a_path_of_the_cloud_is_read_by_segments() {
        let leads = |asked| leads(&metadefender_cloud::API, asked);
        for asked in ["POST /hash", "post /hash/", "POST /v2/h%61sh", "POST /metascan_rest/hash/"] {
            assert_eq!(leads(asked), "/hash", "{asked}");
        }
        for asked in ["GET /v2/hash/x", "GET /v2/hash/a%2Fb", "get /v%32/hash/x"] {
            assert_eq!(leads(asked), "/v2/hash/{hash}", "{asked}");
        }
        assert_eq!((leads("HEAD /v2/hash/x"), leads("GET /v2/hash/x/")), ("-".to_owned(), String::new()));
        for asked in ["POST /v4/hash", "POST /v4/hash/", "POST /v4//hash", "POST /v4//hash/"] {
            assert_eq!(leads(asked), "/v4/hash", "{asked}");
        }
        assert_eq!(leads("GET /v4//hash/x"), "/v4/hash/{hash}");
        assert_eq!(metadefender_cloud::API.route("GET", "/v2/hash/a%2Fb").params.get("hash"), "a/b");
    }

    #[test]
    fn a_path_of_the_core_is_compared_as_it_came() {
        let api = &metadefender_core::API;
        for (path, hash) in
            [("/hash/ab%20c%22", "ab c\""), ("/metascan_rest/hash/a%2Fb", "a/b"), ("/hash/%ff%41", "%ff%41")]
        {
            assert_eq!(api.route("GET", path).params.get("hash"), hash, "{path}");
        }
        assert_eq!(leads(api, "GET /file/rules"), "/file/rules");
        assert_eq!(leads(api, "HEAD /metascan_rest/file/a%20b"), "/file/{data_id}");
        assert_eq!((leads(api, "post /file"), leads(api, "GET /login")), ("-".to_owned(), "-".to_owned()));
        for path in
            ["/hash/", "/hash/x/", "/hash/x/y", "/hash//", "/file/", "/file/rules/", "/login/", "/f%69le"]
        {
            assert_eq!(leads(api, &format!("GET {path}")), "", "{path}");
        }
    }

    #[test]
    fn a_path_of_the_appliance_is_decoded_first_and_ends_in_a_slash() {
        let api = &spectra_analyze::API;
        let single = "/api/samples/{hash_value}/analyze/";
        for (path, form) in [
            ("/api/samples/abc/analyze/", single),
            ("/api/samples/v2/analyze/", single),
            ("/api/samples/%61nalyze_bulk/", "/api/samples/analyze_bulk/"),
            ("/api/submit/file/", "/api/uploads/"),
            ("/api/samples/abc/analyze", "/?"),
            ("/api-token-auth", "/?"),
            ("/api/samples", ""),
            ("/api/samples/abc/", ""),
            ("/api/samples//analyze/", ""),
            ("/api/samples/a%2Fb/analyze/", ""),
            ("/api/samples/analyze_bulk//", ""),
            ("/api/samples/ANALYZE_BULK/", ""),
            ("/api/uploads/1/", ""),
        ] {
            assert_eq!(leads(api, &format!("Post {path}")), form, "{path}");
        }
        assert_eq!(api.route("POST", "/api/samples/%61bc/analyze/").params.get("hash_value"), "abc");
        assert_eq!(leads(api, "GET /api/uploads/"), "-");
    }

    #[test]
    fn a_table_lists_its_endpoints_behaviours_and_pages() {
        for api in ALL.iter() {
            for endpoint in api.endpoints {
                assert!(!endpoint.page.is_empty() && !endpoint.answers.is_empty(), "{endpoint:?}");
                for behaviour in endpoint.answers {
                    assert!(api.behaviours.iter().any(|known| known.name == behaviour.name), "{endpoint:?}");
                }
                assert_eq!(api.endpoint(endpoint.form()).map(|found| found.form()), Some(endpoint.form()));
            }
        }
    }
}
