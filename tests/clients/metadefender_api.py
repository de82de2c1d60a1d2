"""MetaDefender-api against MetaDefender Cloud v4. The address is a variable of its module; errors are returned as tuples."""

import hashlib
import os
import tempfile

from double import TLS, VERIFY, Double, advance, failing, flow, frozen, gives, raises, same
from MetaDefender import api
from MetaDefender.api import MetaDefender_api


def digest(text, kind="sha256"):
    return hashlib.new(kind, text.encode()).hexdigest()


def at(url):
    api.api_url = f"{url}/v4/"
    if TLS:
        os.environ["REQUESTS_CA_BUNDLE"] = VERIFY
    return MetaDefender_api


def look(url, value, key="exampleapikey"):
    return at(url).Hash_Lookup(value, key)


def scan(url, content, key="exampleapikey"):
    """Uploads a file and polls its result until it is complete, which takes the two seconds of a scan."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return at(url).File_Scanning(file.name, key=key)


def code_is(expected):
    def check(result):
        assert isinstance(result, dict), result
        assert result["scan_results"]["scan_all_result_i"] == expected, result
        return f"{expected} {result['scan_results']['scan_all_result_a']}"

    return check


with Double() as address:
    flow("look up a hash")
    for kind in ("md5", "sha1", "sha256"):
        gives(f"Hash_Lookup by {kind}", lambda: look(address, digest("stored", kind)), code_is(1))
    gives("Hash_Lookup by upper case", lambda: look(address, digest("second").upper()), code_is(0))
    gives("Hash_Lookup in a world of its own", lambda: look(f"{address}/_world/t1", digest("stored")), code_is(1))
    gives("Hash_Lookup, unknown", lambda: look(address, digest("nobody")), same((None, 404, ":Hash not found?")))
    gives("Hash_Lookup, an unknown key", lambda: look(address, digest("stored"), "wrong"), same((None, 401)))
    raises("Hash_Lookup, no key, refused by the client itself", ValueError, lambda: look(address, digest("stored"), ""))
    flow("test the connection")
    gives("Apikey_info", lambda: at(address).Apikey_info("exampleapikey"),
          lambda info: same("exampleapikey")(info["portal_api_key"]))
    gives("Apikey_info, an unknown key", lambda: at(address).Apikey_info("wrong"), same((None, 404)))
    gives("Apikey_remaining_limits", lambda: at(f"{address}/_world/left").Apikey_remaining_limits("exampleapikey"),
          lambda left: same((4000, 4000))((left["reputation_api"], left["prevention_api"])))
    flow("upload, then verdict")
    gives("File_Scanning, a clean file", lambda: scan(address, b"nobody knows this"), code_is(0))
    gives("File_Scanning, an infected file", lambda: scan(address, b"stored"), code_is(1))
    gives("File_Scanning, an unknown key", lambda: scan(address, b"stored", "wrong"), same((None, 401)))
    flow("use up limits")
    still = frozen(address, "limit")
    for left in (1, 0):
        gives(f"Hash_Lookup, {left} left", lambda: look(still, digest("stored"), "limitedapikey"), code_is(1))
    gives("Hash_Lookup, none left", lambda: look(still, digest("stored"), "limitedapikey"), same((None, 429)))
    advance(still, "24h")
    gives("Hash_Lookup, a day later", lambda: look(still, digest("stored"), "limitedapikey"), code_is(1))
    flow("injected errors")
    for status in (500, 503):
        gives(f"Hash_Lookup, an injected {status}", lambda: look(failing(address, status), digest("stored")), same((None, status)))
