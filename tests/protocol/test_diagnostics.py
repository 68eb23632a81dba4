"""What is shown, where, and when it goes."""

import os
import unittest

from lsp_client import CAPABILITIES, PATIENCE, Client, Workspace, to_path, to_uri, without
from manifests import CONFLICT, DISABLED_MESH, MUTUAL_EVERYWHERE, PLAINTEXT, STRICT

NO_WATCHING = without(CAPABILITIES, "workspace.didChangeWatchedFiles")


def text_at(text, span):
    assert span["start"]["line"] == span["end"]["line"]
    line = text.split("\n")[span["start"]["line"]]
    return line[span["start"]["character"]:span["end"]["character"]]


class Shown(unittest.TestCase):
    def test_both_files_of_a_conflict_open_or_not(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            [policy] = client.wait_for_codes("peer.yaml", ["TIS0208"])
            [rule] = client.wait_for_codes("rule.yaml", ["TIS0208"])
            self.assertEqual(text_at(STRICT, policy["range"]), "STRICT")
            self.assertEqual(text_at(PLAINTEXT, rule["range"]), "DISABLE")
            self.assertEqual(policy["severity"], 1)
            self.assertEqual(policy["source"], "istio-mtls")
            self.assertTrue(policy.get("codeDescription", {"href": "https://"})["href"].startswith("https://"))
            self.assertEqual(policy["data"]["code"], "TIS0208")
            self.assertEqual(policy["data"]["mesh"], "default")
            [related] = policy["relatedInformation"]
            self.assertEqual(to_path(related["location"]["uri"]), client.path("rule.yaml"))
            self.assertEqual(related["location"]["range"], rule["range"])
            self.assertFalse(policy["message"].endswith("."))

    def test_only_what_the_client_understands(self):
        plain = without(CAPABILITIES, "textDocument.publishDiagnostics")
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize(plain)
            [policy] = client.wait_for_codes("peer.yaml", ["TIS0208"])
            self.assertEqual(set(policy), {"range", "severity", "code", "source", "message"})

    def test_at_most_ten_related_places(self):
        rules = {f"rule{i:02}.yaml": PLAINTEXT.replace("name: a", f"name: r{i}").replace("a.foo", f"s{i}.foo")
                 for i in range(14)}
        with Workspace({"peer.yaml": STRICT, **rules}) as workspace, Client(workspace.root) as client:
            client.initialize()
            [policy] = client.wait_for_codes("peer.yaml", ["TIS0208"])
            related = policy["relatedInformation"]
            self.assertEqual(len(related), 11)
            self.assertEqual(related[-1]["message"], "and 4 more")

    def test_an_edit_is_answered_with_its_version(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("peer.yaml")
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            for old, new, codes in [("STRICT", "PERMISSIVE", []), ("PERMISSIVE", "STRICT", ["TIS0208"]),
                                    ("metadata", "metadata", ["TIS0208"])]:
                version = client.replace("peer.yaml", old, new)
                shown = client.wait_for_version("peer.yaml", version)
                self.assertEqual([d["code"] for d in shown], codes)
                client.wait_for_codes("rule.yaml", codes)

    def test_a_burst_of_edits_ends_in_the_right_state(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("peer.yaml")
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            for _ in range(300):
                client.replace("peer.yaml", "STRICT", "PERMISSIVE")
                version = client.replace("peer.yaml", "PERMISSIVE", "STRICT")
            client.wait_for_version("peer.yaml", version)
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            versions = [p["version"] for p in client.published[client.path("peer.yaml")] if "version" in p]
            self.assertEqual(versions, sorted(versions))

    def test_nothing_is_published_twice(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.wait_for_codes("rule.yaml", ["TIS0208"])
            client.open("peer.yaml")
            version = client.replace("peer.yaml", "metadata", "metadata")
            client.wait_for_version("peer.yaml", version)
            client.request("textDocument/codeAction", {
                "textDocument": {"uri": to_uri(client.path("rule.yaml"))}, "context": {"diagnostics": []},
                "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}})
            self.assertEqual(len(client.published[client.path("rule.yaml")]), 1)

    def test_encodings(self):
        """The mode stands behind characters of one, two, three and four bytes."""
        policy = ("{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: default, namespace: foo, "
                  "annotations: {x: 'aä€😀'}}, spec: {mtls: {mode: STRICT}}}\n")
        before = policy[:policy.index("STRICT")]
        sizes = {"utf-8": len(before.encode()), "utf-16": len(before.encode("utf-16-le")) // 2, "utf-32": len(before)}
        for offered, chosen in [(["utf-16"], "utf-16"), (["utf-16", "utf-8"], "utf-8"), (["utf-32"], "utf-32"),
                                (["utf-32", "utf-16"], "utf-16"), (None, "utf-16")]:
            with self.subTest(offered=offered), Workspace({**CONFLICT, "peer.yaml": policy}) as workspace, \
                    Client(workspace.root) as client:
                capabilities = {**CAPABILITIES, "general": {"positionEncodings": offered} if offered else {}}
                result = client.initialize(capabilities)
                self.assertEqual(result["capabilities"].get("positionEncoding", "utf-16"), chosen)
                [shown] = client.wait_for_codes("peer.yaml", ["TIS0208"])
                self.assertEqual(shown["range"]["start"]["character"], sizes[chosen])
                client.open("peer.yaml")
                version = client.replace("peer.yaml", "STRICT", "PERMISSIVE")  # an edit in the same units
                self.assertEqual(client.wait_for_version("peer.yaml", version), [])

    def test_a_broken_document_hides_only_itself(self):
        broken = "apiVersion: v1\nkind: [\n---\n" + STRICT
        with Workspace({**CONFLICT, "peer.yaml": broken}) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.wait_for_codes("peer.yaml", ["MTLS0900", "TIS0208"])

    def test_unreadable_files_are_said_to_be_unchecked(self):
        with Workspace({**CONFLICT, "secret.yaml": STRICT}) as workspace:
            (workspace.root / "secret.yaml").chmod(0)
            if os.access(workspace.root / "secret.yaml", os.R_OK):
                self.skipTest("root reads everything")
            with Client(workspace.root) as client:
                client.initialize()
                client.wait_for_codes("secret.yaml", ["MTLS0900"])


class Cleared(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(CONFLICT)
        self.addCleanup(self.workspace.__exit__)

    def start(self, capabilities=CAPABILITIES, **more):
        client = Client(self.workspace.root, **more)
        self.addCleanup(client.__exit__)
        client.initialize(capabilities)
        client.wait_for_codes("peer.yaml", ["TIS0208"])
        client.wait_for_codes("rule.yaml", ["TIS0208"])
        return client

    def expect_none(self, client):
        client.wait_for_codes("peer.yaml", [])
        client.wait_for_codes("rule.yaml", [])

    def test_when_a_file_is_deleted(self):
        client = self.start()
        self.workspace.remove("rule.yaml")
        client.touched("rule.yaml", kind=3)
        self.expect_none(client)

    def test_when_a_folder_is_deleted(self):
        self.workspace.write("below/rule.yaml", PLAINTEXT)
        self.workspace.remove("rule.yaml")
        client = Client(self.workspace.root)
        self.addCleanup(client.__exit__)
        client.initialize()
        client.wait_for_codes("below/rule.yaml", ["TIS0208"])
        self.workspace.remove("below")
        client.touched("below", kind=3)
        client.wait_for_codes("below/rule.yaml", [])
        client.wait_for_codes("peer.yaml", [])

    def test_when_a_file_changes_on_disk(self):
        client = self.start()
        self.workspace.write("rule.yaml", PLAINTEXT.replace("DISABLE", "ISTIO_MUTUAL"))
        client.touched("rule.yaml")
        self.expect_none(client)

    def test_when_an_open_file_is_closed_unsaved(self):
        client = self.start()
        client.open("peer.yaml")
        client.replace("peer.yaml", "STRICT", "PERMISSIVE")
        self.expect_none(client)
        client.close("peer.yaml")
        client.wait_for_codes("peer.yaml", ["TIS0208"])
        client.wait_for_codes("rule.yaml", ["TIS0208"])

    def test_when_an_open_file_was_never_saved(self):
        self.workspace.remove("rule.yaml")
        client = Client(self.workspace.root)
        self.addCleanup(client.__exit__)
        client.initialize()
        client.open("new.yaml", PLAINTEXT)
        client.wait_for_codes("new.yaml", ["TIS0208"])
        client.close("new.yaml")
        client.wait_for_codes("new.yaml", [])
        client.wait_for_codes("peer.yaml", [])

    def test_when_the_folder_is_removed(self):
        client = self.start()
        client.notify("workspace/didChangeWorkspaceFolders", {
            "event": {"added": [], "removed": [{"uri": to_uri(self.workspace.root), "name": "mesh"}]}})
        self.expect_none(client)

    def test_when_settings_exclude_the_file(self):
        client = self.start()
        client.settings = {"exclude": ["rule.yaml"]}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        self.expect_none(client)
        client.settings = {}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.wait_for_codes("peer.yaml", ["TIS0208"])

    def test_when_settings_turn_the_code_off(self):
        client = self.start()
        client.settings = {"severity": {"TIS0208": "off"}}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        self.expect_none(client)

    def test_a_buffer_counts_more_than_the_disk(self):
        client = self.start()
        client.open("peer.yaml")
        self.workspace.write("peer.yaml", "")
        client.touched("peer.yaml")
        version = client.replace("peer.yaml", "metadata", "metadata")
        self.assertEqual(len(client.wait_for_version("peer.yaml", version)), 1)


class WithoutWatching(unittest.TestCase):
    """Changes made outside the editor are seen within two seconds by clients that watch no files, too."""

    def test_changes_creations_and_deletions(self):
        with Workspace({"peer.yaml": STRICT}) as workspace, Client(workspace.root) as client:
            client.initialize(NO_WATCHING)
            client.wait_until_indexed()
            limit = max(2, PATIENCE - 8)
            workspace.write("rule.yaml", PLAINTEXT)
            client.wait_for_codes("peer.yaml", ["TIS0208"], limit)
            workspace.write("rule.yaml", PLAINTEXT.replace("DISABLE", "ISTIO_MUTUAL"))
            client.wait_for_codes("peer.yaml", [], limit)
            workspace.write("rule.yaml", PLAINTEXT)
            client.wait_for_codes("peer.yaml", ["TIS0208"], limit)
            workspace.remove("rule.yaml")
            client.wait_for_codes("peer.yaml", [], limit)

    def test_a_refused_registration(self):
        with Workspace({"peer.yaml": STRICT}) as workspace, Client(workspace.root, answer_requests=False) as client:
            client.initialize(without(CAPABILITIES, "workspace.configuration", "window"))
            client.wait(lambda: client.links, "a registration")
            client.send({"id": "istio-mtls/1", "error": {"code": -32601, "message": "no"}})
            workspace.write("rule.yaml", PLAINTEXT)
            client.wait_for_codes("peer.yaml", ["TIS0208"])


class Indexing(unittest.TestCase):
    def test_no_false_alarm_meanwhile(self):
        """The mesh-wide policy alone is a finding; the rule that answers it is the last file to be read."""
        healed = MUTUAL_EVERYWHERE.replace("ISTIO_MUTUAL", "DISABLE").replace("*.local", "*.cluster.local")
        files = {f"m/{i:04}.yaml": STRICT.replace("foo", f"n{i}") for i in range(2000)}
        with Workspace({"a.yaml": DISABLED_MESH, "z.yaml": healed, **files}) as workspace, \
                Client(workspace.root) as client:
            client.initialize()
            client.open("a.yaml")
            client.wait_until_indexed()
            shown = [p["diagnostics"] for p in client.published[client.path("a.yaml")]]
            self.assertEqual([d for d in shown if d], [])

    def test_broken_open_documents_are_shown_meanwhile(self):
        files = {f"m/{i:04}.yaml": STRICT.replace("foo", f"n{i}") for i in range(2000)}
        with Workspace(files) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("a.yaml", "apiVersion: v1\nkind: [\n")
            client.wait_for_codes("a.yaml", ["MTLS0900"])

    def test_progress(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.wait_until_indexed()
            kinds = [p["value"]["kind"] for m, p in client.notified if m == "$/progress"]
            self.assertEqual((kinds[0], kinds[-1]), ("begin", "end"))
            self.assertIn("window/workDoneProgress/create", [m for m, _ in client.links])

    def test_no_progress_for_clients_without(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize(without(CAPABILITIES, "window"))
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            self.assertEqual([m for m, _ in client.notified], [])

    def test_a_flood_of_watched_files(self):
        files = {f"m/{i:04}.yaml": STRICT.replace("foo", f"n{i}") for i in range(1000)}
        with Workspace({**CONFLICT, **files}) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            for name in files:
                workspace.write(name, files[name] + "# touched\n")
            workspace.write("rule.yaml", "")
            for name in [*files, "rule.yaml"]:
                client.touched(name)
            client.wait_for_codes("peer.yaml", [])


class Folders(unittest.TestCase):
    def test_each_folder_is_a_mesh(self):
        with Workspace({"peer.yaml": STRICT}, "one") as one, Workspace({"rule.yaml": PLAINTEXT}, "two") as two, \
                Client(one.root) as client:
            client.initialize(folders=[one.root, two.root])
            client.wait_until_indexed()
            self.assertEqual(client.published, {})
            two.write("peer.yaml", STRICT)
            client.touched(str(two.root / "peer.yaml"), kind=1)
            client.wait_for_codes(str(two.root / "rule.yaml"), ["TIS0208"])
            self.assertEqual(client.codes("peer.yaml"), [])

    def test_a_folder_that_is_added(self):
        with Workspace({}) as empty, Workspace(CONFLICT) as added, Client(empty.root) as client:
            client.initialize()
            client.notify("workspace/didChangeWorkspaceFolders", {
                "event": {"added": [{"uri": to_uri(added.root), "name": "x"}], "removed": []}})
            client.wait_for_codes(str(added.root / "peer.yaml"), ["TIS0208"])

    def test_root_path_of_old_clients(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.request("initialize", {"processId": None, "rootPath": str(workspace.root), "capabilities": {}})
            client.notify("initialized", {})
            client.wait_for_codes("peer.yaml", ["TIS0208"])

    def test_a_file_outside_of_every_folder_stands_alone(self):
        with Workspace({"rule.yaml": PLAINTEXT}) as workspace, Workspace(CONFLICT, "other") as other, \
                Client(workspace.root) as client:
            client.initialize()
            outside = str(other.root / "peer.yaml")
            client.open(outside)
            self.assertEqual(client.wait_for_version(outside, 1), [])
            version = client.change(outside, STRICT + "---\n" + PLAINTEXT)
            self.assertEqual([d["code"] for d in client.wait_for_version(outside, version)], ["TIS0208"] * 2)
            self.assertEqual(client.codes("rule.yaml"), [])
            client.close(outside)
            client.wait_for_codes(outside, [])

    def test_a_document_that_is_no_file(self):
        with Client() as client:
            client.initialize()
            client.notify("textDocument/didOpen", {"textDocument": {
                "uri": "untitled:Untitled-1", "languageId": "yaml", "version": 1, "text": STRICT + "---\n" + PLAINTEXT}})
            client.wait_for_codes("Untitled-1", ["TIS0208"] * 2)

    def test_names_with_special_characters(self):
        for name in ("a b.yaml", "100%.yaml", "x#y?.yaml", "ümläut-€-😀.yaml", "a+b&c.yaml", "[x]{y}.yaml", "%41.yaml"):
            with self.subTest(name), Workspace({"rule.yaml": PLAINTEXT, name: STRICT}, "my mesh #1") as workspace, \
                    Client(workspace.root) as client:
                client.initialize()
                client.wait_for_codes(name, ["TIS0208"])
                client.open(name)
                version = client.replace(name, "STRICT", "PERMISSIVE")
                self.assertEqual(client.wait_for_version(name, version), [])
                client.wait_for_codes("rule.yaml", [])


class Settings(unittest.TestCase):
    MESH = {"peer.yaml": DISABLED_MESH.replace("istio-system", "istio-config")}

    def shows(self, codes, configuration=None, **initialize):
        with Workspace(self.MESH) as workspace, Client(workspace.root, settings=configuration) as client:
            client.initialize(**initialize)
            client.wait_until_indexed()
            client.wait_for_codes("peer.yaml", codes)
            return [p["message"] for m, p in client.notified if m == "window/showMessage"]

    def test_where_settings_come_from(self):
        section = {"rootNamespace": "istio-config"}
        self.assertEqual(self.shows([]), [])
        self.shows(["TIS0503"], initializationOptions=section)
        self.shows(["TIS0503"], initializationOptions={"istioMtls": section})
        self.shows(["TIS0503"], configuration=section)
        self.shows([], configuration={"rootNamespace": "istio-system"}, initializationOptions=section)

    def test_pushed_settings(self):
        with Workspace(self.MESH) as workspace, Client(workspace.root) as client:
            client.initialize(without(CAPABILITIES, "workspace.configuration"))
            client.wait_until_indexed()
            for settings, codes in [({"istioMtls": {"rootNamespace": "istio-config"}}, ["TIS0503"]),
                                    ({"istioMtls": {}}, []), ({"rootNamespace": "istio-config"}, ["TIS0503"])]:
                client.notify("workspace/didChangeConfiguration", {"settings": settings})
                client.wait_for_codes("peer.yaml", codes)

    def test_bad_values_are_said(self):
        said = self.shows(["TIS0503"], configuration={"rootNamespace": "istio-config", "enableAutoMtls": "yes",
                                                     "exclude": "x", "severity": {"TIS0208": 5}, "other": 1})
        self.assertEqual(len(said), 3)
        for key, message in zip(("enableAutoMtls", "exclude", "severity.TIS0208"), sorted(said)):
            self.assertIn(key, message)

    def test_a_client_that_never_answers(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root, answer_requests=False) as client:
            client.initialize()
            client.wait_for_codes("peer.yaml", ["TIS0208"])

    def test_the_configuration_file(self):
        config = "rootNamespace: istio-config\n"
        with Workspace({**self.MESH, ".istio-mtls.yaml": config}) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.wait_for_codes("peer.yaml", ["TIS0503"])
            workspace.write(".istio-mtls.yaml", "rootNamespace: other\n")
            client.touched(".istio-mtls.yaml")
            client.wait_for_codes("peer.yaml", [])
            client.open(".istio-mtls.yaml", config)  # the buffer counts at once
            client.wait_for_codes("peer.yaml", ["TIS0503"])
            version = client.change(".istio-mtls.yaml", "rootNamespaces: istio-config\nexclude: 5\n")
            problems = client.wait_for_version(".istio-mtls.yaml", version)
            self.assertEqual([p["range"]["start"]["line"] for p in problems], [0, 1])
            self.assertEqual({p["source"] for p in problems}, {"istio-mtls"})
            client.close(".istio-mtls.yaml")
            client.wait(lambda: not client.diagnostics(".istio-mtls.yaml"), "its problems to go")

    def test_limits_that_change_while_it_runs(self):
        deep = "apiVersion: v1\nkind: Service\na: " + "[" * 30 + "]" * 30 + "\n"
        long = {name: text + "# padding\n" * 200 for name, text in CONFLICT.items()}
        with Workspace({**long, "deep.yaml": deep, "open.yaml": deep}) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            client.open("open.yaml")
            client.open("rule.yaml")

            def wait_for_problem(name, said):
                client.wait(lambda: [said in d["message"] for d in client.diagnostics(name)] == [True],
                            lambda: f"'{said}' in {name}, not {client.diagnostics(name)}")
                self.assertEqual(client.codes(name), ["MTLS0900"])

            for limits, said in [({"depth": 20}, "more than 20 levels deep (limits.depth)"),
                                 ({"depth": "30"}, "more than 30 levels deep (limits.depth)"), ({}, None)]:
                client.settings = {"limits": limits}
                client.notify("workspace/didChangeConfiguration", {"settings": None})
                for name in ("deep.yaml", "open.yaml"):  # on the disk and in a buffer
                    wait_for_problem(name, said) if said else client.wait_for_codes(name, [])
            self.assertEqual(client.codes("peer.yaml"), ["TIS0208"])

            workspace.write(".istio-mtls.yaml", "limits: {fileSize: 1KiB}\n")
            client.touched(".istio-mtls.yaml", kind=1)
            for name in CONFLICT:
                wait_for_problem(name, "is larger than 1024 bytes (limits.fileSize)")
            client.settings = {"limits": {"fileSize": "1MiB"}}  # wins over the file
            client.notify("workspace/didChangeConfiguration", {"settings": None})
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            client.wait_for_codes("rule.yaml", ["TIS0208"])
            client.settings = {}
            client.notify("workspace/didChangeConfiguration", {"settings": None})
            wait_for_problem("peer.yaml", "1024")
            client.open(".istio-mtls.yaml", "")
            client.wait_for_codes("peer.yaml", ["TIS0208"])
            self.assertEqual(client.shutdown(), 0)

    def test_problems_of_a_configuration_file_that_is_not_open(self):
        with Workspace({**self.MESH, ".istio-mtls.yaml": "rootNamespaces: x\n"}) as workspace, \
                Client(workspace.root, settings={"severity": {"TIS0503": "off"}}) as client:
            client.initialize()
            client.wait(lambda: client.diagnostics(".istio-mtls.yaml"), "its problem")
            workspace.remove(".istio-mtls.yaml")
            client.touched(".istio-mtls.yaml", kind=3)
            client.wait(lambda: not client.diagnostics(".istio-mtls.yaml"), "its problem to go")

    def test_several_meshes(self):
        config = "meshes:\n- {name: prod, include: [prod/**, base/**]}\n- {name: test, include: [test/**, base/**]}\n"
        files = {".istio-mtls.yaml": config, "base/peer.yaml": STRICT, "prod/rule.yaml": PLAINTEXT,
                 "test/rule.yaml": PLAINTEXT.replace("DISABLE", "ISTIO_MUTUAL"), "else/rule.yaml": PLAINTEXT}
        with Workspace(files) as workspace, Client(workspace.root) as client:
            client.initialize()
            [policy] = client.wait_for_codes("base/peer.yaml", ["TIS0208"])
            self.assertEqual(policy["data"]["mesh"], "prod")
            client.wait_for_codes("prod/rule.yaml", ["TIS0208"])
            self.assertEqual(client.codes("test/rule.yaml") + client.codes("else/rule.yaml"), [])


if __name__ == "__main__":
    unittest.main()
