"""mcl-platform-sdk against MetaDefender Cloud: many hashes at once, and one; keys; uploads and their results.

The client is of version 4 of the API. Its many-hashes call wants the answer of that version, so version 2 is read raw;
refusals come as the client's own exceptions.
"""

import base64
import hashlib
import json

from double import CA_FILE, Double, advance, failing, flow, frozen, gives, raises, same
from mcl_platform_sdk import ApiClient, Configuration
from mcl_platform_sdk.api.apikey_api import ApikeyApi
from mcl_platform_sdk.api.application_information_api import ApplicationInformationApi
from mcl_platform_sdk.api.file_scanning_api import FileScanningApi
from mcl_platform_sdk.api.hash_lookups_api import HashLookupsApi
from mcl_platform_sdk.exceptions import (
    ApiException,
    BadRequestException,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnauthorizedException,
)
from mcl_platform_sdk.models.multiple_hash_lookup_request import MultipleHashLookupRequest

KEY = {"apikey": "exampleapikey"}
EICAR = base64.b64decode("WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo=")


def digest(text, kind="sha256"):
    return hashlib.new(kind, text.encode()).hexdigest()


def client(url):
    return ApiClient(Configuration(host=url, ssl_ca_cert=CA_FILE))


def api(url):
    return HashLookupsApi(client(url))


def code(expected):
    return lambda error: same(expected)(json.loads(error.body)["error"]["code"])


def look(url, hashes, headers=KEY, **more):
    return api(url).lookup_hashes(MultipleHashLookupRequest(hash=hashes), headers=headers, **more)


def raw(url, hashes, headers=KEY):
    response = look(url, hashes, headers, response_type="raw")
    return response.status, response.read().decode(), response.headers


def codes_are(*expected):
    def check(answer):
        status, body, headers = answer
        assert status == 200 and headers["Content-Type"] == "application/json; charset=utf-8", answer
        shown = [entry["scan_result"] for entry in json.loads(body)]
        assert shown == list(expected), body
        return f"200 {shown}"[:90]

    return check


def says(text):
    return lambda error: same(f'{{"err":"{text}"}}')(error.body)


def bulk(url):
    stored, second, nobody = digest("stored"), digest("second"), digest("nobody")
    gives("many, raw", lambda: raw(url, [stored, second, nobody, "abc", stored]), codes_are(1, 0, 5, 5, 1))
    for kind in ("md5", "sha1"):
        gives(f"many by {kind}, raw", lambda: raw(url, [digest("stored", kind).upper()]), codes_are(1))
    gives("an unfinished one, raw", lambda: raw(url, [digest("running")]), codes_are(5))
    gives("many under /v2, raw", lambda: raw(f"{url}/v2", [stored]), codes_are(1))
    gives("many under /metascan_rest, raw", lambda: raw(f"{url}/metascan_rest", [stored]), codes_are(1))
    gives("many in a world of its own, raw", lambda: raw(f"{url}/_world/t1", [stored]), codes_are(1))
    gives("1000, raw", lambda: raw(url, [f"{number:032x}" for number in range(1000)]), codes_are(*[5] * 1000))
    raises("1001", BadRequestException, lambda: look(url, [f"{number:032x}" for number in range(1001)]),
           says("Exceeded maximum allowed. Allow maximum 1000 hashes"))
    raises("none", BadRequestException, lambda: look(url, []), says("hashes in body content is null or empty"))
    raises("an unknown key", UnauthorizedException, lambda: look(url, [stored], {"apikey": "wrong"}),
           says("Invalid API key"))
    raises("no key", UnauthorizedException, lambda: look(url, [stored], {}), says("Invalid API key"))
    limited = {"apikey": "limitedapikey"}
    still = frozen(url, "limit")
    gives("more than remain, raw", lambda: raw(still, [stored, nobody, second], limited), codes_are(1, 5, 403))
    raises("none remain", ForbiddenException, lambda: look(still, [stored], limited),
           says("Signature lookup limit reached, try again later"))
    advance(still, "24h")
    gives("a day later, raw", lambda: raw(still, [stored], limited), codes_are(1))
    for status in (500, 503):
        raises(f"an injected {status}", ServiceException, lambda: look(failing(url, status), [stored]),
               says("Internal server error"))


