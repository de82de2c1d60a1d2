"""reversinglabs-sdk-py3 against Spectra Analyze: tokens, statuses, both versions of the reanalysis."""

import hashlib
import inspect
import io
import re
import warnings

from double import VERIFY, Double, advance, failing, flow, frozen, gives, raises, same
from ReversingLabs.SDK import helper
from ReversingLabs.SDK.a1000 import A1000

warnings.simplefilter("ignore")

# Only the older client calls version 1.
HAS_V1 = hasattr(A1000, "reanalyze_samples")
QUEUED = "Sample is queued for analysis."
QUEUED_CORE = "Sample is sent to core analysis."
ALREADY = "Sample is already queued for analysis."


def digest(text, kind="sha1"):
    return hashlib.new(kind, text.encode()).hexdigest()


def client(url, token="exampletoken", **more):
    return A1000(host=url, token=token, verify=VERIFY, **more)


def error_says(*parts):
    """Returns a check of the error's response text. Only newer SDK versions put the response in the error."""
    has_response = "response_object" in inspect.signature(helper.NotFoundError.__init__).parameters

    def check(error):
        for part in parts if has_response else ():
            assert part in error.response_object.text, error.response_object.text

    return check


def json_is(status, *keys):
    """Returns a check of the status, and that the JSON body has these keys in this order."""

    def check(response):
        assert response.status_code == status, (response.status_code, response.text)
        assert response.headers["Content-Type"] == "application/json", response.headers
        assert tuple(response.json()) == keys, response.text

    return check


def tokens(url):
    for user, password in (("scandouble", "scandouble"), ("odd@user", "p@ss word&=+")):
        gives(f"a token for user {user}, and a call with it", lambda: fetch_and_call(url, user, password), token_is)
    gives("a token in a world of its own",
          lambda: A1000(host=f"{url}/_world/t1", username="scandouble", password="scandouble", verify=VERIFY).test_connection(),
          lambda result: "connected")
    raises("a token for a wrong password", helper.BadRequestError,
           lambda: A1000(host=url, username="scandouble", password="wrong", verify=VERIFY),
           error_says('{"non_field_errors":["Unable to log in with provided credentials."]}'))
    raises("a token for an inactive user", helper.BadRequestError,
           lambda: A1000(host=url, username="inactive", password="scandouble", verify=VERIFY),
           error_says("Unable to log in with provided credentials."))
    raises("a token for a blank password", helper.BadRequestError,
           lambda: A1000(host=url, username="scandouble", password=" ", verify=VERIFY))


def fetch_and_call(url, user, password):
    made = A1000(host=url, username=user, password=password, verify=VERIFY)
    made.test_connection()
    return made._headers["Authorization"]


def token_is(header):
    assert re.fullmatch("Token [0-9a-f]{40}", header), header


def connection(url):
    gives("test_connection", lambda: client(url).test_connection(), lambda result: "connected")
    raises("test_connection, unknown token", helper.ForbiddenError,
           lambda: client(url, token="wrong").test_connection(), error_says('{"detail":"Invalid token."}'))
    raises("test_connection, a token with a space", helper.ForbiddenError,
           lambda: client(url, token="a b").test_connection(), error_says("should not contain spaces"))
    gives("test_connection, two spaces before the token",
          lambda: client(url, token=" exampletoken").test_connection(), lambda result: "connected")


