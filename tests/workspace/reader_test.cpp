#include "workspace/yaml/reader.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "workspace/yaml/edit.h"
#include "workspace/yaml/tree.h"

using namespace workspace;
using namespace workspace::yaml;

namespace {

// Flow style with every scalar in quotes, aliases and merges resolved; null is `~`.
std::string dump(const Value& value) {
  std::string text;
  if (!value.exists()) return "~";
  if (value.is_scalar()) return fmt::format("'{}'", value.text());
  if (value.is_sequence()) {
    for (const Value& item : value.items()) text += (text.empty() ? "" : ", ") + dump(item);
    return "[" + text + "]";
  }
  for (const auto& [key, entry] : value.entries()) {
    CHECK(value[key].node() == entry.node());
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", key, dump(entry));
  }
  return "{" + text + "}";
}

std::string read(std::string_view text, const ReadLimits& limits = {}) {
  const auto result = read_yaml(text, limits);
  if (const auto* problem = std::get_if<Problem>(&result)) return "problem: " + problem->message;
  return dump(std::get<Document>(result).root());
}

bool is_problem(std::string_view text) { return read(text).starts_with("problem: "); }

// A document and the value at a path in it.
struct Place {
  std::string text;
  Document document;
  Value value;

  Place(std::string_view source, std::string_view path)
      : text(source), document(std::get<Document>(read_yaml(text))), value(document.root()) {
    for (const PathStep& step : parse_path(path)) {
      value = step.index < 0 ? value[step.key] : value.item(static_cast<std::size_t>(step.index));
    }
  }
  [[nodiscard]] std::string slice(ByteRange range) const { return text.substr(range.begin, range.size()); }
};

std::string range_at(std::string_view text, std::string_view path) {
  const Place place(text, path);
  return place.slice(place.value.range());
}

std::string outer_at(std::string_view text, std::string_view path) {
  const Place place(text, path);
  return place.slice(place.value.node()->outer);
}

}  // namespace

