"""The load of the soak test: worlds that come and go, and what the server must have counted for each."""

import base64
import hashlib
import http.client
import itertools
import json
import random
import socket
import threading
import time

BASIC = "Basic " + base64.b64encode(b"u/scandouble:scandouble").decode()
EICAR = "44d88612fea8a8f36de82e1278abb02f"
CORE_FAULT = {
    "id": "third",
    "match": {"api": "metadefender-core", "endpoint": "GET /version"},
    "when": {"every": 3},
    "then": {"status": 503},
}
RESET_FAULT = {
    "id": "cut",
    "match": {"api": "metadefender-cloud", "endpoint": "POST /v2/hash"},
    "when": {"every": 5},
    "then": {"delivery": "reset"},
}


class Wrong(Exception):
    """The server did not do what it promises."""


class Counts:
    """What all workers have seen."""

    def __init__(self):
        self.lock = threading.Lock()
        self.latencies = []
        self.vendor = 0
        self.in_default = 0
        self.worlds = 0
        self.resets = 0
        self.reloads = 0
        self.faults = 0
        self.errors = []

    def exchange(self, in_default, took):
        with self.lock:
            self.vendor += 1
            self.in_default += in_default
            if took is not None:
                self.latencies.append(took)

    def take_latencies(self):
        with self.lock:
            taken, self.latencies = self.latencies, []
        return taken


class Client:
    """One connection, opened again when the server or a fault has closed it."""

    def __init__(self, address):
        self.address = address
        self.connection = None

    def ask(self, method, path, body=None, headers=()):
        """The status and the body; `None` for both if the connection was closed without an answer."""
        if isinstance(body, dict):
            body = json.dumps(body)
        if self.connection is None:
            self.connection = http.client.HTTPConnection(*self.address, timeout=60)
        try:
            self.connection.request(method, path, body, dict(headers))
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (ConnectionError, http.client.BadStatusLine):
            self.close()
            return None, None

    def admin(self, method, path, body=None, expected=(200, 201, 204)):
        status, answer = self.ask(method, path, body)
        if status not in expected:
            raise Wrong(f"{method} {path}: {status} {answer!r}")
        return json.loads(answer) if answer else None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Pace:
    """Spreads the requests of all workers over time."""

    def __init__(self, rate):
        self.step = 1 / rate
        self.lock = threading.Lock()
        self.next = time.monotonic()

    def wait(self):
        with self.lock:
            now = time.monotonic()
            # After a pause of the machine, the load does not catch up in a burst.
            self.next = max(self.next + self.step, now - 0.1)
            due = self.next
        if due > now:
            time.sleep(due - now)


