"""Diagnostics that the client asks for, over the real binary."""

import copy
import unittest

from lsp_client import CAPABILITIES, Client, RpcError, Workspace, to_uri
from manifests import CONFLICT, STRICT

PULLS = copy.deepcopy(CAPABILITIES)
PULLS["textDocument"]["diagnostic"] = {"dynamicRegistration": True, "relatedDocumentSupport": True}
PULLS["workspace"]["diagnostics"] = {"refreshSupport": True}


def pull(client, name, previous=None):
    params = {"identifier": "istio-mtls", "textDocument": {"uri": to_uri(client.path(name))}}
    if previous:
        params["previousResultId"] = previous
    return client.request("textDocument/diagnostic", params)


def pull_all(client, previous=(), **more):
    return client.request("workspace/diagnostic", {"identifier": "istio-mtls", "previousResultIds": [
        {"uri": item["uri"], "value": item["resultId"]} for item in previous if "resultId" in item], **more})["items"]


class PullDiagnostics(unittest.TestCase):
    def test_as_vs_code_does_it(self):
        """The workspace at once and again every while, an open document at each change, all when told to."""
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            provider = client.initialize(PULLS)["capabilities"]["diagnosticProvider"]
            self.assertEqual(provider, {"identifier": "istio-mtls", "interFileDependencies": True,
                                        "workspaceDiagnostics": True})
            items = pull_all(client, partialResultToken="first")
            self.assertEqual(items, [])
            [items] = [p["value"]["items"] for m, p in client.notified if m == "$/progress" and p["token"] == "first"]
            self.assertEqual([[d["code"] for d in item["items"]] for item in items], [["TIS0208"], ["TIS0208"]])
            self.assertEqual([item["kind"] for item in pull_all(client, items)], ["unchanged", "unchanged"])

            client.open("peer.yaml")
            client.open("rule.yaml")
            before = pull(client, "rule.yaml")
            self.assertIn(to_uri(client.path("peer.yaml")), before["relatedDocuments"])
            client.replace("peer.yaml", "STRICT", "PERMISSIVE")
            self.assertEqual(pull(client, "peer.yaml")["items"], [])
            client.wait(lambda: ("workspace/diagnostic/refresh", None) in client.links, "a refresh")
            self.assertEqual(pull(client, "rule.yaml", before["resultId"])["items"], [])
            self.assertEqual([item["items"] for item in pull_all(client, items)], [[], []])
            self.assertFalse([p for path in client.published for p in client.published[path] if p["diagnostics"]])

    def test_what_is_pulled_while_indexing_waits_for_the_truth(self):
        files = {f"more/{i}.yaml": STRICT.replace("foo", f"ns{i}") for i in range(1500)}
        with Workspace({**CONFLICT, **files}) as workspace, Client(workspace.root) as client:
            client.initialize(PULLS)
            client.open("peer.yaml")
            self.assertEqual([d["code"] for d in pull(client, "peer.yaml")["items"]], ["TIS0208"])

    def test_a_waiting_pull_can_be_cancelled(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root, answer_requests=False) as client:
            client.initialize(PULLS)  # settings are asked for, and nobody answers
            request = client.start_request("workspace/diagnostic", {"previousResultIds": []})
            client.notify("$/cancelRequest", {"id": request})
            with self.assertRaises(RpcError) as refusal:
                client.finish_request(request)
            self.assertEqual(refusal.exception.code, -32800)

    def test_a_client_that_wants_a_push_gets_one(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            result = client.initialize(PULLS, initializationOptions={"diagnostics": "push"})
            self.assertNotIn("diagnosticProvider", result["capabilities"])
            client.wait_for_codes("peer.yaml", ["TIS0208"])


if __name__ == "__main__":
    unittest.main()
