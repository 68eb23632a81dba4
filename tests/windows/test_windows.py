"""What is Windows' own: drives, shares, '\\', line ends, names and arguments that are not ASCII, and how the program ends."""

import json
import os
import pathlib
import subprocess
import sys
import time
import unittest
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "protocol"))

import stand_ins  # noqa: E402
from lsp_client import DRIVE, PATIENCE, SERVER, Client, Workspace, to_uri  # noqa: E402
from manifests import PLAINTEXT, STRICT, WORKLOAD  # noqa: E402

WINE = "/usr/lib/wine/wine64"
KUBECTL = pathlib.Path(__file__).resolve().parent.parent / "cluster" / "stand-in"


def run(*arguments, cwd=None, stdin=b""):
    """The program with arguments as they are."""
    return subprocess.run([WINE, os.environ["ISTIO_MTLS_EXE"], *arguments], cwd=cwd, input=stdin, capture_output=True, timeout=PATIENCE,
                          check=False, env={**os.environ, "LC_ALL": "C.UTF-8", "WINEDEBUG": "-all"})


def on_drive(path):
    return "Z:" + str(path).replace("/", "\\")


def files(report):
    if not report.stdout:
        return []
    return sorted({finding["at"]["file"] for finding in json.loads(report.stdout)["findings"]})


class Paths(unittest.TestCase):
    def test_a_folder_however_it_is_written(self):
        with Workspace({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}) as workspace:
            root = str(workspace.root)
            for written in (on_drive(root), on_drive(root) + "\\", "z:" + root, "Z:" + root, "\\\\?\\" + on_drive(root), root.replace("/", "\\"),
                            "/z:" + root):
                with self.subTest(written):
                    done = run("check", "--format", "json", written, cwd=workspace.top)
                    self.assertEqual(done.returncode, 1, done.stderr)
                    self.assertEqual(files(done), ["mesh/peer.yaml", "mesh/rule.yaml"])

    def test_a_relative_path(self):
        with Workspace({"a/peer.yaml": STRICT, "a/rule.yaml": PLAINTEXT}) as workspace:
            for written in ("a", ".\\a", "a\\.", "..\\mesh\\a"):
                with self.subTest(written):
                    done = run("check", "--format", "json", written, cwd=workspace.root)
                    self.assertEqual(files(done), ["a/peer.yaml", "a/rule.yaml"], done.stderr)

    def test_the_value_of_an_option(self):
        with Workspace({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}) as workspace:
            target = workspace.top / "report.txt"
            for option in (["--output=" + on_drive(target)], ["-o", on_drive(target)], ["-o", "..\\report.txt"]):
                with self.subTest(option):
                    done = run("check", *option, cwd=workspace.root)
                    self.assertEqual((done.returncode, done.stderr), (1, b""))
                    self.assertIn(b"TIS0208", target.read_bytes())
                    target.unlink()

    def test_names_that_are_not_ascii(self):
        names = {"прямо.yaml": STRICT, "日本/ä 😀.yaml": PLAINTEXT}
        with Workspace(names, name="Größe 漢字") as workspace:
            for written in (".", on_drive(workspace.root)):
                with self.subTest(written):
                    done = run("check", "--format", "json", written, cwd=workspace.root)
                    self.assertEqual(files(done), ["прямо.yaml", "日本/ä 😀.yaml"], done.stderr)
            done = run("check", "нет.yaml", cwd=workspace.root)
            self.assertEqual(done.returncode, 2)
            self.assertIn("нет.yaml", done.stderr.decode())

    def test_a_path_of_more_than_260_characters(self):
        deep = "/".join(["a" * 60] * 8)
        with Workspace({f"{deep}/peer.yaml": STRICT, f"{deep}/rule.yaml": PLAINTEXT}) as workspace:
            done = run("check", "--format", "json", ".", cwd=workspace.root)
            self.assertEqual(files(done), [f"{deep}/peer.yaml", f"{deep}/rule.yaml"], done.stderr)
            self.assertEqual(run("fix", ".", cwd=workspace.root).returncode, 0)

    def test_another_drive(self):
        with Workspace({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}) as workspace:
            windows = pathlib.Path(os.environ["WINEPREFIX"]) / "drive_c" / "windows"
            done = run("check", "--format", "json", on_drive(workspace.root), cwd=windows)
            self.assertEqual(files(done), [f"/z:{workspace.root}/peer.yaml", f"/z:{workspace.root}/rule.yaml"], done.stderr)


