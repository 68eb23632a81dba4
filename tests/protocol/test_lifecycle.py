"""initialize, shutdown, exit, errors, cancelling, the end of the input."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from lsp_client import CAPABILITIES, PATIENCE, SERVER, Client, RpcError, Workspace, to_uri, without
from manifests import CONFLICT, STRICT

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
NOT_INITIALIZED, CANCELLED = -32002, -32800


class Lifecycle(unittest.TestCase):
    def test_exit_status(self):
        for shut_down, status in [(True, 0), (False, 1)]:
            with self.subTest(shut_down=shut_down), Client() as client:
                client.initialize()
                if shut_down:
                    self.assertIsNone(client.request("shutdown", None))
                client.notify("exit", None)
                self.assertEqual(client.process.wait(PATIENCE), status)

    def test_what_other_servers_of_yaml_do_is_left_to_them(self):
        with Client() as client:
            offered = client.initialize()["capabilities"]
            theirs = {"documentFormattingProvider", "documentRangeFormattingProvider", "documentOnTypeFormattingProvider",
                      "semanticTokensProvider"}
            self.assertEqual({name for name in theirs if offered.get(name)}, set())

    def test_end_of_input_ends_the_server(self):
        with Client() as client:
            client.initialize()
            client.writer.close()
            self.assertEqual(client.process.wait(PATIENCE), 1)

    def test_messages_before_the_end_of_input_are_answered(self):
        bodies = [{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}},
                  {"jsonrpc": "2.0", "id": 2, "method": "shutdown"}, {"jsonrpc": "2.0", "method": "exit"}]
        data = b"".join(Client.frame(json.dumps(b).encode()) for b in bodies)
        with tempfile.TemporaryFile() as file:  # a regular file as standard input works too
            file.write(data)
            file.seek(0)
            for given in ({"input": data}, {"stdin": file}):
                done = subprocess.run([SERVER], capture_output=True, timeout=PATIENCE, **given)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stdout.count(b"Content-Length"), 2)

    def test_requests_before_initialize(self):
        with Client() as client:
            with self.assertRaises(RpcError) as raised:
                client.request("textDocument/codeAction", {})
            self.assertEqual(raised.exception.code, NOT_INITIALIZED)
            client.notify("textDocument/didOpen", {})  # dropped
            client.initialize()
            self.assertEqual(client.shutdown(), 0)

    def test_requests_after_shutdown(self):
        with Client() as client:
            client.initialize()
            client.request("shutdown", None)
            for method in ("shutdown", "initialize", "textDocument/codeAction", "no/such"):
                with self.subTest(method), self.assertRaises(RpcError) as raised:
                    client.request(method, {})
                self.assertEqual(raised.exception.code, INVALID_REQUEST)

    def test_initialize_twice(self):
        with Client() as client:
            client.initialize()
            with self.assertRaises(RpcError) as raised:
                client.initialize()
            self.assertEqual(raised.exception.code, INVALID_REQUEST)

    def test_unknown_methods(self):
        with Client() as client:
            client.initialize()
            for method in ("no/such", "$/noSuch", "initialized"):
                with self.subTest(method), self.assertRaises(RpcError) as raised:
                    client.request(method, {})
                self.assertEqual(raised.exception.code, METHOD_NOT_FOUND)
            for method in ("no/such", "$/noSuch", "$/setTrace", "textDocument/willSave"):
                client.notify(method, {})
            self.assertEqual(client.shutdown(), 0)

    def test_invalid_params(self):
        uri = to_uri("/nowhere/a.yaml")
        place = {"line": 0, "character": 0}
        cases = [None, [], {}, {"textDocument": uri}, {"textDocument": {"uri": 5}},
                 {"textDocument": {"uri": uri}, "range": {"start": place}},
                 {"textDocument": {"uri": uri}, "range": {"start": place, "end": {"line": "1", "character": 0}}},
                 {"textDocument": {"uri": uri}, "range": {"start": place, "end": place}, "context": {"only": 7}}]
        with Client() as client:
            client.initialize()
            for params in cases:
                with self.subTest(params=params), self.assertRaises(RpcError) as raised:
                    client.request("textDocument/codeAction", params)
                self.assertEqual(raised.exception.code, INVALID_PARAMS)
            self.assertEqual(client.shutdown(), 0)

    def test_positions_that_are_none_are_the_nearest_ones(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("peer.yaml")
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            params = {"textDocument": {"uri": to_uri(workspace.root / "peer.yaml")}, "context": {"diagnostics": []},
                      "range": {"start": {"line": -1, "character": -2.0}, "end": {"line": 1e9, "character": 4294967296.0}}}
            self.assertNotEqual(client.request("textDocument/codeAction", params), [])
            self.assertEqual(client.shutdown(), 0)

    def test_invalid_notifications_do_no_harm(self):
        with Client() as client:
            client.initialize()
            for method in ("didOpen", "didChange", "didClose", "didSave"):
                for params in (None, [], {}, {"textDocument": None}, {"textDocument": {"uri": "", "version": "x"}}):
                    client.notify(f"textDocument/{method}", params)
            for method in ("didChangeWatchedFiles", "didChangeConfiguration", "didChangeWorkspaceFolders"):
                for params in (None, [], {}, {"changes": 1, "settings": 2, "event": 3}, {"changes": [{}]}):
                    client.notify(f"workspace/{method}", params)
            self.assertEqual(client.shutdown(), 0)

    def test_cancelling_queued_requests(self):
        """Sent in one write, the cancellations are there before the requests get their turn - or they come too late."""
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            [diagnostic] = client.wait_for_codes("peer.yaml", ["TIS0208"])
            params = {"textDocument": {"uri": to_uri(workspace.root / "peer.yaml")}, "range": diagnostic["range"],
                      "context": {"diagnostics": []}}
            keys = [f"k{i}" for i in range(200)]
            requests = [{"id": k, "method": "textDocument/codeAction", "params": params} for k in keys]
            cancels = [{"method": "$/cancelRequest", "params": {"id": k}} for k in keys[100:]]
            client.send_bytes(b"".join(client.frame(json.dumps({"jsonrpc": "2.0", **m}).encode())
                                       for m in requests + cancels))
            client.wait(lambda: all(k in client.answers for k in keys), "an answer to every request")
            outcomes = [client.answers[k].get("error", {}).get("code") for k in keys]
            self.assertEqual(outcomes[:100], [None] * 100)
            self.assertIn(CANCELLED, outcomes[100:])
            self.assertLessEqual(set(outcomes), {None, CANCELLED})

    def test_duplicate_ids_get_an_answer_each(self):
        with Client() as client:
            client.initialize()
            seen = []
            for method in ("no/such", "no/such"):
                client.send({"id": "same", "method": method})
            client.send({"id": "last", "method": "shutdown"})
            client.wait(lambda: "last" in client.answers, "the last answer")
            seen.append(client.answers["same"]["error"]["code"])
            self.assertEqual(seen, [METHOD_NOT_FOUND])

    def test_initialize_is_answered_at_once(self):
        files = {f"d{i % 50}/f{i}.yaml": STRICT.replace("foo", f"n{i}") for i in range(3000)}
        with Workspace(files) as workspace, Client(workspace.root) as client:
            began = time.monotonic()
            client.initialize()
            self.assertLess(time.monotonic() - began, 1)  # a process start, not an index
            began = time.monotonic()
            self.assertEqual(client.shutdown(), 0)        # in the middle of indexing
            self.assertLess(time.monotonic() - began, 1 if PATIENCE <= 10 else PATIENCE)

    def test_requests_do_not_wait_for_indexing(self):
        files = {f"d{i % 50}/f{i}.yaml": STRICT.replace("foo", f"n{i}") for i in range(4000)}
        with Workspace(files) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("d0/f0.yaml")
            symbols = {"textDocument": {"uri": to_uri(workspace.root / "d0/f0.yaml")}}
            took, meanwhile = [], 0
            while not client.is_indexed():
                began = time.monotonic()
                client.request("textDocument/documentSymbol", symbols)
                took.append(time.monotonic() - began)
                meanwhile += not client.is_indexed()
            self.assertGreater(meanwhile, 3)
            self.assertLess(max(took), 0.5 if PATIENCE <= 10 else PATIENCE)

    def test_death_of_the_editor_ends_the_server(self):
        editor = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        with Client() as client:
            client.initialize(processId=editor.pid)
            self.assertIsNone(client.process.poll())
            editor.send_signal(signal.SIGKILL)
            editor.wait()
            self.assertEqual(client.process.wait(PATIENCE), 1)

    def test_a_client_that_never_reads_can_be_left(self):
        """Backpressure must not keep a server alive."""
        with Workspace(CONFLICT) as workspace:
            server = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            server.stdin.write(Client.frame(json.dumps({
                "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
                    "capabilities": {}, "rootUri": to_uri(workspace.root)}}).encode()))
            unknown = Client.frame(b'{"jsonrpc":"2.0","id":1,"method":"no/such"}')
            for _ in range(100):
                server.stdin.write(unknown * 100)
            server.stdin.close()
            time.sleep(0.2)
            server.stdout.close()
            self.assertEqual(server.wait(PATIENCE), 1)


    def test_a_flood_of_changes_whose_answers_are_read_late(self):
        """Neither side waits for the other for ever, and the last state arrives."""
        with Workspace(CONFLICT) as workspace:
            path, uri, last = str(workspace.root / "peer.yaml"), to_uri(workspace.root / "peer.yaml"), 5000
            bodies = [{"id": 0, "method": "initialize",
                       "params": {"capabilities": {}, "rootUri": to_uri(workspace.root)}},
                      {"method": "initialized", "params": {}},
                      {"method": "textDocument/didOpen", "params": {"textDocument": {
                          "uri": uri, "languageId": "yaml", "version": 0, "text": STRICT}}}]
            for version in range(1, last + 1):
                bodies += [{"method": "textDocument/didChange", "params": {
                    "textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": STRICT}]}},
                    {"id": version, "method": "no/such"}]  # keeps changes apart, so that none is skipped
            data = b"".join(Client.frame(json.dumps({"jsonrpc": "2.0", **b}).encode()) for b in bodies)
            server = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL)
            writing = threading.Thread(target=lambda: (server.stdin.write(data), server.stdin.flush()))
            writing.start()
            time.sleep(1)
            client = Client(stream=(server.stdout, server.stdin))
            client.wait(lambda: client.published.get(path, [{}])[-1].get("version") == last, "the last version",
                        PATIENCE * 3)
            client.wait_for_codes(path, ["TIS0208"])
            server.kill()
            server.wait()
            writing.join()
            client.thread.join()
            client.__exit__()


class Malformed(unittest.TestCase):
    """Whatever comes is answered with an error, and the next good message works."""

    def expect(self, data, *codes):
        with Client() as client:
            client.initialize()
            client.send_bytes(data)
            for code in codes:
                self.assertEqual(client.nameless.get(timeout=PATIENCE)["error"]["code"], code)
            with self.assertRaises(RpcError):
                client.request("no/such", {})
            self.assertTrue(client.nameless.empty())
            self.assertEqual(client.shutdown(), 0)

    def test_bodies(self):
        cases = [
            (b"", PARSE_ERROR), (b"{", PARSE_ERROR), (b"nonsense", PARSE_ERROR), (b"\x00\xff", PARSE_ERROR),
            (b'{"jsonrpc":"2.0","id":1', PARSE_ERROR), (b"[" * 100_000, PARSE_ERROR),
            (b"[]", INVALID_REQUEST), (b'[{"jsonrpc":"2.0","id":1,"method":"shutdown"}]', INVALID_REQUEST),
            (b"5", INVALID_REQUEST), (b'"text"', INVALID_REQUEST), (b"null", INVALID_REQUEST), (b"{}", INVALID_REQUEST),
            (b'{"jsonrpc":"2.0","method":5}', INVALID_REQUEST), (b'{"id":{},"method":"a"}', INVALID_REQUEST),
            (b'{"id":null,"method":"shutdown"}', INVALID_REQUEST), (b'{"id":[1],"result":1}', INVALID_REQUEST),
        ]
        for body, code in cases:
            with self.subTest(body=body[:40]):
                self.expect(Client.frame(body), code)

    def test_headers(self):
        good = b'{"jsonrpc":"2.0","method":"$/noSuch"}'
        cases = [
            (b"Content-Length: -1\r\n\r\n" + good, 1),
            (b"Content-Length: 9223372036854775808\r\n\r\n" + good, 1),
            (b"Content-Length: 99999999999999999999999\r\n\r\n" + good, 1),
            (b"Content-Length: many\r\n\r\n" + good, 1),
            (b"Content-Length:\r\n\r\n" + good, 1),
            (b"Content-Type: text/plain\r\n\r\n" + good, 1),
            (b"no header at all\r\n\r\n" + good, 1),
            (b"x" * 100_000, 1),
            (b"content-length:%d\r\ncontent-type: x; charset=utf-8\r\n\r\n%b" % (len(good), good), 0),
            (b"\r\n\r\nContent-Length: %d\n\n%b" % (len(good), good), 0),
        ]
        for data, errors in cases:
            with self.subTest(data=data[:50]):
                self.expect(data, *[PARSE_ERROR] * errors)

    def test_a_body_shorter_or_longer_than_it_claims(self):
        good = b'{"jsonrpc":"2.0","method":"$/noSuch"}'
        # What is left of it and the next header are one line, which is none.
        self.expect(b"Content-Length: %d\r\n\r\n%b" % (len(good) - 5, good) + Client.frame(good), PARSE_ERROR, PARSE_ERROR)
        with Client() as client:  # swallows the beginning of the next message
            client.initialize()
            client.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(good) + 7, good))
            client.notify("$/swallowed", {})
            self.assertEqual(client.nameless.get(timeout=PATIENCE)["error"]["code"], PARSE_ERROR)
            self.assertEqual(client.shutdown(), 0)

    def test_lone_surrogates_and_bad_utf8_lose_no_text(self):
        body = (b'{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///x/a.yaml",'
                b'"languageId":"yaml","version":1,"text":"# \\ud83d \xff \\udc00\\napiVersion: v1\\nkind: [\\n"}}}')
        with Client() as client:
            client.initialize()
            client.send_bytes(client.frame(body))
            client.wait_for_codes("/x/a.yaml", ["MTLS0900"])
            self.assertEqual(client.shutdown(), 0)


class Channels(unittest.TestCase):
    def converse(self, connection):
        stream = connection.makefile("rb"), connection.makefile("wb")
        with Workspace(CONFLICT) as workspace, Client(workspace.root, stream=stream) as client:
            client.initialize()
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            client.request("shutdown", None)
            client.notify("exit", None)

    def test_listen(self):
        for address in ("127.0.0.1:0", ":0", "0"):  # loopback, unless told otherwise
            server = subprocess.Popen([SERVER, "--listen", address], stderr=subprocess.PIPE)
            line = server.stderr.readline().decode()
            self.assertIn("listening on 127.0.0.1:", line)
            with socket.create_connection(("127.0.0.1", int(line.rsplit(":", 1)[1]))) as connection:
                self.converse(connection)
            self.assertEqual(server.wait(PATIENCE), 0)
            server.stderr.close()

    def test_listening_where_others_can_reach_it_is_warned_of(self):
        for address, warned in (("0.0.0.0:0", True), ("127.0.0.1:0", False)):
            with self.subTest(address), subprocess.Popen([SERVER, "--listen", address], stderr=subprocess.PIPE) as server:
                line = server.stderr.readline().decode()
                with socket.create_connection(("127.0.0.1", int(line.rsplit(":", 1)[1]))) as connection:
                    self.converse(connection)
                self.assertIn(f"listening on {address[:-2]}:", line)
                self.assertEqual(b"warning: 0.0.0.0 is not a loopback address" in server.stderr.read(), warned)

    def test_nobody_waits_for_a_client_of_an_editor_that_has_gone(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            for arguments in (["--listen", "0"], ["--pipe", path]):
                editor = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
                with self.subTest(arguments), subprocess.Popen([SERVER, *arguments, f"--clientProcessId={editor.pid}"],
                                                               stderr=subprocess.PIPE) as server:
                    server.stderr.readline()
                    self.assertIsNone(server.poll())
                    editor.kill()
                    editor.wait()
                    self.assertEqual(server.wait(PATIENCE), 2)
                    self.assertIn(b"nobody connected", server.stderr.read())
            self.assertEqual(os.listdir(folder), [])

    def test_a_client_that_goes_leaves_no_server_behind_also_while_it_indexes(self):
        files = {f"d{i % 50}/f{i}.yaml": STRICT.replace("foo", f"n{i}") for i in range(2000)}
        with Workspace(files) as workspace:
            for channel in ("stdio", "listen", "pipe"):
                for how in ("closes", "editor dies"):
                    with self.subTest(channel=channel, how=how):
                        self.leave(channel, how, workspace)

    def leave(self, channel, how, workspace):
        editor = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        path = str(workspace.top / "socket")
        arguments = {"stdio": [], "listen": ["--listen", "0"], "pipe": ["--pipe", path]}[channel]
        server = subprocess.Popen([SERVER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        connection = None
        if channel == "stdio":
            stream = server.stdout, server.stdin
        else:
            line = server.stderr.readline().decode()
            connection = socket.socket(socket.AF_UNIX if channel == "pipe" else socket.AF_INET)
            connection.connect(path if channel == "pipe" else ("127.0.0.1", int(line.rsplit(":", 1)[1])))
            stream = connection.makefile("rb"), connection.makefile("wb")
        client = Client(workspace.root, stream=stream)
        client.initialize(processId=editor.pid)
        began = time.monotonic()
        if how == "editor dies":
            editor.kill()
            editor.wait()
        elif connection:
            connection.shutdown(socket.SHUT_RDWR)
        else:
            server.stdin.close()
        self.assertEqual(server.wait(PATIENCE), 1)
        # A second until it looks for the editor, one to end; more where the machine is shared.
        self.assertLess(time.monotonic() - began, 2.5 if PATIENCE <= 10 else PATIENCE)
        if connection:
            connection.close()
        editor.kill()
        editor.wait()
        client.thread.join(PATIENCE)
        client.__exit__()
        server.stderr.close()
        for end in (server.stdin, server.stdout):
            try:
                end.close()
            except OSError:
                pass

    def test_pipe(self):
        for server_listens in (True, False):
            with self.subTest(server_listens=server_listens), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "socket")
                if server_listens:
                    server = subprocess.Popen([SERVER, "--pipe", path], stderr=subprocess.PIPE)
                    self.assertIn(path, server.stderr.readline().decode())
                    self.assertEqual(os.stat(path).st_mode & 0o077, 0)
                    connection = socket.socket(socket.AF_UNIX)
                    connection.connect(path)
                else:
                    listener = socket.socket(socket.AF_UNIX)
                    listener.bind(path)
                    listener.listen(1)
                    server = subprocess.Popen([SERVER, "--pipe", path], stderr=subprocess.PIPE)
                    connection, _ = listener.accept()
                    listener.close()
                with connection:
                    self.converse(connection)
                self.assertEqual(server.wait(PATIENCE), 0)
                self.assertEqual(os.path.exists(path), not server_listens)
                server.stderr.close()

    def test_somebody_who_is_no_client_does_not_take_its_place(self):
        with subprocess.Popen([SERVER, "--listen", "0"], stderr=subprocess.PIPE) as server:
            address = "127.0.0.1", int(server.stderr.readline().decode().rsplit(":", 1)[1])
            socket.create_connection(address).close()
            silent = socket.create_connection(address)
            browser = socket.create_connection(address)
            browser.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            browser.settimeout(PATIENCE)
            try:
                self.assertEqual(browser.recv(100), b"")
            except ConnectionResetError:
                pass
            with socket.create_connection(address) as connection:
                self.converse(connection)
            self.assertEqual(server.wait(PATIENCE), 0)
            silent.close()
            browser.close()

    def test_a_signal_leaves_no_socket_behind(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            for connects in (False, True):
                with self.subTest(connects=connects), \
                        subprocess.Popen([SERVER, "--pipe", path], stderr=subprocess.PIPE) as server:
                    server.stderr.readline()
                    self.assertTrue(os.path.exists(path))
                    connection = socket.socket(socket.AF_UNIX)
                    if connects:
                        connection.connect(path)
                        connection.sendall(b"Content-Length: 10\r\n")
                        while os.path.exists(path):  # it is taken
                            time.sleep(0.01)
                    server.terminate()
                    self.assertEqual(server.wait(PATIENCE), -signal.SIGTERM)
                    self.assertFalse(os.path.exists(path))
                    connection.close()

    def test_nobody_reads_what_is_written(self):
        server = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        server.stdout.close()
        self.assertEqual(server.wait(PATIENCE), 1)
        server.stdin.close()

    def test_a_process_that_cannot_be_seen_ends_nothing(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize(processId=2 ** 22 + 1)  # larger than any on Linux: as one of another PID namespace
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            time.sleep(1.5)  # it looks once a second
            self.assertEqual(client.shutdown(), 0)

    def test_what_cannot_be_opened(self):
        for arguments in (["--listen", "nonsense"], ["--listen", "127.0.0.1:99999"], ["--listen", "example.com:0"], ["--pipe", "/no/such/folder/s"]):
            done = subprocess.run([SERVER, *arguments], capture_output=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 2)
            self.assertTrue(done.stderr.strip())


if __name__ == "__main__":
    unittest.main()