def statuses(url):
    hashes = [digest("stored"), digest("nobody"), digest("absent")]
    if hasattr(A1000, "file_analysis_status"):
        def results(*expected):
            def check(response):
                answer = response.json()
                assert list(answer) == ["hash_type", "results"] and answer["hash_type"] == "sha1", answer
                assert [tuple(each.values()) for each in answer["results"]] == list(expected), answer
            return check
        gives("file_analysis_status", lambda: client(url).file_analysis_status(hashes),
              results((hashes[0], "processed"), (hashes[1], "not_found"), (hashes[2], "not_found")))
        gives("file_analysis_status, processed",
              lambda: client(url).file_analysis_status(hashes, "processed"), results((hashes[0], "processed")))
        gives("file_analysis_status, not_found",
              lambda: client(url).file_analysis_status(hashes, "not_found"),
              results((hashes[1], "not_found"), (hashes[2], "not_found")))
        status = lambda values: client(url).file_analysis_status(values)
    else:
        status = lambda values: client(url)._A1000__analysis_is_finished(values)
        gives("analysis is finished", lambda: status(hashes[:1]), same(True))
        gives("analysis is not finished", lambda: status(hashes), same(False))
    raises("status of no hashes", helper.BadRequestError, lambda: status([]))
    raises("status of a malformed hash", helper.BadRequestError, lambda: status(["abc"]))
    raises("status of two types of hashes", helper.BadRequestError,
           lambda: status([digest("stored"), digest("stored", "md5")]))


def version_1_single(url):
    def analyze(value, token="exampletoken", **more):
        return client(url, token).reanalyze_samples(value, **more)

    def answered(code, message, *engines):
        def check(response):
            answer = response.json()
            json_is(code, "code", "message", "analysis", "detail")(response)
            assert (answer["code"], answer["message"]) == (code, message), answer
            shown = [(engine["name"], engine["code"], engine["message"]) for engine in answer["analysis"]]
            assert shown == list(engines), answer
            assert answer["detail"]["sha1"] == digest("stored"), answer
        return check

    gives("V1 single, both engines", lambda: analyze(digest("stored")),
          answered(201, QUEUED, ("core", 201, QUEUED_CORE), ("cloud", 201, QUEUED)))
    gives("V1 single, still queued", lambda: analyze(digest("stored")),
          answered(200, ALREADY, ("core", 200, ALREADY), ("cloud", 200, ALREADY)))
    for kind in ("md5", "sha256", "sha512"):
        gives(f"V1 single, {kind}, upper case, cloud alone, still queued",
              lambda: analyze(digest("stored", kind).upper(), titanium_core=False),
              answered(200, ALREADY, ("cloud", 200, ALREADY)))
    raises("V1 single, unknown", helper.NotFoundError, lambda: analyze(digest("nobody")))
    raises("V1 single, not on the appliance", helper.NotFoundError, lambda: analyze(digest("absent")))
    raises("V1 single, extracted", helper.NotAllowedError, lambda: analyze(digest("extracted")))
    raises("V1 single, unknown token", helper.ForbiddenError, lambda: analyze(digest("stored"), token="wrong"))


def version_1_bulk(url):
    def analyze(values, **more):
        return client(url).reanalyze_samples(values, **more)

    def entries(status, *expected):
        def check(response):
            json_is(status, "results")(response)
            shown = [(entry["code"], entry["detail"].get("sha1")) for entry in response.json()["results"]]
            assert shown == list(expected), response.text
            return f"{status} {shown}"[:90]
        return check

    second, third = digest("second"), digest("third")
    gives("V1 bulk, one new, one unknown, one extracted",
          lambda: analyze([second, digest("nobody"), digest("extracted")]),
          entries(201, (201, second), (404, digest("nobody")), (405, digest("extracted"))))
    gives("V1 bulk, nothing new", lambda: analyze([second]), entries(200, (200, second)))
    gives("V1 bulk, one new of two", lambda: analyze([second, third]), entries(201, (200, second), (201, third)))
    gives("V1 bulk, all unknown", lambda: analyze([digest("nobody")]), entries(200, (404, digest("nobody"))))
    ruled = digest("ruled")
    gives("V1 bulk, cloud alone", lambda: analyze([ruled], titanium_core=False), entries(201, (201, ruled)))
    gives("V1 bulk, core as well", lambda: analyze([ruled]), entries(200, (200, ruled)))
    raises("V1 bulk, all extracted", helper.NotAllowedError,
           lambda: analyze([digest("extracted"), digest("extracted too")]))
    raises("V1 bulk, two types of hashes", helper.BadRequestError, lambda: analyze([second, digest("second", "md5")]))


