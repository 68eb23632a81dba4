#!/usr/bin/env python3
"""Runs the command line's and the protocol's tests on the WebAssembly build, without those that it cannot pass.

    ISTIO_MTLS_LS=build/wasm/bin/istio-mtls-ls.mjs tests/wasm/run.py [--small]
    ISTIO_MTLS_LS=VENV/bin/istio-mtls-ls tests/wasm/run.py [--small]    under Python, with the universal wheel installed

What is left out, and why, is in tests/wasm/left_out.json, under either host and under each: by name, a case of tests/cli/cases or a test of tests/protocol. A name that
no test has any more is a failure, so that the list stays true. --small: the few of tests/wasm/small.json, always the same ones.
Ends with "N passed, M failed".
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent


def read(name):
    return json.loads((HERE / name).read_text())


def flat(suite):
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from flat(each)
        else:
            yield each


def protocol_tests():
    """By name, as `python3 -m unittest` says it: test_rename.Rename.test_a_namespace."""
    sys.path.insert(0, str(TESTS / "protocol"))
    return {test.id(): test for test in flat(unittest.TestLoader().discover(str(TESTS / "protocol")))}


def cli_cases():
    return {path.parent.name for path in (TESTS / "cli" / "cases").glob("*/cmd")}


def chosen(kind, names, left_out, small):
    """The names to run; complains of lists that name what there is not."""
    lists = {"left_out.json": left_out[kind], "small.json": small[kind] if small else []}
    unknown = [f"{file}: {kind}: there is no {name}" for file, given in lists.items() for name in given if name not in names]
    for line in unknown:
        print(line)
    wanted = set(small[kind]) if small else set(names)
    return sorted((wanted & set(names)) - set(left_out[kind])), len(unknown)


def run_cli(cases):
    done = subprocess.run([sys.executable, str(TESTS / "cli" / "run.py"), *cases], stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, end="")
    good, count = map(int, re.findall(r"^(\d+) of (\d+) command line cases passed$", done.stdout, re.MULTILINE)[-1])
    return good, count - good


def run_protocol(tests):
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(unittest.TestSuite(tests))
    bad = {test.id() for test, _ in result.failures + result.errors if hasattr(test, "id")}
    return result.testsRun - len(bad), len(bad)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--small", action="store_true")
    options = arguments.parse_args()
    if not os.environ.get("ISTIO_MTLS_LS"):
        sys.exit("ISTIO_MTLS_LS must name the program to test")
    os.environ["ISTIO_MTLS_LS"] = str(pathlib.Path(os.environ["ISTIO_MTLS_LS"]).resolve())
    lists, host = read("left_out.json"), "node" if os.environ["ISTIO_MTLS_LS"].endswith(".mjs") else "python"
    left_out = {kind: lists["both"][kind] | lists[host][kind] for kind in ("cli", "protocol")}
    small = read("small.json") if options.small else None
    cases, wrong = chosen("cli", cli_cases(), left_out, small)
    good, bad = run_cli(cases)
    tests = protocol_tests()
    names, more_wrong = chosen("protocol", tests, left_out, small)
    more_good, more_bad = run_protocol([tests[name] for name in names])
    if not small:
        for kind in ("cli", "protocol"):
            for name, reason in left_out[kind].items():
                print(f"left out: {name}: {reason}")
    failed = bad + more_bad + wrong + more_wrong
    print(f"{good + more_good} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
