"""A test double for malware-scan services, and the ways to use it from Python tests.

With pytest, ask for the fixture ``scandouble``: it hands each test a :class:`World` of its own. Without pytest, start a
:class:`Server`::

    with Server() as server:
        world = server.world("test-1")
        client = MyClient(world.metadefender_cloud)
"""

from ._binary import find_binary
from .admin import Admin, Refused
from .server import NotStarted, Server
from .world import Address, Clock, Faults, Settings, World

__all__ = [
    "Address",
    "Clock",
    "Admin",
    "Faults",
    "NotStarted",
    "Refused",
    "Server",
    "Settings",
    "World",
    "find_binary",
]
