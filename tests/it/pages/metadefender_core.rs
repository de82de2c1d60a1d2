//! MetaDefender Core v4, 7.1.3.3, Fetch Processing Result by File Hash.

use super::{Sentence, assert_held};

const PAGE: &[Sentence] = &[
    (
        "Title",
        "results are retrieved by a hash of the file",
        &["apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture"],
    ),
    (
        "Request, Method",
        "it is GET",
        &[
            "apis::metadefender_core::documented::the_first_example_is_found_by_each_hash_in_any_case_under_both_prefixes",
            "apis::metadefender_core::malformed::methods_other_than_get_and_head",
        ],
    ),
    (
        "Request, URL",
        "the path has an MD5, a SHA-1 or a SHA-256",
        &[
            "apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture",
            "apis::metadefender_core::documented::a_sha512_is_not_found",
            "apis::metadefender_core::malformed::a_malformed_hash_is_not_found_and_graded_assumed",
        ],
    ),
    (
        "Request HTTP header parameters, rule",
        "it is not required",
        &["apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture"],
    ),
    (
        "Request HTTP header parameters, rule",
        "it is the name of a rule in the list of rules",
        &[
            "apis::metadefender_core::rules::the_most_recent_finished_result_under_the_rule_is_returned",
            "apis::metadefender_core::rules::the_list_has_the_rules_for_the_agent_and_for_all_agents",
        ],
    ),
    (
        "Request HTTP header parameters, below the table",
        "the most recent result is returned",
        &[
            "apis::metadefender_core::page::the_most_recent_result_is_returned_whatever_it_found",
            "apis::metadefender_core::progress::an_earlier_finished_result_wins_over_a_running_one",
        ],
    ),
    (
        "Request HTTP header parameters, below the table",
        "with rule it is the most recent one under that rule, if there is one",
        &[
            "apis::metadefender_core::rules::the_most_recent_finished_result_under_the_rule_is_returned",
            "apis::metadefender_core::rules::a_rule_without_a_result_is_not_found",
            "apis::metadefender_core::rules::a_rule_with_only_a_running_result_returns_it",
        ],
    ),
    (
        "Successful response",
        "the status is 200, and the example is the body",
        &[
            "apis::metadefender_core::documented::the_first_example_is_found_by_each_hash_in_any_case_under_both_prefixes",
        ],
    ),
    (
        "Response description, data_id",
        "it identifies the result of the file",
        &[
            "apis::metadefender_core::page::the_most_recent_result_is_returned_whatever_it_found",
            "apis::metadefender_core::files::every_result_is_found_by_its_data_id",
        ],
    ),
    (
        "Response description, file_info",
        "it has basic information of the file",
        &["apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture"],
    ),
    (
        "Response description, scan_results",
        "data_id is the same again",
        &["apis::metadefender_core::page::the_most_recent_result_is_returned_whatever_it_found"],
    ),
    (
        "Response description, scan_results",
        "the scan is completed when progress_percentage is 100",
        &[
            "apis::metadefender_core::progress::progress_follows_the_clock_until_the_result_is_final",
            "apis::metadefender_core::contents::an_archive_is_in_progress_while_anything_inside_is_scanned",
            "apis::metadefender_core::contents::an_archive_finishes_when_a_file_inside_ends_manually",
        ],
    ),
    (
        "Response description, scan_results",
        "scan_all_result_a is the overall result in words",
        &["apis::metadefender_core::derived::every_verdict_has_its_code_name_and_outcome"],
    ),
    (
        "Response description, scan_results",
        "scan_all_result_i is the overall result as a code",
        &["apis::metadefender_core::derived::every_verdict_has_its_code_name_and_outcome"],
    ),
    (
        "Response description, scan_results",
        "results of engines are consolidated by nine priorities",
        &[
            "apis::metadefender_core::derived::engines_decide_by_priority_over_the_verdict_of_the_fixture",
            "apis::metadefender_core::archives::an_archive_has_the_worst_result_of_its_files_at_any_depth",
        ],
    ),
    (
        "Response description, scan_details",
        "each engine's result is under its name",
        &["apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture"],
    ),
    (
        "Response description, scan_details",
        "def_time is the time of the engine's definitions",
        &["apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture"],
    ),
    (
        "Response description, scan_details",
        "location is where the engine runs",
        &[
            "apis::metadefender_core::page::last_file_scanned_and_vulnerabilities_are_there_where_a_fixture_says_them",
        ],
    ),
    (
        "Response description, scan_details",
        "scan_result_i is the engine's result as a code",
        &[
            "apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture",
            "apis::metadefender_core::progress::progress_follows_the_clock_until_the_result_is_final",
        ],
    ),
    (
        "Response description, scan_details",
        "scan_time is how long the engine scanned, in milliseconds",
        &["apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture"],
    ),
    (
        "Response description, scan_details",
        "wait_time is how long its result took, in milliseconds",
        &[
            "apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture",
            "apis::metadefender_core::derived::a_minimal_fixture_has_the_same_plausible_reply_every_time",
        ],
    ),
    (
        "Response description, scan_details",
        "threat_found names what was found",
        &[
            "apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture",
            "apis::metadefender_core::derived::derived_engines_of_a_skipped_file_take_no_time_and_find_nothing",
        ],
    ),
    (
        "Response description, scan_results",
        "start_time is when scanning began",
        &[
            "apis::metadefender_core::page::the_agent_and_the_rule_are_those_of_the_upload",
            "apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture",
        ],
    ),
    (
        "Response description, scan_results",
        "total_avs is the number of engines",
        &[
            "apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture",
            "apis::metadefender_core::derived::engines_decide_by_priority_over_the_verdict_of_the_fixture",
        ],
    ),
    (
        "Response description, scan_results",
        "total_time is how long scanning took, in milliseconds",
        &[
            "apis::metadefender_core::page::the_agent_and_the_rule_are_those_of_the_upload",
            "apis::metadefender_core::progress::progress_follows_the_clock_until_the_result_is_final",
        ],
    ),
    (
        "Response description, process_info",
        "processing_time is how long processing took, in milliseconds",
        &[
            "apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture",
            "apis::metadefender_core::derived::a_minimal_fixture_has_the_same_plausible_reply_every_time",
        ],
    ),
    (
        "Response description, process_info",
        "progress_percentage is how much is processed",
        &[
            "apis::metadefender_core::progress::progress_follows_the_clock_until_the_result_is_final",
            "apis::metadefender_core::contents::an_archive_is_in_progress_while_anything_inside_is_scanned",
        ],
    ),
    (
        "Response description, process_info",
        "user_agent is who called the API",
        &["apis::metadefender_core::page::the_agent_and_the_rule_are_those_of_the_upload"],
    ),
    (
        "Response description, process_info",
        "profile is the name of the rule",
        &[
            "apis::metadefender_core::page::the_agent_and_the_rule_are_those_of_the_upload",
            "apis::metadefender_core::rules::the_most_recent_finished_result_under_the_rule_is_returned",
        ],
    ),
    (
        "Response description, process_info",
        "queue_time is how long the file waited, in milliseconds",
        &[
            "apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture",
            "apis::metadefender_core::page::the_agent_and_the_rule_are_those_of_the_upload",
        ],
    ),
    (
        "Response description, process_info",
        "result is Allowed, Blocked or Processing",
        &[
            "apis::metadefender_core::derived::every_verdict_has_its_code_name_and_outcome",
            "apis::metadefender_core::contents::an_archive_is_in_progress_while_anything_inside_is_scanned",
            "apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture",
        ],
    ),
    (
        "Response description, process_info",
        "blocked_reason says why a file is blocked",
        &[
            "apis::metadefender_core::page::every_field_of_a_result_follows_from_the_fixture",
            "apis::metadefender_core::derived::every_verdict_has_its_code_name_and_outcome",
        ],
    ),
    (
        "Response description, process_info",
        "file_type_skipped_scan says whether files of this type are not scanned",
        &[
            "apis::metadefender_core::page::last_file_scanned_and_vulnerabilities_are_there_where_a_fixture_says_them",
        ],
    ),
    (
        "Response description, outdated_data",
        "it lists what is outdated, if anything is",
        &[
            "apis::metadefender_core::derived::outdated_flags_appear_in_order_as_time_passes",
            "apis::metadefender_core::definitions::a_result_is_outdated_if_another_one_shows_newer_definitions_of_its_engine",
        ],
    ),
    (
        "Response description, outdated_data",
        "enginedefinitions: an engine has newer definitions",
        &[
            "apis::metadefender_core::definitions::a_result_is_outdated_if_another_one_shows_newer_definitions_of_its_engine",
            "apis::metadefender_core::definitions::an_older_result_of_the_same_file_is_outdated_as_well",
            "apis::metadefender_core::definitions::derived_engines_are_outdated_by_the_setting_alone",
        ],
    ),
    (
        "Response description, outdated_data",
        "configuration: the rule was modified since",
        &[
            "apis::metadefender_core::derived::a_rule_modified_before_the_end_of_processing_is_not_outdated",
            "apis::metadefender_core::derived::outdated_flags_appear_in_order_as_time_passes",
        ],
    ),
    (
        "Response description, outdated_data",
        "sanitization: the sanitised file is gone",
        &[
            "apis::metadefender_core::derived::outdated_flags_appear_in_order_as_time_passes",
            "apis::metadefender_core::companions::a_sanitised_file_is_returned_until_it_goes_away",
        ],
    ),
    (
        "Response description, vulnerability_info",
        "it is described elsewhere",
        &[
            "apis::metadefender_core::page::last_file_scanned_and_vulnerabilities_are_there_where_a_fixture_says_them",
        ],
    ),
    (
        "Possible overall and per engine scan results",
        "fourteen results have a name and a code",
        &["apis::metadefender_core::derived::every_verdict_has_its_code_name_and_outcome"],
    ),
    (
        "Possible overall and per engine scan results",
        "In Progress is 255",
        &[
            "apis::metadefender_core::progress::progress_follows_the_clock_until_the_result_is_final",
            "apis::metadefender_core::contents::an_archive_is_in_progress_while_anything_inside_is_scanned",
        ],
    ),
    (
        "Successful response with archive detection",
        "the status is 200, and the example is the body",
        &["apis::metadefender_core::documented::the_archive_example_and_its_files_are_found"],
    ),
    (
        "Completed response description with archive detection, extracted_files",
        "files_in_archive lists the files of the archive",
        &[
            "apis::metadefender_core::contents::an_archive_is_in_progress_while_anything_inside_is_scanned",
            "apis::metadefender_core::archives::an_archive_has_the_worst_result_of_its_files_at_any_depth",
        ],
    ),
    (
        "Completed response description with archive detection, extracted_files",
        "detected_by is the number of engines that report a threat",
        &[
            "apis::metadefender_core::contents::an_archive_is_in_progress_while_anything_inside_is_scanned",
            "apis::metadefender_core::derived::derived_engines_of_a_skipped_file_take_no_time_and_find_nothing",
        ],
    ),
    (
        "Completed response description with archive detection, scan_results",
        "last_file_scanned is there if it is known",
        &[
            "apis::metadefender_core::page::last_file_scanned_and_vulnerabilities_are_there_where_a_fixture_says_them",
            "apis::metadefender_core::archives::an_archive_has_the_worst_result_of_its_files_at_any_depth",
        ],
    ),
    (
        "Response (not existing hash)",
        "the status is 200, and the hash is the key of Not Found",
        &["apis::metadefender_core::documented::an_unknown_hash_is_repeated_as_requested"],
    ),
    (
        "Error response",
        "an unexpected event is 500 with a message under err",
        &["apis::metadefender_core::faults::known_statuses_have_the_body_of_the_vendor"],
    ),
];

#[test]
fn every_sentence_of_fetch_processing_result_by_file_hash_has_a_test() {
    assert_held(PAGE);
}
