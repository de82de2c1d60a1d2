"""Runs each client's program in that client's virtual environment and prints the outcome of every operation."""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

# The client's name and the API in the table, its virtual environment, and the program with its arguments.
PROGRAMS = [
    *((f"reversinglabs-sdk-py3 {version}", api, f"reversinglabs-sdk-py3-{version}", [program])
      for api, program in (("Spectra Intelligence", "spectra_intelligence.py"), ("Spectra Analyze", "spectra_analyze.py"))
      for version in ("2.2.0", "2.15.0")),
    ("reversinglabs-sdk-py3 2.15.0", "Spectra Analyze", "reversinglabs-sdk-py3-2.15.0", ["faults.py"]),
    ("mcl-platform-sdk 1.0.1", "MetaDefender Core", "mcl-platform-sdk-1.0.1", ["metadefender_core.py"]),
    ("mcl-platform-sdk 1.0.1", "MetaDefender Cloud", "mcl-platform-sdk-1.0.1", ["metadefender_cloud.py"]),
    ("MetaDefender-api 1.0.7", "MetaDefender Cloud", "MetaDefender-api-1.0.7", ["metadefender_api.py"]),
    ("file-scan-dd 1.2", "MetaDefender Cloud", "file-scan-dd-1.2", ["file_scan_dd_client.py"]),
    ("Node fetch", "all", "requests-2.32.5", ["node.py"]),
    *(("curl and requests", api, "requests-2.32.5", ["recipes.py", f"pages/{page}.md"])
      for api, page in (("Spectra Intelligence", "spectra-intelligence"), ("Spectra Analyze", "spectra-analyze"),
                        ("MetaDefender Cloud", "metadefender-cloud"), ("MetaDefender Core", "metadefender-core"))),
    ("prometheus_client 0.26.0", "admin API", "prometheus_client-0.26.0", ["prometheus.py"]),
    ("requests 2.32.5", "all", "requests-2.32.5", ["flows.py"]),
]
# The flow of rows that name none, by the program.
FLOWS = {"node.py": "every operation and every documented error", "recipes.py": "the examples of the vendor's page",
         "prometheus.py": "read the metrics"}
# The recipes choose the transport themselves.
RECIPES = ("docs/clients.md", "all", "requests-2.32.5", ["recipes.py", "../../docs/clients.md"])
# A flow per vendor, to check that a build or a package works at all.
SMOKE = [program for program in PROGRAMS if program[-1] == ["flows.py"]]
# The page with the table of all outcomes, and what stands around the table.
PAGE = HERE.parent.parent / "docs" / "clients.md"
OPEN, CLOSE = "<!-- flows -->\n", "<!-- /flows -->\n"


def run(root, transport, client, api, home, arguments):
    """Runs one program and returns its rows. If the program breaks, a failed row is added."""
    python = pathlib.Path(root, home, "bin", "python")
    environment = {**os.environ, "SCANDOUBLE_TRANSPORT": transport, "SCANDOUBLE_COVERAGE": coverage_file(root, transport)}
    done = subprocess.run([python, HERE / arguments[0], *arguments[1:]], stdout=subprocess.PIPE, text=True, timeout=300,
                          env=environment)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or not rows:
        outcome = f"exit code {done.returncode}, {len(rows)} operations"
        rows.append({"operation": f"{' '.join(arguments)} runs to its end", "outcome": outcome, "ok": False})
    default = FLOWS.get(arguments[0], "")
    return [{"client": client, "api": api, "transport": transport, **row, "flow": row.get("flow") or default} for row in rows]


def table(rows):
    """Returns the outcome of each flow of each client, as a table."""
    flows = {}
    for row in rows:
        flows.setdefault((row["client"], row["api"], row["flow"]), []).append(row)
    lines = ["| client | API | flow | outcome |", "|---|---|---|---|"]
    for key, of in flows.items():
        failed = [row for row in of if not row["ok"]]
        transports = list(dict.fromkeys(row["transport"] for row in of))
        # Each transport runs the same operations.
        count = f"{len(of) // len(transports)} operations over {' and '.join(transports)}"
        lines.append("| " + " | ".join([*key, f"fails: {failed[0]['operation']}" if failed else f"works: {count}"]) + " |")
    return "\n".join(lines) + "\n"


def check_page(shown):
    """Compares the table with that of the page; UPDATE=1 writes it there. Returns whether the page has it now."""
    text = PAGE.read_text()
    start, end = text.index(OPEN) + len(OPEN), text.index(CLOSE)
    if text[start:end] != shown and os.environ.get("UPDATE"):
        PAGE.write_text(text[:start] + shown + text[end:])
        return True
    return text[start:end] == shown


def coverage_file(root, transport):
    return str(pathlib.Path(root, f"coverage-{transport}.txt"))


def unmet(root, transport):
    """Returns the behaviours that no client exercised."""
    with open(coverage_file(root, transport), encoding="utf-8") as file:
        counts = [line.split() for line in file]
    met = {name for name, count in counts if count != "0"}
    return sorted({name for name, _ in counts} - met)


def main(root, part="all"):
    programs = SMOKE if part == "smoke" else PROGRAMS
    help_text = subprocess.run([os.environ["SCANDOUBLE_BINARY"], "--help"], stdout=subprocess.PIPE, text=True).stdout
    speaks_tls = "--tls " in help_text
    transports = ("http", "tls")[:1 + speaks_tls]
    for transport in transports:
        pathlib.Path(coverage_file(root, transport)).unlink(missing_ok=True)
    rows = [row for transport in transports for program in programs for row in run(root, transport, *program)]
    if speaks_tls:
        rows += run(root, "http", *RECIPES)
    widths = [max(len(row[key]) for row in rows) for key in ("client", "transport", "operation")]
    for row in rows:
        mark = "ok    " if row["ok"] else "FAILED"
        cells = (f"{row[key]:{width}}" for key, width in zip(("client", "transport", "operation"), widths))
        print(mark, "  ".join([*cells, row["outcome"]]))
    if not speaks_tls:
        print("\nnote: this binary knows no --tls: nothing was run over TLS, and no recipe of docs/clients.md")
    # A part of the programs exercises only a part of the behaviours.
    missing = {} if part == "smoke" else {transport: unmet(root, transport) for transport in transports}
    for transport, names in missing.items():
        print(f"\nbehaviours that no client met over {transport}: {', '.join(names) or 'none'}")
    failed = sum(not row["ok"] for row in rows) + sum(map(len, missing.values()))
    # The table has both transports, and all programs.
    if speaks_tls and part != "smoke" and not check_page(table(row for row in rows if row["client"] != RECIPES[0])):
        failed += 1
        print("\nthe table of docs/clients.md is not that of this run; UPDATE=1 tests/clients/run writes it")
    print(f"\nclients: {len(rows) - failed} passed, {failed} failed")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
