"""The bill of materials (scripts/sbom): is it SPDX, and does it name what is really in the program and the bundles?

With SBOM in the environment it looks at that file, as scripts/package has put it into a package; METAFILES are those of the bundles in it."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))
from packages import build_info, foreign, runs, target

PROGRAM = os.path.abspath(os.environ["ISTIO_MTLS_LS"])
METAFILES = os.environ.get("METAFILES", "").split()
NOT_CARRIED = {"linux-libc-dev", "linux-libc-dev-arm64-cross"}  # constants and types of the kernel
LIBRARY_OF = {"mingw-w64-common": "mingw-w64-x86-64-dev"}  # of headers that are packaged apart
LICENCES = {"Apache-2.0", "Apache-2.0 WITH LLVM-exception", "MIT", "BSD-3-Clause", "BSL-1.0", "ISC", "LGPL-2.1-or-later", "ZPL-2.1", "GPL-3.0-or-later WITH GCC-exception-3.1"}
RELATIONSHIPS = {"DESCRIBES", "STATIC_LINK", "DYNAMIC_LINK", "CONTAINS", "GENERATED_FROM"}
TARGETS = "(workspace|checks|lsp|cli|app)/"


def make(output):
    command = [ROOT / "scripts" / "sbom", PROGRAM, output, *METAFILES]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return pathlib.Path(output).read_text()


def read_document():
    if "SBOM" in os.environ:
        return json.loads(pathlib.Path(os.environ["SBOM"]).read_text())
    with tempfile.TemporaryDirectory() as folder:
        return json.loads(make(os.path.join(folder, "sbom.json")))


def sysroot():
    """Where the libraries are that the program was compiled with; empty: where this machine's are."""
    if not foreign(PROGRAM):
        return ""
    return subprocess.run([ROOT / "scripts" / "sysroot"], capture_output=True, text=True, check=True).stdout.strip()


def owners(paths, root=""):
    """The Debian packages of files."""
    query = ["dpkg-query", f"--admindir={root}/var/lib/dpkg", "--search", *sorted(paths)]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    return {line.split(": ")[0].split(",")[0].split(":")[0] for line in done.stdout.splitlines() if not line.startswith("diversion")}


