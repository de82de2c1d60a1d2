"""The release, as far as it can be judged where nothing can be published: the workflow fits its schema, its jobs hang together,
what it calls is there, and a tag that does not fit is refused."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github/workflows/release.yml"
TOOLS = pathlib.Path(os.environ["SCANDOUBLE_EXAMPLES"])


class Workflow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]

    def steps(self):
        return [(name, step) for name, job in self.jobs.items() for step in job["steps"]]

    def test_it_fits_the_schema(self):
        done = subprocess.run([TOOLS / "python/bin/check-jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_nothing_is_published_before_the_tests(self):
        def behind(name):
            needs = self.jobs[name].get("needs", [])
            needs = [needs] if isinstance(needs, str) else needs
            return {name}.union(*map(behind, needs))

        for name in self.jobs:
            self.assertIn("test", behind(name), name)
        self.assertTrue(any(".ci/run" in step.get("run", "") for step in self.jobs["test"]["steps"]))

    def test_what_is_fetched_was_stored(self):
        stored = [step["with"]["name"] for _, step in self.steps() if step.get("uses", "").startswith("actions/upload-artifact")]
        fetched = [step["with"]["pattern"] for _, step in self.steps() if step.get("uses", "").startswith("actions/download-artifact")]
        self.assertEqual(sorted({name.split("-")[0] for name in stored}), ["binary", "digest", "wheel"])
        self.assertEqual(sorted(fetched), ["binary-*", "digest-*", "wheel-*"])

    def test_each_system_has_a_binary_and_a_wheel_and_there_is_a_source_distribution(self):
        built = self.jobs["binaries"]["strategy"]["matrix"]["include"]
        self.assertEqual([one["target"] for one in built], [
            "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-apple-darwin",
            "x86_64-pc-windows-msvc"])
        for one in built:
            self.assertEqual(one.get("static", False), "linux" in one["target"], "or the wheel needs a new glibc")
        flags = subprocess.run([ROOT / ".ci/rustflags"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        self.assertIn("+crt-static", flags)
        for path in re.findall(r"profile-use=(\S+)", flags):
            self.assertTrue(pathlib.Path(path).is_file(), path)
        self.assertEqual(sum(one.get("sdist", False) for one in built), 1)

    def test_each_job_may_do_what_it_does_and_no_more(self):
        wanted = {"attest-build-provenance": "attestations", "cosign sign": "id-token", "gh-action-pypi-publish": "id-token",
                  "gh release create": "contents", "crates-io-auth-action": "id-token", "docker/login-action": "packages"}
        for name, job in self.jobs.items():
            text = yaml.safe_dump(job["steps"])
            may = {scope for scope, level in job.get("permissions", {}).items() if level == "write"}
            needed = {scope for call, scope in wanted.items() if call in text}
            if "attestations" in needed:
                needed.add("id-token")
            self.assertEqual(may, needed, name)

    def test_each_binary_has_a_list_of_what_is_in_it(self):
        made = yaml.safe_dump(self.jobs["binaries"]["steps"])
        self.assertIn("cargo cyclonedx", made)
        # Attested, stored for the last job, and published.
        stored = [step["with"] for _, step in self.steps() if "path" in step.get("with", {}) and "name" in step["with"]]
        self.assertEqual([with_["name"].split("-")[0] for with_ in stored if "*.cdx.json" in with_["path"]], ["binary"])
        attested = [step["with"].get("subject-path", "") for _, step in self.steps() if "attest-build" in step.get("uses", "")]
        self.assertTrue(any("*.cdx.json" in paths for paths in attested))
        self.assertIn("*.cdx.json SHA256SUMS", yaml.safe_dump(self.jobs["publish-release"]["steps"], width=1000))

    def test_an_image_that_is_built_again_is_the_same(self):
        steps = self.jobs["image"]["steps"]
        build = next(step for step in steps if "build-push-action" in step.get("uses", ""))
        self.assertIn("rewrite-timestamp=true", build["with"]["outputs"])
        before = steps[:steps.index(build)]
        self.assertTrue(any("SOURCE_DATE_EPOCH=$(git log -1" in step.get("run", "") for step in before))

    def test_the_scripts_are_sound(self):
        for name, step in self.steps():
            if "run" in step:
                script = re.sub(r"\$\{\{.*?\}\}", "x", step["run"])
                done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
                self.assertEqual(done.returncode, 0, f"{name}: {done.stderr}")


class Tag(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="scandouble-release-"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / ".github").mkdir()
        shutil.copy(ROOT / ".github/release-notes", self.folder / ".github")
        for name in ("Cargo.toml", "Dockerfile", "CHANGELOG.md"):
            shutil.copy(ROOT / name, self.folder)
        self.version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]

    def change(self, name, old, new):
        path = self.folder / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))

    def notes(self, tag):
        done = subprocess.run([self.folder / ".github/release-notes", tag], capture_output=True, text=True)
        return done.returncode, done.stdout if done.returncode == 0 else done.stderr

    def test_its_part_of_the_changelog_is_told(self):
        self.change("CHANGELOG.md", "## [Unreleased]", f"## [Unreleased]\n\n## [{self.version}] - 2026-12-01\n\nThe first.\n\n## [0.0.1] - 2026-01-01")
        self.assertEqual(self.notes(f"v{self.version}"), (0, "\nThe first.\n"))

    def test_a_tag_that_does_not_fit_is_refused(self):
        code, said = self.notes("v99.0.0")
        self.assertEqual(code, 1)
        self.assertEqual(said, f"release-notes: the tag is v99.0.0, but Cargo.toml has version {self.version}; tag v{self.version}, or "
                               "change the version first\n")
        self.change("Dockerfile", f'version="{self.version}"', 'version="0.0.9"')
        self.assertIn("the Dockerfile's label has version 0.0.9", self.notes(f"v{self.version}")[1])

    def test_a_version_without_notes_is_refused(self):
        self.change("CHANGELOG.md", "## [Unreleased]", f"## [{self.version}] - 2026-12-01\n\n## [Unreleased]")
        self.assertIn("CHANGELOG.md has nothing under", self.notes(f"v{self.version}")[1])


class Tools(unittest.TestCase):
    """`tests/tools`, on a machine that has nothing and where nothing can be installed."""

    def check(self, *suites, user="1000"):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="scandouble-tools-"))
        self.addCleanup(shutil.rmtree, folder)
        (folder / "id").write_text(f"#!{shutil.which('bash')}\necho {user}\n")
        (folder / "id").chmod(0o755)
        (folder / "bash").symlink_to(shutil.which("bash"))
        done = subprocess.run([ROOT / "tests/tools", *suites], env={"PATH": str(folder)}, capture_output=True, text=True)
        return done.returncode, done.stderr.splitlines()

    def test_everything_that_is_missing_is_listed_at_once(self):
        for user in ("1000", "0"):
            code, (cargo, missing, command) = self.check("all", "shipped", user=user)
            self.assertEqual(code, 1)
            self.assertEqual(cargo, "missing: a Rust toolchain (1.95 or newer), see https://rustup.rs")
            packages = missing.removeprefix("missing: ")
            for package in ("gcc", "curl", "nodejs", "npm", "chromium", "python3-venv", "podman", "haproxy", "golang-go"):
                self.assertIn(package, packages.split())
            self.assertEqual(command, f"install them, on Debian with: sudo apt-get install {packages}")

    def test_what_a_suite_does_not_need_is_not_asked_for(self):
        self.assertEqual(self.check("binary")[1][1], "missing: gcc libc6-dev")
        self.assertEqual(self.check("image")[1][1], "missing: podman")
        self.assertEqual(self.check("nonsense"), (2, ["unknown suite: nonsense"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
