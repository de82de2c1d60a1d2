"""The container image: its contents, how it starts and stops, and the mounts that it uses by default."""

import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import struct
import subprocess
import tempfile
import time
import unittest

from container import IMAGE, LOCKED, Container, http, podman, until

ROOT = pathlib.Path(__file__).resolve().parents[2]
EICAR = "44d88612fea8a8f36de82e1278abb02f"
ONE = "samples: [{ name: invoice.exe, content: harmless, verdict: infected }]\n"


def folder(test, mode=0o755, **files):
    """Creates a folder with these files, which is removed after the test."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="scandouble-image-"))
    test.addCleanup(shutil.rmtree, path)
    for name, text in files.items():
        (path / name.replace("_", ".")).write_text(text)
    path.chmod(mode)
    return path


def ended(*arguments, options=()):
    """Runs a container to its end and returns its exit code and output."""
    return podman("run", "--rm", *LOCKED, *options, IMAGE, *arguments, check=False)


class Built(unittest.TestCase):
    """The contents and metadata of the image."""

    @classmethod
    def setUpClass(cls):
        cls.image = json.loads(podman("image", "inspect", IMAGE))[0]

    def test_size(self):
        print(f"image: {self.image['Size'] / 1e6:.2f} MB")
        # Building rarely used crates for size would save half a megabyte, for eight more settings in Cargo.toml.
        self.assertLess(self.image["Size"], 18_500_000)

    def test_metadata(self):
        config = self.image["Config"]
        self.assertEqual(config["User"], "65534:65534")
        self.assertEqual(config["Entrypoint"], ["/scandouble"])
        self.assertEqual(sorted(config["ExposedPorts"]), ["8080/tcp", "8443/tcp"])
        self.assertEqual(config["StopSignal"], "SIGTERM")
        check = self.image["Healthcheck"]
        self.assertEqual(check["Test"], ["CMD", "/scandouble", "healthcheck"])
        self.assertEqual(check["Interval"], 1_000_000_000)
        labels = {name.removeprefix("org.opencontainers.image."): text for name, text in config["Labels"].items()}
        manifest = (ROOT / "Cargo.toml").read_text()
        for label, key in (("title", "name"), ("version", "version"), ("description", "description"), ("licenses", "license")):
            self.assertEqual(labels[label], re.search(rf'^{key} = "(.*)"$', manifest, re.M)[1])

    def test_it_contains_only_the_program(self):
        made = podman("create", IMAGE)
        self.addCleanup(podman, "rm", made)
        tar = subprocess.run(["podman", "export", made], stdout=subprocess.PIPE, check=True).stdout
        listed = subprocess.run(["tar", "-tvf", "-"], input=tar, stdout=subprocess.PIPE, check=True).stdout.decode()
        files = {line.split()[-1]: line.split()[:2] for line in listed.splitlines()}
        self.assertEqual([name for name, (mode, _) in files.items() if mode[0] == "-"], ["scandouble"])
        self.assertEqual(files["data/"][1], "65534/65534")

    def test_the_program_needs_no_libraries(self):
        made = podman("create", IMAGE)
        self.addCleanup(podman, "rm", made)
        path = folder(self) / "scandouble"
        podman("cp", f"{made}:/scandouble", path)
        program = path.read_bytes()
        self.assertEqual(program[:5], b"\x7fELF\x02")
        (at,), (size, count) = struct.unpack_from("<Q", program, 32), struct.unpack_from("<HH", program, 54)
        kinds = [struct.unpack_from("<I", program, at + size * index)[0] for index in range(count)]
        interpreter = 3
        self.assertIn(1, kinds)
        self.assertNotIn(interpreter, kinds)


class Running(unittest.TestCase):
    """Containers that run read-only, without capabilities and as an unprivileged user, with a published port."""

    def test_each_api_answers(self):
        with Container() as double:
            print(f"from podman run to the first healthy answer: {double.took * 1000:.0f} ms, podman's own time included")
            self.assertEqual(double.health()["status"], "ok")
            basic = "Basic dS9zY2FuZG91YmxlOnNjYW5kb3VibGU="
            for method, path, body, headers, status, expected in (
                ("GET", f"/api/rescan/v1/query/md5/{EICAR}", None, {"Authorization": basic}, 200, "Sample sent for rescanning"),
                ("POST", f"/api/samples/{EICAR}/analyze/", '{"analysis":"cloud"}',
                 {"Authorization": "Token exampletoken", "Content_Type": "application/json"}, 201, "Sample is queued for analysis."),
                ("POST", "/hash", f'{{"hash":["{EICAR}"]}}', {"apikey": "exampleapikey"}, 200, f'"hash":"{EICAR}","scan_result":1'),
                ("GET", f"/hash/{EICAR}", None, {}, 200, '"scan_all_result_i":1'),
            ):
                answer = http(method, double.url + path, body, **headers)
                self.assertEqual(answer[0], status, answer)
                self.assertIn(expected, answer[1])
            print(f"memory: {int(double.status('VmRSS')[0]) / 1024:.1f} MB resident, "
                  f"{(double.memory() or 0) / 1048576:.1f} MB by the container's account")

    def test_the_program_is_unprivileged(self):
        with Container() as double:
            self.assertEqual(double.status("Uid"), ["65534"] * 4)
            self.assertEqual(double.status("Gid"), ["65534"] * 4)
            self.assertEqual(int(double.status("CapEff")[0], 16), 0)
            self.assertEqual(double.status("NSpid")[-1], "1")

    def test_signals_stop_it_within_a_second(self):
        for sent in (signal.SIGTERM, signal.SIGINT):
            with Container() as double:
                began = time.monotonic()
                os.kill(double.pid, sent)
                until(lambda: not double.alive(), f"ended by {sent.name}", 5)
                self.assertLess(time.monotonic() - began, 1)
                self.assertEqual(podman("wait", double.id), "0")

    def test_the_health_check_follows_the_address(self):
        for options in ([], ["--env", "SCANDOUBLE_LISTEN=0.0.0.0:9090"]):
            with Container(options=options, port=9090 if options else 8080) as double:
                until(lambda: podman("healthcheck", "run", double.id, check=False)[0] == 0, f"healthy with {options}")
        with Container() as double:
            os.kill(double.pid, signal.SIGSTOP)
            self.addCleanup(lambda: double.alive() and os.kill(double.pid, signal.SIGCONT))
            self.assertEqual(podman("healthcheck", "run", double.id, check=False)[0], 1)
            os.kill(double.pid, signal.SIGCONT)
            self.assertEqual(podman("healthcheck", "run", double.id, check=False)[0], 0)

    def test_https(self):
        with Container("--tls", "self-signed", options=["--publish", "127.0.0.1::8443"]) as double:
            status, authority = http("GET", f"{double.url}/_scandouble/ca.pem")
            self.assertEqual(status, 200)
            context = ssl.create_default_context(cadata=authority)
            url = f"https://localhost:{double.published(8443).rpartition(':')[2]}"
            self.assertEqual(http("GET", f"{url}/hash/abc", context=context), (200, '{"abc":"Not Found"}'))

    def test_other_commands_run_too(self):
        self.assertEqual(ended("--version"), (0, "scandouble " + re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]))
        code, output = ended("healthcheck", "--timeout", "1")
        self.assertEqual(code, 1)
        self.assertIn("cannot connect to http://127.0.0.1:8080", output)


class Mounts(unittest.TestCase):
    """Mounted fixtures and volumes are used without a flag."""

    def test_fixtures(self):
        mounted = ["--volume", f"{folder(self, invoice_yaml=ONE)}:/fixtures:ro"]
        with Container() as double:
            builtin = double.health()["samples"]
        with Container(options=mounted) as double:
            self.assertEqual(double.health()["samples"], 1)
            self.assertIn("1 sample from /fixtures", podman("logs", double.id))
        with Container("--fixtures", "builtin:starter", "--fixtures", "builtin:vendor-examples", options=mounted) as double:
            self.assertEqual(double.health()["samples"], builtin, "a flag wins over what is mounted")

    def test_fixtures_as_a_config_map_lays_them_out(self):
        """Kubernetes mounts symbolic links to links, so that it can replace all files at once."""
        path = folder(self)
        (path / "..2026").mkdir()
        (path / "..2026" / "invoice.yaml").write_text(ONE)
        (path / "..data").symlink_to("..2026")
        (path / "invoice.yaml").symlink_to("..data/invoice.yaml")
        with Container(options=["--volume", f"{path}:/fixtures:ro"]) as double:
            self.assertEqual(double.health()["samples"], 1)

    def test_invalid_fixtures_stop_the_start(self):
        for files, expected in (({}, "the folder holds no fixture"),
                                ({"bad_yaml": "samples: [{ name: a, sha256: abc, verdict: clean }]"}, "/fixtures/bad.yaml:1:")):
            code, output = ended(options=["--volume", f"{folder(self, **files)}:/fixtures:ro"])
            self.assertEqual(code, 2, output)
            self.assertIn(expected, output)

    def test_state_is_stored_in_the_volume(self):
        volume = podman("volume", "create")
        self.addCleanup(podman, "volume", "rm", volume)
        mounted = ["--volume", f"{volume}:/data"]
        for expected in ((201, "Sample is queued for analysis."), (200, "Sample is already queued for analysis.")):
            with Container("--set", "spectra-analyze.analysis-time=when-told", options=mounted) as double:
                status, text = http("POST", f"{double.url}/api/samples/{EICAR}/analyze/", '{"analysis":"cloud"}',
                                    Authorization="Token exampletoken", Content_Type="application/json")
                self.assertEqual((status, json.loads(text)["message"]), expected)
                podman("stop", double.id)
        place = pathlib.Path(podman("volume", "inspect", "--format", "{{.Mountpoint}}", volume))
        self.assertEqual((place / "scandouble.db").stat().st_uid, 65534)

    def test_without_a_volume_nothing_is_written(self):
        with Container(locked=[]) as double:
            changed = podman("diff", double.id)
            self.assertIn("A /etc/passwd", changed, "podman's own, so this sees what is written")
            self.assertNotIn("/data", changed)

    def test_an_unwritable_volume_is_reported(self):
        code, output = ended(options=["--volume", f"{folder(self)}:/data"])
        self.assertEqual(code, 1, output)
        self.assertIn("/data/scandouble.db cannot be written: user 65534 may not write to /data", output)


if __name__ == "__main__":
    unittest.main(verbosity=2)
