"""One world: its base URLs, and everything that a test arranges in it or asks of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, Union

from .admin import Admin, Refused

#: A duration: ``"24h"``, ``"90s"``, ``"250ms"``, or a timedelta.
Duration = Union[str, timedelta]
#: A time: ``"2026-03-01T12:00:00Z"``, ``"-2d"`` from now, or a datetime with a time zone.
Time = Union[str, datetime]


class Address(str):
    """The base URL for a client of an API, over HTTP. ``.https`` is the same for HTTPS."""

    _https: str | None

    def __new__(cls, http: str, https: str | None = None) -> Address:
        address = super().__new__(cls, http)
        address._https = https
        return address

    @property
    def https(self) -> str:
        """For clients that accept HTTPS only. They must trust :attr:`World.ca_file`."""
        if self._https is None:
            raise LookupError("the HTTPS address of this server is not known; set SCANDOUBLE_HTTPS_URL")
        return self._https


class ApiAddress:
    """An attribute of :class:`World`: the base URL for one API. ``path`` is the part that its clients expect in it."""

    def __init__(self, path: str = "") -> None:
        self._path = path

    def __get__(self, world: World, owner: type[World]) -> Address:
        return world.address(self._path)


class ServerAddresses(Protocol):
    """The parts of a server that a world depends on."""

    @property
    def url(self) -> str:
        """The base URL."""

    @property
    def https(self) -> str:
        """The base URL for HTTPS.

        :raises LookupError: if it is not known.
        """

    @property
    def ca_file(self) -> Path:
        """The file with the CA certificate that HTTPS clients must trust, as PEM."""


class World:
    """An isolated world. It starts with the server's fixtures and has its own samples, accounts, queue, limits, faults,
    settings, clock and journal.

    All APIs have the same base URL, :attr:`url`. The attributes below name them by API; :meth:`apis` lists the APIs that the
    server emulates, also those without an attribute.
    """

    #: For ReversingLabs Spectra Intelligence, instead of ``https://data.reversinglabs.com``. Its SDK accepts HTTPS only.
    spectra_intelligence = ApiAddress()
    #: For ReversingLabs Spectra Analyze, instead of the address of the appliance.
    spectra_analyze = ApiAddress()
    #: For OPSWAT MetaDefender Cloud, instead of ``https://api.metadefender.com``.
    metadefender_cloud = ApiAddress()
    #: The same for clients that expect the version in the base URL.
    metadefender_cloud_v4 = ApiAddress("/v4")
    #: For OPSWAT MetaDefender Core, instead of ``http://localhost:8008``.
    metadefender_core = ApiAddress()

    def __init__(self, server: ServerAddresses, name: str) -> None:
        #: The name.
        self.name = name
        #: The base URL, for the vendors' paths and for the admin API.
        self.url = f"{server.url}/_world/{name}"
        self._server = server
        #: The admin API, for everything that has no method here.
        self.admin = Admin(self.url)
        # The path names the world, so that a load balancer sends the request to the server that has it.
        self.admin.call("PUT", f"worlds/{name}")
        #: The clock.
        self.clock = Clock(self.admin)
        #: The fault rules.
        self.faults = Faults(self.admin)
        #: The settings.
        self.settings = Settings(self.admin)

    def __repr__(self) -> str:
        return f"<scandouble world {self.name} at {self.url}>"

    @property
    def https(self) -> str:
        """The base URL for HTTPS."""
        return f"{self._server.https}/_world/{self.name}"

    @property
    def ca_file(self) -> str:
        """The file with the CA certificate, for ``verify=`` and ``cafile=`` of HTTPS clients."""
        return str(self._server.ca_file)

    def address(self, path: str = "") -> Address:
        """Returns the base URL for a client of any API, with ``path`` at its end."""
        try:
            https = self.https + path
        except LookupError:
            https = None
        return Address(self.url + path, https)

    def apis(self) -> dict[str, Address]:
        """Returns the base URLs of all APIs that the server emulates, by name: ``metadefender-cloud``, …"""
        return {api["api"]: self.address() for api in self.coverage()["apis"]}

    def samples(self, *samples: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Adds samples, each with the fields of a sample in a fixture. Returns each as :meth:`sample` does."""
        return [self.sample(row["sha256"]) for row in self.load({"samples": [dict(sample) for sample in samples]})]

    def sample(self, digest: str) -> dict[str, Any]:
        """Returns the sample with this hash, with the fields of a sample in a fixture, derived ones included."""
        sample: dict[str, Any] = self.admin.call("GET", f"samples/{digest}")["sample"]
        return sample

    def load(self, fixture: Mapping[str, Any] | str | os.PathLike[str]) -> list[dict[str, Any]]:
        """Loads a fixture: samples, accounts, fault rules and settings. It is a mapping, a text in YAML or JSON, or the path
        of a file: a ``Path``, or a ``str`` of one line that ends with the suffix of a fixture. Returns name, hash and verdict
        of each sample that was loaded.

        :raises Refused: with all errors and their places.
        :raises FileNotFoundError: if there is no such file.
        """
        if isinstance(fixture, os.PathLike) or (isinstance(fixture, str) and _is_path(fixture)):
            body: object = _text_of(Path(fixture))
        else:
            body = fixture if isinstance(fixture, str) else dict(fixture)
        loaded: list[dict[str, Any]] = self.admin.call("POST", "samples", body)["loaded"]
        return loaded

    def own_accounts(self) -> dict[str, dict[str, str]]:
        """Adds an account of each API that only this world has. Returns their credentials by API:
        ``{"metadefender-cloud": {"key": …}, "spectra-analyze": {"user": …, "password": …, "token": …}, …}``.

        A request with one of them belongs to this world, also without the world in its path. So a client whose base URL cannot
        be changed reaches it through the proxy (:meth:`Server.proxy_environment`)."""
        own: dict[str, dict[str, str]] = {}
        for api in self.admin.call("GET", "accounts")["apis"]:
            # Named like the server's own accounts, which are in the order of the fixtures.
            for account in api["accounts"][:1]:
                own[api["api"]] = {field["name"]: f"{field['value']}-{self.name}" for field in account["credentials"]}
        self.load({"accounts": {api.replace("-", "_"): [credentials] for api, credentials in own.items()}})
        return own

    def finish(self, digest: str) -> None:
        """Completes everything that is in progress for the sample with this hash."""
        self.admin.call("POST", f"samples/{digest}/advance")

    def journal(self, **filters: str | int) -> list[dict[str, Any]]:
        """Returns requests and their responses, oldest first. Filters are ``api``, ``behaviour``, ``account``, ``method``,
        ``path``, ``endpoint``, ``status`` (``"4xx"``), ``fault``, ``finding``, ``hash``, ``since`` and ``limit``. ``wait``
        (``"10s"``) waits for the first match."""
        entries: list[dict[str, Any]] = self.admin.call("GET", "journal", **filters)["entries"]
        return entries

    def coverage(self, api: str | None = None) -> dict[str, Any]:
        """Returns which behaviours were exercised in this world."""
        report: dict[str, Any] = self.admin.call("GET", "coverage", api=api)
        return report

    def verify(self, *expectations: Mapping[str, Any], **more: Any) -> None:
        """Verifies what was received: ``{"call": {"behaviour": …, "hashes": […]}, "times": 1}``. ``more`` are further fields
        of the request, such as ``in_order=True``; see the OpenAPI document of the admin API.

        :raises AssertionError: if an expectation is not met, with the most similar calls.
        """
        __tracebackhide__ = True
        try:
            self.admin.call("POST", "verify", {"expectations": [dict(expectation) for expectation in expectations], **more})
        except Refused as refused:
            if refused.status != 409:
                raise
            raise AssertionError(str(refused)) from None

    def reset(self, *parts: str) -> None:
        """Resets the world to its fixtures: the given parts (``samples``, ``queue``, ``limits``, ``faults``, ``journal``,
        ``clock``, ``settings``), or all."""
        self.admin.call("POST", "reset", {"parts": list(parts)} if parts else {})

    def remove(self) -> None:
        """Removes the world. Its coverage still counts for the server."""
        self.admin.call("DELETE", f"worlds/{self.name}")


