// What the plain reader reads is what the full reader reads, to every range; and it reads most manifests.
#include "workspace/yaml/fast_reader.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "workspace/resources/outline.h"
#include "workspace/resources/resource.h"
#include "workspace/yaml/document_split.h"

using workspace::ByteRange;
using workspace::yaml::Document;
using workspace::yaml::Node;
using workspace::yaml::Outline;
using workspace::yaml::Problem;
using workspace::yaml::read_any_yaml;
using workspace::yaml::read_plain_yaml;

namespace {

void dump(const Document& document, std::uint32_t index, std::string& into) {
  const Node& node = document.node(index);
  into +=
      fmt::format("({} {} {}{}{} {}-{} {}-{} '{}'", static_cast<int>(node.kind), static_cast<int>(node.style),
                  node.flow ? "f" : "", node.null ? "n" : "", node.merge ? "m" : "", node.range.begin,
                  node.range.end, node.outer.begin, node.outer.end, node.text);
  for (const std::uint32_t child : document.children(node)) dump(document, child, into);
  into += ")\n";
}

std::string dumped(const Document& document) {
  std::string text;
  dump(document, document.root_index(), text);
  return text;
}

// What the full reader says where the plain one says anything; empty: they agree.
std::string difference(std::string_view text, int& read) {
  const auto plain = read_plain_yaml(text);
  if (!plain) return {};
  ++read;
  const auto full = read_any_yaml(text);
  if (const auto* problem = std::get_if<Problem>(&full))
    return "the full reader refuses it: " + problem->message;
  const std::string ours = dumped(*plain);
  const std::string theirs = dumped(std::get<Document>(full));
  return ours == theirs ? std::string() : fmt::format("plain:\n{}full:\n{}", ours, theirs);
}

std::vector<std::string> fixture_documents() {
  std::vector<std::string> documents;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(FIXTURES_DIR)) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (const ByteRange slice : workspace::split_documents(text))
      documents.push_back(text.substr(slice.begin, slice.size()));
  }
  return documents;
}

constexpr std::string_view kManifest = R"(---
# Größe des Pools – siehe Betriebshandbuch
apiVersion: networking.istio.io/v1  # note
kind: DestinationRule
metadata:
  name: a
  annotations:
    "istio-mtls/ignore": 'TIS0208'
    when: 2026-11-22T10:00:00Z
    url: http://otel:4317/a?b=c#d
spec:
  host: "*.foo.svc.cluster.local"
  empty:
  nothing: ~
  none: null # really
  list: [a, "b c", 'd', {e: f, g: []}, {}]
  args:
  - --flag=1
  - -x
  -
    - nested
  - name: v1
    labels: {app: a, version: "1"}
  -  port: 80
     tls:

        mode: ISTIO_MUTUAL
  script: |
    #!/bin/sh
      echo "a: b" # c

    exit 0

  last: |-
    no: line

    end
# the end
)";

