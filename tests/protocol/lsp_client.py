"""A small LSP client for tests of the real binary: Python standard library only.

    with Workspace({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}) as workspace, Client(workspace.root) as client:
        client.initialize()
        client.wait_for_codes("peer.yaml", ["TIS0208"])

The binary is the one that the environment variable ISTIO_MTLS_LS names. A reading thread keeps the pipe empty and files
what comes; everything waits with a time limit, so a test that fails says what it waited for.
"""

import contextlib
import json
import os
import pathlib
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from urllib.parse import quote, unquote, urlsplit

SERVER = os.environ.get("ISTIO_MTLS_LS", "istio-mtls-ls")
EMULATED = os.environ.get("ISTIO_MTLS_EMULATED", "")  # the program itself, where SERVER has an emulator run it
DRIVE = os.environ.get("ISTIO_MTLS_DRIVE", "")  # "/z:" where the program is one for Windows, to which this machine's files are there
PATIENCE = float(os.environ.get("ISTIO_MTLS_PATIENCE", "10"))  # seconds; more under sanitizers

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16", "utf-8", "utf-32"]},
    "window": {"workDoneProgress": True},
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create"],
            "changeAnnotationSupport": {"groupsOnLabel": True},
        },
        "configuration": True,
        "workspaceFolders": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
    "textDocument": {
        "publishDiagnostics": {
            "relatedInformation": True, "versionSupport": True, "codeDescriptionSupport": True, "dataSupport": True,
        },
        "codeAction": {
            "isPreferredSupport": True,
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source", "source.fixAll"]}},
        },
    },
}


def to_uri(path):
    return "file://" + quote(DRIVE + str(path))


def to_path(uri):
    return unquote(urlsplit(uri).path).removeprefix(DRIVE)


def without(capabilities, *paths):
    """A copy of capabilities without what dotted paths name."""
    copy = json.loads(json.dumps(capabilities))
    for path in paths:
        *parents, last = path.split(".")
        at = copy
        for parent in parents:
            at = at[parent]
        del at[last]
    return copy


def offset_of(text, position, encoding):
    """Where a position is in a Python string."""
    lines = text.splitlines(keepends=True) or [""]
    line = lines[position["line"]] if position["line"] < len(lines) else ""
    units = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
    prefix = line.encode(codec)[:position["character"] * units].decode(codec)
    return sum(map(len, lines[:position["line"]])) + len(prefix)


def apply_text_edits(text, edits, encoding):
    placed = [(offset_of(text, e["range"]["start"], encoding), offset_of(text, e["range"]["end"], encoding),
               e["newText"]) for e in edits]
    for start, end, new in sorted(placed, key=lambda edit: edit[0], reverse=True):
        text = text[:start] + new + text[end:]
    return text


class Workspace:
    """A temporary folder with files: {relative path: text}."""

    def __init__(self, files=None, name="mesh", within=None):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="istio-mtls-", dir=within)).resolve()
        self.root = self.top / name
        self.root.mkdir()
        for path, text in (files or {}).items():
            self.write(path, text)

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def remove(self, path):
        target = self.root / path
        shutil.rmtree(target) if target.is_dir() else target.unlink()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)


class RpcError(Exception):
    def __init__(self, error):
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        self.code = error.get("code")


