#!/usr/bin/env python3
"""Makes the npm packages: one with the program for its platform and one that runs whichever platform's is installed; or the one with
the WebAssembly module, which runs where there is no program.

    packaging/npm/build_packages.py PROGRAM FOLDER [--sbom FILE]    prints the archives' paths

PROGRAM is for Linux, or the istio-mtls-ls.mjs that scripts/build-wasm makes. What is published is `npm publish` of each archive. The same input gives the same bytes. Standard library only.
"""

import gzip
import io
import json
import os
import pathlib
import sys
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from packages import LICENSE, ROOT, arguments, linux_machine, version

HERE = ROOT / "packaging/npm"
ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}  # as node calls them
PLATFORMS = ["linux-x64", "linux-arm64"]  # that there is a program for
MODULE = "istio-mtls-ls-wasm"
MODULE_FILES = ("istio-mtls-ls.mjs", "module.mjs", "node-host.mjs", "istio-mtls-ls.wasm")
OLDEST_NODE = ">=18"
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


def module_package(script, common):
    described = {"name": MODULE, "version": version(), **COMMON, "type": "module", "engines": {"node": OLDEST_NODE}}
    yield "package.json", text(described), 0o644
    for name in MODULE_FILES:
        yield name, (script.parent / name).read_bytes(), 0o644
    yield from common


def platform_package(program, name, architecture, common):
    yield "package.json", text({"name": name, "version": version(), **COMMON, "os": ["linux"], "cpu": [architecture]}), 0o644
    yield "bin/istio-mtls-ls", program.read_bytes(), 0o755
    yield from common


def launcher_package(license_text):
    # The module is a plain dependency: `npm ci --omit=optional` leaves it, and what is for some platforms only cannot be one.
    yield "package.json", text({
        "name": "istio-mtls-ls", "version": version(), **COMMON, "bin": {"istio-mtls-ls": "launcher.js"},
        "engines": {"node": OLDEST_NODE},
        "dependencies": {MODULE: version()},
        "optionalDependencies": {f"istio-mtls-ls-{each}": version() for each in PLATFORMS},
    }), 0o644
    yield "launcher.js", (HERE / "launcher.js").read_bytes(), 0o755
    yield "README.md", (ROOT / "packaging/about.md").read_bytes(), 0o644
    yield license_text


def main():
    given = arguments(__doc__)
    folder, program = given.folder, pathlib.Path(given.program)
    license_text = ("LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644)
    common = [license_text, ("copyright", (ROOT / "packaging/copyright").read_bytes(), 0o644)]
    if given.sbom:
        common.append((given.sbom.name, given.sbom.read_bytes(), 0o644))
    if program.suffix == ".mjs":
        pack(folder / f"{MODULE}-{version()}.tgz", module_package(program, common))
        return
    architecture = ARCHITECTURES[linux_machine(program)]
    own = f"istio-mtls-ls-linux-{architecture}"
    pack(folder / f"{own}-{version()}.tgz", platform_package(program, own, architecture, common))
    pack(folder / f"istio-mtls-ls-{version()}.tgz", launcher_package(license_text))


if __name__ == "__main__":
    main()
