"""Manifests typed by hand, key by key, as people do: what is said meanwhile, and when."""

import time
import unittest

from lsp_client import CAPABILITIES, Client, Workspace, to_uri
from manifests import PLAINTEXT, STRICT

RULE = PLAINTEXT + "      # the end\n"

DELAY = 0.4
PULLS = {
    **CAPABILITIES,
    "textDocument": {**CAPABILITIES["textDocument"], "diagnostic": {}},
    "workspace": {**CAPABILITIES["workspace"], "diagnostics": {"refreshSupport": True}},
}


class Typing(unittest.TestCase):
    def setUp(self):
        self.workspace = self.enterContext(Workspace({"policy.yaml": STRICT, "rule.yaml": ""}))
        self.client = self.enterContext(Client(self.workspace.root))

    def begin(self, **more):
        self.client.initialize(diagnostics_delay=None, **more)
        self.client.open("rule.yaml")
        self.client.wait_until_indexed()

    def type(self, text, between=0.01):
        for letter in text:
            self.client.append("rule.yaml", letter)
            time.sleep(between)

    def publications(self, name):
        return self.client.published.get(str(self.workspace.root / name), [])

    def test_a_rule_typed_by_hand_says_nothing_before_it_is_wrong(self):
        self.begin()
        before = len(self.publications("rule.yaml"))
        for line in RULE.splitlines(keepends=True):
            self.type(line)
        shown = self.publications("rule.yaml")[before:]
        self.assertEqual([each["diagnostics"] for each in shown if each["diagnostics"]], [])
        self.assertLessEqual(len(shown), 2)
        self.client.wait_for_codes("rule.yaml", ["TIS0208"])
        self.client.wait_for_codes("policy.yaml", ["TIS0208"])

    def test_a_pause_in_each_line_says_nothing_either(self):
        self.begin()
        for line in RULE.splitlines(keepends=True)[:-2]:
            half = len(line) // 2
            self.type(line[:half], 0)
            time.sleep(DELAY + 0.2)
            self.type(line[half:], 0)
        self.type("      mode: DIS", 0)
        time.sleep(DELAY + 0.3)
        said = {item["code"] for each in self.publications("rule.yaml") for item in each["diagnostics"]}
        self.assertEqual(said, set())
        self.type("ABLE\n", 0)
        self.client.wait_for_codes("rule.yaml", ["TIS0208"])

    def test_what_is_healed_goes_at_once_and_a_save_ends_the_wait(self):
        self.begin()
        self.client.append("rule.yaml", RULE)
        self.client.wait_for_codes("rule.yaml", ["TIS0208"])
        start = time.monotonic()
        self.client.replace("rule.yaml", "DISABLE", "ISTIO_MUTUAL")
        self.client.wait_for_codes("policy.yaml", [])
        self.assertLess(time.monotonic() - start, DELAY)
        self.client.replace("rule.yaml", "ISTIO_MUTUAL", "DISABLE")
        start = time.monotonic()
        self.client.notify("textDocument/didSave", {"textDocument": {"uri": to_uri(self.workspace.root / "rule.yaml")}})
        self.client.wait_for_codes("policy.yaml", ["TIS0208"])
        self.assertLess(time.monotonic() - start, DELAY)

    def test_the_setting_says_how_long(self):
        self.begin(initializationOptions={"diagnosticsDelay": 1500})
        self.client.append("rule.yaml", RULE)
        time.sleep(0.8)
        self.assertEqual(self.client.codes("policy.yaml"), [])
        self.client.wait_for_codes("policy.yaml", ["TIS0208"])

    def test_a_client_that_pulls_is_told_when_the_pause_is_over(self):
        self.client.initialize(PULLS, diagnostics_delay=None)
        self.client.open("rule.yaml")
        self.client.wait_until_indexed()

        def pulled():
            report = self.client.request("textDocument/diagnostic", {"textDocument": {"uri": to_uri(self.workspace.root / "rule.yaml")}})
            return [item["code"] for item in report["items"]]

        self.assertEqual(pulled(), [])
        self.client.append("rule.yaml", RULE)
        self.assertEqual(pulled(), [])
        self.client.wait(lambda: any(method == "workspace/diagnostic/refresh" for method, _ in self.client.links), "a refresh")
        self.assertEqual(pulled(), ["TIS0208"])

    def test_text_that_broke_says_that_the_last_valid_one_counts(self):
        self.begin()
        self.client.append("rule.yaml", RULE)
        self.client.wait_for_codes("rule.yaml", ["TIS0208"])
        self.client.append("rule.yaml", "  ]: [\n")
        self.client.wait_for_codes("rule.yaml", ["MTLS0900", "TIS0208"])
        broken = [item["message"] for item in self.publications("rule.yaml")[-1]["diagnostics"] if item["code"] == "MTLS0900"]
        self.assertRegex(broken[0], "checked as it was before this edit")


if __name__ == "__main__":
    unittest.main()
