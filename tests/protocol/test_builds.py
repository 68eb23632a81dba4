"""Bases, overlays and patches: what a kustomization builds, shown where it is written."""

import time
import unittest

from lsp_client import Client, Workspace, to_uri

POLICY = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: {}
"""
APP = """\
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  selector: {app: db}
  ports:
  - {name: tcp, port: 5432}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec:
  selector:
    matchLabels: {app: db}
  template:
    metadata:
      labels: {app: db, sidecar.istio.io/inject: "true"}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: db
  namespace: shop
spec:
  host: db.shop.svc.cluster.local
  trafficPolicy:
    tls:
      mode: DISABLE
"""
FILES = {
    "base/kustomization.yaml": "resources:\n- app.yaml\n- policy.yaml\n",
    "base/app.yaml": APP,
    "base/policy.yaml": POLICY.format("PERMISSIVE"),
    "dev/kustomization.yaml": "resources:\n- ../base\n",
    "prod/kustomization.yaml": "resources:\n- ../base\npatches:\n- path: strict.yaml\n",
    "prod/strict.yaml": POLICY.format("STRICT"),
}


def text_at(client, name, span):
    line = client.texts[client.path(name)].splitlines()[span["start"]["line"]]
    return line[span["start"]["character"]:span["end"]["character"]]


class Builds(unittest.TestCase):
    def test_a_patch_and_its_base_show_the_conflict_of_one_build(self):
        with Workspace(FILES) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("prod/strict.yaml")
            client.open("base/app.yaml")
            [of_patch] = client.wait_for_codes("prod/strict.yaml", ["TIS0208"])
            [of_base] = client.wait_for_codes("base/app.yaml", ["TIS0208"])
            self.assertEqual(text_at(client, "prod/strict.yaml", of_patch["range"]), "STRICT")
            self.assertEqual(text_at(client, "base/app.yaml", of_base["range"]), "DISABLE")
            self.assertTrue(of_base["message"].endswith("(in prod)"), of_base["message"])
            client.wait_for_codes("base/policy.yaml", [])

    def test_a_fix_is_written_where_the_value_is(self):
        with Workspace(FILES) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("base/app.yaml")
            [diagnostic] = client.wait_for_codes("base/app.yaml", ["TIS0208"])
            in_base, _, in_patch, *_ = client.code_actions("base/app.yaml", diagnostic)
            self.assertTrue(in_base["isPreferred"])
            [change] = in_patch["edit"]["documentChanges"]
            self.assertTrue(change["textDocument"]["uri"].endswith("/prod/strict.yaml"))
            client.apply(in_base["edit"])
            client.wait_for_codes("base/app.yaml", [])
            client.wait_for_codes("prod/strict.yaml", [])

    def test_one_build_is_overridden_where_the_base_serves_several(self):
        with Workspace(FILES) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("base/app.yaml")
            [diagnostic] = client.wait_for_codes("base/app.yaml", ["TIS0208"])
            actions = client.code_actions("base/app.yaml", diagnostic)
            [override] = [action for action in actions if action["title"].endswith("ISTIO_MUTUAL, in prod only")]
            self.assertFalse(override.get("isPreferred"))
            [change] = override["edit"]["documentChanges"]
            self.assertTrue(change["textDocument"]["uri"].endswith("/prod/kustomization.yaml"))
            client.open("prod/kustomization.yaml")
            client.apply(override["edit"])
            client.wait_for_codes("base/app.yaml", [])
            self.assertEqual(client.texts[client.path("prod/kustomization.yaml")], """\
resources:
- ../base
patches:
- path: strict.yaml
- patch: |-
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata:
      name: db
      namespace: shop
    spec:
      trafficPolicy:
        tls:
          mode: ISTIO_MUTUAL
""")

    def test_a_list_on_the_way_is_overridden_by_operations(self):
        app = APP.replace("    tls:\n      mode: DISABLE\n",
                          "    portLevelSettings:\n    - port: {number: 5432}\n      tls: {mode: DISABLE, sni: a}\n")
        with Workspace({**FILES, "base/app.yaml": app}) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("base/app.yaml")
            [diagnostic] = client.wait_for_codes("base/app.yaml", ["TIS0208"])
            actions = client.code_actions("base/app.yaml", diagnostic)
            [override] = [action for action in actions if action["title"].endswith("ISTIO_MUTUAL, in prod only")]
            client.open("prod/kustomization.yaml")
            client.apply(override["edit"])
            client.wait_for_codes("base/app.yaml", [])
            self.assertTrue(client.texts[client.path("prod/kustomization.yaml")].endswith("""\
