"""A server: one that is started here, or a running one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from ._binary import find_binary
from ._log import Log
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
        self._folder = tempfile.mkdtemp(prefix="scandouble-")
        self._ca_file: Path | None = Path(self._folder, "ca.pem")
        command = [find_binary(), "serve", "--listen", "127.0.0.1:0", "--log", "json"]
        command += ["--tls", "self-signed", "--tls-listen", "127.0.0.1:0", "--ca-file", str(self._ca_file)]
        for fixture in fixtures:
            command += ["--fixtures", os.fspath(fixture)]
        # A file and not a pipe: several processes can read it, and the server may outlive this one.
        self._log: Log | None = Log(Path(self._folder, "log"))
        with self._log.path.open("wb") as log:
            # The server must not read the standard input of the test run.
            self._process: subprocess.Popen[bytes] | None = subprocess.Popen(
                [*command, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        while not (started := self._log.started()):
            if (code := self._process.poll()) is not None and not self._log.started():
                text = self._log.errors()
                self.stop()
                raise NotStarted(f"scandouble did not start, exit code {code}:\n{text}")
            time.sleep(0.005)
        self.url, self._https = started
        self.admin = Admin(self.url)

    @classmethod
    def at(
        cls,
        url: str,
        https: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        log: str | os.PathLike[str] | None = None,
    ) -> Server:
        """Returns the running server at ``url``. ``https`` is its HTTPS address, with a certificate of the CA in ``ca_file``.
        ``log`` is the file with its output, as JSON lines.

        :meth:`stop` leaves it running.
        """
        server = cls.__new__(cls)
        server._process = None
        server._folder = tempfile.mkdtemp(prefix="scandouble-")
        server._log = Log(Path(log)) if log else None
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
            path = Path(self._folder, "ca.pem")
            path.write_text(self.admin.call("GET", "ca.pem"))
            self._ca_file = path
        return self._ca_file

    @property
    def log(self) -> Log | None:
        """Its output; ``None`` if it was not started here."""
        return self._log

    def proxy_environment(self) -> dict[str, str]:
        """Returns environment variables with which clients use the server as their proxy and trust its certificates, so that
        it answers for the vendors' hosts. They are read by curl, Go, Python (``requests``, ``httpx``, ``urllib``) and, except
        for the proxy, by Node."""
        ca_file = str(self.ca_file)
        trust = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        # Some programs read only one case. No host may be left out, or its client would look for the real one.
        proxy = {name: self.url for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy")}
        return {**proxy, "NO_PROXY": "", "no_proxy": "", **dict.fromkeys(trust, ca_file)}

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
        shutil.rmtree(self._folder, ignore_errors=True)

    def leave_running(self) -> int | None:
        """Lets the server outlive this process. Returns its process id; ``None`` if it was not started here."""
        process, self._process = self._process, None
        if process is None:
            return None
        # Otherwise Python warns that the process still runs.
        process.returncode = 0
        return process.pid

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
