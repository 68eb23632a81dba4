#include "workspace/yaml/edit.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "workspace/yaml/reader.h"
#include "workspace/yaml/tree.h"

using namespace workspace;
using namespace workspace::yaml;

namespace {

std::string edited(std::string_view text, std::string_view path, std::string_view value = "X") {
  const Result<std::vector<TextEdit>> edits = set_scalar(text, parse_path(path), value);
  return edits ? apply_edits(text, *edits) : "error: " + edits.error().message;
}

struct Row {
  const char* what;
  const char* path;
  const char* before;
  const char* after;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(std::string(row.what));
    CHECK(edited(row.before, row.path) == row.after);
  }
}

}  // namespace

TEST_CASE("a written value is replaced without its quotes and surroundings") {
  check({
      {"plain", "mode", "mode: STRICT\n", "mode: X\n"},
      {"comment", "mode", "mode:  STRICT  # keep\n", "mode:  X  # keep\n"},
      {"no final newline", "mode", "mode: STRICT", "mode: X"},
      {"CRLF", "mode", "a: 1\r\nmode: STRICT\r\nb: 2\r\n", "a: 1\r\nmode: X\r\nb: 2\r\n"},
      {"BOM", "mode", "\xEF\xBB\xBFmode: STRICT\n", "\xEF\xBB\xBFmode: X\n"},
      {"after other characters", "b", "a: \xC3\xA9\xF0\x9F\x98\x80\nb: c\n",
       "a: \xC3\xA9\xF0\x9F\x98\x80\nb: X\n"},
      {"single quoted", "mode", "mode: 'STRICT' # c\n", "mode: 'X' # c\n"},
      {"double quoted", "mode", "mode: \"ST\\\"RICT\"\n", "mode: \"X\"\n"},
      {"empty quotes", "mode", "mode: ''\n", "mode: 'X'\n"},
      {"plain over lines", "mode", "mode: a\n  b\nc: d\n", "mode: X\nc: d\n"},
      {"quoted over lines", "mode", "mode: \"a\n  b\"\nc: d\n", "mode: \"X\"\nc: d\n"},
      {"nested", "spec.mtls.mode", "spec:\n  mtls:\n    mode: STRICT\n", "spec:\n  mtls:\n    mode: X\n"},
      {"in a list", "a[1].mode", "a:\n- mode: A\n- port: 1\n  mode: B\n",
       "a:\n- mode: A\n- port: 1\n  mode: X\n"},
      {"flow", "tls.mode", "tls: {sni: x, mode: A} # c\n", "tls: {sni: x, mode: X} # c\n"},
      {"the last of two keys", "mode", "mode: A\nmode: B\n", "mode: A\nmode: X\n"},
      {"anchor", "a", "a: &m STRICT\nb: *m\n", "a: &m X\nb: *m\n"},
      {"tag", "a", "a: !!str STRICT\n", "a: !!str X\n"},
      {"tag and anchor, quoted", "a", "a: !!str &m 'STRICT'\n", "a: !!str &m 'X'\n"},
      {"explicit key", "a", "? a\n: b\n", "? a\n: X\n"},
      {"second document line", "a", "--- # doc\na: b\n", "--- # doc\na: X\n"},
  });
}

TEST_CASE("a block scalar becomes a plain one and keeps its comment") {
  check({
      {"literal", "mode", "mode: |\n  STRICT\nb: c\n", "mode: X\nb: c\n"},
      {"folded, strip, comment", "mode", "mode: >- # note\n  STRICT\n  more\nb: c\n",
       "mode: X # note\nb: c\n"},
      {"anchor", "mode", "mode: &m |\n  STRICT\n", "mode: &m X\n"},
      {"CRLF", "mode", "mode: |\r\n  STRICT\r\nb: c\r\n", "mode: X\r\nb: c\r\n"},
      {"empty", "mode", "mode: |\nb: c\n", "mode: X\nb: c\n"},
      {"at the end", "mode", "mode: |2\n   STRICT", "mode: X"},
  });
}

