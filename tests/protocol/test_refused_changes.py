"""Changes of a document as clients with odd numbers send them, and ones that can't be read."""

import unittest

from lsp_client import Client, Workspace, to_uri
from manifests import CONFLICT


class RefusedChanges(unittest.TestCase):
    def start(self):
        workspace = Workspace(CONFLICT)
        client = Client(workspace.root)
        self.addCleanup(workspace.__exit__)
        self.addCleanup(client.__exit__)
        client.initialize()
        client.wait_until_indexed()
        client.open("peer.yaml")
        client.wait_for_codes("peer.yaml", ["TIS0208"])
        return client

    @staticmethod
    def insert(client, version, start, end, text):
        client.notify("textDocument/didChange", {
            "textDocument": {"uri": to_uri(client.path("peer.yaml")), "version": version},
            "contentChanges": [{"range": {"start": start, "end": end}, "text": text}]})

    def line_shown(self, client):
        return [d["range"]["start"]["line"] for d in client.diagnostics("peer.yaml")]

    def test_whole_numbers_may_be_printed_with_a_fraction(self):
        client = self.start()
        [before] = self.line_shown(client)
        self.insert(client, 2.0, {"line": 0.0, "character": 0.0}, {"line": 0.0, "character": 0.0}, "# one\n")
        client.wait_for_version("peer.yaml", 2)
        self.assertEqual(self.line_shown(client), [before + 1])

    def test_negative_positions_are_the_start(self):
        client = self.start()
        [before] = self.line_shown(client)
        self.insert(client, 2, {"line": -1, "character": -5}, {"line": 0, "character": -1}, "# one\n")
        client.wait_for_version("peer.yaml", 2)
        self.assertEqual(self.line_shown(client), [before + 1])

    def test_a_change_that_cannot_be_read_is_shown_until_the_whole_text_comes(self):
        client = self.start()
        [before] = self.line_shown(client)
        self.insert(client, 2, {"line": "first"}, {"line": 0, "character": 0}, "# one\n")
        client.wait_for_codes("peer.yaml", ["MTLS0900"])
        self.assertIn("could not be read", client.diagnostics("peer.yaml")[0]["message"])
        self.assertTrue([p for m, p in client.notified if m == "window/showMessage"])
        # Places of a text that is not known change nothing.
        self.insert(client, 3, {"line": 1, "character": 0}, {"line": 2, "character": 0}, "")
        client.wait_for_version("peer.yaml", 3)
        self.assertEqual(client.codes("peer.yaml"), ["MTLS0900"])
        client.versions[client.path("peer.yaml")] = 3
        client.change("peer.yaml", "# one\n# two\n" + CONFLICT["peer.yaml"])
        client.wait_for_codes("peer.yaml", ["TIS0208"])
        self.assertEqual(self.line_shown(client), [before + 2])


if __name__ == "__main__":
    unittest.main()