class Reading(unittest.TestCase):
    def test_threads_that_read_files_do_not_wait_for_ever(self):
        """With std::atomic's own wait (workspace/platform/atomic_wait.h) every eighth of such runs did not end."""
        with Workspace({"a.yaml": STRICT, "b.yaml": PLAINTEXT, "c.yaml": WORKLOAD}) as workspace:
            for _ in range(40):
                self.assertEqual(run("check", "a.yaml", "b.yaml", "c.yaml", cwd=workspace.root).returncode, 1)


class Fixing(unittest.TestCase):
    def test_line_ends_and_other_bytes_stay(self):
        crlf = ("\ufeff" + PLAINTEXT + "# Größe\n").replace("\n", "\r\n").encode()
        with Workspace({"peer.yaml": STRICT.replace("\n", "\r\n"), "rule.yaml": crlf, "workload.yaml": WORKLOAD}) as workspace:
            done = run("fix", ".", cwd=workspace.root)
            self.assertEqual(done.returncode, 0, done.stderr)
            text = (workspace.root / "rule.yaml").read_bytes()
            self.assertNotEqual(text, crlf)
            self.assertTrue(text.startswith("\ufeff".encode()))
            self.assertTrue(text.endswith("# Größe\r\n".encode()))
            self.assertEqual(text.count(b"\n"), text.count(b"\r\n"))
            self.assertEqual((workspace.root / "peer.yaml").read_bytes(), STRICT.replace("\n", "\r\n").encode())
            self.assertEqual(sorted(os.listdir(workspace.root)), ["peer.yaml", "rule.yaml", "workload.yaml"])

    def test_output_ends_its_lines_as_everywhere(self):
        with Workspace({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT, "workload.yaml": WORKLOAD}) as workspace:
            self.assertNotIn(b"\r", run("check", cwd=workspace.root).stdout)

    def test_whoever_reads_sees_a_whole_file(self):
        padding = "# " + "x" * 78 + "\n"
        with Workspace({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT + padding * 20_000, "workload.yaml": WORKLOAD}) as workspace:
            path = workspace.root / "rule.yaml"
            sizes, before = set(), path.stat().st_size
            program = subprocess.Popen([WINE, os.environ["ISTIO_MTLS_EXE"], "fix"], cwd=workspace.root, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            while program.poll() is None:
                sizes.add(len(path.read_bytes()))
            sizes.add(len(path.read_bytes()))
            self.assertEqual(program.returncode, 0)
            self.assertIn(before, sizes)
            self.assertLessEqual(len(sizes), 2)

    def test_a_read_only_file_is_left_alone(self):
        with Workspace({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT, "workload.yaml": WORKLOAD}) as workspace:
            path = workspace.root / "rule.yaml"
            path.chmod(0o444)
            done = run("fix", ".", cwd=workspace.root)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"is read-only", done.stderr)
            self.assertEqual(path.read_text(), PLAINTEXT)
            self.assertEqual(sorted(os.listdir(workspace.root)), ["peer.yaml", "rule.yaml", "workload.yaml"])


