"""The plugin as a user runs it: each test starts its own pytest."""

import json
import os
import re
import signal
import xml.etree.ElementTree as ET

import pytest

from scandouble import Server

LOOKS = """
    import urllib.request

    def look(base, text="abc"):
        with urllib.request.urlopen(f"{base}/hash/{text}", timeout=10) as answer:
            return answer.read().decode()
"""
PASSES = LOOKS + """
    def test_one(scandouble):
        assert look(scandouble.metadefender_core) == '{"abc":"Not Found"}'
"""


@pytest.fixture(autouse=True)
def no_server_from_the_environment(monkeypatch):
    for name in ("SCANDOUBLE_URL", "SCANDOUBLE_HTTPS_URL"):
        monkeypatch.delenv(name, raising=False)


def processes():
    """The CA files of all running servers, from their command lines."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read().split(b"\0")
        except OSError:
            continue
        if b"--ca-file" in command:
            found.append(command[command.index(b"--ca-file") + 1])
    return set(found)


def test_each_test_has_a_world_on_one_server(pytester):
    pytester.makepyfile(LOOKS + """
    seen = []

    def test_one(scandouble):
        seen.append(scandouble)
        look(scandouble.url)

    def test_two(scandouble, scandouble_server):
        assert scandouble.journal() == []
        assert scandouble.url.startswith(scandouble_server.url + "/_world/test_two-")
        assert seen[0].url.startswith(scandouble_server.url + "/_world/test_one-")
        names = [world["name"] for world in scandouble_server.admin.call("GET", "worlds")["worlds"]]
        assert names == ["default", scandouble.name]

    def test_an_awkward_name_of_more_than_a_hundred_letters_which_is_more_than_a_world_may_have(scandouble):
        assert len(scandouble.name) <= 100
    """)
    before = processes()
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    result.assert_outcomes(passed=3)
    assert processes() <= before, "the server stops with the run"


def test_no_server_starts_unless_a_test_uses_it(pytester, monkeypatch):
    monkeypatch.setenv("SCANDOUBLE_BIN", "/bin/false")
    pytester.makepyfile("def test_one(): pass")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
    pytester.runpytest_subprocess("-n", "2").assert_outcomes(passed=1)


def test_parametrized_names_become_names_of_worlds(pytester):
    pytester.makepyfile("""
    import pytest

    @pytest.mark.parametrize("text", ["a/b c", "ü", "%41", ".."])
    def test_one(scandouble, text):
        assert scandouble.journal() == []
    """)
    pytester.runpytest_subprocess().assert_outcomes(passed=4)


def test_a_failure_shows_what_the_server_received(pytester):
    pytester.makepyfile(LOOKS + """
    import pytest

    def test_fails(scandouble):
        look(scandouble.metadefender_core, "found-in-the-report")
        assert False

    def test_silent(scandouble):
        assert False

    def test_passes(scandouble):
        look(scandouble.metadefender_core, "not-in-the-report")

    @pytest.fixture
    def broken(scandouble):
        look(scandouble.metadefender_core, "asked-by-a-fixture")
        raise RuntimeError

    def test_errs(broken):
        pass
    """)
    for arguments in ([], ["-n", "2"]):
        result = pytester.runpytest_subprocess(*arguments)
        result.assert_outcomes(failed=2, passed=1, errors=1)
        text = result.stdout.str()
        assert re.search(r"scandouble journal of test_fails-\w{12}", text)
        assert re.search(r"#1  GET /hash/found-in-the-report  ->  200  metadefender-core/hash.not-found\n"
                         r"    at 20.*Z, account anonymous\n"
                         r'    < {"found-in-the-report":"Not Found"}\n', text)
        assert re.search(r"nothing was received; give the client under test http://127.0.0.1:\d+/_world/test_silent-", text)
        assert "#1  GET /hash/asked-by-a-fixture  ->  200" in text
        assert "not-in-the-report" not in text


def test_the_journal_tells_bodies_faults_and_findings(pytester):
    pytester.makepyfile("""
    import urllib.request

    def test_fails(scandouble):
        scandouble.faults.add(id="slow", latency="1ms")
        request = urllib.request.Request(scandouble.url + "/v2/hash", b'{"hash":["abc"]}', {"apikey": "exampleapikey"})
        urllib.request.urlopen(request, timeout=10).read()
        for _ in range(60):
            urllib.request.urlopen(scandouble.url + "/hash/abc", timeout=10).read()
        assert not [scandouble.verify({"call": {}, "times": 1})]
    """)
    text = pytester.runpytest_subprocess().stdout.str()
    assert "(11 earlier exchanges are left out)" in text
    assert "    fault: slow" in text
    assert "E   " in text and "exactly 1" in text


@pytest.mark.parametrize("workers", [[], ["-n", "3"]], ids=["alone", "xdist"])
def test_coverage_is_printed_once_for_the_whole_run(pytester, workers):
    pytester.makepyfile(LOOKS + """
    import pytest

    @pytest.mark.parametrize("number", range(7))
    def test_core(scandouble, number):
        look(scandouble.metadefender_core)

    def test_cloud(scandouble):
        request = urllib.request.Request(scandouble.url + "/v2/hash", b'{"hash":["abc"]}', {"apikey": "exampleapikey"})
        urllib.request.urlopen(request, timeout=10).read()
    """)
    result = pytester.runpytest_subprocess("--scandouble-cov", *workers)
    result.assert_outcomes(passed=8)
    text = result.stdout.str()
    assert text.count("= scandouble coverage =") == 1
    table = text.partition("= scandouble coverage =")[2]
    assert re.search(r"^metadefender-core +\d\.\d %    1 of \d+  missing:$", table, re.M), text
    assert re.search(r"^spectra-analyze +0\.0 %    0 of \d+  not called$", table, re.M), text
    assert re.search(r"^total +\d\.\d %    2 of \d{3}$", table, re.M), text
    cloud, core = (set(re.findall(r"[^\s,]+", part)) for part in table.partition("metadefender-cloud")[2].split("metadefender-core"))
    assert "bulk.ok" in cloud and "hash.found" in core, "behaviours of called APIs that are missing"
    assert "bulk.unknown" not in cloud and "hash.not-found" not in core, "what was exercised is not listed"
    assert not any(len(line) > 100 for line in table.splitlines()[1:])
    assert result.ret == 0

@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_coverage_and_minimums_of_chosen_apis(pytester, workers):
    pytester.makepyfile(PASSES)

    def run(*arguments):
        return pytester.runpytest_subprocess(*arguments, *workers)

    text = run("--scandouble-cov=metadefender-core,spectra-analyze").stdout.str()
    table = text.partition("= scandouble coverage =")[2]
    assert re.findall(r"^(\S+) +\d\.\d %", table, re.M) == ["spectra-analyze", "metadefender-core", "total"], text
    assert run("--scandouble-cov-fail-under", "metadefender-core=0.5", "--scandouble-cov-fail-under=0.1").ret == 0
    assert run("--scandouble-cov=metadefender-core", "--scandouble-cov-fail-under=2").ret == 0, "of the chosen API, not of all"
    result = run("--scandouble-cov=metadefender-core", "--scandouble-cov-fail-under=metadefender-core=0.5",
                 "--scandouble-cov-fail-under=spectra-analyze=1", "--scandouble-cov-fail-under=90")
    assert result.ret == 1
    failures = re.findall("^FAIL: .*", result.stdout.str(), re.M)
    assert failures[0] == "FAIL: scandouble coverage of spectra-analyze is 0 %, below 1 %"
    assert re.fullmatch(r"FAIL: scandouble coverage is \d\.\d %, below 90 %", failures[1])
    result = run("--scandouble-cov=metadefender-clod")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["FAIL: there is no API metadefender-clod; the server has spectra-intelligence, *"])
    result = run("--scandouble-cov", ".")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--scandouble-cov takes the names of APIs, not .; name the tests before it"])


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_a_failure_shows_the_warnings_of_the_server(pytester, workers):
    pytester.makepyfile("""
    import socket, urllib.parse

    def test_two_hosts(scandouble):
        address = urllib.parse.urlsplit(scandouble.url)
        with socket.create_connection((address.hostname, address.port), 10) as client:
            client.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\nHost: b\\r\\nConnection: close\\r\\n\\r\\n")
            assert client.makefile("rb").read().startswith(b"HTTP/1.1 200")

    def test_later(scandouble):
        assert False
    """)
    result = pytester.runpytest_subprocess("-p", "no:randomly", *workers)
    result.assert_outcomes(failed=2)
    text = result.stdout.str()
    shown = text.partition("scandouble warnings during the test")[2]
    assert "\nrefused a request that has 2 Host headers\n" in shown, text
    if not workers:
        assert text.count("scandouble warnings during the test") == 1, "only in the report of the test that caused them"


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_kept_worlds_can_be_looked_at_after_the_run(pytester, workers):
    pytester.makepyfile(PASSES)
    result = pytester.runpytest_subprocess("--scandouble-keep", *workers)
    result.assert_outcomes(passed=1)
    text = result.stdout.str()
    pid = int(re.search(r"^stop the server with: kill (\d+)$", text, re.M)[1])
    try:
        server = Server.at(re.search(r"^console: (http://127.0.0.1:\d+)/_scandouble/$", text, re.M)[1])
        (kept,) = [world["name"] for world in server.admin.call("GET", "worlds")["worlds"] if world["name"] != "default"]
        assert kept.startswith("test_one-")
        assert len(server.world(kept).journal()) == 1
        server.stop()
    finally:
        os.kill(pid, signal.SIGTERM)


def test_clients_with_a_fixed_vendor_host_reach_their_world(pytester, monkeypatch):
    pytester.makepyfile(client="""
    import sys, urllib.request

    request = urllib.request.Request("https://api.metadefender.com/v2/hash", b'{"hash":["abc"]}', {"apikey": sys.argv[1]})
    print(urllib.request.urlopen(request, timeout=10).read().decode())
    """)
    pytester.makepyfile("""
    import base64, json, os, subprocess, sys, urllib.request

    def test_one(scandouble, scandouble_proxy):
        (sample,) = scandouble.samples({"name": "mine", "content": "mine", "verdict": "infected"})
        key = scandouble_proxy.accounts["metadefender-cloud"]["key"]
        body = json.dumps({"hash": [sample["md5"]]}).encode()
        request = urllib.request.Request("https://api.metadefender.com/v2/hash", body, {"apikey": key})
        assert json.load(urllib.request.urlopen(request, timeout=10))[0]["scan_result"] == 1
        done = subprocess.run([sys.executable, "client.py", key], capture_output=True, text=True, timeout=30)
        assert done.stdout.strip() == '[{"hash":"abc","scan_result":5,"data_id":null}]', done.stderr
        account = scandouble_proxy.accounts["spectra-intelligence"]
        basic = base64.b64encode(f"{account['user']}:{account['password']}".encode()).decode()
        url = "https://data.reversinglabs.com/api/rescan/v1/query/md5/" + sample["md5"]
        request = urllib.request.Request(url, headers={"Authorization": f"Basic {basic}"})
        assert urllib.request.urlopen(request, timeout=10).read() == b"Sample sent for rescanning"
        assert [entry["request"]["path"][:8] for entry in scandouble.journal()] == ["/v2/hash", "/v2/hash", "/api/res"]
        assert set(scandouble_proxy.accounts) == set(scandouble.apis())

    def test_two(scandouble):
        assert "HTTPS_PROXY" not in os.environ and "SSL_CERT_FILE" not in os.environ

    def test_three(scandouble, scandouble_proxy):
        # An account of the server belongs to no world of a test.
        request = urllib.request.Request("https://api.metadefender.com/v2/hash/abc", headers={"apikey": "exampleapikey"})
        assert urllib.request.urlopen(request, timeout=10).read() == b'{"ABC":"Not Found"}'
        assert scandouble.journal() == []
    """)
    # A host that is left out would be looked for in the internet.
    monkeypatch.setenv("NO_PROXY", "api.metadefender.com")
    for name in ("HTTPS_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(passed=3)


def test_asynchronous_tests_have_the_same_world(pytester):
    pytester.makepyfile("""
    import asyncio, urllib.error, urllib.request

    def look(base):
        try:
            urllib.request.urlopen(base + "/hash/abc", timeout=10)
        except urllib.error.HTTPError as error:
            error.close()

    async def story(world):
        (one,) = await world.samples({"name": "one", "content": "one", "verdict": "infected"})
        await world.clock.freeze("2026-03-01T12:00:00Z")
        await world.clock.advance("24h")
        await world.faults.add(id="down", when={"next": 1}, status=503)
        await world.settings.set("metadefender-cloud.lookup-limit", 1)
        assert await world.settings.get("metadefender-cloud.lookup-limit") == "1"
        await world.verify({"call": {}, "times": 0})
        # A long poll does not block the loop.
        waiting = asyncio.create_task(world.journal(wait="20s"))
        await asyncio.to_thread(look, world.metadefender_core)
        assert [entry["response"]["status"] for entry in await waiting] == [503]
        return one["sha256"]

    def test_one(scandouble, scandouble_async):
        assert scandouble.sample(asyncio.run(story(scandouble_async)))["name"] == "one"
        assert scandouble.clock.now().isoformat() == "2026-03-02T12:00:00+00:00"
        assert scandouble_async.url == scandouble.url
    """)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_too_little_coverage_fails_the_run(pytester, workers):
    pytester.makepyfile(PASSES)
    result = pytester.runpytest_subprocess("--scandouble-cov-fail-under", "0.5", *workers)
    assert result.ret == 0
    result = pytester.runpytest_subprocess("--scandouble-cov-fail-under", "99", *workers)
    assert result.ret == 1
    result.stdout.re_match_lines([r"FAIL: scandouble coverage is 0\.\d %, below 99 %"])


def test_a_run_without_worlds_has_no_coverage(pytester):
    pytester.makepyfile("def test_one(): pass")
    result = pytester.runpytest_subprocess("--scandouble-cov", "--scandouble-cov-fail-under", "1")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["no test used scandouble", "FAIL: scandouble coverage is 0 %, below 1 %"])


def test_the_suffix_of_the_report_selects_its_format(pytester):
    pytester.makepyfile(PASSES)
    for name in ("cov.json", "cov.xml", "cov.html", "cov.txt"):
        assert pytester.runpytest_subprocess("--scandouble-cov-report", name).ret == 0
    report = json.loads((pytester.path / "cov.json").read_text())
    assert (report["world"], report["total"]["exercised"]) == ("all", 1)
    assert ET.parse(pytester.path / "cov.xml").getroot().tag == "testsuites"
    assert "<html" in (pytester.path / "cov.html").read_text()
    assert (pytester.path / "cov.txt").read_text().startswith("Coverage of all worlds\n")
    result = pytester.runpytest_subprocess("--scandouble-cov-report", "cov.pdf")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*cov.pdf must end with one of .html, .json, .txt, .xml"])


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_fixtures_and_flags_come_from_the_configuration(pytester, workers):
    pytester.makeini("[pytest]\nscandouble_fixtures =\n  sets/mine.yaml\n  builtin:starter\n"
                     "scandouble_args = --set metadefender-cloud.lookup-limit=7\n")
    pytester.mkdir("sets").joinpath("mine.yaml").write_text("samples: [{ name: mine.txt, content: mine, verdict: clean }]")
    pytester.makepyfile("""
    import hashlib

    def test_one(scandouble):
        assert scandouble.sample(hashlib.md5(b"mine").hexdigest())["name"] == "mine.txt"
        assert scandouble.settings["metadefender-cloud.lookup-limit"] == "7"
    """)
    pytester.runpytest_subprocess(*workers).assert_outcomes(passed=1)


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_errors_of_fixtures_are_reported_with_their_place(pytester, workers):
    pytester.makeini("[pytest]\nscandouble_fixtures = bad.yaml\n")
    (pytester.path / "bad.yaml").write_text("samples:\n  - { name: a, sha256: abc, verdict: clean }\n")
    pytester.makepyfile(PASSES + "\n    def test_two(): pass\n\n    def test_three(scandouble): pass\n")
    result = pytester.runpytest_subprocess(*workers)
    result.assert_outcomes(errors=2, passed=1)
    assert result.stdout.str().count("sha256 has 3 hex digits") == 1
    result.stdout.fnmatch_lines([
        "*scandouble did not start; the reason is at the end of the output",
        "*= scandouble =*",
        "scandouble did not start, exit code 2:",
        "*bad.yaml:2:24: error: sha256 has 3 hex digits, expected 64",
        " 2 |   - { name: a, sha256: abc, verdict: clean }",
        "   |                        ^^^",
    ])


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_a_running_server_is_used(pytester, monkeypatch, workers):
    pytester.makepyfile(LOOKS + """
    import os, pytest

    @pytest.mark.parametrize("number", range(4))
    def test_one(scandouble, number):
        assert scandouble.url.startswith(os.environ["SCANDOUBLE_URL"])
        assert open(scandouble.ca_file).read().startswith("-----BEGIN CERTIFICATE-----")
        look(scandouble.url)

    def test_two(scandouble):
        with pytest.raises(LookupError, match="SCANDOUBLE_HTTPS_URL"):
            scandouble.metadefender_core.https
    """)
    with Server() as server:
        monkeypatch.setenv("SCANDOUBLE_URL", server.url)
        result = pytester.runpytest_subprocess("--scandouble-cov", *workers)
        result.assert_outcomes(passed=5)
        assert re.search(r"^metadefender-core .* 1 of \d+  missing:$", result.stdout.str(), re.M)
        assert server.coverage()["total"]["exercised"] == 1, "the server keeps running after the run"
        names = [world["name"] for world in server.admin.call("GET", "worlds")["worlds"]]
        assert names == ["default"], "the worlds of the tests are removed"


def test_a_server_that_does_not_respond_is_reported(pytester, monkeypatch):
    monkeypatch.setenv("SCANDOUBLE_URL", "http://127.0.0.1:9")
    pytester.makepyfile(PASSES)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*SCANDOUBLE_URL is http://127.0.0.1:9, but no scandouble responds there:*"])


def test_a_missing_binary_is_reported(pytester, monkeypatch):
    monkeypatch.setenv("SCANDOUBLE_BIN", "/nowhere/scandouble")
    pytester.makepyfile(PASSES)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*SCANDOUBLE_BIN is /nowhere/scandouble, which is not a file"])
