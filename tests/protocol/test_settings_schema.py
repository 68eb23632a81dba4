"""docs/config.schema.json, from which the VS Code extension's settings come, says what values the server takes; tests/command_line/setting_table_test.cpp compares the keys."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from lsp_client import SERVER, Client

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
SCHEMA = json.loads((REPOSITORY / "docs/config.schema.json").read_text())
MANIFEST = json.loads((REPOSITORY / "vscode-extension/package.json").read_text())
SECTION = "istioMtls."
CONTRIBUTED = {name: setting for chapter in MANIFEST["contributes"]["configuration"] for name, setting in chapter["properties"].items()}
FILE_ONLY = {"meshes", "baseline"}
CLIENT_ONLY = {"server.path", "trace.server"}
EDITOR_ONLY = {"build": "overlays/prod", "clusterRefresh": 5, "codeLens": False, "diagnosticsDelay": 0, "inlayHints": False, "schemaHelp": False}  # by an example
WRONG = [["a", "list"], {"a": "mapping"}]  # no key takes both


def complaints(settings):
    """What `check` says of a configuration file."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, ".istio-mtls.yaml")
        path.write_text(json.dumps(settings))
        path.with_name("namespace.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
        result = subprocess.run([SERVER, "check", "--color", "never", folder], capture_output=True, text=True, check=False)
        return [line for line in (result.stdout + result.stderr).splitlines() if path.name in line]


def examples(key):
    return SCHEMA["definitions"][key]["examples"]


class SettingsSchema(unittest.TestCase):
    def setUp(self):
        self.mesh = SCHEMA["properties"]["meshes"]["items"]["properties"]
        self.own = [key for key in SCHEMA["properties"] if key not in FILE_ONLY]

    def test_it_names_the_codes_that_the_server_knows(self):
        listed = subprocess.run([SERVER, "explain"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(set(SCHEMA["definitions"]["severity"]["properties"]), set(re.findall(r"^(\w+\d{4})\s", listed, re.MULTILINE)))

    def test_its_examples_are_taken(self):
        for key in self.own:
            for value in [*examples(key), None]:
                with self.subTest(key=key, value=value):
                    self.assertEqual(complaints({key: value}), [])
                    if key in self.mesh:
                        self.assertEqual(complaints({"meshes": [{"name": "prod", "include": ["**"], key: value}]}), [])

    def test_its_severities_are_taken_for_every_code(self):
        for level in SCHEMA["definitions"]["severityLevel"]["enum"]:
            self.assertEqual(complaints({"severity": {code: level for code in SCHEMA["definitions"]["severity"]["properties"]}}), [])

    def test_its_bounds_of_limits_are_those_of_the_server(self):
        for name, limit in SCHEMA["definitions"]["limits"]["properties"].items():
            low, high = limit["minimum"], limit["maximum"]
            for value, taken in [(low, True), (high, True), (low - 1, False), (high + 1, False)]:
                with self.subTest(name=name, value=value):
                    self.assertEqual(complaints({"limits": {name: value}}) == [], taken)

    def test_a_value_of_another_type_is_complained_of(self):
        for key in SCHEMA["properties"]:
            with self.subTest(key=key):
                self.assertTrue(any(complaints({key: value}) for value in WRONG))

    def test_the_editor_settings_are_those_keys(self):
        contributed = {name.removeprefix(SECTION) for name in CONTRIBUTED}
        self.assertEqual(contributed - CLIENT_ONLY - set(EDITOR_ONLY), set(self.own))

    def test_the_server_takes_them_from_an_editor(self):
        for key in [*self.own, *EDITOR_ONLY]:
            right = [EDITOR_ONLY[key]] if key in EDITOR_ONLY else examples(key)
            for values, warned in [(right, False), (WRONG, True)]:
                with self.subTest(key=key, warned=warned):
                    self.assertEqual(any(self.warnings({key: value}) for value in values), warned)

    def test_the_defaults_of_the_editor_mean_not_set(self):
        self.assertEqual(self.warnings({name.removeprefix(SECTION): setting["default"] for name, setting in CONTRIBUTED.items()}), [])

    @staticmethod
    def warnings(settings):
        with Client() as client:
            client.initialize(initializationOptions=settings)
            client.shutdown()
            return [params["message"] for method, params in client.notified if method == "window/showMessage"]


if __name__ == "__main__":
    unittest.main()
