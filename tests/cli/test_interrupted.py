"""`fix` that a signal ends while it writes: all files or none, and no temporary file stays."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

SERVER = os.environ["ISTIO_MTLS_LS"]
PATIENCE = 60
COUNT = 400

CONFLICT = """\
apiVersion: v1
kind: Service
metadata: {{name: a, namespace: n{0}}}
spec: {{selector: {{app: a}}, ports: [{{port: 80}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: a, namespace: n{0}, labels: {{app: a}}}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: default, namespace: n{0}}}
spec: {{mtls: {{mode: STRICT}}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: a, namespace: n{0}}}
spec: {{host: a.n{0}.svc.cluster.local, trafficPolicy: {{tls: {{mode: DISABLE}}}}}}
"""


class Interrupted(unittest.TestCase):
    def setUp(self):
        # A disk: writing there takes time.
        folder = tempfile.TemporaryDirectory(prefix="istio-mtls-fix-", dir=os.environ.get("TMPDIR", "/var/tmp"))
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for number in range(COUNT):
            (self.folder / f"{number}.yaml").write_text(CONFLICT.format(number))

    def temporary_files(self):
        return [name for name in os.listdir(self.folder) if not name.endswith(".yaml")]

    def fixed(self):
        texts = [path.read_text() for path in sorted(self.folder.glob("*.yaml"), key=lambda path: int(path.stem))]
        for number, text in enumerate(texts):
            self.assertEqual(text.replace("ISTIO_MUTUAL", "DISABLE"), CONFLICT.format(number))
        return sum("ISTIO_MUTUAL" in text for text in texts)

    def end_by(self, number, ignored=False):
        """Ends it while it writes; its exit status and what it said, or None: it was done already."""
        before = (lambda: signal.signal(number, signal.SIG_IGN)) if ignored else None
        with subprocess.Popen([SERVER, "fix"], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              preexec_fn=before) as run:
            deadline = time.monotonic() + PATIENCE
            while run.poll() is None and not self.temporary_files() and time.monotonic() < deadline:
                time.sleep(0.001)
            run.send_signal(number)
            _, err = run.communicate(timeout=PATIENCE)
        return run.returncode, err.decode()

    def test_nothing_is_changed_and_nothing_stays(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                status, err = self.end_by(number)
                self.assertEqual(status, -number, err)
                self.assertIn("error: interrupted\n", err)
                self.assertIn("error: nothing is changed\n", err)
                self.assertEqual((self.temporary_files(), self.fixed()), ([], 0))

    def test_a_signal_that_is_ignored_stays_so(self):
        status, err = self.end_by(signal.SIGHUP, ignored=True)
        self.assertEqual((status, self.temporary_files(), self.fixed()), (0, [], COUNT), err)

    def test_what_a_kill_leaves_the_next_run_removes(self):
        status, _ = self.end_by(signal.SIGKILL)
        self.assertEqual(status, -signal.SIGKILL)
        left = len(self.temporary_files())
        self.assertGreater(left, 0)
        self.assertEqual(self.fixed(), 0)
        for options in (["--dry-run"], []):
            run = subprocess.run([SERVER, "fix", *options], cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(run.returncode, 0, run.stderr)
            said = re.findall(r"removed (\d+) temporary files? that a run left that was killed\n", run.stderr)
            self.assertEqual(said, [] if options else [str(left)])
        self.assertEqual((self.temporary_files(), self.fixed()), ([], COUNT))


if __name__ == "__main__":
    unittest.main()
