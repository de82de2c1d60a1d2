"""Starts a server for a `with` block, and prints the rows of the report. It uses the standard library alone."""

import atexit
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import traceback
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent

# Everything here is on loopback, so proxies and CA bundles of the machine must not apply.
for name in list(os.environ):
    if name.lower().endswith("_proxy") or name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        del os.environ[name]


# Whether the clients use HTTPS.
TLS = os.environ.get("SCANDOUBLE_TRANSPORT") == "tls"
# The file for the CA certificate that HTTPS clients must trust.
CA_FILE = os.path.join(tempfile.mkdtemp(prefix="scandouble-ca-"), "ca.pem") if TLS else None
atexit.register(lambda: CA_FILE and shutil.rmtree(os.path.dirname(CA_FILE), ignore_errors=True))
# The clients' argument `verify`: the file, or True, which is the default.
VERIFY = CA_FILE or True


class Double:
    """A server on a free port. `settings` are values for --set; `fixtures` are files in this folder, or built-in sets."""

    def __init__(self, *settings, fixtures=("fixtures.yaml",)):
        self.command = [os.environ["SCANDOUBLE_BINARY"], "--listen", "127.0.0.1:0", "--log", "json"]
        if TLS:
            self.command += ["--tls", "self-signed", "--tls-listen", "127.0.0.1:0", "--ca-file", CA_FILE]
        for name in fixtures:
            self.command += ["--fixtures", name if name.startswith("builtin:") else str(HERE / name)]
        for setting in settings:
            self.command += ["--set", setting]

    def __enter__(self):
        """Returns the base URL once the server listens."""
        self.start()
        return self.url

    def start(self):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SCANDOUBLE_")}
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True, env=environment)
        self.url = self.secure = None
        for line in self.process.stdout:
            event = json.loads(line)
            if event.get("event") == "address" and event["tls"]:
                self.secure = event["url"].replace("127.0.0.1", "localhost")
            if event.get("event") == "listening":
                # Clients reach a proxy over plain HTTP, also for HTTPS targets.
                self.plain = event["url"]
                self.url = self.secure if TLS else self.plain
                return self
        raise RuntimeError(f"the server did not start: exit code {self.process.wait(10)}")

    def stop(self):
        self.keep_coverage()
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()

    def keep_coverage(self):
        """Appends the exercised behaviours to the coverage file, if there is one: one line with name and count each."""
        if report := os.environ.get("SCANDOUBLE_COVERAGE"):
            with urllib.request.urlopen(f"{self.plain}/_scandouble/coverage?world=all", timeout=10) as response:
                apis = json.load(response)["apis"]
            with open(report, "a", encoding="utf-8") as file:
                for api in apis:
                    file.writelines(f'{api["api"]}/{row["id"]} {row["count"]}\n' for row in api["behaviours"])

    def __exit__(self, *_):
        self.stop()


def call_admin(url, method, path, body=None):
    """Calls the admin API of the world at `url`."""
    request = urllib.request.Request(f"{url}/_scandouble/{path}", method=method, data=json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    trusted = ssl.create_default_context(cafile=CA_FILE) if TLS else None
    with urllib.request.urlopen(request, timeout=10, context=trusted) as response:
        return json.load(response)


def failing(url, status):
    """Returns the base URL of a world where every call gets this status."""
    world = f"{url}/_world/failing-{status}"
    call_admin(world, "POST", "faults", {"then": {"status": status}})
    return world


def frozen(url, name):
    """Returns the base URL of a world with a frozen clock."""
    world = f"{url}/_world/{name}"
    call_admin(world, "PUT", "clock", {"frozen": True})
    return world


def advance(world, by):
    call_admin(world, "POST", "clock/advance", {"by": by})


_flow = None


def flow(name):
    """Names the flow of the rows that follow, for the table of docs/clients.md."""
    global _flow
    _flow = name


def row(operation, outcome, ok):
    print(json.dumps({"operation": operation, "outcome": outcome, "ok": ok, "flow": _flow}), flush=True)


def gives(operation, call, check):
    """Reports whether the call returns and `check` accepts the result. `check` may return a text for the report."""
    try:
        result = call()
    except Exception as error:
        row(operation, f"raised {type(error).__name__}: {error}"[:200], False)
        return None
    try:
        shown = check(result)
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        row(operation, f"{shorten(result)}: {type(error).__name__} {error}"[:300], False)
        return result
    row(operation, shown if isinstance(shown, str) else shorten(result), True)
    return result


def raises(operation, expected, call, check=None):
    """Reports whether the call raises exactly `expected` and `check` accepts the error."""
    try:
        result = call()
    except Exception as error:
        ok = type(error) is expected
        outcome = f"raised {type(error).__name__}" + ("" if ok else f" instead of {expected.__name__}: {error}"[:200])
        if ok and check:
            try:
                check(error)
            except Exception as problem:
                traceback.print_exc(file=sys.stderr)
                ok, outcome = False, f"{outcome}, but {type(problem).__name__} {problem}"[:300]
        row(operation, outcome, ok)
        return
    row(operation, f"{shorten(result)} instead of {expected.__name__}", False)


def same(expected):
    """Returns a check that the result equals `expected`."""

    def check(result):
        assert result == expected, f"expected {expected!r}"

    return check


def shorten(result):
    status, text = getattr(result, "status_code", None), getattr(result, "text", None)
    shown = f"{status} {text}" if status else repr(result)
    return shown if len(shown) <= 90 else shown[:87] + "..."
