"""Highlights, folds, links and selections: what a document is made of, also where it is broken."""

import copy
import unittest

from lsp_client import CAPABILITIES, Client, Workspace, to_uri

RULE = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: foo}
spec:
  host: web.foo.svc.cluster.local
  subsets:
    - name: v1
      labels: {app: web, version: v1}
"""
SERVICE = """\
# 😀 of foo
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: foo
spec:
  selector: {app: web}
"""


class Structure(unittest.TestCase):
    def started(self, files=None, capabilities=CAPABILITIES):
        workspace = Workspace(files or {})
        self.addCleanup(workspace.__exit__)
        client = Client(workspace.root)
        self.addCleanup(client.__exit__)
        answered = client.initialize(capabilities)["capabilities"]
        for provider in ("documentHighlight", "documentLink", "foldingRange", "selectionRange"):
            self.assertTrue(answered[provider + "Provider"])
        return client

    def ask(self, client, method, name, **more):
        return client.request(f"textDocument/{method}", {"textDocument": {"uri": to_uri(client.path(name))}, **more})

    def slices(self, text, ranges, client):
        lines = text.splitlines(keepends=True)
        found = []
        for place in ranges:
            start, end = place["start"], place["end"]
            self.assertEqual(start["line"], end["line"])
            line = lines[start["line"]].encode("utf-8" if client.encoding == "utf-8" else "utf-16-le")
            width = 1 if client.encoding == "utf-8" else 2
            found.append((start["line"] + 1, line[start["character"] * width:end["character"] * width].decode(
                "utf-8" if width == 1 else "utf-16-le")))
        return found

    def highlights(self, client, text, needle):
        client.open("new.yaml", text)
        found = self.ask(client, "documentHighlight", "new.yaml", position=client.position(text, text.index(needle)))
        client.close("new.yaml")
        return found and [(*place, each["kind"]) for place, each in zip(
            self.slices(text, [each["range"] for each in found], client), found)]

    def test_highlights(self):
        client = self.started()
        text = RULE + "---\n" + SERVICE
        for newlines in ("\n", "\r\n"):
            written = text.replace("\n", newlines)
            self.assertEqual(self.highlights(client, written, "web.foo"), [(5, "web", 2), (14, "web", 3)])
            self.assertEqual(self.highlights(client, written, "foo.svc"), [(3, "foo", 2), (5, "foo", 2), (15, "foo", 2)])
        self.assertEqual(self.highlights(client, text, "web, version"), [(8, "web", 2), (17, "web", 2)])
        self.assertEqual(self.highlights(client, text, "v1\n      labels"), [(7, "v1", 3)])
        self.assertIsNone(self.highlights(client, text, "kind: Service"))
        self.assertEqual(self.highlights(client, "a: [\n---\n" + RULE, "web.foo"), [(7, "web", 2)])

    def test_highlights_where_names_share_a_line_with_what_is_not_ascii(self):
        client = self.started()
        text = RULE.replace("{name: web,", "{labels: {x: '😀é'}, name: web,")
        self.assertEqual(self.highlights(client, text, "foo.svc"), [(3, "foo", 2), (5, "foo", 2)])

    def test_folds(self):
        client = self.started()
        client.open("new.yaml", RULE + "---\n" + SERVICE)
        folds = self.ask(client, "foldingRange", "new.yaml")
        self.assertEqual([(fold["startLine"] + 1, fold["endLine"] + 1) for fold in folds],
                         [(1, 8), (4, 8), (6, 8), (7, 8), (9, 17), (13, 15), (16, 17)])
        limited = copy.deepcopy(CAPABILITIES)
        limited["textDocument"]["foldingRange"] = {"rangeLimit": 2}
        client = self.started(capabilities=limited)
        client.open("new.yaml", "# a\n# b\nkind: X\napiVersion: x/v1\nspec:\n  a: [\n  b:\n    c: 1\n")
        self.assertEqual(self.ask(client, "foldingRange", "new.yaml"),
                         [{"startLine": 0, "endLine": 1, "kind": "comment"}, {"startLine": 4, "endLine": 7}])
        client.open("other.yaml", "services:\n  web:\n    image: x\n")
        self.assertIsNone(self.ask(client, "foldingRange", "other.yaml"))

    def test_selections(self):
        client = self.started()
        client.open("rule.yaml", RULE)
        positions = [client.position(RULE, RULE.index("v1}")), client.position(RULE, len(RULE))]
        inner, last = self.ask(client, "selectionRange", "rule.yaml", positions=positions)
        starts = []
        while inner:
            starts.append((inner["range"]["start"]["line"] + 1, inner["range"]["start"]["character"]))
            inner = inner.get("parent")
        self.assertEqual(starts, [(8, 34), (8, 25), (8, 14), (8, 6), (7, 6), (7, 4), (6, 2), (5, 2), (4, 0), (1, 0), (1, 0)])
        self.assertEqual(last["range"]["start"], {"line": 0, "character": 0})
        for encoding, end in [("utf-16", 6), ("utf-8", 7)]:
            capabilities = copy.deepcopy(CAPABILITIES)
            capabilities["general"]["positionEncodings"] = [encoding]
            client = self.started(capabilities=capabilities)
            client.open("broken.yaml", "a: [\n  é: x\n")
            [broken] = self.ask(client, "selectionRange", "broken.yaml", positions=[{"line": 1, "character": 2}])
            self.assertEqual(broken["range"], {"start": {"line": 1, "character": 2}, "end": {"line": 1, "character": end}})

    def test_links(self):
        kustomization = "resources:\n- ../base\n- rule.yaml\n- missing.yaml\n- https://example.com/x.yaml\npatches:\n- path: patch.yaml\n"
        files = {"base/kustomization.yaml": "resources: []\n", "prod/kustomization.yaml": kustomization,
                 "prod/rule.yaml": RULE, "prod/patch.yaml": "{}\n"}
        client = self.started(files)
        client.open("prod/kustomization.yaml")
        found = self.ask(client, "documentLink", "prod/kustomization.yaml")
        self.assertEqual([each["target"] for each in found],
                         [to_uri(client.path(name)) for name in
                          ("base/kustomization.yaml", "prod/rule.yaml", "prod/patch.yaml")])
        self.assertEqual(self.slices(kustomization, [each["range"] for each in found], client),
                         [(2, "../base"), (3, "rule.yaml"), (7, "patch.yaml")])
        text = RULE.replace("spec:", "spec: # istio-mtls: ignore TIS0208 -- later")
        client.open("prod/rule.yaml", text)
        [link] = self.ask(client, "documentLink", "prod/rule.yaml")
        self.assertEqual(self.slices(text, [link["range"]], client), [(4, "TIS0208")])
        self.assertTrue(link["target"].startswith("https://"))


if __name__ == "__main__":
    unittest.main()
