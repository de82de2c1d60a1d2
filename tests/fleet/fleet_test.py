"""Three servers behind each balancer of examples/fleet, as its file has it but for the addresses."""

import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ["SCANDOUBLE_BINARY"]
WORLDS = [f"t{number}" for number in range(240)]


def ask(method, url, body=None, headers={}):
    """Status and text of an answer."""
    request = urllib.request.Request(url, method=method, data=body.encode() if body else None, headers=headers)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if condition():
                return
        time.sleep(0.02)
    raise AssertionError(f"after {seconds} s still not: {what}")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    def __init__(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCANDOUBLE_")}
        self.process = subprocess.Popen([BINARY, "--listen", "127.0.0.1:0", "--log", "json"], stdout=subprocess.PIPE, text=True,
                                        env=environment)
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "listening":
                self.url, self.address = event["url"], event["address"]
                return
        raise AssertionError("the server did not start")

    def worlds(self):
        """How many exchanges each world has in its journal."""
        listed = json.loads(ask("GET", f"{self.url}/_scandouble/worlds")[1])["worlds"]
        return {world["name"]: world["journal_entries"] for world in listed if world["name"] != "default"}

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Fleet:
    """Servers, and a balancer with the configuration of examples/fleet in front of them."""

    def __init__(self, balancer, count=3):
        self.balancer, self.count = balancer, count

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="scandouble-fleet-"))
        self.servers = [Server() for _ in range(self.count)]
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        name = {"haproxy": "haproxy.cfg", "nginx": "nginx.conf"}[self.balancer]
        text = (ROOT / "examples/fleet" / name).read_text()
        # A balancer of fewer servers is the same file without the others.
        for number, server in enumerate(self.servers, 1):
            text = text.replace(f"scandouble-{number}:8080", server.address)
        text = re.sub(r"^ *server .*scandouble-\d:8080.*\n", "", text, flags=re.M)
        text, listening = re.subn(r"^( *bind) :8080$|^( *listen) 8080\b", rf"\1\2 127.0.0.1:{port}", text, flags=re.M)
        assert listening == 1
        config = self.folder / name
        config.write_text(text)
        command = {
            "haproxy": ["haproxy", "-db", "-f", config],
            "nginx": ["nginx", "-p", self.folder, "-e", "stderr", "-c", config, "-g", f"daemon off; pid {self.folder}/pid;"],
        }[self.balancer]
        self.log = (self.folder / "log").open("w+")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        try:
            until(lambda: ask("GET", f"{self.url}/_scandouble/health")[0] == 200, f"{self.balancer} answers")
        except AssertionError:
            self.log.seek(0)
            print(self.log.read())
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.folder)

    def look_up(self, world, headers={}):
        return ask("GET", f"{self.url}/_world/{world}/hash/abc", headers=headers)[0]

    def everywhere(self, times=1):
        """Every world is called so often, from many connections at once; the statuses by world."""
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            return dict(zip(WORLDS * times, threads.map(self.look_up, WORLDS * times)))

    def homes(self):
        """Which server holds each world."""
        return {world: number for number, server in enumerate(self.servers) for world in server.worlds()}


