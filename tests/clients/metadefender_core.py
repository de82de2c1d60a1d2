"""mcl-platform-sdk against MetaDefender Core: the connectivity test, uploads and their results, batches, and what else it reads."""

import hashlib
import json
import ssl
import urllib.error
import urllib.request

from double import CA_FILE, Double, advance, call_admin, failing, flow, frozen, gives, raises, same
from mcl_platform_sdk import ApiClient, Configuration
from mcl_platform_sdk.api.analysis_api import AnalysisApi
from mcl_platform_sdk.api.auth_api import AuthApi
from mcl_platform_sdk.api.batch_api import BatchApi
from mcl_platform_sdk.api.data_sanitization_cdr_api import DataSanitizationCDRApi
from mcl_platform_sdk.api.file_scanning_api import FileScanningApi
from mcl_platform_sdk.api.license_api import LicenseApi
from mcl_platform_sdk.api.stats_api import StatsApi
from mcl_platform_sdk.exceptions import (
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnprocessableEntityException,
)
from mcl_platform_sdk.models.user_login_request import UserLoginRequest


def digest(text, kind="sha256"):
    return hashlib.new(kind, text.encode()).hexdigest()


def api(url):
    return AnalysisApi(ApiClient(Configuration(host=url, ssl_ca_cert=CA_FILE)))


def look(url, value, **headers):
    return api(url).get_analysis_by_hash(value, headers=headers)


def result_is(code, words, threat=None):
    def check(result):
        scan = result.scan_results
        assert (scan.scan_all_result_i, scan.scan_all_result_a) == (code, words), result
        assert result.data_id and result.file_info.sha256 == result.file_info.sha256.lower(), result
        if threat:
            assert threat in str(scan.scan_details), scan.scan_details
        return f"{code} {words}, {result.process_info.result}"

    return check


def nothing(result):
    assert result.data_id is None and result.scan_results is None, result
    return "an empty object, as for every miss"


def results(url):
    for kind in ("md5", "sha1", "sha256"):
        gives(f"result by {kind}", lambda: look(url, digest("stored", kind)), result_is(1, "Infected", "Win32.Emotet"))
    gives("result by upper case", lambda: look(url, digest("second").upper()), result_is(0, "No Threat Detected"))
    gives("result of the newest rule", lambda: look(url, digest("ruled")), result_is(1, "Infected", "Kiosk.Threat"))
    gives("result of one rule", lambda: look(url, digest("ruled"), rule="File scan"), result_is(0, "No Threat Detected"))
    gives("result of a rule without one", lambda: look(url, digest("stored"), rule="Nothing"), nothing)
    gives("result of an archive", lambda: look(url, digest("archive")), result_is(1, "Infected"))
    gives("result with every header that Core knows",
          lambda: look(url, digest("stored"), apikey="any", rule="File scan", selfonly="False", timerange="0"),
          result_is(1, "Infected"))
    gives("result without its children", lambda: look(url, digest("archive"), selfonly="True"), result_is(1, "Infected"))
    gives("result of the last hour", lambda: look(url, digest("stored"), timerange="1"), nothing)
    gives("result in progress, not wanted", lambda: look(url, digest("running"), include_inprogress="False"), nothing)
    gives("result in progress, wanted", lambda: look(url, digest("running"), include_inprogress="True"),
          result_is(255, "In Progress"))
    gives("result in progress", lambda: look(url, digest("running")), result_is(255, "In Progress"))
    gives("no result", lambda: look(url, digest("nobody")), nothing)
    gives("no result for a malformed hash", lambda: look(url, "no hash at all"), nothing)
    gives("result in a world of its own", lambda: look(f"{url}/_world/t1", digest("stored")), result_is(1, "Infected"))
    gives("result under the older path", lambda: look(f"{url}/metascan_rest", digest("stored")), result_is(1, "Infected"))
    gives("result, raw",
          lambda: api(url).get_analysis_by_hash(digest("nobody").upper(), response_type="raw").read().decode(),
          same(f'{{"{digest("nobody").upper()}":"Not Found"}}'))
    raises("an unknown path", NotFoundException, lambda: look(f"{url}/v2/nowhere", digest("stored")))


def rules(url):
    def names(*expected):
        def check(rules):
            assert [rule.name for rule in rules] == list(expected), rules
            return ", ".join(f"{rule.name} {rule.max_file_size}" for rule in rules)
        return check

    gives("rules", lambda: api(url).list_analysis_rules(), names("File scan"))
    # The client sends its argument user_agent as the header user-agent, which this API does not read.
    gives("rules for an agent, as the client sends it",
          lambda: api(url).list_analysis_rules(headers={"user_agent": "kiosk"}), names("File scan"))


