"""What only a server that runs can show: many objects, and what happens while they are read. See test_cluster.py.

    scripts/test-cluster BINARY
"""

import collections
import json
import os
import signal
import threading
import time
import unittest

import big_mesh
import measured
from worlds import MANIFESTS, PROGRAM, TOOLS, ClusterTest, environment_of

GROUPS = int(os.environ.get("CLUSTER_OBJECTS", "10000")) // 10
LAST_DISCOVERED = r"^/apis/security\.istio\.io/v1$"  # then lists are read


def kinds(items):
    return collections.Counter(item["kind"] for item in items)


@unittest.skipUnless(TOOLS, "needs a server: scripts/test-cluster")
class ManyObjects(ClusterTest):
    @staticmethod
    def prepare(server):
        started = time.monotonic()
        server.create(big_mesh.namespaces())
        server.create(one for i in range(GROUPS) for one in big_mesh.group(i))
        print(f"{GROUPS * 10} objects created in {time.monotonic() - started:.0f} s", flush=True)

    def measure(self, *arguments):
        environment = environment_of(self.world.folder, KUBECONFIG=str(self.world.folder / "admin.kubeconfig"))
        environment["PATH"] = f"{self.world.server.kubectl.parent}:{environment['PATH']}"
        return measured.run([PROGRAM, *arguments], cwd=MANIFESTS, env=environment)

    def test_all_are_read(self):
        code, out, err, figures = self.measure("snapshot", "--quiet")
        self.assertEqual((code, err), (0, ""))
        print(f"snapshot of {GROUPS * 10} objects: {figures}; a file of {len(out) / 1e6:.2f} MB", flush=True)
        self.assertLessEqual(len(out), 400 * GROUPS * 10, "4 MB for 10,000 objects")
        there = kinds(json.loads(out)["items"])
        wanted = {"Pod": GROUPS, "Service": 2 * GROUPS + 1, "PeerAuthentication": GROUPS, "DestinationRule": GROUPS,
                  "Namespace": big_mesh.NAMESPACES + 4}
        self.assertEqual({kind: there[kind] for kind in there}, wanted)

    def test_check_finds_all_that_breaks(self):
        code, out, err, figures = self.measure("check", "--cluster", "--format=json")
        self.assertEqual((code, err), (1, ""))
        print(f"check --cluster of {GROUPS * 10} objects: {figures}", flush=True)
        rules = {finding["at"]["name"] for finding in json.loads(out)["findings"]
                 if finding["code"] == "TIS0208" and finding["at"]["kind"] == "DestinationRule"}
        self.assertEqual(rules, {f"app-{i}" for i in range(0, GROUPS, 50)})

    def test_writes_between_pages_are_not_seen(self):
        server = self.world.server

        def write(_):
            server.run("create", "service", "clusterip", "a-new-one", "--namespace=ns-0", "--tcp=80")
            server.run("delete", "service", "app-0-admin", "--namespace=ns-0")

        before = self.snapshot(None)
        try:
            run = self.snapshot(None, pause=r"/services\?limit=500$", meanwhile=write)
            self.assertGreater(sum("/services?" in call["name"] for call in run.calls), 1)
            self.assertEqual(run.out, before.out)
            after = json.loads(self.snapshot(None).out)["items"]
            names = {item["metadata"]["name"] for item in after if item["kind"] == "Service"}
            self.assertIn("a-new-one", names)
            self.assertNotIn("app-0-admin", names)
        finally:
            server.run("delete", "service", "a-new-one", "--namespace=ns-0", "--ignore-not-found")
            path, body = [one for one in big_mesh.group(0) if one[1]["metadata"]["name"] == "app-0-admin"][0]
            server.create([(path, body)])

    def test_a_kubectl_that_is_killed_costs_its_kind_only(self):
        server = self.world.server.processes["kube-apiserver"]
        killed = []

        def kill_them(pid):
            until = time.monotonic() + 20
            while not killed and time.monotonic() < until:
                for child in measured.children(pid):
                    # the one in front, the one behind it
                    killed.extend([child, *measured.children(child)])
                time.sleep(0.05)
            for child in killed:
                os.kill(child, signal.SIGKILL)
            server.send_signal(signal.SIGCONT)

        def stop(process):
            server.send_signal(signal.SIGSTOP)

            def later():
                time.sleep(1)
                kill_them(process.pid)
            threading.Thread(target=later).start()

        run = self.run_program(None, "snapshot", "--quiet", pause=LAST_DISCOVERED, meanwhile=stop)
        self.assertEqual(run.code, 0)
        lines = run.err.splitlines()
        self.assertEqual(len(lines), 4, run.err)  # as many are asked for at once
        for line in lines:
            self.assertRegex(line, r"^istio-mtls-ls: warning: not read: .*: kubectl was ended by signal 9$")
        self.assertEqual(kinds(json.loads(run.out)["items"])["PeerAuthentication"], GROUPS)

    def test_what_does_not_answer_in_time_is_missing(self):
        server = self.world.server.processes["kube-apiserver"]

        def stop(_):
            server.send_signal(signal.SIGSTOP)
            threading.Timer(5, server.send_signal, [signal.SIGCONT]).start()

        run = self.run_program(None, "snapshot", "--quiet", "--timeout=3", pause=LAST_DISCOVERED, meanwhile=stop)
        self.assertEqual(run.code, 0, run.err)
        self.assertRegex(run.err, r"(?m)^istio-mtls-ls: warning: not read: .*: kubectl: no answer within 3 s$")
        self.assertGreaterEqual(len(run.err.splitlines()), 4)
        self.assertEqual(len(json.loads(run.out)["metadata"]["annotations"]["istio-mtls-ls/not-read"].splitlines()),
                         len(run.err.splitlines()))

    def test_a_server_that_never_answers_ends_it(self):
        server = self.world.server.processes["kube-apiserver"]
        server.send_signal(signal.SIGSTOP)
        try:
            started = time.monotonic()
            run = self.run_program(None, "snapshot", "--timeout=2")
        finally:
            server.send_signal(signal.SIGCONT)
        self.assertEqual((run.code, run.out), (2, ""))
        self.assertEqual(run.err, "istio-mtls-ls: error: kubectl: no answer within 2 s\n")
        self.assertLess(time.monotonic() - started, 30)


@unittest.skipUnless(TOOLS, "needs a server: scripts/test-cluster")
class TheServerGoes(ClusterTest):
    def test_while_it_is_read(self):
        def stop(_):
            server = self.world.server.processes["kube-apiserver"]
            server.kill()
            server.wait()

        run = self.run_program(None, "snapshot", pause=LAST_DISCOVERED, meanwhile=stop)
        self.assertEqual((run.code, run.out), (2, ""))
        self.assertRegex(run.err, r"\Aistio-mtls-ls: error: The connection to the server \S+ was refused.*\n\Z")


if __name__ == "__main__":
    unittest.main()
