"""Quick fixes and fix-all, applied the way an editor does."""

import copy
import pathlib
import unittest

from lsp_client import CAPABILITIES, Client, Workspace, to_path, to_uri, without
from manifests import CONFLICT, DISABLED_MESH, MUTUAL_EVERYWHERE, PLAINTEXT, STRICT, WORKLOAD


class QuickFixes(unittest.TestCase):
    def actions(self, client, name, code, **more):
        """All but the last one, which silences the finding."""
        [diagnostic] = client.wait_for_codes(name, [code])
        *fixes, silence = client.code_actions(name, diagnostic, **more)
        self.assertEqual(silence["title"], f"Ignore {code} here (writes a comment)")
        return fixes

    def test_each_fix_heals_its_finding(self):
        cases = [("TIS0208", CONFLICT), ("TIS0503", {"peer.yaml": DISABLED_MESH}),
                 ("TIS0503", {"peer.yaml": DISABLED_MESH, "rule.yaml": MUTUAL_EVERYWHERE})]
        for code, files in cases:
            with Workspace(files) as workspace, Client(workspace.root) as client:
                client.initialize()
                count = len(self.actions(client, "peer.yaml", code))
                self.assertGreater(count, 0)
            for number in range(count):
                for opened in (False, True):
                    with self.subTest(code=code, files=list(files), number=number, opened=opened), \
                            Workspace(files) as workspace, Client(workspace.root) as client:
                        client.initialize()
                        if opened:
                            for name in files:
                                client.open(name)
                        action = self.actions(client, "peer.yaml", code)[number]
                        client.apply(action["edit"])
                        for name in files:
                            client.wait_for_codes(name, [])

    def test_what_an_action_says(self):
        with Workspace({**CONFLICT, "workload.yaml": WORKLOAD}) as workspace, Client(workspace.root) as client:
            client.initialize()
            [diagnostic] = client.wait_for_codes("peer.yaml", ["TIS0208"])
            preferred, *weakening, silencing = client.code_actions("peer.yaml", diagnostic)
            for action in (preferred, *weakening, silencing):
                self.assertEqual(action["kind"], "quickfix")
                self.assertEqual(action["diagnostics"], [diagnostic])
                self.assertEqual(action["isPreferred"], action is preferred)
            self.assertGreater(len(weakening), 0)
            for action in weakening:
                [annotation] = action["edit"]["changeAnnotations"].values()
                self.assertFalse(annotation["needsConfirmation"])
            [annotation] = preferred["edit"]["changeAnnotations"].values()
            self.assertFalse(annotation["needsConfirmation"])
            [change] = preferred["edit"]["documentChanges"]
            self.assertEqual(to_path(change["textDocument"]["uri"]), client.path("rule.yaml"))
            self.assertIsNone(change["textDocument"]["version"])
            self.assertEqual([e["newText"] for e in change["edits"]], ["ISTIO_MUTUAL"])

    def test_edits_of_open_documents_carry_their_version(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("peer.yaml", version=7)
            client.replace("peer.yaml", "metadata", "metadata")
            action = self.actions(client, "peer.yaml", "TIS0208")[1]
            [change] = action["edit"]["documentChanges"]
            self.assertEqual(change["textDocument"]["version"], 8)

    def test_edits_fit_the_text_after_changes_before_them(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("peer.yaml")
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            client.change("peer.yaml", (0, 0, "# a new first line\n"))
            client.change("peer.yaml", (0, 0, "# 😀 and another\n"))
            version = client.versions[client.path("peer.yaml")]
            [diagnostic] = client.wait_for_version("peer.yaml", version)
            client.apply(client.code_actions("peer.yaml", diagnostic)[1]["edit"])
            self.assertEqual(client.texts[client.path("peer.yaml")],
                             "# 😀 and another\n# a new first line\n" + STRICT.replace("STRICT", "PERMISSIVE"))

    def test_a_finding_is_silenced_by_a_comment_and_the_comment_goes_with_it(self):
        capabilities = copy.deepcopy(CAPABILITIES)
        capabilities["textDocument"]["publishDiagnostics"]["tagSupport"] = {"valueSet": [1, 2]}
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize(capabilities)
            client.open("peer.yaml")
            client.open("rule.yaml")
            [diagnostic] = client.wait_for_codes("peer.yaml", ["TIS0208"])
            client.apply(client.code_actions("peer.yaml", diagnostic)[-1]["edit"])
            client.wait_for_codes("peer.yaml", [])
            self.assertEqual(client.texts[client.path("peer.yaml")],
                             STRICT.replace("    mode:", "    # istio-mtls: ignore TIS0208\n    mode:"))
            client.wait_for_codes("rule.yaml", ["TIS0208"])
            client.replace("rule.yaml", "DISABLE", "ISTIO_MUTUAL")  # in another file
            [hint] = client.wait_for_codes("peer.yaml", ["unused-suppression"])
            self.assertEqual((hint["severity"], hint["tags"], hint["source"]), (4, [1], "istio-mtls"))
            client.replace("rule.yaml", "ISTIO_MUTUAL", "DISABLE")
            client.wait_for_codes("peer.yaml", [])
            client.replace("rule.yaml", "DISABLE", "ISTIO_MUTUAL")
            [hint] = client.wait_for_codes("peer.yaml", ["unused-suppression"])
            [removal] = client.code_actions("peer.yaml", hint)
            client.apply(removal["edit"])
            client.wait_for_codes("peer.yaml", [])
            self.assertEqual(client.texts[client.path("peer.yaml")], STRICT)

    def test_only_and_range(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            [diagnostic] = client.wait_for_codes("peer.yaml", ["TIS0208"])
            count = len(client.code_actions("peer.yaml", diagnostic))
            nowhere = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 3}}
            whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
            for expected, arguments in [
                    (count, {"diagnostic": diagnostic, "only": ["quickfix"]}),
                    (count, {"diagnostic": diagnostic, "only": [""], "quickfixes": True}),
                    (0, {"diagnostic": diagnostic, "only": ["refactor"]}),
                    (0, {"diagnostic": diagnostic, "only": ["quickfix.other"]}),
                    (0, {"span": nowhere}), (count, {"span": whole}), (count, {"span": diagnostic["range"]}),
                    (0, {"diagnostic": {**diagnostic, "code": "TIS0503"}}),
                    (0, {"diagnostic": {**diagnostic, "range": nowhere}, "span": whole})]:
                only_quick = arguments.pop("quickfixes", False)
                with self.subTest(**arguments):
                    actions = client.code_actions("peer.yaml", **arguments)
                    if only_quick:
                        actions = [a for a in actions if a["kind"] == "quickfix"]
                    self.assertEqual(len(actions), expected)

    def test_plain_changes_for_clients_without_document_changes(self):
        plain = without(CAPABILITIES, "workspace.workspaceEdit")
        with Workspace({"peer.yaml": DISABLED_MESH}) as workspace, Client(workspace.root) as client:
            client.initialize(plain)
            actions = self.actions(client, "peer.yaml", "TIS0503")
            for action in actions:
                self.assertEqual(list(action["edit"]), ["changes"])
                self.assertNotIn("annotationId", str(action["edit"]))
            client.apply(actions[0]["edit"])
            client.wait_for_codes("peer.yaml", [])

    def test_files_are_created_only_where_that_is_possible(self):
        counts = {}
        for capable in (True, False):
            capabilities = CAPABILITIES if capable else without(CAPABILITIES, "workspace.workspaceEdit.resourceOperations")
            with Workspace({"peer.yaml": DISABLED_MESH}) as workspace, Client(workspace.root) as client:
                client.initialize(capabilities)
                actions = self.actions(client, "peer.yaml", "TIS0503")
                counts[capable] = sum("create" in str(a["edit"]) for a in actions)
        self.assertEqual(counts, {True: 1, False: 0})

    def test_clients_without_literals_get_nothing(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize(without(CAPABILITIES, "textDocument.codeAction"))
            [diagnostic] = client.wait_for_codes("peer.yaml", ["TIS0208"])
            self.assertEqual(client.code_actions("peer.yaml", diagnostic), [])

    def test_a_file_that_changed_behind_our_back_is_not_edited(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            text = "# moved\n" * 3 + PLAINTEXT
            workspace.write("rule.yaml", text)  # and nobody tells
            actions = self.actions(client, "peer.yaml", "TIS0208")
            for action in actions:
                for change in action["edit"]["documentChanges"]:
                    path = pathlib.Path(to_path(change["textDocument"]["uri"]))
                    for edit in change["edits"]:
                        line = path.read_text().split("\n")[edit["range"]["start"]["line"]]
                        self.assertIn("mode: ", line)


class FixAll(unittest.TestCase):
    KIND = "source.fixAll.istioMtls"
    WHOLE = {"start": {"line": 0, "character": 0}, "end": {"line": 999, "character": 0}}

    def test_all_that_is_safe_and_nothing_else(self):
        rules = "---\n".join(PLAINTEXT.replace("name: a", f"name: r{i}").replace("a.foo", f"s{i}.foo") for i in range(5))
        with Workspace({"peer.yaml": STRICT, "rules.yaml": rules}) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.wait_for_codes("rules.yaml", ["TIS0208"] * 5)
            client.open("rules.yaml")
            for kind in ("source", "source.fixAll", self.KIND):
                actions = client.code_actions("rules.yaml", span=self.WHOLE, only=[kind])
                self.assertEqual([a["kind"] for a in actions], [self.KIND])
            client.apply(actions[0]["edit"])
            client.wait_for_codes("rules.yaml", [])
            client.wait_for_codes("peer.yaml", [])
            self.assertEqual(client.texts[client.path("rules.yaml")], rules.replace("DISABLE", "ISTIO_MUTUAL"))

    def test_not_offered_unless_asked_for(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            result = client.initialize()
            self.assertEqual(result["capabilities"]["codeActionProvider"]["codeActionKinds"], ["quickfix", self.KIND])
            client.wait_for_codes("rule.yaml", ["TIS0208"])
            self.assertNotIn(self.KIND, [a["kind"] for a in client.code_actions("rule.yaml", span=self.WHOLE)])
            self.assertEqual(client.code_actions("rule.yaml", span=self.WHOLE, only=["source.organizeImports"]), [])


class CreatingAConfiguration(unittest.TestCase):
    """The fix of MTLS0006: a first `.istio-mtls.yaml` that says which folders are deployed separately."""

    TITLE = "Create .istio-mtls.yaml with the meshes prod and staging"
    COPIES = {"clusters/prod/peer.yaml": STRICT, "clusters/staging/peer.yaml": STRICT, "common.yaml": WORKLOAD}

    def offered(self, files, name="clusters/staging/peer.yaml", capabilities=CAPABILITIES):
        with Workspace(files) as workspace, Client(workspace.root) as client:
            client.initialize(capabilities)
            [diagnostic] = client.wait_for_codes(name, ["MTLS0006"])
            return [action["title"] for action in client.code_actions(name, diagnostic)
                    if action["title"].startswith("Create .istio-mtls.yaml")]

    def test_it_tells_the_folders_apart(self):
        for opened in (False, True):
            with self.subTest(opened=opened), Workspace(self.COPIES) as workspace, Client(workspace.root) as client:
                client.initialize()
                name = "clusters/staging/peer.yaml"
                if opened:
                    client.open(name)
                [diagnostic] = client.wait_for_codes(name, ["MTLS0006"])
                [action] = [a for a in client.code_actions(name, diagnostic) if a["title"] == self.TITLE]
                client.apply(action["edit"])
                client.touched(".istio-mtls.yaml", kind=1)
                client.wait_for_codes(name, [])
                client.wait_for_codes(".istio-mtls.yaml", [])
                text = pathlib.Path(client.path(".istio-mtls.yaml")).read_text()
                self.assertIn("  - name: 'prod'\n    exclude: ['/clusters/staging']\n", text)
                # What is in neither folder is in both meshes.
                pathlib.Path(client.path("common.yaml")).write_text(PLAINTEXT)
                client.touched("common.yaml")
                client.wait_for_codes("clusters/prod/peer.yaml", ["TIS0208"])
                client.wait_for_codes(name, ["TIS0208"])

    def test_alternatives_can_be_named(self):
        files = {"dev/peer.yaml": STRICT, "prod/peer.yaml": STRICT.replace("STRICT", "PERMISSIVE")}
        self.assertEqual(self.offered(files, "dev/peer.yaml"), ["Create .istio-mtls.yaml with the meshes dev and prod"])

    def test_it_is_not_offered_where_it_would_not_do(self):
        again = STRICT + "---\n" + STRICT
        kustomization = "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\nresources: [a.yaml]\n"
        service = "apiVersion: v1\nkind: Service\nmetadata: {name: x, namespace: foo}\nspec: {ports: [{port: 80}]}\n"
        for what, files, name in [
                ("one file", {"peer.yaml": again}, "peer.yaml"),
                ("one folder", {"a/one.yaml": STRICT, "a/two.yaml": STRICT}, "a/two.yaml"),
                ("a file beside the folder", {"a.yaml": STRICT, "b/two.yaml": STRICT}, "b/two.yaml"),
                ("others defined twice", {**self.COPIES, "x.yaml": service, "y.yaml": service},
                 "clusters/staging/peer.yaml"),
                ("a build", {**self.COPIES, "k/kustomization.yaml": kustomization, "k/a.yaml": service},
                 "clusters/staging/peer.yaml"),
                ("a configuration", {**self.COPIES, ".istio-mtls.yaml": "rootNamespace: x\n"
                                                                        "meshes: [{name: all}]\n"},
                 "clusters/staging/peer.yaml")]:
            with self.subTest(what=what):
                self.assertEqual(self.offered(files, name), [])
        cannot = without(CAPABILITIES, "workspace.workspaceEdit.resourceOperations")
        self.assertEqual(self.offered(self.COPIES, capabilities=cannot), [])


if __name__ == "__main__":
    unittest.main()