def files(url):
    """Uploads: the client sends the file as multipart form data."""
    scans = lambda base: FileScanningApi(ApiClient(Configuration(host=base, ssl_ca_cert=CA_FILE)))
    world = frozen(url, "files")
    sent = gives("analyze_file", lambda: scans(world).analyze_file(("new.txt", b"new here")),
                 lambda result: f"data_id of {len(result.data_id)} digits")
    gives("get_file_analysis, at work", lambda: scans(world).get_file_analysis(sent.data_id), result_is(255, "In Progress"))
    advance(world, "10m")
    gives("get_file_analysis, done", lambda: scans(world).get_file_analysis(sent.data_id),
          result_is(0, "No Threat Detected"))
    gives("result by hash, after the upload", lambda: look(world, digest("new here")), result_is(0, "No Threat Detected"))
    gives("get_file_analysis of nothing", lambda: scans(world).get_file_analysis("00"), nothing)
    raises("analyze_file, empty", UnprocessableEntityException, lambda: scans(world).analyze_file(("new.txt", b"")))


def sessions(url):
    auth = AuthApi(ApiClient(Configuration(host=url, ssl_ca_cert=CA_FILE)))
    # The client requires an oms-csrf-token beside the session, which version 4 of the product does not send: read raw.
    log_in = lambda password, **more: auth.login(UserLoginRequest(user="admin", password=password), **more)
    said = gives("login", lambda: json.loads(log_in("x", response_type="raw").read()), lambda answer: f"session of {len(answer['session_id'])} digits")
    raises("login, a wrong password", ForbiddenException, lambda: log_in("wrong"),
           lambda error: same('{"err":"Failed to login"}')(error.body))
    raises("logout, no session", ForbiddenException, lambda: auth.logout(headers={"apikey": "wrong"}),
           lambda error: same('{"err":"Access denied"}')(error.body))
    gives("result in a session", lambda: look(url, digest("stored"), apikey=said["session_id"]), result_is(1, "Infected"))
    gives("get_license in a session", lambda: client(LicenseApi, url).get_license(headers={"apikey": said["session_id"]}),
          lambda found: f"{found.product_id}, {found.days_left} days left")


def client(api, url):
    return api(ApiClient(Configuration(host=url, ssl_ca_cert=CA_FILE)))


def connectivity(url):
    """What a client asks for to test its connection."""
    stats = client(StatsApi, url)
    gives("get_product_version", lambda: stats.get_product_version(), lambda found: f"{found.product_id} {found.version}")
    gives("get_health_check", lambda: stats.get_health_check(response_type="http").status_code, same(200))
    gives("get_health_check, verbose", lambda: stats.get_health_check(headers={"verbose": "true"}),
          lambda found: f"{len(found.engines)} engines, licence {found.license.status}, {found.scan_queue.number_in_queue} in the queue")
    gives("get_engines_status", lambda: stats.get_engines_status(),
          lambda found: ", ".join(sorted({engine.state for engine in found})) + f": {len(found)} engines")
    raises("get_license, nobody logged in", ForbiddenException, lambda: client(LicenseApi, url).get_license(),
           lambda error: same('{"err":"Access denied"}')(error.body))
    raises("get_nodes_status, which is not emulated", NotFoundException, lambda: stats.get_nodes_status(),
           lambda error: same('{"err":"Not Found"}')(error.body))


def verdict(url):
    """An upload, and the client's own polling until its result."""
    world = f"{url}/_world/polled"
    call_admin(world, "PUT", "settings/upload-time", {"value": "300ms"})
    scans = client(FileScanningApi, world)
    sent = gives("analyze_file, to poll", lambda: scans.analyze_file(("new.txt", b"polled")), lambda result: "accepted")
    gives("get_file_analysis, polling", lambda: scans.get_file_analysis(sent.data_id, headers={"timeout": 30, "poll_interval": 0.1}),
          result_is(0, "No Threat Detected"))


