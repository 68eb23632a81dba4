#!/usr/bin/env python3
"""Runs the command line's and the protocol's tests on the program for Windows, under Wine, and those of Windows' own (test_*.py here).

    ISTIO_MTLS_EXE=build/windows/bin/istio-mtls-ls.exe WINEPREFIX=build/windows/wine tests/windows/run.py [NAME...]

What is left out, and why, is in left_out.json: by name, a case of tests/cli/cases or a test of tests/protocol. A name that no test has any
more is a failure, so that the list stays true. Ends with "N passed, M failed".
"""

import json
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import stand_ins  # noqa: E402
from suites import chosen, cli_cases, flat, protocol_tests, run_cli, run_protocol  # noqa: E402


def main():
    for name in ("ISTIO_MTLS_EXE", "WINEPREFIX"):
        if not os.environ.get(name):
            sys.exit(f"{name} must be set")
        os.environ[name] = str(pathlib.Path(os.environ[name]).resolve())
    os.environ["ISTIO_MTLS_LS"] = str(HERE / "istio-mtls-ls")
    os.environ["ISTIO_MTLS_DRIVE"] = "/z:"
    os.environ["ISTIO_MTLS_STAND_INS"] = str(stand_ins.serve())
    left_out = json.loads((HERE / "left_out.json").read_text())
    cases, wrong = chosen("cli", cli_cases(), left_out, None)
    tests = protocol_tests()
    names, more_wrong = chosen("protocol", tests, left_out, None)
    own = {test.id(): test for test in flat(unittest.TestLoader().discover(str(HERE)))}
    tests |= own
    names += sorted(own)
    wrong += more_wrong
    wanted = set(sys.argv[1:])
    if wanted:
        cases, names, wrong = [case for case in cases if case in wanted], [name for name in names if name in wanted], 0
    # Wine seldom, and on a busy machine only, gives up on a program that it starts: here one of a thousand that stand in for kubectl.
    good, bad = run_cli(cases, "cannot start: Internal error") if cases else (0, 0)
    more_good, more_bad = run_protocol([tests[name] for name in names])
    for kind in ("cli", "protocol"):
        for name, reason in left_out[kind].items() if not wanted else ():
            print(f"left out: {name}: {reason}")
    print(f"{good + more_good} passed, {bad + more_bad + wrong} failed")
    return 1 if bad + more_bad + wrong else 0


if __name__ == "__main__":
    sys.exit(main())
