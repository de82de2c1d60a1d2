"""mcl-platform-sdk against MetaDefender Cloud: many hashes at once, and one.

The client is of version 4 of the API. Its many-hashes call wants the answer of that version, so version 2 is read raw;
refusals come as the client's own exceptions.
"""

import hashlib
import json

from double import CA_FILE, Double, advance, failing, frozen, gives, raises, same
from mcl_platform_sdk import ApiClient, Configuration
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


def digest(text, kind="sha256"):
    return hashlib.new(kind, text.encode()).hexdigest()


def api(url):
    return HashLookupsApi(ApiClient(Configuration(host=url, ssl_ca_cert=CA_FILE)))


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
    code = lambda expected: lambda error: same(expected)(json.loads(error.body)["error"]["code"])
    raises("version 4, one that is unknown", NotFoundException,
           lambda: api(at).lookup_hash(digest("nobody"), headers=KEY), code(404003))
    raises("version 4, none", BadRequestException, lambda: look(at, []), code(400062))
    raises("version 4, too many", BadRequestException, lambda: look(at, [stored] * 1001), code(400063))
    raises("version 4, no hash", BadRequestException, lambda: look(at, ["abc"]), code(400064))
    raises("version 4, an unknown key", UnauthorizedException, lambda: look(at, [stored], {"apikey": "wrong"}), code(401006))
    limited = f"{url}/_world/limit-4/v4"
    raises("version 4, more than remain", ApiException, lambda: look(limited, [stored] * 3, {"apikey": "limitedapikey"}),
           code(429000))


with Double() as address:
    bulk(address)
    single(address)
    version_4(address)