def single(url):
    """One hash. The client requires fields that version 2 never had, so the raw reply is checked too."""

    def one(value):
        response = api(f"{url}/v2").lookup_hash(value, headers=KEY, response_type="raw")
        return response.status, json.loads(response.read())

    def found(answer):
        status, body = answer
        assert (status, body["scan_results"]["scan_all_result_i"]) == (200, 1), answer
        assert body["file_info"]["sha256"] == digest("stored").upper(), answer
        return f"200 1 {body['scan_results']['scan_all_result_a']}"

    gives("one under /v2, raw", lambda: one(digest("stored")), found)
    gives("one under /v2 that is unknown, raw", lambda: one(digest("nobody")),
          same((200, {digest("nobody").upper(): "Not Found"})))
    raises("one under /v2, an unknown key", UnauthorizedException,
           lambda: api(f"{url}/v2").lookup_hash(digest("stored"), headers={"apikey": "wrong"}))


def version_4(url):
    """The version for which the client is made. Without details it requires fields that published replies lack: read raw."""
    at = f"{url}/v4"
    stored = digest("stored")
    gives("version 4, many with details", lambda: look(at, [stored], KEY | {"includescandetails": "1"}),
          lambda result: same([1])([each.scan_result_i for each in result.data]))
    gives("version 4, many, raw", lambda: json.loads(raw(at, [stored, digest("nobody")])[1])["data"],
          lambda data: same([1, 5])([each["scan_result_i"] for each in data]))
    gives("version 4, one", lambda: api(at).lookup_hash(stored, headers=KEY),
          lambda result: same(1)(result.scan_results.scan_all_result_i))
    raises("version 4, one that is unknown", NotFoundException,
           lambda: api(at).lookup_hash(digest("nobody"), headers=KEY), code(404003))
    raises("version 4, none", BadRequestException, lambda: look(at, []), code(400062))
    raises("version 4, too many", BadRequestException, lambda: look(at, [stored] * 1001), code(400063))
    raises("version 4, no hash", BadRequestException, lambda: look(at, ["abc"]), code(400064))
    raises("version 4, an unknown key", UnauthorizedException, lambda: look(at, [stored], {"apikey": "wrong"}), code(401006))
    limited = f"{url}/_world/limit-4/v4"
    raises("version 4, more than remain", ApiException, lambda: look(limited, [stored] * 3, {"apikey": "limitedapikey"}),
           code(429000))


def keys(url):
    """The connectivity test: what a key may do, what it has used, what is left."""
    apikeys = lambda: ApikeyApi(client(f"{url}/_world/keys/v4"))
    gives("version 4, about a key", lambda: apikeys().get_api_key(headers=KEY),
          lambda info: same(("exampleapikey", 4000, 4000))((info.portal_api_key, info.limit_reputation, info.limit_prevention)))
    gives("version 4, used limits", lambda: apikeys().get_api_key_limits(headers=KEY),
          lambda used: same((0, 0))((used.reputation_api, used.prevention_api)))
    gives("version 4, limits left", lambda: apikeys().get_api_key_remaining_limits(headers=KEY),
          lambda left: same((4000, 4000))((left.reputation_api, left.prevention_api)))
    raises("version 4, about an unknown key", NotFoundException, lambda: apikeys().get_api_key(headers={"apikey": "wrong"}),
           code(404008))


