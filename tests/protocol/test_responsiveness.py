"""What costs with the workspace never holds edits up, can be cancelled, shows its progress, and is right all the same."""

import json
import subprocess
import unittest

from lsp_client import SERVER, Client, RpcError, Workspace, to_uri
from manifests import PLAINTEXT, STRICT

REQUEST_CANCELLED = -32800
LONG_REQUESTS = (("istioMtls/graph", {}), ("istioMtls/effective", {}), ("workspace/symbol", {"query": "default"}))
ATTEMPTS = 5  # the server may have answered before it even reads the edit
NAMESPACES = 1100  # two manifests each: settings are worked out beside the engine from 2,000 on

MESH_CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: istio
  namespace: istio-system
data:
  mesh: |
    enableAutoMtls: true
"""


def many_manifests():
    files = {"foo/peer.yaml": STRICT, "foo/rule.yaml": PLAINTEXT, "mesh.yaml": MESH_CONFIG}
    for i in range(NAMESPACES):
        files[f"n{i:04}/peer.yaml"] = STRICT.replace("foo", f"n{i:04}")
        files[f"n{i:04}/rule.yaml"] = PLAINTEXT.replace("foo", f"n{i:04}").replace("DISABLE", "ISTIO_MUTUAL")
    return files


class LargeWorkspace(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = many_manifests()
        cls.workspace = Workspace(cls.files)
        cls.addClassCleanup(cls.workspace.__exit__)

    def start(self):
        client = Client(self.workspace.root)
        self.addCleanup(client.__exit__)
        client.initialize()
        client.wait_until_indexed()
        client.open("foo/peer.yaml")
        client.wait_for_codes("foo/peer.yaml", ["TIS0208"])
        return client

    @staticmethod
    def flip(client):
        path = client.path("foo/peer.yaml")
        old, new = ("STRICT", "PERMISSIVE") if "STRICT" in client.texts[path] else ("PERMISSIVE", "STRICT")
        return client.replace("foo/peer.yaml", old, new)

    def interrupted(self, client, method, params):
        """The request's id; an edit that came right behind it has been answered, and the request is to begin again."""
        for _ in range(ATTEMPTS):
            with client.one_write():
                key = client.start_request(method, params)
                version = self.flip(client)
            client.wait_for_version("foo/peer.yaml", version)
            if key not in client.answers:
                return key
            client.finish_request(key)
        return self.fail(f"{method} was answered before the edit behind it, {ATTEMPTS} times")


