"""Injected faults as real clients see them: the vendor's SDK, and `requests` for faults that the SDK does not handle."""

import requests
from double import VERIFY, Double, call_admin, flow, gives, raises
from ReversingLabs.SDK import helper
from ReversingLabs.SDK.a1000 import A1000

SHA1 = "3395856ce81f2b7382dee72602f798b642f14140"


def with_fault(url, name, then, when="always"):
    """Returns the base URL of a world with this fault."""
    world = f"{url}/_world/{name}"
    call_admin(world, "POST", "faults", {"id": name, "when": when, "then": then})
    return world


def connects(world):
    """Returns the SDK's connection test."""
    return A1000(host=world, token="exampletoken", verify=VERIFY).test_connection


def look_up(world, **more):
    """Returns a look-up with a timeout of 3 seconds."""
    return lambda: requests.get(f"{world}/hash/{SHA1}", timeout=3, verify=VERIFY, **more)


def with_the_sdk(url):
    raises("503", helper.ServiceUnavailableError, connects(with_fault(url, "down", {"status": 503})))
    raises("500", helper.InternalServerError, connects(with_fault(url, "broken", {"status": 500})))
    raises("429 without words", helper.TooManyRequestsError, connects(with_fault(url, "busy", {"status": 429})))
    raises("502 of a proxy", helper.BadGatewayError,
           connects(with_fault(url, "gateway", {"status": 502, "body": "<html>", "content_type": "text/html"})))
    raises("a revoked token", helper.ForbiddenError, connects(with_fault(url, "revoked", {"refuse": "revoked"})))
    raises("a reset before the answer", requests.exceptions.ConnectionError,
           connects(with_fault(url, "reset", {"delivery": "reset"})))
    flaky = connects(with_fault(url, "flaky", {"status": 503}, {"every": 2}))
    gives("every second call: the first passes", flaky, lambda _: "connected")
    raises("every second call: the second fails", helper.ServiceUnavailableError, flaky)


def with_requests(url):
    raises("a reset in the middle", requests.exceptions.ChunkedEncodingError,
           look_up(with_fault(url, "midway", {"delivery": "reset-midway"})))
    raises("a body cut short", requests.exceptions.ChunkedEncodingError,
           look_up(with_fault(url, "cut", {"delivery": "cut-short"})))
    raises("malformed JSON", requests.exceptions.JSONDecodeError,
           lambda: look_up(with_fault(url, "malformed", {"delivery": "malformed"}))().json())
    raises("an answer that never comes", requests.exceptions.ReadTimeout,
           lambda: requests.get(f"{with_fault(url, 'never', {'delivery': 'never'})}/hash/{SHA1}", timeout=0.3, verify=VERIFY))
    raises("an answer later than the client waits", requests.exceptions.ReadTimeout,
           lambda: requests.get(f"{with_fault(url, 'late', {'latency': '5s'})}/hash/{SHA1}", timeout=0.3, verify=VERIFY))
    trickle = with_fault(url, "trickle", {"delivery": {"trickle": {"bytes": 100, "every": "2ms"}}})
    gives("a trickle", look_up(trickle), lambda response: f"{len(response.json())} keys, whole in the end")
    maintained = with_fault(url, "maintained", {"status": 503, "retry_after": 120})
    gives("503 with Retry-After", look_up(maintained), lambda response: response.headers["Retry-After"])
    exhausted = with_fault(url, "exhausted", {"refuse": "exhausted"})
    ask = lambda: requests.post(f"{exhausted}/v2/hash", headers={"apikey": "exampleapikey"}, json={"hash": [SHA1]}, timeout=3, verify=VERIFY)
    gives("an exhausted key", ask, lambda response: f"{response.status_code} {response.json()['err']}")
    gives("faults report how often they fired",
          lambda: requests.get(f"{exhausted}/_scandouble/faults", timeout=3, verify=VERIFY).json()["faults"][0]["fired"],
          lambda fired: f"fired {fired}" if fired == 1 else 1 / 0)


with Double(fixtures=("builtin:starter",)) as base:
    flow("injected faults")
    with_the_sdk(base)
    with_requests(base)