def version_2(url):
    def analyze(values, token="exampletoken", **engines):
        return client(url, token).reanalyze_samples_v2(values, **engines)

    def entries(status, *expected):
        def check(response):
            json_is(status, "results")(response)
            shown = [[(engine["name"], engine["code"]) for engine in entry["analysis"]]
                     for entry in response.json()["results"]]
            assert shown == list(expected), response.text
            assert all("code" not in entry for entry in response.json()["results"]), response.text
            return f"{status} {shown}"[:90]
        return check

    fourth = digest("fourth")
    gives("V2, both engines", lambda: analyze(fourth, titanium_cloud=True, titanium_core=True),
          entries(200, [("cloud", 201), ("core", 201)]))
    gives("V2, still queued", lambda: analyze([fourth], titanium_cloud=True), entries(200, [("cloud", 200)]))
    gives("V2, one unknown", lambda: analyze([fourth, digest("nobody")], titanium_core=True),
          entries(200, [("core", 200)], [("core", 404)]))
    gives("V2, engines that are not configured",
          lambda: analyze(fourth, cuckoo_sandbox=True, fireeye=True, joe_sandbox=True, cape=True),
          entries(200, [("cuckoo", 405), ("fireeye", 405), ("joe", 405), ("cape", 405)]))
    gives("V2, the sandbox in the cloud",
          lambda: analyze(fourth, rl_cloud_sandbox=True, rl_cloud_sandbox_platform="windows10"),
          entries(200, [("rl_cloud_sandbox", 405)]))
    raises("V2, two types of hashes", helper.BadRequestError,
           lambda: analyze([fourth, digest("fourth", "md5")], titanium_cloud=True))
    raises("V2, unknown token", helper.ForbiddenError, lambda: analyze(fourth, token="wrong", titanium_cloud=True))


def queue(url):
    """A sample stays queued for the analysis time, and can then be queued again."""
    world = frozen(url, "queue")

    def analyze():
        answer = client(world).reanalyze_samples_v2([digest("stored")], titanium_cloud=True)
        return answer.json()["results"][0]["analysis"][0]["code"]

    gives("V2, newly queued", analyze, same(201))
    advance(world, "29s")
    gives("V2, still queued before the analysis time is over", analyze, same(200))
    advance(world, "1s")
    gives("V2, queued again after the analysis time", analyze, same(201))


def refused(url, error, what):
    """Checks that version 1 refuses every reanalysis with this error."""
    if HAS_V1:
        raises(f"{what}, V1 single", error, lambda: client(url).reanalyze_samples(digest("stored")))
        raises(f"{what}, V1 bulk", error, lambda: client(url).reanalyze_samples([digest("stored")]))


def uploads(url):
    """The older client uploads to /api/uploads/, newer ones to /api/submit/file/."""

    def upload(base, content):
        made, file = client(base), io.BytesIO(content)
        send = made.upload_sample_from_file if HAS_V1 else made.submit_file_from_handle
        return send(file, custom_filename="new.txt")

    gives("upload", lambda: upload(url, b"new here"), json_is(201, "code", "message", "detail"))
    if HAS_V1:
        gives("V1 single, what was uploaded", lambda: client(url).reanalyze_samples(digest("new here")),
              json_is(201, "code", "message", "analysis", "detail"))
    else:
        gives("V2, what was uploaded", lambda: client(url).reanalyze_samples_v2(digest("new here"), titanium_cloud=True),
              json_is(200, "results"))
    raises("upload nothing", helper.BadRequestError, lambda: upload(url, b""))


