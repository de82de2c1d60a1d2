#!/usr/bin/env python3
"""Counts the instructions that the server takes for a request, which, unlike requests per second, do not drift with the machine.

The release build runs under callgrind with one worker thread. One connection sends the same request again and again; it sends the
next one only when the server sleeps, so that every request costs the same number of polls. Counters are set to zero after a
warm-up, and read after the last response. A bare axum server with a constant body of the same size is measured in the same way.

    benches/instructions.py               prints the table beside the recorded one
    benches/instructions.py --check       fails if a row grew by more than 3 %
    benches/instructions.py --update      records the table in benches/instructions.json, and draws docs/instructions.svg
    benches/instructions.py --profile ROW prints the functions in which the instructions of a row are spent

It needs valgrind, and builds the server and the bare one unless --server and --bare name them. With --server alone the bare one is
left out.
"""

import argparse
import base64
import contextlib
import hashlib
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
RECORDED = ROOT / "benches/instructions.json"
PICTURE = ROOT / "docs/instructions.svg"
# A row that grew by more than this fails the check. Repeated runs differ by less than a third of it.
TOLERANCE = 0.03
PER_HASH = " per hash"


def digest(algorithm, number):
    return hashlib.new(algorithm, f"benches/instructions {number}".encode()).hexdigest()


# Half of the hashes of a Cloud request are those of samples.
KNOWN = [digest("sha256", number) for number in range(500)]
UNKNOWN = [digest("sha256", -1 - number) for number in range(500)]
SAMPLE = {"md5": digest("md5", 0), "sha1": digest("sha1", 0), "sha256": KNOWN[0]}

FIXTURES = f"""
accounts:
  spectra_intelligence: [{{user: user, password: password}}]
  spectra_analyze: [{{user: user, password: password, token: token}}]
  metadefender_cloud: [{{key: key}}]
samples:
  - {{name: invoice.exe, md5: {SAMPLE["md5"]}, sha1: {SAMPLE["sha1"]}, sha256: {KNOWN[0]}, verdict: infected, threat: Win32.Emotet}}
""" + "".join(f"  - {{name: {number}.exe, sha256: {sha256}, verdict: infected}}\n" for number, sha256 in enumerate(KNOWN) if number)

# Limits are on, and so high that no request is refused. Queued samples stay queued, whatever time a run takes.
FLAGS = [
    "--set", "metadefender-cloud.lookup-limit=1000000000",
    "--set", "spectra-intelligence.rate-limit=1000000",
    "--set", "spectra-intelligence.analysis-time=24h",
    "--set", "spectra-analyze.analysis-time=24h",
]


class Row:
    """A request whose instructions are counted, divided by `hashes` if it is a list of many."""

    def __init__(self, name, method, path, headers=(), body=None, hashes=1, requests=1000, warm_up=200):
        body = body.encode() if body is not None else b""
        length = [f"Content-Length: {len(body)}"] if method == "POST" else []
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Accept: application/json", *headers, *length, "", ""]
        self.name = name
        self.request = "\r\n".join(lines).encode() + body
        self.hashes, self.requests, self.warm_up = hashes, requests, warm_up


def rows():
    cloud = ["apikey: key", "Content-Type: application/json"]
    basic = [f"Authorization: Basic {base64.b64encode(b'user:password').decode()}"]
    bulk = [*basic, "Content-Type: application/octet-stream"]
    form = ["Authorization: Token token", "Content-Type: application/x-www-form-urlencoded"]
    mixed = [sha256 for pair in zip(KNOWN, UNKNOWN) for sha256 in pair]
    sha1s = [digest("sha1", -1 - number) for number in range(100)]
    query = "/api/rescan/v1/bulk_query/"
    as_json = lambda hashes: json.dumps({"rl": {"query": {"hash_type": "sha1", "hashes": hashes}}})
    as_xml = lambda hashes: (
        "<rl><query><hash_type>sha1</hash_type><hashes>"
        + "".join(f"<hash>{sha1}</hash>" for sha1 in hashes)
        + "</hashes></query></rl>"
    )
    many = {"requests": 20, "warm_up": 5}
    some = {"requests": 200, "warm_up": 20}
    return [
        Row("Core GET /hash, found", "GET", f"/hash/{KNOWN[0]}"),
        Row("Core GET /hash, unknown", "GET", f"/hash/{UNKNOWN[0]}"),
        Row("TCA GET rescan query", "GET", f"/api/rescan/v1/query/sha1/{SAMPLE['sha1']}", basic),
        Row("A1000 POST analyze, both engines", "POST", f"/api/samples/{SAMPLE['sha1']}/analyze/", form, "analysis=cloud,core"),
        Row("Cloud POST /hash, 1,000" + PER_HASH, "POST", "/hash", cloud, json.dumps({"hash": mixed}), 1000, **many),
        Row("Cloud POST /hash, one unknown", "POST", "/hash", cloud, json.dumps({"hash": UNKNOWN[:1]})),
        Row("TCA bulk JSON, 100 unknown" + PER_HASH, "POST", query + "json", bulk, as_json(sha1s), 100, **some),
        Row("TCA bulk XML, 100 unknown" + PER_HASH, "POST", query + "xml", bulk, as_xml(sha1s), 100, **some),
        Row("TCA bulk JSON, one unknown", "POST", query + "json", bulk, as_json(sha1s[:1])),
        Row("TCA bulk XML, one unknown", "POST", query + "xml", bulk, as_xml(sha1s[:1])),
    ]


