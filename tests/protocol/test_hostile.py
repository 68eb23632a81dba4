"""Files and streams that are made to do harm: each is named, none takes more than a bounded part of the machine, and
what stands beside it is read as if it were not there."""

import contextlib
import json
import os
import resource
import shutil
import subprocess
import threading
import unittest

import hostile
from hostile import MEGABYTE
from lsp_client import EMULATED, PATIENCE, SERVER, Client, Workspace, to_uri
from manifests import CONFLICT, PLAINTEXT, STRICT, WORKLOAD

GIGABYTE = 1 << 30


class Bounded(unittest.TestCase):
    def assertCheap(self, cost, seconds, megabytes):
        """Bounds are of a build without optimisation; one with sanitizers only has to come to an end."""
        if hostile.sanitized():
            return
        self.assertLess(cost.seconds, seconds)
        self.assertLess(cost.megabytes, megabytes)


class OnTheCommandLine(Bounded):
    def test_each_hostile_document_is_named_and_costs_little(self):
        for name, (make, said) in hostile.DOCUMENTS.items():
            if hostile.sanitized() and name in hostile.LARGE:
                continue  # minutes, and what they cost is not asked then
            with self.subTest(name), Workspace({"good.yaml": STRICT + "---\n" + PLAINTEXT}) as workspace:
                workspace.write(f"{name}.yaml", make())
                cost = hostile.run("check", cwd=workspace.root)
                self.assertEqual(cost.status, 1, cost.err)  # the conflict in good.yaml
                self.assertIn("TIS0208", cost.out)
                [line] = [line for line in cost.out.splitlines() if "MTLS0900" in line]
                self.assertTrue(line.startswith(f"{name}.yaml:"), line)
                self.assertIn(said, line)
                # Ten times what a document may have, and the program itself.
                self.assertCheap(cost, seconds=15, megabytes=190 if name in hostile.LARGE else 300)

    def test_nothing_is_said_of_what_is_no_manifest(self):
        with Workspace({"good.yaml": STRICT + "---\n" + PLAINTEXT}) as workspace:
            for name in hostile.SMALL:
                text = hostile.DOCUMENTS[name][0]()
                head = hostile.HEAD.encode() if isinstance(text, bytes) else hostile.HEAD
                if text.startswith(head):
                    workspace.write(f"{name}.yaml", text[len(head):])
            cost = hostile.run("check", cwd=workspace.root)
            self.assertEqual(cost.status, 1, cost.err)
            self.assertIn("TIS0208", cost.out)
            self.assertNotIn("MTLS0900", cost.out)
            self.assertCheap(cost, seconds=15, megabytes=300)

    def test_a_gigabyte_is_refused_at_once(self):
        with Workspace(CONFLICT) as workspace:
            hostile.write_sparse(workspace.root / "line.yaml", GIGABYTE)
            cost = hostile.run("check", cwd=workspace.root)
            self.assertEqual(cost.status, 2)
            self.assertIn("line.yaml: is larger than", cost.err)
            self.assertIn("TIS0208", cost.out)
            self.assertCheap(cost, seconds=2, megabytes=60)

    def test_what_is_no_file_is_never_waited_for(self):
        with Workspace(CONFLICT) as workspace:
            root = workspace.root
            os.mkfifo(root / "fifo.yaml")
            os.symlink("/dev/zero", root / "zero.yaml")
            os.symlink("loop.yaml", root / "loop.yaml")
            os.symlink(".", root / "folder")
            os.symlink("/proc/self/mem", root / "memory.yaml")
            os.mkdir(root / "folder.yaml")
            for place in (".", "fifo.yaml", "zero.yaml", "loop.yaml", "memory.yaml", "/dev/stdin"):
                with self.subTest(place):
                    cost = hostile.run("check", place, cwd=root)
                    self.assertIn(cost.status, (1, 2) if place == "." else (2,), cost.err)
                    if place != ".":
                        self.assertIn(place, cost.err)
                    self.assertCheap(cost, seconds=2, megabytes=60)

    def test_unreadable_files_are_named(self):
        with Workspace({"secret.yaml": STRICT, "closed/a.yaml": STRICT, **CONFLICT}) as workspace:
            os.chmod(workspace.root / "secret.yaml", 0)
            os.chmod(workspace.root / "closed", 0)
            os.chmod(workspace.top, 0o755)
            nobody = 65534
            as_nobody = (lambda: os.setuid(nobody)) if os.geteuid() == 0 else None  # root can read everything
            cost = hostile.run("check", cwd=workspace.root, preexec_fn=as_nobody)
            os.chmod(workspace.root / "closed", 0o755)
            self.assertEqual(cost.status, 2)
            self.assertIn("secret.yaml: cannot open: Permission denied", cost.err)
            self.assertIn("closed: cannot list: Permission denied", cost.err)
            self.assertIn("TIS0208", cost.out)

    def test_files_that_shrink_grow_and_vanish_while_they_are_read(self):
        """Whatever was there is read; nothing dies of it. What is there at the end decides."""
        with Workspace({f"{i}.yaml": STRICT * 2000 for i in range(8)}) as workspace:
            stop = threading.Event()

            def disturb():
                turn = 0
                while not stop.is_set():
                    turn += 1
                    path = workspace.root / f"{turn % 8}.yaml"
                    with contextlib.suppress(OSError):
                        if turn % 3 == 0:
                            path.unlink()
                        elif turn % 3 == 1:
                            os.truncate(path, 100)
                        else:
                            path.write_text(STRICT * (turn % 4000))

            disturbing = threading.Thread(target=disturb)
            disturbing.start()
            try:
                for _ in range(20):
                    cost = hostile.run("check", cwd=workspace.root)
                    self.assertIn(cost.status, (0, 1, 2), cost.err)
                    self.assertNotIn("Sanitizer", cost.err)
            finally:
                stop.set()
                disturbing.join()

    def test_memory_that_runs_out_is_said(self):
        """An address space too small for a file, or for anything: an error, never a crash without a word."""
        if hostile.sanitized():
            self.skipTest("a sanitizer reserves more than any limit")
        if EMULATED:
            self.skipTest("an emulator takes more than the limit itself")
        with Workspace({"big.yaml": "# x\n" * (10 * MEGABYTE)}) as workspace:
            def limited():
                resource.setrlimit(resource.RLIMIT_AS, (48 * MEGABYTE, 48 * MEGABYTE))

            cost = hostile.run("check", "--jobs", "1", cwd=workspace.root, preexec_fn=limited)
            self.assertEqual(cost.status, 2, cost.err)
            self.assertTrue(cost.err.strip())


