#!/usr/bin/env python3
"""The cases of public bug reports (fixtures/cases) against the real binary, on the command line.

    run.py [BINARY] [-v] [FOLDER...]    -v: also every finding of a case that fails

BINARY defaults to $ISTIO_MTLS_LS. A case is a folder with manifests and expected.json:
    "args": [...]                       extra arguments of `check`
    "must": [[code, file, why]...]      a finding of that code in that file; "*": any code, "error": any error
    "must_not": [[code, file, why]...]  the same, none of which may be found; file "*" is any file
    "fix_must_not": [[text, why]...]    text that the diff of `fix --dry-run` may not contain
    "effective_must_not": [[regex, why]...]  what the table of `effective` may not say
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

CASES = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "cases"


def run(binary, folder, *arguments):
    return subprocess.run([binary, *arguments, "."], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def matches(finding, code, file):
    fits = code in ("*", finding["code"]) or (code == "error" and finding["severity"] == "error")
    return fits and file in ("*", finding["at"]["file"])


def describe(finding):
    at = finding["at"]
    return f'{finding["severity"]} {finding["code"]} {at["file"]}:{at["range"]["start"]["line"]} {finding["message"]}'


def problems(binary, case, folder):
    """What is wrong, a line each, and the findings."""
    expected = json.loads((case / "expected.json").read_text())
    extra = expected.get("args", [])
    checked = run(binary, folder, "check", "--format", "json", *extra)
    try:
        findings = json.loads(checked.stdout)["findings"]
    except ValueError:
        return [f"no JSON, exit status {checked.returncode}: {checked.stderr[:200]}"], []
    wrong = []
    for code, file, why in expected.get("must", []):
        if not any(matches(finding, code, file) for finding in findings):
            wrong.append(f"lacks {code} in {file}: {why}")
    for code, file, why in expected.get("must_not", []):
        wrong += [f"has {describe(finding)} ({why})" for finding in findings if matches(finding, code, file)]
    if expected.get("fix_must_not"):
        diff = run(binary, folder, "fix", "--dry-run", *extra).stdout
        wrong += [f"fix writes {text!r}: {why}" for text, why in expected["fix_must_not"] if text in diff]
    if expected.get("effective_must_not"):
        table = run(binary, folder, "effective", *extra).stdout
        for pattern, why in expected["effective_must_not"]:
            if found := re.search(pattern, table):
                wrong.append(f"effective says {found.group(0)[-60:]!r}: {why}")
    return wrong, findings


def main():
    words = [word for word in sys.argv[1:] if word != "-v"]
    verbose = "-v" in sys.argv
    binary = os.path.abspath(words[0] if words else os.environ["ISTIO_MTLS_LS"])
    passed = failed = 0
    for root in [pathlib.Path(word) for word in words[1:]] or [CASES]:
        alone = (root / "expected.json").exists()
        for case in [root] if alone else sorted(path.parent for path in root.glob("*/expected.json")):
            with tempfile.TemporaryDirectory() as copy:
                shutil.copytree(case, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected.json", "NOTE.md"))
                wrong, findings = problems(binary, case, copy)
            passed += not wrong
            failed += bool(wrong)
            if wrong:
                print(f"FAIL {case.name}", *wrong, sep="\n    ")
                if verbose:
                    print(*(f"    . {describe(finding)}" for finding in findings), sep="\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