BARE = "bare axum"


class Server:
    """A server under callgrind, and one connection to it."""

    def __init__(self, command, folder):
        self.folder = pathlib.Path(folder)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCANDOUBLE_")}
        # With several workers it would depend on the moment which of them looks for work.
        environment["TOKIO_WORKER_THREADS"] = "1"
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self.folder}/out", "--log-file=/dev/null"]
        # Random addresses change hash tables. Not every container may switch them off.
        fixed = ["setarch", "-R"] if subprocess.run(["setarch", "-R", "true"], stderr=subprocess.DEVNULL).returncode == 0 else []
        self.process = subprocess.Popen([*fixed, *valgrind, *command], stdout=subprocess.PIPE, text=True, env=environment)
        self.stream = None

    def __enter__(self):
        # Without it, a server that does not start would be left running.
        with contextlib.ExitStack() as stack:
            stack.push(self)
            self.connect()
            stack.pop_all()
        return self

    def connect(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event.get("event") == "listening":
                host, port = event["address"].rsplit(":", 1)
                break
        else:
            sys.exit("the server did not start")
        self.stream = socket.create_connection((host, int(port)), timeout=60)
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection(self):
        """One more connection to it."""
        stream = socket.create_connection(self.stream.getpeername(), timeout=60)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return stream

    def __exit__(self, *_):
        if self.stream:
            self.stream.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def wait_until_idle(self):
        """Returns once all threads of the server sleep."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            states = set()
            for task in tasks.iterdir():
                with contextlib.suppress(OSError):
                    states.add((task / "stat").read_text().rsplit(") ", 1)[1][0])
            if states == {"S"}:
                return
            time.sleep(0.0002)
        sys.exit("the server does not come to rest")

    def ask(self, request):
        """The response to a request: its head and its body."""
        self.wait_until_idle()
        self.stream.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.receive()
        head, body = answer.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)[1])
        while len(body) < length:
            body += self.receive()
        return head, body

    def receive(self):
        data = self.stream.recv(1 << 20)
        if not data:
            sys.exit("the server closed the connection")
        return data

    def control(self, command):
        """Sends a command to callgrind."""
        self.wait_until_idle()
        process = subprocess.run(
            ["vgdb", f"--pid={self.process.pid}", *command], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120
        )
        if process.returncode:
            sys.exit(f"vgdb {' '.join(command)}: {process.stderr}")

    def measure(self, row):
        """The instructions for each request of a row, or each of its hashes, and the file with their profile."""
        for _ in range(row.warm_up):
            head, body = self.ask(row.request)
        if not head.startswith(b"HTTP/1.1 20"):
            sys.exit(f"{row.name}: {head.decode()}\n{body.decode()}")
        self.control(["zero"])
        for _ in range(row.requests):
            self.ask(row.request)
        before = set(self.folder.iterdir())
        self.control(["dump"])
        (profile,) = set(self.folder.iterdir()) - before
        total = re.search(r"^(?:summary|totals): (\d+)", profile.read_text(), re.MULTILINE)
        return int(total[1]) / row.requests / row.hashes, profile


def build():
    """Builds the static program and the bare server: the paths of both. The bare one has no recorded profile of its own."""
    run = lambda command, **options: subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, **options).stdout
    server = run([".ci/build", "binary"]).splitlines()[-1]
    flags = run([".ci/rustflags", ""]).strip()
    target = f"{platform.machine()}-unknown-linux-gnu"
    command = ["cargo", "bench", "--no-run", "--locked", "--target", target, "--bench", "throughput", "--message-format=json-render-diagnostics"]
    messages = map(json.loads, run(command, env={**os.environ, "RUSTFLAGS": flags}).splitlines())
    bare = next(one["executable"] for one in messages if one.get("executable") and one["target"]["name"] == "throughput")
    return server, bare


def measure_all(chosen, server, bare):
    """The table: instructions by the name of the row. `bare` may be None."""
    table = {}
    with tempfile.TemporaryDirectory() as folder:
        fixtures = pathlib.Path(folder, "fixtures.yaml")
        fixtures.write_text(FIXTURES)
        command = [server, "--listen", "127.0.0.1:0", "--log", "json", "--fixtures", fixtures, *FLAGS]
        with Server(command, folder) as running:
            _, body = running.ask(rows()[0].request)
            for row in chosen:
                table[row.name], _ = running.measure(row)
                print(f"{row.name:40} {table[row.name]:9,.0f}", flush=True)
        if bare:
            # A folder of its own, since both would write files of the same names.
            own = pathlib.Path(folder, "bare")
            own.mkdir()
            with Server([bare, "--bare-server", body.decode()], own) as running:
                table[BARE], _ = running.measure(rows()[0])
                print(f"{BARE:40} {table[BARE]:9,.0f}", flush=True)
    return {name: round(count) for name, count in table.items()}


def profile(row, server, most=70):
    """Prints where the instructions of a row are spent, for each request or hash."""
    with tempfile.TemporaryDirectory() as folder:
        fixtures = pathlib.Path(folder, "fixtures.yaml")
        fixtures.write_text(FIXTURES)
        command = [server, "--listen", "127.0.0.1:0", "--log", "json", "--fixtures", fixtures, *FLAGS]
        with Server(command, folder) as running:
            total, out = running.measure(row)
            for inclusive in ["no", "yes"]:
                command = ["callgrind_annotate", "--auto=no", "--threshold=100", f"--inclusive={inclusive}", "--tree=none", str(out)]
                text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                print(f"\n{row.name}: {total:,.0f} instructions, {'with' if inclusive == 'yes' else 'without'} called functions")
                lines = re.findall(r"^ *([\d,]+) \([^)]*\)  (.*)$", text, re.MULTILINE)
                for count, function in [line for line in lines if "PROGRAM TOTALS" not in line[1]][:most]:
                    each = int(count.replace(",", "")) / row.requests / row.hashes
                    function = re.sub(r" \[[^\]]*\]$", "", function).split(":", 1)[-1]
                    print(f"{each:9,.0f}  {function[:170]}")


def compare(table):
    """Prints the table beside the recorded one; returns the rows that grew too much."""
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    grown = []
    print(f"\n{'instructions per request or hash':40} {'recorded':>9} {'now':>9} {'change':>8}")
    for name, count in table.items():
        before = recorded.get(name)
        change = count / before - 1 if before else 0.0
        print(f"{name:40} {before or 0:9,} {count:9,} {change:8.1%}")
        if before is None or change > TOLERANCE:
            grown.append(name)
    return grown


def picture(table):
    """The table as an SVG: a bar for each row, in the colours of the reader's scheme."""
    bare, width, label, row_height = table[BARE], 760, 260, 24
    groups = [
        ("Instructions per request, and how many times those of a bare axum server", [BARE, *(name for name in table if PER_HASH not in name and name != BARE)]),
        ("Instructions per hash of a long list", [name for name in table if PER_HASH in name]),
    ]
    parts, y = [], 0
    for title, names in groups:
        if not names:
            continue
        y += 30
        parts.append(f'<text class="title" x="0" y="{y - 8}">{title}</text>')
        longest = max(table[name] for name in names)
        for name in names:
            count = table[name]
            bar = (width - label - 120) * count / longest
            ratio = f" ({count / bare:.2f})" if PER_HASH not in name and name != BARE else ""
            parts.append(
                f'<text x="{label - 8}" y="{y + 16}" text-anchor="end">{name.removesuffix(PER_HASH)}</text>'
                f'<rect class="{"bare" if name == BARE else "bar"}" x="{label}" y="{y + 4}" width="{bar:.0f}" height="16"/>'
                f'<text x="{label + bar + 6:.0f}" y="{y + 16}">{count:,}{ratio}</text>'
            )
            y += row_height
    style = (
        "text{font:13px sans-serif;fill:#24292f}.title{font-weight:bold}.bar{fill:#0969da}.bare{fill:#8c959f}"
        "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#4493f8}.bare{fill:#6e7681}}"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y + 8}" width="{width}" height="{y + 8}" role="img">'
    return "\n".join([head, f"<style>{style}</style>", *parts, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail if a row grew by more than 3 %%")
    parser.add_argument("--update", action="store_true", help="record the table")
    parser.add_argument("--profile", metavar="ROW", help="a part of the name of the row to profile")
    parser.add_argument("--rows", metavar="TEXT", default="", help="measure only rows whose name has this part")
    parser.add_argument("--server", metavar="FILE", help="a release build of scandouble")
    parser.add_argument("--bare", metavar="FILE", help="the executable of benches/throughput.rs")
    arguments = parser.parse_args()
    # So that the server ends with this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    if shutil.which("valgrind") is None:
        sys.exit("missing: valgrind")
    server, bare = arguments.server, arguments.bare
    if not server:
        server, built_bare = build()
        bare = bare or built_bare
    if arguments.profile:
        return profile(next(row for row in rows() if arguments.profile in row.name), server)
    table = measure_all([row for row in rows() if arguments.rows in row.name], server, bare)
    grown = compare(table)
    if arguments.update:
        recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
        table = {**recorded, **table}
        RECORDED.write_text(json.dumps(table, indent=2) + "\n")
        PICTURE.write_text(picture(table))
    if arguments.check and grown:
        sys.exit(f"grew by more than {TOLERANCE:.0%}, or not recorded: {', '.join(grown)}; if "
            "functions that often run have changed, record their profile with .ci/build profile; then benches/instructions.py --update, "
            "if the rest is meant. Another version of rustc than 1.95.0 cannot use the profile")


if __name__ == "__main__":
    main()
