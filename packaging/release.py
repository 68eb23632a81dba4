#!/usr/bin/env python3
"""Puts what scripts/package made of one commit into one folder, with sums and where it comes from.

    packaging/release.py --commit COMMIT OUTPUT PACKAGES...

PACKAGES are folders of scripts/package, one a processor, and one of them with the packages for every platform (--wasm), and those of
scripts/package-windows and scripts/package-macos, if they are to be in the release. OUTPUT must not exist; it gets the packages, the symbols and bills of
materials under names that tell the processor, Homebrew's formula, SHA256SUMS, and provenance.intoto.json: an in-toto statement with a
predicate of SLSA 1.0. It is not signed: whoever publishes the files signs it. The same packages give the same bytes; the time is
SOURCE_DATE_EPOCH. Standard library only.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess

from packages import PLACEHOLDER, ROOT, sha256, version

ARCHIVES = ("*-linux-*.tar.gz", "*-windows-*.zip", "*-macos-*.tar.gz")  # each folder has one of them, whose name tells the platform
SYMBOLS = "istio-mtls-ls.debug"  # those of macOS are in the program
PACKAGES = ("*.deb", "*linux*.whl", "*linux*.tgz", "istio-mtls-ls-[0-9]*.tgz", "*linux*.vsix", "*alpine*.vsix")  # in each of the folders for Linux
MODULE_BILL = "sbom-wasm.spdx.json"
UNIVERSAL = ("istio-mtls-ls-wasm-*.tgz", "*-py3-none-any.whl", "istio-mtls-universal.vsix", MODULE_BILL)  # in one of them
STATEMENT = "provenance.intoto.json"


def names(folder, commit):
    """By the name that each file of a folder gets: the file."""
    made_of = folder / "commit"
    if not made_of.exists():
        raise SystemExit(f"{folder}: it was packed with changes that are not committed, or not to the end: there is no file commit")
    if made_of.read_text().strip() != commit:
        raise SystemExit(f"{folder}: it was packed of commit {made_of.read_text().strip()}, not {commit}")
    archives = [path for pattern in ARCHIVES for path in folder.glob(pattern)]
    if len(archives) != 1:
        raise SystemExit(f"{folder}: it has {len(archives)} archives: expected one of {', '.join(ARCHIVES)}")
    archive = archives[0]
    base = re.sub(r"\.(tar\.gz|zip)$", "", archive.name)
    is_for_linux, is_for_mac = (f"-{system}-" in base for system in ("linux", "macos"))
    needed = PACKAGES if is_for_linux else ()
    found = {archive.name: archive, f"{base}.spdx.json": folder / "sbom.spdx.json"}
    if not is_for_mac:
        found[f"{base}.debug"] = folder / SYMBOLS
    for pattern in (*needed, *UNIVERSAL):
        files = list(folder.glob(pattern))
        if not files and pattern in needed:
            raise SystemExit(f"{folder}: it has no {pattern}")
        for path in files:
            name = path.name if path.suffix != ".vsix" else f"{path.stem}-{version()}.vsix"
            name = name if name != MODULE_BILL else f"istio-mtls-ls-{version()}-wasm.spdx.json"
            found[name] = path
    for name, path in found.items():
        if not path.exists():
            raise SystemExit(f"{folder}: it has no {path.name}")
        if version() not in name:
            raise SystemExit(f"{path}: it is not of version {version()}")
    return found


def gather(folders, commit):
    found = {}
    for folder in folders:
        for name, path in names(folder, commit).items():
            # The npm package that has no program is made with each processor's.
            if name in found and sha256(found[name]) != sha256(path):
                raise SystemExit(f"{path} and {found[name]} have one name and differ")
            found[name] = path
    for pattern in UNIVERSAL:
        if not any(list(folder.glob(pattern)) for folder in folders):
            raise SystemExit(f"{folders[0]}: it has no {pattern}: was it packed with --wasm?")
    return found


def materials(folder):
    """What the bills of materials name with an address of a package registry."""
    purls = set()
    for bill in folder.glob("*.spdx.json"):
        for package in json.loads(bill.read_text())["packages"]:
            purls |= {ref["referenceLocator"] for ref in package.get("externalRefs", []) if ref["referenceType"] == "purl"}
    return sorted(purls)


def statement(folder, commit):
    subjects = [{"name": path.name, "digest": {"sha256": sha256(path)}} for path in sorted(folder.iterdir())]
    source = {"uri": f"git+{PLACEHOLDER}@{commit}", "digest": {"gitCommit": commit}}
    return {
        "_type": "https://in-toto.io/Statement/v1", "subject": subjects, "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": f"{PLACEHOLDER}/scripts/release", "externalParameters": {"source": source["uri"], "version": version()},
                "internalParameters": {"SOURCE_DATE_EPOCH": os.environ["SOURCE_DATE_EPOCH"]},
                "resolvedDependencies": [source, *({"uri": purl} for purl in materials(folder))]},
            # No times and no number of the run: they would be others each time.
            "runDetails": {"builder": {"id": f"{PLACEHOLDER}/whoever-ran-scripts/release"}}}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commit", required=True)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("packages", type=pathlib.Path, nargs="+")
    given = parser.parse_args()
    output, files = given.output, gather(given.packages, given.commit)
    output.mkdir(parents=True)
    for name, path in files.items():
        shutil.copyfile(path, output / name)
    archives = sorted(output.glob("*.tar.gz"))
    subprocess.run([ROOT / "packaging/homebrew/build_formula.py", output / "istio-mtls-ls.rb", *archives], check=True)
    (output / STATEMENT).write_text(json.dumps(statement(output, given.commit), indent=1) + "\n")
    sums = "".join(f"{sha256(path)}  {path.name}\n" for path in sorted(output.iterdir()))
    (output / "SHA256SUMS").write_text(sums)


if __name__ == "__main__":
    main()
