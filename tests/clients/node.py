"""Runs the client fetch.mjs in Node against a separate server."""

import os
import subprocess
import sys

from double import CA_FILE, HERE, Double

with Double() as address:
    environment = dict(os.environ)
    if CA_FILE:
        environment["NODE_EXTRA_CA_CERTS"] = CA_FILE
    sys.exit(subprocess.run(["node", HERE / "fetch.mjs", address], env=environment, timeout=120).returncode)
