"""Changes on the disk are noticed without a client that watches files."""

import os
import shutil
import unittest

from lsp_client import CAPABILITIES, Client, Workspace, without
from manifests import CONFLICT, PLAINTEXT, STRICT

UNWATCHED = without(CAPABILITIES, "workspace.didChangeWatchedFiles")


class Watching(unittest.TestCase):
    def start(self, files=CONFLICT):
        workspace = Workspace(files)
        client = Client(workspace.root)
        self.addCleanup(workspace.__exit__)
        self.addCleanup(client.__exit__)
        client.initialize(UNWATCHED)
        client.wait_until_indexed()
        return workspace, client

    def test_a_file_is_written(self):
        workspace, client = self.start()
        client.wait_for_codes("peer.yaml", ["TIS0208"])
        workspace.write("rule.yaml", PLAINTEXT.replace("DISABLE", "ISTIO_MUTUAL"))
        client.wait_for_codes("peer.yaml", [])

    def test_a_rewrite_that_keeps_size_and_time(self):
        """As `cp -p`, `rsync -t` and `tar` leave files behind."""
        workspace, client = self.start({**CONFLICT, "rule.yaml": PLAINTEXT.replace("DISABLE", "DISABLE # 012345")})
        client.wait_for_codes("peer.yaml", ["TIS0208"])
        rule = workspace.root / "rule.yaml"
        before = rule.stat()
        text = rule.read_text().replace("DISABLE # 012345", "ISTIO_MUTUAL # 0")
        self.assertEqual(len(text), before.st_size)
        with open(rule, "r+") as file:  # the same inode
            file.write(text)
        os.utime(rule, ns=(before.st_atime_ns, before.st_mtime_ns))
        client.wait_for_codes("peer.yaml", [])
        other = workspace.top / "other"
        other.write_text(text.replace("ISTIO_MUTUAL # 0", "DISABLE # 012345"))
        os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.rename(other, rule)  # another inode
        client.wait_for_codes("peer.yaml", ["TIS0208"])

    def test_an_editor_saves_through_another_file(self):
        workspace, client = self.start()
        client.wait_for_codes("peer.yaml", ["TIS0208"])
        for mode, codes in (("ISTIO_MUTUAL", []), ("DISABLE", ["TIS0208"])):
            beside = workspace.write(".rule.yaml.swp", PLAINTEXT.replace("DISABLE", mode))
            os.rename(workspace.root / "rule.yaml", workspace.root / "rule.yaml~")
            os.rename(beside, workspace.root / "rule.yaml")
            os.unlink(workspace.root / "rule.yaml~")
            client.wait_for_codes("peer.yaml", codes)

    def test_a_folder_is_renamed_and_comes_back(self):
        workspace, client = self.start({"peer.yaml": STRICT, "rules/deep/rule.yaml": PLAINTEXT})
        client.wait_for_codes("peer.yaml", ["TIS0208"])
        os.rename(workspace.root / "rules", workspace.top / "elsewhere")
        client.wait_for_codes("peer.yaml", [])
        os.rename(workspace.top / "elsewhere", workspace.root / "back")
        client.wait_for_codes("peer.yaml", ["TIS0208"])
        workspace.write("back/deep/rule.yaml", PLAINTEXT.replace("DISABLE", "ISTIO_MUTUAL"))
        client.wait_for_codes("peer.yaml", [])
        os.rename(workspace.root / "back", workspace.root / "again")
        workspace.write("again/deep/rule.yaml", PLAINTEXT)
        client.wait_for_codes("again/deep/rule.yaml", ["TIS0208"])
        self.assertEqual(client.codes("back/deep/rule.yaml"), [])

    def test_folders_that_are_made_with_what_they_hold(self):
        workspace, client = self.start({"peer.yaml": STRICT})
        for i in range(20):
            workspace.write(f"a{i}/b/c/rule.yaml", PLAINTEXT.replace("name: a", f"name: a{i}").replace("a.foo", f"a{i}.foo"))
        client.wait(lambda: all(client.codes(f"a{i}/b/c/rule.yaml") == ["TIS0208"] for i in range(20)), "all of them")
        shutil.rmtree(workspace.root / "a7")
        client.wait_for_codes("a7/b/c/rule.yaml", [])

    def test_symlinks(self):
        workspace, client = self.start({"peer.yaml": STRICT, "shared/rule.txt": PLAINTEXT})
        os.symlink("shared/rule.txt", workspace.root / "rule.yaml")
        client.wait_for_codes("rule.yaml", ["TIS0208"])
        workspace.write("shared/other.yaml", PLAINTEXT.replace("DISABLE", "ISTIO_MUTUAL"))
        os.symlink("shared/other.yaml", workspace.root / "next")
        os.rename(workspace.root / "next", workspace.root / "rule.yaml")  # leads elsewhere now
        client.wait_for_codes("rule.yaml", [])
        workspace.write("shared/other.yaml", PLAINTEXT)  # what it leads to
        client.wait(lambda: "TIS0208" in client.codes("rule.yaml") or "TIS0208" in client.codes("shared/other.yaml"), "the finding")

    def test_a_link_that_comes_to_lead_outside_is_not_read(self):
        workspace, client = self.start({"peer.yaml": STRICT, "rule.yaml": PLAINTEXT})
        client.wait_for_codes("peer.yaml", ["TIS0208"])
        outside = workspace.top / "outside.yaml"
        outside.write_text(PLAINTEXT)
        os.symlink(outside, workspace.root / "next")
        os.rename(workspace.root / "next", workspace.root / "rule.yaml")
        client.wait_for_codes("peer.yaml", [])

    def test_the_configuration_file(self):
        workspace, client = self.start()
        client.wait_for_codes("peer.yaml", ["TIS0208"])
        workspace.write(".istio-mtls.yaml", "severity: {TIS0208: off}\n")
        client.wait_for_codes("peer.yaml", [])
        workspace.remove(".istio-mtls.yaml")
        client.wait_for_codes("peer.yaml", ["TIS0208"])


if __name__ == "__main__":
    unittest.main()
