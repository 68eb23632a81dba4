"""What the builders of packages and of a release share."""

import argparse
import hashlib
import pathlib
import platform
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
LICENSE = "Apache-2.0"
PLACEHOLDER = "https://istio-mtls-ls.invalid"  # the address that the project does not have; .invalid is nobody's (RFC 2606)
ELF_MACHINES = {62: "x86_64", 183: "aarch64"}  # as uname calls them


def version():
    return re.search(r"^project\(.* VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE).group(1)


def is_for_windows(program):
    with open(program, "rb") as file:
        return file.read(2) == b"MZ"


def machine(program):
    """The processor that a program is for; of a script this machine's."""
    if is_for_windows(program):
        return "x86_64"  # there is no other
    with open(program, "rb") as file:
        header = file.read(20)
    if header[:4] != b"\x7fELF":
        return platform.machine()
    number = int.from_bytes(header[18:20], "little")
    if number not in ELF_MACHINES:
        raise SystemExit(f"{program}: unknown processor {number}")
    return ELF_MACHINES[number]


def runs(program):
    """The command that runs a program here: itself, or with it QEMU where it is for another processor and Wine where it is for Windows."""
    if is_for_windows(program):
        return ["/usr/lib/wine/wine64", program]
    foreign = machine(program)
    return [program] if foreign == platform.machine() else [f"qemu-{foreign}-static", program]


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def arguments(documentation):
    """PROGRAM, FOLDER and --sbom of the command line."""
    parser = argparse.ArgumentParser(description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--sbom", type=pathlib.Path)
    return parser.parse_args()
