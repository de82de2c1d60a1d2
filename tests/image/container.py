"""Runs containers of the image under test in a `with` block. It needs podman and the standard library only."""

import atexit
import functools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

IMAGE = os.environ.get("SCANDOUBLE_IMAGE", "localhost/scandouble:test")
# The most restrictive way to run it.
LOCKED = ["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"]


def podman(*arguments, check=True):
    """Runs podman and returns its output; without `check`, the exit code and standard output followed by standard error."""
    done = subprocess.run(["podman", *map(str, arguments)], capture_output=True, text=True)
    # Without systemd podman has no timers for health checks, and warns each time; the tests run each check themselves.
    errors = "\n".join(line for line in done.stderr.splitlines() if "unable to get systemd connection" not in line)
    if not check:
        return done.returncode, (done.stdout + errors).strip()
    if done.returncode:
        raise AssertionError(f"podman {' '.join(map(str, arguments))}: exit code {done.returncode}: {errors}")
    return done.stdout.strip()


@functools.cache
def docker_path():
    """Returns a PATH where `docker` is podman, which has the image."""
    folder = tempfile.mkdtemp(prefix="scandouble-docker-")
    atexit.register(shutil.rmtree, folder)
    pathlib.Path(folder, "docker").symlink_to(shutil.which("podman"))
    return f"{folder}:{os.environ['PATH']}"


def http(method, url, body=None, context=None, **headers):
    """Sends a request and returns the status and text of the answer."""
    request = urllib.request.Request(url, method=method, data=body.encode() if body is not None else None)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)).open(
                request, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def until(condition, what, seconds=30):
    """Polls until `condition` returns a true value; fails after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            result = condition()
        except OSError:
            result = None
        if result:
            return result
        time.sleep(0.01)
    raise AssertionError(f"after {seconds} s still not: {what}")


class Container:
    """A running container; `options` are podman's, `arguments` the program's."""

    def __init__(self, *arguments, options=(), locked=LOCKED, port=8080):
        self.command = ["run", "--detach", *locked, "--publish", f"127.0.0.1::{port}", *options, IMAGE, *arguments]
        self.port = port

    def __enter__(self):
        began = time.monotonic()
        self.id = podman(*self.command)
        try:
            self.pid = int(podman("inspect", "--format", "{{.State.Pid}}", self.id))
            self.url = f"http://{self.published(self.port)}"
            if self.port == 8080:
                until(self.health, "healthy")
        except BaseException:
            self.__exit__()
            raise
        self.took = time.monotonic() - began
        return self

    def __exit__(self, *_):
        podman("rm", "--force", "--time", "0", self.id)

    def published(self, port):
        return podman("port", self.id, port).splitlines()[0]

    def health(self):
        status, text = http("GET", f"{self.url}/_scandouble/health")
        return json.loads(text) if status == 200 else None

    def alive(self):
        return pathlib.Path(f"/proc/{self.pid}").exists()

    def status(self, name):
        """Returns the fields of a line in /proc/<pid>/status."""
        lines = pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(line.split(":", 1)[1].split() for line in lines if line.startswith(f"{name}:"))

    def memory(self):
        """Returns the memory of the container in bytes, as the kernel counts it."""
        for name in ("memory/libpod_parent/*" + self.id + "*/memory.usage_in_bytes", "**/*" + self.id + "*/memory.current"):
            for path in pathlib.Path("/sys/fs/cgroup").glob(name):
                return int(path.read_text())
        return None
