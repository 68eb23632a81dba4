#!/usr/bin/env python3
"""Makes a wheel of the program, so that pip, pipx and uv install it.

    packaging/python/build_wheel.py PROGRAM FOLDER [--sbom FILE]    prints the wheel's path

PROGRAM is for Linux, and needs the C library only or nothing at all; the wheel's tags say which, and for which processor, as
far as the program itself does. The same input gives the same bytes: files are in order and dated SOURCE_DATE_EPOCH.
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
from packages import LICENSE, ROOT, arguments, machine, version

NAME = "istio_mtls_ls"
EARLIEST = 315532800  # 1980: zip has no earlier time


def tags(program):
    """Of the platforms that the program starts on (PEP 600, PEP 656)."""
    processor = machine(program)
    dynamic = subprocess.run(["readelf", "--wide", "--dynamic", "--version-info", program], capture_output=True, text=True,
                             check=True).stdout
    if "(NEEDED)" not in dynamic:
        return [f"manylinux_2_17_{processor}", f"musllinux_1_1_{processor}"]
    needed = max((tuple(map(int, found)) for found in re.findall(r"GLIBC_(\d+)\.(\d+)", dynamic)), default=(2, 17))
    return [f"manylinux_{needed[0]}_{needed[1]}_{processor}"]


def metadata():
    return (f"Metadata-Version: 2.1\nName: istio-mtls-ls\nVersion: {version()}\n"
            "Summary: Finds Istio mTLS policy that breaks traffic: language server and command line\n"
            f"License: {LICENSE}\nRequires-Python: >=3.7\nKeywords: istio,mtls,kubernetes,language-server,lint\n"
            "Classifier: Operating System :: POSIX :: Linux\nClassifier: Topic :: Software Development :: Quality Assurance\n"
            "Description-Content-Type: text/markdown\n\n") + (ROOT / "packaging/about.md").read_text()


def files(program, platforms, sbom):
    info = f"{NAME}-{version()}.dist-info"
    wheel = "Wheel-Version: 1.0\nGenerator: istio-mtls-ls\nRoot-Is-Purelib: false\n" + "".join(
        f"Tag: py3-none-{each}\n" for each in platforms)
    yield f"{NAME}-{version()}.data/scripts/istio-mtls-ls", pathlib.Path(program).read_bytes(), 0o755
    yield f"{info}/METADATA", metadata().encode(), 0o644
    yield f"{info}/WHEEL", wheel.encode(), 0o644
    yield f"{info}/licenses/LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644
    yield f"{info}/licenses/copyright", (ROOT / "packaging/copyright").read_bytes(), 0o644
    if sbom:
        yield f"{info}/sboms/{sbom.name}", sbom.read_bytes(), 0o644  # PEP 770


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
    platforms = tags(given.program)
    path = pathlib.Path(given.folder, f"{NAME}-{version()}-py3-none-{'.'.join(platforms)}.whl")
    write(path, files(given.program, platforms, given.sbom), f"{NAME}-{version()}.dist-info")
    print(path)


if __name__ == "__main__":
    main()