class Clock:
    """The clock of a world. Rate limits, quotas, queues and timestamps follow it; nothing sleeps."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    def now(self) -> datetime:
        """Returns its time."""
        return _time(self._admin.call("GET", "clock"))

    def advance(self, by: Duration) -> datetime:
        """Advances it. Returns its new time."""
        if isinstance(by, timedelta):
            by = f"{by // timedelta(milliseconds=1)}ms"
        return _time(self._admin.call("POST", "clock/advance", {"by": by}))

    def freeze(self, at: Time | None = None) -> datetime:
        """Freezes it, at its time or at ``at``."""
        return self._put(at, frozen=True)

    def set(self, at: Time) -> datetime:
        """Sets it. It stays frozen or running."""
        return self._put(at)

    def run(self) -> datetime:
        """Lets it run on from its time."""
        return self._put(None, frozen=False)

    def real(self) -> datetime:
        """Returns it to real time."""
        self._admin.call("DELETE", "clock")
        return self.now()

    def _put(self, at: Time | None, **more: bool) -> datetime:
        body: dict[str, object] = dict(more)
        if at is not None:
            body["at"] = at if isinstance(at, str) else at.isoformat()
        return _time(self._admin.call("PUT", "clock", body))


def _time(answer: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(answer["now"]).replace("Z", "+00:00"))


class Faults:
    """The fault rules of a world."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    def add(
        self,
        *,
        api: str | None = None,
        endpoint: str | None = None,
        account: str | None = None,
        hash: str | None = None,
        when: str | Mapping[str, Any] = "always",
        id: str | None = None,
        **then: Any,
    ) -> str:
        """Adds a rule and returns its id. The first four parameters select requests. ``when`` says for which of them the
        rule fires (``{"next": 2}``, ``{"every": 3}``, ``{"chance": {"probability": 0.1, "seed": 7}}``). All others are its
        effect: ``status``, ``body``, ``content_type``, ``headers``, ``retry_after``, ``refuse``, ``latency``,
        ``delivery``."""
        matching = {"api": api, "endpoint": endpoint, "account": account, "hash": hash}
        rule: dict[str, Any] = {"match": {name: value for name, value in matching.items() if value is not None}}
        rule |= {"when": when, "then": then} | ({"id": id} if id is not None else {})
        return str(self._admin.call("POST", "faults", rule)["id"])

    def start(self, scenario: str, api: str | None = None) -> None:
        """Starts a predefined scenario, such as ``flaky-1-in-3``, for one API or for all."""
        self._admin.call("PUT", f"scenarios/{scenario}", {"api": api} if api else {})

    def stop(self, scenario: str) -> None:
        """Stops a scenario."""
        self._admin.call("DELETE", f"scenarios/{scenario}")

    def list(self) -> list[dict[str, Any]]:
        """Returns all rules, with the number of requests that matched (``seen``) and for which they ``fired``."""
        rules: list[dict[str, Any]] = self._admin.call("GET", "faults")["faults"]
        return rules

    def remove(self, id: str) -> None:
        """Removes a rule."""
        self._admin.call("DELETE", f"faults/{id}")

    def clear(self) -> None:
        """Removes all rules."""
        self._admin.call("DELETE", "faults")


class Settings:
    """The settings of a world, by name: ``world.settings["spectra-intelligence.rate-limit"] = 1``."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    def __getitem__(self, name: str) -> str:
        return str(self._admin.call("GET", f"settings/{name}")["value"])

    def __setitem__(self, name: str, value: str | int | bool) -> None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        self._admin.call("PUT", f"settings/{name}", {"value": text})

    def __delitem__(self, name: str) -> None:
        self._admin.call("DELETE", f"settings/{name}")


#: The suffixes of fixtures.
_SUFFIXES = (".yaml", ".yml", ".json", ".jsonl", ".csv")


def _is_path(text: str) -> bool:
    """Whether a text is meant as the path of a fixture. No fixture is one line that ends like a file name."""
    return "\n" not in text and text.endswith(_SUFFIXES)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        where = "" if path.is_absolute() else f"; the current folder is {Path.cwd()}"
        raise FileNotFoundError(f"there is no fixture {path}{where}") from None