class Client:
    def __init__(self, root=None, arguments=(), settings=None, answer_requests=True, stream=None):
        """`stream`: (reader, writer) of a socket to use instead of starting the server."""
        self.root = root
        self.settings = settings            # answer to workspace/configuration: a dict, or None
        self.answer_requests = answer_requests
        self.process = None
        if stream:
            self.reader, self.writer = stream
        else:
            self.process = subprocess.Popen([SERVER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE)
            self.reader, self.writer = self.process.stdout, self.process.stdin
        self.last_id = 0
        self.answers = {}
        self.nameless = queue.Queue()       # answers with a null id
        self.links = []                     # (method, params) of the server's requests
        self.notified = []                  # (method, params)
        self.published = {}                 # path -> list of publishDiagnostics params
        self.texts = {}                     # path -> text of open documents
        self.versions = {}
        self.encoding = "utf-16"
        self.diagnostics_delay = 0
        self.ended = False
        self.in_one_write = False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        self.stderr = b""
        if self.process:
            self.stderr_thread = threading.Thread(target=self._read_stderr, daemon=True)
            self.stderr_thread.start()

    # -- life

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        streams = [self.writer, self.reader]
        if self.process:
            self.thread.join(PATIENCE)
            self.stderr_thread.join(PATIENCE)
            streams.append(self.process.stderr)
        for stream in streams:
            try:
                stream.close()
            except OSError:
                pass

    def initialize(self, capabilities=CAPABILITIES, folders=None, diagnostics_delay=0, **more):
        """`diagnostics_delay` (ms): None leaves it to the server. With 0 each edit is answered at once."""
        self.diagnostics_delay = diagnostics_delay
        if folders is None:
            folders = [self.root] if self.root else []
        more["initializationOptions"] = self.with_delay(more.get("initializationOptions"))
        params = {"processId": os.getpid(), "clientInfo": {"name": "test"}, "capabilities": capabilities,
                  "rootUri": to_uri(folders[0]) if folders else None,
                  "workspaceFolders": [{"uri": to_uri(f), "name": os.path.basename(f)} for f in folders], **more}
        result = self.request("initialize", params)
        self.encoding = result["capabilities"].get("positionEncoding", "utf-16")
        self.notify("initialized", {})
        return result

    def shutdown(self):
        self.request("shutdown", None)
        self.notify("exit", None)
        return self.process.wait(PATIENCE)

    # -- sending

    def send_bytes(self, data):
        self.writer.write(data)
        if not self.in_one_write:
            self.writer.flush()

    @contextlib.contextmanager
    def one_write(self):
        """What is sent meanwhile reaches the server at once: it holds the second message before it works on the first."""
        self.in_one_write = True
        try:
            yield
        finally:
            self.in_one_write = False
            self.writer.flush()

    @staticmethod
    def frame(body):
        return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)

    def send(self, message):
        self.send_bytes(self.frame(json.dumps({"jsonrpc": "2.0", **message}).encode("utf-8", "surrogatepass")))

    def notify(self, method, params):
        if method == "workspace/didChangeConfiguration" and isinstance(params, dict) and isinstance(params.get("settings"), dict):
            params = {**params, "settings": self.with_delay(params["settings"])}
        self.send({"method": method, "params": params})

    def with_delay(self, section):
        """Settings with the delay that this client was started with."""
        if self.diagnostics_delay is None or not isinstance(section, dict | None):
            return section
        inner = (section or {}).get("istioMtls")
        if isinstance(inner, dict):
            return {**section, "istioMtls": {"diagnosticsDelay": self.diagnostics_delay, **inner}}
        return {"diagnosticsDelay": self.diagnostics_delay, **(section or {})}

    def start_request(self, method, params):
        self.last_id += 1
        self.send({"id": self.last_id, "method": method, "params": params})
        return self.last_id

    def finish_request(self, key, patience=None):
        self.wait(lambda: key in self.answers, f"the answer to request {key}", patience)
        answer = self.answers.pop(key)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def request(self, method, params, patience=None):
        return self.finish_request(self.start_request(method, params), patience)

    # -- documents

    def path(self, name):
        return os.path.join(str(self.root), name) if self.root else name

    def open(self, name, text=None, language="yaml", version=1):
        path = self.path(name)
        if text is None:
            text = pathlib.Path(path).read_bytes().decode()
        self.texts[path], self.versions[path] = text, version
        self.notify("textDocument/didOpen", {"textDocument": {
            "uri": to_uri(path), "languageId": language, "version": version, "text": text}})

    def change(self, name, *changes):
        """Each change: a new text, or (start, end, new) with offsets into the text."""
        path = self.path(name)
        self.versions[path] += 1
        events = []
        for change in changes:
            text = self.texts[path]
            if isinstance(change, str):
                events.append({"text": change})
                self.texts[path] = change
            else:
                start, end, new = change
                events.append({"range": {"start": self.position(text, start), "end": self.position(text, end)},
                               "text": new})
                self.texts[path] = text[:start] + new + text[end:]
        self.notify("textDocument/didChange", {
            "textDocument": {"uri": to_uri(path), "version": self.versions[path]}, "contentChanges": events})
        return self.versions[path]

    def replace(self, name, old, new):
        """One incremental edit: the first `old` becomes `new`."""
        start = self.texts[self.path(name)].index(old)
        return self.change(name, (start, start + len(old), new))

    def append(self, name, text):
        end = len(self.texts[self.path(name)])
        return self.change(name, (end, end, text))

    def close(self, name):
        path = self.path(name)
        del self.texts[path], self.versions[path]
        self.notify("textDocument/didClose", {"textDocument": {"uri": to_uri(path)}})

    def position(self, text, offset):
        before = text[:offset]
        line = before.count("\n")
        column = before[before.rfind("\n") + 1:]
        size = {"utf-8": len(column.encode()), "utf-16": len(column.encode("utf-16-le")) // 2,
                "utf-32": len(column)}[self.encoding]
        return {"line": line, "character": size}

    def touched(self, *names, kind=2):
        """Tells of changes on the disk, as a client that watches files does."""
        self.notify("workspace/didChangeWatchedFiles", {
            "changes": [{"uri": to_uri(self.path(name)), "type": kind} for name in names]})

    # -- what was shown

    def diagnostics(self, name):
        shown = self.published.get(self.path(name))
        return shown[-1]["diagnostics"] if shown else []

    def codes(self, name):
        return sorted(d.get("code", "?") for d in self.diagnostics(name))

    def wait_for_codes(self, name, codes, patience=None):
        self.wait(lambda: self.codes(name) == sorted(codes), lambda: f"{codes} in {name}, which shows {self.codes(name)}",
                  patience)
        return self.diagnostics(name)

    def wait_for_version(self, name, version):
        path = self.path(name)
        self.wait(lambda: any(p.get("version") == version for p in self.published.get(path, [])),
                  lambda: f"diagnostics of version {version} of {name}")
        return next(p for p in self.published[path] if p.get("version") == version)["diagnostics"]

    def is_indexed(self):
        return any(m == "$/progress" and p["value"]["kind"] == "end" for m, p in self.notified)

    def wait_until_indexed(self):
        self.wait(self.is_indexed, "the end of indexing")

    def code_actions(self, name, diagnostic=None, only=None, span=None):
        span = span or diagnostic["range"]
        context = {"diagnostics": [diagnostic] if diagnostic else []}
        if only is not None:
            context["only"] = only
        return self.request("textDocument/codeAction", {
            "textDocument": {"uri": to_uri(self.path(name))}, "range": span, "context": context})

    def apply(self, edit):
        """Applies a WorkspaceEdit to open documents and to the disk, as an editor would; returns the paths changed."""
        changed = []
        parts = edit.get("documentChanges") or [
            {"textDocument": {"uri": uri, "version": None}, "edits": edits}
            for uri, edits in edit.get("changes", {}).items()]
        for part in parts:
            if part.get("kind") == "create":
                path = to_path(part["uri"])
                if os.path.exists(path):
                    raise AssertionError(f"{path} exists already")
                open(path, "xb").close()
                continue
            path = to_path(part["textDocument"]["uri"])
            version = part["textDocument"].get("version")
            if version is not None and version != self.versions.get(path):
                raise AssertionError(f"edit of version {version}, but {path} is at {self.versions.get(path)}")
            changed.append(path)
            if path in self.texts:
                self.change(path, apply_text_edits(self.texts[path], part["edits"], self.encoding))
            else:
                text = pathlib.Path(path).read_bytes().decode()
                pathlib.Path(path).write_bytes(apply_text_edits(text, part["edits"], self.encoding).encode())
                self.touched(path)
        return changed

    # -- receiving

    def wait(self, done, what, patience=None):
        deadline = time.monotonic() + (patience or PATIENCE)
        with self.changed:
            while not done():
                left = deadline - time.monotonic()
                if left <= 0 or (self.ended and not done()):
                    what = what() if callable(what) else what
                    raise AssertionError(f"waited in vain for {what}; server: {'ended' if self.ended else 'runs'}, "
                                         f"stderr: {self.stderr[-2000:].decode(errors='replace')}")
                self.changed.wait(min(left, 0.2))

    def _read(self):
        try:
            while True:
                size = None
                while (line := self.reader.readline()) not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        size = int(value)
                if size is None:
                    break
                message = json.loads(self.reader.read(size))
                with self.changed:
                    self._take(message)
                    self.changed.notify_all()
        except (OSError, ValueError):
            pass
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def _read_stderr(self):
        for line in self.process.stderr:
            self.stderr += line

    def _take(self, message):
        method = message.get("method")
        if method is None:
            if message["id"] is None:
                self.nameless.put(message)
            else:
                self.answers[message["id"]] = message
        elif "id" in message:
            self.links.append((method, message.get("params")))
            if self.answer_requests:
                self._answer(message)
        elif method == "textDocument/publishDiagnostics":
            self.published.setdefault(to_path(message["params"]["uri"]), []).append(message["params"])
        else:
            self.notified.append((method, message["params"]))

    def _answer(self, message):
        result = None
        if message["method"] == "workspace/configuration":
            result = [self.settings and self.with_delay(self.settings) for _ in message["params"]["items"]]
        try:
            self.send({"id": message["id"], "result": result})
        except OSError:
            pass
