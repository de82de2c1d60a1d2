//! The vendor APIs. Adding one takes a folder, a line in the list here, fixtures and tests.

use std::sync::{LazyLock, Mutex, PoisonError};

use crate::document::suggest_or_list;
use crate::samples;
use crate::settings::{SHARED, Setting};

mod contract;
pub mod import;
mod json_text;
pub mod metadefender_cloud;
pub mod metadefender_core;
pub(crate) mod openapi;
pub mod opswat;
mod plain_json;
pub mod reversinglabs;
pub mod spectra_analyze;
pub mod spectra_intelligence;

pub use contract::*;
pub(crate) use json_text::{JsonText, JsonTexts};
pub(crate) use plain_json::PlainJson;

/// The vendors that ship with the program, in the order of all lists of vendors.
static BUILT_IN: &[&Vendor] =
    &[&spectra_intelligence::API, &spectra_analyze::API, &metadefender_cloud::API, &metadefender_core::API];

/// The vendors that [`add`] has added; `None` once the list is fixed.
static ADDED: Mutex<Option<Vec<&'static Vendor>>> = Mutex::new(Some(Vec::new()));

/// Every vendor, in the order of all lists of vendors. The first access fixes the list for the whole process, because the
/// shapes of fixtures and the command line's help are derived from it.
pub static ALL: LazyLock<Vec<&'static Vendor>> = LazyLock::new(|| {
    let added = ADDED.lock().unwrap_or_else(PoisonError::into_inner).take();
    BUILT_IN.iter().copied().chain(added.into_iter().flatten()).collect()
});

/// Adds a vendor of your own at the end of the list. Call it before anything else of this crate.
///
/// # Errors
/// The list is fixed already, or has a vendor of this name; a message that says so.
pub fn add(vendor: &'static Vendor) -> Result<(), String> {
    let mut added = ADDED.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(added) = &mut *added else {
        return Err(format!("{} was added too late; add it before you build an emulator", vendor.name));
    };
    let mut known = BUILT_IN.iter().chain(added.iter());
    if known.any(|known| known.name == vendor.name || known.key == vendor.key) {
        return Err(format!("there is already an API {}; choose another name", vendor.name));
    }
    added.push(vendor);
    Ok(())
}

/// The API to which a path belongs: the one that serves it, else the one whose prefixes cover it, else the one at whose
/// vendor it exists although it is not emulated.
pub fn owner(path: &str) -> Option<&'static Vendor> {
    // Endpoints come first: `/hash/` is an endpoint of MetaDefender Cloud inside a prefix of MetaDefender Core.
    let find = |holds: fn(&Vendor, &str) -> bool| ALL.iter().copied().find(|api| holds(api, path));
    find(Vendor::serves).or_else(|| find(Vendor::covers)).or_else(|| find(Vendor::leaves_out))
}

/// The API of this name (`example-scanner`) or fixture key (`example_scanner`).
pub fn named(name: &str) -> Option<&'static Vendor> {
    ALL.iter().copied().find(|api| api.name == name || api.key == name)
}

