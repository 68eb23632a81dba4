#!/usr/bin/env python3
"""Is a program built as cmake/hardening.cmake promises? Reads it with readelf; prints what is missing, and fails then.

    tests/packaging/hardening.py build/release/bin/istio-mtls-ls build/release/workspace/libworkspace.a

The second is of what the program was linked: in it libc's own functions, which are protected anyway, do not hide ours.
"""

import re
import subprocess
import sys



def readelf(option, program):
    return subprocess.run(["readelf", "--wide", option, program], capture_output=True, text=True, check=True).stdout


def problems(program, objects):
    header, segments = readelf("--file-header", program), readelf("--program-headers", program)
    dynamic, symbols = readelf("--dynamic", program), readelf("--symbols", objects)
    if not re.search(r"Type:\s+DYN\b", header):
        yield "it is no position-independent executable"
    if "INTERP" in segments or "(NEEDED)" in dynamic:
        yield "it needs shared libraries"
    if not re.search(r"\(FLAGS_1\).*\bPIE\b", dynamic):
        yield "its dynamic section does not say PIE"
    if "GNU_RELRO" not in segments:
        yield "no segment becomes read-only after relocation (-z relro)"
    if not re.search(r"\(FLAGS\).*\bBIND_NOW\b", dynamic) or not re.search(r"\(FLAGS_1\).*\bNOW\b", dynamic):
        yield "functions are bound late, so their table stays writable (-z now)"
    if "(TEXTREL)" in dynamic:
        yield "its code is relocated, so it is writable for a while"
    stack = re.search(r"GNU_STACK(?:\s+0x[0-9a-f]+){5}\s+(\w+)", segments)
    if not stack or "E" in stack.group(1):
        yield "its stack is executable"
    for flags in re.findall(r"^\s+LOAD(?:\s+0x[0-9a-f]+){5}\s+([RWE ]+?)\s+0x", segments, re.MULTILINE):
        if "W" in flags and "E" in flags:
            yield "a segment is both writable and executable"
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        yield "it looks for libraries in folders of its own (RPATH)"
    if not re.search(r"\bUND __stack_chk_fail\b", symbols):
        yield "no stack protector"
    if not re.search(r"\bUND __(?!stack)\w+_chk\b", symbols):
        yield "no call that _FORTIFY_SOURCE checks"


def report(program, found):
    """Prints what is wrong with a program, and ends accordingly."""
    found = list(found)
    for problem in found:
        print(f"{program}: {problem}", file=sys.stderr)
    raise SystemExit(1 if found else 0)


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    report(sys.argv[1], problems(*sys.argv[1:]))


if __name__ == "__main__":
    main()