TEST_CASE("an empty value is written behind its key") {
  check({
      {"nothing", "mode", "mode:\n", "mode: X\n"},
      {"nothing, no newline", "mode", "mode:", "mode: X"},
      {"nothing, comment", "mode", "mode: # c\nb: 1\n", "mode: X # c\nb: 1\n"},
      {"nothing, CRLF", "mode", "mode:\r\nb: 1\r\n", "mode: X\r\nb: 1\r\n"},
      {"tilde", "mode", "mode: ~ # c\n", "mode: X # c\n"},
      {"null", "mode", "mode: null\n", "mode: X\n"},
      {"before the key null", "mode", "mode:\n\"null\": a\n", "mode: X\n\"null\": a\n"},
      {"anchor", "mode", "mode: &m\nb: 1\n", "mode: &m X\nb: 1\n"},
      {"flow", "t.mode", "t: {mode: , a: b}\n", "t: {mode: X , a: b}\n"},
      {"flow, tight", "t.mode", "t: {mode:}\n", "t: {mode: X}\n"},
      {"flow, no colon", "t.mode", "t: {mode, a: b}\n", "t: {mode: X, a: b}\n"},
      {"JSON null", "t.mode", "{\"t\": {\"mode\": null}}\n", "{\"t\": {\"mode\": \"X\"}}\n"},
      {"JSON number", "t.mode", "{\"t\": {\"mode\": 5}}\n", "{\"t\": {\"mode\": \"X\"}}\n"},
  });
}

TEST_CASE("a missing key becomes the first one") {
  check({
      {"block", "tls.mode", "tls:\n  sni: x\n", "tls:\n  mode: X\n  sni: x\n"},
      {"block, comment above", "tls.mode", "tls: # c\n  # d\n  sni: x\n",
       "tls: # c\n  # d\n  mode: X\n  sni: x\n"},
      {"root", "mode", "a: b\n", "mode: X\na: b\n"},
      {"root, BOM", "mode",
       "\xEF\xBB\xBF"
       "a: b\n",
       "\xEF\xBB\xBFmode: X\na: b\n"},
      {"CRLF", "tls.mode", "tls:\r\n  sni: x\r\n", "tls:\r\n  mode: X\r\n  sni: x\r\n"},
      {"lone CR", "tls.mode", "tls:\r  sni: x\r", "tls:\r  mode: X\r  sni: x\r"},
      {"no newline", "mode", "a: b", "mode: X\na: b"},
      {"no newline, CRLF", "t.mode", "t:\r\n  a: b", "t:\r\n  mode: X\r\n  a: b"},
      {"list item", "[0].mode", "- port: 1\n  a: b\n", "- mode: X\n  port: 1\n  a: b\n"},
      {"nested list item", "[0][0].mode", "- - port: 1\n", "- - mode: X\n    port: 1\n"},
      {"anchored mapping", "t.mode", "t: &t\n  a: b\n", "t: &t\n  mode: X\n  a: b\n"},
      {"anchored key", "t.mode", "t:\n  &k a: b\n", "t:\n  mode: X\n  &k a: b\n"},
      {"before a merge", "t.mode", "b: &b {a: 1}\nt:\n  <<: *b\n", "b: &b {a: 1}\nt:\n  mode: X\n  <<: *b\n"},
      {"empty flow", "t.mode", "t: {}\n", "t: {mode: X}\n"},
      {"empty flow, space", "t.mode", "t: { }\n", "t: { mode: X }\n"},
      {"empty flow, lines", "t.mode", "t: {\n  }\n", "t: {mode: X\n  }\n"},
      {"flow", "t.mode", "t: {sni: x} # c\n", "t: {mode: X, sni: x} # c\n"},
      {"flow, padded", "t.mode", "t: { sni: x }\n", "t: { mode: X, sni: x }\n"},
      {"flow, lines", "t.mode", "t: {\n    sni: x,\n  }\n", "t: {\n    mode: X,\n    sni: x,\n  }\n"},
      {"flow, comment", "t.mode", "t: { # c\n    sni: x}\n", "t: { # c\n    mode: X,\n    sni: x}\n"},
      {"flow pair", "[0].mode", "[sni: x, b]\n", "[{mode: X, sni: x}, b]\n"},
      {"JSON", "t.mode", "{\"t\": {\"sni\": \"x\"}}", "{\"t\": {\"mode\": \"X\", \"sni\": \"x\"}}"},
      {"JSON, tight", "t.mode", "{\"t\":{\"sni\":1}}", "{\"t\":{\"mode\": \"X\", \"sni\":1}}"},
      {"JSON, lines", "mode", "{\r\n\t\"sni\": \"x\"\r\n}\r\n",
       "{\r\n\t\"mode\": \"X\",\r\n\t\"sni\": \"x\"\r\n}\r\n"},
      {"JSON, empty", "t.mode", "{\"t\": {}}\n", "{\"t\": {\"mode\": \"X\"}}\n"},
  });
}

