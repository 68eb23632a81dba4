"""Helm charts, rendered in the background by a stand-in for helm that replays what the real one printed (tests/helm)."""

import os
import pathlib
import time
import unittest

from lsp_client import Client, Workspace, to_uri

HELM = pathlib.Path(__file__).resolve().parents[1] / "helm" / "bin"
RULE = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: db
spec:
  host: db
  trafficPolicy:
    tls:
      mode: {}
"""
PLAIN = RULE.replace("metadata:", "metadata:\n  namespace: shop").format("ISTIO_MUTUAL").replace("db", "other")
FILES = {
    ".istio-mtls.yaml": "helm: true\ncharts:\n- {path: chart, namespace: shop, values: [prod.yaml]}\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
    "chart/values.yaml": "mode: PERMISSIVE\n",
    "chart/prod.yaml": "mode: STRICT\n",
    "chart/templates/rule.yaml": RULE.format("DISABLE"),
    "chart/templates/rest.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: db
spec:
  selector: {app: db}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: db
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata:
      labels: {app: db, sidecar.istio.io/inject: "true"}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
spec:
  mtls:
    mode: {{ .Values.mode }}
""",
    "plain.yaml": PLAIN,
}


class Charts(unittest.TestCase):
    def setUp(self):
        self.environment = dict(os.environ)
        os.environ["PATH"] = f'{HELM}:{os.environ["PATH"]}'

    def tearDown(self):
        os.environ.clear()
        os.environ.update(self.environment)

    def runs(self, workspace):
        log = workspace.top / "helm.log"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def start(self, workspace, slow=""):
        os.environ["HELM_LOG"] = str(workspace.top / "helm.log")
        os.environ["HELM_SLOW"] = slow
        return Client(workspace.root)

    def test_findings_stand_in_the_template(self):
        with Workspace(FILES) as workspace, self.start(workspace) as client:
            client.initialize()
            client.open("chart/templates/rule.yaml")
            [diagnostic] = client.wait_for_codes("chart/templates/rule.yaml", ["TIS0208"])
            self.assertEqual(diagnostic["range"], {"start": {"line": 8, "character": 12},
                                                   "end": {"line": 8, "character": 19}})
            self.assertTrue(diagnostic["message"].endswith("(in chart with prod.yaml)"), diagnostic["message"])
            [other] = client.wait_for_codes("chart/templates/rest.yaml", ["TIS0208"])
            self.assertEqual(other["range"]["start"], {"line": 24, "character": 4})
            self.assertEqual(client.codes("chart/Chart.yaml"), [])

    def test_hover_and_definition_lead_into_templates(self):
        with Workspace(FILES) as workspace, self.start(workspace) as client:
            client.initialize()
            client.open("chart/templates/rule.yaml")
            client.wait_for_codes("chart/templates/rule.yaml", ["TIS0208"])
            there = {"textDocument": {"uri": to_uri(client.path("chart/templates/rule.yaml"))}}
            mode = {**there, "position": {"line": 8, "character": 14}}
            self.assertIn("DISABLE", str(client.request("textDocument/hover", mode)["contents"]))
            host = {**there, "position": {"line": 5, "character": 9}}
            [found] = client.request("textDocument/definition", host)
            self.assertTrue((found.get("uri") or found["targetUri"]).endswith("/chart/templates/rest.yaml"))

    def test_a_template_counts_once_it_is_saved(self):
        with Workspace(FILES) as workspace, self.start(workspace) as client:
            client.initialize()
            client.open("chart/templates/rule.yaml")
            client.wait_for_codes("chart/templates/rule.yaml", ["TIS0208"])
            before = self.runs(workspace)
            client.replace("chart/templates/rule.yaml", "DISABLE", "ISTIO_MUTUAL")
            time.sleep(0.7)
            self.assertEqual(client.codes("chart/templates/rule.yaml"), ["TIS0208"])
            self.assertEqual(self.runs(workspace), before)
            workspace.write("chart/templates/rule.yaml", RULE.format("ISTIO_MUTUAL"))
            client.notify("textDocument/didSave",
                          {"textDocument": {"uri": to_uri(client.path("chart/templates/rule.yaml"))}})
            client.wait_for_codes("chart/templates/rule.yaml", [])
            client.wait_for_codes("chart/templates/rest.yaml", [])

    def test_values_on_the_disk_count(self):
        with Workspace(FILES) as workspace, self.start(workspace) as client:
            client.initialize()
            client.open("plain.yaml")
            client.wait_for_codes("chart/templates/rest.yaml", ["TIS0208"])
            workspace.write("chart/prod.yaml", "mode: PERMISSIVE\n")
            client.touched("chart/prod.yaml")
            client.wait_for_codes("chart/templates/rest.yaml", [])

    def test_a_fix_edits_the_template(self):
        with Workspace(FILES) as workspace, self.start(workspace) as client:
            client.initialize()
            client.open("chart/templates/rule.yaml")
            [diagnostic] = client.wait_for_codes("chart/templates/rule.yaml", ["TIS0208"])
            fix = client.code_actions("chart/templates/rule.yaml", diagnostic)[0]
            self.assertTrue(fix["isPreferred"])
            client.apply(fix["edit"])
            self.assertIn("mode: ISTIO_MUTUAL", client.texts[client.path("chart/templates/rule.yaml")])

    def test_a_slow_helm_holds_no_edit_up(self):
        with Workspace(FILES) as workspace, self.start(workspace, slow="3") as client:
            client.initialize()
            client.open("plain.yaml")
            client.wait_until_indexed()
            begun = time.monotonic()
            client.replace("plain.yaml", "mode: ISTIO_MUTUAL", "mode: ISTIO_MUTUALS")
            client.wait_for_codes("plain.yaml", ["MTLS0001"])
            self.assertLess(time.monotonic() - begun, 2)
            client.wait_for_codes("chart/templates/rest.yaml", ["TIS0208"])

    def test_the_editor_can_forbid_it(self):
        with Workspace(FILES) as workspace, self.start(workspace) as client:
            client.initialize(initializationOptions={"helm": False})
            client.open("plain.yaml")
            client.wait_for_codes("chart/Chart.yaml", ["MTLS0904"])
            time.sleep(0.3)
            self.assertEqual(self.runs(workspace), 0)

    def test_an_error_stands_on_the_chart(self):
        files = {**FILES, "chart/templates/bad.yaml": "a: {{ required \"say a\" .Values.a }}\n"}
        with Workspace(files) as workspace, self.start(workspace) as client:
            client.initialize()
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                shown = client.diagnostics("chart/Chart.yaml") or []
                if shown and "say a" in shown[0]["message"]:
                    break
                time.sleep(0.05)
            [diagnostic] = client.diagnostics("chart/Chart.yaml")
            self.assertEqual((diagnostic["code"], diagnostic["severity"]), ("MTLS0904", 2))
            self.assertIn("say a", diagnostic["message"])


if __name__ == "__main__":
    unittest.main()
