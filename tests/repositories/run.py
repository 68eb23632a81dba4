#!/usr/bin/env python3
"""The repositories of fixtures/repositories against the real binary, as their owners would check them.

    run.py [BINARY] [FOLDER...]     UPDATE_GOLDEN=1 writes what the binary finds

BINARY defaults to $ISTIO_MTLS_LS. A repository is a folder with expected.txt, which says in prose what must be
found and why, and findings.txt: what `check .` says there, hints of editors included, a line each:
    SEVERITY CODE FILE:LINE:COLUMN [WHERE]
WHERE names the builds or meshes that it is true for, where there are several. Each is also checked over LSP: the
server must report the same.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

REPOSITORIES = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "repositories"
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
        start = finding["at"]["range"]["start"] if "at" in finding else finding["range"]["start"]
        file = finding["at"]["file"] if "at" in finding else finding["file"]
        lines.append(f'{finding["severity"]} {finding["code"]} {file}:{start["line"]}:{start["column"]}'
                     f'{where(finding["message"])}')
    return sorted(lines)


class Server:
    """Speaks LSP with the binary, as far as it takes to see what it publishes."""

    def __init__(self, binary, folder):
        self.process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.folder = pathlib.Path(folder).resolve()
        self.send({"id": 1, "method": "initialize",
                   "params": {"processId": None, "rootUri": self.folder.as_uri(), "capabilities": {
                       "textDocument": {"diagnostic": {}}},
                              "workspaceFolders": [{"uri": self.folder.as_uri(), "name": "x"}]}})
        self.wait(1)
        self.send({"method": "initialized", "params": {}})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def read(self):
        size = 0
        while (line := self.process.stdout.readline().strip()):
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
        message = json.loads(self.process.stdout.read(size))
        if "id" in message and "method" in message:
            self.send({"id": message["id"], "result": None})
        return message

    def wait(self, number):
        while (message := self.read()).get("id") != number or "method" in message:
            pass
        return message

    def reports(self):
        """Every file's diagnostics, which come once the folder is read and all is worked out."""
        self.send({"id": 2, "method": "workspace/diagnostic", "params": {"previousResultIds": []}})
        return {item["uri"]: item["items"] for item in self.wait(2)["result"]["items"]}

    def stop(self):
        self.send({"id": 99, "method": "shutdown"})
        self.wait(99)
        self.send({"method": "exit"})
        self.process.wait(20)


def main():
    arguments = sys.argv[1:]
    binary = os.environ.get("ISTIO_MTLS_LS")
    if arguments and not pathlib.Path(arguments[0]).is_dir():
        binary = arguments.pop(0)
    binary = os.path.abspath(binary)
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
            server = Server(binary, folder)
            shown = server.reports()
            server.stop()
            reported = sorted(
                f'{SEVERITIES[d["severity"]]} {d["code"]} {uri.removeprefix(folder.resolve().as_uri() + "/")}:'
                f'{d["range"]["start"]["line"] + 1}:{d["range"]["start"]["character"] + 1}{where(d["message"])}'
                for uri, diagnostics in shown.items() for d in diagnostics)
        said |= {line.split()[1] for line in reported}
        golden = repository / "findings.txt"
        text = "".join(line + "\n" for line in reported)
        if os.environ.get("UPDATE_GOLDEN"):
            golden.write_text(text)
        problems = []
        if golden.read_text() != text:
            problems.append(f"the server reports\n{text}instead of\n{golden.read_text()}")
        if found != [line for line in reported if not line.startswith("hint ")]:
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
