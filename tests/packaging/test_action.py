"""action.yml against the program: its steps, run with bash as GitHub's runner would, with the inputs in their places.

    ISTIO_MTLS_LS=build/dev/bin/istio-mtls-ls python3 -m unittest discover tests/packaging -p test_action.py
"""

import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import textwrap
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ["ISTIO_MTLS_LS"])
ACTION = (ROOT / "action.yml").read_text()


def inputs():
    """By name, the defaults."""
    block = re.search(r"^inputs:\n((?:  .*\n)+)", ACTION, re.MULTILINE).group(1)
    return {name: default.strip("'") for name, default in
            re.findall(r"^  ([\w-]+):\n    description: .+\n    default: (.*)$", block, re.MULTILINE)}


def steps():
    """Each step's id, env and run."""
    for text in re.split(r"^    - ", ACTION.partition("  steps:\n")[2], flags=re.MULTILINE)[1:]:
        identity = re.search(r"^      id: (.+)$", text, re.MULTILINE)
        env = re.search(r"^      env:\n((?:        .+\n)+)", text, re.MULTILINE).group(1)
        run = textwrap.dedent(re.search(r"^      run: \|\n((?:        .*\n|\n)+)", text, re.MULTILINE).group(1))
        yield identity and identity.group(1), dict(re.findall(r"^ +(\w+): (.+)$", env, re.MULTILINE)), run


class Action(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.work = self.folder / "work place"
        shutil.copytree(ROOT / "fixtures/sample-mesh", self.work / "deploy")
        self.stripped = self.folder / "istio-mtls-ls"
        # As packages have it; what is left out is most of it, in a build for debugging.
        subprocess.run(["strip", "-o", self.stripped, PROGRAM], check=True)

    def run_action(self, runner=("Linux", "X64"), **given):
        """The last step's exit status, and what all wrote; a step that fails is the last one."""
        values = {f"inputs.{name}": value for name, value in (inputs() | {k.replace("_", "-"): v for k, v in given.items()}).items()}
        said = ""
        for identity, env, run in steps():
            output = self.folder / "output"
            output.write_text("")
            filled = {name: re.sub(r"\$\{\{ (\S+) \}\}", lambda found: values[found.group(1)], value) for name, value in env.items()}
            environment = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(self.folder / "temp"), "RUNNER_OS": runner[0],
                           "RUNNER_ARCH": runner[1], "GITHUB_OUTPUT": str(output), "PIP_NO_INDEX": "1",
                           "PIP_FIND_LINKS": str(self.folder), "HOME": str(self.folder), **filled}
            script = self.folder / "step.sh"
            script.write_text(run)
            done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", script], cwd=self.work, env=environment,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            said += done.stdout + done.stderr
            for line in output.read_text().splitlines():
                name, value = line.split("=", 1)
                values[f"steps.{identity}.outputs.{name}"] = value
            if done.returncode != 0:
                return done.returncode, said
        return 0, said

    def test_nothing_is_put_into_scripts(self):
        """What a pull request names its files must not become shell text."""
        for _, _, run in steps():
            self.assertNotIn("${{", run)

    def test_inputs_are_all_used(self):
        used = {found for _, env, _ in steps() for value in env.values() for found in re.findall(r"inputs\.([\w-]+)", value)}
        self.assertEqual(used, set(inputs()))

    def test_documented(self):
        page = (ROOT / "docs/ci.md").read_text()
        table = re.search(r"^\| input \| \|\n((?:\|.*\n)+)", page, re.MULTILINE).group(1)
        self.assertEqual(set(re.findall(r"^\| `([\w-]+)` ", table, re.MULTILINE)), set(inputs()))
        example = re.search(r"^ +uses: OWNER.*\n +with:\n((?: {10}.*\n)+)", page, re.MULTILINE).group(1)
        self.assertLessEqual(set(re.findall(r"^ +([\w-]+):", example, re.MULTILINE)), set(inputs()))
        self.assertNotIn("cmake", page)  # nothing is compiled there

    def test_annotates_and_fails(self):
        status, said = self.run_action(binary=PROGRAM)
        self.assertEqual(status, 1, said)
        self.assertRegex(said, r"(?m)^::error file=deploy/[^,]+,line=\d+.*TIS0208")

    def test_fail_on(self):
        self.assertEqual(self.run_action(binary=PROGRAM, fail_on="never")[0], 0)
        status, said = self.run_action(binary=PROGRAM, fail_on="sometimes")
        self.assertEqual(status, 2, said)

    def test_paths_and_arguments_are_lines(self):
        (self.work / "a b; exit 7").mkdir()
        shutil.copy(next(self.work.glob("deploy/**/*.yaml")), self.work / "a b; exit 7" / "copy.yaml")
        status, said = self.run_action(binary=PROGRAM, paths="a b; exit 7\n\ndeploy", args="--ignore=TIS0208\n--jobs=1\n")
        self.assertEqual(status, 1, said)
        self.assertNotIn("TIS0208", said)
        self.assertIn("TIS0503", said)
        status, said = self.run_action(binary=PROGRAM, paths="$(exit 7)")
        self.assertEqual(status, 2, said)

    def test_from_a_wheel(self):
        wheel = subprocess.run([ROOT / "packaging/python/build_wheel.py", self.stripped, self.folder], capture_output=True, text=True,
                               check=True).stdout.strip()
        status, said = self.run_action(binary=wheel)
        self.assertEqual(status, 1, said)
        self.assertIn("TIS0208", said)
        # By name, of where pip looks: there is no other version.
        shutil.rmtree(self.folder / "temp")
        status, said = self.run_action()
        self.assertEqual(status, 1, said)
        status, said = self.run_action(version="77.0.0")
        self.assertEqual(status, 2, said)
        self.assertIn("::error title=istio-mtls-ls::pip could not install istio-mtls-ls==77.0.0", said)

    def test_from_an_archive(self):
        archive = self.folder / "istio-mtls-ls.tar.gz"
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(self.stripped, "istio-mtls-ls-0/bin/istio-mtls-ls")
        status, said = self.run_action(binary=str(archive))
        self.assertEqual(status, 1, said)
        self.assertIn("TIS0208", said)

    def test_says_what_is_wrong(self):
        for runner in (("Windows", "X64"), ("macOS", "ARM64")):
            status, said = self.run_action(runner=runner)
            self.assertEqual((status, said), (2, f"::error title=istio-mtls-ls::there is no program for {'-'.join(runner)}, "
                                              "only for Linux-X64 and Linux-ARM64\n"))
        status, said = self.run_action(binary="nowhere")
        self.assertEqual((status, said), (2, "::error title=istio-mtls-ls::there is no file nowhere\n"))
        (self.work / "other").write_bytes(b"\x7fELF" + bytes(60))
        (self.work / "other").chmod(0o755)
        status, said = self.run_action(binary="other")
        self.assertEqual(status, 2, said)
        self.assertIn("other does not run on Linux-X64", said)


if __name__ == "__main__":
    unittest.main()
