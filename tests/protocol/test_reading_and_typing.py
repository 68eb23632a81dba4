"""Hover, inlay hints, code lenses and completion: what the server tells while someone reads or types."""

import json
import unittest

from lsp_client import CAPABILITIES, Client, Workspace, to_uri
from manifests import CONFLICT, PLAINTEXT, STRICT


def with_capabilities(**more):
    copy = json.loads(json.dumps(CAPABILITIES))
    for path, value in more.items():
        *parents, last = path.split("__")
        at = copy
        for parent in parents:
            at = at.setdefault(parent, {})
        at[last] = value
    return copy


MARKDOWN = with_capabilities(textDocument__hover={"contentFormat": ["markdown"]})
REFRESH = with_capabilities(workspace__inlayHint={"refreshSupport": True}, workspace__codeLens={"refreshSupport": True})
COMMANDS = with_capabilities(experimental={"istioMtls": {"commands": True}})


class Session(unittest.TestCase):
    def start(self, files, capabilities=CAPABILITIES):
        workspace = Workspace(files)
        client = Client(workspace.root)
        self.addCleanup(workspace.__exit__)
        self.addCleanup(client.__exit__)
        self.capabilities = client.initialize(capabilities)["capabilities"]
        for name in files:
            client.open(name)
        client.wait_until_indexed()
        return client

    @staticmethod
    def at(client, name, needle, behind=0):
        text = client.texts[client.path(name)]
        return {"textDocument": {"uri": to_uri(client.path(name))},
                "position": client.position(text, text.index(needle) + behind)}

    @staticmethod
    def hints(client, name):
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 1000, "character": 0}}
        hints = client.request("textDocument/inlayHint", {
            "textDocument": {"uri": to_uri(client.path(name))}, "range": everything})
        return ["".join(part["value"] for part in hint["label"]) for hint in hints]


class Hover(Session):
    def test_the_other_end_is_linked(self):
        client = self.start(CONFLICT, MARKDOWN)
        hover = client.request("textDocument/hover", self.at(client, "peer.yaml", "STRICT", 2))
        self.assertEqual(hover["contents"]["kind"], "markdown")
        self.assertIn(f"[foo/a]({to_uri(client.path('rule.yaml'))}#L10,13)", hover["contents"]["value"])
        self.assertEqual(hover["range"]["start"], {"line": 7, "character": 10})

    def test_plain_text_for_those_that_want_it(self):
        client = self.start(CONFLICT)
        hover = client.request("textDocument/hover", self.at(client, "rule.yaml", "DISABLE"))
        self.assertEqual(hover["contents"]["kind"], "plaintext")
        self.assertIn("servers in STRICT by foo/default at peer.yaml:8: calls fail", hover["contents"]["value"])

    def test_it_follows_edits_of_the_other_file(self):
        client = self.start(CONFLICT)
        client.replace("peer.yaml", "STRICT", "PERMISSIVE")
        hover = client.request("textDocument/hover", self.at(client, "rule.yaml", "DISABLE"))
        self.assertIn("No conflict", hover["contents"]["value"])

    def test_nothing_in_files_that_are_none_of_ours(self):
        client = self.start({**CONFLICT, "values.yaml": "mode: STRICT\n"})
        self.assertIsNone(client.request("textDocument/hover", self.at(client, "values.yaml", "STRICT")))


class HintsAndLenses(Session):
    def test_hints_and_when_to_ask_again(self):
        client = self.start(CONFLICT, REFRESH)
        self.assertTrue(self.capabilities["inlayHintProvider"])
        self.assertEqual(self.hints(client, "peer.yaml"), ["✗ plaintext from rule a"])
        before = sum(method == "workspace/inlayHint/refresh" for method, _ in client.links)
        client.replace("rule.yaml", "DISABLE", "ISTIO_MUTUAL")
        client.wait(lambda: sum(m == "workspace/inlayHint/refresh" for m, _ in client.links) > before, "a refresh")
        self.assertEqual(self.hints(client, "peer.yaml"), ["clients: mTLS ✓"])
        self.assertEqual(self.hints(client, "rule.yaml"), ["servers: STRICT ✓"])

    def test_lenses_without_a_command_are_titles(self):
        client = self.start(CONFLICT)
        lens, conflict = client.request("textDocument/codeLens", {"textDocument": {"uri": to_uri(client.path("rule.yaml"))}})
        self.assertEqual(lens["command"], {"title": "for services that accept STRICT", "command": ""})
        self.assertEqual(conflict["command"], {"title": "1 conflict", "command": ""})

    def test_lenses_with_a_command_lead_to_the_other_end(self):
        client = self.start(CONFLICT, COMMANDS)
        _, lens, graph = client.request("textDocument/codeLens", {"textDocument": {"uri": to_uri(client.path("peer.yaml"))}})
        self.assertEqual(client.request("codeLens/resolve", graph)["command"]["command"], "istioMtls.showGraph")
        command = client.request("codeLens/resolve", lens)["command"]
        self.assertEqual(command["command"], "istioMtls.showRelated")
        _, _, [location] = command["arguments"]
        self.assertEqual(location["uri"], to_uri(client.path("rule.yaml")))


class Completion(Session):
    def complete(self, client, name, needle, behind=0):
        return client.request("textDocument/completion", self.at(client, name, needle, behind))["items"]

    def test_a_mode_while_it_is_typed(self):
        client = self.start(CONFLICT)
        client.replace("peer.yaml", "STRICT", "P")
        items = self.complete(client, "peer.yaml", "mode: P", 7)
        self.assertEqual([item["label"] for item in items], ["STRICT", "PERMISSIVE", "DISABLE", "UNSET"])
        self.assertEqual(items[0]["detail"], "1 conflict")
        permissive = items[1]["textEdit"]
        client.apply({"changes": {to_uri(client.path("peer.yaml")): [permissive]}})
        self.assertIn("    mode: PERMISSIVE\n", client.texts[client.path("peer.yaml")])

    def test_a_host_in_a_document_that_is_no_yaml_yet(self):
        service = "apiVersion: v1\nkind: Service\nmetadata: {name: checkout, namespace: foo}\n"
        client = self.start({"service.yaml": service, "rule.yaml": PLAINTEXT, "peer.yaml": STRICT})
        client.replace("rule.yaml", "a.foo.svc.cluster.local", "ch")
        client.replace("rule.yaml", "DISABLE", "[")
        self.assertEqual([item["label"] for item in self.complete(client, "rule.yaml", "host: ch", 8)],
                         ["checkout", "checkout.foo.svc.cluster.local"])


if __name__ == "__main__":
    unittest.main()
