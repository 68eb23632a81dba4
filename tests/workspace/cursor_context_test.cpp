// Where the cursor (|) is, in text that need not be YAML.
#include "workspace/yaml/cursor_context.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using workspace::CursorContext;
using Path = std::vector<std::string>;

// The text with its `|` taken out, read at that place.
CursorContext at(std::string text) {
  const std::size_t cursor = text.find('|');
  REQUIRE(cursor != std::string::npos);
  text.erase(cursor, 1);
  return workspace::cursor_context(text, static_cast<std::uint32_t>(cursor));
}

}  // namespace

TEST_CASE("cursor: values and keys in block style") {
  CHECK(at("spec:\n  mtls:\n    mode: |").path == Path{"spec", "mtls", "mode"});
  CHECK(at("spec:\n  mtls:\n    mode: |").in_value);
  CHECK(at("spec:\n  mtls:\n    mode:|\n").path == Path{"spec", "mtls", "mode"});
  const CursorContext typed = at("spec:\n  mtls:\n    mode: ST|RI # no\n");
  CHECK(typed.typed == "ST");
  CHECK(typed.word == workspace::ByteRange{24, 28});
  const CursorContext key = at("spec:\n  selector:\n    matchLabels:\n      ap|");
  CHECK(key.path == Path{"spec", "selector", "matchLabels"});
  CHECK_FALSE(key.in_value);
  CHECK(key.typed == "ap");
  CHECK(at("spec:\n  a: 1\n  |\n").path == Path{"spec"});
  CHECK(at("spec:\n  a:\n    b: 1\n|").path.empty());
}

TEST_CASE("cursor: sequences, indented or not") {
  CHECK(at("spec:\n  exportTo:\n  - a\n  - |").path == Path{"spec", "exportTo", "[]"});
  CHECK(at("spec:\n  exportTo:\n    - a\n    - b|").path == Path{"spec", "exportTo", "[]"});
  CHECK(at("spec:\n  exportTo:\n  - a\n  host: |").path == Path{"spec", "host"});
  CHECK(at("spec:\n  subsets:\n  - name: v1\n    labels:\n      v: |").path ==
        Path{"spec", "subsets", "[]", "labels", "v"});
  CHECK(at("spec:\n  subsets:\n  - name: v1\n  - labels: {v: 1, |").path ==
        Path{"spec", "subsets", "[]", "labels"});
}

TEST_CASE("cursor: flow style, also over lines") {
  CHECK(at("spec: {mtls: {mode: |}}").path == Path{"spec", "mtls", "mode"});
  CHECK(at("spec: {mtls: {mode: ST|}}").typed == "ST");
  CHECK(at("spec: {a: [x, y], exportTo: [., |]}").path == Path{"spec", "exportTo", "[]"});
  CHECK(at("{\"spec\": {\n  \"mtls\": {\n    \"mode\": \"S|\"\n").path == Path{"spec", "mtls", "mode"});
  CHECK(at("{\"spec\": {\n  \"mtls\": {\n    \"mode\": \"S|\"\n").quoted);
  CHECK_FALSE(at("spec: {mtls: {mo|").in_value);
}

TEST_CASE("cursor: quotes are not part of the word") {
  const CursorContext quoted = at("metadata:\n  namespace: \"fo|o\"\n");
  CHECK(quoted.quoted);
  CHECK(quoted.typed == "fo");
  CHECK(quoted.word == workspace::ByteRange{24, 27});
}

TEST_CASE("cursor: nothing in comments and block scalars") {
  CHECK(at("spec:\n  # mode: |").path.empty());
  CHECK(at("data:\n  mesh: x # |").path.empty());
  CHECK(at("data:\n  mesh: |-\n").path == Path{"data", "mesh"});
  CHECK(workspace::cursor_context("data:\n  mesh: |\n    mode: S", 27).path.empty());
  CHECK(workspace::cursor_context("data:\n  mesh: |\n    mode: S\n  other: ", 38).path ==
        Path{"data", "other"});
}

TEST_CASE("cursor: the resource around it, in its document and its item") {
  const std::string before = "kind: Other\nmetadata: {name: no}\n---\n";
  const CursorContext context = at(before +
                                   "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace: "
                                   "foo\nspec:\n  selector: {|\n---\nkind: X\n");
  CHECK(context.kind == "Service");
  CHECK(context.api_version == "v1");
  CHECK(context.name == "a");
  CHECK(context.ns == "foo");
  const CursorContext below =
      at("spec:\n  host: svc\n  trafficPolicy:\n    tls: {mode: |}\nmetadata: {name: b}\nkind: K");
  CHECK(below.host == "svc");
  CHECK(below.name == "b");
  CHECK(below.kind == "K");
  const CursorContext item =
      at("kind: List\nitems:\n- kind: A\n  metadata: {name: x}\n- kind: B\n  metadata:\n    name: y\n    "
         "namespace: |\n"
         "- kind: C\n");
  CHECK(item.path == Path{"metadata", "namespace"});
  CHECK(item.kind == "B");
  CHECK(item.name == "y");
}

