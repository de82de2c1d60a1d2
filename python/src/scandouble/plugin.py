"""The pytest plugin: one server for the run, a world for each test, the journal of failed tests, coverage at the end.

The server starts when the first test needs it. With pytest-xdist the controller starts it and all workers share it, so the
run has one coverage. Worlds isolate the tests.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from . import report
from .admin import Refused
from .aio import AsyncWorld
from .server import NotStarted, Server
from .world import World

_SERVER = pytest.StashKey["SharedServer"]()
_WORLD = pytest.StashKey[World]()
#: The size of the server's log when a test began.
_LOG_BEGIN = pytest.StashKey[int]()
#: The report of a test that needs a server which did not start.
_NOT_STARTED = "scandouble did not start; the reason is at the end of the output"


class Proxy(NamedTuple):
    """What a client with a fixed vendor host needs to reach the world of a test."""

    #: The address of the proxy.
    url: str
    #: The environment variables that are set during the test.
    environment: Mapping[str, str]
    #: Credentials that select the world of the test, by API: ``{"metadefender-cloud": {"key": …}, …}``.
    accounts: Mapping[str, Mapping[str, str]]


class SharedServer:
    """The server of this run, started on first use."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._server: Server | None = None
        #: Why the server did not start.
        self.error: str | None = None
        # In a worker of pytest-xdist: the addresses that the controller sent.
        self._from_controller: dict[str, str | None] | None = getattr(config, "workerinput", {}).get("scandouble")

    def server(self) -> Server:
        """Returns the server, and starts it at the first call.

        :raises NotStarted: if it cannot be started.
        """
        if self._server is None:
            try:
                self._server = self._start()
            except NotStarted as error:
                self.error = str(error)
                raise
        return self._server

    def _start(self) -> Server:
        if self._from_controller is not None:
            if self._from_controller["error"] is not None:
                raise NotStarted(self._from_controller["error"])
            given = self._from_controller
            return Server.at(str(given["url"]), given["https"], given["ca_file"], given["log"])
        url = os.environ.get("SCANDOUBLE_URL")
        if url:
            server = Server.at(url, os.environ.get("SCANDOUBLE_HTTPS_URL"))
            try:
                server.admin.call("GET", "health")
            except (OSError, Refused) as error:
                raise NotStarted(f"SCANDOUBLE_URL is {url}, but no scandouble responds there: {error}") from None
            return server
        try:
            return Server(self._fixtures(), self._config.getini("scandouble_args"))
        except FileNotFoundError as error:
            raise NotStarted(str(error)) from None

    def _fixtures(self) -> list[str]:
        """The fixture sets of the configuration. Paths are relative to the configuration file."""
        ini = self._config.inipath
        folder = ini.parent if ini is not None else self._config.rootpath
        named: list[str] = self._config.getini("scandouble_fixtures")
        return [name if name.startswith("builtin:") else str(folder / name) for name in named]

    def for_workers(self) -> dict[str, str | None]:
        """Returns the addresses of the server, for a worker."""
        try:
            server = self.server()
        except NotStarted as error:
            return {"error": str(error)}
        https = server.https if server._https else None
        log = str(server.log.path) if server.log is not None else None
        return {"url": server.url, "https": https, "ca_file": str(server.ca_file), "log": log, "error": None}

    @property
    def running(self) -> Server | None:
        """The server, if a test has used it."""
        return self._server

    def close(self) -> None:
        """Stops the server if it was started here and is not left running."""
        if self._server is not None:
            self._server.stop()
            self._server = None


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("scandouble", "scandouble, a test double for malware-scan services")
    group.addoption(
        "--scandouble-cov",
        action="append",
        nargs="?",
        const="all",
        metavar="API,…",
        help="print which behaviours of the vendors the tests exercised, of all APIs or of these",
    )
    group.addoption(
        "--scandouble-cov-fail-under",
        action="append",
        type=_minimum,
        metavar="[API=]PERCENT",
        help="fail if the coverage is lower; may be given several times",
    )
    group.addoption(
        "--scandouble-cov-report", metavar="FILE", help="write the coverage to a file: .html, .json, .txt, or .xml for JUnit"
    )
    group.addoption("--scandouble-keep", action="store_true", help="keep the server and the worlds of all tests after the run")
    parser.addini("scandouble_fixtures", "fixture files, folders or built-in sets, instead of the default ones", "linelist", [])
    parser.addini("scandouble_args", "further flags for `scandouble serve`", "args", [])


def _minimum(text: str) -> tuple[str, float]:
    """Parses ``API=PERCENT`` or ``PERCENT``, which is for ``all``."""
    api, _, percent = text.rpartition("=")
    return api or "all", float(percent)


