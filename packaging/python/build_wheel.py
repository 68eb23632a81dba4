#!/usr/bin/env python3
"""Makes a wheel of the program, so that pip, pipx and uv install it.

    packaging/python/build_wheel.py PROGRAM FOLDER [--sbom FILE]    prints the wheel's path

PROGRAM is for Linux, and needs the C library only or nothing at all; the wheel's tags say which, and for which processor, as
far as the program itself does. Or it is the WebAssembly module that scripts/translate-wasm makes: the wheel is then for every platform, runs the
module with wasmtime (app/wasm/python), and is what pip takes where no other fits. The same input gives the same bytes: files are in order and dated SOURCE_DATE_EPOCH.
Standard library only.
"""

import base64
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from packages import LICENSE, ROOT, arguments, linux_machine, sha256, version

NAME = "istio_mtls_ls"
RUNNER = ROOT / "app/wasm/python" / NAME
WASMTIME = "wasmtime>=40"  # the oldest that was tried
EARLIEST = 315532800  # 1980: zip has no earlier time


def tags(program):
    """Of the platforms that the program starts on (PEP 600, PEP 656)."""
    processor = linux_machine(program)
    dynamic = subprocess.run(["readelf", "--wide", "--dynamic", "--version-info", program], capture_output=True, text=True,
                             check=True).stdout
    if "(NEEDED)" not in dynamic:
        return [f"manylinux_2_17_{processor}", f"musllinux_1_1_{processor}"]
    needed = max((tuple(map(int, found)) for found in re.findall(r"GLIBC_(\d+)\.(\d+)", dynamic)), default=(2, 17))
    return [f"manylinux_{needed[0]}_{needed[1]}_{processor}"]


def metadata(fields):
    return (f"Metadata-Version: 2.1\nName: istio-mtls-ls\nVersion: {version()}\n"
            "Summary: Finds Istio mTLS policy that breaks traffic: language server and command line\n"
            f"License: {LICENSE}\n{fields}Keywords: istio,mtls,kubernetes,language-server,lint\n"
            "Classifier: Topic :: Software Development :: Quality Assurance\n"
            "Description-Content-Type: text/markdown\n\n") + (ROOT / "packaging/about.md").read_text()


def information(fields, tags, pure, sbom):
    """What is about the wheel: `fields` are those of the metadata that differ."""
    info = f"{NAME}-{version()}.dist-info"
    wheel = f"Wheel-Version: 1.0\nGenerator: istio-mtls-ls\nRoot-Is-Purelib: {str(pure).lower()}\n" + "".join(f"Tag: py3-none-{each}\n" for each in tags)
    yield f"{info}/METADATA", metadata(fields).encode(), 0o644
    yield f"{info}/WHEEL", wheel.encode(), 0o644
    yield f"{info}/licenses/LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644
    yield f"{info}/licenses/copyright", (ROOT / "packaging/copyright").read_bytes(), 0o644
    if sbom:
        yield f"{info}/sboms/{sbom.name}", sbom.read_bytes(), 0o644  # PEP 770


def program_files(program, platforms, sbom):
    yield f"{NAME}-{version()}.data/scripts/istio-mtls-ls", program.read_bytes(), 0o755
    yield from information("Requires-Python: >=3.7\nClassifier: Operating System :: POSIX :: Linux\n", platforms, False, sbom)


def module_files(module, sbom):
    for path in sorted(RUNNER.glob("*.py")):
        yield f"{NAME}/{path.name}", path.read_bytes(), 0o644
    yield f"{NAME}/istio-mtls-ls.wasm", module.read_bytes(), 0o644
    yield f"{NAME}/istio-mtls-ls.wasm.sha256", f"{sha256(module)}\n".encode(), 0o644  # names what is compiled of it
    yield f"{NAME}-{version()}.dist-info/entry_points.txt", f"[console_scripts]\nistio-mtls-ls = {NAME}.__main__:main\n".encode(), 0o644
    yield from information(f"Requires-Python: >=3.9\nRequires-Dist: {WASMTIME}\nClassifier: Operating System :: OS Independent\n", ["any"], True, sbom)


def write(path, entries, info):
    when = time.gmtime(max(EARLIEST, int(os.environ.get("SOURCE_DATE_EPOCH", EARLIEST))))[:6]
    record = ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        def add(name, data, mode):
            entry = zipfile.ZipInfo(name, when)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
        for name, data, mode in entries:
            add(name, data, mode)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(data)}\n"
        add(f"{info}/RECORD", (record + f"{info}/RECORD,,\n").encode(), 0o644)


def main():
    given = arguments(__doc__)
    program = pathlib.Path(given.program)
    if program.suffix == ".wasm":
        platforms, entries = ["any"], module_files(program, given.sbom)
    else:
        platforms = tags(program)
        entries = program_files(program, platforms, given.sbom)
    path = pathlib.Path(given.folder, f"{NAME}-{version()}-py3-none-{'.'.join(platforms)}.whl")
    write(path, entries, f"{NAME}-{version()}.dist-info")
    print(path)


if __name__ == "__main__":
    main()
