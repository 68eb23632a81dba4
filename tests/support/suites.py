"""The tests of the command line and of the protocol by name, for runners that leave some out: those of a platform that cannot pass all."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parent.parent


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


def run_cli(cases, host_failed=None):
    """`host_failed`: what a case says where not the program but what runs it has failed; such cases are run once more, each by itself."""
    done = subprocess.run([sys.executable, str(TESTS / "cli" / "run.py"), *cases], stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, end="")
    good, count = map(int, re.findall(r"^(\d+) of (\d+) command line cases passed$", done.stdout, re.MULTILINE)[-1])
    for failed in re.findall(r"^FAILED (?:.*\n)+?(?=FAILED |\d+ of )", done.stdout, re.MULTILINE):
        if host_failed and host_failed in failed:
            name = failed.split()[1].rstrip(":")
            print(f"{name}: once more, since it says: {host_failed}")
            good += run_cli([name])[0]
    return good, count - good


def run_protocol(tests):
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(unittest.TestSuite(tests))
    bad = {test.id().split(" ")[0] for test, _ in result.failures + result.errors if hasattr(test, "id")}  # a subtest's begins with its test's
    return result.testsRun - len(bad), len(bad)