class LongRequests(LargeWorkspace):
    def test_an_edit_is_answered_before_a_request_that_came_earlier(self):
        client = self.start()
        for method, params in LONG_REQUESTS:
            with self.subTest(method):
                client.finish_request(self.interrupted(client, method, params))

    def test_an_answer_that_was_interrupted_is_that_of_the_new_state(self):
        client = self.start()
        for method, params in LONG_REQUESTS:
            with self.subTest(method):
                answer = client.finish_request(self.interrupted(client, method, params))
                self.assertEqual(answer, client.request(method, params))
        [mesh] = client.request("istioMtls/graph", {})["meshes"]
        modes = {service["host"]: service["modes"] for service in mesh["services"] if service["namespace"] == "foo"}
        strict = "STRICT" in client.texts[client.path("foo/peer.yaml")]
        self.assertIn(["STRICT" if strict else "PERMISSIVE"], modes.values())

    def test_they_can_be_cancelled(self):
        client = self.start()
        for method, params in LONG_REQUESTS:
            with self.subTest(method):
                key = self.interrupted(client, method, params)
                client.notify("$/cancelRequest", {"id": key})
                with self.assertRaises(RpcError) as cancelled:
                    client.finish_request(key)
                self.assertEqual(cancelled.exception.code, REQUEST_CANCELLED)
        self.assertTrue(client.request("workspace/symbol", {"query": "default"}))

    def test_progress_of_the_clients_token_begins_and_ends(self):
        client = self.start()
        for number, (method, params) in enumerate(LONG_REQUESTS):
            with self.subTest(method):
                client.request(method, {**params, "workDoneToken": number})
                kinds = [p["value"]["kind"] for m, p in client.notified if m == "$/progress" and p["token"] == number]
                self.assertEqual((kinds[0], kinds[-1]), ("begin", "end"))

    def test_progress_of_the_servers_own_can_cancel(self):
        client = self.start()
        key = self.interrupted(client, "istioMtls/graph", {})

        def begun():
            return [p for m, p in client.notified if m == "$/progress" and p["value"].get("cancellable")]
        client.wait(lambda: begun() or key in client.answers, "progress, or the answer")
        if key in client.answers:
            self.skipTest("the machine is faster than progress is shown")
        client.notify("window/workDoneProgress/cancel", {"token": begun()[0]["token"]})
        try:
            client.finish_request(key)
        except RpcError as cancelled:
            self.assertEqual(cancelled.code, REQUEST_CANCELLED)

    def test_effective_equals_what_the_command_line_prints(self):
        client = self.start()
        answer = client.request("istioMtls/effective", {})
        printed = subprocess.run([SERVER, "effective", "--format", "json"], cwd=self.workspace.root, capture_output=True,
                                 check=True).stdout

        def without_editor_places(value):
            if isinstance(value, dict):
                return {k: without_editor_places(v) for k, v in value.items() if k not in ("uri", "lspRange")}
            return [without_editor_places(v) for v in value] if isinstance(value, list) else value
        self.assertEqual(without_editor_places(answer), json.loads(printed))


class Settings(LargeWorkspace):
    def shown(self, client):
        return {path: [(d["code"], d["message"], d["range"]["start"]) for d in shown[-1]["diagnostics"]]
                for path, shown in list(client.published.items()) if shown[-1]["diagnostics"]}

    def expect_what_a_fresh_server_shows(self, client, open_files):
        fresh = Client(self.workspace.root)
        self.addCleanup(fresh.__exit__)
        fresh.initialize()
        for name in open_files:
            fresh.open(name, client.texts[client.path(name)])
        fresh.wait_until_indexed()
        fresh.wait(lambda: self.shown(fresh) == self.shown(client),
                   lambda: f"the same diagnostics: {len(self.shown(fresh))} and {len(self.shown(client))} files")

    def test_edits_are_answered_while_other_settings_are_worked_out(self):
        client = self.start()
        client.open("mesh.yaml")
        client.replace("mesh.yaml", "enableAutoMtls: true", "enableAutoMtls: false")
        client.replace("foo/peer.yaml", "STRICT", "PERMISSIVE")
        version = client.replace("foo/peer.yaml", "PERMISSIVE", "STRICT")
        client.wait_for_version("foo/peer.yaml", version)
        self.expect_what_a_fresh_server_shows(client, ["foo/peer.yaml", "mesh.yaml"])

    def test_settings_that_change_again_and_again(self):
        client = self.start()
        client.open("mesh.yaml")
        for _ in range(3):
            client.replace("mesh.yaml", "enableAutoMtls: true", "enableAutoMtls: false")
            self.flip(client)
            client.replace("mesh.yaml", "enableAutoMtls: false", "enableAutoMtls: true")
        client.replace("mesh.yaml", "enableAutoMtls: true", "enableAutoMtls: false")
        self.expect_what_a_fresh_server_shows(client, ["foo/peer.yaml", "mesh.yaml"])

    def test_own_diagnostics_of_the_configuration_file_come_first(self):
        client = self.start()
        client.open(".istio-mtls.yaml", "rootNamespace: foo\n")
        version = client.change(".istio-mtls.yaml", "rootNamespaces: foo\n")
        self.assertTrue(client.wait_for_version(".istio-mtls.yaml", version))
        client.change(".istio-mtls.yaml", "rootNamespace: foo\n")
        self.expect_what_a_fresh_server_shows(client, [".istio-mtls.yaml", "foo/peer.yaml"])


if __name__ == "__main__":
    unittest.main()
