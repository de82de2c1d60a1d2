"""One world: its base addresses, and everything that a test arranges in it or asks of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, Union

from .admin import Admin, Refused

#: A span of time: ``"24h"``, ``"90s"``, ``"250ms"``, or a timedelta.
Span = Union[str, timedelta]
#: A moment: ``"2026-03-01T12:00:00Z"``, ``"-2d"`` from now, or a datetime with a time zone.
Moment = Union[str, datetime]


class Address(str):
    """The base address that a client of one API is given, for http; ``.https`` is the same for https."""

    _https: str | None

    def __new__(cls, http: str, https: str | None = None) -> Address:
        address = super().__new__(cls, http)
        address._https = https
        return address

    @property
    def https(self) -> str:
        """For clients that take https only; they trust :attr:`World.ca_file`."""
        if self._https is None:
            raise LookupError("nobody said where this server speaks https; set SCANDOUBLE_HTTPS_URL")
        return self._https


class Host(Protocol):
    """The server of a world, as far as the world depends on it."""

    @property
    def url(self) -> str:
        """Its base address."""

    @property
    def https(self) -> str:
        """Its base address for https.

        :raises LookupError: if it is not known.
        """

    @property
    def ca_file(self) -> Path:
        """The certificate authority that clients of https have to trust, as PEM."""


class World:
    """An isolated world: the server's fixtures underneath, with samples, accounts, queue, limits, faults, settings, clock
    and journal of its own."""

    def __init__(self, server: Host, name: str) -> None:
        #: Its name.
        self.name = name
        #: Its base address, for vendors' paths and for the admin API.
        self.url = f"{server.url}/_world/{name}"
        self._server = server
        #: Its admin API, for everything that has no method here.
        self.admin = Admin(self.url)
        # By way of its own path, so that a balancer in front of several servers sends it where the world lives.
        self.admin.call("PUT", f"worlds/{name}")
        #: Its clock.
        self.clock = Clock(self.admin)
        #: What is injected into it.
        self.faults = Faults(self.admin)
        #: Its settings.
        self.settings = Settings(self.admin)

    def __repr__(self) -> str:
        return f"<scandouble world {self.name} at {self.url}>"

    @property
    def https(self) -> str:
        """Its base address for https."""
        return f"{self._server.https}/_world/{self.name}"

    @property
    def ca_file(self) -> str:
        """The file that clients of https have to trust, as ``verify=`` and ``cafile=`` take it."""
        return str(self._server.ca_file)

    def _address(self, path: str = "") -> Address:
        try:
            https = self.https + path
        except LookupError:
            https = None
        return Address(self.url + path, https)

    @property
    def spectra_intelligence(self) -> Address:
        """For ReversingLabs Spectra Intelligence: in place of ``https://data.reversinglabs.com``. Its SDK takes https only."""
        return self._address()

    @property
    def spectra_analyze(self) -> Address:
        """For ReversingLabs Spectra Analyze: in place of the appliance's address."""
        return self._address()

    @property
    def metadefender_cloud(self) -> Address:
        """For OPSWAT MetaDefender Cloud: in place of ``https://api.metadefender.com``."""
        return self._address()

    @property
    def metadefender_cloud_v4(self) -> Address:
        """The same for clients that want the version in their base address."""
        return self._address("/v4")

    @property
    def metadefender_core(self) -> Address:
        """For OPSWAT MetaDefender Core: in place of ``http://localhost:8008``."""
        return self._address()

    def samples(self, *samples: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Adds samples to this world, each with the fields of a fixture's; each as :meth:`sample` has it."""
        return [self.sample(one["sha256"]) for one in self.load({"samples": [dict(sample) for sample in samples]})]

    def sample(self, digest: str) -> dict[str, Any]:
        """A sample of this world by any of its hashes, with the fields of a fixture's, what was derived among them."""
        sample: dict[str, Any] = self.admin.call("GET", f"samples/{digest}")["sample"]
        return sample

    def load(self, fixture: Mapping[str, Any] | str | os.PathLike[str]) -> list[dict[str, Any]]:
        """Loads a whole fixture into this world: its samples, accounts, rules and settings. A text is YAML or JSON, a path
        names a file of it. Name, hash and verdict of each sample that it brought.

        :raises Refused: with every fault and its place.
        """
        if isinstance(fixture, os.PathLike):
            with open(fixture, encoding="utf-8") as file:
                body: object = file.read()
        else:
            body = fixture if isinstance(fixture, str) else dict(fixture)
        loaded: list[dict[str, Any]] = self.admin.call("POST", "samples", body)["loaded"]
        return loaded

    def finish(self, digest: str) -> None:
        """Ends everything that runs on the sample of this hash."""
        self.admin.call("POST", f"samples/{digest}/advance")

    def journal(self, **which: str | int) -> list[dict[str, Any]]:
        """What came and what was answered, oldest first. ``which`` picks: ``api``, ``behaviour``, ``account``, ``method``,
        ``path``, ``endpoint``, ``status`` (``"4xx"``), ``fault``, ``finding``, ``hash``, ``since``, ``limit``, and ``wait``
        (``"10s"``) for the first to come."""
        entries: list[dict[str, Any]] = self.admin.call("GET", "journal", **which)["entries"]
        return entries

    def coverage(self, api: str | None = None) -> dict[str, Any]:
        """Which behaviours were answered in this world."""
        report: dict[str, Any] = self.admin.call("GET", "coverage", api=api)
        return report

    def verify(self, *expectations: Mapping[str, Any], **more: Any) -> None:
        """Checks what was received: ``{"call": {"behaviour": …, "hashes": […]}, "times": 1}``. ``more`` goes beside
        ``expectations``, as the OpenAPI document of the admin API describes.

        :raises AssertionError: if it was not so, with what came instead, nearest first.
        """
        __tracebackhide__ = True
        try:
            self.admin.call("POST", "verify", {"expectations": [dict(one) for one in expectations], **more})
        except Refused as refused:
            if refused.status != 409:
                raise
            raise AssertionError(str(refused)) from None

    def reset(self, *parts: str) -> None:
        """Puts it back to its fixtures: these parts (``samples``, ``queue``, ``limits``, ``faults``, ``journal``, ``clock``,
        ``settings``), or all."""
        self.admin.call("POST", "reset", {"parts": list(parts)} if parts else {})

    def remove(self) -> None:
        """Removes it; what it covered still counts."""
        self.admin.call("DELETE", f"worlds/{self.name}")


class Clock:
    """The clock of a world. Rates, quotas, queues and every timestamp follow it; nothing ever waits."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    def now(self) -> datetime:
        """What it shows."""
        return _moment(self._admin.call("GET", "clock"))

    def advance(self, by: Span) -> datetime:
        """Moves it on; what it shows then."""
        if isinstance(by, timedelta):
            by = f"{by // timedelta(milliseconds=1)}ms"
        return _moment(self._admin.call("POST", "clock/advance", {"by": by}))

    def freeze(self, at: Moment | None = None) -> datetime:
        """Stops it, here or at a moment."""
        return self._put(at, frozen=True)

    def set(self, at: Moment) -> datetime:
        """Sets it; it runs or stands still as before."""
        return self._put(at)

    def run(self) -> datetime:
        """Has it run again from where it is."""
        return self._put(None, frozen=False)

    def real(self) -> datetime:
        """Back to real time."""
        self._admin.call("DELETE", "clock")
        return self.now()

    def _put(self, at: Moment | None, **more: bool) -> datetime:
        body: dict[str, object] = dict(more)
        if at is not None:
            body["at"] = at if isinstance(at, str) else at.isoformat()
        return _moment(self._admin.call("PUT", "clock", body))


def _moment(answer: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(answer["now"]).replace("Z", "+00:00"))


class Faults:
    """What is injected into a world."""

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
        """Adds a rule; its id. The first four say which requests it strikes, ``when`` how often (``{"next": 2}``,
        ``{"every": 3}``, ``{"chance": {"probability": 0.1, "seed": 7}}``), and everything else what then happens:
        ``status``, ``body``, ``content_type``, ``headers``, ``retry_after``, ``refuse``, ``latency``, ``delivery``."""
        matching = {"api": api, "endpoint": endpoint, "account": account, "hash": hash}
        rule: dict[str, Any] = {"match": {name: value for name, value in matching.items() if value is not None}}
        rule |= {"when": when, "then": then} | ({"id": id} if id is not None else {})
        return str(self._admin.call("POST", "faults", rule)["id"])

    def start(self, scenario: str, api: str | None = None) -> None:
        """Starts a ready-made one, such as ``flaky-1-in-3``, for one API or for all."""
        self._admin.call("PUT", f"scenarios/{scenario}", {"api": api} if api else {})

    def stop(self, scenario: str) -> None:
        """Stops a ready-made one."""
        self._admin.call("DELETE", f"scenarios/{scenario}")

    def list(self) -> list[dict[str, Any]]:
        """All rules, with how many requests each has ``seen`` and on how many it has ``fired``."""
        rules: list[dict[str, Any]] = self._admin.call("GET", "faults")["faults"]
        return rules

    def remove(self, id: str) -> None:
        """Removes a rule."""
        self._admin.call("DELETE", f"faults/{id}")

    def clear(self) -> None:
        """Removes all."""
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