def upload_to_verdict(url):
    """What connectors do: upload, wait for the status, read reports and the classification, delete."""
    world = frozen(url, "verdict")
    # The client sleeps between attempts, and the frozen clock does not move meanwhile.
    made = A1000(host=world, token="exampletoken", verify=VERIFY, wait_time_seconds=0, retries=1)
    sample = digest("to be judged")
    fields = ["sha1", "classification", "riskscore", "networkthreatintelligence", "domainthreatintelligence"]
    gives("test_connection", made.test_connection, lambda result: "connected")
    gives("upload a file", lambda: made.submit_file_from_handle(io.BytesIO(b"to be judged"), custom_filename="judged.txt"),
          lambda answer: same((201, sample, f"/?q={sample}"))(
              (answer.status_code, answer.json()["detail"]["sha1"], answer.json()["detail"]["href"])))
    raises("a report that is not ready", helper.RequestTimeoutError, lambda: made.get_summary_report_v2(sample))
    advance(world, "2s")
    report = {"count": 1, "next": None, "previous": None,
              "results": [{"classification": "goodware", "riskscore": 0, "sha1": sample}]}
    gives("get_summary_report_v2", lambda: made.get_summary_report_v2(sample, fields=fields).json(), same(report))
    gives("get_detailed_report_v2", lambda: made.get_detailed_report_v2(sample, fields=fields).json(), same(report))
    gives("get_summary_report_v2, every field that it asks for", lambda: made.get_summary_report_v2(sample),
          json_is(200, "count", "next", "previous", "results"))
    gives("get_classification_v3", lambda: made.get_classification_v3(sample),
          json_is(200, "classification", "riskscore", "first_seen", "last_seen", "classification_result", "classification_reason",
                  "classification_origin", "cloud_last_lookup", "data_source", "sha1", "sha256", "md5"))
    gives("get_classification_v3, an infected file",
          lambda: made.get_classification_v3(digest("stored"), local_only=True).json()["data_source"], same("LOCAL"))
    raises("get_classification_v3, unknown", helper.NotFoundError, lambda: made.get_classification_v3(digest("nobody")))
    gives("delete_samples", lambda: made.delete_samples(sample).json()["results"]["message"],
          same("Sample deleted successfully."))
    raises("delete_samples again", helper.NotFoundError, lambda: made.delete_samples(sample))
    gives("its status then", lambda: made.file_analysis_status([sample]).json()["results"][0]["status"], same("not_found"))

    sent = lambda: made.submit_url("https://download.example.com/setup.exe", crawler="local").json()["detail"]
    gives("submit_url", lambda: sorted(sent()), same(["created", "filename", "id", "user"]))
    task = str(sent()["id"])
    gives("check_submitted_url_status", lambda: made.check_submitted_url_status(task).json()["processing_status"],
          same("processing"))
    raises("a report of a URL that is not ready", helper.RequestTimeoutError,
           lambda: made.get_submitted_url_report(task, retry=True))
    advance(world, "2s")
    gives("get_submitted_url_report", lambda: made.get_submitted_url_report(task, retry=True).json()["report"]["sha1"],
          same(digest("at a URL")))
    lost = str(made.submit_url("https://download.example.com/lost", crawler="local").json()["detail"]["id"])
    advance(world, "2s")
    raises("a URL without a sample", Exception, lambda: made.get_submitted_url_report(lost, retry=True))


def injected(url):
    for status, error in ((500, helper.InternalServerError), (503, helper.ServiceUnavailableError)):
        world = failing(url, status)
        refused(world, error, f"an injected {status}")
        raises(f"an injected {status}, V2", error,
               lambda: client(world).reanalyze_samples_v2(digest("stored"), titanium_cloud=True))
        raises(f"an injected {status}, test_connection", error, lambda: client(world).test_connection())
        raises(f"an injected {status}, a token", error,
               lambda: A1000(host=world, username="scandouble", password="scandouble", verify=VERIFY))