- patch: |-
    - op: add
      path: /spec/trafficPolicy/portLevelSettings/0/tls/mode
      value: ISTIO_MUTUAL
    - op: remove
      path: /spec/trafficPolicy/portLevelSettings/0/tls/sni
  target:
    kind: DestinationRule
    name: db
    namespace: shop
"""))

    def test_a_kustomization_says_what_it_builds_and_one_build_can_be_chosen(self):
        with Workspace(FILES) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("base/kustomization.yaml")
            client.open("base/policy.yaml")
            client.wait_for_codes("base/app.yaml", ["TIS0208"])
            document = {"textDocument": {"uri": to_uri(client.path("base/kustomization.yaml"))}}
            [lens] = client.request("textDocument/codeLens", document)
            self.assertEqual(lens["command"]["title"], "2 builds · prod ✗ 1 conflict")
            builds = client.request("istioMtls/builds", document)["builds"]
            self.assertEqual([(each["name"], each["conflicts"], each["chosen"]) for each in builds],
                             [("dev", 0, False), ("prod", 1, False)])
            text = client.texts[client.path("base/policy.yaml")]
            where = {"textDocument": {"uri": to_uri(client.path("base/policy.yaml"))},
                     "position": client.position(text, text.index("default") + 2)}
            self.assertIn("dev", str(client.request("textDocument/hover", where)["contents"]))
            client.settings = {"build": "prod"}
            client.notify("workspace/didChangeConfiguration", {"settings": None})
            deadline = time.monotonic() + 10
            while "is shown" not in lens["command"]["title"] and time.monotonic() < deadline:
                [lens] = client.request("textDocument/codeLens", document)
            self.assertEqual(lens["command"]["title"], "2 builds · prod is shown · prod ✗ 1 conflict")
            self.assertNotIn("dev", str(client.request("textDocument/hover", where)["contents"]))

    def test_buffers_count_in_builds(self):
        with Workspace(FILES) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("prod/kustomization.yaml")
            client.wait_for_codes("base/app.yaml", ["TIS0208"])
            client.replace("prod/kustomization.yaml", "patches:\n- path: strict.yaml\n", "")
            client.wait_for_codes("base/app.yaml", [])
            client.wait_for_codes("prod/strict.yaml", ["MTLS0903"])
            client.open("base/policy.yaml")
            client.replace("base/policy.yaml", "PERMISSIVE", "STRICT")
            [diagnostic] = client.wait_for_codes("base/app.yaml", ["TIS0208"])
            self.assertTrue(diagnostic["message"].endswith("(in dev and prod)"), diagnostic["message"])

    def test_hover_and_definition_work_in_a_base(self):
        with Workspace(FILES) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("base/app.yaml")
            client.wait_for_codes("base/app.yaml", ["TIS0208"])
            text = client.texts[client.path("base/app.yaml")]
            where = {"textDocument": {"uri": to_uri(client.path("base/app.yaml"))},
                     "position": client.position(text, text.index("DISABLE") + 2)}
            hover = client.request("textDocument/hover", where)
            self.assertIn("plaintext", str(hover["contents"]))
            where["position"] = client.position(text, text.index("host: db") + 8)
            found = client.request("textDocument/definition", where)
            self.assertTrue(any("base/app.yaml" in str(place) for place in found), found)

    def test_what_a_kustomization_is_refused_for_stands_on_its_field(self):
        files = {**FILES, "prod/strict.yaml": POLICY.format("STRICT").replace("default", "other")}
        with Workspace(files) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.open("prod/kustomization.yaml")
            [refused] = client.wait_for_codes("prod/kustomization.yaml", ["MTLS0902"])
            self.assertEqual(text_at(client, "prod/kustomization.yaml", refused["range"]), "strict.yaml")


if __name__ == "__main__":
    unittest.main()