TEST_CASE("cursor: the other keys of the mapping, above and below") {
  const struct {
    std::string_view text;
    Path siblings;
  } cases[] = {
      {"kind: K\n|\nspec:\n  host: a\n", {"kind", "spec"}},
      {"kind: K\nsp|ec:\n  host: a\n", {"kind"}},
      {"spec:\n  a: 1\n  |\n  b: {c: 1}\nd: 2\n", {"a", "b"}},
      {"spec:\n  a: 1\n  wor|\n  b:\n    c: 1\n", {"a", "b"}},
      {"subsets:\n- name: x\n  labels: {}\n- name: y\n  |\n- host: z\n", {"name"}},
      {"subsets:\n  - na|me: x\n    labels: {}\n", {"labels"}},
      {"subsets:\n  - a: 1\n  - |\n", {}},
      {"a: {b: 1, |, c: {d: 2}}\n", {"b", "c"}},
      {"{\"a\": 1, \"b|\": {\"c\": 2}}\n", {"a"}},
      {"a: 1\r\nb:\r\n  c: 1\r\n  |\r\n  d: 2\r\n", {"c", "d"}},
      {"a: 1\n---\nb: 1\n|\n---\nc: 1\n", {"b"}},
      {"a: 1\n---\n|", {}},
      {"# x\n|\n---\nb: 1\n", {}},
      {"# x\n\n---\nb: 1\n|", {"b"}},
      {"%YAML 1.1\n--- # y\nb: 1\nc: 2\n|\n---\nd: 1\n", {"b", "c"}},
      {"a:\n  b: [\n  c: 1\n|", {}},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    CHECK(at(std::string(each.text)).siblings == each.siblings);
  }
}

TEST_CASE("cursor: a word that is typed is not the value of the key above it") {
  CHECK(at("apiVersion: v1\nkind: Service\nmeta|\n").kind == "Service");
  CHECK(at("kind: Service\nmetadata:\n  name: a\n  names|\nspec: {}\n").name == "a");
  CHECK(at("kind:\n  Service\n|").kind == "Service");
}

TEST_CASE("cursor: columns of the word and of the key above it") {
  const CursorContext context = at("# é\nspec:\n    subsets:\n      - name: a\n        la|\n");
  CHECK(context.column == 8);
  CHECK(context.parent_column == 4);
  CHECK(at("a:\r\n  b|").column == 2);
  CHECK(at("a: 1\n---\nb|").column == 0);
  CHECK(at("- a: {|").in_flow);
  CHECK_FALSE(at("- a: {}\n|").in_flow);
  CHECK(at("a: 1 # |").in_text);
  CHECK_FALSE(at("|").in_text);
}

TEST_CASE("cursor: the key or the value that is pointed at") {
  const struct {
    std::string_view text;
    Path path;
    bool is_key;
    std::string_view pointed;
  } cases[] = {
      {"spec:\n  mt|ls: {mode: STRICT}\n", {"spec", "mtls"}, true, "mtls"},
      {"spec:\n  mtls|: {mode: STRICT}\n", {"spec", "mtls"}, true, "mtls"},
      {"spec:\n  mtls: {|mode: STRICT}\n", {"spec", "mtls", "mode"}, true, "mode"},
      {"spec:\n  mtls: {mode: STR|ICT}\n", {"spec", "mtls", "mode"}, false, "STRICT"},
      {"a:\n- b: 1\n  c|: 2\n", {"a", "[]", "c"}, true, "c"},
      {"a:\n- x\n- y|\n", {"a", "[]"}, false, "y"},
      {"a: [x, |y]\n", {"a", "[]"}, false, "y"},
      {"{\"a\": {\"b|\": 1}}", {"a", "b"}, true, "b"},
      {"k: 1\n---\n'ki|nd': x\r\n", {"kind"}, true, "kind"},
      {"items:\n- kind: A\n- kind: B\n  sp|ec: {}\n", {"spec"}, true, "spec"},
      {"a: [\nb: {c|: ", {"a", "[]", "c"}, true, "c"},
  };
  for (std::string text : {"", "\n", "# comment", "a: |\n  text: b"})
    CHECK_FALSE(workspace::pointed_at(text, static_cast<std::uint32_t>(text.size())));
  for (const auto& each : cases) {
    CAPTURE(each.text);
    std::string text(each.text);
    const std::size_t cursor = text.find('|');
    text.erase(cursor, 1);
    const auto found = workspace::pointed_at(text, static_cast<std::uint32_t>(cursor));
    REQUIRE(found);
    CHECK(found->path == each.path);
    CHECK(found->is_key == each.is_key);
    CHECK(text.substr(found->range.begin, found->range.size()) == each.pointed);
    CHECK(found->text == each.pointed);
  }
  CHECK(workspace::pointed_at("apiVersion: v\nkind: K\na: b\n---\nkind: L", 22)->kind == "K");
}

TEST_CASE("cursor: nonsense is taken for something, and never crashes") {
  const std::string text =
      "a: {b: [c, 'd\n- - - \"x\n: : {}}]]\n\t|&*\n---\n? !!x\n  -\n- {a: b}: c\n\xff\xfe: |\n  x";
  for (std::uint32_t offset = 0; offset <= text.size() + 2; ++offset) {
    const CursorContext context = workspace::cursor_context(text, std::min<std::uint32_t>(offset, 1000));
    CHECK(context.word.begin <= context.word.end);
    if (const auto found = workspace::pointed_at(text, offset)) CHECK(found->range.end <= text.size());
  }
}
