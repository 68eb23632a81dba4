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
MACHO_MACHINES = {0x01000007: "x86_64", 0x0100000C: "arm64"}


def version():
    return re.search(r"^project\(.* VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE).group(1)


def target(program):
    """The system and the processor that a program is for: linux, macos or windows, and what uname -m says there. Of a script: this machine's."""
    with open(program, "rb") as file:
        header = file.read(20)
    if header[:2] == b"MZ":
        return "windows", "x86_64"  # there is no other
    for magic, system, place, size, machines in ((b"\x7fELF", "linux", 18, 2, ELF_MACHINES), (b"\xcf\xfa\xed\xfe", "macos", 4, 4, MACHO_MACHINES)):
        if header.startswith(magic):
            number = int.from_bytes(header[place:place + size], "little")
            if number not in machines:
                raise SystemExit(f"{program}: unknown processor {number}")
            return system, machines[number]
    return platform.system().lower(), platform.machine()


def linux_machine(program):
    """The processor of what must be a program for Linux."""
    system, machine = target(program)
    if system != "linux":
        raise SystemExit(f"{program}: invalid program: expected one for Linux, not for {system}")
    return machine


def foreign(program):
    """The processor of a program for Linux that is not this machine's; empty: it is another program."""
    system, machine = target(program)
    return machine if system == "linux" and machine != platform.machine() else ""


def runs(program):
    """The command that runs a program here: itself, or with it QEMU where it is for another processor and Wine where it is for Windows.
    None: nothing does."""
    system = target(program)[0]
    if system == "macos":
        return None
    if system == "windows":
        return ["/usr/lib/wine/wine64", program]
    return [f"qemu-{foreign(program)}-static", program] if foreign(program) else [program]


def build_info(program):
    """What `version --verbose` of a program says, read out of its file (cli/build_info.h). Of the WebAssembly module: PROGRAM is its script."""
    path = pathlib.Path(program)
    contents = (path.with_suffix(".wasm") if path.suffix == ".mjs" else path).read_bytes()
    found = re.search(rb"@\(#\)(istio-mtls-ls [^\0]*)\0", contents)
    if not found:
        raise SystemExit(f"{program}: it does not tell what it was built of")
    return found[1].decode()


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def arguments(documentation):
    """PROGRAM, FOLDER and --sbom of the command line."""
    parser = argparse.ArgumentParser(description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--sbom", type=pathlib.Path)
    return parser.parse_args()
