#!/usr/bin/env python3
"""Would macOS start a program, and is it built as cmake/macos.cmake promises? Reads it with LIEF; prints what is wrong, and fails then.

    tests/packaging/macho.py build/macos-arm64/bin/istio-mtls-ls arm64

No Mac is needed, and none is replaced by it: that the program does there what it does here, nothing of this says.
"""

import hashlib
import pathlib
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OLDEST = "12.0.0"  # as cmake/toolchains/macos.cmake names it
# From PyPI, for x86-64 and arm64 machines.
LIEF = ["lief", "0.17.6", "94463d54bc5ecce9e3ae3855a084bacd5b473a23c1a080746bf54a0ed0339255",
        "6dce8652883b5b7fe06b5416807a8bc3cc4c1ab3e498512d242c38925e8a7d77"]
sys.path.insert(0, subprocess.run([ROOT / "scripts" / "wheel", *LIEF], capture_output=True, text=True, check=True).stdout.strip())

import lief  # noqa: E402
from hardening import report  # noqa: E402

lief.logging.disable()

PROCESSORS = {"arm64": "ARM64", "x86_64": "X86_64"}


def signature_problems(file, signature):
    """What the kernel would refuse: since macOS 11 it kills what is not signed on Apple silicon, and pages that are not what was signed."""
    blob = file[signature.data_offset:signature.data_offset + signature.data_size]
    magic, _, count = struct.unpack_from(">III", blob)
    if magic != 0xFADE0CC0:
        yield "its signature is none"
        return
    for slot in range(count):
        kind, at = struct.unpack_from(">II", blob, 12 + 8 * slot)
        if kind != 0:  # CSSLOT_CODEDIRECTORY
            continue
        directory = blob[at:]
        magic, _, _, flags, hashes, _, _, pages, limit, size, algorithm, _, page_bits = struct.unpack_from(">9I4B", directory)
        if magic != 0xFADE0C02 or algorithm != 2 or size != 32:
            yield "its signature is not of SHA-256 sums"
            return
        if not flags & 0x2:
            yield "its signature is not an ad hoc one"
        if limit != signature.data_offset:
            yield f"its signature is of the first {limit} bytes, not of all {signature.data_offset}"
        page = 1 << page_bits
        for number in range(pages):
            text = file[number * page:min((number + 1) * page, limit)]
            if hashlib.sha256(text).digest() != directory[hashes + 32 * number:hashes + 32 * (number + 1)]:
                yield f"page {number} is not what was signed"
        return
    yield "its signature has no code directory"


def problems(path, processor):
    fat = lief.MachO.parse(path)
    if fat is None:
        yield "it is no program for macOS"
        return
    program = fat.at(0)
    file = pathlib.Path(path).read_bytes()
    if program.header.cpu_type.name != PROCESSORS[processor]:
        yield f"it is for {program.header.cpu_type.name}"
    oldest = ".".join(map(str, program.build_version.minos))
    if oldest != OLDEST:
        yield f"it starts from macOS {oldest} on, not from {OLDEST}"
    for library in program.libraries:
        if library.name != "/usr/lib/libSystem.B.dylib":
            yield f"it needs {library.name}"
    if program.rpaths:
        yield "it looks for libraries in folders of its own (LC_RPATH)"
    if not program.is_pie:
        yield "it is no position-independent executable"
    if not program.uuid or not any(program.uuid.uuid):
        yield "it has no build id (LC_UUID), which crash reports name"
    for segment in program.segments:
        if segment.init_protection & 6 == 6:
            yield f"segment {segment.name} is both writable and executable"
    imported = {symbol.name for symbol in program.imported_symbols}
    if "___stack_chk_fail" not in imported:
        yield "no stack protector"
    if program.has_code_signature:
        yield from signature_problems(file, program.code_signature)
    elif processor == "arm64":
        yield "it is not signed"


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in PROCESSORS:
        raise SystemExit(__doc__)
    report(sys.argv[1], problems(*sys.argv[1:]))


if __name__ == "__main__":
    main()
