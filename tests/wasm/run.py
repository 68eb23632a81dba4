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
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from suites import chosen, cli_cases, protocol_tests, run_cli, run_protocol  # noqa: E402


def read(name):
    return json.loads((HERE / name).read_text())


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
