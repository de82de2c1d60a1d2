"""The pytest plugin: one server for the whole run, a world for each test, its journal where a test fails, coverage at the end.

With pytest-xdist the process that hands out the tests starts the server and the workers share it, so that a run has one
coverage, however its tests were dealt. Worlds keep them apart. Otherwise it starts when the first test asks for it.
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
        # What the process that hands out the tests said, in a worker of pytest-xdist.
        self.told: dict[str, str | None] | None = getattr(config, "workerinput", {}).get("scandouble")

    def server(self) -> Server:
        """The server, which is started at the first call.

        :raises NotStarted: if it cannot be.
        """
        if self._server is None:
            self._server = self._make()
        return self._server

    def _make(self) -> Server:
        if self.told is not None:
            if self.told["error"] is not None:
                raise NotStarted(self.told["error"])
            return Server.at(str(self.told["url"]), self.told["https"], self.told["ca_file"])
        url = os.environ.get("SCANDOUBLE_URL")
        if url:
            server = Server.at(url, os.environ.get("SCANDOUBLE_HTTPS_URL"))
            try:
                server.admin.call("GET", "health")
            except (OSError, Refused) as error:
                raise NotStarted(f"SCANDOUBLE_URL is {url}, where no scandouble answers: {error}") from None
            return server
        try:
            return Server(self._fixtures(), self._config.getini("scandouble_args"))
        except FileNotFoundError as error:
            raise NotStarted(str(error)) from None

    def _fixtures(self) -> list[str]:
        """The sets that the configuration names, paths from where it stands."""
        ini = self._config.inipath
        folder = ini.parent if ini is not None else self._config.rootpath
        named: list[str] = self._config.getini("scandouble_fixtures")
        return [one if one.startswith("builtin:") else str(folder / one) for one in named]

    def for_workers(self) -> dict[str, str | None]:
        """What a worker has to know of the server."""
        try:
            server = self.server()
        except NotStarted as error:
            return {"url": None, "https": None, "ca_file": None, "error": str(error)}
        https = server.https if server._https else None
        return {"url": server.url, "https": https, "ca_file": str(server.ca_file), "error": None}

    @property
    def running(self) -> Server | None:
        """The server, if a test has wanted it."""
        return self._server

    def close(self) -> None:
        """Stops the server, if it was started here."""
        if self._server is not None:
            self._server.stop()
            self._server = None


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("scandouble", "scandouble, a test double for malware-scan services")
    group.addoption("--scandouble-cov", action="store_true", help="show which of the vendors' behaviours the tests met")
    group.addoption("--scandouble-cov-fail-under", type=float, metavar="PERCENT", help="fail if they met fewer of them")
    group.addoption(
        "--scandouble-cov-report", metavar="FILE", help="write it down, as .html, .json, .txt, or .xml for JUnit"
    )
    parser.addini("scandouble_fixtures", "fixture files, folders or built-in sets, in place of the built-in ones", "linelist", [])
    parser.addini("scandouble_args", "more flags for `scandouble serve`", "args", [])


def pytest_configure(config: pytest.Config) -> None:
    form = config.getoption("--scandouble-cov-report")
    if form is not None and report.form_of(form) is None:
        raise pytest.UsageError(f"--scandouble-cov-report: {form} ends with none of {', '.join(report.FORMS)}")
    config.stash[_SERVER] = SharedServer(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    shared = config.stash.get(_SERVER, None)
    if shared is not None:
        shared.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist is about to start a worker."""
    node.workerinput["scandouble"] = node.config.stash[_SERVER].for_workers()


@pytest.fixture(scope="session")
def scandouble_server(pytestconfig: pytest.Config) -> Server:
    """The server of this run. Most tests want ``scandouble``, a world on it."""
    try:
        return pytestconfig.stash[_SERVER].server()
    except NotStarted as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def scandouble(scandouble_server: Server, request: pytest.FixtureRequest) -> Iterator[World]:
    """A fresh world of the test's own."""
    item = request.node
    # Two runs may share a server; what makes them differ is at the end, where nothing is cut off.
    world = scandouble_server.world(f"{re.sub('[^A-Za-z0-9_.-]+', '-', item.name)[:80]}-{uuid.uuid4().hex[:12]}")
    item.stash[_WORLD] = world
    yield world
    world.remove()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    made: pytest.TestReport = yield
    world = item.stash.get(_WORLD, None)
    if made.failed and made.when != "teardown" and world is not None:
        made.sections.append((f"scandouble journal of {world.name}", report.journal(world)))
    return made


def _covered(config: pytest.Config) -> Server | None:
    """The server whose coverage is to be told, by the process that tells it."""
    wanted = ("--scandouble-cov", "--scandouble-cov-fail-under", "--scandouble-cov-report")
    if hasattr(config, "workerinput") or not any(config.getoption(name) not in (None, False) for name in wanted):
        return None
    return config.stash[_SERVER].running


def pytest_sessionfinish(session: pytest.Session) -> None:
    server, least = _covered(session.config), session.config.getoption("--scandouble-cov-fail-under")
    if server is None:
        if least and not hasattr(session.config, "workerinput") and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return
    path = session.config.getoption("--scandouble-cov-report")
    if path is not None:
        Path(path).write_text(server.coverage_as(str(report.form_of(path))), encoding="utf-8")
    if least is not None and server.coverage()["total"]["percent"] < least and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    least = config.getoption("--scandouble-cov-fail-under")
    if not config.getoption("--scandouble-cov") and least is None:
        return
    server = _covered(config)
    terminalreporter.section("scandouble coverage")
    if server is None:
        terminalreporter.write_line("no test asked for scandouble")
        percent = 0.0
    else:
        terminalreporter.write_line(server.coverage_as("text").rstrip())
        percent = server.coverage()["total"]["percent"]
    if least is not None and percent < least:
        terminalreporter.write_line(f"FAIL: scandouble coverage is {percent:g} %, below {least:g} %", red=True, bold=True)