TEST_CASE("a shared value is changed for its one user") {
  check({
      {"alias", "b", "a: &m A\nb: *m # c\nc: *m\n", "a: &m A\nb: X # c\nc: *m\n"},
      {"alias in flow", "b.m", "a: &m A\nb: {m: *m, c: *m}\n", "a: &m A\nb: {m: X, c: *m}\n"},
      {"aliased mapping", "b.mode", "a: &t {mode: A, sni: x}\nb: *t\n",
       "a: &t {mode: A, sni: x}\nb: {mode: X, sni: x}\n"},
      {"aliased mapping, missing key", "b.mode", "a: &t {sni: '*.x', n: 80, s: \"80\", e: }\nb: *t\n",
       "a: &t {sni: '*.x', n: 80, s: \"80\", e: }\nb: {mode: X, sni: \"*.x\", n: 80, s: \"80\", e: null}\n"},
      {"aliased mapping, deep", "b.tls.mode", "a: &p {tls: {mode: A}, l: [1, {c: d}]}\nb: *p\n",
       "a: &p {tls: {mode: A}, l: [1, {c: d}]}\nb: {tls: {mode: X}, l: [1, {c: d}]}\n"},
      {"alias in an alias", "c.b.mode", "a: &a {mode: A}\nb: &b {b: *a, d: *a}\nc: *b\n",
       "a: &a {mode: A}\nb: &b {b: *a, d: *a}\nc: {b: {mode: X}, d: {mode: A}}\n"},
      {"aliased item", "b[0].mode", "a: &t {mode: A}\nb:\n- *t\n- *t\n",
       "a: &t {mode: A}\nb:\n- {mode: X}\n- *t\n"},
      {"aliased sequence", "b[1].mode", "a: &l [c, {mode: A}]\nb: *l\n",
       "a: &l [c, {mode: A}]\nb: [c, {mode: X}]\n"},
      {"alias that is written out merges", "c.mode", "a: &a {mode: A}\nb: &b {<<: *a, d: e}\nc: *b\n",
       "a: &a {mode: A}\nb: &b {<<: *a, d: e}\nc: {mode: X, d: e}\n"},
  });
}

