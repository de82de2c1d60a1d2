"""The asynchronous twin of :mod:`scandouble.world`. `python/generate_aio` writes this file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .world import Address, Clock, Duration, Faults, Settings, Time, World


class AsyncWorld:
    """An isolated world. It starts with the server's fixtures and has its own samples, accounts, queue, limits, faults,
    settings, clock and journal.

    All APIs have the same base URL, :attr:`url`. The attributes below name them by API; :meth:`apis` lists the APIs that the
    server emulates, also those without an attribute.
    """

    def __init__(self, twin: World) -> None:
        self._twin = twin
        #: The name.
        self.name = twin.name
        #: The base URL, for the vendors' paths and for the admin API.
        self.url = twin.url
        #: The clock.
        self.clock = AsyncClock(twin.clock)
        #: The faults.
        self.faults = AsyncFaults(twin.faults)
        #: The settings.
        self.settings = AsyncSettings(twin.settings)

    @property
    def spectra_intelligence(self) -> Address:
        """For ReversingLabs Spectra Intelligence, instead of ``https://data.reversinglabs.com``. Its SDK accepts HTTPS only."""
        return self._twin.spectra_intelligence

    @property
    def spectra_analyze(self) -> Address:
        """For ReversingLabs Spectra Analyze, instead of the address of the appliance."""
        return self._twin.spectra_analyze

    @property
    def metadefender_cloud(self) -> Address:
        """For OPSWAT MetaDefender Cloud, instead of ``https://api.metadefender.com``."""
        return self._twin.metadefender_cloud

    @property
    def metadefender_cloud_v4(self) -> Address:
        """The same for clients that expect the version in the base URL."""
        return self._twin.metadefender_cloud_v4

    @property
    def metadefender_core(self) -> Address:
        """For OPSWAT MetaDefender Core, instead of ``http://localhost:8008``."""
        return self._twin.metadefender_core

    @property
    def https(self) -> str:
        """The base URL for HTTPS."""
        return self._twin.https

    @property
    def ca_file(self) -> str:
        """The file with the CA certificate, for ``verify=`` and ``cafile=`` of HTTPS clients."""
        return self._twin.ca_file

    def address(self, path: str = "") -> Address:
        """Returns the base URL for a client of any API, with ``path`` at its end."""
        return self._twin.address(path)

    async def apis(self) -> dict[str, Address]:
        """Returns the base URLs of all APIs that the server emulates, by name: ``metadefender-cloud``, …"""
        return await asyncio.to_thread(self._twin.apis)

    async def samples(self, *samples: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Adds samples, each with the fields of a sample in a fixture. Returns each as :meth:`sample` does."""
        return await asyncio.to_thread(self._twin.samples, *samples)

    async def sample(self, digest: str) -> dict[str, Any]:
        """Returns the sample with this hash, with the fields of a sample in a fixture, derived ones included."""
        return await asyncio.to_thread(self._twin.sample, digest)

    async def load(self, fixture: Mapping[str, Any] | str | os.PathLike[str]) -> list[dict[str, Any]]:
        """Loads a fixture: samples, accounts, fault rules and settings. It is a mapping, a text in YAML or JSON, or the path
        of a file: a ``Path``, or a ``str`` of one line that ends with the suffix of a fixture. Returns name, hash and verdict
        of each sample that was loaded.

        :raises Refused: with all errors and their places.
        :raises FileNotFoundError: if there is no such file.
        """
        return await asyncio.to_thread(self._twin.load, fixture)

    async def own_accounts(self) -> dict[str, dict[str, str]]:
        """Adds an account of each API that only this world has. Returns their credentials by API:
        ``{"metadefender-cloud": {"key": …}, "spectra-analyze": {"user": …, "password": …, "token": …}, …}``.

        A request with one of them belongs to this world, also without the world in its path. So a client whose base URL cannot
        be changed reaches it through the proxy (:meth:`Server.proxy_environment`)."""
        return await asyncio.to_thread(self._twin.own_accounts)

    async def finish(self, digest: str) -> None:
        """Completes everything that is in progress for the sample with this hash."""
        await asyncio.to_thread(self._twin.finish, digest)

    async def journal(self, **filters: str | int) -> list[dict[str, Any]]:
        """Returns requests and their responses, oldest first. Filters are ``api``, ``behaviour``, ``account``, ``method``,
        ``path``, ``endpoint``, ``status`` (``"4xx"``), ``fault``, ``finding``, ``hash``, ``since`` and ``limit``. ``wait``
        (``"10s"``) waits for the first match."""
        return await asyncio.to_thread(self._twin.journal, **filters)

    async def coverage(self, api: str | None = None) -> dict[str, Any]:
        """Returns which behaviours were exercised in this world."""
        return await asyncio.to_thread(self._twin.coverage, api)

    async def verify(self, *expectations: Mapping[str, Any], **more: Any) -> None:
        """Verifies what was received: ``{"call": {"behaviour": …, "hashes": […]}, "times": 1}``. ``more`` are further fields
        of the request, such as ``in_order=True``; see the OpenAPI document of the admin API.

        :raises AssertionError: if an expectation is not met, with the most similar calls.
        """
        __tracebackhide__ = True
        await asyncio.to_thread(self._twin.verify, *expectations, **more)

    async def reset(self, *parts: str) -> None:
        """Resets the world to its fixtures: the given parts (``samples``, ``queue``, ``limits``, ``faults``, ``journal``,
        ``clock``, ``settings``), or all."""
        await asyncio.to_thread(self._twin.reset, *parts)

    async def remove(self) -> None:
        """Removes the world. Its coverage still counts for the server."""
        await asyncio.to_thread(self._twin.remove)


class AsyncClock:
    """The clock of a world. Rate limits, quotas, queues and timestamps follow it; nothing sleeps."""

    def __init__(self, twin: Clock) -> None:
        self._twin = twin

    async def now(self) -> datetime:
        """Returns its time."""
        return await asyncio.to_thread(self._twin.now)

    async def advance(self, by: Duration) -> datetime:
        """Advances it. Returns its new time."""
        return await asyncio.to_thread(self._twin.advance, by)

    async def freeze(self, at: Time | None = None) -> datetime:
        """Freezes it, at its time or at ``at``."""
        return await asyncio.to_thread(self._twin.freeze, at)

    async def set(self, at: Time) -> datetime:
        """Sets it. It stays frozen or running."""
        return await asyncio.to_thread(self._twin.set, at)

    async def run(self) -> datetime:
        """Lets it run on from its time."""
        return await asyncio.to_thread(self._twin.run)

    async def real(self) -> datetime:
        """Returns it to real time."""
        return await asyncio.to_thread(self._twin.real)


class AsyncFaults:
    """The fault rules of a world."""

    def __init__(self, twin: Faults) -> None:
        self._twin = twin

    async def add(self, *, api: str | None = None, endpoint: str | None = None, account: str | None = None, hash: str | None = None, when: str | Mapping[str, Any] = "always", id: str | None = None, **then: Any) -> str:
        """Adds a rule and returns its id. The first four parameters select requests. ``when`` says for which of them the
        rule fires (``{"next": 2}``, ``{"every": 3}``, ``{"chance": {"probability": 0.1, "seed": 7}}``). All others are its
        effect: ``status``, ``body``, ``content_type``, ``headers``, ``retry_after``, ``refuse``, ``latency``,
        ``delivery``."""
        return await asyncio.to_thread(self._twin.add, api=api, endpoint=endpoint, account=account, hash=hash, when=when, id=id, **then)

    async def start(self, scenario: str, api: str | None = None) -> None:
        """Starts a predefined scenario, such as ``flaky-1-in-3``, for one API or for all."""
        await asyncio.to_thread(self._twin.start, scenario, api)

    async def stop(self, scenario: str) -> None:
        """Stops a scenario."""
        await asyncio.to_thread(self._twin.stop, scenario)

    async def list(self) -> list[dict[str, Any]]:
        """Returns all rules, with the number of requests that matched (``seen``) and for which they ``fired``."""
        return await asyncio.to_thread(self._twin.list)

    async def remove(self, id: str) -> None:
        """Removes a rule."""
        await asyncio.to_thread(self._twin.remove, id)

    async def clear(self) -> None:
        """Removes all rules."""
        await asyncio.to_thread(self._twin.clear)


class AsyncSettings:
    """The settings of a world, by name: ``world.settings["spectra-intelligence.rate-limit"] = 1``."""

    def __init__(self, twin: Settings) -> None:
        self._twin = twin

    async def get(self, name: str) -> str:
        """Awaited in place of ``__getitem__``."""
        return await asyncio.to_thread(self._twin.__getitem__, name)

    async def set(self, name: str, value: str | int | bool) -> None:
        """Awaited in place of ``__setitem__``."""
        await asyncio.to_thread(self._twin.__setitem__, name, value)

    async def unset(self, name: str) -> None:
        """Awaited in place of ``__delitem__``."""
        await asyncio.to_thread(self._twin.__delitem__, name)
