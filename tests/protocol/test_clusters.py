"""Files laid over a cluster, in an editor; kubectl is a stand-in that answers from a file (tests/cluster/stand-in)."""

import json
import os
import pathlib
import subprocess
import time
import unittest

from lsp_client import CAPABILITIES, SERVER, Client, RpcError, Workspace, to_uri
from manifests import PLAINTEXT, STRICT

STAND_IN = pathlib.Path(__file__).resolve().parents[1] / "cluster" / "stand-in"
MARKDOWN = {**CAPABILITIES["textDocument"], "hover": {"contentFormat": ["markdown"]}}
OPENS_CLUSTERS = {**CAPABILITIES, "textDocument": MARKDOWN, "experimental": {"istioMtls": {"clusterDocuments": True}}}
POLICIES = "/apis/security.istio.io/v1/peerauthentications?limit=500"
PERMISSIVE = STRICT.replace("STRICT", "PERMISSIVE")
SEEN = "foo/PeerAuthentication/default.yaml"


def metadata(name, **more):
    return {"name": name, "namespace": "foo", "creationTimestamp": "2026-01-01T00:00:00Z", **more}


def items(*objects):
    return {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": list(objects)}


def policy(mode):
    return items({"apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication", "metadata": metadata("default"),
                  "spec": {"mtls": {"mode": mode}}})


def cluster(mode="STRICT"):
    """A service with a sidecar, in a namespace that a policy of this mode is for."""
    return {
        "$contexts": ["prod", "stage"],
        "/api/v1/services?limit=500": items(
            {"metadata": metadata("a"), "spec": {"selector": {"app": "a"}, "ports": [{"port": 80, "name": "http"}]}}),
        "/api/v1/pods?limit=500": items(
            {"metadata": metadata("a-1", labels={"app": "a"}), "status": {"phase": "Running"},
             "spec": {"containers": [{"name": "app", "ports": [{"containerPort": 80}]}, {"name": "istio-proxy"}]}}),
        POLICIES: policy(mode),
    }


class Clusters(unittest.TestCase):
    def setUp(self):
        self.environment = dict(os.environ)
        os.environ["PATH"] = f'{STAND_IN}:{os.environ["PATH"]}'

    def tearDown(self):
        os.environ.clear()
        os.environ.update(self.environment)

    def start(self, workspace, answers):
        self.answers = workspace.top / "answers.json"
        self.set_answers(answers)
        os.environ["KUBECTL_ANSWERS"] = str(self.answers)
        return Client(workspace.root)

    def set_answers(self, answers):
        self.answers.write_text(json.dumps(answers))

    def states(self, client):
        return client.request("istioMtls/clusters", None)["clusters"]

    def wait_until_read(self, client):
        client.wait(lambda: all(not state["reading"] for state in self.states(client)), "the clusters to be read")
        return self.states(client)

    def hover(self, client, name, line, character):
        return client.request("textDocument/hover", {"textDocument": {"uri": to_uri(client.path(name))},
                                                     "position": {"line": line, "character": character}})["contents"]["value"]

    def shown_messages(self, client):
        return [params["message"] for method, params in client.notified if method == "window/showMessage"]

    def test_a_file_meets_the_cluster(self):
        with Workspace({"rule.yaml": PLAINTEXT}) as workspace, self.start(workspace, cluster()) as client:
            client.initialize(OPENS_CLUSTERS, initializationOptions={"cluster": "prod"})
            client.open("rule.yaml")
            [found] = client.wait_for_codes("rule.yaml", ["TIS0208"])
            [other] = found["relatedInformation"]
            self.assertEqual(other["location"]["uri"], f"istio-mtls-cluster:/prod/{SEEN}")
            self.assertTrue(other["message"].startswith("cluster prod: PeerAuthentication foo/default: "), other)
            text = client.request("istioMtls/clusterDocument", {"uri": other["location"]["uri"]})["text"]
            start, end = other["location"]["range"]["start"], other["location"]["range"]["end"]
            self.assertEqual(text.splitlines()[start["line"]][start["character"]:end["character"]], "STRICT")
            hover = self.hover(client, "rule.yaml", 9, 14)
            self.assertIn("(istio-mtls-cluster:/prod/foo/PeerAuthentication/default.yaml#L", hover)
            self.assertIn("in cluster prod", hover)
            document = {"textDocument": {"uri": to_uri(client.path("rule.yaml"))}}
            lens = client.request("textDocument/codeLens", document)[0]
            self.assertEqual(lens["command"]["title"], "for services that accept STRICT · in cluster prod")
            [hint] = client.request("textDocument/inlayHint", {**document, "range": {
                "start": {"line": 0, "character": 0}, "end": {"line": 10, "character": 0}}})
            self.assertEqual("".join(part["value"] for part in hint["label"]), "✗ servers: STRICT, default in cluster")
            graph = client.request("istioMtls/graph", {})["meshes"][0]
            self.assertEqual(graph["cluster"]["name"], "prod")
            self.assertRegex(graph["cluster"]["taken"], r"^20\d\d-")
            self.assertRegex(hover, r"Laid over cluster .*prod.*, as of 20\d\d-")

    def test_a_client_that_opens_no_clusters_gets_their_text_in_hovers(self):
        with Workspace({"rule.yaml": PLAINTEXT}) as workspace, self.start(workspace, cluster()) as client:
            client.initialize(initializationOptions={"cluster": "prod"})
            client.open("rule.yaml")
            [found] = client.wait_for_codes("rule.yaml", ["TIS0208"])
            [other] = found["relatedInformation"]
            self.assertEqual(other["location"]["uri"], to_uri(client.path("rule.yaml")))
            hover = self.hover(client, "rule.yaml", 9, 14)
            self.assertIn("mode: STRICT", hover)
            self.assertNotIn("istio-mtls-cluster:", hover)
            host = {"textDocument": {"uri": to_uri(client.path("rule.yaml"))}, "position": {"line": 6, "character": 9}}
            self.assertEqual(client.request("textDocument/definition", host), [])

    def test_definition_and_references_lead_into_the_cluster(self):
        with Workspace({"rule.yaml": PLAINTEXT}) as workspace, self.start(workspace, cluster()) as client:
            client.initialize(OPENS_CLUSTERS, initializationOptions={"cluster": "prod"})
            client.open("rule.yaml")
            client.wait_for_codes("rule.yaml", ["TIS0208"])
            host = {"textDocument": {"uri": to_uri(client.path("rule.yaml"))}, "position": {"line": 6, "character": 9}}
            [service] = client.request("textDocument/definition", host)
            self.assertEqual(service["uri"], "istio-mtls-cluster:/prod/foo/Service/a.yaml")

    def test_a_file_replaces_what_the_cluster_has_and_gives_it_back(self):
        files = {"rule.yaml": PLAINTEXT, "policy.yaml": PERMISSIVE}
        with Workspace(files) as workspace, self.start(workspace, cluster()) as client:
            client.initialize(OPENS_CLUSTERS, initializationOptions={"cluster": "prod"})
            client.open("rule.yaml")
            client.open("policy.yaml")
            self.wait_until_read(client)
            client.wait_for_codes("rule.yaml", [])
            client.replace("policy.yaml", "name: default", "name: other")
            [found] = client.wait_for_codes("rule.yaml", ["TIS0208"])
            self.assertIn("cluster prod", found["relatedInformation"][0]["message"])
            client.replace("policy.yaml", "name: other", "name: default")
            client.wait_for_codes("rule.yaml", [])
            client.replace("policy.yaml", "PERMISSIVE", "STRICT")
            [found] = client.wait_for_codes("rule.yaml", ["TIS0208"])
            self.assertEqual(found["relatedInformation"][0]["location"]["uri"], to_uri(client.path("policy.yaml")))

    def test_refreshing_brings_what_has_changed(self):
        with Workspace({"rule.yaml": PLAINTEXT}) as workspace, self.start(workspace, cluster()) as client:
            client.initialize(OPENS_CLUSTERS, initializationOptions={"cluster": "prod"})
            client.open("rule.yaml")
            client.wait_for_codes("rule.yaml", ["TIS0208"])
            self.set_answers(cluster("PERMISSIVE"))
            client.request("istioMtls/refreshClusters", None)
            client.wait_for_codes("rule.yaml", [])
            [state] = self.wait_until_read(client)
            self.assertEqual((state["name"], state["context"], state["objects"], state["error"]), ("prod", "prod", 3, None))
            told = [params for method, params in client.notified if method == "istioMtls/clusters"]
            self.assertEqual(told[-1]["clusters"], [state])

    def test_a_cluster_that_is_gone_counts_as_it_was(self):
        with Workspace({"rule.yaml": PLAINTEXT}) as workspace, self.start(workspace, cluster()) as client:
            client.initialize(OPENS_CLUSTERS, initializationOptions={"cluster": "prod"})
            client.open("rule.yaml")
            client.wait_for_codes("rule.yaml", ["TIS0208"])
            refused = "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?"
            self.set_answers({**cluster(), "$always": {"$error": refused}})
            client.request("istioMtls/refreshClusters", None)
            client.wait(lambda: any(refused in message for message in self.shown_messages(client)), "kubectl's words")
            [state] = self.wait_until_read(client)
            self.assertIn(refused, state["error"])
            self.assertEqual(state["objects"], 3)
            self.assertIsNotNone(state["taken"])
            self.assertEqual(client.codes("rule.yaml"), ["TIS0208"])

    def test_nothing_is_concluded_before_the_cluster_is_known(self):
        # Without the cluster's policy this rule would be one for nobody: hints and errors alike are for later.
        call = PLAINTEXT.replace("a.foo", "gone.foo")
        answers = {**cluster(), "/api/v1/pods?limit=500": {"$sleep": 2}}
        with Workspace({"rule.yaml": call}) as workspace, self.start(workspace, answers) as client:
            client.initialize(OPENS_CLUSTERS, initializationOptions={"cluster": "prod"})
            client.open("rule.yaml")
            client.wait_until_indexed()
            began = time.monotonic()
            client.replace("rule.yaml", "mode: DISABLE", "mode: DISABLED")
            client.wait_for_codes("rule.yaml", ["MTLS0001"])
            self.assertLess(time.monotonic() - began, 1.5)
            self.assertTrue(self.states(client)[0]["reading"])

    def test_reading_can_be_cancelled(self):
        answers = {**cluster(), "/api/v1/pods?limit=500": {"$sleep": 30}}
        with Workspace({"rule.yaml": PLAINTEXT}) as workspace, self.start(workspace, answers) as client:
            client.initialize(OPENS_CLUSTERS, initializationOptions={"cluster": "prod"})
            begun = lambda: [params["token"] for method, params in client.notified if method == "$/progress" and
                             params["value"].get("title") == "Reading the cluster" and params["value"]["cancellable"]]
            client.wait(begun, "progress that can be cancelled")
            client.notify("window/workDoneProgress/cancel", {"token": begun()[0]})
            [state] = self.wait_until_read(client)
            self.assertEqual((state["cancelled"], state["error"]), (True, None))
            self.assertEqual(self.shown_messages(client), [])

    def test_a_snapshot_is_read_again_when_it_changes(self):
        with Workspace({"rule.yaml": PLAINTEXT, ".istio-mtls.yaml": "snapshot: snapshots/prod.json\n"}) as workspace:
            with self.start(workspace, cluster()) as client:
                self.snapshot(workspace, "snapshots/prod.json")
                client.initialize(OPENS_CLUSTERS)
                client.open("rule.yaml")
                client.wait_for_codes("rule.yaml", ["TIS0208"])
                [state] = self.wait_until_read(client)
                self.assertEqual(state["snapshot"], to_uri(client.path("snapshots/prod.json")))
                # What it holds is the cluster's, and no second definition of anything.
                self.assertEqual(client.codes("snapshots/prod.json"), [])
                self.set_answers(cluster("PERMISSIVE"))
                self.snapshot(workspace, "snapshots/prod.json")
                client.touched("snapshots/prod.json")
                client.wait_for_codes("rule.yaml", [])

    def snapshot(self, workspace, name):
        path = pathlib.Path(workspace.root) / name
        path.parent.mkdir(exist_ok=True)
        subprocess.run([SERVER, "snapshot", "--context", "prod", "-o", path], check=True)

    def test_meshes_over_clusters_of_their_own(self):
        files = {
            ".istio-mtls.yaml": "meshes:\n- {name: prod, include: [prod/**], snapshot: prod.json}\n"
                                "- {name: stage, include: [stage/**], cluster: stage}\n",
            "prod/rule.yaml": PLAINTEXT, "stage/rule.yaml": PLAINTEXT,
        }
        with Workspace(files) as workspace, self.start(workspace, cluster()) as client:
            self.snapshot(workspace, "prod.json")
            self.set_answers(cluster("PERMISSIVE"))
            client.initialize(OPENS_CLUSTERS)
            client.open("prod/rule.yaml")
            client.open("stage/rule.yaml")
            client.wait_for_codes("prod/rule.yaml", ["TIS0208"])
            self.assertEqual(sorted(state["name"] for state in self.wait_until_read(client)), ["prod", "stage"])
            client.wait_for_codes("stage/rule.yaml", [])

    def test_the_editor_can_forbid_clusters(self):
        with Workspace({"rule.yaml": PLAINTEXT, ".istio-mtls.yaml": "cluster: prod\n"}) as workspace:
            with self.start(workspace, cluster()) as client:
                client.initialize(OPENS_CLUSTERS, initializationOptions={"cluster": "none"})
                client.open("rule.yaml")
                client.wait_until_indexed()
                self.assertEqual(self.states(client), [])
                self.assertNotIn("TIS0208", client.codes("rule.yaml"))

    def test_no_program_runs_before_the_editor_has_said_its_settings(self):
        with Workspace({"rule.yaml": PLAINTEXT, ".istio-mtls.yaml": "cluster: prod\n"}) as workspace:
            with self.start(workspace, cluster()) as client:
                client.settings = {"cluster": "none"}
                client.initialize(OPENS_CLUSTERS)
                client.open("rule.yaml")
                client.wait_until_indexed()
                self.assertEqual(self.states(client), [])

    def test_what_breaks_in_the_cluster_stands_at_the_file(self):
        # The API server has no sidecar, and cannot call a webhook that a file makes STRICT.
        answers = {
            **cluster("PERMISSIVE"),
            "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations?limit=500": items(
                {"metadata": {"name": "hook"}, "webhooks": [
                    {"name": "hook.example.com", "clientConfig": {"service": {"name": "a", "namespace": "foo", "port": 80}}}]}),
        }
        with Workspace({"policy.yaml": PERMISSIVE}) as workspace, self.start(workspace, answers) as client:
            client.initialize(OPENS_CLUSTERS, initializationOptions={"cluster": "prod"})
            client.open("policy.yaml")
            self.wait_until_read(client)
            client.wait_for_codes("policy.yaml", [])
            client.change("policy.yaml", STRICT)
            [found] = client.wait_for_codes("policy.yaml", ["MTLS0201"])
            self.assertEqual(found["relatedInformation"][0]["location"]["uri"],
                             "istio-mtls-cluster:/prod/ValidatingWebhookConfiguration/hook.yaml")
            titles = [action["title"] for action in client.code_actions("policy.yaml", found, only=["quickfix"])]
            self.assertTrue(any("PERMISSIVE" in title for title in titles), titles)
            client.change("policy.yaml", PERMISSIVE)
            client.wait_for_codes("policy.yaml", [])

    def test_a_conflict_with_many_rules_of_the_cluster_is_said_once(self):
        rules = [{"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
                  "metadata": metadata("a", namespace=f"client-{number}"),
                  "spec": {"host": "a.foo.svc.cluster.local", "trafficPolicy": {"tls": {"mode": "DISABLE"}}}}
                 for number in range(40)]
        pods = [{"metadata": metadata("c", namespace=f"client-{number}"), "status": {"phase": "Running"},
                 "spec": {"containers": [{"name": "istio-proxy"}]}} for number in range(40)]
        answers = cluster("PERMISSIVE")
        answers["/api/v1/pods?limit=500"]["items"] += pods
        answers["/apis/networking.istio.io/v1/destinationrules?limit=500"] = items(*rules)
        with Workspace({"policy.yaml": STRICT}) as workspace:
            with self.start(workspace, answers) as client:
                client.initialize(OPENS_CLUSTERS, initializationOptions={"cluster": "prod"})
                client.open("policy.yaml")
                [found] = client.wait_for_codes("policy.yaml", ["TIS0208"])
                self.assertEqual(found["relatedInformation"][-1]["message"].split(": ")[-1], "and 30 more")

    def test_documents_that_are_not_there_are_refused(self):
        with Workspace({"rule.yaml": PLAINTEXT}) as workspace, self.start(workspace, cluster()) as client:
            client.initialize(OPENS_CLUSTERS, initializationOptions={"cluster": "prod"})
            self.wait_until_read(client)
            for uri in ["istio-mtls-cluster:/prod/foo/Service/none.yaml", "istio-mtls-cluster:/other/foo/Service/a.yaml",
                        "file:///x.yaml", ""]:
                with self.assertRaises(RpcError):
                    client.request("istioMtls/clusterDocument", {"uri": uri})


if __name__ == "__main__":
    unittest.main()
