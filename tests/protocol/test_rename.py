"""Renaming a namespace, a Service, a label or a subset in all files of its mesh, or not at all."""

import copy
import json
import os
import pathlib
import re
import subprocess
import unittest

from lsp_client import CAPABILITIES, SERVER, Client, RpcError, Workspace, to_uri, without

REQUEST_FAILED = -32803

SERVICE = """\
# of 😀
apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: payments}
spec:
  selector: {app: ledger}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ledger, namespace: payments}
spec:
  selector: {matchLabels: {app: ledger}}
  template: {metadata: {labels: {app: ledger}}}
"""
RULE = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: ledger, namespace: shop}
spec:
  host: ledger.payments.svc.cluster.local
  trafficPolicy: {tls: {mode: DISABLE}}
  subsets: [{name: v1, labels: {app: ledger}}]
"""
PEER = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: payments}
spec: {mtls: {mode: STRICT}}
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: shop}\ndata: {url: 'http://ledger.payments:80/ledger'}\n"
FILES = {"service.yaml": SERVICE, "shop/rule.yaml": RULE, "peer.yaml": PEER, "shop/config.yaml": CONFIG}

PREPARES = copy.deepcopy(CAPABILITIES)
PREPARES["textDocument"]["rename"] = {"prepareSupport": True}


class Rename(unittest.TestCase):
    def started(self, files=None, capabilities=PREPARES, **more):
        workspace = Workspace(files or FILES)
        self.addCleanup(workspace.__exit__)
        client = Client(workspace.root)
        self.addCleanup(client.__exit__)
        self.provider = client.initialize(capabilities, **more)["capabilities"]["renameProvider"]
        client.wait_until_indexed()
        return client

    def at(self, client, name, needle):
        path = client.path(name)
        if path not in client.texts:
            client.open(name)
        text = client.texts[path]
        return {"textDocument": {"uri": to_uri(path)}, "position": client.position(text, text.index(needle))}

    def rename(self, client, name, needle, new):
        """The texts of all files afterwards."""
        edit = client.request("textDocument/rename", {**self.at(client, name, needle), "newName": new})
        client.apply(edit)
        found = {}
        for path in pathlib.Path(client.root).rglob("*.yaml"):
            shown = os.path.relpath(path, client.root)
            found[shown] = client.texts.get(str(path)) or path.read_bytes().decode()
        return edit, found

    def refused(self, client, name, needle, new="other"):
        with self.assertRaises(RpcError) as raised:
            client.request("textDocument/rename", {**self.at(client, name, needle), "newName": new})
        self.assertEqual(raised.exception.code, REQUEST_FAILED)
        return str(raised.exception).split(": ", 1)[1]

    def test_a_new_file_that_was_closed_without_being_saved_is_no_reason_to_refuse(self):
        client = self.started()
        client.open("service.yaml")
        for i in range(5):
            client.open(f"new-{i}.yaml", PEER.replace("default", f"new-{i}"))
        for i in range(5):
            client.close(f"new-{i}.yaml")
        line = SERVICE.splitlines().index("metadata: {name: ledger, namespace: payments}")
        edit = client.request("textDocument/rename", {"textDocument": {"uri": to_uri(client.path("service.yaml"))},
                                                      "position": {"line": line, "character": 18}, "newName": "journal"})
        self.assertEqual({to_uri(client.path("service.yaml")), to_uri(client.path("shop/rule.yaml")), to_uri(client.path("shop/config.yaml"))},
                         {change["textDocument"]["uri"] for change in edit["documentChanges"]})

    def test_a_namespace(self):
        client = self.started()
        edit, files = self.rename(client, "peer.yaml", "payments", "money")
        self.assertEqual(files, {name: text.replace("payments", "money") for name, text in FILES.items()})
        [annotation] = edit["changeAnnotations"].values()
        self.assertEqual(annotation, {"label": "Rename namespace 'payments' to 'money'", "needsConfirmation": False})
        self.assertEqual({each["annotationId"] for part in edit["documentChanges"] for each in part["edits"]},
                         set(edit["changeAnnotations"]))
        # What was in conflict before is so afterwards.
        client.wait_for_codes("peer.yaml", ["TIS0208"])

    def test_a_service_from_its_rule(self):
        client = self.started()
        _, files = self.rename(client, "shop/rule.yaml", "ledger.payments", "book")
        self.assertEqual(files, {"service.yaml": SERVICE.replace("{name: ledger", "{name: book", 1),
                                 "shop/rule.yaml": RULE.replace("ledger.payments", "book.payments"),
                                 "peer.yaml": PEER, "shop/config.yaml": CONFIG.replace("ledger.payments", "book.payments")})

    def test_a_label_and_a_subset_in_a_client_without_annotations(self):
        client = self.started(capabilities=without(PREPARES, "workspace.workspaceEdit"))
        edit, files = self.rename(client, "service.yaml", "ledger}\n  ports", "book")
        self.assertEqual(set(edit), {"changes"})
        self.assertEqual(files["service.yaml"], SERVICE.replace("app: ledger", "app: book"))
        self.assertEqual(files["shop/rule.yaml"], RULE.replace("app: ledger", "app: book"))
        _, files = self.rename(client, "shop/rule.yaml", "v1, labels", "v2")
        self.assertIn("subsets: [{name: v2,", files["shop/rule.yaml"])

    def test_what_is_prepared(self):
        for encoding in ("utf-8", "utf-16"):
            capabilities = copy.deepcopy(PREPARES)
            capabilities["general"]["positionEncodings"] = [encoding]
            client = self.started({**FILES, "service.yaml": SERVICE.replace("{name: ledger", "{labels: {x: 😀é}, name: ledger").replace("\n", "\r\n")},
                                  capabilities)
            self.assertEqual(self.provider, {"prepareProvider": True})
            asked = self.at(client, "service.yaml", "payments")
            prepared = client.request("textDocument/prepareRename", asked)
            self.assertEqual(prepared["placeholder"], "payments")
            self.assertEqual(prepared["range"]["start"], asked["position"])
            self.assertIsNone(client.request("textDocument/prepareRename", self.at(client, "service.yaml", "kind")))
            _, files = self.rename(client, "service.yaml", "payments", "money")
            self.assertIn("name: ledger, namespace: money}\r\n", files["service.yaml"])
        client = self.started(capabilities=CAPABILITIES)
        self.assertIs(self.provider, True)

    def test_a_text_that_is_not_saved_counts(self):
        client = self.started()
        client.open("peer.yaml", "\n" + PEER)
        _, files = self.rename(client, "shop/rule.yaml", "payments", "money")
        self.assertEqual(files["peer.yaml"], "\n" + PEER.replace("payments", "money"))

    def test_refusals(self):
        kustomized = {**FILES, "prod/kustomization.yaml": "resources: [base.yaml]\nnamePrefix: a-\n",
                      "prod/base.yaml": PEER.replace("default", "late")}
        several = {**FILES, ".istio-mtls.yaml": "meshes:\n- {name: a, include: ['**']}\n- {name: b, include: ['peer.yaml']}\n"}
        for files, name, needle, new, problem in [
                (FILES, "peer.yaml", "kind", "x", "there is nothing here that can be renamed"),
                (FILES, "peer.yaml", "payments", "Not Valid", "not renamed: invalid name 'Not Valid': expected"),
                (FILES, "peer.yaml", "payments", "shop", "not renamed: shop/config.yaml: namespace 'shop' exists already"),
                ({**FILES, "broken.yaml": PEER + "---\napiVersion: [\n"}, "peer.yaml", "payments", "x",
                 "not renamed: broken.yaml: not valid YAML, so not all places are known"),
                (kustomized, "peer.yaml", "payments", "x", "not renamed: namespace 'payments' is also in what prod builds"),
                (kustomized, "prod/base.yaml", "payments", "x", "not renamed: what a build makes of the file is not all known"),
                (several, "service.yaml", "payments", "x", "not renamed: peer.yaml is part of mesh b, too"),
        ]:
            with self.subTest(problem=problem):
                client = self.started(files)
                self.assertTrue(self.refused(client, name, needle, new).startswith(problem),
                                self.refused(client, name, needle, new))

    def test_what_is_found_stays_the_same(self):
        fixtures = pathlib.Path(__file__).resolve().parent.parent.parent / "fixtures"
        cases = [{path.name: path.read_text()} for path in sorted((fixtures / "worked_cases").glob("*.yaml"))]
        mesh = fixtures / "sample-mesh"
        cases.append({str(path.relative_to(mesh)): path.read_text() for path in sorted(mesh.rglob("*.yaml"))})
        names = [r"namespace: (?!istio-)([a-z0-9-]+)", r"kind: Service\nmetadata:\s+\{?\s*name: ([a-z0-9-]+)", r"app: ([a-z0-9-]+)"]
        found = 0
        for files in cases:
            for pattern in names:
                name, match = next(((n, m) for n, text in files.items() if (m := re.search(pattern, text))), (None, None))
                if match is None:
                    continue
                with self.subTest(file=name, renamed=match.group(0)), Workspace(files) as workspace, Client(workspace.root) as client:
                    client.initialize()
                    client.wait_until_indexed()
                    before = self.codes(workspace.root)
                    client.open(name)
                    edit = client.request("textDocument/rename", {
                        "textDocument": {"uri": to_uri(client.path(name))}, "newName": "quite-new",
                        "position": client.position(client.texts[client.path(name)], match.start(1))})
                    for path in client.apply(edit):
                        if path in client.texts:
                            pathlib.Path(path).write_text(client.texts[path])
                    self.assertEqual(self.codes(workspace.root), before)
                    found += len(before)
        self.assertGreater(found, 20)

    @staticmethod
    def codes(root):
        done = subprocess.run([SERVER, "check", "--format", "json", str(root)], capture_output=True, text=True, check=False)
        return sorted(finding["code"] for finding in json.loads(done.stdout)["findings"])

    def test_a_name_that_stays_changes_nothing(self):
        client = self.started()
        self.assertIsNone(client.request("textDocument/rename", {**self.at(client, "peer.yaml", "payments"), "newName": "payments"}))


if __name__ == "__main__":
    unittest.main()