class Worker(threading.Thread):
    """Makes a world, uses it, compares its journal with what was sent, and removes it; again and again."""

    def __init__(self, number, address, counts, pace, stop):
        super().__init__(name=f"worker {number}")
        self.number, self.counts, self.pace, self.stop = number, counts, pace, stop
        self.client = Client(address)
        self.random = random.Random(number)

    def run(self):
        try:
            for nth in itertools.count():
                if self.stop.is_set():
                    break
                self.use_a_world(f"soak-{self.number}-{nth}")
        except Exception as error:  # The run fails with it.
            self.counts.errors.append(f"{self.name}: {type(error).__name__}: {error}")
            self.stop.set()
        self.client.close()

    def use_a_world(self, name):
        base = f"/_world/{name}"
        admin = f"{base}/_scandouble"
        self.client.admin("PUT", f"/_scandouble/worlds/{name}")
        content = f"{name} {self.random.random()}"
        sample = f"samples: [{{name: s.exe, content: '{content}', verdict: infected, threat: Soak.{self.number}}}]"
        self.client.admin("POST", f"{admin}/samples", sample)
        for fault in (CORE_FAULT, RESET_FAULT):
            self.client.admin("POST", f"{admin}/faults", fault)
        sent = self.send(base, content, self.random.randrange(30, 70))
        self.check_journal(admin, sent)
        if self.random.random() < 0.5:
            self.client.admin("POST", f"{admin}/reset", {})
            self.counts.resets += 1
            # Its sample and the faults are gone.
            again = self.send(base, content, 10, is_reset=True)
            self.check_journal(admin, again, before=sum(sent.values()))
        if self.random.random() < 0.9:
            self.client.admin("DELETE", f"/_scandouble/worlds/{name}")
        self.counts.worlds += 1

    def check_journal(self, admin, sent, before=0):
        """Compares the numbers of journal entries with what was sent, in all and for each API."""
        total = sum(sent.values())
        page = self.client.admin("GET", f"{admin}/journal?limit=0")
        if (page["matching"], page["last"]) != (total, before + total):
            raise Wrong(f"{admin}: sent {total} after {before}, the journal has {page}")
        for api, count in sent.items():
            page = self.client.admin("GET", f"{admin}/journal?limit=0&api={api}")
            if page["matching"] != count:
                raise Wrong(f"{admin}: sent {count} to {api}, the journal has {page}")

    def send(self, base, content, count, is_reset=False):
        """Sends requests to the world and to the default one; how many the world got, by API."""
        digest = {name: hashlib.new(name, content.encode()).hexdigest() for name in ("md5", "sha1", "sha256")}
        seen = {"GET /version": 0, "POST /v2/hash": 0}
        sent = dict.fromkeys(("spectra-intelligence", "spectra-analyze", "metadefender-cloud", "metadefender-core"), 0)
        for _ in range(count):
            self.pace.wait()
            if self.random.random() < 0.3:
                self.vendor("", *self.look_up(EICAR), expected=(200,))
                continue
            kind = self.random.randrange(8)
            known = not is_reset
            api = "metadefender-core"
            if kind == 0:
                seen["GET /version"] += 1
                failed = known and seen["GET /version"] % 3 == 0
                self.counts.faults += failed
                self.vendor(base, "GET", "/version", None, {}, expected=(503 if failed else 200,))
            elif kind == 1:
                api = "metadefender-cloud"
                seen["POST /v2/hash"] += 1
                cut = known and seen["POST /v2/hash"] % 5 == 0
                self.counts.faults += cut
                body, headers = {"hash": [digest["md5"]]}, {"apikey": "exampleapikey"}
                self.vendor(base, "POST", "/v2/hash", body, headers, expected=(None if cut else 200,))
            elif kind == 2:
                api = "spectra-intelligence"
                # Ten requests a second are allowed.
                path = f"/api/rescan/v1/query/sha1/{digest['sha1']}"
                self.vendor(base, "GET", path, None, {"Authorization": BASIC}, expected=(200, 404, 429))
            elif kind == 3:
                api = "spectra-analyze"
                headers = {
                    "Authorization": "Token exampletoken",
                    "Content-Type": "application/x-www-form-urlencoded",
                }
                path = f"/api/samples/{digest['sha1']}/analyze/"
                expected = (200, 201) if known else (404,)
                self.vendor(base, "POST", path, "analysis=cloud", headers, expected=expected)
            elif kind == 4:
                self.vendor(base, "POST", "/file", f"file of {base} {self.random.random()}", {}, expected=(200,))
            elif kind == 5:
                self.break_off(base)
            else:
                method, path, body, headers = self.look_up(digest["sha256"])
                answer = self.vendor(base, method, path, body, headers, expected=(200,))
                if (b"Soak." in answer) != known:
                    raise Wrong(f"{base}: known {known}, but {answer!r}")
            sent[api] += 1
        return sent

    def look_up(self, digest):
        return "GET", f"/hash/{digest}", None, {}

    def vendor(self, base, method, path, body, headers, expected):
        began = time.perf_counter()
        status, answer = self.client.ask(method, base + path, body, headers)
        self.counts.exchange(base == "", time.perf_counter() - began)
        if status not in expected:
            raise Wrong(f"{method} {base}{path}: {status} {answer!r}, expected {expected}")
        return answer

    def break_off(self, base):
        """Sends half a body. The request has no effect, but an entry in the journal."""
        with socket.create_connection(self.client.address, 60) as stream:
            head = f"POST {base}/file HTTP/1.1\r\nHost: soak\r\nContent-Length: 1000\r\n\r\n"
            stream.sendall(head.encode() + b"half")
            stream.shutdown(socket.SHUT_WR)
            while stream.recv(4096):
                pass
        self.counts.exchange(False, None)


class Reloader(threading.Thread):
    """Changes a fixture and reloads it. Each answer is that of the old or of the new fixture, and after the reload of the new one."""

    PATH = "/hash/" + hashlib.sha256(b"moving").hexdigest()

    def __init__(self, address, folder, counts, stop, every=5):
        super().__init__(name="reloader")
        self.counts, self.stop, self.every = counts, stop, every
        self.file = folder / "moving.yaml"
        self.client = Client(address)

    @staticmethod
    def fixture(generation):
        return f"samples: [{{name: m.exe, content: moving, verdict: infected, threat: Moved.{generation}.end}}]\n"

    def run(self):
        try:
            for generation in itertools.count(1):
                if self.stop.wait(self.every):
                    break
                other = self.file.with_suffix(".new")
                other.write_text(self.fixture(generation))
                other.replace(self.file)
                self.client.admin("POST", "/_scandouble/fixtures/reload")
                status, answer = self.client.ask("GET", self.PATH)
                self.counts.exchange(True, None)
                if status != 200 or f"Moved.{generation}.end".encode() not in answer:
                    raise Wrong(f"after reload {generation}: {status} {answer!r}")
                self.counts.reloads += 1
        except Exception as error:  # The run fails with it.
            self.counts.errors.append(f"{self.name}: {type(error).__name__}: {error}")
            self.stop.set()
        self.client.close()
