"""Writing policy by hand: keys, values and templates in half-typed text, and what a hover says of keys, whatever the mesh."""

import copy
import json
import re
import time
import unittest

from lsp_client import CAPABILITIES, PATIENCE, Client, Workspace, apply_text_edits, to_uri, without

PEER = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: foo\n"
RULE = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a, namespace: foo}\nspec:\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: bar}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n"
FILES = {"peer.yaml": PEER + "spec:\n  mtls:\n    mode: STRICT\n", "service.yaml": SERVICE}


def with_completion(**item):
    capabilities = copy.deepcopy(CAPABILITIES)
    capabilities["textDocument"]["completion"] = {"completionItem": item}
    return capabilities


SNIPPETS = with_completion(snippetSupport=True, documentationFormat=["markdown"], insertTextModeSupport={"valueSet": [1, 2]})
MARKDOWN = copy.deepcopy(SNIPPETS)
MARKDOWN["textDocument"]["hover"] = {"contentFormat": ["markdown", "plaintext"]}


class Writing(unittest.TestCase):
    def started(self, capabilities=SNIPPETS, files=None, **more):
        workspace = Workspace(FILES if files is None else files)
        self.addCleanup(workspace.__exit__)
        client = Client(workspace.root)
        self.addCleanup(client.__exit__)
        client.initialize(capabilities, **more)
        client.wait_until_indexed()
        return client

    def ask(self, client, method, text, name="new.yaml"):
        """At the `|` in the text."""
        offset = text.index("|")
        text = text.replace("|", "", 1)
        if client.path(name) in client.texts:
            client.close(name)
        client.open(name, text)
        return client.request(f"textDocument/{method}", {
            "textDocument": {"uri": to_uri(client.path(name))}, "position": client.position(text, offset)})

    def items(self, client, text, name="new.yaml"):
        return self.ask(client, "completion", text, name)["items"]

    def labels(self, client, text, name="new.yaml"):
        return [item["label"] for item in self.items(client, text, name)]

    def keys(self, client, text, name="new.yaml"):
        return [item["label"] for item in self.items(client, text, name) if item["kind"] == 10]

    def chosen(self, client, text, label, name="new.yaml"):
        """The item, and the text that it makes."""
        [item] = [item for item in self.items(client, text, name) if item["label"] == label]
        return item, apply_text_edits(text.replace("|", "", 1), [item["textEdit"]], client.encoding)

    # ---- keys

    def test_keys_with_a_tab_stop(self):
        client = self.started()
        utf16 = copy.deepcopy(SNIPPETS)
        utf16["general"]["positionEncodings"] = ["utf-16"]
        text = PEER + "spec: {'😀é': 1, se|"
        self.assertEqual(self.chosen(self.started(utf16), text, "selector")[1], text.replace("se|", "selector: {$0}"))
        item, text = self.chosen(client, PEER + "spec:\n  s|", "selector")
        self.assertEqual(text, PEER + "spec:\n  selector:\n    $0")
        self.assertEqual((item["insertTextFormat"], item["insertTextMode"]), (2, 1))
        self.assertEqual(item["detail"], "object")
        self.assertEqual(item["documentation"]["kind"], "markdown")
        self.assertRegex(item["documentation"]["value"],
                         r"^The selector determines .*\[Istio reference\]\(https://istio.io/.*#PeerAuthentication-selector\)$")
        item, text = self.chosen(client, RULE + "  |", "host")
        self.assertEqual(text, RULE + "  host: ")
        self.assertNotIn("insertTextFormat", item)
        self.assertEqual(item["detail"], "string, required")
        _, text = self.chosen(client, RULE + "  host: web\n  |", "subsets")
        self.assertEqual(text, RULE + "  host: web\n  subsets:\n    - $0")

    def test_keys_in_plain_text(self):
        client = self.started(CAPABILITIES)
        item, text = self.chosen(client, PEER + "spec:\n  s|", "selector")
        self.assertEqual(text, PEER + "spec:\n  selector:\n    ")
        self.assertNotIn("insertTextFormat", item)
        self.assertRegex(item["documentation"], r"^The selector determines [^`]*\nhttps://istio.io/\S*$")
        _, text = self.chosen(client, (RULE + "  host: web\n  |").replace("\n", "\r\n"), "subsets")
        self.assertEqual(text, (RULE + "  host: web\n  subsets:\n    - ").replace("\n", "\r\n"))

    def test_lines_are_indented_as_the_editor_does(self):
        rule = RULE + "  subsets:\n    - |"
        for modes, indented in [({"insertTextModeSupport": {"valueSet": [2]}}, "\n    $0"), ({}, "\n    $0"),
                                ({"insertTextModeSupport": {"valueSet": [1]}}, "\n        $0")]:
            with self.subTest(modes=modes):
                client = self.started(with_completion(snippetSupport=True, **modes))
                item, _ = self.chosen(client, rule, "labels")
                self.assertEqual(item["textEdit"]["newText"], "labels:" + indented)

    def test_a_completion_that_knows_no_lines_gets_none(self):
        # The built-in completion of Neovim up to 0.10 would write a NUL for each line's end.
        client = self.started(CAPABILITIES, clientInfo={"name": "Neovim", "version": "0.7.2"})
        for text in ["|", PEER + "spec:\n  |", RULE + "  |"]:
            for item in self.items(client, text):
                self.assertNotIn("\n", item["textEdit"]["newText"])
        self.assertEqual(self.chosen(client, PEER + "spec:\n  s|", "selector")[1], PEER + "spec:\n  selector:")

    def test_what_is_written_already_is_not_offered(self):
        client = self.started()
        self.assertEqual(self.keys(client, PEER + "spec:\n  |\n  mtls: {mode: STRICT}\n"), ["portLevelMtls", "selector"])
        self.assertEqual(self.keys(client, PEER + "|"), ["spec"])
        self.assertEqual(self.keys(client, "kind: Sidecar\nmet|"), ["apiVersion", "metadata", "spec"])
        self.assertEqual(self.keys(client, RULE + "  |"), ["host", "exportTo", "subsets", "trafficPolicy", "workloadSelector"])

    def test_a_key_that_is_written_over_keeps_its_value(self):
        client = self.started()
        self.assertEqual(self.chosen(client, PEER + "spec:\n  ml|ts: {mode: STRICT}\n", "mtls")[1],
                         PEER + "spec:\n  mtls: {mode: STRICT}\n")

    def test_broken_text_tabs_and_flow_style(self):
        client = self.started()
        self.assertEqual(self.keys(client, PEER + "spec:\n  mtls: {mode: [\n  |"), [])
        self.assertEqual(self.keys(client, PEER + "x: [\nspec: {|"), [])
        self.assertEqual(self.keys(client, PEER + "spec: {😀: 1, |"), ["mtls", "portLevelMtls", "selector"])
        self.assertEqual(self.chosen(client, PEER + "spec: {'😀': 1, se|", "selector")[1], PEER + "spec: {'😀': 1, selector: {$0}")
        self.assertIn("mtls", self.keys(client, PEER + 'metadata: "\nspec:\n  |'))
        self.ask(client, "completion", PEER + "spec:\n\t|\tmtls:\n")
        text = '{"apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication", "spec": {|}}'
        self.assertEqual(self.chosen(client, text, "mtls", "new.json")[1],
                         text.replace("|", '"mtls": {$0}'))
        self.assertEqual(self.labels(client, "|", "new.json")[:1], ["apiVersion"])

    def test_other_kinds_and_files_are_left_alone(self):
        client = self.started()
        for text in ["apiVersion: apps/v1\nkind: Deployment\nspec:\n  |", "services:\n  web: {}\n|", "on: push\njobs: {|}\n",
                     SERVICE + "|", "# only a comment |"]:
            with self.subTest(text=text):
                self.assertEqual(self.items(client, text), [])
        self.assertEqual(self.items(client, "|", "kustomization.yaml"), [])

    def test_typed_letter_by_letter_each_key_is_offered(self):
        client = self.started()
        typed = PEER + "spec:\n  selector:\n    matchLabels:\n      app: web\n  mtls:\n    mode: STRICT\n---\n" + RULE.replace(
            "{name: a, namespace: foo}", "\n  name: a") + "  host: web\n  subsets:\n  - name: v1\n    trafficPolicy:\n      tls:\n"
        for ends in ("\n", "\r\n"):
            text = typed.replace("\n", ends)
            client.open("new.yaml", "")
            asked = 0
            for offset, letter in enumerate(text):
                client.change("new.yaml", (offset, offset, letter))
                line = text[:offset + 1].split("\n")[-1]
                word = line.lstrip(" -")
                key = (word + text[offset + 1:].split("\n")[0]).split(":")[0]
                if not word.isalpha() or not key.isalpha() or key == "app":
                    continue
                answer = client.request("textDocument/completion", {
                    "textDocument": {"uri": to_uri(client.path("new.yaml"))}, "position": client.position(text, offset + 1)})
                self.assertIn(key, [item["label"] for item in answer["items"]], text[:offset + 1])
                asked += 1
            self.assertGreater(asked, 100)
            client.close("new.yaml")

    # ---- values

    def test_values_behind_what_the_mesh_knows(self):
        client = self.started()
        simple = RULE + "  trafficPolicy:\n    loadBalancer:\n      simple: |\n"
        items = self.items(client, simple)
        self.assertEqual([item["label"] for item in items][-1], "LEAST_CONN")
        self.assertEqual(items[-1]["documentation"]["value"].split(".")[0], "Deprecated")
        self.assertEqual(self.chosen(client, simple, "RANDOM")[1], simple.replace("|", "RANDOM"))
        modes = self.items(client, PEER + "spec:\n  mtls:\n    mode: |")
        self.assertEqual([item["label"] for item in modes], ["STRICT", "PERMISSIVE", "DISABLE", "UNSET"])
        self.assertIn("Servers accept mTLS only", modes[0]["documentation"])
        self.assertEqual(self.labels(client, "kind: |\napiVersion: security.istio.io/v1\n"),
                         ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"])
        self.assertEqual(self.labels(client, "apiVersion:|\nkind: Sidecar\n")[0], "networking.istio.io/v1")
        self.assertEqual(self.chosen(client, "apiVersion:|\nkind: Sidecar\n", "networking.istio.io/v1")[1],
                         "apiVersion: networking.istio.io/v1\nkind: Sidecar\n")
        self.assertEqual(self.labels(client, RULE + "  host: |")[:1], ["*.foo.svc.cluster.local"])

    # ---- our own configuration

    def test_the_configuration_file(self):
        client = self.started()
        name = ".istio-mtls.yaml"
        self.assertEqual(self.keys(client, "rootNamespace: a\n|", name)[:2], ["enableAutoMtls", "clusterDomain"])
        self.assertEqual(self.labels(client, "severity:\n  TIS0208: |", name)[0], "off")
        item, text = self.chosen(client, "meshes:\n  - name: a\n    |", "include", name)
        self.assertEqual(text, "meshes:\n  - name: a\n    include:\n      - $0")
        self.assertIn("Globs of the files", item["documentation"]["value"])
        self.assertIn("the whole mesh", self.ask(client, "hover", "root|Namespace: a\n", name)["contents"]["value"])
        self.assertEqual([label for label in self.labels(client, "|", name) if ":" in label],
                         [".istio-mtls.yaml: one mesh", ".istio-mtls.yaml: several meshes"])

    # ---- templates

    def offered(self, client, text, label, expected, *name):
        """The item, once what it writes holds that: a file that defines again what others define may be in another mesh for a moment."""
        end = time.monotonic() + PATIENCE
        while True:
            item, written = self.chosen(client, text, label, *name)
            if expected in written or time.monotonic() > end:
                self.assertIn(expected, written)
                return item
            time.sleep(0.05)

    def test_templates_in_an_empty_document(self):
        client = self.started()
        expected = ["PeerAuthentication: mesh", "PeerAuthentication: namespace", "PeerAuthentication: workload",
                    "PeerAuthentication: port", "DestinationRule: service", "DestinationRule: namespace",
                    "DestinationRule: subsets", "AuthorizationPolicy: principal"]
        for text in ["|", "Peer|", PEER + "---\n|", "# of foo\n|\n---\n" + PEER]:
            with self.subTest(text=text):
                self.assertEqual([label for label in self.labels(client, text) if ":" in label], expected)
        for text in ["kind: Sidecar\n|", "  |", "a: |"]:
            with self.subTest(text=text):
                self.assertEqual([label for label in self.labels(client, text) if ":" in label], [])
        item = self.offered(client, "|", "PeerAuthentication: namespace", "  namespace: ${1|bar,foo|}\n")
        self.assertEqual(item["insertTextFormat"], 2)
        # That of the other documents of the file, or that a folder is named for, first.
        self.offered(client, PEER + "---\n|", "PeerAuthentication: namespace", "${1|foo,bar|}")
        self.offered(client, "|", "PeerAuthentication: namespace", "${1|foo,bar|}", "foo/tls/new.yaml")
        self.offered(client, "|", "DestinationRule: service", "${3:web.bar.svc.cluster.local}")
        self.assertIn("```yaml\napiVersion: security.istio.io/v1\n", item["documentation"]["value"])

    def test_templates_in_plain_text_are_policy(self):
        files = {**FILES, ".istio-mtls.yaml": "rootNamespace: mesh-root\n"}
        client = self.started(CAPABILITIES, files)
        for label in [label for label in self.labels(client, "|") if ":" in label]:
            with self.subTest(label=label):
                item, text = self.chosen(client, PEER + "spec: {mtls: {mode: STRICT}}\n---\n|", label)
                self.assertNotIn("insertTextFormat", item)
                self.assertNotRegex(text, r"[$}]\d|\$")
                if label.endswith(": mesh"):
                    self.assertIn("namespace: mesh-root", text)
                client.close("new.yaml")
                client.open("made.yaml", text)
                codes = {d["code"] for d in client.wait_for_version("made.yaml", 1)}
                client.close("made.yaml")
                self.assertEqual({code for code in codes if code in ("MTLS0001", "MTLS0004", "MTLS0010", "MTLS0900")}, set())

    # ---- hover

    def test_hover_on_keys(self):
        client = self.started(MARKDOWN)
        found = self.ask(client, "hover", RULE + "  trafficPolicy:\n    connection|Pool: {}\n")
        self.assertEqual(found["range"], {"start": {"line": 5, "character": 4}, "end": {"line": 5, "character": 18}})
        self.assertRegex(found["contents"]["value"], r"^`connectionPool`: object\n\nSettings .* \[Istio reference\]\(https://istio.io/\S*\)$")
        found = self.ask(client, "hover", RULE + "  trafficPolicy: {loadBalancer: {simple: RAN|DOM}}\n")
        self.assertTrue(found["contents"]["value"].startswith("`simple: RANDOM`\n\nThe random load balancer"))
        self.assertIn("`PeerAuthentication`", self.ask(client, "hover", "kind: Peer|Authentication\n")["contents"]["value"])
        self.assertIsNone(self.ask(client, "hover", "kind: Dep|loyment\n"))
        self.assertIsNone(self.ask(client, "hover", PEER + "spec:\n  # mt|ls\n"))

    def test_hover_on_a_mode_says_first_what_it_means_here(self):
        client = self.started(MARKDOWN)
        text = PEER.replace("foo", "bar") + "spec:\n  mtls:\n    mo|de: STRICT\n"
        first, *_, last = self.ask(client, "hover", text)["contents"]["value"].split("\n\n")
        self.assertIn("servers accept mTLS only", first)
        self.assertRegex(last, r"^`mode`: Defines the mTLS mode .*\[Istio reference\]")

    def test_hover_in_plain_text(self):
        client = self.started(CAPABILITIES)
        found = self.ask(client, "hover", "\ufeff# 😀\r\n" + (RULE + "  export|To: ['.']\n").replace("\n", "\r\n"))
        self.assertEqual(found["contents"]["kind"], "plaintext")
        self.assertRegex(found["contents"]["value"], r"^exportTo: list of string\n\n[^`\\]*\nhttps://istio.io/\S*$")
        self.assertEqual(found["range"]["start"], {"line": 5, "character": 2})

    # ---- beside yaml-language-server

    def test_the_setting_leaves_only_what_the_mesh_knows(self):
        modeline = "# yaml-language-server: $schema=https://example.com/x.json\n"
        spec = PEER + "spec:\n  |"
        for setting, text, given in [(None, spec, True), ("auto", spec, True), (True, modeline + spec, True),
                                     (False, spec, False), ("auto", modeline + spec, False)]:
            with self.subTest(setting=setting, text=text):
                client = self.started(MARKDOWN, initializationOptions={"schemaHelp": setting})
                self.assertEqual(self.keys(client, text) != [], given)
                self.assertEqual(self.labels(client, text.replace("spec:\n  |", "spec: {mtls: {mode: |}}")),
                                 ["STRICT", "PERMISSIVE", "DISABLE", "UNSET"])
                hovered = self.ask(client, "hover", text.replace("spec:\n  |", "spec: {mt|ls: {mode: STRICT}}"))
                self.assertEqual("Istio reference" in json.dumps(hovered), given)

    def test_the_setting_counts_at_once(self):
        client = self.started(without(CAPABILITIES, "workspace.configuration"))
        self.assertNotEqual(self.labels(client, "|"), [])
        client.notify("workspace/didChangeConfiguration", {"settings": {"istioMtls": {"schemaHelp": False}}})
        self.assertEqual(self.labels(client, "|"), [])

    def test_descriptions_are_those_of_the_reference(self):
        # Nothing of Markdown gets into plain text, and no sentence ends in the middle of a name.
        client = self.started(CAPABILITIES)
        for kind, group in [("Sidecar", "networking"), ("Gateway", "networking"), ("ServiceEntry", "networking"),
                            ("DestinationRule", "networking"), ("AuthorizationPolicy", "security"),
                            ("RequestAuthentication", "security"), ("PeerAuthentication", "security")]:
            items = self.items(client, f"apiVersion: {group}.istio.io/v1\nkind: {kind}\nspec:\n  |")
            self.assertGreater(len(items), 1, kind)
            for item in items:
                self.assertFalse(re.search(r"[`\\]", item.get("documentation", "")), item)


if __name__ == "__main__":
    unittest.main()
