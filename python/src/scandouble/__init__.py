"""A test double for malware-scan services, for Python tests.

With pytest, use the fixture ``scandouble``: it gives each test its own :class:`World`. Without pytest, start a
:class:`Server`::

    with Server() as server:
        world = server.world("test-1")
        client = MyClient(world.metadefender_cloud)

Asynchronous tests use the fixture ``scandouble_async``, or :class:`AsyncWorld` around a world.
"""

from ._binary import find_binary
from .admin import Admin, Refused
from .aio import AsyncWorld
from .server import NotStarted, Server
from .world import Address, Clock, Faults, Settings, World

__all__ = [
    "Address",
    "Admin",
    "AsyncWorld",
    "Clock",
    "Faults",
    "NotStarted",
    "Refused",
    "Server",
    "Settings",
    "World",
    "find_binary",
]
