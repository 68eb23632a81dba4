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

TEST_CASE("cursor: nonsense is taken for something, and never crashes") {
  const std::string text =
      "a: {b: [c, 'd\n- - - \"x\n: : {}}]]\n\t|&*\n---\n? !!x\n  -\n- {a: b}: c\n\xff\xfe: |\n  x";
  for (std::uint32_t offset = 0; offset <= text.size() + 2; ++offset) {
    const CursorContext context = workspace::cursor_context(text, std::min<std::uint32_t>(offset, 1000));
    CHECK(context.word.begin <= context.word.end);
  }
}