class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = read_document()
        cls.packages = {each["SPDXID"]: each for each in cls.document["packages"]}

    def purls(self, kind):
        refs = [ref["referenceLocator"] for each in self.document["packages"] for ref in each.get("externalRefs", [])]
        return {ref.removeprefix(f"pkg:{kind}/") for ref in refs if ref.startswith(f"pkg:{kind}/")}

    def test_shape(self):
        document = self.document
        self.assertEqual(document["spdxVersion"], "SPDX-2.3")
        self.assertEqual(document["dataLicense"], "CC0-1.0")
        self.assertEqual(document["SPDXID"], "SPDXRef-DOCUMENT")
        self.assertRegex(document["documentNamespace"], r"^https://[^#]+$")
        self.assertRegex(document["creationInfo"]["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertRegex(document["creationInfo"]["creators"][0], r"^(Tool|Organization|Person): ")
        self.assertEqual(len(self.packages), len(document["packages"]), "SPDX ids are unique")
        for ref, package in self.packages.items():
            self.assertRegex(ref, r"^SPDXRef-[A-Za-z0-9.-]+$")
            self.assertIn(package["licenseDeclared"], LICENCES, ref)
            self.assertIn(package["licenseConcluded"], LICENCES, ref)
            for field in ("name", "versionInfo", "downloadLocation", "copyrightText"):
                self.assertTrue(package[field], f"{ref}: {field}")
            self.assertIs(package["filesAnalyzed"], False)
            for other in package.get("externalRefs", []):
                self.assertEqual((other["referenceCategory"], other["referenceType"]), ("PACKAGE-MANAGER", "purl"))

    def test_relationships(self):
        related = set()
        for each in self.document["relationships"]:
            self.assertIn(each["relationshipType"], RELATIONSHIPS)
            self.assertIn(each["spdxElementId"], {"SPDXRef-DOCUMENT", *self.packages})
            self.assertIn(each["relatedSpdxElement"], self.packages)
            related.add(each["relatedSpdxElement"])
        self.assertEqual(related, set(self.packages), "every package has its part")

    def test_names_what_the_program_tells(self):
        info = build_info(PROGRAM)
        if command := runs(PROGRAM):
            said = subprocess.run([*command, "version", "--verbose"], capture_output=True, text=True, check=True).stdout
            self.assertEqual(said, info)
        told = {tuple(line.split(" ", 1)) for line in info.splitlines()[2:]}
        self.assertTrue(told)
        listed = {(each["name"], each["versionInfo"]) for each in self.packages.values()}
        self.assertLessEqual(told, listed)

    def test_names_what_was_compiled_in(self):
        """Ninja knows which headers the compiler read, and what was linked."""
        build = pathlib.Path(PROGRAM).parent.parent
        if not (build / ".ninja_deps").exists():
            self.skipTest("the program does not lie in the folder it was built in")
        root = sysroot()
        headers, unpacked, ours = set(), set(), False
        for line in subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout.splitlines():
            if not line.startswith(" "):
                ours = re.match(TARGETS, line) is not None
            elif ours and root and line.strip().startswith(f"{root}/usr/"):
                unpacked.add(os.path.normpath(line.strip()).removeprefix(root))
            elif ours and line.strip().startswith("/usr/"):
                headers.add(os.path.normpath(line.strip()))
            elif ours and line.strip().startswith("headers/"):  # links to those that are for every platform (cmake/source_libraries.cmake)
                headers.add(os.path.realpath(build / line.strip()))
        self.assertGreater(len(headers | unpacked), 100)
        link = subprocess.run(["ninja", "-C", build, "-t", "commands", "-s", "istio-mtls-ls"], capture_output=True, text=True,
                              check=False).stdout
        unpacked |= {path for path in re.findall(rf"{root}(/usr/\S+\.(?:a|so\S*))", link) if root}
        libraries = {os.path.realpath(path) for path in re.findall(r" (/usr/\S+\.(?:a|so\S*))", link)}
        found = owners(headers | libraries) | (owners(unpacked, root) if unpacked else set())
        wanted = {LIBRARY_OF.get(name, name) for name in found if name not in NOT_CARRIED}
        self.assertGreaterEqual(len(wanted), 4 if target(PROGRAM)[0] == "macos" else 5)  # there, those that are only headers
        # A shared library's package and that of its headers are one source.
        bases = {re.sub(r"(-dev|[\d.]*)$", "", re.sub(r"-dev$", "", name)) for name in wanted}
        listed = {re.sub(r"(-dev|[\d.]*)$", "", re.sub(r"-dev$", "", name.split("/")[1].split("@")[0].replace("%2B", "+")))
                  for name in self.purls("deb")}
        self.assertLessEqual(bases, listed)

    def test_names_what_is_bundled(self):
        lock = json.loads((ROOT / "vscode-extension" / "package-lock.json").read_text())["packages"]
        listed = self.purls("npm")
        for metafile in METAFILES:
            inputs = json.loads(pathlib.Path(metafile).read_text())["inputs"]
            for path in (path for path in inputs if "node_modules/" in path):
                parts = path.split("/")
                last = len(parts) - 1 - parts[::-1].index("node_modules")
                name = "/".join(parts[last + 1 : last + (3 if parts[last + 1].startswith("@") else 2)])
                place = "/".join(parts[parts.index("node_modules") : last + 1 + name.count("/") + 1])
                self.assertIn(f"{name.replace('@', '%40')}@{lock[place]['version']}", listed)

    def test_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(make(os.path.join(folder, "one")), make(os.path.join(folder, "two")))


class Lock(unittest.TestCase):
    def test_every_package_is_pinned(self):
        """npm audit needs a registry that answers; that nothing unpinned or from elsewhere is installed needs none."""
        lock = json.loads((ROOT / "vscode-extension" / "package-lock.json").read_text())
        for place, entry in lock["packages"].items():
            if not place or entry.get("link"):
                continue
            self.assertRegex(entry.get("resolved", "https://registry.npmjs.org/"), r"^https://registry\.npmjs\.org/", place)
            self.assertRegex(entry["integrity"], r"^sha512-", place)
            self.assertTrue(entry.get("license"), f"{place} has no licence")


if __name__ == "__main__":
    unittest.main()