def batches(url):
    world = frozen(url, "batches")
    batch, scans = client(BatchApi, world), client(FileScanningApi, world)
    new = gives("create_batch", lambda: batch.create_batch(headers={"rule": "File scan"}), lambda found: f"batch_id of {len(found.batch_id)} digits")
    for name, content in (("one.txt", b"first of two"), ("stored.exe", b"stored")):
        gives(f"analyze_file, {name} of the batch",
              lambda: scans.analyze_file((name, content), headers={"batch": new.batch_id}), lambda result: "accepted")

    def state(closed, code, result):
        def check(found):
            assert (found.is_closed, found.scan_results.scan_all_result_i, found.process_info.result) == (closed, code, result), found
            assert found.batch_files.batch_count == 2, found
            return f"{code}, {result}, {len(found.batch_files.files_in_batch)} of {found.batch_files.batch_count} files"
        return check

    gives("get_batch_status, at work", lambda: batch.get_batch_status(new.batch_id), state(False, 255, "Processing"))
    gives("close_batch", lambda: batch.close_batch(new.batch_id, response_type="http").status_code, same(200))
    advance(world, "10m")
    gives("get_batch_status, done", lambda: batch.get_batch_status(new.batch_id), state(True, 1, "Blocked"))
    gives("get_batch_status, a part", lambda: batch.get_batch_status(new.batch_id, headers={"first": 1, "size": 1}), state(True, 1, "Blocked"))
    raises("get_batch_status, no such batch", NotFoundException, lambda: batch.get_batch_status("nobody"),
           lambda error: same('{"err":"Not found"}')(error.body))
    raises("download_sanitized_file, none", NotFoundException,
           lambda: client(DataSanitizationCDRApi, world).download_sanitized_file("nobody"),
           lambda error: same('{"err":"Not found"}')(error.body))
    gives("result of a part of an archive", lambda: look(world, digest("archive"), first=0, size=1), result_is(1, "Infected"))


def injected(url):
    for status in (500, 503):
        world = failing(url, status)
        raises(f"an injected {status}, a result", ServiceException, lambda: look(world, digest("stored")),
               lambda error: json.loads(error.body)["err"])
        raises(f"an injected {status}, the rules", ServiceException, lambda: api(world).list_analysis_rules())


def refusals(url):
    """What the client cannot be made to send, or has no operation for, by the standard library."""
    upload = lambda **headers: lambda: call(f"{url}/file", "POST", b"new", headers)
    raises("an upload in chunks", urllib.error.HTTPError,
           lambda: call(f"{url}/file", "POST", iter([b"new"]), {}), refused(411, "Missing Content-Length header."))
    raises("an upload with a callback that is no address", urllib.error.HTTPError,
           upload(callbackurl="nowhere"), refused(400, "Callback url is invalid."))
    raises("an upload to a batch that does not exist", urllib.error.HTTPError, upload(batch="nobody"), refused(400))
    gives("a sanitised file", lambda: call(f"{url}/file/converted/sanitised").decode(), same("harmless"))


def switched(url):
    """What settings change."""
    raises("a malformed hash, in later versions", urllib.error.HTTPError, lambda: call(f"{url}/hash/abc"), refused(404))
    raises("the version, without a session", urllib.error.HTTPError, lambda: call(f"{url}/version"),
           refused(403, "Access denied"))
    raises("get_health_check, the licence has expired", ServiceException,
           lambda: client(StatsApi, url).get_health_check(), lambda error: same(503)(error.status))


def call(url, method="GET", body=None, headers=None):
    request = urllib.request.Request(url, body, headers or {}, method=method)
    trust = ssl.create_default_context(cafile=CA_FILE) if CA_FILE else None
    with urllib.request.urlopen(request, timeout=20, context=trust) as response:
        return response.read()


def refused(status, text=None):
    def check(error):
        assert error.code == status, error
        said = json.loads(error.read())["err"]
        assert text in (None, said), said
        return f"{status} {said}"
    return check


def keys(url):
    gives("a key where one is needed", lambda: look(url, digest("stored"), apikey="corekey"), result_is(1, "Infected"))
    raises("a wrong key", ForbiddenException, lambda: look(url, digest("stored"), apikey="wrong"),
           lambda error: same('{"err":"Access denied"}')(error.body))
    raises("no key", ForbiddenException, lambda: look(url, digest("stored")))
    gives("rules with a key", lambda: api(url).list_analysis_rules(headers={"apikey": "corekey"}), lambda found: f"{len(found)} rules")
    raises("rules without a key", ForbiddenException, lambda: api(url).list_analysis_rules())


with Double() as address:
    flow("look up a hash")
    results(address)
    rules(address)
    flow("upload, then verdict")
    files(address)
    flow("test the connection")
    connectivity(address)
    flow("upload, then verdict")
    verdict(address)
    flow("batches")
    batches(address)
    flow("errors")
    injected(address)
    refusals(address)
with Double("metadefender-core.malformed-hash-404=true", "metadefender-core.version-session=true",
            "metadefender-core.license-days=0") as address:
    flow("settings")
    switched(address)
with Double(fixtures=("fixtures-keys.yaml",)) as address:
    flow("keys")
    keys(address)
    flow("sessions")
    sessions(address)
with Double("metadefender-core.login-csrf-token=true", fixtures=("fixtures-keys.yaml",)) as address:
    gives("login, as newer versions answer it",
          lambda: AuthApi(ApiClient(Configuration(host=address, ssl_ca_cert=CA_FILE))).login(
              UserLoginRequest(user="admin", password="x")),
          lambda answer: f"session of {len(answer.session_id)} digits")
