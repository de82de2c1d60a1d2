//! MetaDefender Cloud v2, Multiple Hashes Lookup.

use super::{Sentence, assert_held};

const PAGE: &[Sentence] = &[
    (
        "Description",
        "a request returns the scan reports of several hashes",
        &["apis::metadefender_cloud::page::a_successful_request"],
    ),
    (
        "URL Path",
        "it is /hash",
        &["apis::metadefender_cloud::refusals::all_paths_of_the_bulk_look_up_are_equivalent"],
    ),
    (
        "Method",
        "it is POST",
        &[
            "apis::metadefender_cloud::refusals::all_paths_of_the_bulk_look_up_are_equivalent",
            "apis::metadefender_cloud::refusals::other_methods_are_not_supported_with_or_without_a_key",
        ],
    ),
    (
        "Summary",
        "which hashes are returned depends on the key",
        &["apis::metadefender_cloud::limits::the_first_hashes_are_served_and_the_rest_are_limited"],
    ),
    (
        "HTTP header parameters, apikey",
        "the key is one that was assigned",
        &["apis::metadefender_cloud::refusals::a_key_must_be_one_that_is_configured"],
    ),
    (
        "HTTP header parameters, apikey",
        "it is optional",
        &[
            "apis::metadefender_cloud::refusals::no_key_is_required_if_none_is_configured_or_enforced",
            "apis::metadefender_cloud::keys::an_empty_list_of_accounts_means_that_no_key_is_needed_in_that_world",
        ],
    ),
    (
        "HTTP header parameters, include_scan_details",
        "1 requests scan details, 0 does not",
        &[
            "apis::metadefender_cloud::page::a_successful_request_with_details",
            "apis::metadefender_cloud::bulk::values_other_than_1_request_no_details_and_are_reported",
        ],
    ),
    (
        "HTTP header parameters, include_scan_details",
        "it is optional and 0 by default",
        &["apis::metadefender_cloud::page::a_successful_request"],
    ),
    (
        "HTTP header parameters, below the table",
        "details are there for the results 0, 1 and 2 if the header is 1",
        &["apis::metadefender_cloud::bulk::only_clean_infected_and_suspicious_results_have_details"],
    ),
    (
        "Method: POST, URL path",
        "the path is required",
        &["apis::metadefender_cloud::refusals::paths_under_the_versions_that_are_not_served_are_not_found"],
    ),
    (
        "Method: POST, Body content",
        "the body is an object with a list of hashes",
        &[
            "apis::metadefender_cloud::page::a_successful_request",
            "apis::metadefender_cloud::refusals::empty_lists_and_malformed_bodies_have_different_errors",
        ],
    ),
    (
        "Response Codes, 200",
        "found hashes and unknown ones are answered with 200",
        &["apis::metadefender_cloud::bulk::each_hash_has_its_newest_result_in_request_order"],
    ),
    (
        "Response Codes, 400",
        "an unsupported method is answered with 400",
        &["apis::metadefender_cloud::refusals::other_methods_are_not_supported_with_or_without_a_key"],
    ),
    (
        "Response Codes, 400",
        "an invalid request is answered with 400",
        &["apis::metadefender_cloud::refusals::empty_lists_and_malformed_bodies_have_different_errors"],
    ),
    (
        "Response Codes, 401",
        "a missing key and an invalid one are answered with 401",
        &["apis::metadefender_cloud::refusals::a_key_must_be_one_that_is_configured"],
    ),
    (
        "Response Codes, 403",
        "a caller without look-ups is answered with 403",
        &["apis::metadefender_cloud::limits::the_first_hashes_are_served_and_the_rest_are_limited"],
    ),
    (
        "Response Codes, 503",
        "an unavailable server is answered with 503",
        &["apis::metadefender_cloud::injected::documented_statuses_have_the_body_of_the_service"],
    ),
    (
        "Response, empty body",
        "no hashes have an error of their own",
        &["apis::metadefender_cloud::page::the_three_errors"],
    ),
    (
        "Response, wrong format",
        "a body that cannot be parsed has an error of its own",
        &["apis::metadefender_cloud::page::the_three_errors"],
    ),
    (
        "Response, maximum",
        "1000 hashes are allowed, and more have an error of their own",
        &[
            "apis::metadefender_cloud::page::the_three_errors",
            "apis::metadefender_cloud::bulk::a_list_has_at_most_a_thousand_hashes",
        ],
    ),
    (
        "Response, successful",
        "the answer is a list of hash, scan_result and data_id",
        &["apis::metadefender_cloud::page::a_successful_request"],
    ),
    (
        "Response, successful",
        "text that is not a hash has the result 5 and no data_id",
        &["apis::metadefender_cloud::page::a_successful_request"],
    ),
    (
        "Response, successful with details",
        "scan_details stand between scan_result and data_id, by engine",
        &["apis::metadefender_cloud::page::a_successful_request_with_details"],
    ),
    (
        "Response, successful with details",
        "an engine has scan_result_i, threat_found, def_time without milliseconds, and scan_time with a decimal",
        &["apis::metadefender_cloud::page::a_successful_request_with_details"],
    ),
    (
        "Response, more hashes than look-ups",
        "with two look-ups left and three hashes sent, the third has the result 403 and no data_id",
        &["apis::metadefender_cloud::page::three_hashes_with_two_look_ups_left"],
    ),
    (
        "Descriptions of response, scan_result",
        "it is that of the newest final result",
        &[
            "apis::metadefender_cloud::bulk::an_unfinished_result_is_never_returned",
            "apis::metadefender_cloud::bulk::a_rescan_adds_a_new_result",
        ],
    ),
    (
        "Descriptions of response, scan_result",
        "5 means that the result is unknown",
        &["apis::metadefender_cloud::bulk::each_hash_has_its_newest_result_in_request_order"],
    ),
    (
        "Descriptions of response, data_id",
        "it is the newest one of the hash",
        &["apis::metadefender_cloud::bulk::each_hash_has_its_newest_result_in_request_order"],
    ),
    (
        "Descriptions of response, scan_details",
        "they hold the results of the engines",
        &["apis::metadefender_cloud::page::a_successful_request_with_details"],
    ),
    (
        "Descriptions of response, reference to the codes",
        "each result has the code of the vendor's list",
        &["apis::metadefender_cloud::bulk::every_verdict_has_its_code"],
    ),
];

#[test]
fn every_sentence_of_multiple_hashes_lookup_has_a_test() {
    assert_held(PAGE);
}