def pytest_configure(config: pytest.Config) -> None:
    for text in config.getoption("--scandouble-cov") or []:
        if os.path.exists(text) or "::" in text:
            raise pytest.UsageError(f"--scandouble-cov takes the names of APIs, not {text}; name the tests before it")
    path = config.getoption("--scandouble-cov-report")
    if path is not None and report.format_of(path) is None:
        raise pytest.UsageError(f"--scandouble-cov-report: {path} must end with one of {', '.join(report.FORMATS)}")
    config.stash[_SERVER] = SharedServer(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    shared = config.stash.get(_SERVER, None)
    if shared is not None:
        shared.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Runs before pytest-xdist starts a worker."""
    node.workerinput["scandouble"] = node.config.stash[_SERVER].for_workers()


@pytest.fixture(scope="session")
def scandouble_server(pytestconfig: pytest.Config) -> Server:
    """The server of this run. Most tests use ``scandouble``, a world of it."""
    try:
        return pytestconfig.stash[_SERVER].server()
    except NotStarted:
        pass
    # Not in the handler, or pytest prints the error of the start for each test.
    pytest.fail(_NOT_STARTED, pytrace=False)


@pytest.fixture
def scandouble(scandouble_server: Server, request: pytest.FixtureRequest) -> Iterator[World]:
    """A new world for this test."""
    item = request.node
    # Several runs can share a server, so the name ends with a random part.
    world = scandouble_server.world(f"{re.sub('[^A-Za-z0-9_.-]+', '-', item.name)[:80]}-{uuid.uuid4().hex[:12]}")
    item.stash[_WORLD] = world
    if scandouble_server.log is not None:
        item.stash[_LOG_BEGIN] = scandouble_server.log.size()
    yield world
    if not request.config.getoption("--scandouble-keep"):
        world.remove()


@pytest.fixture
def scandouble_async(scandouble: World) -> AsyncWorld:
    """The world of this test for asynchronous tests: the same methods, to be awaited."""
    return AsyncWorld(scandouble)


@pytest.fixture
def scandouble_proxy(scandouble: World, scandouble_server: Server, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    """For a client whose vendor host is fixed. During the test the environment names the server as the proxy and its CA as
    trusted, and ``.accounts`` are credentials that lead to the world of the test."""
    environment = scandouble_server.proxy_environment()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Proxy(scandouble_server.url, environment, scandouble.own_accounts())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    result: pytest.TestReport = yield
    world = item.stash.get(_WORLD, None)
    if result.failed and result.when != "teardown" and world is not None:
        result.sections.append((f"scandouble journal of {world.name}", report.journal(world)))
        server = item.config.stash[_SERVER].running
        if server is not None and server.log is not None:
            warnings = server.log.warnings(item.stash[_LOG_BEGIN])
            if warnings:
                # The server does not know whose they are: a failed TLS handshake belongs to no world.
                result.sections.append(("scandouble warnings during the test", "\n".join(warnings)))
    return result


class Coverage:
    """The coverage of this run, and what the options want of it."""

    def __init__(self, config: pytest.Config) -> None:
        named = [name.strip() for text in config.getoption("--scandouble-cov") or [] for name in text.split(",")]
        #: The APIs to print; empty for all.
        self.only = [name for name in named if name not in ("", "all")]
        self.path: str | None = config.getoption("--scandouble-cov-report")
        self.minimums: dict[str, float] = dict(config.getoption("--scandouble-cov-fail-under") or [])
        self.is_printed = bool(named or self.minimums)
        is_worker = hasattr(config, "workerinput")
        self.is_wanted = not is_worker and (self.is_printed or self.path is not None)
        self._server = config.stash[_SERVER].running if self.is_wanted else None

    def apis(self) -> list[dict[str, Any]] | None:
        """Returns the coverage of each API; ``None`` if no test used the server."""
        return None if self._server is None else list(self._server.coverage()["apis"])

    def chosen(self, apis: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Returns the APIs that the option names."""
        return [api for api in apis if not self.only or api["api"] in self.only]

    def failures(self) -> list[str]:
        """Returns why the run fails."""
        apis = self.apis() or []
        known = [api["api"] for api in apis]
        unknown = [name for name in [*self.only, *self.minimums] if apis and name not in [*known, "all"]]
        failures = [f"FAIL: there is no API {name}; the server has {', '.join(known)}" for name in unknown]
        minimums = {name: minimum for name, minimum in self.minimums.items() if name not in unknown}
        return failures + report.too_low(apis, self.chosen(apis), minimums)

    def write(self) -> None:
        """Writes the report to the file that the option names."""
        if self.path is not None and self._server is not None:
            text = self._server.coverage_as(str(report.format_of(self.path)))
            Path(self.path).write_text(text, encoding="utf-8")


def pytest_sessionfinish(session: pytest.Session) -> None:
    coverage = Coverage(session.config)
    if not coverage.is_wanted:
        return
    coverage.write()
    if coverage.failures() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    shared = config.stash[_SERVER]
    errors = [*terminalreporter.getreports("error"), *terminalreporter.getreports("failed")]
    if shared.error is not None and any(_NOT_STARTED in str(error.longrepr) for error in errors):
        terminalreporter.section("scandouble")
        terminalreporter.write_line(shared.error)
    coverage = Coverage(config)
    if coverage.is_printed and coverage.is_wanted:
        terminalreporter.section("scandouble coverage")
        apis = coverage.apis()
        if apis is None:
            terminalreporter.write_line("no test used scandouble")
        else:
            for line in report.coverage(coverage.chosen(apis), config.get_terminal_writer().fullwidth):
                terminalreporter.write_line(line)
        for line in coverage.failures():
            terminalreporter.write_line(line, red=True, bold=True)
    if shared.running is not None and config.getoption("--scandouble-keep"):
        terminalreporter.section("scandouble keeps the worlds")
        terminalreporter.write_line(f"console: {shared.running.url}/_scandouble/")
        pid = shared.running.leave_running()
        if pid is not None:
            terminalreporter.write_line(f"stop the server with: kill {pid}")
