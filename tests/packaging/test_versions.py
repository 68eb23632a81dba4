"""One version, wherever it is written, and the hook of pre-commit against the program."""

import json
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ["ISTIO_MTLS_LS"])


def found(path, pattern):
    return re.search(pattern, (ROOT / path).read_text(), re.MULTILINE).group(1)


class Versions(unittest.TestCase):
    def test_one_version(self):
        lock = json.loads((ROOT / "vscode-extension/package-lock.json").read_text())
        said = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
        versions = {
            "istio-mtls-ls --version": said.split()[1],
            "CMakeLists.txt": found("CMakeLists.txt", r"^project\(.* VERSION (\S+)"),
            "packaging/changelog": found("packaging/changelog", r"\A\S+ \(([^)]+)\)"),
            "package.json": json.loads((ROOT / "vscode-extension/package.json").read_text())["version"],
            "package-lock.json": lock["version"],
            "action.yml": found("action.yml", r"^  version:\n    description: .*\n    default: (\S+)"),
            "flake.nix": found("flake.nix", r'^ +version = "(.+)";'),
            "Dockerfile": found("packaging/docker/Dockerfile", r'image.version="(.+)"'),
            "Homebrew": found("packaging/homebrew/istio-mtls-ls.rb", r'^  version "(.+)"'),
            "mason": found("packaging/mason/package.yaml", r"^  id: pkg:pypi/istio-mtls-ls@(.+)$"),
            "package-lock.json, packages": lock["packages"][""]["version"],
        }
        urls = re.findall(r"istio-mtls-ls-([\d.]+)-linux", (ROOT / "packaging/homebrew/istio-mtls-ls.rb").read_text())
        self.assertEqual({*versions.values(), *urls}, {versions["CMakeLists.txt"]}, versions)

    def test_no_older_server_is_wanted_than_there_is(self):
        """The extension refuses servers older than this, so it must not be newer than the one it comes with."""
        def parts(text):
            return [int(part) for part in text.split(".")]
        wanted = found("vscode-extension/src/node/server-path.ts", r"OLDEST_VERSION = '([^']+)'")
        self.assertLessEqual(parts(wanted), parts(found("CMakeLists.txt", r"^project\(.* VERSION (\S+)")))


class Hook(unittest.TestCase):
    def test_command(self):
        """What .pre-commit-hooks.yaml runs is a command line that the program takes."""
        entry = found(".pre-commit-hooks.yaml", r"^  entry: istio-mtls-ls (.*)$").split()
        arguments = found(".pre-commit-hooks.yaml", r"^  args: \[(.*)\]$").split(", ")
        run = subprocess.run([PROGRAM, *entry, *arguments], cwd=ROOT / "fixtures" / "sample-mesh", capture_output=True, text=True,
                             check=False)
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn("TIS0208", run.stdout)


if __name__ == "__main__":
    unittest.main()
