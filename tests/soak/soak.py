#!/usr/bin/env python3
"""A simulated day of editing against the real server: does it stay small, fast and right?

    tests/soak/soak.py                                     a short day on a small mesh of its own, as ctest runs it
    tests/soak/soak.py --builds                            the same where kustomize builds the mesh
    tests/soak/soak.py --edits 100000 --workspace DIR      a long one on a copy of DIR

The binary is the one that ISTIO_MTLS_LS names. Somebody opens and closes files, types, breaks and mends them, saves or
does not, checks out other branches under the editor, changes settings, reloads the folder, asks for hover and fixes. Every edit
waits for its diagnostics, so a latency is what somebody at a keyboard would see. Ten times on the way and at the end all that is
shown is compared with `check --format json` on the same files. Exit status 1 if a comparison fails, if memory or latency grow
beyond the limits below, or if the server dies.
"""

import argparse
import json
import os
import pathlib
import random
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from urllib.parse import quote, unquote, urlsplit

SERVER = os.environ.get("ISTIO_MTLS_LS", "istio-mtls-ls")
PATIENCE = float(os.environ.get("ISTIO_MTLS_PATIENCE", "10")) * 3

WARM_UP = 0.2           # this share of the day shapes caches and the heap, and does not count
MEMORY_GROWTH = 0.10    # of what is resident after the warm-up, over the rest of the day, by least squares ...
MEMORY_GROWTH_KB = 2048  # ... and this much, which a heap may take its time to settle
LATENCY_GROWTH = 2.0    # median of the last tenth over that of the third ...
LATENCY_SLACK_MS = 1    # ... and this, for a machine that others use
BUILDS_SLACK_MS = 5     # the same where an edit makes as many builds as happen to have the file
AT_ONCE = {"diagnosticsDelay": 0}  # what an edit says is compared right after it
MODES = ["STRICT", "PERMISSIVE", "DISABLE"]
TLS_MODES = ["DISABLE", "SIMPLE", "ISTIO_MUTUAL"]
HINT = 4  # of LSP's severities; `check` reports none
PATCHED, UNPATCHED = "- path: strict.yaml\n", "# none\n"  # lines of a kustomization


def to_uri(path):
    return "file://" + quote(str(path))


def to_path(uri):
    return unquote(urlsplit(uri).path)


# ---- the mesh


