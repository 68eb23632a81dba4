"""Files with several names, and those that symbolic links lead to out of a folder."""

import os
import unittest

from lsp_client import CAPABILITIES, Client, Workspace, to_uri, without
from manifests import PLAINTEXT, STRICT

FOLLOW = {"initializationOptions": {"followLinks": True}}
MUTUAL = PLAINTEXT.replace("DISABLE", "ISTIO_MUTUAL")


class Links(unittest.TestCase):
    def start(self, files, links, capabilities=CAPABILITIES, **more):
        workspace = Workspace(files)
        self.addCleanup(workspace.__exit__)
        for name, target in links.items():
            os.symlink(target, workspace.root / name)
        client = Client(workspace.root)
        self.addCleanup(client.__exit__)
        return workspace, client, lambda: (client.initialize(capabilities, **more), client.wait_until_indexed())

    def codes(self, client, *names):
        return [client.codes(name) for name in names]

    def test_two_names_are_one_file(self):
        _, client, begin = self.start({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}, {"also.yaml": "peer.yaml"})
        begin()
        client.wait_for_codes("rule.yaml", ["TIS0208"])
        self.assertEqual(self.codes(client, "peer.yaml", "also.yaml"), [["TIS0208"], []])

    def test_a_buffer_of_the_other_name_is_that_file(self):
        """Opened before the names are known, and after."""
        for early in (True, False):
            with self.subTest(early=early):
                _, client, begin = self.start({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}, {"also.yaml": "rule.yaml"})
                if early:
                    client.initialize()
                    client.open("also.yaml")
                    client.wait_until_indexed()
                else:
                    begin()
                    client.wait_for_codes("rule.yaml", ["TIS0208"])
                    client.open("also.yaml")
                client.wait_for_codes("also.yaml", ["TIS0208"])
                client.wait_for_codes("rule.yaml", [])
                client.replace("also.yaml", "DISABLE", "ISTIO_MUTUAL")
                client.wait_for_codes("peer.yaml", [])
                client.close("also.yaml")
                client.wait_for_codes("rule.yaml", ["TIS0208"])
                client.wait_for_codes("also.yaml", [])

    def test_of_two_buffers_of_one_file_one_counts(self):
        _, client, begin = self.start({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}, {"also.yaml": "rule.yaml"})
        begin()
        client.open("also.yaml")
        client.wait_for_codes("also.yaml", ["TIS0208"])
        client.open("rule.yaml")  # its own name goes first
        client.wait_for_codes("rule.yaml", ["TIS0208"])
        client.wait_for_codes("also.yaml", [])
        client.replace("also.yaml", "DISABLE", "ISTIO_MUTUAL")
        client.replace("rule.yaml", "name: a", "name: b")
        client.wait_for_codes("rule.yaml", ["TIS0208"])
        client.close("rule.yaml")  # the other one counts, as it was edited
        client.wait_for_codes("peer.yaml", [])
        client.close("also.yaml")
        client.wait_for_codes("rule.yaml", ["TIS0208"])

    def test_links_out_of_the_folder_are_told_of_once(self):
        workspace, client, begin = self.start({"peer.yaml": STRICT}, {"rule.yaml": "../rule.yaml", "up": ".."})
        (workspace.top / "rule.yaml").write_text(PLAINTEXT)
        begin()
        workspace.write("more.yaml", STRICT.replace("foo", "bar"))
        client.touched("more.yaml", kind=1)
        client.wait_until_indexed()
        client.request("shutdown", None)
        told = [params["message"] for method, params in client.notified if method == "window/logMessage"]
        self.assertEqual(told, [f"{workspace.root}: 2 symbolic links out of this folder are not read (setting followLinks)"])

    def test_they_are_followed_where_that_is_set(self):
        for by_file in (False, True):
            for capabilities in (CAPABILITIES, without(CAPABILITIES, "workspace.didChangeWatchedFiles")):
                with self.subTest(by_file=by_file, watches="didChangeWatchedFiles" in capabilities["workspace"]):
                    files = {"peer.yaml": STRICT, **({".istio-mtls.yaml": "followLinks: true\n"} if by_file else {})}
                    workspace, client, begin = self.start(files, {"far": "../far", "rule.yaml": "../far/rule.yaml", "up": ".."},
                                                          capabilities, **({} if by_file else FOLLOW))
                    (workspace.top / "far").mkdir()
                    rule = workspace.top / "far" / "rule.yaml"
                    rule.write_text(PLAINTEXT)
                    begin()
                    client.wait_for_codes("peer.yaml", ["TIS0208"])
                    self.assertEqual(self.codes(client, "far/rule.yaml", "rule.yaml"), [["TIS0208"], []])
                    rule.write_text(MUTUAL)  # which nobody tells of
                    client.wait_for_codes("peer.yaml", [])
                    client.open(rule, PLAINTEXT)  # by its name out there
                    client.wait_for_codes(rule, ["TIS0208"])
                    client.close(rule)
                    client.wait_for_codes("peer.yaml", [])

    def test_the_setting_changes(self):
        workspace, client, begin = self.start({"peer.yaml": STRICT}, {"rule.yaml": "../rule.yaml"})
        (workspace.top / "rule.yaml").write_text(PLAINTEXT)
        begin()
        for follows, codes in ((True, ["TIS0208"]), (False, []), (True, ["TIS0208"])):
            client.settings = {"followLinks": follows}
            client.notify("workspace/didChangeConfiguration", {"settings": None})
            client.wait_for_codes("peer.yaml", codes)

    def test_a_link_that_goes_leaves_the_buffer_its_own_name(self):
        workspace, client, begin = self.start({"peer.yaml": STRICT, "rule.yaml": MUTUAL}, {"also.yaml": "rule.yaml"})
        begin()
        client.open("also.yaml", PLAINTEXT)
        client.wait_for_codes("also.yaml", ["TIS0208"])
        workspace.remove("also.yaml")
        client.touched("also.yaml", kind=3)
        client.wait(lambda: "TIS0208" in client.codes("also.yaml") and client.request("textDocument/documentSymbol", {
            "textDocument": {"uri": to_uri(client.path("rule.yaml"))}}) is not None, "both files")


if __name__ == "__main__":
    unittest.main()
