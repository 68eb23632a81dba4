"""Definitions, references and symbols, over the real binary."""

import copy
import os
import unittest

from lsp_client import CAPABILITIES, Client, Workspace, to_path, to_uri
from manifests import PLAINTEXT, STRICT

FILES = {
    "peer.yaml": STRICT,
    "rule.yaml": PLAINTEXT,
    "apps/a.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: foo\n---\n"
                   "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: foo}\n"
                   "spec: {selector: {app: é😀}, ports: [{port: 80}]}\n---\n"
                   "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a-v1, namespace: foo}\n"
                   "spec: {template: {metadata: {labels: {app: é😀}}}}\n",
}


class Navigation(unittest.TestCase):
    def started(self, client, capabilities=CAPABILITIES):
        result = client.initialize(capabilities)["capabilities"]
        for provider in ("definition", "references", "documentSymbol", "workspaceSymbol"):
            self.assertTrue(result[provider + "Provider"])
        for name in FILES:
            client.open(name)
        client.wait_for_codes("peer.yaml", ["TIS0208"])

    def ask(self, client, method, name, text, **more):
        position = client.position(FILES[name], FILES[name].index(text) + 1)
        return client.request(f"textDocument/{method}", {
            "textDocument": {"uri": to_uri(client.path(name))}, "position": position, **more})

    def places(self, client, locations):
        return [(os.path.relpath(to_path(place["uri"]), client.root), place["range"]["start"]["line"] + 1)
                for place in locations]

    def references(self, client, name, text, declaration=False):
        return self.places(client, self.ask(client, "references", name, text,
                                            context={"includeDeclaration": declaration}))

    def test_definitions_and_references(self):
        with Workspace(FILES) as workspace, Client(workspace.root) as client:
            self.started(client)
            for name, text, expected in [("rule.yaml", "a.foo.svc", [("apps/a.yaml", 8)]),
                                         ("apps/a.yaml", "app: é", [("apps/a.yaml", 13)]),
                                         ("peer.yaml", "foo", [("apps/a.yaml", 4)]),
                                         ("peer.yaml", "apiVersion", [])]:
                with self.subTest(text=text):
                    self.assertEqual(self.places(client, self.ask(client, "definition", name, text)), expected)
            everything = [("apps/a.yaml", 13), ("peer.yaml", 8), ("rule.yaml", 7)]
            self.assertEqual(self.references(client, "apps/a.yaml", "a, namespace"), everything)
            self.assertEqual(self.references(client, "apps/a.yaml", "a, namespace", declaration=True),
                             [("apps/a.yaml", 8), *everything])
            self.assertEqual(self.references(client, "rule.yaml", "a.foo.svc"), [("peer.yaml", 8), ("rule.yaml", 7)])
            self.assertEqual(self.references(client, "apps/a.yaml", "a-v1"), [("apps/a.yaml", 8)])
            self.assertEqual(self.references(client, "peer.yaml", "STRICT"),
                             [("apps/a.yaml", 8), ("apps/a.yaml", 13), ("rule.yaml", 10)])

    def test_links_where_the_client_has_them(self):
        capabilities = copy.deepcopy(CAPABILITIES)
        capabilities["textDocument"]["definition"] = {"linkSupport": True}
        with Workspace(FILES) as workspace, Client(workspace.root) as client:
            self.started(client, capabilities)
            [link] = self.ask(client, "definition", "rule.yaml", "a.foo.svc")
            self.assertEqual(link["targetUri"], to_uri(client.path("apps/a.yaml")))
            self.assertEqual(link["originSelectionRange"]["start"], {"line": 6, "character": 8})
            self.assertEqual(link["targetSelectionRange"]["start"], {"line": 7, "character": 17})

    def test_symbols(self):
        capabilities = copy.deepcopy(CAPABILITIES)
        capabilities["textDocument"]["documentSymbol"] = {"hierarchicalDocumentSymbolSupport": True}
        with Workspace(FILES) as workspace, Client(workspace.root) as client:
            self.started(client, capabilities)
            [policy] = client.request("textDocument/documentSymbol", {
                "textDocument": {"uri": to_uri(client.path("peer.yaml"))}})
            self.assertEqual(policy["name"], "PeerAuthentication foo/default")
            self.assertEqual([(c["name"], c["detail"]) for c in policy["children"]], [("mtls", "STRICT")])
            found = client.request("workspace/symbol", {"query": "foo/a"})
            self.assertEqual([s["name"] for s in found][:3],
                             ["DestinationRule foo/a", "Service foo/a", "Deployment foo/a-v1"])
            self.assertEqual(self.places(client, [s["location"] for s in found[:3]]),
                             [("rule.yaml", 4), ("apps/a.yaml", 8), ("apps/a.yaml", 13)])
            self.assertEqual(client.request("workspace/symbol", {"query": "no such thing"}), [])
        with Workspace(FILES) as workspace, Client(workspace.root) as client:
            self.started(client)
            listed = client.request("textDocument/documentSymbol", {
                "textDocument": {"uri": to_uri(client.path("peer.yaml"))}})
            self.assertEqual([(s["name"], s.get("containerName")) for s in listed],
                             [("PeerAuthentication foo/default", None),
                              ("mtls: STRICT", "PeerAuthentication foo/default")])

    def test_symbols_at_once_on_opening(self):
        files = {f"d{i % 50}/f{i}.yaml": STRICT.replace("foo", f"n{i}") for i in range(4000)}
        with Workspace({**FILES, **files}) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("rule.yaml")
            listed = client.request("textDocument/documentSymbol", {
                "textDocument": {"uri": to_uri(client.path("rule.yaml"))}})
            self.assertFalse(client.is_indexed())
            early = [(s["name"], s["location"]["range"]) for s in listed]
            self.assertEqual(early[0][0], "DestinationRule foo/a")
            client.wait_until_indexed()
            listed = client.request("textDocument/documentSymbol", {
                "textDocument": {"uri": to_uri(client.path("rule.yaml"))}})
            self.assertEqual(early, [(s["name"], s["location"]["range"]) for s in listed])


if __name__ == "__main__":
    unittest.main()