std::string mutated(std::mt19937& random, std::string text) {
  static constexpr const char* kPieces[] = {":",
                                            "-",
                                            "[",
                                            "]",
                                            "{",
                                            "}",
                                            "'",
                                            "\"",
                                            "#",
                                            "&",
                                            "*",
                                            "|",
                                            ">",
                                            "!",
                                            "%",
                                            "@",
                                            ",",
                                            "?",
                                            " ",
                                            "  ",
                                            "\t",
                                            "\n",
                                            "\r\n",
                                            ": ",
                                            "- ",
                                            " #",
                                            "\n ",
                                            "\n  ",
                                            "\n- ",
                                            "~",
                                            "a",
                                            "é",
                                            "\xFF",
                                            "<<: ",
                                            "&a ",
                                            "---",
                                            "null",
                                            "\n    ",
                                            "|-\n",
                                            "\n\n",
                                            "{}",
                                            "[]",
                                            "a: b",
                                            "-\n",
                                            ": |",
                                            "\\",
                                            "...",
                                            "=",
                                            "\n---\n",
                                            " null",
                                            "\xE2\x80\xA8",
                                            "\xEF\xBB\xBF",
                                            "`",
                                            "$",
                                            "(",
                                            ";"};
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
    const std::size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        text.erase(at, 1 + below(4));
        break;
      case 1:
        text.resize(std::max(at, text.size() / 2));
        break;
      case 2:
        text.insert(at, text.substr(below(text.size() + 1), below(40)));
        break;
      default:
        text.insert(at, kPieces[below(std::size(kPieces))]);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("plain documents read as the full reader reads them") {
  int read = 0;
  const std::vector<std::string> documents = fixture_documents();
  for (const std::string& text : documents) {
    INFO(text);
    CHECK(difference(text, read) == "");
  }
  CHECK(read > static_cast<int>(documents.size()) * 9 / 10);
  REQUIRE(read_plain_yaml(kManifest));
  CHECK(difference(kManifest, read) == "");
}

TEST_CASE("so do documents in the middle of an edit") {
  const char* effort = std::getenv("PROPERTY_EFFORT");
  const int rounds = 200 * (effort == nullptr ? 100 : std::atoi(effort));
  const char* seed = std::getenv("PROPERTY_SEED");
  std::mt19937 random(seed == nullptr ? 20261122U : static_cast<unsigned>(std::atoi(seed)));
  const std::vector<std::string> documents = fixture_documents();
  int read = 0;
  for (int i = 0; i < rounds; ++i) {
    const bool own = i % 2 == 0;
    const std::string text =
        mutated(random, own ? std::string(kManifest) : documents[random() % documents.size()]);
    INFO(text);
    REQUIRE(difference(text, read) == "");
  }
  CHECK(read > rounds / 20);
}

namespace {

// Only what an outline wants of a read document.
void dump_wanted(const Document& document, std::uint32_t index, const Outline* wanted, std::string& into) {
  const Node& node = document.node(index);
  into += fmt::format("({} {} {}{} {}-{} {}-{} '{}'", static_cast<int>(node.kind),
                      static_cast<int>(node.style), node.flow ? "f" : "", node.null ? "n" : "",
                      node.range.begin, node.range.end, node.outer.begin, node.outer.end, node.text);
  const std::span<const std::uint32_t> children = document.children(node);
  const bool mapping = node.kind == workspace::yaml::NodeKind::Mapping;
  for (std::size_t i = 0; i < children.size(); i += mapping ? 2 : 1) {
    const Outline* below = mapping ? wanted->below(document.node(children[i]).text) : wanted;
    if (below == nullptr) continue;
    dump_wanted(document, children[i], below, into);
    if (mapping) dump_wanted(document, children[i + 1], below, into);
  }
  into += ")\n";
}

// What reading by an outline says otherwise than the full reader, where the outline looks; empty: they agree.
std::string outline_difference(std::string_view text, int& read) {
  const Outline outline = workspace::outline_of(text);
  const auto part = read_plain_yaml(text, {}, outline);
  if (!part) return {};
  ++read;
  const auto full = read_any_yaml(text);
  if (const auto* problem = std::get_if<Problem>(&full))
    return "the full reader refuses it: " + problem->message;
  const Document& whole = std::get<Document>(full);
  // A document without a mapping has nothing that an outline could choose from.
  if (!whole.root().is_mapping()) return {};
  std::string ours;
  std::string theirs;
  dump_wanted(*part, part->root_index(), &workspace::yaml::kEverything, ours);
  dump_wanted(whole, whole.root_index(), &outline, theirs);
  if (ours != theirs) return fmt::format("by outline:\n{}all:\n{}", ours, theirs);
  const bool same = workspace::decode_resources(part->root()) == workspace::decode_resources(whole.root());
  return same ? "" : "it decodes as something else";
}

// Texts over several lines where nobody looks, as generators of CRDs write them.
constexpr std::string_view kDefinition = R"(apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: shops.example.com
spec:
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        description: Shop is the schema, defaults to "v1". An
          object's URL, such as http://a/b#c (see "kubectl explain"),
          [not a list]
          is here
        properties:
          size:
            description: 'It''s one of: small,

              or large: see the docs.

              # no comment'
            type: integer
          note:
            description: "A \"word\", a path C:\\x and\n  \
              more: of it"  # a comment
            enum:
            - a plain text
              that goes on
            - ""
            maximum: -1
        type: object  # ends
    served: true
)";

}  // namespace

TEST_CASE("an outline leaves out what no decoder looks at, and nothing else") {
  int read = 0;
  const std::vector<std::string> documents = fixture_documents();
  for (const std::string& text : documents) {
    INFO(text);
    CHECK(outline_difference(text, read) == "");
  }
  CHECK(read > static_cast<int>(documents.size()) * 9 / 10);
  REQUIRE(read_plain_yaml(kDefinition, {}, workspace::outline_of(kDefinition)));
  CHECK(outline_difference(kDefinition, read) == "");
}

TEST_CASE("so it does in the middle of an edit") {
  const char* effort = std::getenv("PROPERTY_EFFORT");
  const int rounds = 100 * (effort == nullptr ? 100 : std::atoi(effort));
  std::mt19937 random(20261123U);
  const std::vector<std::string> documents = fixture_documents();
  int read = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::string text = mutated(random, i % 4 == 0   ? std::string(kManifest)
                                             : i % 4 == 1 ? std::string(kDefinition)
                                                          : documents[random() % documents.size()]);
    INFO(text);
    REQUIRE(outline_difference(text, read) == "");
  }
  CHECK(read > rounds / 20);
}

TEST_CASE("an outline is for documents of its kind only") {
  const std::string_view text = "apiVersion: v1\nkind: Secret\nkind: Service\nmetadata: {name: a}\n";
  CHECK(workspace::outline_of(text).name == "Secret");
  CHECK_FALSE(read_plain_yaml(text, {}, workspace::outline_of(text)));
  CHECK_FALSE(read_plain_yaml("\"kind\": Service\n", {}, workspace::outline_of("\"kind\": Service\n")));
  CHECK_FALSE(read_plain_yaml("kind:\n  Service\n", {}, workspace::outline_of("kind:\n  Service\n")));
  CHECK(workspace::outline_of("kind: List\n").everything);
  CHECK(workspace::outline_of("kind: 'Service'\n").everything);
  CHECK(workspace::outline_of("kind: \"Service\" # quoted\n").everything);
}
