#!/usr/bin/env python3
"""The repositories of fixtures/repositories against the real binary, as their owners would check them.

    run.py [BINARY] [FOLDER...]     UPDATE_GOLDEN=1 writes what the binary finds

BINARY defaults to $ISTIO_MTLS_LS. A repository is a folder with expected.txt, which says in prose what must be
found and why, and findings.txt: what `check .` says there, hints of editors included, a line each:
    SEVERITY CODE FILE:LINE:COLUMN [WHERE]
WHERE names the builds or meshes that it is true for, where there are several. Each is also checked over LSP: the
server must report the same.
"""
import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "protocol"))
import lsp_client  # noqa: E402

REPOSITORIES = HERE.parents[1] / "fixtures" / "repositories"
SEVERITIES = {1: "error", 2: "warning", 3: "information", 4: "hint"}
OF_SOURCES = ("MTLS0901", "MTLS0902", "MTLS0903", "MTLS0904")


def where(message):
    found = re.search(r" \((in [^()]*)\)$", message)
    return f" {found[1]}" if found else ""


def checked(binary, folder):
    run = subprocess.run([binary, "check", "--format", "json", "."], cwd=folder, capture_output=True, text=True,
                         timeout=60, check=False)
    lines = []
    for finding in json.loads(run.stdout)["findings"]:
        start = finding["at"]["range"]["start"]
        lines.append(f'{finding["severity"]} {finding["code"]} {finding["at"]["file"]}:{start["line"]}:'
                     f'{start["column"]}{where(finding["message"])}')
    return sorted(lines)


def reported(binary, folder):
    """Every file's diagnostics, which come once the folder is read and all is worked out."""
    lsp_client.SERVER = binary
    capabilities = copy.deepcopy(lsp_client.CAPABILITIES)
    capabilities["textDocument"]["diagnostic"] = {}
    lines = []
    with lsp_client.Client(str(folder)) as client:
        client.initialize(capabilities)
        for item in client.request("workspace/diagnostic", {"previousResultIds": []})["items"]:
            file = os.path.relpath(lsp_client.to_path(item["uri"]), folder)
            for diagnostic in item["items"]:
                start = diagnostic["range"]["start"]
                lines.append(f'{SEVERITIES[diagnostic["severity"]]} {diagnostic["code"]} {file}:{start["line"] + 1}:'
                             f'{start["character"] + 1}{where(diagnostic["message"])}')
        client.shutdown()
    return sorted(lines)


def main():
    arguments = sys.argv[1:]
    binary = os.environ.get("ISTIO_MTLS_LS")
    if arguments and not pathlib.Path(arguments[0]).is_dir():
        binary = arguments.pop(0)
    binary = os.path.abspath(binary)
    os.environ["PATH"] = f'{HERE.parent / "helm" / "bin"}:{os.environ["PATH"]}'
    folders = [pathlib.Path(a) for a in arguments] or sorted(p for p in REPOSITORIES.iterdir() if p.is_dir())
    passed = failed = 0
    said = set()
    for repository in folders:
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch) / repository.name
            shutil.copytree(repository, folder)
            (folder / "expected.txt").unlink()
            (folder / "findings.txt").unlink(missing_ok=True)
            if (folder / "make.py").exists():
                subprocess.run([sys.executable, "make.py"], cwd=folder, check=True)
                (folder / "make.py").unlink()
            found = checked(binary, folder)
            shown = reported(binary, folder)
        said |= {line.split()[1] for line in shown}
        golden = repository / "findings.txt"
        text = "".join(line + "\n" for line in shown)
        if os.environ.get("UPDATE_GOLDEN"):
            golden.write_text(text)
        problems = []
        if golden.read_text() != text:
            problems.append(f"the server reports\n{text}instead of\n{golden.read_text()}")
        if found != [line for line in shown if not line.startswith("hint ")]:
            problems.append("the command line finds\n" + "\n".join(found) + "\nand the server reports\n" + text)
        if problems:
            failed += 1
            print(f"{repository.name}: " + "\n".join(problems))
        else:
            passed += 1
    if not arguments:
        for code in OF_SOURCES:
            if code in said:
                passed += 1
            else:
                failed += 1
                print(f"{code}: no repository shows it")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
