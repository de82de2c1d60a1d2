#!/usr/bin/env python3
"""Shows how the instructions of a request depend on how much a server holds and on how much a request asks for.

    benches/sizes.py             prints the table
    benches/sizes.py --update    records it in benches/sizes.json, and draws docs/cost-over-sizes.svg

It counts as benches/instructions.py does, which it needs beside it. It takes a quarter of an hour, most of it to start servers
with many samples under callgrind.
"""

import argparse
import json
import pathlib
import tempfile

from instructions import FLAGS, Row, Server, build, digest

ROOT = pathlib.Path(__file__).resolve().parents[1]
RECORDED = ROOT / "benches/sizes.json"
DRAWING = ROOT / "docs/cost-over-sizes.svg"
CLOUD = ["apikey: key", "Content-Type: application/json"]
BULK = ["Authorization: Basic dXNlcjpwYXNzd29yZA==", "Content-Type: application/octet-stream"]
# Conditions of each kind; none of the requests meets one.
RULES = [{"api": "spectra-analyze"}, {"endpoint": "POST /file"}, {"account": "nobody"}, {"hash": digest("md5", "never")}]


def sha256(number):
    return digest("sha256", number)


def found(count=1000):
    return Row("found", "GET", f"/hash/{sha256(0)}", requests=count)


