"""istioMtls/graph: what `graph --format json` prints, with places that an editor can go to."""

import json
import subprocess
import unittest

from lsp_client import SERVER, Client, Workspace, to_uri
from manifests import CONFLICT


def without_editor_places(value):
    if isinstance(value, dict):
        return {key: without_editor_places(inner) for key, inner in value.items() if key not in ("uri", "lspRange")}
    if isinstance(value, list):
        return [without_editor_places(inner) for inner in value]
    return value


class Graph(unittest.TestCase):
    def test_equals_what_the_command_line_prints(self):
        files = {**CONFLICT, "ä/bom.yaml": "\ufeff" + CONFLICT["peer.yaml"].replace("foo", "bar")}
        with Workspace(files) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.wait_until_indexed()
            answer = client.request("istioMtls/graph", {})
            printed = subprocess.run([SERVER, "graph"], cwd=workspace.root, capture_output=True, check=True).stdout
            self.assertEqual(without_editor_places(answer), json.loads(printed))

    def test_places_can_be_opened_and_follow_edits(self):
        with Workspace(CONFLICT) as workspace, Client(workspace.root) as client:
            client.initialize()
            client.wait_until_indexed()
            client.open("rule.yaml")

            def failing():
                [mesh] = client.request("istioMtls/graph", {})["meshes"]
                return [edge for edge in mesh["edges"] if edge.get("failing")]

            [edge] = failing()
            self.assertEqual(edge["at"]["uri"], to_uri(client.path("rule.yaml")))
            text = CONFLICT["rule.yaml"].splitlines()
            start, end = edge["at"]["lspRange"]["start"], edge["at"]["lspRange"]["end"]
            self.assertEqual(text[start["line"]][start["character"]:end["character"]], "DISABLE")
            client.replace("rule.yaml", "DISABLE", "ISTIO_MUTUAL")
            self.assertEqual(failing(), [])


if __name__ == "__main__":
    unittest.main()
