"""A server: one that is started here, or one that runs already."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from ._binary import find_binary
from .admin import Admin
from .world import World


class NotStarted(Exception):
    """The server did not start; the text is what it said."""


class Server:
    """A server on free ports of this machine, http and https, for the time of a ``with`` or until :meth:`stop`.

    ``fixtures`` are files, folders or built-in sets, in place of the built-in ones; ``arguments`` are any more flags of
    ``scandouble serve``.

    :raises NotStarted: if a fixture or a flag is wrong, with the server's own words.
    """

    def __init__(self, fixtures: Sequence[str | os.PathLike[str]] = (), arguments: Sequence[str] = ()) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="scandouble-")
        ca_file = Path(self._folder.name, "ca.pem")
        command = [find_binary(), "serve", "--listen", "127.0.0.1:0", "--log", "json"]
        command += ["--tls", "self-signed", "--tls-listen", "127.0.0.1:0", "--ca-file", str(ca_file)]
        for fixture in fixtures:
            command += ["--fixtures", os.fspath(fixture)]
        said = Path(self._folder.name, "stderr")
        with said.open("wb") as stderr:
            # A pipe of its own: the test run's standard input is not for it.
            self._process: subprocess.Popen[str] | None = subprocess.Popen(
                [*command, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, text=True
            )
        https = None
        for event in self._events():
            if event.get("event") == "address" and event["tls"] and event["api"] is None:
                https = str(event["url"]).replace("127.0.0.1", "localhost")
            if event.get("event") == "listening":
                self.url = str(event["url"])
                break
        else:
            code = self._process.wait()
            text = _plain(said.read_text(encoding="utf-8", errors="replace"))
            self.stop()
            raise NotStarted(f"scandouble did not start, exit code {code}:\n{text}")
        # What else it says is read, so that it never waits for a reader.
        threading.Thread(target=lambda: [None for _ in self._events()], daemon=True).start()
        self._https: str | None = https
        self._ca_file: Path | None = ca_file
        self.admin = Admin(self.url)

    @classmethod
    def at(cls, url: str, https: str | None = None, ca_file: str | os.PathLike[str] | None = None) -> Server:
        """One that runs already at ``url``; ``https`` is where it speaks that, signed by the authority in ``ca_file``.

        Stopping it here leaves it running.
        """
        server = cls.__new__(cls)
        server._process = None
        server._folder = tempfile.TemporaryDirectory(prefix="scandouble-")
        server.url = url.rstrip("/")
        server._https = https.rstrip("/") if https else None
        server._ca_file = Path(ca_file) if ca_file else None
        server.admin = Admin(server.url)
        return server

    @property
    def https(self) -> str:
        """Its base address for https.

        :raises LookupError: if nobody said where that is.
        """
        if self._https is None:
            raise LookupError(f"{self.url} was not started here: say where it speaks https with SCANDOUBLE_HTTPS_URL")
        return self._https

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that clients of https have to trust, as PEM."""
        if self._ca_file is None:
            path = Path(self._folder.name, "ca.pem")
            path.write_text(self.admin.call("GET", "ca.pem"))
            self._ca_file = path
        return self._ca_file

    def world(self, name: str) -> World:
        """The world of this name: 1 to 100 letters, digits, ``.``, ``_``, ``-`` and ``~``. It is made if it is new."""
        return World(self, name)

    def coverage(self, api: str | None = None) -> dict[str, Any]:
        """Which behaviours were answered, in all worlds there are and were."""
        report: dict[str, Any] = self.admin.call("GET", "coverage", world="all", api=api)
        return report

    def coverage_as(self, form: str) -> str:
        """The same as ``text``, ``html`` or ``junit``, or as ``json`` text."""
        report = self.admin.call("GET", "coverage", world="all", format=form)
        return report if isinstance(report, str) else json.dumps(report, indent=2)

    def stop(self) -> None:
        """Stops it, if it was started here."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._folder.cleanup()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _events(self) -> Any:
        """What the program says, a JSON object in each line, until it ends."""
        assert self._process is not None and self._process.stdout is not None
        with_output = self._process.stdout
        for line in with_output:
            try:
                yield json.loads(line)
            except ValueError:
                continue


def _plain(lines: str) -> str:
    """The faults in the JSON lines of a start that failed, as a person would have been told."""
    told = []
    for line in lines.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            told.append(line)
            continue
        if event.get("event") == "error":
            told.append(f"{event['file']}:{event['line']}: {event['what']}; {event['help']}".rstrip("; "))
        else:
            told.append(str(event.get("message", line)))
    return "\n".join(told)
