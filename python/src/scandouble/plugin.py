"""The pytest plugin: one server for the run, a world for each test, the journal of failed tests, coverage at the end.

The server starts when the first test needs it. With pytest-xdist the controller starts it and all workers share it, so the
run has one coverage. Worlds isolate the tests.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from . import report
from .admin import Refused
from .server import NotStarted, Server
from .world import World

_SERVER = pytest.StashKey["SharedServer"]()
_WORLD = pytest.StashKey[World]()


class SharedServer:
    """The server of this run, started on first use."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._server: Server | None = None
        # In a worker of pytest-xdist: the addresses that the controller sent.
        self._from_controller: dict[str, str | None] | None = getattr(config, "workerinput", {}).get("scandouble")

    def server(self) -> Server:
        """Returns the server, and starts it at the first call.

        :raises NotStarted: if it cannot be started.
        """
        if self._server is None:
            self._server = self._start()
        return self._server

    def _start(self) -> Server:
        if self._from_controller is not None:
            if self._from_controller["error"] is not None:
                raise NotStarted(self._from_controller["error"])
            return Server.at(str(self._from_controller["url"]), self._from_controller["https"], self._from_controller["ca_file"])
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
            return {"url": None, "https": None, "ca_file": None, "error": str(error)}
        https = server.https if server._https else None
        return {"url": server.url, "https": https, "ca_file": str(server.ca_file), "error": None}

    @property
    def running(self) -> Server | None:
        """The server, if a test has used it."""
        return self._server

    def close(self) -> None:
        """Stops the server if it was started here."""
        if self._server is not None:
            self._server.stop()
            self._server = None


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("scandouble", "scandouble, a test double for malware-scan services")
    group.addoption("--scandouble-cov", action="store_true", help="print which behaviours of the vendors the tests exercised")
    group.addoption("--scandouble-cov-fail-under", type=float, metavar="PERCENT", help="fail if the coverage is lower")
    group.addoption(
        "--scandouble-cov-report", metavar="FILE", help="write the coverage to a file: .html, .json, .txt, or .xml for JUnit"
    )
    parser.addini("scandouble_fixtures", "fixture files, folders or built-in sets, instead of the default ones", "linelist", [])
    parser.addini("scandouble_args", "further flags for `scandouble serve`", "args", [])


def pytest_configure(config: pytest.Config) -> None:
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
    except NotStarted as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def scandouble(scandouble_server: Server, request: pytest.FixtureRequest) -> Iterator[World]:
    """A new world for this test."""
    item = request.node
    # Several runs can share a server, so the name ends with a random part.
    world = scandouble_server.world(f"{re.sub('[^A-Za-z0-9_.-]+', '-', item.name)[:80]}-{uuid.uuid4().hex[:12]}")
    item.stash[_WORLD] = world
    yield world
    world.remove()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    result: pytest.TestReport = yield
    world = item.stash.get(_WORLD, None)
    if result.failed and result.when != "teardown" and world is not None:
        result.sections.append((f"scandouble journal of {world.name}", report.journal(world)))
    return result


def _coverage_server(config: pytest.Config) -> Server | None:
    """The server whose coverage this process reports; ``None`` in workers, and if no option asks for it."""
    options = ("--scandouble-cov", "--scandouble-cov-fail-under", "--scandouble-cov-report")
    if hasattr(config, "workerinput") or not any(config.getoption(name) not in (None, False) for name in options):
        return None
    return config.stash[_SERVER].running


def pytest_sessionfinish(session: pytest.Session) -> None:
    server, minimum = _coverage_server(session.config), session.config.getoption("--scandouble-cov-fail-under")
    if server is None:
        if minimum and not hasattr(session.config, "workerinput") and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return
    path = session.config.getoption("--scandouble-cov-report")
    if path is not None:
        Path(path).write_text(server.coverage_as(str(report.format_of(path))), encoding="utf-8")
    if minimum is not None and server.coverage()["total"]["percent"] < minimum and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    minimum = config.getoption("--scandouble-cov-fail-under")
    if not config.getoption("--scandouble-cov") and minimum is None:
        return
    server = _coverage_server(config)
    terminalreporter.section("scandouble coverage")
    if server is None:
        terminalreporter.write_line("no test used scandouble")
        percent = 0.0
    else:
        terminalreporter.write_line(server.coverage_as("text").rstrip())
        percent = server.coverage()["total"]["percent"]
    if minimum is not None and percent < minimum:
        terminalreporter.write_line(f"FAIL: scandouble coverage is {percent:g} %, below {minimum:g} %", red=True, bold=True)