TEST_CASE("documents read as kubectl reads them") {
  struct Row {
    const char* text;
    const char* value;
  };
  const Row rows[] = {
      {"", "~"},
      {"# only a comment\n", "~"},
      {"---\n", "~"},
      {"--- # c\n...\n", "~"},
      {"a: b\n...\n# c\n", "{a: 'b'}"},
      {"\xEF\xBB\xBF"
       "a: b\n",
       "{a: 'b'}"},
      {"---\r\n\xEF\xBB\xBF"
       "a: b\r\n\xEF\xBB\xBF"
       "c: d\r\n",
       "{a: 'b', c: 'd'}"},
      {"%YAML 1.1\n---\na: b\n", "{a: 'b'}"},
      {"a: {b: [1, \"2\", '3'], c: }\nd:\n- e\n-\n- - f\n",
       "{a: {b: ['1', '2', '3'], c: ~}, d: ['e', ~, ['f']]}"},
      {"a: ~\nb: null\nc: Null\nd: NULL\ne:\nf: ''\ng: \"null\"\nh: nULL\n",
       "{a: ~, b: ~, c: ~, d: ~, e: ~, f: '', g: 'null', h: 'nULL'}"},
      {"a: !!str null\nb: !!str\nc: !!null x\n", "{a: 'null', b: '', c: ~}"},
      {"a: yes\nb: on\nc: 0x1F\nd: 1.10\n", "{a: 'yes', b: 'on', c: '0x1F', d: '1.10'}"},
      {"a: b\n  c\n\n  d\n", "{a: 'b c\nd'}"},
      {"a: 'it''s\n  b'\nc: \"x\\\n  y\\t\\x41\\u00e9\"\n", "{a: 'it's b', c: 'xy\tA\xC3\xA9'}"},
      {"a: \"\\N\\_\\L\"\n", "{a: '\xC2\x85\xC2\xA0\xE2\x80\xA8'}"},
      {"a: |\n  x\n   y\n\nb: >-\n  x\n  y\n", "{a: 'x\n y\n', b: 'x y'}"},
      {"a: |+\n  x\n\nb: |2-\n   x\n", "{a: 'x\n\n', b: ' x'}"},
      {"? a\n: b\n? c\n", "{a: 'b', c: ~}"},
      {"{a, b: c, \"d\":e,}\n", "{a: ~, b: 'c', d: 'e'}"},
      {"[a: b, {c: d}]\n", "[{a: 'b'}, {c: 'd'}]"},
      {"[1.2.3.4, 2001:db8::]\n", "['1.2.3.4', '2001:db8::']"},
      {"url: http://x:80/y#z # c\n", "{url: 'http://x:80/y#z'}"},
      {"a: b\r\nc:\r\n- d\r\n", "{a: 'b', c: ['d']}"},
      {"a: b\rc: d\r", "{a: 'b', c: 'd'}"},
      {"{\n\t\"a\": \"\\u20ac\",\n\t\"b\": [1]\n}\n", "{a: '\xE2\x82\xAC', b: ['1']}"},
      {"a:\n\n  # c\n\n  b: c # d\n # e\n", "{a: {b: 'c'}}"},
      {"a:\tb\n", "{a: 'b'}"},
      {"a: !=\nb: !=x c\n", "{a: '', b: 'c'}"},
      {"a:\n  &t |\n  x\n  y\nb: *t\n", "{a: 'x\ny\n', b: 'x\ny\n'}"},
      {"- a:\n    !t &t >-\n    x\n    y\n- b\n", "[{a: 'x y'}, 'b']"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(read(row.text) == row.value);
  }
}

TEST_CASE("the last written entry of a key wins, merges included") {
  const std::string base = "b: &b {x: 1, y: 2}\n";
  CHECK(read("x: 1\nx: 2\n") == "{x: '2'}");
  CHECK(read("x: 1\ny: 3\nx:\n") == "{y: '3', x: ~}");
  CHECK(read(base + "m: {x: 0, <<: *b}\n") == "{b: {x: '1', y: '2'}, m: {x: '1', y: '2'}}");
  CHECK(read(base + "m: {<<: *b, x: 0}\n") == "{b: {x: '1', y: '2'}, m: {y: '2', x: '0'}}");
  CHECK(read(base + "m: {<<: [{x: 8}, *b]}\n") == "{b: {x: '1', y: '2'}, m: {y: '2', x: '8'}}");
  CHECK(read(base + "m: {<<: {<<: *b, z: 3}}\n") == "{b: {x: '1', y: '2'}, m: {x: '1', y: '2', z: '3'}}");
  CHECK(read("m: {\"<<\": {x: 1}}\n") == "{m: {<<: {x: '1'}}}");
  CHECK(read("m: {!!merge <<: {x: 1}}\n") == "{m: {x: '1'}}");
}

TEST_CASE("an alias stands for its anchor, the last one of that name") {
  CHECK(read("a: &x [1]\nb: *x\n") == "{a: ['1'], b: ['1']}");
  CHECK(read("a: &x 1\nb: &x 2\nc: *x\n") == "{a: '1', b: '2', c: '2'}");
  CHECK(read("a: &x\nb: *x\n") == "{a: ~, b: ~}");
  CHECK(read("a: &x k\n*x : v\n") == "{a: 'k', k: 'v'}");
}

TEST_CASE("what kubectl cannot parse is a problem at its place") {
  struct Row {
    const char* text;
    const char* message;
    std::uint32_t begin;
  };
  const Row rows[] = {
      {"a: *x\n", "no anchor of this name stands above", 3},
      {"a: &x {b: *x}\n", "the anchor's value contains itself", 10},
      {"<<: 1\n", "`<<` needs a mapping or a sequence of mappings", 4},
      {"<<:\n", "`<<` needs a mapping or a sequence of mappings", 3},
      {"a: &x [{}]\n<<: *x\n", "`<<` needs a mapping or a sequence of mappings", 15},
      {"<<: [{}, 1]\n", "`<<` needs a mapping or a sequence of mappings", 4},
      {"name: {{ .Release.Name }}\n", "a mapping key must be a scalar", 7},
      {"? [a]\n: b\n", "a mapping key must be a scalar", 2},
      {"~: a\n", "a mapping key must not be null", 0},
      {": a\n", "a mapping key must not be null", 0},
      {"a: b\nc\n", "expected `:` after this key", 5},
      {"a:\nb\n", "expected `:` after this key", 3},
      {"{\n  \"a\": 1,\n  \"b\"\n}\n", "expected `:` after this key", 14},
      {"a: b\n{}\n", "expected a key at the indentation of the mapping", 5},
      {"{} b\n", "text after the end of the document", 3},
      {"a: b: c\n", "a mapping value is not allowed here", 4},
      {"a: 'b\n", "the quote is not closed", 3},
      {"a: \"b\n", "the quote is not closed", 3},
      {"a: [b\n", "expected `,` or `]`", 6},
      {"a: {b: c\n", "expected `,` or `}`", 9},
      {"a: [b, , c]\n", "expected a value before this", 7},
      {"a: b\n  - c: d\n", "a mapping value is not allowed here", 10},
      {"a:\n\tb: c\n", "tabs must not indent", 3},
      {"\ta: b\n", "tabs must not indent", 0},
      {"a: &x\n \tb\n", "tabs must not indent", 7},
      {"a:\n\t~\n", "tabs must not indent", 3},
      {"- a\n- \t~\n", "tabs must not indent", 6},
      {"a: @b\n", "no value can start with this character", 3},
      {"a: `b\n", "no value can start with this character", 3},
      {"a: %b\n", "no value can start with this character", 3},
      {"a: \x01\n", "control characters are not allowed", 3},
      {"a: \xFF\n", "invalid UTF-8", 3},
      {"\xEF\xBB\xBF\r\na: \xC3(\n", "invalid UTF-8", 8},
      {"%YAML 1.2\n---\na\n", "only `%YAML 1.1` and `%TAG` directives are known", 0},
      {"%YAML 1.1\n", "expected `---` after the directives", 10},
      {"a: &x!y b\n", "an anchor's name has letters, digits, `-` and `_` only", 3},
      {"a: !x!y b\n", "the tag's handle is not declared", 3},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto result = read_yaml(row.text);
    const auto* problem = std::get_if<Problem>(&result);
    REQUIRE(problem != nullptr);
    CHECK(problem->message == row.message);
    CHECK(problem->range.begin == row.begin);
  }
}

TEST_CASE("a range is what was written, without quotes") {
  CHECK(range_at("a: STRICT # c\n", "a") == "STRICT");
  CHECK(range_at("a: 'x ''y'\n", "a") == "x ''y");
  CHECK(range_at("a: \"x \\\" y\"\n", "a") == "x \\\" y");
  CHECK(range_at("a: ''\n", "a").empty());
  CHECK(range_at("a: b c\n\n  d # e\n", "a") == "b c\n\n  d");
  CHECK(range_at("a: |\n\n  b\n   c\n\nd: e\n", "a") == "b\n   c");
  CHECK(range_at("a: ~ # c\n", "a") == "~");
  CHECK(range_at("a: !!str &x b\n", "a") == "b");
  CHECK(range_at("a: &x\n  b: c\nd: e\n", "a") == "b: c");
  CHECK(range_at("a: {b: c, } # d\n", "a") == "{b: c, }");
  CHECK(range_at("a: [b, # ]\n  c: d\n ]\n", "a") == "[b, # ]\n  c: d\n ]");
  CHECK(range_at("[b, c: d, e]\n", "[1]") == "c: d");
  CHECK(range_at("a:\n- b\n- c: d\n\ne: f\n", "a") == "- b\n- c: d");
  CHECK(range_at("a: &x b\nc: *x\n", "c") == "*x");
}

TEST_CASE("the outer range is what an edit may replace") {
  CHECK(outer_at("a: 'x' # c\n", "a") == "'x'");
  CHECK(outer_at("a: &x \"y\" # c\n", "a") == "&x \"y\"");
  CHECK(outer_at("a: !!str &x b\n", "a") == "!!str &x b");
  CHECK(outer_at("a: >- # c\n  b\n  c\nd: e\n", "a") == ">- # c\n  b\n  c");
  CHECK(outer_at("a: &x {b: c} # d\n", "a") == "&x {b: c}");
  CHECK(outer_at("a: &x\n  b: c\n", "a") == "&x\n  b: c");
}

TEST_CASE("an empty value stands behind what calls for it") {
  const auto begin = [](std::string_view text, std::string_view path) {
    const Place place(text, path);
    CHECK(place.value.range().empty());
    return place.value.range().begin;
  };
  CHECK(begin("a:\nb: c\n", "a") == 2);
  CHECK(begin("a: # c\nb: c\n", "a") == 2);
  CHECK(begin("a:\nnull1: c\n", "a") == 2);
  CHECK(begin("a:   \r\n", "a") == 2);
  CHECK(begin("- \n-   # c\n- b\n", "[1]") == 4);
  CHECK(begin("{a: , b}\n", "a") == 3);
  CHECK(begin("{a: , b}\n", "b") == 7);
  CHECK(begin("a: &x # c\nb: d\n", "a") == 5);
}

TEST_CASE("a key knows its place") {
  const auto key = [](std::string_view text, std::string_view path) {
    const Place place(text, path);
    return place.slice(place.value.key_range());
  };
  CHECK(key("a: b\n", "a") == "a");
  CHECK(key("spec:\n  \"a b\" : c\n", "spec.a b") == "a b");
  CHECK(key("x: &x {a: b}\ny:\n  <<: *x\n", "y.a") == "a");
  CHECK(key("- a\n", "[0]").empty());
}

TEST_CASE("ranges count original bytes") {
  CHECK(range_at("\xEF\xBB\xBF"
                 "a: b\r\nc: \xC3\xA9\r\nd: \"e\"\r\n",
                 "d") == "e");
  CHECK(range_at("---\n\xEF\xBB\xBF"
                 "a: b\nc: d\n",
                 "a") == "b");
  CHECK(range_at("---\r\n\xEF\xBB\xBF"
                 "a: b\r\nc: d\r\n",
                 "c") == "d");
  CHECK(range_at("a:\r\n  b:\r\n  - c\r\n", "a") == "b:\r\n  - c");
  CHECK(range_at("a: |\r\n  b\r\n  c\r\nd: e\r\n", "a") == "b\r\n  c");
}

TEST_CASE("what is absent reads as nothing") {
  const auto result = read_yaml("a: b\nc: [d]\ne:\n");
  const Value root = std::get<Document>(result).root();
  CHECK_FALSE(root["x"].exists());
  CHECK_FALSE(root["x"]["y"].exists());
  CHECK_FALSE(root["a"]["y"].exists());
  CHECK_FALSE(root["e"].exists());
  CHECK(root["x"].text().empty());
  CHECK(root["x"].items().empty());
  CHECK(root["c"].entries().empty());
  CHECK(root["c"].text().empty());
}

TEST_CASE("limits are kept without harm") {
  const auto repeated = [](std::string_view part, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += part;
    return text;
  };
  CHECK(read(repeated("[", 199) + repeated("]", 199)).starts_with("[[["));
  CHECK(read(repeated("[", 200) + repeated("]", 200)).starts_with("[[["));
  CHECK(read(repeated("[", 201) + repeated("]", 201)) ==
        "problem: nested more than 200 levels deep (limits.depth)");
  CHECK(read("[[[]]]", {.max_depth = 2}) == "problem: nested more than 2 levels deep (limits.depth)");
  CHECK(read("[[[]]]", {.max_depth = 2, .are_settings = false}) == "problem: nested more than 2 levels deep");
  CHECK(read("a: b", {.max_bytes = 3}) ==
        "problem: the document is larger than 3 bytes (limits.documentSize)");
  for (const char* part : {"[", "{", "{a: ", "- ", "? ", "a: {", "!", "&", "*", "'", "\"", ": "}) {
    CAPTURE(part);
    CHECK(is_problem(repeated(part, 100001)));
  }

  std::string laughs = "a0: &a0 [x]\n";
  std::string merges = "a0: &a0 {k: v}\n";
  for (int i = 1; i < 60; ++i) {
    laughs += fmt::format("a{0}: &a{0} [*a{1}, *a{1}]\n", i, i - 1);
    merges += fmt::format("a{0}: &a{0} {{<<: [*a{1}, *a{1}]}}\n", i, i - 1);
  }
  const std::string bomb = "problem: aliases expand to more than 100000 values (limits.aliasedValues)";
  CHECK(read(laughs) == bomb);
  CHECK(read(merges) == bomb);
  CHECK(read("a: &a [1, 2]\nb: [*a, *a]\n", {.max_alias_expansion = 5}) ==
        "problem: aliases expand to more than 5 values (limits.aliasedValues)");
  CHECK(read("a: &a [1, 2]\nb: [*a, *a]\n", {.max_alias_expansion = 6}).starts_with("{a:"));
}

// Whoever walks over values recurses with them, so what nests through aliases counts too.
TEST_CASE("aliases nest no deeper than text does") {
  const std::string chain = "a: &a [[x]]\nb: &b [[*a]]\nc: [[*b]]\n";  // seven levels
  CHECK(read(chain, {.max_depth = 7}).starts_with("{a:"));
  CHECK(read(chain, {.max_depth = 6}) == "problem: nested more than 6 levels deep (limits.depth)");
  CHECK(read("a: &a [[x]]\nb: *a\n", {.max_depth = 3}).starts_with("{a:"));
}

// In a build without optimisation or with sanitizers, too, where frames of the stack are largest.
TEST_CASE("the deepest nesting that a setting allows is walked without harm") {
  const workspace::yaml::ReadLimits limits = workspace::yaml::kWidestLimits;
  std::string block;
  std::string flow;
  for (std::uint32_t i = 0; i + 1 < limits.max_depth; ++i) {
    block += std::string(i, ' ') + "a:\n";
    flow += i % 2 == 0 ? "[" : "{a: ";
  }
  block += std::string(limits.max_depth, ' ') + "a: x\n";
  flow += "[x]";
  for (std::uint32_t i = limits.max_depth - 1; i-- > 0;) flow += i % 2 == 0 ? "]" : "}";
  CHECK(read(block, limits).starts_with("{a:"));
  CHECK(read(flow, limits).starts_with("[{a:"));
  CHECK(read("b: " + flow, limits) == "problem: nested more than 400 levels deep (limits.depth)");
  CHECK(is_problem(std::string(499, '[') + std::string(499, ']')));

  // Values nested through aliases as deep as that, written out by an edit.
  std::string aliased = "spec: &s0 {m: x}\n";
  for (std::uint32_t i = 1; i + 2 < limits.max_depth; ++i) {
    aliased += fmt::format("k{0}: &s{0} {{m: *s{1}}}\n", i, i - 1);
  }
  aliased += fmt::format("top: {{m: *s{}}}\n", limits.max_depth - 3);
  CHECK(read(aliased, limits).starts_with("{spec:"));
  const auto edits = workspace::yaml::set_scalar(aliased, workspace::yaml::parse_path("top.m.m.m"), "y");
  CHECK((edits.ok() || !edits.error().message.empty()));
}

// ---- Whatever is typed, ranges stay inside the text and tell the truth
// -------------------------------------

namespace {

constexpr std::string_view kManifest = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a, "namespace": 'foo'} # note
spec:
  host: "*.foo.svc.cluster.local"
  trafficPolicy: &policy
    tls:
      mode: ISTIO_MUTUAL
      sni:
    text: |-
      some
        text
  subsets:
  - name: v1
    trafficPolicy: *policy
  - name: over two
      lines
    <<: *policy
    list: [a, b: c, {d: , e}, ~]
)";

