"""The first test of each kind of user, in an empty folder: a Python developer, a CI engineer, the author of an integration whose
vendor host is built in, and teams in Node, Java, Go and Rust. The pages of the documentation are followed to the letter.

Usage: first_steps.py [NAME]...   only these: python, integration, ci, rust, pre-commit, or a page: languages, fixed-host
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/clients"), str(ROOT / "tests/image")]
BINARY = pathlib.Path(os.environ["SCANDOUBLE_BINARY"]).resolve()
FENCE = re.compile(r"^```(\w+)\n(.*?)^```\n", re.M | re.S)
# The name of a file, in the first line of a block.
NAMED = re.compile(r"(?://|#) ([\w.-]+\.(?:mjs|java|go|py))\b")

PYTHON_TEST = """
import json, urllib.request

def test_infected_files_are_held_back(scandouble):
    (dropper,) = scandouble.samples({"name": "dropper.exe", "content": "harmless", "verdict": "infected"})
    body = json.dumps({"hash": [dropper["sha256"]]}).encode()
    request = urllib.request.Request(scandouble.metadefender_cloud + "/v2/hash", body, {"apikey": "exampleapikey"})
    assert json.load(urllib.request.urlopen(request, timeout=10))[0]["scan_result"] == 1
"""
FIXED_HOST_TEST = """
import requests

def holds_back(digest, key):  # the integration
    url = f"https://api.metadefender.com/v2/hash/{digest}"
    return requests.get(url, headers={"apikey": key}, timeout=10).json()["scan_results"]["scan_all_result_i"] == 1

def test_infected_files_are_held_back(scandouble, scandouble_proxy):
    (dropper,) = scandouble.samples({"name": "dropper.exe", "content": "harmless", "verdict": "infected"})
    assert holds_back(dropper["sha256"], scandouble_proxy.accounts["metadefender-cloud"]["key"])
    scandouble.verify({"call": {"behaviour": "metadefender-cloud/hash.found"}, "times": 1})