TEST_CASE("a merged value is overridden behind the merge") {
  check({
      {"block", "b.mode", "a: &a {mode: A}\nb:\n  <<: *a # c\n  d: e\n",
       "a: &a {mode: A}\nb:\n  <<: *a # c\n  mode: X\n  d: e\n"},
      {"no newline", "b.mode", "a: &a {mode: A}\nb:\n  <<: *a", "a: &a {mode: A}\nb:\n  <<: *a\n  mode: X"},
      {"CRLF", "b.mode", "a: &a {mode: A}\r\nb:\r\n  <<: *a\r\n",
       "a: &a {mode: A}\r\nb:\r\n  <<: *a\r\n  mode: X\r\n"},
      {"flow", "b.mode", "a: &a {mode: A}\nb: {<<: *a, d: e}\n",
       "a: &a {mode: A}\nb: {<<: *a, mode: X, d: e}\n"},
      {"flow pair", "b[0].mode", "a: &a {mode: A}\nb: [<<: *a]\n",
       "a: &a {mode: A}\nb: [{<<: *a, mode: X}]\n"},
      {"sequence", "b.mode", "a: &a {mode: A}\nb:\n  <<: [*a, {mode: B}]\n",
       "a: &a {mode: A}\nb:\n  <<: [*a, {mode: B}]\n  mode: X\n"},
      {"merge replaces a key before it", "b.mode", "a: &a {mode: A}\nb:\n  mode: B\n  <<: *a\n",
       "a: &a {mode: A}\nb:\n  mode: B\n  <<: *a\n  mode: X\n"},
      {"key behind the merge", "b.mode", "a: &a {mode: A}\nb:\n  <<: *a\n  mode: B\n",
       "a: &a {mode: A}\nb:\n  <<: *a\n  mode: X\n"},
      {"deep", "b.tls.mode", "a: &a {tls: {mode: A, sni: x}}\nb:\n  <<: *a\n",
       "a: &a {tls: {mode: A, sni: x}}\nb:\n  <<: *a\n  tls: {mode: X, sni: x}\n"},
      {"list item", "b[0].mode", "a: &a {mode: A}\nb:\n- <<: *a\n",
       "a: &a {mode: A}\nb:\n- <<: *a\n  mode: X\n"},
  });
}

TEST_CASE("what cannot be edited is an error") {
  CHECK(edited("a: b\n", "x.mode") == "error: there is no key `x`");
  CHECK(edited("a: [b]\n", "a[1].mode") == "error: there is no item 1");
  CHECK(edited("a: {b: c}\n", "a") == "error: the value is no scalar");
  CHECK(edited("a:\n", "a.mode") == "error: there is no key `mode`");
  CHECK(edited("a: &x {b: c}\nd: *x\n", "d.b.mode") == "error: there is no key `mode`");
  CHECK(edited("? a\n", "a") == "error: the key has no value");
  CHECK(edited("a: [\n", "a").starts_with("error: "));
  CHECK(edited("[a]\n", "[0]") == "error: the path does not end in a key");
}

namespace {

std::string changed(std::string_view text, std::string_view mapping, const EntryChange& change) {
  const Result<std::vector<TextEdit>> edits = change_entries(text, parse_path(mapping), change);
  return edits ? apply_edits(text, *edits) : "error: " + edits.error().message;
}

// `mode` becomes X, and what must be empty with it goes.
std::string made_mutual(std::string_view text, std::string_view mapping = "tls") {
  return changed(text, mapping, {"mode", "X", {"sni", "subjectAltNames", "caCertificates"}});
}

}  // namespace

