"""--log, --log-level, and what a crash leaves behind."""

import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import unittest

from lsp_client import EMULATED, PATIENCE, SERVER, Client, RpcError, Workspace, to_uri
from manifests import CONFLICT

SECRET = "hunter2-c2VjcmV0"
SECRET_MANIFEST = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: s, namespace: foo}}
stringData: {{password: {SECRET}}}
"""


class WithLog(unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp(prefix="istio-mtls-log-")
        self.addCleanup(shutil.rmtree, folder)
        self.log = pathlib.Path(folder) / "server.log"

    def start(self, root=None, *arguments):
        client = Client(root, arguments=["--log", str(self.log), *arguments])
        self.addCleanup(client.__exit__)
        return client


class Logging(WithLog):
    def session(self, *arguments):
        """A session that touches a Secret in every way an editor can; returns its log."""
        with Workspace({**CONFLICT, "secret.yaml": SECRET_MANIFEST, "broken.yaml": f"apiVersion: v1\nkind: [{SECRET}\n"}) as workspace:
            client = self.start(workspace.root, *arguments)
            client.initialize(clientInfo={"name": "editor\nforged", "version": "7"})
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            client.open("secret.yaml")
            client.replace("secret.yaml", SECRET, f"[{SECRET}")       # broken while typing
            client.replace("secret.yaml", f"[{SECRET}", SECRET + "-2")
            client.code_actions("secret.yaml", span={"start": {"line": 0, "character": 0},
                                                     "end": {"line": 4, "character": 0}})
            for params in ({"textDocument": SECRET}, {"query": SECRET}):
                with self.assertRaises(RpcError):
                    client.request("textDocument/hover", params)
            with self.assertRaises(RpcError):
                client.request("no/such", {"text": SECRET})
            client.send_bytes(client.frame(b'{"text": "' + SECRET.encode()))
            client.notify("workspace/didChangeConfiguration", {"settings": {"istioMtls": {"x": SECRET}}})
            client.close("secret.yaml")
            self.assertEqual(client.shutdown(), 0)
            client.stderr_thread.join(PATIENCE)
            self.assertNotIn(SECRET, client.stderr.decode())
        return self.log.read_text()

    def test_what_happened_without_what_manifests_say(self):
        log = self.session()
        self.assertNotIn(SECRET, log)
        for line in log.splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \d+ (error|warning|info): ")
        for part in ("istio-mtls-ls 0.1.0, process ", "client editor\\x0aforged 7, process ", "info: folder ",
                     "4 manifests, 4 read and 0 gone in ", "method 'no/such' is not known here",
                     "warning: message refused: not valid JSON", "info: shutdown", "ended with exit status 0"):
            self.assertIn(part, log)

    def test_debug_names_every_message_and_still_no_contents(self):
        log = self.session("--log-level", "debug")
        self.assertNotIn(SECRET, log)
        self.assertRegex(log, r"debug: textDocument/didChange of file:///\S+/secret\.yaml: \d+\.\d\d ms, \d+ bytes")

    def test_error_is_silent_when_all_is_well(self):
        client = self.start(None, "--log-level=error")
        client.initialize()
        self.assertEqual(client.shutdown(), 0)
        self.assertEqual(self.log.read_text(), "")

    def test_sessions_share_a_file_that_only_its_owner_reads(self):
        for _ in range(2):
            client = self.start()
            client.initialize()
            self.assertEqual(client.shutdown(), 0)
        self.assertEqual(self.log.read_text().count("ended with exit status 0"), 2)
        self.assertEqual(stat.S_IMODE(self.log.stat().st_mode), 0o600)

    def test_a_client_that_goes_without_a_word(self):
        client = self.start()
        client.initialize()
        client.writer.close()
        self.assertEqual(client.process.wait(PATIENCE), 1)
        self.assertIn("warning: the client has gone without 'exit'", self.log.read_text())

    def test_files_that_are_too_large_or_locked(self):
        with Workspace(CONFLICT) as workspace:
            (workspace.root / "large.yaml").write_bytes(b"#\n")
            os.truncate(workspace.root / "large.yaml", 65 << 20)
            client = self.start(workspace.root)
            client.initialize()
            client.wait_for_codes("large.yaml", ["MTLS0900"])
            self.assertEqual(client.shutdown(), 0)
        self.assertRegex(self.log.read_text(), r"info: not read: \S+/large\.yaml: ")

    def test_a_file_that_is_too_large_is_told_though_the_settings_come_late(self):
        with Workspace(CONFLICT) as workspace:
            (workspace.root / "large.yaml").write_bytes(b"#\n")
            os.truncate(workspace.root / "large.yaml", 65 << 20)
            with Client(workspace.root, answer_requests=False) as client:
                client.initialize()
                client.wait_for_codes("large.yaml", ["MTLS0900"])

    def test_without_a_file_it_goes_to_standard_error(self):
        for arguments, expected in (([], False), (["--log-level", "info"], True)):
            with self.subTest(arguments), Client(arguments=arguments) as client:
                client.initialize()
                self.assertEqual(client.shutdown(), 0)
                client.stderr_thread.join(PATIENCE)
                self.assertEqual(b"ended with exit status 0" in client.stderr, expected)

    def test_nobody_who_reads_standard_error_is_no_reason_to_wait(self):
        server = subprocess.Popen([SERVER, "--log-level", "debug"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        client = Client(stream=(server.stdout, server.stdin))
        client.initialize()
        for _ in range(3000):
            client.notify("no/such", {})
        self.assertIsNone(client.request("shutdown", None))
        client.notify("exit", None)
        self.assertEqual(server.wait(PATIENCE), 0)
        client.__exit__()
        server.stderr.close()

    def test_a_log_that_cannot_be_written(self):
        os.mkfifo(self.log)  # nobody reads it
        for path in (self.log, self.log.parent, self.log.parent / "no" / "log"):
            done = subprocess.run([SERVER, "--log", str(path)], stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=PATIENCE)
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr.decode(), f"^istio-mtls-ls: error: {re.escape(str(path))}: can't write the log: ")

    def test_a_full_disk_is_told_once_and_stops_nobody(self):
        if not os.access("/dev/full", os.W_OK):
            self.skipTest("no /dev/full")
        with Client(arguments=["--log", "/dev/full", "--log-level", "debug"]) as client:
            client.initialize()
            self.assertEqual(client.shutdown(), 0)
            client.stderr_thread.join(PATIENCE)
            self.assertEqual(client.stderr.count(b"lines of the log are lost"), 1)


def sanitized():
    """Sanitizers report crashes themselves."""
    return b"__asan_init" in pathlib.Path(SERVER).read_bytes() or b"__tsan_init" in pathlib.Path(SERVER).read_bytes()


@unittest.skipIf(sanitized(), "a sanitizer reports crashes")
class Crashing(WithLog):
    def crash(self, number, root=None):
        client = self.start(root)
        client.initialize()
        time.sleep(0.1)
        client.process.send_signal(number)
        self.assertEqual(client.process.wait(PATIENCE), -number)  # as without a handler
        client.stderr_thread.join(PATIENCE)
        return self.log.read_text(), client.stderr.decode()

    def test_a_stack_trace_in_the_log_and_on_standard_error(self):
        for number, name in ((signal.SIGSEGV, "SIGSEGV"), (signal.SIGABRT, "SIGABRT"), (signal.SIGBUS, "SIGBUS"),
                             (signal.SIGFPE, "SIGFPE"), (signal.SIGILL, "SIGILL")):
            with self.subTest(name):
                for text in self.crash(number):
                    self.assertRegex(text, rf"istio-mtls-ls 0\.1\.0 crashed: {name} sent by process {os.getpid()}, "
                                           r"process \d+, thread \d+, build id [0-9a-f]{40}\n")
                    self.assertRegex(text, r"  #0 istio-mtls-ls\+0x[0-9a-f]+\n")
                    self.assertIn("end of the stack trace\n", text)
                self.log.unlink()

    def test_addr2line_resolves_the_trace(self):
        addr2line = os.environ.get("ADDR2LINE", "addr2line")
        if not shutil.which(addr2line):
            self.skipTest("no addr2line")
        log, _ = self.crash(signal.SIGSEGV)
        addresses = re.findall(r"#\d+ istio-mtls-ls\+(0x[0-9a-f]+)", log)
        names = subprocess.run([addr2line, "-Cfe", EMULATED or SERVER, *addresses], capture_output=True, text=True, check=True).stdout
        self.assertIn("lsp::run_engine", names)  # the main thread waits there
        self.assertRegex(names, r"\b(main|run_process)\b")  # an optimised main only jumps there

    def test_the_build_id_is_the_program_s(self):
        if not shutil.which("readelf"):
            self.skipTest("no readelf")
        log, _ = self.crash(signal.SIGSEGV)
        notes = subprocess.run(["readelf", "-n", EMULATED or SERVER], capture_output=True, text=True, check=True).stdout
        self.assertEqual(re.search(r"build id ([0-9a-f]+)", log)[1], re.search(r"Build ID: ([0-9a-f]+)", notes)[1])

    def test_no_contents(self):
        with Workspace({"secret.yaml": SECRET_MANIFEST}) as workspace:
            for text in self.crash(signal.SIGSEGV, workspace.root):
                self.assertNotIn(SECRET, text)


if __name__ == "__main__":
    unittest.main()