/// The API of this name.
///
/// # Errors
/// There is no API of this name; a message that lists the names.
pub fn required(name: &str) -> Result<&'static Vendor, String> {
    named(name).ok_or_else(|| {
        let known: Vec<_> = ALL.iter().map(|api| api.name).collect();
        format!("there is no API \"{name}\"; {}", suggest_or_list(name, &known))
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
            "/ /v2 /v4 /v3 /hashes /hashes/x /files /metascan_rest /metascan_rest/login/ /login/ /api/ \
                     /api/samplesx/ /api-token-authority/ /api/rescan /h%61sh /%61pi/samples/x"
                .split(' ')
        {
            assert_eq!(owner_of(path), None, "{path}");
        }
    }

    /// The endpoint of `METHOD PATH`: its form, `-` if it does not take the method, `/?` if a slash is missing, or nothing.
    fn form_of(api: &Vendor, asked: &str) -> String {
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
    fn paths_of_the_cloud_are_decoded_by_segment() {
        let form_of = |asked| form_of(&metadefender_cloud::API, asked);
        for asked in ["POST /hash", "post /hash/", "POST /v2/h%61sh", "POST /metascan_rest/hash/"] {
            assert_eq!(form_of(asked), "/hash", "{asked}");
        }
        for asked in ["GET /v2/hash/x", "GET /v2/hash/a%2Fb", "get /v%32/hash/x"] {
            assert_eq!(form_of(asked), "/v2/hash/{hash}", "{asked}");
        }
        assert_eq!((form_of("HEAD /v2/hash/x"), form_of("GET /v2/hash/x/")), ("-".to_owned(), String::new()));
        for asked in ["POST /v4/hash", "POST /v4/hash/", "POST /v4//hash", "POST /v4//hash/"] {
            assert_eq!(form_of(asked), "/v4/hash", "{asked}");
        }
        assert_eq!(form_of("GET /v4//hash/x"), "/v4/hash/{hash}");
        assert_eq!(metadefender_cloud::API.route("GET", "/v2/hash/a%2Fb").params.get("hash"), "a/b");
    }

    #[test]
    fn paths_of_the_core_are_compared_as_sent() {
        let api = &metadefender_core::API;
        for (path, hash) in
            [("/hash/ab%20c%22", "ab c\""), ("/metascan_rest/hash/a%2Fb", "a/b"), ("/hash/%ff%41", "%ff%41")]
        {
            assert_eq!(api.route("GET", path).params.get("hash"), hash, "{path}");
        }
        assert_eq!(form_of(api, "GET /file/rules"), "/file/rules");
        assert_eq!(form_of(api, "HEAD /metascan_rest/file/a%20b"), "/file/{data_id}");
        assert_eq!(
            (form_of(api, "post /file"), form_of(api, "GET /login")),
            ("-".to_owned(), "-".to_owned())
        );
        for path in
            ["/hash/", "/hash/x/", "/hash/x/y", "/hash//", "/file/", "/file/rules/", "/login/", "/f%69le"]
        {
            assert_eq!(form_of(api, &format!("GET {path}")), "", "{path}");
        }
    }

    #[test]
    fn paths_that_only_the_vendor_has_belong_to_it_and_have_no_endpoint() {
        let api = &metadefender_core::API;
        for path in [
            "/admin/user",
            "/admin/config/update",
            "/stat/nodes",
            "/file/sync",
            "/file/webhook/1",
            "/file/1/cancel",
            "/hash/abc/scan-details",
            "/yara/generate",
        ] {
            assert!(api.leaves_out(path) && api.endpoint(path).is_none(), "{path}");
            assert_eq!(owner_of(path), Some("metadefender-core"), "{path}");
        }
        for path in ["/admin", "/adminx/y", "/file/1", "/file/rules", "/hash/abc", "/file/1/cancelled", "/"] {
            assert!(!api.leaves_out(path), "{path}");
        }
    }

    #[test]
    fn paths_of_the_appliance_are_decoded_first_and_end_in_a_slash() {
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
            ("/api/samples/abc/", "-"),
            ("/api/samples/list/", ""),
            ("/api/samples/status/", "/api/samples/status/"),
            ("/api/samples//analyze/", ""),
            ("/api/samples/a%2Fb/analyze/", ""),
            ("/api/samples/analyze_bulk//", ""),
            ("/api/samples/ANALYZE_BULK/", "-"),
            ("/api/uploads/1/", ""),
        ] {
            assert_eq!(form_of(api, &format!("Post {path}")), form, "{path}");
        }
        assert_eq!(api.route("POST", "/api/samples/%61bc/analyze/").params.get("hash_value"), "abc");
        assert_eq!(form_of(api, "GET /api/uploads/"), "-");
    }

    #[test]
    fn endpoints_have_a_page_and_behaviours_of_their_vendor() {
        for api in ALL.iter() {
            for endpoint in &api.endpoints {
                assert!(!endpoint.page.is_empty() && !endpoint.answers.is_empty(), "{endpoint:?}");
                for behaviour in endpoint.answers {
                    assert!(api.behaviours.iter().any(|known| known.name == behaviour.name), "{endpoint:?}");
                }
                assert_eq!(api.endpoint(endpoint.form()).map(|found| found.form()), Some(endpoint.form()));
            }
        }
    }
}