def uploads(url):
    """Upload, poll, look up: the same file in the reports of its data_id and of its hash."""
    world = frozen(url, "uploads-4")
    files, hashes = FileScanningApi(client(f"{world}/v4")), HashLookupsApi(client(f"{world}/v4"))
    for name, content, (found, result) in (("clean.txt", b"nobody knows this", (0, "Allowed")),
                                           ("eicar.com", EICAR, (1, "Blocked"))):
        sent = gives(f"version 4, upload {name}", lambda: files.analyze_file(content, headers=KEY | {"filename": name}),
                     lambda receipt: same(("inqueue", hashlib.sha256(content).hexdigest().upper()))(
                         (receipt.status, receipt.sha256)))
        poll = lambda: files.get_file_analysis(sent.data_id, headers=KEY)
        gives(f"version 4, poll {name}, at work", poll,
              lambda report: same("In Progress")(report.scan_results.scan_all_result_a))
        raises(f"version 4, look {name} up too soon", NotFoundException, lambda: hashes.lookup_hash(sent.sha1, headers=KEY),
               code(404003))
        advance(world, "10m")
        done = lambda report: same((100, found, result, name))(
            (report.scan_results.progress_percentage, report.scan_results.scan_all_result_i, report.process_info.result,
             report.file_info.display_name))
        gives(f"version 4, poll {name} until it is done", lambda: files.get_file_analysis(
            sent.data_id, headers=KEY | {"timeout": 10}), done)
        gives(f"version 4, look {name} up", lambda: hashes.lookup_hash(sent.sha1, headers=KEY),
              lambda report: same((found, sent.data_id))((report.scan_results.scan_all_result_i, report.data_id)))
    raises("version 4, upload nothing", BadRequestException, lambda: files.analyze_file(b"", headers=KEY), code(400145))
    raises("version 4, upload by URL", BadRequestException,
           lambda: files.analyze_file(b"", headers=KEY | {"downloadfrom": "https://example.org/a.exe"}), code(400146))
    raises("version 4, poll what was never sent", NotFoundException,
           lambda: files.get_file_analysis("nobody", headers=KEY), code(404004))


def details(url):
    """A file that is known by reputation alone, and additional information about it, which the fixture gives in part."""
    known = digest("reputation")
    gives("version 4, known by reputation alone", lambda: api(f"{url}/v4").lookup_hash(known, headers=KEY),
          lambda report: same((None, ["peinfo"]))((report.scan_results, report.additional_info)))
    pe_info = lambda value: ApplicationInformationApi(client(f"{url}/v4")).get_pe_info(value, headers=KEY, response_type="raw")
    gives("version 4, PE information, raw", lambda: json.loads(pe_info(known).read()),
          same({"imphash": "0123456789abcdef0123456789abcdef"}))
    gives("version 4, no PE information, raw", lambda: json.loads(pe_info(digest("stored")).read())["error"]["code"],
          same(404005))
    look_up = lambda status: api(f"{failing(url, status)}/v4").lookup_hash(known, headers=KEY)
    for status, expected, number in ((400, BadRequestException, 400000), (403, ForbiddenException, 403000),
                                     (408, ApiException, 408000)):
        raises(f"version 4, an injected {status}", expected, lambda: look_up(status), code(number))


with Double() as address:
    flow("look up many hashes")
    bulk(address)
    flow("look up a hash")
    single(address)
    flow("look up hashes, version 4")
    version_4(address)
    flow("test the connection")
    keys(address)
    flow("upload, then verdict")
    uploads(address)
    flow("details of a file")
    details(address)
with Double("metadefender-cloud.throttle=1", "metadefender-cloud.file-in-progress=queue") as address:
    flow("use up limits")
    files = FileScanningApi(client(f"{frozen(address, 'throttle')}/v4"))
    sent = gives("version 4, upload, the first of an hour", lambda: files.analyze_file(b"new", headers=KEY), lambda receipt: receipt.status)
    raises("version 4, upload, throttled", ApiException, lambda: files.analyze_file(b"new", headers=KEY), code(429001))
    gives("version 4, poll, raw, the queue alone",
          lambda: json.loads(files.get_file_analysis(sent.data_id, headers=KEY, response_type="raw").read())["in_queue"], same(1))
with Double("max-body=1000") as address:
    flow("upload, then verdict")
    raises("version 4, upload too much", BadRequestException,
           lambda: FileScanningApi(client(f"{address}/v4")).analyze_file(b"x" * 1001, headers=KEY), code(400144))
