#!/usr/bin/env python3
"""Tests a quota of 24 hours in milliseconds: `python3 examples/quota_window.py`.

A test in any language controls the server with its own HTTP client. This one uses the standard library alone. It uses the
server at SCANDOUBLE_URL, or starts the binary that cargo has built. `quota_window.rs` is the same test in Rust.
"""

import base64
import contextlib
import json
import os
import pathlib
import subprocess
import urllib.error
import urllib.request

FIXTURE = """
accounts:
  spectra_intelligence: [{user: u/python, password: secret, daily_quota: 2}]
samples:
  - {name: invoice.exe, content: harmless, verdict: infected, threat: Win32.Emotet}
"""
RESCAN = "/api/rescan/v1/query/sha256/98fc5211ecf54bc9bd57f0045e0d0ee488c5472c94ee22cc1580b081d04cc4ac"


def main(server):
    world = World(f"{server}/_world/quota-python")
    world.ask("POST", "/_scandouble/reset")
    world.ask("POST", "/_scandouble/samples", FIXTURE)

    # Arrange: freeze the clock.
    world.ask("PUT", "/_scandouble/clock", {"at": "2026-03-01T12:00:00Z", "frozen": True})

    # Act: call the client under test.
    assert world.rescan() == 200
    assert world.rescan() == 200
    assert world.rescan() == 429, "the quota of two is used up"
    world.ask("POST", "/_scandouble/clock/advance", {"by": "24h"})
    assert world.rescan() == 200, "a day later the quota is full again"

    # Assert: the client made these calls in this order, and no others.
    status, judgement = world.ask("POST", "/_scandouble/verify", {"in_order": True, "nothing_else": True, "expectations": [
        {"call": {"behaviour": "rescan.single.sent"}, "times": 2},
        {"call": {"behaviour": "quota.exceeded"}, "times": 1},
        {"call": {"behaviour": "rescan.single.sent", "account": "u/python"}, "times": 1},
    ]})
    assert status == 200, judgement["detail"]

    _, coverage = world.ask("GET", "/_scandouble/coverage?api=spectra-intelligence")
    for row in coverage["apis"][0]["behaviours"]:
        if row["count"]:
            print(f"{row['count']:>3} {row['id']}")
    print(f"{coverage['total']['percent']} % of what {coverage['apis'][0]['product']} can answer")


class World:
    """The world of this test. The client under test gets its base URL."""

    def __init__(self, base):
        self.base = base

    def rescan(self):
        """Does what the client under test does. Returns the status."""
        credential = base64.b64encode(b"u/python:secret").decode()
        return self.send("GET", RESCAN, headers={"Authorization": f"Basic {credential}"})[0]

    def ask(self, method, path, body=None):
        """Calls the admin API. Returns the status and the JSON of the response."""
        text = body if isinstance(body, str) else json.dumps(body or {})
        headers = {}
        if token := os.environ.get("SCANDOUBLE_ADMIN_TOKEN"):
            headers["Authorization"] = f"Bearer {token}"
        status, answer = self.send(method, path, text.encode(), headers)
        return status, json.loads(answer)

    def send(self, method, path, body=None, headers=None):
        request = urllib.request.Request(self.base + path, body, headers or {}, method=method)
        # The server is local, so no proxy is used.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read()


@contextlib.contextmanager
def running():
    """Yields the base URL of a server. Starts one unless SCANDOUBLE_URL is set."""
    if url := os.environ.get("SCANDOUBLE_URL"):
        yield url.rstrip("/")
        return
    root = pathlib.Path(__file__).resolve().parent.parent
    target = root.joinpath(os.environ.get("CARGO_TARGET_DIR", "target"))
    # The documentation has a folder of that name.
    built = [path for path in target.glob("*/scandouble") if path.is_file()]
    binary = os.environ.get("SCANDOUBLE_BINARY") or max(built, key=lambda path: path.stat().st_mtime, default=None)
    if binary is None:
        raise SystemExit("run cargo build first, or set SCANDOUBLE_URL to the address of a server")
    command = [binary, "--listen", "127.0.0.1:0", "--log", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield next(event["url"] for event in map(json.loads, process.stdout) if event["event"] == "listening")
        finally:
            process.terminate()


if __name__ == "__main__":
    with running() as server:
        main(server)
