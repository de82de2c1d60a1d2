#!/usr/bin/env python3
"""Uses a server as clients do, so that an instrumented build can record which of its code runs often.

    benches/workload.py FILE     FILE is a build of scandouble

`.ci/build profile` calls it. Requests whose instructions are counted (benches/instructions.py) are most of it. The others, each
sent less often, keep the compiler from treating the rest of the program as if nobody used it. Code is hot if it has a large share
of everything that ran: with more of the others, long lists of hashes took up to three fifths more instructions.
"""

import http.client
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading

from instructions import FIXTURES, FLAGS, KNOWN, PER_HASH, SAMPLE, UNKNOWN, rows

CONNECTIONS = 4
# How often each connection sends each request: those that are counted, and the others.
OFTEN, RARELY = 10_000, 20
# A store of this many samples, and how many look-ups of one at random each connection sends.
STORED, LOOK_UPS = 20_000, 2_500

KEY = {"apikey": "key"}
BASIC = {"Authorization": "Basic dXNlcjpwYXNzd29yZA=="}
TOKEN = {"Authorization": "Token token"}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.exe"\r\n\r\nMZ harmless\r\n--b--\r\n'
SHA1S = json.dumps({"hash_value": [SAMPLE["sha1"], "0" * 40], "analysis": ["core"]})

OTHERS = [
    ("GET", f"/hash/{SAMPLE['md5']}", {"apikey": "other"}, None),
    ("GET", "/hash/not-a-hash", {}, None),
    ("GET", f"/hash/{KNOWN[0][:-1]}", {}, None),
    ("POST", "/file", {"filename": "a.exe"}, b"MZ harmless"),
    ("GET", "/file/rules", {}, None),
    ("GET", "/stat/engines", {}, None),
    ("GET", "/version", {}, None),
    ("POST", "/hash", KEY | JSON, json.dumps({"hash": KNOWN[:50]})),
    ("POST", "/hash", KEY | JSON, '{"hash": [}'),
    ("POST", "/hash", JSON, json.dumps({"hash": KNOWN[:1]})),
    ("GET", f"/v4/hash/{KNOWN[1]}", KEY, None),
    ("POST", "/v4/hash", KEY | JSON, json.dumps({"hash": KNOWN[:5] + UNKNOWN[:5]})),
    ("POST", "/v4/file", KEY | {"Content-Type": "application/octet-stream"}, b"harmless"),
    ("GET", "/v4/apikey/limits/status", KEY, None),
    ("GET", f"/api/rescan/v1/query/sha1/{SAMPLE['sha1']}?format=json", BASIC, None),
    ("GET", f"/api/rescan/v1/query/md5/{'0' * 32}", BASIC, None),
    ("GET", f"/api/rescan/v1/query/md5/{SAMPLE['md5']}", {}, None),
    ("POST", "/api/rescan/v1/bulk_query/json", BASIC, "<rl/>"),
    ("POST", f"/api/samples/{SAMPLE['sha256']}/analyze/", TOKEN | JSON, json.dumps({"analysis": "cloud"})),
    ("POST", "/api/samples/v2/analyze_bulk/", TOKEN | JSON, SHA1S),
    ("POST", "/api/samples/analyze_bulk/", TOKEN | FORM, f"hash_value={SAMPLE['sha1']}&analysis=cloud"),
    ("POST", "/api/submit/file/", TOKEN | MULTIPART, FILE),
    ("POST", "/api-token-auth/", FORM, "username=user&password=password"),
    ("GET", "/nothing/here", {}, None),
    ("GET", "/_world/profile/hash/" + KNOWN[2], {}, None),
    ("GET", "/_scandouble/health", {}, None),
    ("GET", "/_scandouble/journal?limit=20", {}, None),
    ("GET", "/_scandouble/metrics", {}, None),
    ("GET", "/_scandouble/coverage", {}, None),
    ("GET", "/_scandouble/samples?limit=20", {}, None),
    ("POST", "/_scandouble/verify", JSON, json.dumps({"expectations": [{"call": {"api": "metadefender-core"}}]})),
    ("POST", "/_scandouble/clock/advance", JSON, json.dumps({"by": "1s"})),
    ("GET", "/_scandouble/", {"Accept": "text/html"}, None),
]


class Server:
    """A running server."""

    def __init__(self, command):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCANDOUBLE_")}
        self.process = subprocess.Popen([*command, "--listen", "127.0.0.1:0", "--log", "json"], stdout=subprocess.PIPE, text=True, env=environment)

    def __enter__(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event.get("event") == "listening":
                self.address = event["address"]
                return self
        sys.exit("the server did not start")

    def __exit__(self, *_):
        # What ran is written when the server ends by itself.
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        if self.process.wait(timeout=60):
            sys.exit(f"the server ended with {self.process.returncode}")

    def press(self, requests, may_fail=False):
        """Sends requests on each of some connections at once."""
        errors = []

        def send():
            connection = http.client.HTTPConnection(self.address, timeout=60)
            try:
                for method, path, headers, body in requests():
                    connection.request(method, path, body, headers)
                    response = connection.getresponse()
                    response.read()
                    if response.status >= 300 and not may_fail:
                        raise ValueError(f"{method} {path}: {response.status}")
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]


def counted(row):
    """The request of a row. A long list is sent less often, but so that its hashes are more than the requests of other rows."""
    head, body = row.request.split(b"\r\n\r\n", 1)
    line, *headers = head.decode().split("\r\n")
    method, path, _ = line.split(" ")
    headers = dict(header.split(": ", 1) for header in headers)
    headers.pop("Host")
    times = OFTEN * 8 // row.hashes if PER_HASH in row.name else OFTEN
    return lambda: ((method, path, headers, body) for _ in range(times))


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        fixtures, lines, store = folder / "fixtures.yaml", folder / "samples.jsonl", folder / "samples.db"
        fixtures.write_text(FIXTURES)
        with Server([program, "--fixtures", fixtures, *FLAGS]) as server:
            for row in rows():
                server.press(counted(row))
                print(row.name, flush=True)
        # A server of their own, since some of them read the whole journal.
        with Server([program, "--fixtures", fixtures, *FLAGS]) as server:
            # Some are refused, as clients' mistakes are.
            server.press(lambda: OTHERS * RARELY, may_fail=True)
        print("other requests", flush=True)
        # Not recorded: it would be most of everything that ran.
        unrecorded = {"check": True, "env": {**os.environ, "LLVM_PROFILE_FILE": os.devnull}}
        with lines.open("w") as out:
            subprocess.run([program, "generate", "--count", str(STORED)], stdout=out, **unrecorded)
        subprocess.run([program, "build", lines, "-o", store], stdout=subprocess.DEVNULL, **unrecorded)
        keys = [json.loads(line)["sha256"] for line in lines.open()]
        with Server([program, "--store", store]) as server:
            server.press(lambda: (("GET", f"/hash/{random.choice(keys)}", {}, None) for _ in range(LOOK_UPS)))
        print("a built store", flush=True)


if __name__ == "__main__":
    main()