// The first node whose ranges are not in order, inside its parent's, or not its text; empty if all are well.
std::string wrong_range(std::string_view text, const Document& document, std::uint32_t index,
                        ByteRange parent) {
  const Node& node = document.node(index);
  const bool ordered = parent.begin <= node.outer.begin && node.outer.begin <= node.range.begin &&
                       node.range.begin <= node.range.end && node.range.end <= node.outer.end &&
                       node.outer.end <= parent.end;
  if (!ordered) return fmt::format("ranges of node {}", index);

  const std::string_view written = text.substr(node.range.begin, node.range.size());
  const bool plain = node.kind == NodeKind::Scalar && node.style == ScalarStyle::Plain;
  const bool one_line = written.find_first_of("\r\n") == std::string_view::npos;
  if (plain && one_line && written != node.text) return fmt::format("text of node {}", index);

  ByteRange rest = node.outer;
  for (const std::uint32_t child : document.children(node)) {
    if (std::string wrong = wrong_range(text, document, child, rest); !wrong.empty()) return wrong;
    rest.begin = document.node(child).outer.end;
  }
  return {};
}

// Looks at everything that a reader of the document could.
std::size_t walk(const Value& value) {
  std::size_t bytes = value.text().size();
  for (const Value& item : value.items()) bytes += walk(item);
  for (const auto& [key, entry] : value.entries()) bytes += walk(value[key]) + walk(entry);
  return bytes;
}