class FixOnAFullOrClosedDisk(Bounded):
    FILES = {"workload.yaml": WORKLOAD,
             **{f"rule{i}.yaml": PLAINTEXT.replace("name: a", f"name: r{i}") for i in range(3)}}

    def assertUntouched(self, workspace, cost):
        self.assertEqual(cost.status, 2, cost.out + cost.err)
        self.assertIn("nothing is changed", cost.err)
        found = {p.name: p.read_text() for p in workspace.root.iterdir()}
        self.assertEqual(found, {"peer.yaml": STRICT, **self.FILES})

    def test_a_file_that_may_not_grow(self):
        """RLIMIT_FSIZE is met in the middle of a file, where a full disk would be."""
        with Workspace({"peer.yaml": STRICT, **self.FILES}) as workspace:
            def limited():
                resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

            self.assertUntouched(workspace, hostile.run("fix", cwd=workspace.root, preexec_fn=limited))

    def mounted(self, workspace, options, fill=0):
        """Runs `fix` where the folder is a file system of its own; None where that is not allowed here."""
        script = (f"mount -t tmpfs -o size=64k tmpfs {workspace.root} && cp {workspace.top}/copy/* {workspace.root}/ && "
                  f"cd {workspace.root} && {{ head -c {fill} /dev/zero > filler; true; }} 2>/dev/null; "
                  f"mount -o remount,{options} {workspace.root} && "
                  f"{SERVER} fix; status=$?; rm -f filler; mkdir {workspace.top}/after; cp {workspace.root}/* "
                  f"{workspace.top}/after/; ls -A {workspace.root} | wc -l > {workspace.top}/entries; exit $status")
        shutil.copytree(workspace.root, workspace.top / "copy")
        done = subprocess.run(["unshare", "--mount", "--map-root-user", "sh", "-c", script], capture_output=True, timeout=60)
        if not (workspace.top / "after").exists():
            self.skipTest(f"no file systems may be mounted here: {done.stderr.decode()}")
        return done

    def test_a_full_disk(self):
        self.check_mounted("size=64k", "No space left on device", fill=1 << 20)

    def test_a_read_only_disk(self):
        self.check_mounted("ro", "Read-only file system")

    def check_mounted(self, options, why, **more):
        with Workspace({"peer.yaml": STRICT, **self.FILES}) as workspace:
            done = self.mounted(workspace, options, **more)
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(why, done.stderr.decode())
            self.assertIn("nothing is changed", done.stderr.decode())
            after = {p.name: p.read_text() for p in (workspace.top / "after").iterdir()}
            self.assertEqual({k: v for k, v in after.items() if k != "filler"}, {"peer.yaml": STRICT, **self.FILES})