class Session(unittest.TestCase):
    def test_however_an_editor_writes_a_drive(self):
        with Workspace({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}) as workspace:
            for root in (f"file:///Z:{workspace.root}", f"file:///z%3A{workspace.root}", f"file:///Z%3A{workspace.root}"):
                with self.subTest(root), Client() as client:
                    client.initialize(rootUri=root, workspaceFolders=[{"uri": root, "name": "mesh"}])
                    client.wait(lambda c=client: c.codes(str(workspace.root / "rule.yaml")) == ["TIS0208"], "the finding")
                    told = [p["uri"] for m, p in client.notified if m == "textDocument/publishDiagnostics"]
                    self.assertTrue(all(uri.startswith("file:///z%3A/") for uri in told), told)

    def test_the_older_root_path(self):
        with Workspace({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}) as workspace, Client() as client:
            client.request("initialize", {"processId": None, "rootPath": on_drive(workspace.root), "capabilities": {}})
            client.notify("initialized", {})
            client.wait(lambda: client.codes(str(workspace.root / "rule.yaml")) == ["TIS0208"], "the finding")

    def test_a_file_of_a_share(self):
        uri = "file://server/share/mesh/all.yaml"
        with Client() as client:
            client.initialize()
            client.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1,
                                                                    "text": STRICT + "---\n" + PLAINTEXT}})
            client.wait(lambda: any(p.get("uri") == uri and "TIS0208" in [d.get("code") for d in p["diagnostics"]]
                                    for published in client.published.values() for p in published), "the finding")

    def test_exit_ends_it_at_once_while_somebody_holds_its_input(self):
        with Workspace({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.wait_for_codes("rule.yaml", ["TIS0208"])
            client.request("shutdown", None)
            begin = time.monotonic()
            client.notify("exit", None)
            self.assertEqual(client.process.wait(PATIENCE), 0)
            self.assertLess(time.monotonic() - begin, 2)

    def test_it_ends_with_its_input(self):
        with Client() as client:
            client.initialize()
            client.writer.close()
            self.assertEqual(client.process.wait(PATIENCE), 1)

    def test_nobody_reads_what_is_written(self):
        """It is known once something is written: that a pipe has no reader any more is told in no other way."""
        with subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
            server.stdout.close()
            server.stdin.write(Client.frame(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                "processId": None, "rootUri": None, "capabilities": {}}}).encode()))
            server.stdin.flush()
            self.assertEqual(server.wait(PATIENCE), 1)

    def test_a_log_in_utf_8(self):
        with Workspace({"peer.yaml": STRICT}, name="Größe 漢字") as workspace:
            log = workspace.top / "журнал.log"
            with Client(workspace.root, [f"--log={log}", "--log-level=debug"]) as client:
                client.initialize()
                client.open("peer.yaml")
                client.wait_for_codes("peer.yaml", [])
                client.shutdown()
            text = log.read_text(encoding="utf-8")
            self.assertIn("ended with exit status 0", text)
            self.assertIn(to_uri(workspace.root / "peer.yaml"), text)
            self.assertTrue(DRIVE and SERVER)


class Programs(unittest.TestCase):
    def test_they_end_with_a_server_that_is_killed(self):
        answers = {"$contexts": ["prod"], "$always": {"$sleep": 60}}
        with Workspace({"rule.yaml": PLAINTEXT}) as workspace:
            (workspace.top / "answers.json").write_text(json.dumps(answers))
            environment = {"PATH": f"{KUBECTL}:{os.environ['PATH']}", "KUBECTL_ANSWERS": str(workspace.top / "answers.json")}
            with unittest.mock.patch.dict(os.environ, environment), Client(workspace.root) as client:
                client.initialize(initializationOptions={"cluster": "prod"})
                client.open("rule.yaml")
                client.wait(lambda: stand_ins.running("kubectl") > 0, "kubectl")
                client.process.kill()
                deadline = time.monotonic() + 10
                while stand_ins.running("kubectl") and time.monotonic() < deadline:
                    time.sleep(0.05)
                self.assertEqual(stand_ins.running("kubectl"), 0)


class NamedPipes(unittest.TestCase):
    def session(self, how, argument):
        name = f"istio-mtls-{os.getpid()}-{how}"
        client = str(pathlib.Path(os.environ["ISTIO_MTLS_EXE"]).parent.parent / "pipe_client.exe")
        # The server first where it has to wait: the editor's end asks for it again and again.
        with Workspace({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}) as workspace, \
             subprocess.Popen([WINE, client, how, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as editor:
            if how == "listen":
                time.sleep(1)  # until it is there
            with subprocess.Popen([WINE, os.environ["ISTIO_MTLS_EXE"], f"--pipe={argument.format(name)}"], stderr=subprocess.PIPE) as server, \
                 Client(workspace.root, stream=(editor.stdout, editor.stdin)) as client:
                client.initialize()
                client.wait_for_codes("rule.yaml", ["TIS0208"])
                client.request("shutdown", None)
                client.notify("exit", None)
                self.assertEqual(server.wait(PATIENCE), 0)
                self.assertEqual(editor.wait(PATIENCE), 0)
                return server.stderr.read().decode()

    def test_an_editor_that_waits(self):
        self.assertEqual(self.session("listen", "\\\\.\\pipe\\{}"), "")

    def test_an_editor_that_comes_later(self):
        self.assertIn("listening on", self.session("connect", "{}"))


if __name__ == "__main__":
    unittest.main()
