"""MetaDefender-api against MetaDefender Cloud v4. The address is a variable of its module; errors are returned as tuples."""

import hashlib
import os

from double import TLS, VERIFY, Double, advance, failing, frozen, gives, raises, same
from MetaDefender import api
from MetaDefender.api import MetaDefender_api


def digest(text, kind="sha256"):
    return hashlib.new(kind, text.encode()).hexdigest()


def look(url, value, key="exampleapikey"):
    api.api_url = f"{url}/v4/"
    if TLS:
        os.environ["REQUESTS_CA_BUNDLE"] = VERIFY
    return MetaDefender_api.Hash_Lookup(value, key)


def code_is(expected):
    def check(result):
        assert isinstance(result, dict), result
        assert result["scan_results"]["scan_all_result_i"] == expected, result
        return f"{expected} {result['scan_results']['scan_all_result_a']}"

    return check


with Double() as address:
    for kind in ("md5", "sha1", "sha256"):
        gives(f"Hash_Lookup by {kind}", lambda: look(address, digest("stored", kind)), code_is(1))
    gives("Hash_Lookup by upper case", lambda: look(address, digest("second").upper()), code_is(0))
    gives("Hash_Lookup in a world of its own", lambda: look(f"{address}/_world/t1", digest("stored")), code_is(1))
    gives("Hash_Lookup, unknown", lambda: look(address, digest("nobody")), same((None, 404, ":Hash not found?")))
    gives("Hash_Lookup, an unknown key", lambda: look(address, digest("stored"), "wrong"), same((None, 401)))
    raises("Hash_Lookup, no key, refused by the client itself", ValueError, lambda: look(address, digest("stored"), ""))
    still = frozen(address, "limit")
    for left in (1, 0):
        gives(f"Hash_Lookup, {left} left", lambda: look(still, digest("stored"), "limitedapikey"), code_is(1))
    gives("Hash_Lookup, none left", lambda: look(still, digest("stored"), "limitedapikey"), same((None, 429)))
    advance(still, "24h")
    gives("Hash_Lookup, a day later", lambda: look(still, digest("stored"), "limitedapikey"), code_is(1))
    for status in (500, 503):
        gives(f"Hash_Lookup, an injected {status}", lambda: look(failing(address, status), digest("stored")), same((None, status)))
