//! Spectra Analyze 9.2.0, Reanalyze Local Samples API V1.

use super::{Sentence, assert_held};

const PAGE: &[Sentence] = &[
    (
        "Single",
        "it is a POST with the hash in its path",
        &[
            "apis::spectra_analyze::page::the_single_example_answers_as_printed_except_for_the_shortened_hashes",
            "apis::spectra_analyze::routes::only_post_is_allowed",
        ],
    ),
    (
        "Single",
        "it schedules one sample that the appliance has",
        &[
            "apis::spectra_analyze::single::a_sample_is_found_by_each_hash_in_any_case",
            "apis::spectra_analyze::single::each_engine_has_its_own_analysis_time",
        ],
    ),
    (
        "Single",
        "the sample was uploaded before",
        &[
            "apis::spectra_analyze::uploads::uploads_are_processed_and_can_be_reanalysed",
            "apis::spectra_analyze::single::samples_that_cannot_be_reanalysed_are_refused",
        ],
    ),
    ("Single", "analysis is required", &["apis::spectra_analyze::single::the_analysis_must_name_engines"]),
    (
        "Single",
        "cloud sends the sample to Spectra Intelligence",
        &["apis::spectra_analyze::cloud::the_file_is_in_storage_there_once_the_analysis_ends"],
    ),
    (
        "Single",
        "core reanalyses it on the appliance",
        &[
            "apis::spectra_analyze::cloud::the_file_is_in_storage_there_once_the_analysis_ends",
            "apis::spectra_analyze::single::each_engine_has_its_own_analysis_time",
        ],
    ),
    (
        "Single",
        "one value at least must be given",
        &["apis::spectra_analyze::single::the_analysis_must_name_engines"],
    ),
    (
        "Single, Request Parameters, analysis",
        "several values are separated by commas",
        &[
            "apis::spectra_analyze::single::spaces_and_repeats_are_tolerated",
            "apis::spectra_analyze::page::the_single_example_answers_as_printed_except_for_the_shortened_hashes",
        ],
    ),
    (
        "Single, Request Parameters, analysis",
        "the values are cloud and core",
        &["apis::spectra_analyze::single::the_analysis_must_name_engines"],
    ),
    (
        "Single, Request Parameters, analysis",
        "cloud needs a connection to Spectra Intelligence",
        &[
            "apis::spectra_analyze::single::an_appliance_without_cloud_refuses_only_that_engine",
            "apis::spectra_analyze::cloud::an_appliance_that_is_not_connected_sends_nothing",
        ],
    ),
    (
        "Single, Request Parameters, analysis",
        "it is a field of a form",
        &["apis::spectra_analyze::bodies::json_forms_and_multipart_are_equivalent"],
    ),
    (
        "Single, Request Parameters, hash_value",
        "it is required, and part of the path",
        &[
            "apis::spectra_analyze::single::a_sample_is_found_by_each_hash_in_any_case",
            "apis::spectra_analyze::routes::unknown_paths_get_the_page_of_django_without_an_account",
        ],
    ),
    (
        "Single, Request Parameters, hash_value",
        "a request has one hash",
        &["apis::spectra_analyze::single::invalid_hashes_are_refused_before_the_analysis_is_checked"],
    ),
    (
        "Single, Request Parameters, hash_value",
        "it is a sha1, sha256, sha512 or md5",
        &[
            "apis::spectra_analyze::single::a_sample_is_found_by_each_hash_in_any_case",
            "apis::spectra_analyze::single::invalid_hashes_are_refused_before_the_analysis_is_checked",
        ],
    ),
    (
        "Single, Request Examples",
        "curl sends a token and a multipart form",
        &[
            "apis::spectra_analyze::page::the_single_example_answers_as_printed_except_for_the_shortened_hashes",
            "apis::spectra_analyze::auth::each_kind_of_invalid_credential_has_its_own_message",
        ],
    ),
    (
        "Single, Request Examples",
        "Python sends JSON",
        &["apis::spectra_analyze::page::the_pages_python_and_bulk_examples_are_queued"],
    ),
    (
        "Single, Response Format",
        "code and message at the top are deprecated; those of the engines count",
        &[
            "apis::spectra_analyze::queued_before::the_top_is_200_if_another_engine_had_the_sample_queued",
            "apis::spectra_analyze::single::each_engine_has_its_own_analysis_time",
        ],
    ),
    (
        "Single, Response Examples",
        "code, message, analysis and detail, in this order",
        &[
            "apis::spectra_analyze::page::the_single_example_answers_as_printed_except_for_the_shortened_hashes",
        ],
    ),
    (
        "Single, Response Examples",
        "an engine has name, code and message; core has a message of its own",
        &[
            "apis::spectra_analyze::page::the_single_example_answers_as_printed_except_for_the_shortened_hashes",
        ],
    ),
    (
        "Single, Response Fields",
        "detail has sha1, sha256, sha512 and md5",
        &[
            "apis::spectra_analyze::page::the_single_example_answers_as_printed_except_for_the_shortened_hashes",
            "apis::spectra_analyze::single::the_import_hash_is_included_if_the_setting_says_so",
        ],
    ),
    (
        "Single, Response Status Codes",
        "200 if the sample is queued already",
        &["apis::spectra_analyze::single::each_engine_has_its_own_analysis_time"],
    ),
    (
        "Single, Response Status Codes",
        "201 if the sample is queued, or queued for core",
        &[
            "apis::spectra_analyze::single::each_engine_has_its_own_analysis_time",
            "apis::spectra_analyze::single::the_message_of_core_is_a_setting",
        ],
    ),
    (
        "Single, Response Status Codes",
        "400 if the value is not a hash",
        &["apis::spectra_analyze::single::invalid_hashes_are_refused_before_the_analysis_is_checked"],
    ),
    (
        "Single, Response Status Codes",
        "404 if the appliance does not have the sample",
        &["apis::spectra_analyze::single::samples_that_cannot_be_reanalysed_are_refused"],
    ),
    (
        "Single, Response Status Codes",
        "405 for extracted samples",
        &["apis::spectra_analyze::single::samples_that_cannot_be_reanalysed_are_refused"],
    ),
    (
        "Single, Response Status Codes",
        "405 for this type of appliance",
        &[
            "apis::spectra_analyze::single::an_appliance_that_may_not_reanalyse_refuses_before_looking_up_the_sample",
            "apis::spectra_analyze::single::an_appliance_without_cloud_refuses_only_that_engine",
        ],
    ),
    (
        "Multiple",
        "it is a POST",
        &[
            "apis::spectra_analyze::page::the_pages_python_and_bulk_examples_are_queued",
            "apis::spectra_analyze::routes::only_post_is_allowed",
        ],
    ),
    (
        "Multiple",
        "it schedules a set of samples that the appliance has",
        &[
            "apis::spectra_analyze::bulk::entries_are_in_the_order_of_the_request_and_contain_import_hashes",
            "apis::spectra_analyze::bulk::unknown_samples_have_an_entry_with_the_hash_as_it_was_sent",
        ],
    ),
    ("Multiple", "analysis is required", &["apis::spectra_analyze::bulk::the_analysis_must_name_engines"]),
    (
        "Multiple",
        "cloud sends the samples to Spectra Intelligence",
        &["apis::spectra_analyze::cloud::bulk_sends_samples_too_and_an_analysis_can_be_ended"],
    ),
    (
        "Multiple",
        "core also triggers configured services of dynamic analysis",
        &[
            "apis::spectra_analyze::dynamic::bulk_core_analysis_triggers_the_sandboxes_for_the_file_type",
            "apis::spectra_analyze::dynamic::without_the_setting_nothing_is_triggered",
        ],
    ),
    (
        "Multiple",
        "a service is triggered for its file types",
        &["apis::spectra_analyze::dynamic::bulk_core_analysis_triggers_the_sandboxes_for_the_file_type"],
    ),
    (
        "Multiple",
        "one value at least must be given",
        &["apis::spectra_analyze::bulk::the_analysis_must_name_engines"],
    ),
    (
        "Multiple, Request Parameters, analysis",
        "several values are separated by commas",
        &["apis::spectra_analyze::page::the_pages_python_and_bulk_examples_are_queued"],
    ),
    (
        "Multiple, Request Parameters, analysis",
        "cloud needs a connection to Spectra Intelligence",
        &[
            "apis::spectra_analyze::bulk::without_cloud_a_request_for_cloud_alone_is_refused_before_the_look_up",
        ],
    ),
    (
        "Multiple, Request Parameters",
        "the parameters are JSON",
        &[
            "apis::spectra_analyze::page::the_pages_python_and_bulk_examples_are_queued",
            "apis::spectra_analyze::bulk::a_form_is_accepted_with_a_finding",
        ],
    ),
    (
        "Multiple, Request Parameters, hash_value",
        "one hash at least must be given",
        &["apis::spectra_analyze::bulk::hashes_are_checked_before_the_analysis"],
    ),
    (
        "Multiple, Request Parameters, hash_value",
        "all hashes are of one type",
        &["apis::spectra_analyze::bulk::hashes_are_checked_before_the_analysis"],
    ),
    (
        "Multiple, Request Parameters, hash_value",
        "the type is sha1, sha256, sha512 or md5",
        &["apis::spectra_analyze::bulk::hashes_of_each_type_are_looked_up"],
    ),
    (
        "Multiple, Request Examples",
        "curl and Python send two hashes and both engines",
        &["apis::spectra_analyze::page::the_pages_python_and_bulk_examples_are_queued"],
    ),
    (
        "Multiple, Response Format",
        "code and message at the top are deprecated; those of the engines count",
        &["apis::spectra_analyze::queued_before::bulk_is_201_if_any_entry_is"],
    ),
    (
        "Multiple, Response Examples",
        "results has an entry for each sample",
        &[
            "apis::spectra_analyze::page::the_reply_of_bulk_is_as_printed_except_for_the_shortened_hashes",
            "apis::spectra_analyze::bulk::a_repeated_hash_has_an_entry_each_time",
        ],
    ),
    (
        "Multiple, Response Examples",
        "the first entry: 201 above engines of 201",
        &["apis::spectra_analyze::page::the_reply_of_bulk_is_as_printed_except_for_the_shortened_hashes"],
    ),
    (
        "Multiple, Response Examples",
        "the second entry: 200 above engines of 201",
        &[
            "apis::spectra_analyze::page::the_reply_of_bulk_is_as_printed_except_for_the_shortened_hashes",
            "apis::spectra_analyze::queued_before::a_sandbox_counts_and_a_rescan_by_spectra_intelligence_does_not",
        ],
    ),
    (
        "Multiple, Response Fields",
        "detail has sha1, sha256, sha512 and md5",
        &["apis::spectra_analyze::bulk::entries_are_in_the_order_of_the_request_and_contain_import_hashes"],
    ),
    (
        "Multiple, Response Fields",
        "detail of PE files, and of no others, has imphash",
        &["apis::spectra_analyze::import_hash::pe_files_have_one_and_other_files_have_none"],
    ),
    (
        "Multiple, Response Status Codes",
        "200 if the samples are queued already",
        &["apis::spectra_analyze::bulk::entries_are_in_the_order_of_the_request_and_contain_import_hashes"],
    ),
    (
        "Multiple, Response Status Codes",
        "201 if samples are queued, or queued for core",
        &[
            "apis::spectra_analyze::bulk::one_newly_queued_engine_gives_201",
            "apis::spectra_analyze::bulk::a_repeated_hash_has_an_entry_each_time",
        ],
    ),
    (
        "Multiple, Response Status Codes",
        "400 if a value is not a hash",
        &["apis::spectra_analyze::bulk::hashes_are_checked_before_the_analysis"],
    ),
    (
        "Multiple, Response Status Codes",
        "405 for extracted samples",
        &["apis::spectra_analyze::bulk::extracted_samples_have_an_entry_unless_all_samples_are_extracted"],
    ),
    (
        "Multiple, Response Status Codes",
        "405 for this type of appliance",
        &[
            "apis::spectra_analyze::bulk::an_appliance_that_may_not_reanalyse_refuses_every_request",
            "apis::spectra_analyze::bulk::without_cloud_a_request_for_cloud_alone_is_refused_before_the_look_up",
        ],
    ),
];

#[test]
fn every_sentence_of_the_page_is_held() {
    assert_held(PAGE);
}