def other_statuses(url):
    """Statuses that the public methods cannot provoke, through the client's own request and error handling."""

    def send(method, path, **more):
        made = client(url)
        response = getattr(made, f"_A1000__{method}_request")(url=f"{url}{path}", **more)
        made._A1000__raise_on_error(response)
        return response

    raises("a malformed hash", helper.BadRequestError,
           lambda: send("post", "/api/samples/abc/analyze/", data={"analysis": "cloud"}))
    raises("no engine", helper.BadRequestError, lambda: send("post", f"/api/samples/{digest('third')}/analyze/"))
    bulk = lambda data: send("post", "/api/samples/analyze_bulk/", data=data)
    raises("V1 bulk, a malformed hash", helper.BadRequestError, lambda: bulk({"hash_value": "abc", "analysis": "cloud"}))
    raises("V1 bulk, no hash", helper.BadRequestError, lambda: bulk({"analysis": "cloud"}))
    raises("V1 bulk, an unknown engine", helper.BadRequestError,
           lambda: bulk({"hash_value": digest("third"), "analysis": "x"}))
    raises("an unknown engine", helper.BadRequestError,
           lambda: send("post", "/api/samples/v2/analyze_bulk/", data={"hash_value": digest("third"), "analysis": "x"}))
    raises("a wrong method", helper.NotAllowedError, lambda: send("get", "/api/samples/analyze_bulk/"))
    raises("an unknown path", helper.NotFoundError, lambda: send("post", "/api/samples/nothing/here/"))
    raises("a classification of a malformed hash", helper.BadRequestError,
           lambda: send("get", "/api/samples/v3/abc/classification/"))
    raises("reports of no hash", helper.BadRequestError, lambda: send("post", "/api/samples/v2/list/", data={}))
    raises("delete a malformed hash", helper.BadRequestError, lambda: send("delete", "/api/samples/abc/"))
    raises("an upload by URL that never was", helper.NotFoundError, lambda: send("get", "/api/uploads/v2/url-samples/999/"))
    raises("a body of 20 MB", helper.RequestTooLargeError,
           lambda: send("post", "/api/samples/analyze_bulk/", data=b"a" * 20_000_000))
    gives("JSON by hand",
          lambda: send("post", "/api/samples/analyze_bulk/", post_json={"hash_value": [digest("archive")], "analysis": "cloud"}),
          json_is(201, "results"))


with Double() as address:
    flow("test the connection")
    tokens(address)
    connection(address)
    flow("status of samples")
    statuses(address)
    flow("reanalyse, version 1")
    if HAS_V1:
        version_1_single(address)
        version_1_bulk(address)
    flow("upload, then reanalyse")
    uploads(address)
    flow("upload, then verdict")
    if not HAS_V1:
        upload_to_verdict(address)
    flow("reanalyse, version 2")
    version_2(address)
    flow("errors")
    other_statuses(address)
    flow("reanalyse, version 2")
    queue(address)
    flow("errors")
    injected(address)
with Double("auth=off") as address:
    flow("settings")
    gives("any token, where the double asks for none",
          lambda: client(address, token="whatever").test_connection(), lambda result: "connected")
with Double("spectra-analyze.unauthenticated=401") as address:
    raises("an unknown token, where it is 401", helper.UnauthorizedError,
           lambda: client(address, token="wrong").test_connection())
with Double("spectra-analyze.appliance-may-reanalyse=false") as address:
    refused(address, helper.NotAllowedError, "an appliance that may not reanalyse")
    # Version 2 refuses for each engine, inside a successful answer.
    gives("an appliance that may not reanalyse, V2",
          lambda: client(address).reanalyze_samples_v2(digest("stored"), titanium_cloud=True),
          lambda response: same([405])([engine["code"] for engine in response.json()["results"][0]["analysis"]]))
with Double("spectra-analyze.cloud-connected=false") as address:
    gives("V2, the cloud is not connected",
          lambda: client(address).reanalyze_samples_v2(digest("stored"), titanium_cloud=True, titanium_core=True),
          lambda response: same([405, 201])([engine["code"] for engine in response.json()["results"][0]["analysis"]]))