def small_mesh(folder, namespaces, chance):
    """A mesh with some of everything that is looked at."""
    for n in range(namespaces):
        space = f"ns{n:03}"
        texts = {"policy.yaml": policy(space, chance.choice(MODES))}
        for s in range(6):
            name = f"svc{s}"
            texts[f"{name}.yaml"] = "---\n".join([
                f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: {space}\n"
                f"spec:\n  selector:\n    app: {name}\n  ports:\n  - name: http\n    port: 80\n",
                f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: {space}\ndata:\n  key: value\n"])
            if s % 2 == 0:
                texts[f"{name}-rule.yaml"] = rule(space, name, chance.choice(TLS_MODES))
        for name, text in texts.items():
            (folder / space).mkdir(exist_ok=True)
            (folder / space / name).write_text(text)


def built_mesh(folder, apps, chance):
    """Bases, each built by three overlays in namespaces of their own, of which one patches a mode."""
    for n in range(apps):
        app = folder / f"app{n:03}"
        texts = {"base/policy.yaml": policy("base", chance.choice(MODES)), "base/rule.yaml": rule("base", "svc", chance.choice(TLS_MODES)),
                 "base/svc.yaml": "---\n".join([
                     "apiVersion: v1\nkind: Service\nmetadata:\n  name: svc\n  namespace: base\nspec:\n  selector:\n    app: svc\n"
                     "  ports:\n  - name: http\n    port: 80\n",
                     "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: svc\n  namespace: base\nspec:\n  selector:\n"
                     "    matchLabels:\n      app: svc\n  template:\n    metadata:\n      labels:\n        app: svc\n"
                     "    spec:\n      containers:\n      - name: svc\n        image: svc\n"]),
                 "base/kustomization.yaml": "resources:\n- policy.yaml\n- rule.yaml\n- svc.yaml\n"}
        for stage in ("dev", "staging", "prod"):
            texts[f"{stage}/kustomization.yaml"] = f"namespace: {stage}{n:03}\nresources:\n- ../base\n"
        texts["prod/kustomization.yaml"] += f"patches:\n{PATCHED}"
        texts["prod/strict.yaml"] = policy("base", "STRICT")
        for name, text in texts.items():
            (app / name).parent.mkdir(parents=True, exist_ok=True)
            (app / name).write_text(text)


def policy(space, mode):
    return (f"apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n"
            f"  namespace: {space}\nspec:\n  mtls:\n    mode: {mode}\n")


def rule(space, name, mode):
    return (f"apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: {name}\n  namespace: {space}\n"
            f"spec:\n  host: {name}.{space}.svc.cluster.local\n  trafficPolicy:\n    tls:\n      mode: {mode}\n")


# ---- the editor


class Editor:
    """Talks to the server on one thread: what it does not wait for is filed on the way."""

    def __init__(self, root):
        self.root = root
        self.server = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr)
        self.pending = b""
        self.last_id = 0
        self.answers = {}
        self.shown = {}      # path -> diagnostics
        self.versions = {}   # path -> last version published
        self.texts = {}      # path -> text of open documents
        self.version = 0
        self.settings = AT_ONCE
        watched = {"didChangeWatchedFiles": {"dynamicRegistration": True}, "configuration": True,
                   "workspaceEdit": {"documentChanges": True}}
        self.request("initialize", {
            "processId": os.getpid(), "capabilities": {"general": {"positionEncodings": ["utf-32"]}, "workspace": watched,
                                                       "textDocument": {"codeAction": {"codeActionLiteralSupport": {}}}},
            "initializationOptions": AT_ONCE, "workspaceFolders": [self.folder()]})
        self.notify("initialized", {})

    def folder(self):
        return {"uri": to_uri(self.root), "name": "mesh"}

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.server.stdin.flush()

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def request(self, method, params):
        self.last_id += 1
        self.send({"id": self.last_id, "method": method, "params": params})
        self.wait(lambda: self.last_id in self.answers, f"an answer to {method}")
        return self.answers.pop(self.last_id)

    def wait(self, done, what):
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain for {what}")
            self.take(0.1)

    def take(self, patience):
        """Files what comes; waits for it at most so long. True if something came."""
        if not select.select([self.server.stdout], [], [], patience)[0]:
            return False
        data = os.read(self.server.stdout.fileno(), 1 << 20)
        if not data:
            raise AssertionError(f"the server has gone with exit status {self.server.wait()}")
        self.pending += data
        while True:
            header, found, rest = self.pending.partition(b"\r\n\r\n")
            size = int(header.rsplit(b" ", 1)[1]) if found else 0
            if not found or len(rest) < size:
                return True
            self.file(json.loads(rest[:size]))
            self.pending = rest[size:]

    def file(self, message):
        method, params = message.get("method"), message.get("params")
        if method is None:
            self.answers[message["id"]] = message.get("result")
        elif method == "textDocument/publishDiagnostics":
            path = to_path(params["uri"])
            self.shown[path] = params["diagnostics"]
            self.versions[path] = params.get("version")
        elif "id" in message:
            items = params.get("items", []) if method == "workspace/configuration" else None
            self.send({"id": message["id"], "result": [self.settings] * len(items) if items is not None else None})

    # -- documents

    def open(self, path):
        self.version += 1
        self.texts[path] = pathlib.Path(path).read_text()
        self.notify("textDocument/didOpen", {"textDocument": {
            "uri": to_uri(path), "languageId": "yaml", "version": self.version, "text": self.texts[path]}})

    def close(self, path):
        del self.texts[path]
        self.notify("textDocument/didClose", {"textDocument": {"uri": to_uri(path)}})

    def save(self, path):
        pathlib.Path(path).write_text(self.texts[path])
        self.notify("textDocument/didSave", {"textDocument": {"uri": to_uri(path)}})
        self.touched({path: 2})

    def touched(self, changes):
        self.notify("workspace/didChangeWatchedFiles", {
            "changes": [{"uri": to_uri(path), "type": kind} for path, kind in changes.items()]})

    def replace(self, path, begin, end, new):
        """One edit; returns how long its diagnostics took, in seconds."""
        text = self.texts[path]
        self.version += 1
        version = self.version
        change = {"range": {"start": position(text, begin), "end": position(text, end)}, "text": new}
        self.texts[path] = text[:begin] + new + text[end:]
        began = time.perf_counter()
        self.notify("textDocument/didChange", {"textDocument": {"uri": to_uri(path), "version": version},
                                               "contentChanges": [change]})
        self.wait(lambda: self.versions.get(path) == version, f"diagnostics of {path}")
        return time.perf_counter() - began

    def resident_kb(self):
        status = pathlib.Path(f"/proc/{self.server.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def end(self):
        self.request("shutdown", None)
        self.notify("exit", None)
        return self.server.wait(PATIENCE)


def position(text, offset):
    return {"line": text.count("\n", 0, offset), "character": offset - (text.rfind("\n", 0, offset) + 1)}


# ---- the day


class Day:
    def __init__(self, root, edits, seed):
        self.root = root
        self.edits = edits
        self.chance = random.Random(seed)
        self.paths = sorted(str(p) for p in root.rglob("*.yaml"))
        self.committed = {p: pathlib.Path(p).read_text() for p in self.paths}  # of the main branch
        self.interesting = [p for p, t in self.committed.items() if "kind: PeerAuthentication" in t
                            or "kind: DestinationRule" in t or p.endswith("/kustomization.yaml")]
        self.broken = set()
        self.latencies = []   # (edit, seconds)
        self.memory = []      # (edit, KB)
        self.counts = {}
        self.editor = Editor(root)
        self.open_one()

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def some(self, of):
        return self.chance.choice(sorted(of))

    def run(self):
        tenth = max(1, self.edits // 10)
        began = time.monotonic()
        for edit in range(1, self.edits + 1):
            self.latencies.append((edit, self.edit()))
            self.now_and_then(edit)
            if edit % max(1, self.edits // 200) == 0:
                self.memory.append((edit, self.editor.resident_kb()))
            if edit % tenth == 0:
                self.tidy_up()
                self.compare(f"after {edit} edits")
                print(f"{edit} edits in {time.monotonic() - began:.0f} s, {self.editor.resident_kb()} KB, as a fresh index",
                      flush=True)
        for path in list(self.editor.texts):
            self.editor.close(path)
        self.compare("at the end, with all files closed")
        status = self.editor.end()
        if status != 0:
            raise AssertionError(f"exit status {status}")

    def now_and_then(self, edit):
        """What somebody does between two edits; seldom what costs much."""
        for every, action in ((7, self.ask), (15, self.save), (40, self.open_one), (41, self.close_one),
                              (max(100, self.edits // 50), self.check_out), (max(150, self.edits // 30), self.configure),
                              (max(200, self.edits // 20), self.reload)):
            if edit % every == 0:
                self.count(action.__name__)
                action()

    # -- edits

    def edit(self):
        editor = self.editor
        path = self.some(self.broken) if self.broken and self.chance.random() < 0.5 else self.some(editor.texts)
        text = editor.texts[path]
        if path in self.broken:
            self.count("mend")
            self.broken.discard(path)
            begin = text.index("{{broken\n")
            return editor.replace(path, begin, begin + len("{{broken\n"), "")
        kind = self.chance.random()
        if kind < 0.03:
            self.count("break")
            self.broken.add(path)
            at = self.line_begin(text)
            return editor.replace(path, at, at, "{{broken\n")
        if kind < 0.3 and (PATCHED in text or UNPATCHED in text):
            self.count("patch or do not")
            old, new = (PATCHED, UNPATCHED) if PATCHED in text else (UNPATCHED, PATCHED)
            begin = text.index(old)
            return editor.replace(path, begin, begin + len(old), new)
        place = self.mode_in(text) if kind < 0.5 else None
        if place:
            self.count("flip a mode")
            begin, end, modes = place
            return editor.replace(path, begin, end, self.chance.choice(modes))
        self.count("type in a comment")
        mark = text.find("# typed ")
        if mark < 0:
            return editor.replace(path, 0, 0, "# typed x\n")
        end = text.index("\n", mark)
        if end - mark > 60:
            return editor.replace(path, mark, end + 1, "")
        return editor.replace(path, end, end, self.chance.choice("abc xyz"))

    def mode_in(self, text):
        found = [(i + len("mode: "), modes) for modes in (MODES, TLS_MODES) for m in modes
                 for i in [text.find(f"mode: {m}\n")] if i >= 0]
        if not found:
            return None
        begin, _ = self.chance.choice(found)
        peer = text.rfind("kind: PeerAuthentication", 0, begin) > text.rfind("kind: DestinationRule", 0, begin)
        return begin, text.index("\n", begin), MODES if peer else TLS_MODES

    def line_begin(self, text):
        return self.chance.choice([0] + [i + 1 for i, c in enumerate(text) if c == "\n"])

    # -- between edits

    def ask(self):
        path = self.some(self.editor.texts)
        document = {"uri": to_uri(path)}
        text = self.editor.texts[path]
        at = position(text, self.chance.randrange(len(text) + 1))
        self.editor.request(self.chance.choice(["textDocument/hover", "textDocument/completion",
                                                "textDocument/definition", "textDocument/documentHighlight",
                                                "textDocument/prepareRename"]), {"textDocument": document, "position": at})
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 10000, "character": 0}}
        self.editor.request("textDocument/codeAction", {"textDocument": document, "range": whole,
                                                        "context": {"diagnostics": []}})

    def save(self):
        self.editor.save(self.some(self.editor.texts))

    def open_one(self):
        closed = [p for p in (self.interesting if self.chance.random() < 0.8 else self.paths)
                  if p not in self.editor.texts and os.path.exists(p)]
        if closed and len(self.editor.texts) < 12:
            self.editor.open(self.chance.choice(closed))

    def close_one(self):
        if len(self.editor.texts) > 1:
            path = self.some(self.editor.texts)
            self.broken.discard(path)
            self.editor.close(path)  # what was not saved is lost

    def check_out(self):
        """Another branch: a tenth of the files differ, a few are gone; half of the time back to the main one."""
        changes = {}
        back = self.chance.random() < 0.5
        for path in self.paths if back else self.chance.sample(self.paths, max(1, len(self.paths) // 10)):
            existed = os.path.exists(path)
            if not back and existed and self.chance.random() < 0.05 and path not in self.editor.texts:
                os.unlink(path)
                changes[path] = 3
                continue
            text = self.committed[path]
            place = None if back else self.mode_in(text)
            if place:
                text = text[:place[0]] + self.chance.choice(place[2]) + text[place[1]:]
            if not existed or pathlib.Path(path).read_text() != text:
                pathlib.Path(path).write_text(text)
                changes[path] = 2 if existed else 1
        self.editor.touched(changes)

    def configure(self):
        self.editor.settings = self.chance.choice([AT_ONCE, {**AT_ONCE, "severity": {"TIS0208": "warning"}}])
        self.editor.notify("workspace/didChangeConfiguration", {"settings": None})

    def reload(self):
        for added, removed in (([], [self.editor.folder()]), ([self.editor.folder()], [])):
            self.editor.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": added, "removed": removed}})

    # -- right, small, fast

    def tidy_up(self):
        """Makes the disk say what the buffers do, so that `check` sees the same."""
        if self.editor.settings != AT_ONCE:
            self.editor.settings = AT_ONCE
            self.editor.notify("workspace/didChangeConfiguration", {"settings": None})
        for path in list(self.editor.texts):
            while path in self.broken:
                self.broken.discard(path)
                begin = self.editor.texts[path].index("{{broken\n")
                self.editor.replace(path, begin, begin + len("{{broken\n"), "")
            self.editor.save(path)

    def compare(self, when):
        done = subprocess.run([SERVER, "check", "--format", "json", "."], cwd=self.root, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise AssertionError(f"check: {done.stderr}")
        expected = sorted((str(self.root / f["at"]["file"]), f["code"], f["at"]["range"]["start"]["line"],
                           f["at"]["range"]["start"]["column"], f["message"]) for f in json.loads(done.stdout)["findings"])

        def shown():
            return sorted((path, d["code"], d["range"]["start"]["line"] + 1, d["range"]["start"]["character"] + 1, d["message"])
                          for path, diagnostics in self.editor.shown.items() for d in diagnostics
                          if d["code"] != "unused-suppression" and d["severity"] < HINT)

        deadline = time.monotonic() + PATIENCE
        while shown() != expected:
            if time.monotonic() > deadline:
                extra, missing = set(shown()) - set(expected), set(expected) - set(shown())
                raise AssertionError(f"{when}: {len(extra)} shown that are none, such as {sorted(extra)[:3]}; "
                                     f"{len(missing)} missing, such as {sorted(missing)[:3]}")
            while self.editor.take(0.2):
                pass
        self.count("comparisons")


def slope(points):
    """Least squares: growth over the whole of the points' span, and the mean."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    mean_x, mean_y = statistics.fmean(xs), statistics.fmean(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    per_edit = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0
    return per_edit * (xs[-1] - xs[0]), mean_y


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def sanitized():
    """AddressSanitizer holds freed memory back for a while: then it says nothing about the server."""
    return any(name in pathlib.Path(shutil.which(SERVER) or SERVER).read_bytes() for name in (b"__asan_init", b"__tsan_init"))


def judge(day, slack_ms):
    """Prints the figures; what is wrong with them."""
    problems = []
    tenth = max(1, day.edits // 10)
    medians = []
    print("\n| edits | p50 ms | p99 ms | max ms | resident KB |\n|---|---|---|---|---|")
    for first in range(0, day.edits, tenth):
        part = [s * 1000 for e, s in day.latencies if first < e <= first + tenth]
        resident = [kb for e, kb in day.memory if first < e <= first + tenth]
        medians.append(percentile(part, 0.5))
        print(f"| {first + 1}-{first + len(part)} | {medians[-1]:.2f} | {percentile(part, 0.99):.2f} | {max(part):.1f} | "
              f"{statistics.fmean(resident) if resident else 0:.0f} |")
    growth, mean = slope([(e, kb) for e, kb in day.memory if e > WARM_UP * day.edits])
    print(f"\nmemory after the warm-up: {mean:.0f} KB on average, {growth:+.0f} KB from its begin to the end ({growth / mean:+.1%})")
    print(f"done: {', '.join(f'{count} {what}' for what, count in sorted(day.counts.items()))}")
    if growth > max(MEMORY_GROWTH * mean, MEMORY_GROWTH_KB) and not sanitized():
        problems.append(f"memory grew by {growth / mean:.0%}")
    if medians[-1] > LATENCY_GROWTH * medians[2] + slack_ms:
        problems.append(f"the median latency grew from {medians[2]:.2f} to {medians[-1]:.2f} ms")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=1500)
    parser.add_argument("--workspace", type=pathlib.Path, help="a folder of manifests, which is copied")
    parser.add_argument("--namespaces", type=int, default=30, help="of the mesh made where there is no --workspace")
    parser.add_argument("--builds", action="store_true", help="make a mesh of kustomizations, a base and three overlays for each of --namespaces")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="istio-mtls-soak-") as top:
        root = pathlib.Path(top).resolve() / "mesh"
        if arguments.workspace:
            shutil.copytree(arguments.workspace, root)
        else:
            root.mkdir()
            make = built_mesh if arguments.builds else small_mesh
            make(root, arguments.namespaces, random.Random(arguments.seed))
        day = Day(root, arguments.edits, arguments.seed)
        try:
            day.run()
            problems = judge(day, BUILDS_SLACK_MS if arguments.builds else LATENCY_SLACK_MS)
        except AssertionError as problem:
            problems = [str(problem)]
        finally:
            day.editor.server.kill()
    for problem in problems:
        print(f"failed (seed {arguments.seed}): {problem}")
    print(f"{0 if problems else 1} passed, {1 if problems else 0} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
