#!/usr/bin/env python3
"""Makes the archive of the program for Windows, which is unpacked and run; there is no installer.

    packaging/windows/build_zip.py PROGRAM FOLDER [--sbom FILE]    prints the archive's path

PROGRAM is the istio-mtls-ls.exe that scripts/build-windows makes, stripped. The same input gives the same bytes: files are in order and
dated SOURCE_DATE_EPOCH. Standard library only.
"""

import os
import pathlib
import sys
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from packages import ROOT, arguments, target, version

EARLIEST = 315532800  # 1980: zip has no earlier time
# Debian's list of what the C runtime is made of, whose licences ask to be given along.
RUNTIME_COPYRIGHT = pathlib.Path("/usr/share/doc/mingw-w64-x86-64-dev/copyright")


def text(path):
    """As Windows' older editors want it, too."""
    return path.read_text(encoding="utf-8").replace("\n", "\r\n").encode()


def files(program, sbom):
    yield "istio-mtls-ls.exe", program.read_bytes()
    yield "README.txt", text(ROOT / "packaging/windows/about.txt")
    yield "windows.md", text(ROOT / "docs/windows.md")
    yield "LICENSE.txt", text(ROOT / "LICENSE")
    yield "copyright.txt", text(ROOT / "packaging/copyright")
    yield "copyright-mingw-w64.txt", text(RUNTIME_COPYRIGHT)
    if sbom:
        yield sbom.name, sbom.read_bytes()


def main():
    given = arguments(__doc__)
    if target(given.program)[0] != "windows":
        sys.exit(f"{given.program} is no program for Windows")
    base = f"istio-mtls-ls-{version()}-windows-x64"
    when = time.gmtime(max(EARLIEST, int(os.environ.get("SOURCE_DATE_EPOCH", EARLIEST))))[:6]
    path = given.folder / f"{base}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in files(pathlib.Path(given.program), given.sbom):
            entry = zipfile.ZipInfo(f"{base}/{name}", when)
            entry.external_attr = (0o100000 | (0o755 if name.endswith(".exe") else 0o644)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    print(path)


if __name__ == "__main__":
    main()
