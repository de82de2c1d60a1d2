"""Runs every fenced block of Markdown files and compares its output with the `text` block that follows.

A block is of kind sh, python or js. `curl` in it also prints the status and the content type, on a line of their own. A line
`scandouble …` starts the program. Without one the program is started before the first block, with the flags of the page's first
`$ scandouble serve …`, if it has one. The addresses that
the files name are those of the program's default; the real ones take their place. UPDATE=1 writes down what was printed.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import double
from double import HERE, Double, row

# Which virtual environment a Python block needs, by what it imports.
ENVIRONMENTS = [
    ("ReversingLabs", "reversinglabs-sdk-py3-2.15.0"),
    ("mcl_platform_sdk", "mcl-platform-sdk-1.0.1"),
    ("MetaDefender", "MetaDefender-api-1.0.7"),
    ("", "requests-2.32.5"),
]
# Hosts in the examples of the vendors' pages.
VENDORS = ["https://appliance.example.com", "https://data.reversinglabs.com", "https://api.metadefender.com",
           "http://localhost:8008"]
# The command with which a page starts the server.
SERVE = re.compile(r"^\$ scandouble serve(.*)$", re.M)
FENCE = re.compile(r"^```(sh|python|js|text)\n(.*?)^```\n", re.M | re.S)


class Page:
    """A Markdown file, and the servers that its blocks use."""

    def __init__(self, path):
        self.path = path
        self.folder = tempfile.mkdtemp(prefix="scandouble-recipes-")
        self.doubles = []
        self.real = {}

    def start(self, line="scandouble"):
        made = Double(fixtures=("builtin:starter", "builtin:vendor-examples"))
        given = shlex.split(line)[1:]
        made.command += given if not double.TLS else []
        if "--tls" in given and not double.TLS:
            made.command += ["--tls-listen", "127.0.0.1:0", "--ca-file", os.path.join(self.folder, "ca.pem")]
            made.command = without_repeats(made.command)
        made.start()
        self.doubles.append(made)
        self.real = {"http://127.0.0.1:8080": made.plain}
        if "pages" in self.path.parts:
            self.real |= {vendor: made.url for vendor in VENDORS}
        if made.secure:
            self.real["https://localhost:8443"] = made.secure

    def stop(self):
        for made in self.doubles:
            made.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, kind, text):
        """Runs a block and returns its output and exit code."""
        for said, real in self.real.items():
            text = text.replace(said, real)
        environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        if double.CA_FILE:
            environment |= {"REQUESTS_CA_BUNDLE": double.CA_FILE, "CURL_CA_BUNDLE": double.CA_FILE}
        if kind == "python":
            name = next(name for word, name in ENVIRONMENTS if word in text)
            command = [pathlib.Path(os.environ["SCANDOUBLE_CLIENTS"], name, "bin", "python"), "-c", text]
        elif kind == "js":
            command = ["node", "--input-type=module", "-e", text]
        else:
            curl_with_status = r"curl() { command curl -sS -w '\n%{http_code} %{content_type}\n' " + '"$@"; }\n'
            command = ["bash", "-c", curl_with_status + text]
        done = subprocess.run(command, cwd=self.folder, env=environment, text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        printed = done.stdout
        for said, real in self.real.items():
            printed = printed.replace(real, said)
        return printed.strip("\n") + "\n" if printed.strip() else "", done.returncode

    def check(self):
        source = self.path.read_text()
        blocks = list(FENCE.finditer(source))
        truth, end = [], 0
        for place, block in enumerate(blocks):
            kind, text = block.groups()
            if kind == "text" and place and runs(blocks[place - 1]):
                # It was written with the block before it.
                end = block.end()
                continue
            truth.append(source[end:block.end()])
            end = block.end()
            if kind == "text":
                continue
            if text.startswith("scandouble"):
                self.start(text)
                continue
            if not self.doubles:
                self.start("scandouble" + "".join(SERVE.findall(source)[:1]))
            printed, code = self.run(kind, text)
            follows = blocks[place + 1] if place + 1 < len(blocks) else None
            expected = follows.group(2) if follows and follows.group(1) == "text" else ""
            between = source[block.end():follows.start()] if expected else "\n"
            if printed:
                truth.append(f"{between}```text\n{printed}```\n")
            heading = re.findall(r"^#+ (.*)$", source[:block.start()], re.M)[-1]
            last = printed.splitlines()[-1] if printed else "nothing printed"
            if code:
                row(heading, f"exit code {code}: {last}"[:200], False)
            elif printed != expected:
                row(heading, f"prints {printed!r} instead of {expected!r}"[:300], False)
            else:
                row(heading, last if len(last) <= 90 else last[:87] + "...", True)
        truth.append(source[end:])
        if os.environ.get("UPDATE"):
            self.path.write_text("".join(truth))


def runs(block):
    """Returns whether the output of a block is compared."""
    kind, text = block.groups()
    return kind != "text" and not text.startswith("scandouble")


def without_repeats(command):
    """Returns the command with only the last occurrence of each flag that may be given once."""
    result = []
    for place, part in enumerate(command):
        if part in ("--tls", "--ca-file") and part in command[place + 1:]:
            continue
        if place and command[place - 1] in ("--tls", "--ca-file") and command[place - 1] in command[place:]:
            continue
        result.append(part)
    return result


for name in sys.argv[1:]:
    page = Page((HERE / name).resolve())
    try:
        page.check()
    finally:
        page.stop()
