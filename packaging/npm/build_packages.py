#!/usr/bin/env python3
"""Makes the npm packages: one with the program for its platform, and one that runs whichever platform's is installed.

    packaging/npm/build_packages.py PROGRAM FOLDER [--sbom FILE]    prints the two archives' paths

What is published is `npm publish` of each archive. The same input gives the same bytes. Standard library only.
"""

import gzip
import io
import json
import os
import pathlib
import sys
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from packages import LICENSE, ROOT, arguments, machine, version

HERE = ROOT / "packaging/npm"
ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}  # as node calls them
PLATFORMS = ["linux-x64", "linux-arm64"]  # that there is a program for
COMMON = {"license": LICENSE, "description": "Finds Istio mTLS policy that breaks traffic: language server and command line"}


def text(value):
    return (json.dumps(value, indent=2) + "\n").encode()


def pack(path, files):
    """As `npm pack` does: all below `package/`."""
    when = int(os.environ.get("SOURCE_DATE_EPOCH", 0))
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content, mode in files:
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size, entry.mode, entry.mtime = len(content), mode, when
            archive.addfile(entry, io.BytesIO(content))
    path.write_bytes(gzip.compress(data.getvalue(), mtime=0))
    print(path)


def main():
    given = arguments(__doc__)
    folder = given.folder
    architecture = ARCHITECTURES[machine(given.program)]
    own = f"istio-mtls-ls-linux-{architecture}"
    license_text = ("LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644)
    files = [
        ("package.json", text({"name": own, "version": version(), **COMMON, "os": ["linux"], "cpu": [architecture]}), 0o644),
        ("bin/istio-mtls-ls", pathlib.Path(given.program).read_bytes(), 0o755),
        license_text,
        ("copyright", (ROOT / "packaging/copyright").read_bytes(), 0o644),
    ]
    if given.sbom:
        files.append((given.sbom.name, given.sbom.read_bytes(), 0o644))
    pack(folder / f"{own}-{version()}.tgz", files)
    pack(folder / f"istio-mtls-ls-{version()}.tgz", [
        ("package.json", text({
            "name": "istio-mtls-ls", "version": version(), **COMMON, "bin": {"istio-mtls-ls": "launcher.js"},
            "engines": {"node": ">=16"},
            "optionalDependencies": {f"istio-mtls-ls-{each}": version() for each in PLATFORMS},
        }), 0o644),
        ("launcher.js", (HERE / "launcher.js").read_bytes(), 0o755),
        ("README.md", (ROOT / "packaging/about.md").read_bytes(), 0o644),
        license_text,
    ])


if __name__ == "__main__":
    main()
