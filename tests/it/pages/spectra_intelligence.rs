//! Spectra Intelligence, Reanalyze file (TCA-0205).

use super::{Sentence, assert_held};

const PAGE: &[Sentence] = &[
    (
        "Introduction",
        "the API sends samples for rescanning",
        &[
            "apis::spectra_intelligence::single::a_rescan_changes_the_verdict_after_the_analysis_time",
            "apis::spectra_intelligence::bulk::a_bulk_rescan_queues_stored_samples",
        ],
    ),
    (
        "Introduction",
        "there are single and bulk queries",
        &["apis::spectra_intelligence::page::every_hash_of_the_page_is_in_storage"],
    ),
    (
        "Introduction",
        "10 requests are allowed in a second",
        &["apis::spectra_intelligence::limits::an_account_may_make_ten_requests_in_any_second"],
    ),
    (
        "General Info",
        "bulk has a query field format, which is xml or json",
        &[
            "apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list",
            "apis::spectra_intelligence::bulk::names_of_formats_are_case_sensitive",
        ],
    ),
    (
        "General Info",
        "without it, bulk answers in the post format",
        &["apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list"],
    ),
    (
        "General Info",
        "the body of bulk is in the post format",
        &[
            "apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list",
            "apis::spectra_intelligence::body::bodies_of_another_shape_are_malformed",
        ],
    ),
    (
        "General Info",
        "a bulk request has 100 hashes at most",
        &["apis::spectra_intelligence::bulk::more_than_a_hundred_hashes_are_refused"],
    ),
    (
        "General Info",
        "a POST has the content type application/octet-stream",
        &["apis::spectra_intelligence::body::every_content_type_is_accepted_unless_the_setting_refuses_it"],
    ),
    (
        "Rescan Single Query",
        "it sends the sample with the hash for rescanning",
        &[
            "apis::spectra_intelligence::single::a_rescan_changes_the_verdict_after_the_analysis_time",
            "apis::spectra_intelligence::rescans::each_rescan_has_an_entry_and_the_last_one_stays",
        ],
    ),
    (
        "Rescan Single Query, Request",
        "it is a GET with the type and the value of a hash in its path",
        &[
            "apis::spectra_intelligence::single::a_stored_sample_is_found_by_each_hash_in_any_case",
            "apis::spectra_intelligence::access::methods_are_case_sensitive",
        ],
    ),
    (
        "Rescan Single Query, Request",
        "the type is md5, sha1 or sha256",
        &[
            "apis::spectra_intelligence::single::a_stored_sample_is_found_by_each_hash_in_any_case",
            "apis::spectra_intelligence::single::the_type_is_checked_before_the_value",
        ],
    ),
    (
        "Rescan Single Query, Request",
        "the value is a hash of that type",
        &["apis::spectra_intelligence::single::the_type_is_checked_before_the_value"],
    ),
    (
        "Rescan Single Query, Response",
        "404 with its text if the sample is not available",
        &["apis::spectra_intelligence::single::samples_that_are_not_stored_are_unavailable"],
    ),
    (
        "Rescan Single Query, Response",
        "200 with its text if the sample is in storage",
        &["apis::spectra_intelligence::single::a_stored_sample_is_found_by_each_hash_in_any_case"],
    ),
    (
        "Rescan bulk query",
        "one request sends several samples",
        &["apis::spectra_intelligence::bulk::a_bulk_rescan_queues_stored_samples"],
    ),
    (
        "Rescan bulk query",
        "the answer also has malformed hashes and those that were not found",
        &["apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list"],
    ),
    (
        "Rescan bulk query, Request",
        "it is a POST with the post format in its path, and may have a format in its query",
        &[
            "apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list",
            "apis::spectra_intelligence::access::methods_are_case_sensitive",
        ],
    ),
    (
        "Rescan bulk query, Request",
        "the post format is that of the body",
        &[
            "apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list",
            "apis::spectra_intelligence::bulk::names_of_formats_are_case_sensitive",
        ],
    ),
    (
        "Rescan bulk query, Request",
        "the format, xml or json, is that of the answer",
        &["apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list"],
    ),
    (
        "Rescan bulk query, Request body",
        "it has a hash type and a list of hashes inside rl and query",
        &[
            "apis::spectra_intelligence::body::bodies_of_another_shape_are_malformed",
            "apis::spectra_intelligence::body::any_element_in_hashes_is_a_hash",
        ],
    ),
    (
        "Rescan bulk query, Request body",
        "the hash type is md5, sha1 or sha256",
        &["apis::spectra_intelligence::bulk::hashes_of_each_type_are_looked_up"],
    ),
    (
        "Rescan bulk query, Response",
        "it has four lists inside rl, in their order",
        &[
            "apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list",
            "apis::spectra_intelligence::bulk::no_hashes_give_four_empty_lists",
        ],
    ),
    (
        "Rescan bulk query, Response",
        "sent_for_rescan has the hashes of samples that were sent",
        &[
            "apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list",
            "apis::spectra_intelligence::bulk::a_bulk_rescan_queues_stored_samples",
        ],
    ),
    (
        "Rescan bulk query, Response",
        "sample_unavailable has the hashes of samples that are not available",
        &["apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list"],
    ),
    (
        "Rescan bulk query, Response",
        "unknown_hashes has unknown hashes",
        &["apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list"],
    ),
    (
        "Rescan bulk query, Response",
        "invalid_hashes has the malformed hashes of the request",
        &["apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list"],
    ),
    (
        "Examples, single",
        "three paths, one for each type of hash",
        &["apis::spectra_intelligence::page::every_hash_of_the_page_is_in_storage"],
    ),
    (
        "Examples, bulk",
        "paths for json and for xml",
        &["apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list"],
    ),
    (
        "Examples, bulk",
        "the answer is in the post format unless the query has a format",
        &["apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list"],
    ),
    (
        "Examples, bulk",
        "xml can be answered in json",
        &["apis::spectra_intelligence::bulk::each_hash_is_returned_as_sent_in_its_list"],
    ),
    (
        "Examples, bulk",
        "two requests in JSON, by md5 and by sha1",
        &[
            "apis::spectra_intelligence::page::every_hash_of_the_page_is_in_storage",
            "apis::spectra_intelligence::body::two_documents_in_one_body_are_malformed",
        ],
    ),
];

#[test]
fn every_sentence_of_the_page_is_held() {
    assert_held(PAGE);
}