"""
RUST_TEST = """
#[tokio::test]
async fn infected_files_are_held_back() -> Result<(), Box<dyn std::error::Error>> {
    let fixture = "samples: [{ name: dropper.exe, content: harmless, verdict: infected }]";
    let server = scandouble::Emulator::builder().fixtures_text("dropper.yaml", fixture).start().await?;
    assert!(server.url().starts_with("http://127.0.0.1:"));
    Ok(server.stop().await?)
}
"""


class Failed(Exception):
    pass


def run(folder, script, **more):
    """Runs a script of bash in the folder, with the program on the PATH; returns its output without its errors."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("SCANDOUBLE_") and not name.lower().endswith("_proxy")}
    environment |= {"PATH": f"{BINARY.parent}:{os.environ['PATH']}"} | more
    done = subprocess.run(["bash", "-euc", script], cwd=folder, env=environment, text=True, capture_output=True, timeout=900)
    if done.returncode:
        raise Failed(f"exit code {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def python(folder):
    (folder / "test_gateway.py").write_text(PYTHON_TEST)
    run(folder, f"python3 -m venv venv && venv/bin/pip install --quiet '{os.environ['SCANDOUBLE_WHEEL']}' && venv/bin/pytest -q")


def integration(folder):
    (folder / "test_integration.py").write_text(FIXED_HOST_TEST)
    wheel = os.environ["SCANDOUBLE_WHEEL"]
    run(folder, f"python3 -m venv venv && venv/bin/pip install --quiet '{wheel}' requests==2.32.5 && venv/bin/pytest -q")


def ci(folder):
    """The commands of the workflow for GitHub Actions, against a container of the image."""
    import yaml  # comes with the tools of tests/examples
    from container import Container, docker_path

    workflow = yaml.safe_load((ROOT / "examples/ci/github-actions.yaml").read_text())
    shutil.copytree(ROOT / "examples/containers/fixtures", folder / "fixtures")
    with Container() as double:
        steps = [step["run"] for step in workflow["jobs"]["tests"]["steps"] if "run" in step]
        loaded, looked_up, coverage = (run(folder, step, SCAN_URL=double.url, PATH=docker_path()) for step in steps)
    if json.loads(loaded)["samples"] != 1 or json.loads(looked_up)[0]["scan_result"] != 1 or "bulk.ok" not in coverage:
        raise Failed(loaded + looked_up + coverage)


def pre_commit(folder):
    """The hook checks the fixtures of a repository, and finds an error."""
    (folder / "fixtures").mkdir()
    fixture = folder / "fixtures/dropper.yaml"
    fixture.write_text("samples: [{ name: dropper.exe, content: harmless, verdict: infected }]\n")
    run(folder, "git init --quiet && git add . && python3 -m venv venv && venv/bin/pip install --quiet pre-commit==4.7.0")
    hook = f"venv/bin/pre-commit try-repo '{ROOT}' scandouble-check-system --all-files"
    run(folder, hook, PRE_COMMIT_HOME=str(folder / "cache"))
    fixture.write_text("samples: [{ name: dropper.exe, content: harmless, verdikt: infected }]\n")
    said = run(folder, f"! {hook}", PRE_COMMIT_HOME=str(folder / "cache"))
    if "fixtures/dropper.yaml:1:51: error: unknown field" not in said:
        raise Failed(said)


def rust(folder):
    target = os.environ["SCANDOUBLE_CARGO_TARGET"]
    run(folder, "cargo init --quiet --lib --name gateway && "
                f"cargo add --quiet --dev --path '{ROOT}' && cargo add --quiet --dev tokio --features macros,rt-multi-thread")
    (folder / "tests").mkdir()
    (folder / "tests/gateway.rs").write_text(RUST_TEST)
    # The versions that the other builds of this folder have compiled.
    shutil.copy(ROOT / "Cargo.lock", folder)
    run(folder, "cargo test --quiet --test gateway", CARGO_TARGET_DIR=target)


def page(name):
    """Yields the title and a function for each section of a page with commands: it writes the files of the section, runs its
    commands and compares their output."""
    text = (ROOT / f"docs/{name}.md").read_text()
    for section in re.split(r"^##+ ", text, flags=re.M)[1:]:
        blocks = FENCE.findall(section)
        if any(kind == "sh" for kind, _ in blocks):
            yield section.splitlines()[0], lambda folder, blocks=blocks: follow(folder, blocks)


def follow(folder, blocks):
    from double import Double

    double = Double(fixtures=("builtin:starter", "builtin:vendor-examples"))
    double.command += ["--ca-file", str(folder / "ca.pem")]
    double.start()
    try:
        # A Python that has the packages which the page imports.
        path = f"{os.environ['SCANDOUBLE_PYTHON']}:{BINARY.parent}:{os.environ['PATH']}"
        printed = None
        for kind, text in blocks:
            if found := NAMED.match(text):
                (folder / found[1]).write_text(text)
            if kind == "sh":
                port = double.plain.rpartition(":")[2]
                printed = run(folder, re.sub(r"\b8080\b", port, text), PATH=path)
            elif kind == "text" and printed.rstrip("\n") != text.rstrip("\n"):
                raise Failed(f"printed {printed!r} instead of {text!r}")
    finally:
        double.stop()


def users():
    """Yields the title and the function of each user that the arguments name."""
    stories = {"python": ("Python: the wheel and pytest", python), "ci": ("CI: the image as a service", ci),
               "integration": ("Python: a vendor's host built in", integration), "rust": ("Rust: a dev-dependency", rust),
               "pre-commit": ("pre-commit: the hook", pre_commit)}
    for name in sys.argv[1:] or [*stories, "languages", "fixed-host"]:
        if name in stories:
            yield stories[name]
        else:
            yield from ((f"docs/{name}.md: {heading}", function) for heading, function in page(name))


def main():
    count = failed = 0
    for title, function in users():
        folder = pathlib.Path(tempfile.mkdtemp(prefix="scandouble-first-"))
        began, count, outcome = time.monotonic(), count + 1, "ok"
        try:
            function(folder)
        except (Failed, subprocess.TimeoutExpired) as error:
            outcome, failed = "FAILED", failed + 1
            print(f"{title}: {error}", file=sys.stderr)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"{outcome:6}  {time.monotonic() - began:6.1f} s  {title}", flush=True)
    print(f"\nfirst steps: {count - failed} passed, {failed} failed")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
