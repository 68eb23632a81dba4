"""The parts of scripts/generate-istio-api that need neither network nor PyYAML."""

import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/generate-istio-api"
loader = importlib.machinery.SourceFileLoader("generate_istio_api", str(SCRIPT))
made = importlib.util.module_from_spec(importlib.util.spec_from_loader("generate_istio_api", loader))
loader.exec_module(made)

PAGE = """---
title: A
description: What A is for.
location: https://istio.io/docs/reference/config/a.html
---
<h2 id="A">A</h2>
<table><tbody>
<tr id="A-first_field">
<td><div class="field"><div class="name"><code><a href="#A-first_field">firstField</a></code></div>
<div class="type"><a href="#A-B">B[]</a></div>
<div class="required">Required</div>
</div></td>
<td>
<p>Names one of <code>x</code>
or y. Defaults to x.</p>
<pre><code>firstField: example</code></pre>
<p>After the example.</p>
</td>
</tr>
</tbody></table>
<h3 id="A-B">B</h3>
"""


def schema(**properties):
    return {"type": "object", "properties": properties}


def merged(older, newer):
    with contextlib.redirect_stderr(io.StringIO()) as noted:
        return made.merge(made.node_of(older), made.node_of(newer), "K"), noted.getvalue()


class Sentences(unittest.TestCase):
    def test_first_and_default(self):
        self.assertEqual(made.sentence_of(["Optional. The host. More of it.", "Default is `a`."]),
                         "The host. Default is `a`.")
        self.assertEqual(made.sentence_of(["A port, e.g. HTTP. Other."]), "A port, e.g. HTTP.")
        self.assertEqual(made.sentence_of(["REQUIRED."]), "")
        self.assertEqual(made.sentence_of([]), "")

    def test_length(self):
        long = made.sentence_of(["word " * 100])
        self.assertLessEqual(len(long), made.MAX_SENTENCE)
        self.assertTrue(long.endswith("word\u2026"))

    def test_markdown(self):
        self.assertEqual(made.markdown_sentence("See [the page](https://a.b/c). Then\n- a list"), "See the page.")


class Nodes(unittest.TestCase):
    def test_types(self):
        duration = {"type": "string", "x-kubernetes-validations": [{"rule": "duration(self) >= duration('1ms')"}]}
        for given, expected in [({"type": "string"}, "String"), (duration, "Duration"),
                                ({"type": "integer"}, "Integer"),
                                ({"x-kubernetes-int-or-string": True}, "IntOrString"),
                                ({"type": "string", "format": "date-time"}, "Timestamp"),
                                ({"type": "object", "additionalProperties": {"type": "string"}}, "Map"),
                                ({"x-kubernetes-preserve-unknown-fields": True}, "Any"),
                                ({"type": "string", "enum": ["A"]}, "Enum")]:
            self.assertEqual(made.node_of(given)["type"], expected)
        self.assertFalse(made.node_of({"type": "object"})["open"])
        with self.assertRaises(SystemExit):
            made.node_of({"type": "object", "oneOf": [schema(a={"type": "string"})]})

    def test_fields_of_either_release_stay(self):
        node, noted = merged(schema(gone={"type": "string"}, both={"type": "string"}),
                             schema(new={"type": "string"}, both={"type": "string"}))
        self.assertEqual(sorted(node["fields"]), ["both", "gone", "new"])
        self.assertEqual(noted, "")
        node, _ = merged({"type": "array", "items": schema(a={"type": "string"})},
                         {"type": "array", "items": schema(b={"type": "string"})})
        self.assertEqual(sorted(node["item"]["fields"]), ["a", "b"])

    def test_values_and_changed_types(self):
        node, _ = merged({"type": "string", "enum": ["A", "OLD"]}, {"type": "string", "enum": ["A", "NEW"]})
        self.assertEqual(node["values"], ["A", "NEW", "OLD"])
        node, noted = merged(schema(a={"type": "string"}), schema(a={"type": "integer"}))
        self.assertEqual(node["fields"]["a"]["node"]["type"], "Integer")
        self.assertIn("K.a: String, then Integer", noted)

    def test_stability(self):
        self.assertEqual(sorted(["v1", "v1alpha3", "v1beta1", "v2alpha1"], key=made.stability),
                         ["v1alpha3", "v1beta1", "v1", "v2alpha1"])


class Reference(unittest.TestCase):
    def test_rows(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a/b/c.pb.html"
            path.parent.mkdir(parents=True)
            path.write_text(PAGE)
            reference = made.Reference(pathlib.Path(folder))
        place = reference.kind("A")
        row = reference.row(place, "firstField")
        self.assertEqual(made.sentence_of(row["paragraphs"]), "Names one of `x` or y. Defaults to x.")
        self.assertTrue(row["required"])
        self.assertEqual(row["anchor"], "A-first_field")
        self.assertEqual(reference.follow(place, row), (place[0], "A-B"))
        self.assertEqual(made.url(place[0]), "https://istio.io/latest/docs/reference/config/a/")
        self.assertEqual(reference.pages[place[0]].sentence, "What A is for.")
        self.assertIsNone(reference.kind("C"))


if __name__ == "__main__":
    unittest.main()