TEST_CASE("entries are removed with the change of another") {
  const Row rows[] = {
      {"none there", "", "tls:\n  mode: SIMPLE\n  a: 1\n", "tls:\n  mode: X\n  a: 1\n"},
      {"behind", "", "tls:\n  mode: SIMPLE\n  sni: a\n  b: 1\n", "tls:\n  mode: X\n  b: 1\n"},
      {"last", "", "tls:\n  mode: SIMPLE\n  sni: a\nz: 1\n", "tls:\n  mode: X\nz: 1\n"},
      {"before", "", "tls:\n  sni: a\n  mode: SIMPLE\n", "tls:\n  mode: X\n"},
      {"no final newline", "", "tls:\n  mode: SIMPLE\n  sni: a", "tls:\n  mode: X"},
      {"CRLF", "", "tls:\r\n  sni: a\r\n  mode: SIMPLE\r\n  caCertificates: c\r\n", "tls:\r\n  mode: X\r\n"},
      {"a list", "", "tls:\n  subjectAltNames:\n  - a\n  - b\n  mode: SIMPLE\n", "tls:\n  mode: X\n"},
      {"a list at the end", "", "tls:\n  mode: SIMPLE\n  subjectAltNames:\n    - a\n    - b\n\n# z\nz: 1\n",
       "tls:\n  mode: X\n\n# z\nz: 1\n"},
      {"comments stay", "", "tls:\n  # mode\n  mode: SIMPLE # m\n  # sni\n  sni: a # s\n  b: 1\n",
       "tls:\n  # mode\n  mode: X # m\n  # sni\n  # s\n  b: 1\n"},
      {"comments at the end stay", "", "tls:\n  mode: SIMPLE\n  # sni\n  sni: '#' # s\n",
       "tls:\n  mode: X\n  # sni\n  # s\n"},
      {"two runs", "", "tls:\n  sni: a\n  mode: SIMPLE\n  caCertificates: c\n  subjectAltNames: []\n",
       "tls:\n  mode: X\n"},
      {"no mode", "", "tls:\n  sni: a\n  caCertificates: c\nz: 1\n", "tls:\n  mode: X\nz: 1\n"},
      {"no mode, others", "", "tls:\n  sni: a\n  b: c\n", "tls:\n  mode: X\n  b: c\n"},
      {"flow", "", "tls: {sni: a, mode: SIMPLE, caCertificates: c}\n", "tls: {mode: X}\n"},
      {"flow, between", "", "tls: {mode: SIMPLE, sni: a, b: 1}\n", "tls: {mode: X, b: 1}\n"},
      {"flow over lines", "", "tls: {\n  mode: SIMPLE,\n  sni: a, # s\n  caCertificates: c\n}\n",
       "tls: {\n  mode: X # s\n\n}\n"},
      {"JSON", "", "{\"tls\": {\"mode\": \"SIMPLE\", \"sni\": \"a\"}}\n", "{\"tls\": {\"mode\": \"X\"}}\n"},
      {"alias", "", "a: &a {mode: SIMPLE, sni: a, b: 1}\ntls: *a\n",
       "a: &a {mode: SIMPLE, sni: a, b: 1}\ntls: {mode: X, b: 1}\n"},
      {"merged", "", "a: &a {mode: SIMPLE, sni: a}\ntls:\n  <<: *a\n  b: 1\n",
       "a: &a {mode: SIMPLE, sni: a}\ntls:\n  <<: *a\n  mode: X\n  sni: null\n  b: 1\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(made_mutual(row.before) == row.after);
  }
  CHECK(made_mutual("a:\n- sni: x\n  mode: SIMPLE\n- b\n", "a[0]") == "a:\n- mode: X\n- b\n");
}

TEST_CASE("mappings on the way are made") {
  const EntryChange open{"mode", "PERMISSIVE", {}};
  const Row rows[] = {
      {"none", "spec.ports.80", "spec:\n  mtls:\n    mode: STRICT\n",
       "spec:\n  ports:\n    80:\n      mode: PERMISSIVE\n  mtls:\n    mode: STRICT\n"},
      {"the last", "spec.ports.80", "spec:\n  ports:\n    90:\n      mode: STRICT\n",
       "spec:\n  ports:\n    80:\n      mode: PERMISSIVE\n    90:\n      mode: STRICT\n"},
      {"an entry there", "spec.ports.80", "spec:\n  ports:\n    80:\n      mode: STRICT\n",
       "spec:\n  ports:\n    80:\n      mode: PERMISSIVE\n"},
      {"quoted key", "spec.ports.80", "spec:\n  ports:\n    \"80\": {mode: STRICT}\n",
       "spec:\n  ports:\n    \"80\": {mode: PERMISSIVE}\n"},
      {"null", "spec.ports.80", "spec:\n  ports:\n  a: 1\n",
       "spec:\n  ports: {80: {mode: PERMISSIVE}}\n  a: 1\n"},
      {"null entry", "spec.ports.80", "spec:\n  ports:\n    80:\n",
       "spec:\n  ports:\n    80: {mode: PERMISSIVE}\n"},
      {"empty", "spec.ports.80", "spec: {ports: {}}\n", "spec: {ports: {80: {mode: PERMISSIVE}}}\n"},
      {"flow", "spec.ports.80", "spec: {a: 1}\n", "spec: {ports: {80: {mode: PERMISSIVE}}, a: 1}\n"},
      {"CRLF", "spec.ports", "spec:\r\n  a: 1\r\n",
       "spec:\r\n  ports:\r\n    mode: PERMISSIVE\r\n  a: 1\r\n"},
      {"JSON", "spec.ports.80", "{\"spec\": {\"a\": 1}}",
       "{\"spec\": {\"ports\": {\"80\": {\"mode\": \"PERMISSIVE\"}}, \"a\": 1}}"},
      {"alias", "spec.ports.80", "a: &a {90: {mode: STRICT}}\nspec:\n  ports: *a\n",
       "a: &a {90: {mode: STRICT}}\nspec:\n  ports: {80: {mode: PERMISSIVE}, 90: {mode: STRICT}}\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(changed(row.before, row.path, open) == row.after);
  }
}

TEST_CASE("an entry is removed, and a mapping that holds nothing else") {
  const EntryChange removal{"", "", {"a.b/c"}};
  CHECK(changed("m:\n  annotations:\n    a.b/c: 'false'\n    d: e\n  labels: {}\n", "m.annotations",
                removal) == "m:\n  annotations:\n    d: e\n  labels: {}\n");
  CHECK(changed("m:\n  annotations:\n    a.b/c: 'false'\n  labels: {}\n", "m.annotations", removal) ==
        "m:\n  labels: {}\n");
  CHECK(changed("m: {n: x, annotations: {a.b/c: 'false'}}\n", "m.annotations", removal) == "m: {n: x}\n");
  CHECK(changed("t:\n  m:\n    annotations: {a.b/c: x}\n  s: 1\n", "t.m.annotations", removal) ==
        "t:\n  s: 1\n");
  CHECK(changed("m:\n  labels: {}\n", "m.annotations", removal) == "m:\n  labels: {}\n");
}

TEST_CASE("a key is renamed where it is written") {
  const auto renamed = [](std::string_view text, std::string_view path, std::string_view key) {
    const Result<std::vector<TextEdit>> edits = rename_key(text, parse_path(path), key);
    return edits ? apply_edits(text, *edits) : "error: " + edits.error().message;
  };
  CHECK(renamed("spec:\n  mtl: # c\n    mode: A\n", "spec.mtl", "mtls") ==
        "spec:\n  mtls: # c\n    mode: A\n");
  CHECK(renamed("{\"spec\": {\"mtl\": 1}}", "spec.mtl", "mtls") == "{\"spec\": {\"mtls\": 1}}");
  CHECK(renamed("p:\n  80: {mode: A}\n", "p.80", "8080") == "p:\n  8080: {mode: A}\n");
  CHECK(renamed("a: &a {b: 1}\nc: *a\n", "c.b", "d").starts_with("error"));
  CHECK(renamed("a: 1\nb: 2\n", "a", "b").starts_with("error"));
}

TEST_CASE("a document marker is a line of its own") {
  const std::string text = "a: 1\r\nb: 2\r\n";
  const Result<TextEdit> edit = insert_document_marker(text, 6);
  REQUIRE(edit);
  CHECK(apply_edits(text, {*edit}) == "a: 1\r\n---\r\nb: 2\r\n");
  CHECK_FALSE(insert_document_marker(text, 3));
}

TEST_CASE("a scalar is quoted where it would read as something else") {
  for (const char* plain :
       {"shop", "a-1", "ISTIO_MUTUAL", "a.b.svc.cluster.local", "networking.istio.io/v1", "2nd-z"}) {
    CHECK(write_scalar(plain) == plain);
  }
  for (const char* other :
       {"",  "123",  "1e3", "0x1F", "0o7", "1_000", "1:30",    "2001-01-01", "yes", "No",  "ON",  "off",
        "y", "null", "~",   "true", ".5",  "-1",    "*.local", "a: b",       "#x",  "a b", ".inf"}) {
    CHECK(write_scalar(other) == fmt::format("\"{}\"", other));
  }
}

TEST_CASE("a path names keys and items") {
  const Path path = parse_path("spec.subsets[0].list[12][3].mode");
  std::string names;
  for (const PathStep& step : path)
    names += step.index < 0 ? step.key + " " : std::to_string(step.index) + " ";
  CHECK(names == "spec subsets 0 list 12 3 mode ");
  CHECK(parse_path("").empty());
}

// ---- Over generated documents, an edit changes one value and nothing else
// -----------------------------------

namespace {

// What a document says, aliases and merges resolved: the text of every scalar by its path.
using Meaning = std::map<std::string, std::string>;

void collect(const Value& value, const std::string& path, Meaning& meaning) {
  if (value.is_mapping()) {
    meaning[path] = "{}";
    for (const auto& [key, entry] : value.entries())
      collect(entry, path.empty() ? std::string(key) : fmt::format("{}.{}", path, key), meaning);
  } else if (value.is_sequence()) {
    meaning[path] = "[]";
    const auto items = value.items();
    for (std::size_t i = 0; i < items.size(); ++i) collect(items[i], fmt::format("{}[{}]", path, i), meaning);
  } else if (value.exists()) {
    meaning[path] = fmt::format("={}", value.text());
  } else {
    meaning[path] = "null";
  }
}

Meaning meaning_of(std::string_view text) {
  Meaning meaning;
  const auto read = read_yaml(text);
  const auto* document = std::get_if<Document>(&read);
  REQUIRE_MESSAGE(document != nullptr, text);
  collect(document->root(), "", meaning);
  return meaning;
}

// Writes random documents. Nothing in them is edited at an anchor, so that every edit has one user.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string document() {
    std::string text = one_in(4) ? "--- # head\n" : "";
    text += "base: &base {mode: A, tls: {mode: B, sni: 'x'}, list: [{mode: C}, d]}\n";
    text += "word: &word W\n";
    text += block_mapping(0, 3);
    if (one_in(3)) text.pop_back();
    return one_in(3) ? with_carriage_returns(text) : text;
  }

 private:
  bool one_in(int n) { return std::uniform_int_distribution<int>(1, n)(random_) == 1; }
  template <std::size_t N>
  const char* pick(const char* const (&choices)[N]) {
    return choices[std::uniform_int_distribution<std::size_t>(0, N - 1)(random_)];
  }

  static std::string with_carriage_returns(const std::string& text) {
    std::string changed;
    for (const char c : text) changed += c == '\n' ? "\r\n" : std::string(1, c);
    return changed;
  }

  std::string key() { return pick({"mode", "tls", "sni", "\"q\"", "list", "'s'"}); }
  std::string comment() { return one_in(4) ? " # note: {[" : ""; }

  std::string block_mapping(int indent, int depth) {
    const std::string margin(static_cast<std::size_t>(indent), ' ');
    std::string text;
    const int count = std::uniform_int_distribution<int>(1, 4)(random_);
    for (int i = 0; i < count; ++i) {
      if (one_in(6)) text += margin + "# about the next\n";
      if (one_in(6)) text += margin + pick({"<<: *base", "<<: [*base, {sni: m}]"}) + comment() + "\n";
      text += margin + key() + ":" + block_value(indent, depth);
    }
    return text;
  }

  std::string block_value(int indent, int depth) {
    const std::string margin(static_cast<std::size_t>(indent), ' ');
    if (depth > 0 && one_in(3)) return comment() + "\n" + block_mapping(indent + 2, depth - 1);
    if (depth > 0 && one_in(4)) {
      return "\n" + margin + "- " +
             block_mapping(indent + 2, depth - 1).substr(static_cast<std::size_t>(indent) + 2);
    }
    if (one_in(8))
      return fmt::format(" {}{}\n{}  one\n\n{}  two\n", pick({"|", ">-", "|-", ">+"}), comment(), margin,
                         margin);
    if (one_in(8)) return fmt::format(" one\n{}  two{}\n", margin, comment());
    return pick({" ", "  "}) + flow_value(depth) + comment() + "\n";
  }

  std::string flow_value(int depth) {
    if (depth > 0 && one_in(3)) return flow_mapping(depth - 1);
    if (depth > 0 && one_in(5))
      return fmt::format("[{}, {}]", flow_mapping(depth - 1), flow_value(depth - 1));
    return pick({"STRICT", "'quoted'", "\"dq \\\" x\"", "~", "null", "80", "\"80\"", "*base", "*word",
                 "!!str 5", "''"});
  }

  std::string flow_mapping(int depth) {
    if (one_in(5)) return pick({"{}", "{ }"});
    std::string text = pick({"{", "{ ", "{\n              "});
    text += key() + ": " + flow_value(depth);
    if (one_in(3)) text += ", <<: *base";
    if (one_in(2)) text += ", " + key() + ": " + flow_value(depth);
    if (one_in(6)) text += ", empty";
    return text + pick({"}", " }", ",}"});
  }

  std::mt19937 random_;
};

bool is_last_step_a_key(const std::string& path) { return !path.empty() && path.back() != ']'; }

// Sets what is at `path`, and compares what the document means with what it should.
void check_edit(const std::string& text, const std::string& path, Meaning expected) {
  const std::string after = edited(text, path, "NEW");
  CAPTURE(text);
  CAPTURE(path);
  CAPTURE(after);
  expected[path] = "=NEW";
  CHECK(meaning_of(after) == expected);
}

}  // namespace