class Balanced:
    """What holds behind each balancer; the classes below name one."""

    def test_no_world_is_split(self):
        with Fleet(self.balancer) as fleet:
            self.assertEqual(set(fleet.everywhere(times=3).values()), {200})
            held = [server.worlds() for server in fleet.servers]
            counts = collections.Counter(world for worlds in held for world in worlds)
            self.assertEqual(counts, dict.fromkeys(WORLDS, 1), "each world is in one server")
            self.assertEqual({exchanges for worlds in held for exchanges in worlds.values()}, {3}, "and saw all of its calls")
            print(f"{self.balancer}: {len(WORLDS)} worlds lie {' / '.join(str(len(worlds)) for worlds in held)}")
            for worlds in held:
                self.assertGreater(len(worlds), len(WORLDS) / 6, "no server has less than half of its share")

    def test_a_world_is_steered_where_it_lives(self):
        with Fleet(self.balancer) as fleet:
            for world in WORLDS[:30]:
                self.assertEqual(ask("PUT", f"{fleet.url}/_scandouble/worlds/{world}")[0], 201)
                self.assertEqual(ask("POST", f"{fleet.url}/_world/{world}/_scandouble/faults", '{"then":{"status":503}}')[0], 201)
                self.assertEqual(fleet.look_up(world), 503)
                self.assertEqual(ask("DELETE", f"{fleet.url}/_scandouble/worlds/{world}")[0], 204)
            self.assertEqual(fleet.homes(), {})

    def test_a_quota_holds_over_all_connections(self):
        with Fleet(self.balancer) as fleet:
            call = lambda world: ask("POST", f"{fleet.url}/_world/{world}/v2/hash", '{"hash":["abc"]}', {"apikey": "limitedapikey"})[0]
            self.assertEqual([call("q1") for _ in range(4)], [200, 200, 403, 403])
            self.assertEqual([call("q2") for _ in range(3)], [200, 200, 403])

    def test_the_operator_may_write_a_name_in_escapes(self):
        with Fleet(self.balancer) as fleet:
            self.assertEqual(fleet.look_up("t42"), 200)
            self.assertEqual(ask("PUT", f"{fleet.url}/_scandouble/worlds/%7442")[0], 200)
            self.assertEqual(fleet.look_up("%7442"), 400)
            self.assertEqual([server.worlds() for server in fleet.servers if server.worlds()][:1], [{"t42": 1}])

    def test_headers_and_paths_arrive_as_they_were_sent(self):
        with Fleet(self.balancer) as fleet:
            ask("GET", f"{fleet.url}/_world/h//hash/a%2Fb?x=1", headers={"include_scan_details": "1", "user_agent": "webscan"})
            (entry,) = json.loads(ask("GET", f"{fleet.url}/_world/h/_scandouble/journal")[1])["entries"]
            request = entry["request"]
            self.assertEqual((request["path"], request["query"]), ("//hash/a%2Fb", "x=1"))
            self.assertEqual(request["headers"]["include_scan_details"], ["1"])
            self.assertEqual(request["headers"]["user_agent"], ["webscan"])
            self.assertEqual(request["headers"]["host"], [fleet.url.removeprefix("http://")])

    def test_a_lost_server_loses_only_its_worlds(self):
        with Fleet(self.balancer) as fleet:
            fleet.everywhere()
            homes = fleet.homes()
            lost = fleet.servers.pop(1)
            lost.stop()
            statuses = fleet.everywhere()
            for world, status in statuses.items():
                self.assertIn(status, (200,) if homes[world] != 1 else (200, 502, 503), world)
            if self.balancer == "haproxy":
                until(lambda: set(fleet.everywhere().values()) == {200}, "the lost worlds begin anew")
            kept = {world: exchanges for server in fleet.servers for world, exchanges in server.worlds().items()}
            for number, server in zip((0, 2), fleet.servers):
                worlds = server.worlds()
                for world in (world for world, home in homes.items() if home == number):
                    self.assertGreaterEqual(worlds.get(world, 0), 2, f"{world} is where it was, with all that it saw")
            anew = [world for world, home in homes.items() if home == 1 and world in kept]
            self.assertEqual(len(anew), list(homes.values()).count(1) if self.balancer == "haproxy" else 0)

    def test_a_fault_that_breaks_off_moves_no_world(self):
        with Fleet(self.balancer) as fleet:
            rule = '{"when":{"next":3},"then":{"delivery":"reset"}}'
            self.assertEqual(ask("POST", f"{fleet.url}/_world/w/_scandouble/faults", rule)[0], 201)
            self.assertEqual([fleet.look_up("w") for _ in range(5)], [502, 502, 502, 200, 200])
            self.assertEqual([server.worlds() for server in fleet.servers if server.worlds()], [{"w": 5}])


class HAProxy(Balanced, unittest.TestCase):
    balancer = "haproxy"


class Nginx(Balanced, unittest.TestCase):
    balancer = "nginx"


class Share:
    """A tenth of a processor for a process; on few cores several servers add up only if each has less than one."""

    def __init__(self, process):
        self.folder = next((root / f"scandouble-{process.pid}" for root in map(pathlib.Path, ("/sys/fs/cgroup/cpu", "/sys/fs/cgroup"))
                            if (root / "tasks").exists() or (root / "cgroup.subtree_control").exists()), None)
        self.process = process

    def take(self):
        """Whether the kernel lets us."""
        try:
            self.folder.mkdir()
            if (self.folder / "cpu.cfs_quota_us").exists():
                (self.folder / "cpu.cfs_period_us").write_text("10000")
                (self.folder / "cpu.cfs_quota_us").write_text("1000")
            else:
                (self.folder / "cpu.max").write_text("1000 10000")
            (self.folder / "cgroup.procs").write_text(str(self.process.pid))
        except (OSError, AttributeError):
            return False
        return True

    def give_back(self):
        with contextlib.suppress(OSError, AttributeError):
            self.folder.rmdir()


class Throughput(unittest.TestCase):
    """Servers with a tenth of a processor each, so that two cores hold the load and the balancer beside them. What is measured
    is printed; what must hold is that the load is spread, since other things run on the machine."""

    def measure(self, balancer, count):
        with tempfile.TemporaryDirectory() as folder, Fleet(balancer, count) as fleet:
            shares = [Share(server.process) for server in fleet.servers]
            try:
                if not all(share.take() for share in shares):
                    self.skipTest("no control group can be made here, so shares of a processor cannot be given out")
                script = pathlib.Path(folder, "worlds.lua")
                script.write_text("request = function() return wrk.format('GET', '/_world/t' .. math.random(240) .. '/hash/abc') end")
                load = subprocess.run(["wrk", "-t1", "-c32", "-d4s", "-s", script, fleet.url], capture_output=True, text=True, check=True)
                self.assertNotIn("Non-2xx", load.stdout)
                return float(re.search(r"Requests/sec: +([\d.]+)", load.stdout)[1]), [sum(s.worlds().values()) for s in fleet.servers]
            finally:
                for server in fleet.servers:
                    server.stop()
                for share in shares:
                    share.give_back()

    def test_servers_add_up(self):
        for balancer in ("haproxy", "nginx"):
            with self.subTest(balancer):
                one, _ = self.measure(balancer, 1)
                three, spread = self.measure(balancer, 3)
                print(f"{balancer}: {one:.0f} requests/s by one server, {three:.0f} by three, {three / one:.2f} times as many")
                self.assertGreater(min(spread), sum(spread) / 6, spread)


if __name__ == "__main__":
    unittest.main(verbosity=2)
