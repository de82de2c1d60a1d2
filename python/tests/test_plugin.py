"""The plugin as a user runs it: each test starts its own pytest."""

import json
import os
import re
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
    assert text.count("Coverage of all worlds") == 1
    assert re.search(r"^      7  hash.not-found ", text, re.M), text
    assert re.search(r"^      1  bulk.unknown ", text, re.M), text
    assert re.search(r"^  total .* 2 of 1\d\d$", text, re.M), text
    assert result.ret == 0


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
    pytester.makepyfile(PASSES + "\n    def test_two(): pass\n")
    result = pytester.runpytest_subprocess(*workers)
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["*scandouble did not start, exit code 2:", "*bad.yaml:2: sha256 has 3 hex digits, expected 64;*"])


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
        assert re.search(r"^      4  hash.not-found ", result.stdout.str(), re.M)
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
