"""Every injected fault as a real client meets it: the vendor's SDK where it speaks, requests below it where it does not."""

import requests
from double import VERIFY, Double, call_admin, gives, raises
from ReversingLabs.SDK import helper
from ReversingLabs.SDK.a1000 import A1000

SHA1 = "3395856ce81f2b7382dee72602f798b642f14140"


def struck(url, name, then, when="always"):
    """The address of a world in which this happens."""
    world = f"{url}/_world/{name}"
    call_admin(world, "POST", "faults", {"id": name, "when": when, "then": then})
    return world


def connects(world):
    """The SDK's own first call."""
    return A1000(host=world, token="exampletoken", verify=VERIFY).test_connection


def look_up(world, **more):
    """A look-up with 3 seconds of patience."""
    return lambda: requests.get(f"{world}/hash/{SHA1}", timeout=3, verify=VERIFY, **more)


def by_the_sdk(url):
    raises("503", helper.ServiceUnavailableError, connects(struck(url, "down", {"status": 503})))
    raises("500", helper.InternalServerError, connects(struck(url, "broken", {"status": 500})))
    raises("429 without words", helper.TooManyRequestsError, connects(struck(url, "busy", {"status": 429})))
    raises("502 of a proxy", helper.BadGatewayError,
           connects(struck(url, "gateway", {"status": 502, "body": "<html>", "content_type": "text/html"})))
    raises("a revoked token", helper.ForbiddenError, connects(struck(url, "revoked", {"refuse": "revoked"})))
    raises("a reset before the answer", requests.exceptions.ConnectionError,
           connects(struck(url, "reset", {"delivery": "reset"})))
    flaky = connects(struck(url, "flaky", {"status": 503}, {"every": 2}))
    gives("every second call: the first passes", flaky, lambda _: "connected")
    raises("every second call: the second fails", helper.ServiceUnavailableError, flaky)


def below_it(url):
    raises("a reset in the middle", requests.exceptions.ChunkedEncodingError,
           look_up(struck(url, "midway", {"delivery": "reset-midway"})))
    raises("a body cut short", requests.exceptions.ChunkedEncodingError,
           look_up(struck(url, "cut", {"delivery": "cut-short"})))
    raises("malformed JSON", requests.exceptions.JSONDecodeError,
           lambda: look_up(struck(url, "malformed", {"delivery": "malformed"}))().json())
    raises("an answer that never comes", requests.exceptions.ReadTimeout,
           lambda: requests.get(f"{struck(url, 'never', {'delivery': 'never'})}/hash/{SHA1}", timeout=0.3, verify=VERIFY))
    raises("an answer later than the client waits", requests.exceptions.ReadTimeout,
           lambda: requests.get(f"{struck(url, 'late', {'latency': '5s'})}/hash/{SHA1}", timeout=0.3, verify=VERIFY))
    trickle = struck(url, "trickle", {"delivery": {"trickle": {"bytes": 100, "every": "2ms"}}})
    gives("a trickle", look_up(trickle), lambda response: f"{len(response.json())} keys, whole in the end")
    maintained = struck(url, "maintained", {"status": 503, "retry_after": 120})
    gives("503 with Retry-After", look_up(maintained), lambda response: response.headers["Retry-After"])
    exhausted = struck(url, "exhausted", {"refuse": "exhausted"})
    ask = lambda: requests.post(f"{exhausted}/v2/hash", headers={"apikey": "exampleapikey"}, json={"hash": [SHA1]}, timeout=3, verify=VERIFY)
    gives("an exhausted key", ask, lambda response: f"{response.status_code} {response.json()['err']}")
    gives("faults tell how often they fired",
          lambda: requests.get(f"{exhausted}/_scandouble/faults", timeout=3, verify=VERIFY).json()["faults"][0]["fired"],
          lambda fired: f"fired {fired}" if fired == 1 else 1 / 0)


with Double(fixtures=("builtin:starter",)) as base:
    by_the_sdk(base)
    below_it(base)
