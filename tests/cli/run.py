#!/usr/bin/env python3
"""Runs the command line on every case in tests/cli/cases and compares what it says and does.

    ISTIO_MTLS_LS=build/dev/bin/istio-mtls-ls tests/cli/run.py [CASE...]
    UPDATE_GOLDEN=1 …                         rewrites what is expected

A case is a folder:
  cmd            the arguments, quoted as in a shell (comment lines start with '#')
  input/         what the working folder holds; absent: nothing
  setup          one line each: chmod MODE PATH, symlink TARGET PATH, fifo PATH, mkdir PATH
  stdin          standard input; absent: empty
   kubectl.json   what kubectl answers (tests/cluster/stand-in/kubectl); absent: as it is here; empty: there is none
   environment    variables to set, NAME=VALUE one a line; `helm` is the stand-in (tests/helm), if PATH is not set
  expected.out   standard output; absent: none
  expected.err   standard error; absent: none
  expected.code  the exit status; absent: 0
  after/         where it is there: what the working folder holds afterwards, file by file

What `check --format json` prints is held to docs/check-output.schema.json as well.
"""

import concurrent.futures
import difflib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

import json_schema

CASES = pathlib.Path(__file__).resolve().parent / "cases"
SCHEMA = json.loads((CASES.parents[2] / "docs" / "check-output.schema.json").read_text())
STAND_IN = CASES.parents[1] / "cluster" / "stand-in"
HELM = CASES.parents[1] / "helm" / "bin"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"
TIMEOUT_SECONDS = 60


def set_up(case, work):
    if (case / "input").is_dir():
        shutil.copytree(case / "input", work, dirs_exist_ok=True, symlinks=True)
    if not (case / "setup").exists():
        return
    for line in (case / "setup").read_text().splitlines():
        words = shlex.split(line)
        if words[0] == "chmod":
            os.chmod(work / words[2], int(words[1], 8))
        elif words[0] == "symlink":
            os.symlink(words[1], work / words[2])
        elif words[0] == "fifo":
            os.mkfifo(work / words[1])
        elif words[0] == "mkdir":
            (work / words[1]).mkdir(parents=True)
        else:
            raise ValueError(f"{case.name}: unknown setup line: {line}")


def arguments(case):
    lines = (case / "cmd").read_text().splitlines()
    return shlex.split(" ".join(line for line in lines if not line.startswith("#")))


def run(program, case, work):
    stdin = (case / "stdin").read_bytes() if (case / "stdin").exists() else b""
    environment = {"PATH": f'{HELM}:{os.environ["PATH"]}', "LANG": "C",
                   **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS") or k.startswith("HELM_")
                      or k in ("WINEPREFIX", "ISTIO_MTLS_EXE", "ISTIO_MTLS_STAND_INS")}}  # tests/windows/istio-mtls-ls
    answers = case / "kubectl.json"
    if answers.exists() and answers.stat().st_size == 0:
        environment["PATH"] = "/nonexistent"
    elif answers.exists():
        state = work.parent / "kubectl"
        state.mkdir()
        environment |= {"PATH": f"{STAND_IN}:{environment['PATH']}", "KUBECTL_ANSWERS": str(answers),
                        "KUBECTL_STATE": str(state), "SOURCE_DATE_EPOCH": "1767225600"}
    if (case / "environment").exists():
        environment |= dict(line.split("=", 1) for line in (case / "environment").read_text().splitlines())
    return subprocess.run([program, *arguments(case)], cwd=work, input=stdin, capture_output=True,
                          env=environment, timeout=TIMEOUT_SECONDS, check=False)


def files_of(folder):
    """Relative path -> bytes, or the target of a symlink; no FIFOs."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = b"-> " + os.readlink(path).encode()
        elif path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def shown(data):
    return data.decode("utf-8", "backslashreplace").splitlines(keepends=True)


def difference(name, expected, actual):
    if expected == actual:
        return []
    lines = list(difflib.unified_diff(shown(expected), shown(actual), f"{name}, expected", f"{name}, actual"))
    return ["".join(line if line.endswith("\n") else line + "\n" for line in lines) or f"{name}: line ends differ\n"]


def compare(case, result, work):
    problems = []
    for name, actual in (("expected.out", result.stdout), ("expected.err", result.stderr)):
        golden = case / name
        problems += difference(name, golden.read_bytes() if golden.exists() else b"", actual)
    golden = case / "expected.code"
    code = int(golden.read_text()) if golden.exists() else 0
    if code != result.returncode:
        problems.append(f"exit status {result.returncode}, expected {code}\n")
    if result.stdout.startswith(b'{"version": 1,\n "summary"'):
        problems += [f"{problem}\n" for problem in json_schema.problems(json.loads(result.stdout), SCHEMA, SCHEMA)]
    if (case / "after").is_dir():
        expected, actual = files_of(case / "after"), files_of(work)
        for name in sorted(expected.keys() | actual.keys()):
            problems += difference(name, expected.get(name, b"(no such file)"), actual.get(name, b"(no such file)"))
    return problems


def rewrite(case, result, work):
    for name, actual in (("expected.out", result.stdout), ("expected.err", result.stderr),
                         ("expected.code", b"%d\n" % result.returncode if result.returncode else b"")):
        if actual:
            (case / name).write_bytes(actual)
        else:
            (case / name).unlink(missing_ok=True)
    if (case / "after").is_dir():
        shutil.rmtree(case / "after")
        shutil.copytree(work, case / "after", symlinks=True)


def run_case(program, case):
    with tempfile.TemporaryDirectory(prefix="istio-mtls-cli-") as folder:
        work = pathlib.Path(folder).resolve() / "work"
        work.mkdir()
        set_up(case, work)
        try:
            result = run(program, case, work)
        except subprocess.TimeoutExpired as late:
            return [f"it did not end within {late.timeout:.0f} seconds\n"]
        if UPDATE:
            rewrite(case, result, work)
            return []
        return compare(case, result, work)


def main():
    program = os.environ.get("ISTIO_MTLS_LS")
    if not program:
        sys.exit("ISTIO_MTLS_LS must name the program to test")
    program = str(pathlib.Path(program).resolve())
    wanted = sys.argv[1:]
    cases = sorted(path.parent for path in CASES.glob("*/cmd") if not wanted or path.parent.name in wanted)
    if not cases:
        sys.exit("no such case")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for case, problems in zip(cases, pool.map(lambda case: run_case(program, case), cases)):
            if problems:
                failed += 1
                print(f"FAILED {case.name}: istio-mtls-ls {' '.join(arguments(case))}\n{''.join(problems)}")
    print(f"{len(cases) - failed} of {len(cases)} command line cases passed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