def unknown(count=1000):
    # Different ones, since a look-up of one hash may be cheaper or dearer by chance.
    return [Row("unknown", "GET", f"/hash/{sha256(-1 - number)}", requests=count // 20, warm_up=10) for number in range(20)]


def cloud(hashes):
    listed = [sha256(number // 2 if number % 2 else -1 - number) for number in range(hashes)]
    requests = max(20, 1000 // hashes)
    return Row("Cloud POST /hash", "POST", "/hash", CLOUD, json.dumps({"hash": listed}), requests=requests, warm_up=20)


def query(form, hashes):
    listed = [digest("sha1", -1 - number) for number in range(hashes)]
    if form == "json":
        body = json.dumps({"rl": {"query": {"hash_type": "sha1", "hashes": listed}}})
    else:
        items = "".join(f"<hash>{sha1}</hash>" for sha1 in listed)
        body = f"<rl><query><hash_type>sha1</hash_type><hashes>{items}</hashes></query></rl>"
    requests = max(20, 1000 // hashes)
    return Row(f"TCA bulk {form}", "POST", f"/api/rescan/v1/bulk_query/{form}", BULK, body, requests=requests, warm_up=20)


class Bench:
    """Starts servers with fixtures of a size."""

    def __init__(self, server, folder):
        self.server, self.folder = server, pathlib.Path(folder)

    def start(self, samples=1000, *flags):
        fixtures = self.folder / f"{samples}.jsonl"
        if not fixtures.exists():
            lines = (json.dumps({"name": f"{n}.exe", "sha256": sha256(n), "verdict": "infected"}) for n in range(samples))
            fixtures.write_text("\n".join(lines) + "\n")
        command = [self.server, "--listen", "127.0.0.1:0", "--log", "json", "--auth", "off", "--fixtures", fixtures, *FLAGS, *flags]
        # Each has a folder of its own, since it numbers its profiles from 1.
        return Server(command, tempfile.mkdtemp(dir=self.folder))

    def both(self, running):
        """The instructions of a look-up of a known hash, and the mean of those of unknown ones."""
        misses = [running.measure(row)[0] for row in unknown()]
        return {"found": running.measure(found())[0], "unknown": sum(misses) / len(misses)}


def admin(running, method, path, body=None, world="default"):
    head, answer = running.ask(Row("", method, f"/_world/{world}/_scandouble/{path}", ["Content-Type: application/json"], body and json.dumps(body)).request)
    assert head.startswith((b"HTTP/1.1 20", b"HTTP/1.1 404")), (method, path, head, answer)


def hashes(bench):
    rows = {}
    with bench.start() as running:
        for name, row, sizes in [
            ("Cloud POST /hash, half of them known", cloud, [1, 10, 100, 1000]),
            ("TCA bulk JSON, unknown", lambda size: query("json", size), [1, 10, 100]),
            ("TCA bulk XML, unknown", lambda size: query("xml", size), [1, 10, 100]),
        ]:
            counts = {size: running.measure(row(size))[0] for size in sizes}
            # What the first hash costs is mostly the request.
            rows[name] = {1: counts[1], **{size: (counts[size] - counts[1]) / (size - 1) for size in sizes[1:]}}
    return rows


def samples(bench):
    return by_kind({size: measured(bench, size) for size in [100, 10_000, 100_000]})


def measured(bench, size):
    with bench.start(size) as running:
        return bench.both(running)


def worlds(bench):
    counts = {}
    with bench.start(1000, "--set", "max-worlds=2000") as running:
        counts[1] = bench.both(running)
        for number in range(999):
            sample = {"name": f"{number}.exe", "sha256": sha256(10**6 + number), "verdict": "infected"}
            admin(running, "POST", "samples", sample, world=f"w{number}")
        counts[1000] = bench.both(running)
    return by_kind(counts)


def journal(bench):
    counts = {}
    with bench.start(1000, "--set", "journal-entries=100000") as running:
        # Few requests, so that the journal stays short.
        counts[0] = {"found": running.measure(found(100))[0]}
        for _ in range(10_000):
            running.ask(found().request)
        counts[10_000] = {"found": running.measure(found(100))[0]}
    return by_kind(counts)


def readers(bench):
    counts = {}
    with bench.start() as running:
        counts[0] = bench.both(running)
        waiting = [running.connection() for _ in range(8)]
        for stream in waiting:
            stream.sendall(Row("", "GET", "/_scandouble/journal?status=418&wait=1h").request)
        counts[8] = bench.both(running)
        for stream in waiting:
            stream.close()
    return by_kind(counts)


def rules(bench):
    counts = {}
    with bench.start() as running:
        counts[0] = bench.both(running)
        for number in range(100):
            admin(running, "POST", "faults", {"id": f"rule-{number}", "match": RULES[number % len(RULES)], "then": {"status": 503}})
        counts[100] = bench.both(running)
    return by_kind(counts)


def by_kind(counts):
    """`{size: {kind: count}}` by kind."""
    kinds = dict.fromkeys(kind for each in counts.values() for kind in each)
    return {f"GET /hash, {kind}": {size: each[kind] for size, each in counts.items() if kind in each} for kind in kinds}


SIZES = {
    "hashes in a request, instructions for each further one": hashes,
    "samples": samples,
    "worlds, each with a sample of its own": worlds,
    "entries in the journal": journal,
    "readers that wait for an entry": readers,
    "fault rules that do not match": rules,
}


def draw(table):
    """A picture of the table: a bar for each count, as long as it is beside the first one of its row."""
    lines, y = [], 24
    full, left, width = 260, 330, 760
    for title, rows in table.items():
        lines.append(f'<text x="8" y="{y}" class="title">{title}</text>')
        y += 20
        for name, counts in rows.items():
            first = next(iter(counts.values()))
            lines.append(f'<text x="20" y="{y + 4}">{name}</text>')
            for size, count in counts.items():
                # A bar of twice the first one's length would be a cost that doubles.
                length = min(count / first * full / 2, full * 1.4)
                lines.append(f'<text x="{left - 8}" y="{y + 4}" class="right">{int(size):,}</text>')
                lines.append(f'<rect x="{left}" y="{y - 6}" width="{length:.1f}" height="11"/>')
                lines.append(f'<text x="{left + length + 6:.1f}" y="{y + 4}">{count:,}</text>')
                y += 15
            y += 5
        y += 14
    style = (
        "text{font:12px sans-serif;fill:#24292f}.title{font-weight:bold}.right{text-anchor:end}rect{fill:#4c8dd6}"
        "@media(prefers-color-scheme:dark){text{fill:#d0d7de}rect{fill:#3a6ea5}}"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}" role="img">'
    title = "<title>Instructions for each request or further hash, by size</title>"
    return "\n".join([head, title, f"<style>{style}</style>", *lines, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="record the table, and draw it")
    parser.add_argument("--only", metavar="TEXT", default="", help="measure only what has this in its title")
    parser.add_argument("--server", metavar="FILE", help="a release build of scandouble")
    arguments = parser.parse_args()
    server = arguments.server or build()[0]
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(server, folder)
        for title, measure in SIZES.items():
            if arguments.only not in title:
                continue
            rows = measure(bench)
            recorded[title] = {name: {str(size): round(count) for size, count in counts.items()} for name, counts in rows.items()}
            for name, counts in recorded[title].items():
                print(f"{title}: {name}: " + ", ".join(f"{size} {count:,}" for size, count in counts.items()), flush=True)
    if arguments.update:
        recorded = {title: recorded[title] for title in SIZES if title in recorded}
        RECORDED.write_text(json.dumps(recorded, indent=2) + "\n")
        DRAWING.write_text(draw(recorded))


if __name__ == "__main__":
    main()
