"""A server: one that is started here, or a running one."""

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
    """The server did not start. The text is its error message."""


class Server:
    """A server on free ports of this machine, for HTTP and HTTPS. It runs until the end of a ``with`` block or :meth:`stop`.

    ``fixtures`` are files, folders or built-in sets, instead of the default ones. ``arguments`` are further flags of
    ``scandouble serve``.

    :raises NotStarted: if a fixture or a flag has errors.
    """

    def __init__(self, fixtures: Sequence[str | os.PathLike[str]] = (), arguments: Sequence[str] = ()) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="scandouble-")
        ca_file = Path(self._folder.name, "ca.pem")
        command = [find_binary(), "serve", "--listen", "127.0.0.1:0", "--log", "json"]
        command += ["--tls", "self-signed", "--tls-listen", "127.0.0.1:0", "--ca-file", str(ca_file)]
        for fixture in fixtures:
            command += ["--fixtures", os.fspath(fixture)]
        errors = Path(self._folder.name, "stderr")
        with errors.open("wb") as stderr:
            # The server must not read the standard input of the test run.
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
            text = _error_text(errors.read_text(encoding="utf-8", errors="replace"))
            self.stop()
            raise NotStarted(f"scandouble did not start, exit code {code}:\n{text}")
        # Reads the rest of the output, so that the server never blocks on a full pipe.
        threading.Thread(target=lambda: [None for _ in self._events()], daemon=True).start()
        self._https: str | None = https
        self._ca_file: Path | None = ca_file
        self.admin = Admin(self.url)

    @classmethod
    def at(cls, url: str, https: str | None = None, ca_file: str | os.PathLike[str] | None = None) -> Server:
        """Returns the running server at ``url``. ``https`` is its HTTPS address, with a certificate of the CA in ``ca_file``.

        :meth:`stop` leaves it running.
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
        """The base URL for HTTPS.

        :raises LookupError: if it is not known.
        """
        if self._https is None:
            raise LookupError(f"{self.url} was not started here; set SCANDOUBLE_HTTPS_URL to its HTTPS address")
        return self._https

    @property
    def ca_file(self) -> Path:
        """The file with the CA certificate that HTTPS clients must trust, as PEM."""
        if self._ca_file is None:
            path = Path(self._folder.name, "ca.pem")
            path.write_text(self.admin.call("GET", "ca.pem"))
            self._ca_file = path
        return self._ca_file

    def world(self, name: str) -> World:
        """Returns the world of this name, and creates it if it is new. A name has 1 to 100 letters, digits, ``.``, ``_``,
        ``-`` and ``~``."""
        return World(self, name)

    def coverage(self, api: str | None = None) -> dict[str, Any]:
        """Returns which behaviours were exercised in all worlds, removed ones included."""
        report: dict[str, Any] = self.admin.call("GET", "coverage", world="all", api=api)
        return report

    def coverage_as(self, format: str) -> str:
        """Returns the coverage as text in the format ``text``, ``html``, ``junit`` or ``json``."""
        report = self.admin.call("GET", "coverage", world="all", format=format)
        return report if isinstance(report, str) else json.dumps(report, indent=2)

    def stop(self) -> None:
        """Stops the server if it was started here."""
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
        """Yields the JSON lines that the server prints, until it ends."""
        assert self._process is not None and self._process.stdout is not None
        for line in self._process.stdout:
            try:
                yield json.loads(line)
            except ValueError:
                continue


def _error_text(lines: str) -> str:
    """Returns the errors of a failed start, given as JSON lines, in the format of a compiler."""
    errors = []
    for line in lines.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            errors.append(line)
            continue
        if event.get("event") == "error":
            errors.append(f"{event['file']}:{event['line']}: {event['what']}; {event['help']}".rstrip("; "))
        else:
            errors.append(str(event.get("message", line)))
    return "\n".join(errors)