class OverTheProtocol(Bounded):
    def assertSmall(self, client, megabytes):
        if not hostile.sanitized():
            self.assertLess(hostile.resident_megabytes(client.process), megabytes)

    def test_hostile_files_hide_only_themselves(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            for name in hostile.SMALL:
                workspace.write(f"{name}.yaml", hostile.DOCUMENTS[name][0]())
            hostile.write_sparse(workspace.root / "line.yaml", GIGABYTE)
            os.mkfifo(workspace.root / "fifo.yaml")
            os.symlink("/dev/zero", workspace.root / "zero.yaml")
            os.symlink(".", workspace.root / "folder")
            client.initialize()
            client.wait_for_codes("peer.yaml", ["TIS0208"], PATIENCE * 3)
            for name in hostile.SMALL:
                with self.subTest(name):
                    [diagnostic] = client.wait_for_codes(f"{name}.yaml", ["MTLS0900"], PATIENCE * 3)
                    self.assertIn(hostile.DOCUMENTS[name][1], diagnostic["message"])
            [diagnostic] = client.wait_for_codes("line.yaml", ["MTLS0900"])
            self.assertIn("is larger than", diagnostic["message"])
            version = client.open("peer.yaml") or 1
            self.assertEqual([d["code"] for d in client.wait_for_version("peer.yaml", version)], ["TIS0208"])
            self.assertSmall(client, 300)
            self.assertEqual(client.shutdown(), 0)

    def test_hostile_buffers(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            for name in hostile.SMALL:
                make, said = hostile.DOCUMENTS[name]
                contents = make()
                if isinstance(contents, bytes):
                    continue  # no client can say it
                with self.subTest(name):
                    client.open(f"new/{name}.yaml", contents)
                    [diagnostic] = client.wait_for_codes(f"new/{name}.yaml", ["MTLS0900"], PATIENCE * 3)
                    self.assertIn(said, diagnostic["message"])
                    version = client.change(f"new/{name}.yaml", (0, 1, "\ud83d\ude00"))
                    client.wait_for_version(f"new/{name}.yaml", version)
                    client.close(f"new/{name}.yaml")
            self.assertEqual(client.shutdown(), 0)

    def test_a_body_that_never_comes_takes_no_memory(self):
        """Larger than the limit: skipped, not kept; the next message is understood."""
        size = 300 * MEGABYTE
        with Client() as client:
            client.initialize()
            client.send_bytes(b"Content-Length: %d\r\n\r\n" % size)
            chunk = b" " * MEGABYTE
            for _ in range(size // len(chunk)):
                client.send_bytes(chunk)
            self.assertIn("larger than the limit", client.nameless.get(timeout=PATIENCE * 3)["error"]["message"])
            self.assertEqual(client.shutdown(), 0)

    def test_a_body_of_tiny_values_is_refused(self):
        """Nearly as large as a message may be, of values that take many times their text once they are parsed."""
        for piece in (b"0,", b"[],", b'{"a":{}},'):
            with self.subTest(piece), Client() as client:
                client.initialize()
                head, tail = b'{"jsonrpc":"2.0","id":7,"method":"no/such","params":[', b"0]}"
                chunk = piece * (MEGABYTE // len(piece))
                client.send_bytes(b"Content-Length: %d\r\n\r\n" % (len(head) + 250 * len(chunk) + len(tail)))
                client.send_bytes(head)
                for _ in range(250):
                    client.send_bytes(chunk)
                client.send_bytes(tail)
                error = client.nameless.get(timeout=PATIENCE * 6)["error"]
                self.assertIn("more than 2000000 JSON values", error["message"])
                client.request("workspace/symbol", {"query": "x"})  # it goes on
                self.assertSmall(client, 700)
                if not hostile.sanitized():
                    self.assertLess(hostile.processor_seconds(client.process), 15)
                self.assertEqual(client.shutdown(), 0)

    def test_many_values_that_are_taken_cost_little_and_do_not_pile_up(self):
        """Below the limit each, one behind the other: what waits counts with what it takes, not with its text alone."""
        with Client() as client:
            client.initialize()
            for number in range(20):
                body = b'{"jsonrpc":"2.0","id":%d,"method":"no/such","params":[' % (1000 + number)
                client.send_bytes(Client.frame(body + b'{"a":{}},' * 300_000 + b"0]}"))
            client.wait(lambda: 1019 in client.answers, "the last answer", PATIENCE * 6)
            self.assertSmall(client, 600)
            self.assertEqual(client.shutdown(), 0)

    def test_headers_without_end_take_no_memory(self):
        with Client() as client:
            client.initialize()
            for _ in range(100):
                client.send_bytes(b"X-Header: y\r\n" * (MEGABYTE // 13))
            self.assertIn("without end", client.nameless.get(timeout=PATIENCE * 3)["error"]["message"])
            self.assertSmall(client, 60)
            self.assertEqual(client.shutdown(), 0)

    def test_a_flood_that_nobody_reads_the_answers_of(self):
        """The server stops reading instead of keeping everything, and goes on when it is read again. At 300 MB, which
        HOSTILE_FLOOD=3000 asks for and takes an optimised server, both its queues are full; less is kept whole."""
        count, size = int(os.environ.get("HOSTILE_FLOOD", "150")), 100_000

        def frame(body):
            return Client.frame(json.dumps({"jsonrpc": "2.0", **body}).encode())

        def identity(number):
            return f"{number:07}" + "x" * size  # comes back in the answer

        with Workspace(CONFLICT) as workspace:
            server = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL)

            def flood():
                server.stdin.write(frame({"id": 0, "method": "initialize", "params": {
                    "capabilities": {}, "rootUri": to_uri(workspace.root)}}))
                for number in range(count):
                    server.stdin.write(frame({"id": identity(number), "method": "no/such"}))
                server.stdin.flush()

            writing = threading.Thread(target=flood)
            writing.start()
            writing.join(3)
            if count >= 3000:
                self.assertTrue(writing.is_alive(), "the server has taken all of it")
            self.assertEqual(server.poll(), None)
            if not hostile.sanitized():
                self.assertLess(hostile.resident_megabytes(server), 300)
            client = Client(stream=(server.stdout, server.stdin))
            client.wait(lambda: identity(count - 1) in client.answers, "the last answer", PATIENCE * 6)
            self.assertEqual(len(client.answers), count + 1)
            client.wait_for_codes(str(workspace.root / "peer.yaml"), ["TIS0208"])
            if not hostile.sanitized():
                self.assertLess(hostile.resident_megabytes(server), 300)
            server.kill()
            server.wait()
            writing.join()
            client.thread.join()
            client.__exit__()

    def test_a_checkout_of_many_files(self):
        """Every file changes at once. HOSTILE_FILES says how many there are."""
        count = int(os.environ.get("HOSTILE_FILES", "300" if hostile.sanitized() else "100000"))
        names = [f"d{i % 100}/f{i}.yaml" for i in range(count)]
        with Workspace(within=hostile.folder_for_many_files()) as workspace, Client(workspace.root) as client:
            def write_all(shift):
                for i, name in enumerate(names):
                    with open(f"{workspace.root}/{name}", "w", encoding="utf-8") as file:
                        file.write(STRICT.replace("foo", f"n{i + shift}"))

            for i in range(100):
                (workspace.root / f"d{i}").mkdir()
            write_all(0)
            rule = PLAINTEXT.replace("foo", "n0")
            workspace.write("rule.yaml", rule)
            client.initialize()
            client.wait_for_codes("rule.yaml", ["TIS0208"], PATIENCE * 6)
            write_all(1)
            client.touched(*names)
            client.wait_for_codes("rule.yaml", [], PATIENCE * 6)
            workspace.write("rule.yaml", rule.replace("n0", f"n{count}"))
            client.touched("rule.yaml")
            client.wait_for_codes("rule.yaml", ["TIS0208"], PATIENCE * 6)
            self.assertSmall(client, 60 + count * 0.01)
            if not hostile.sanitized():
                self.assertLess(hostile.processor_seconds(client.process), 5 + count / 2500)
            self.assertEqual(client.shutdown(), 0)

    def test_files_that_change_while_they_are_indexed(self):
        with Workspace({f"{i}.yaml": STRICT.replace("foo", f"n{i}") * 200 for i in range(40)}) as workspace, \
                Client(workspace.root) as client:
            client.initialize()
            for turn in range(200):
                name = f"{turn % 40}.yaml"
                path = workspace.root / name
                if turn % 3 == 0:
                    path.unlink(missing_ok=True)
                elif turn % 3 == 1 and path.exists():
                    os.truncate(path, 50)
                else:
                    path.write_text(STRICT * (turn % 300))
                client.touched(name, kind=3 if turn % 3 == 0 else 2)
            for path in workspace.root.iterdir():
                path.unlink()
            for name, text in CONFLICT.items():
                workspace.write(name, text)
            client.touched(*[f"{i}.yaml" for i in range(40)], kind=3)
            client.touched(*CONFLICT, kind=1)
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            client.wait(lambda: not any(client.diagnostics(f"{i}.yaml") for i in range(40)), "nothing of files that went")
            self.assertEqual(client.shutdown(), 0)

    def test_uris_of_every_form(self):
        """Whatever a client names a document, it gets its diagnostics under the same name."""
        text = STRICT + "---\n" + PLAINTEXT
        uris = ["file:///c%3A/work/a.yaml", "file:///C:/work/a.yaml", "file://server/share/a.yaml", "file:///a%20b%23%25.yaml",
                "file:///%E2%82%AC%F0%9F%98%80.yaml", "file:///a b#c?d.yaml", "file:///100%.yaml", "file:///%00.yaml",
                "file:///%FF.yaml", "file:////double//slashes.yaml", "file:///../../above.yaml", "FILE:///x.yaml",
                "untitled:Untitled-1", "vscode-vfs://github/o/r/a.yaml", "git:/a.yaml?ref", "", "a.yaml", ":", "file:"]
        with Client() as client:
            client.initialize()
            for uri in uris:
                with self.subTest(uri):
                    client.notify("textDocument/didOpen", {"textDocument": {
                        "uri": uri, "languageId": "yaml", "version": 1, "text": text}})

                    def shown():
                        said = [p for ps in list(client.published.values()) for p in ps if p["uri"] == uri]
                        return [d["code"] for d in said[-1]["diagnostics"]] if said else None

                    client.wait(lambda: shown() == ["TIS0208"] * 2, lambda: f"its findings, not {shown()}")
                    answer = client.request("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
                    self.assertEqual({symbol["location"]["uri"] for symbol in answer}, {uri})
                    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
            self.assertEqual(client.shutdown(), 0)


if __name__ == "__main__":
    unittest.main()
