"""An LSP client that measures a server and not itself: one thread, no JSON but where it is needed.

    with LeanClient([binary], folder) as client:
        client.open("a.yaml", text)
        seconds = client.edit("a.yaml", "STRICT", "DISABLE")

Answers what the server asks, keeps the last diagnostics of each file, and stops with an error where the server is silent
for a minute. Standard library only.
"""

import json
import os
import pathlib
import re
import selectors
import subprocess
import time
from urllib.parse import quote, unquote

SILENCE = 60  # seconds
LENGTH = re.compile(rb"content-length: *(\d+)", re.I)
PUBLISHED = b'"method":"textDocument/publishDiagnostics"'


class LeanClient:
    def __init__(self, command, folder):
        self.folder = pathlib.Path(folder)
        self.started = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.buffer = bytearray()
        self.texts, self.versions, self.shown = {}, {}, {}
        self.last_id = 0
        uri = self.uri("")
        self.request("initialize", {"processId": os.getpid(), "rootUri": uri, "workspaceFolders": [{"uri": uri, "name": "bench"}],
                                    "initializationOptions": {"diagnosticsDelay": 0},
                                    "capabilities": {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}},
                                                     "window": {"workDoneProgress": True},
                                                     "textDocument": {"publishDiagnostics": {"versionSupport": True}}}})
        self.initialized_after = time.perf_counter() - self.started
        self.notify("initialized", {})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    # ---- the wire

    def uri(self, name):
        return "file://" + quote(str(self.folder / name))

    @staticmethod
    def frame(message):
        body = json.dumps(message, separators=(",", ":")).encode()
        return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)

    def send(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self.process.stdin.fileno(), view):]

    def notify(self, method, params):
        self.send(self.frame({"jsonrpc": "2.0", "method": method, "params": params}))

    def read(self):
        """The next message's body."""
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end >= 0:
                size = int(LENGTH.search(self.buffer, 0, end).group(1))
                if len(self.buffer) >= end + 4 + size:
                    body = bytes(self.buffer[end + 4:end + 4 + size])
                    del self.buffer[:end + 4 + size]
                    return body
            if not self.selector.select(SILENCE):
                raise TimeoutError("the server says nothing")
            got = os.read(self.process.stdout.fileno(), 1 << 20)
            if not got:
                raise EOFError("the server has ended")
            self.buffer += got

    def take(self, body):
        """Files what is no answer; the message, where it had to be looked into."""
        message = json.loads(body)
        if message.get("method") == "textDocument/publishDiagnostics":
            params = message["params"]
            self.shown[unquote(params["uri"])[len("file://"):]] = params["diagnostics"]
        elif "method" in message and "id" in message:
            items = message["params"].get("items") if message["method"] == "workspace/configuration" else None
            self.send(self.frame({"jsonrpc": "2.0", "id": message["id"], "result": [None] * len(items) if items else None}))
        return message

    def request(self, method, params):
        self.last_id += 1
        self.send(self.frame({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}))
        mark = b'"id":%d,' % self.last_id
        while True:
            body = self.read()
            if mark in body[:40] and b'"method"' not in body[:60]:
                return body
            self.take(body)

    def wait(self, done):
        """Until done() holds, which is asked after each message."""
        while not done():
            self.take(self.read())

    def wait_until_silent(self, seconds):
        """Until nothing has come for so long; when the last message came, or now."""
        last = time.perf_counter()
        while self.buffer or self.selector.select(seconds):
            self.take(self.read())
            last = time.perf_counter()
        return last

    # ---- documents

    def open(self, name, text):
        self.texts[name], self.versions[name] = text, 1
        self.notify("textDocument/didOpen", {"textDocument": {"uri": self.uri(name), "languageId": "yaml", "version": 1, "text": text}})

    def edit(self, name, old, new):
        """Replaces the first `old`; seconds from sending it to having the diagnostics of that version."""
        text = self.texts[name]
        at = text.index(old)
        line, column = text.count("\n", 0, at), at - (text.rfind("\n", 0, at) + 1)
        self.texts[name] = text[:at] + new + text[at + len(old):]
        self.versions[name] += 1
        message = self.frame({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": self.uri(name), "version": self.versions[name]},
            "contentChanges": [{"range": {"start": {"line": line, "character": column},
                                          "end": {"line": line, "character": column + len(old)}}, "text": new}]}})
        mark = b'"version":%d,' % self.versions[name]
        start = time.perf_counter()
        self.send(message)
        later = []
        while True:
            body = self.read()
            if PUBLISHED in body and mark in body[:600]:
                seconds = time.perf_counter() - start
                break
            later.append(body)
        for body in (*later, body):
            self.take(body)
        return seconds

    def touched(self, names):
        self.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": self.uri(name), "type": 2} for name in names]})

    def codes(self, name):
        return [item["code"] for item in self.shown.get(str(self.folder / name), [])]

    def peak_megabytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024