TEST_CASE("an edit changes exactly one value") {
  Generator generator(20261122);
  int edits = 0;
  for (int i = 0; i < 120; ++i) {
    const std::string text = generator.document();
    const Meaning meaning = meaning_of(text);
    for (const auto& [path, what] : meaning) {
      if (path.starts_with("base") || path.starts_with("word")) continue;  // their aliases follow
      if (what == "{}") {
        const std::string missing = path.empty() ? "added" : path + ".added";
        check_edit(text, missing, meaning);
      } else if (what != "[]" && is_last_step_a_key(path)) {
        check_edit(text, path, meaning);
      } else {
        continue;
      }
      ++edits;
    }
  }
  CHECK(edits > 1200);
}

TEST_CASE("an item is added to a top-level list") {
  struct Case {
    const char* what;
    const char* before;
    const char* after;
  };
  const std::string item = "patch: |-\n  kind: A\n  name: b\n";
  for (const Case& each : std::vector<Case>{
           {"no key", "resources: [a]\n",
            "resources: [a]\npatches:\n- patch: |-\n    kind: A\n    name: b\n"},
           {"no line end", "resources: [a]",
            "resources: [a]\npatches:\n- patch: |-\n    kind: A\n    name: b\n"},
           {"a list", "patches:\n  - path: a.yaml  # why\n\nresources: [a]\n",
            "patches:\n  - path: a.yaml  # why\n  - patch: |-\n      kind: A\n      name: b\n\nresources: "
            "[a]\n"},
           {"a block at its end", "patches:\n- patch: |-\n    kind: Z\n# of b\nb: 1\n",
            "patches:\n- patch: |-\n    kind: Z\n- patch: |-\n    kind: A\n    name: b\n# of b\nb: 1\n"},
           {"nothing yet", "patches:  # none\nb: 1\n",
            "patches:  # none\n- patch: |-\n    kind: A\n    name: b\nb: 1\n"},
           {"an empty list", "patches: []\nb: 1\n",
            "patches: \n- patch: |-\n    kind: A\n    name: b\nb: 1\n"},
           {"flow", "patches: [{path: a}]\nb: 1\n", "error: the list is in flow style"},
           {"CRLF", "b: 1\r\n", "b: 1\r\npatches:\r\n- patch: |-\r\n    kind: A\r\n    name: b\r\n"},
           {"BOM",
            "\xEF\xBB\xBF"
            "b: 1\n",
            "\xEF\xBB\xBF"
            "b: 1\npatches:\n- patch: |-\n    kind: A\n    name: b\n"},
           {"a scalar", "patches: a\n", "error: the value is no list"},
           {"flow throughout", "{patches: []}\n", "error: the document is no mapping in block style"},
           {"an end marker", "b: 1\n...\n", "error: the document has an end marker"},
       }) {
    INFO(std::string(each.what));
    const auto edit = append_item(each.before, "patches", item);
    const std::string after = edit ? apply_edits(each.before, {*edit}) : "error: " + edit.error().message;
    CHECK(after == each.after);
    if (edit) CHECK(std::holds_alternative<Document>(read_yaml(after, kWidestLimits)));
  }
}
