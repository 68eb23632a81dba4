"""packaging/release.py on folders as scripts/package leaves them, with a small program in the place of packages' bytes.

    ISTIO_MTLS_LS=build/dev/bin/istio-mtls-ls python3 -m unittest discover tests/packaging -p test_release.py
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ["ISTIO_MTLS_LS"])
VERSION = re.search(r"^project\(.* VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE).group(1)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
UNIVERSAL = (f"istio-mtls-ls-wasm-{VERSION}.tgz", f"istio_mtls_ls-{VERSION}-py3-none-any.whl", "istio-mtls-universal.vsix")  # with those of the first processor
PROCESSORS = {"x86_64": ("x64", "amd64"), "aarch64": ("arm64", "arm64")}  # as node and Debian call them


class Release(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.bill = pathlib.Path(scratch.name, "sbom.spdx.json")
        subprocess.run([ROOT / "scripts/sbom", PROGRAM, cls.bill], check=True)

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.packages = [*(self.packed(processor) for processor in PROCESSORS), self.packed_for_windows(), self.packed_for_mac()]

    def packed(self, processor):
        node, debian = PROCESSORS[processor]
        folder = self.folder / processor
        folder.mkdir()
        for name in (f"istio-mtls-ls_{VERSION}_{debian}.deb", f"istio-mtls-ls-{VERSION}-linux-{processor}.tar.gz",
                     f"istio_mtls_ls-{VERSION}-py3-none-manylinux_2_17_{processor}.whl", f"istio-mtls-ls-linux-{node}-{VERSION}.tgz",
                     f"istio-mtls-linux-{node}.vsix", f"istio-mtls-alpine-{node}.vsix"):
            (folder / name).write_text(name)
        (folder / f"istio-mtls-ls-{VERSION}.tgz").write_text("the launcher")
        (folder / "istio-mtls-ls.debug").write_text("symbols")
        (folder / "sbom.spdx.json").write_bytes(self.bill.read_bytes())
        (folder / "commit").write_text(f"{COMMIT}\n")
        if processor == "x86_64":
            for name in UNIVERSAL:
                (folder / name).write_text(name)
            (folder / "sbom-wasm.spdx.json").write_bytes(self.bill.read_bytes())
        return folder

    def packed_for_windows(self):
        folder = self.packed_archive("windows", f"istio-mtls-ls-{VERSION}-windows-x64.zip")
        (folder / "istio-mtls-ls.debug").write_text("symbols")
        return folder

    def packed_for_mac(self):
        return self.packed_archive("macos", f"istio-mtls-ls-{VERSION}-macos-arm64.tar.gz")

    def packed_archive(self, system, name):
        folder = self.folder / system
        folder.mkdir()
        (folder / name).write_text("the archive")
        (folder / "sbom.spdx.json").write_bytes(self.bill.read_bytes())
        (folder / "commit").write_text(f"{COMMIT}\n")
        return folder

    def release(self, name="dist", packages=None):
        output = self.folder / name
        done = subprocess.run([ROOT / "packaging/release.py", "--commit", COMMIT, output, *(packages or self.packages)], check=False,
                              env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}, capture_output=True, text=True)
        return output, done

    def refused(self, reason):
        output, done = self.release()
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, reason)
        self.assertFalse(output.exists())

    def test_holds_everything_once(self):
        output, done = self.release()
        self.assertEqual(done.returncode, 0, done.stderr)
        names = {path.name for path in output.iterdir()}
        expected = {"SHA256SUMS", "provenance.intoto.json", "istio-mtls-ls.rb", f"istio-mtls-ls-{VERSION}.tgz"}
        expected |= {f"istio-mtls-ls-wasm-{VERSION}.tgz", f"istio_mtls_ls-{VERSION}-py3-none-any.whl", f"istio-mtls-universal-{VERSION}.vsix", f"istio-mtls-ls-{VERSION}-wasm.spdx.json"}
        for processor, (node, debian) in PROCESSORS.items():
            base = f"istio-mtls-ls-{VERSION}-linux-{processor}"
            expected |= {f"{base}.tar.gz", f"{base}.debug", f"{base}.spdx.json", f"istio-mtls-ls_{VERSION}_{debian}.deb",
                         f"istio-mtls-ls-linux-{node}-{VERSION}.tgz", f"istio-mtls-linux-{node}-{VERSION}.vsix",
                         f"istio-mtls-alpine-{node}-{VERSION}.vsix",
                         f"istio_mtls_ls-{VERSION}-py3-none-manylinux_2_17_{processor}.whl"}
        expected |= {f"istio-mtls-ls-{VERSION}-windows-x64.{kind}" for kind in ("zip", "debug", "spdx.json")}
        expected |= {f"istio-mtls-ls-{VERSION}-macos-arm64.{kind}" for kind in ("tar.gz", "spdx.json")}
        self.assertEqual(names, expected)

    def test_sums_and_provenance_are_of_the_files(self):
        output, _ = self.release()
        sums = dict(reversed(line.split("  ")) for line in (output / "SHA256SUMS").read_text().splitlines())
        real = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in output.iterdir() if path.name != "SHA256SUMS"}
        self.assertEqual(sums, real)
        statement = json.loads((output / "provenance.intoto.json").read_text())
        self.assertEqual(statement["_type"], "https://in-toto.io/Statement/v1")
        self.assertEqual(statement["predicateType"], "https://slsa.dev/provenance/v1")
        real.pop("provenance.intoto.json")
        self.assertEqual({each["name"]: each["digest"]["sha256"] for each in statement["subject"]}, real)
        predicate = statement["predicate"]
        self.assertEqual(set(predicate), {"buildDefinition", "runDetails"})
        materials = predicate["buildDefinition"]["resolvedDependencies"]
        self.assertEqual(materials[0]["digest"], {"gitCommit": COMMIT})
        bill = json.loads(self.bill.read_text())
        purls = {ref["referenceLocator"] for package in bill["packages"] for ref in package.get("externalRefs", [])}
        self.assertEqual({each["uri"] for each in materials[1:]}, purls)
        formula = (output / "istio-mtls-ls.rb").read_text()
        for name in (name for name in real if name.endswith(".tar.gz")):
            self.assertIn(real[name], formula)

    def test_the_same_bytes_again(self):
        first, _ = self.release("one")
        for path in self.packages[0].iterdir():
            os.utime(path, (1, 1))
        second, _ = self.release("two", self.packages[::-1])
        self.assertEqual({path.name: path.read_bytes() for path in first.iterdir()}, {path.name: path.read_bytes() for path in second.iterdir()})

    def test_one_processor(self):
        output, done = self.release(packages=self.packages[:1])
        self.assertEqual(done.returncode, 0, done.stderr)
        formula = (output / "istio-mtls-ls.rb").read_text()
        self.assertNotIn("on_arm", formula)
        self.assertNotIn("@", formula)

    def test_refuses_what_is_not_of_the_commit(self):
        (self.packages[1] / "commit").write_text("another\n")
        self.refused("packed of commit another, not 0123")
        (self.packages[1] / "commit").unlink()
        self.refused("changes that are not committed")

    def test_refuses_another_version(self):
        (self.packages[0] / "istio-mtls-ls_99.0_amd64.deb").write_text("")
        self.refused(f"is not of version {re.escape(VERSION)}")

    def test_refuses_two_files_of_one_name(self):
        (self.packages[1] / f"istio-mtls-ls-{VERSION}.tgz").write_text("another launcher")
        self.refused("have one name and differ")

    def test_refuses_what_is_incomplete(self):
        for folder, pattern, reason in ((self.packages[1], "*linux*.whl", r"it has no \*linux\*\.whl"), (self.packages[1], "*.tar.gz", "it has 0 archives"),
                                        (self.packages[2], "*-windows-x64.zip", "it has 0 archives"), (self.packages[2], "*.debug", "it has no istio-mtls-ls.debug"),
                                        (self.packages[3], "sbom.spdx.json", "it has no sbom.spdx.json")):
            with self.subTest(pattern):
                path = next(folder.glob(pattern))
                contents = path.read_bytes()
                path.unlink()
                self.refused(reason)
                path.write_bytes(contents)

    def test_refuses_what_is_without_the_module(self):
        for name in (*UNIVERSAL, "sbom-wasm.spdx.json"):
            with self.subTest(name):
                path = self.packages[0] / name
                contents = path.read_bytes()
                path.unlink()
                self.refused("has no .*: was it packed with --wasm")
                path.write_bytes(contents)


if __name__ == "__main__":
    unittest.main()