std::string mutated(std::mt19937& random, std::string text) {
  static constexpr const char* kPieces[] = {
      ":",  "-",    "[", "]", "{",        "}",    "'",    "\"",      "#",   "&",      "*",   "|",
      ">",  "!",    "%", "@", ",",        "?",    " ",    "\t",      "\n",  "\r\n",   ": ",  "- ",
      " #", "\n  ", "~", "a", "\xC3\xA9", "\xFF", "<<: ", "*policy", "&a ", "!!str ", "---", "null"};
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
    const std::size_t at = below(text.size() + 1);
    switch (below(4)) {
      case 0:
        text.erase(at, 1 + below(3));
        break;
      case 1:
        text.resize(std::max(at, text.size() / 2));
        break;
      default:
        text.insert(at, kPieces[below(std::size(kPieces))]);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("any text reads or is a problem inside it") {
  std::mt19937 random(20261122);
  int read_well = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = mutated(random, std::string(kManifest));
    CAPTURE(text);
    const auto result = read_yaml(text);
    const auto size = static_cast<std::uint32_t>(text.size());
    if (const auto* problem = std::get_if<Problem>(&result)) {
      CHECK(problem->range.begin <= problem->range.end);
      CHECK(problem->range.end <= size);
      CHECK(problem->message.find("traced") == std::string::npos);
    } else {
      const auto& document = std::get<Document>(result);
      CHECK(wrong_range(text, document, document.root_index(), {0, size}).empty());
      walk(document.root());
      ++read_well;
    }
  }
  CHECK(read_well > 500);
}

TEST_CASE("a document of more values than the full reader may hold is refused, however it is written") {
  const std::size_t most = yaml::ReadLimits{}.max_costly_values();
  const auto repeated = [](std::string_view text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
  };
  const std::string head = "x: &a 1\ndata:";
  for (const std::string& text :
       {head + " [" + repeated("{},", most) + "a]\n", head + " [" + repeated("a,", most) + "a]\n",
        head + "\n" + repeated("- a\n", most), R"({"data": [)" + repeated("1,", most + 1) + "1]}"}) {
    const auto read = yaml::read_yaml(text);
    INFO(text.substr(0, 40));
    REQUIRE(std::holds_alternative<yaml::Problem>(read));
    CHECK(std::get<yaml::Problem>(read).message ==
          "more than " + std::to_string(most) + " values in one document (limits.documentSize)");
  }
  CHECK(std::holds_alternative<yaml::Document>(yaml::read_yaml(
      head + "\n" + repeated("- a\n", yaml::ReadLimits::kFewestValues - 100), {.max_bytes = 1U << 20U})));
  // As `kubectl get -o json` prints it.
  const std::string item = "        {\n            \"kind\": \"Pod\",\n            \"spec\": {}\n        }";
  const std::string json = "{\n    \"items\": [\n" + repeated(item + ",\n", most / 4) + item + "\n    ]\n}\n";
  CHECK(std::holds_alternative<yaml::Document>(yaml::read_yaml(json)));
}
