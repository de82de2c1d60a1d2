"""Each example does what it says, as far as this machine can tell; what is only judged by its schema says so."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/image"))

from container import Container, docker_path, http, podman, until  # noqa: E402

TOOLS = pathlib.Path(os.environ["SCANDOUBLE_EXAMPLES"])
CONTAINERS, CI = ROOT / "examples/containers", ROOT / "examples/ci"
IMAGE = "registry.example.com/scandouble:0.1.0"
INVOICE = "1584f8ea241a3accca59b09ce87a9036"


def setUpModule():
    socket = os.environ["DOCKER_HOST"].removeprefix("unix://")
    until(lambda: pathlib.Path(socket).exists(), "podman's interface of Docker is there")


def run(*command, cwd, **environment):
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=120)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}:\n{done.stdout}")
    return done.stdout


def is_valid(schema, path):
    run(TOOLS / "python/bin/check-jsonschema", "--builtin-schema", f"vendor.{schema}", path, cwd=ROOT)


@contextlib.contextmanager
def health_checks():
    """Runs the image's own health check in every container, as systemd's timers would for podman."""
    over = threading.Event()

    def check():
        while not over.wait(0.25):
            for container in podman("ps", "--quiet").split():
                podman("healthcheck", "run", container, check=False)

    thread = threading.Thread(target=check)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Containers(unittest.TestCase):
    def test_docker_run(self):
        self.addCleanup(podman, "rm", "--force", "--ignore", "--time", "0", "scandouble")
        run("sh", CONTAINERS / "docker-run.sh", cwd=CONTAINERS, PATH=docker_path())
        health = lambda: http("GET", "http://127.0.0.1:8080/_scandouble/health")
        until(lambda: health()[0] == 200, "healthy")
        self.assertEqual(json.loads(health()[1])["samples"], 1)

    def test_compose_waits_until_it_is_healthy(self):
        is_valid("compose-spec", CONTAINERS / "compose.yaml")
        up = ["docker-compose", "--project-name", "scandouble-example"]
        self.addCleanup(run, *up, "down", "--volumes", "--timeout", "1", cwd=CONTAINERS)
        with health_checks():
            said = run(*up, "up", "--no-color", "--exit-code-from", "tests", cwd=CONTAINERS)
        self.assertRegex(said, r"ok: scandouble [\d.]+ with 1 sample on http://scandouble:8080")

    def test_compose_answers_under_the_vendor_s_name(self):
        is_valid("compose-spec", CONTAINERS / "compose-fixed-host.yaml")
        up = ["docker-compose", "--project-name", "scandouble-fixed", "--file", CONTAINERS / "compose-fixed-host.yaml"]
        self.addCleanup(run, *up, "down", "--volumes", "--timeout", "1", cwd=CONTAINERS)
        with health_checks():
            said = run(*up, "up", "--no-color", "--exit-code-from", "tests", cwd=CONTAINERS)
        self.assertRegex(said, r"ok: scandouble [\d.]+ with \d+ samples on http://api.metadefender.com:8080")
        run(*up, "up", "--detach", "scandouble", cwd=CONTAINERS)
        (name,) = podman("ps", "--quiet", "--filter", "label=com.docker.compose.service=scandouble").split()
        address = podman("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name)
        until(lambda: http("GET", f"http://{address}:8080/_scandouble/health")[0] == 200, "healthy")
        authority = pathlib.Path(tempfile.mkdtemp(prefix="scandouble-ca-"), "ca.pem")
        self.addCleanup(shutil.rmtree, authority.parent)
        authority.write_text(http("GET", f"http://{address}:8080/_scandouble/ca.pem")[1])
        said = run("curl", "--silent", "--show-error", "--noproxy", "*", "--cacert", authority,
                   "--resolve", f"api.metadefender.com:443:{address}", "--header", "apikey: exampleapikey",
                   "https://api.metadefender.com/v2/hash/abc", cwd=CONTAINERS)
        self.assertEqual(said, '{"ABC":"Not Found"}')

    def test_testcontainers_for_python(self):
        said = run(TOOLS / "python/bin/pytest", "-p", "no:cacheprovider", "-q", CONTAINERS / "test_testcontainers.py", cwd=CONTAINERS)
        self.assertIn("1 passed", said)

    def test_testcontainers_for_node(self):
        # Node looks for modules beside the file.
        folder = pathlib.Path(tempfile.mkdtemp(prefix="scandouble-node-"))
        self.addCleanup(shutil.rmtree, folder)
        shutil.copy(CONTAINERS / "testcontainers.test.mjs", folder)
        shutil.copytree(CONTAINERS / "fixtures", folder / "fixtures")
        (folder / "node_modules").symlink_to(TOOLS / "node/node_modules")
        said = run("node", "--test", "--test-reporter", "tap", "testcontainers.test.mjs", cwd=folder)
        self.assertIn("# pass 1", said)

    def test_kubernetes(self):
        """No cluster runs here: the documents fit the schemas of Kubernetes, and the image does what they count on."""
        documents = list(yaml.safe_load_all((CONTAINERS / "kubernetes.yaml").read_text()))
        for document in documents:
            kubernetes_validate.validate(document, "1.31", strict=True)
        fixtures, deployment, service = documents
        pod = deployment["spec"]["template"]
        (container,) = pod["spec"]["containers"]
        self.assertEqual(container["image"], IMAGE)
        self.assertEqual(pod["metadata"]["labels"], deployment["spec"]["selector"]["matchLabels"])
        self.assertEqual(pod["metadata"]["labels"], service["spec"]["selector"])
        self.assertEqual(pod["spec"]["volumes"][0]["configMap"]["name"], fixtures["metadata"]["name"])
        self.assertEqual(service["spec"]["ports"][0]["targetPort"], container["ports"][0]["name"])
        folder = pathlib.Path(tempfile.mkdtemp(prefix="scandouble-map-"))
        self.addCleanup(shutil.rmtree, folder)
        folder.chmod(0o755)
        for name, text in fixtures["data"].items():
            (folder / name).write_text(text)
        place = container["volumeMounts"][0]["mountPath"]
        user = "{runAsUser}:{runAsGroup}".format(**pod["spec"]["securityContext"])
        with Container(options=["--user", user, "--volume", f"{folder}:{place}:ro"], port=container["ports"][0]["containerPort"]) as double:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                asked = container[probe]["httpGet"]
                self.assertEqual(asked["port"], container["ports"][0]["name"])
                self.assertEqual(http("GET", double.url + asked["path"])[0], 200, probe)
            self.assertEqual(double.health()["samples"], 1)


class HostedCI(unittest.TestCase):
    """No hosted CI runs here: the files fit their schemas, and the commands in them are run against the image."""

    def commands(self, steps, url):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="scandouble-ci-"))
        self.addCleanup(shutil.rmtree, folder)
        shutil.copytree(CONTAINERS / "fixtures", folder / "fixtures")
        return [run("bash", "-ec", step, cwd=folder, SCAN_URL=url, PATH=docker_path()) for step in steps]

    def check(self, steps):
        with Container() as double:
            loaded, looked_up, coverage = self.commands(steps, double.url)
        self.assertEqual(json.loads(loaded)["samples"], 1)
        (answer,) = json.loads(looked_up)
        self.assertEqual((answer["hash"], answer["scan_result"]), (INVOICE, 1))
        self.assertIn("      1  bulk.ok ", coverage)

    def test_github_actions(self):
        is_valid("github-workflows", CI / "github-actions.yaml")
        job = yaml.safe_load((CI / "github-actions.yaml").read_text())["jobs"]["tests"]
        self.assertEqual(job["services"]["scandouble"], {"image": IMAGE, "ports": ["8080:8080"]})
        self.check([step["run"] for step in job["steps"] if "run" in step])

    def test_gitlab_ci(self):
        is_valid("gitlab-ci", CI / "gitlab-ci.yaml")
        job = yaml.safe_load((CI / "gitlab-ci.yaml").read_text())["tests"]
        self.assertEqual(job["services"], [{"name": IMAGE, "alias": "scandouble"}])
        self.assertEqual(job["variables"], {"HEALTHCHECK_TCP_PORT": "8080", "SCAN_URL": "http://scandouble:8080"})
        self.check(job["script"] + job["after_script"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
