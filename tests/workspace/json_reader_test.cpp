#include "workspace/yaml/json_reader.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "workspace/yaml/document_split.h"
#include "workspace/yaml/reader.h"

using workspace::ByteRange;
using workspace::split_documents;
using workspace::yaml::Document;
using workspace::yaml::read_any_yaml;
using workspace::yaml::read_json;
using workspace::yaml::Value;

namespace {

// Whether both trees hold the same, at the same places.
bool same(const Value& a, const Value& b) {
  if (a.exists() != b.exists()) return false;
  if (!a.exists()) return true;
  if (a.is_scalar()) return b.is_scalar() && a.text() == b.text() && a.range() == b.range();
  if (a.range() != b.range()) return false;
  if (a.is_sequence()) {
    const auto x = a.items();
    const auto y = b.items();
    bool equal = b.is_sequence() && x.size() == y.size();
    for (std::size_t i = 0; equal && i < x.size(); ++i) equal = same(x[i], y[i]);
    return equal;
  }
  const auto x = a.entries();
  const auto y = b.entries();
  bool equal = b.is_mapping() && x.size() == y.size();
  for (std::size_t i = 0; equal && i < x.size(); ++i) {
    equal = x[i].first == y[i].first && x[i].second.key_range() == y[i].second.key_range() &&
            same(x[i].second, y[i].second);
  }
  return equal;
}

std::string text_at(const std::string& text, const char* key) {
  const auto json = read_json(text, {});
  return json ? std::string(json->root()[key].text()) : std::string("not JSON");
}

}  // namespace

TEST_CASE("JSON reads as the YAML reader reads it, to every range") {
  for (const std::string text : {
           R"({})",
           R"({"apiVersion": "v1", "kind": "List", "items": []})",
           R"({"a": {"b": [1, -2.5e3, true, false, null, "x"]}, "c": "d"})",
           "{\n  \"a\": \"q\\\"\\\\\\/\\n\\t\",\n  \"b\": [\n    {\"c\": \"\"},\n    []\n  ]\n}\n",
           "\xEF\xBB\xBF{\"a\": \"caf\xC3\xA9\", \"b\": 1}",
           R"({"a": 1, "b": 2, "a": 3})",
       }) {
    INFO(text);
    const auto json = read_json(text, {});
    REQUIRE(json);
    const auto yaml = read_any_yaml(text);
    REQUIRE(std::holds_alternative<Document>(yaml));
    CHECK(same(json->root(), std::get<Document>(yaml).root()));
  }
}

TEST_CASE("JSON as editors write it: comments, trailing commas, surrogate pairs") {
  CHECK(text_at("// head\n{ /* here */ \"a\": \"b\", // there\n}\n", "a") == "b");
  CHECK(text_at(R"({"a": ["x",], "b": "y",})", "b") == "y");
  CHECK(text_at(R"({"a": "\ud83d\ude00 \u00e9"})", "a") == "\xF0\x9F\x98\x80 \xC3\xA9");
  CHECK(text_at(R"({"a": "http://x/*y*/"})", "a") == "http://x/*y*/");
}

TEST_CASE("what is not JSON is left to the YAML reader") {
  for (const std::string text :
       {"{a: b}", "{'a': 1}", R"({"a" 1})", R"({"a": 1} x)", R"({"a": 1)", R"({"a": "\ud83d"})",
        R"({"a": "\x"})", "{\"a\": \"\xFF\"}", "{\"a\": \"b\nc\"}", "{\"a\": *b}", "", "{{ .Values.a }}"}) {
    INFO(text);
    CHECK_FALSE(read_json(text, {}));
  }
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "{\"a\":";
  CHECK_FALSE(read_json(deep + "1" + std::string(300, '}'), {}));
}

TEST_CASE("a document made to do harm makes a bounded number of nodes") {
  std::string harm = "{\"a\": [1";
  while (harm.size() < 1'000'000) harm += ",1";
  CHECK_FALSE(read_json(harm + "]}", {}));
}

TEST_CASE("JSON mappings that follow each other are documents of their own") {
  const std::string text = "{\"a\": \"}{\"}\n{\"b\": 2}{\"c\": 3}\n";
  const auto slices = split_documents(text);
  REQUIRE(slices.size() == 3);
  CHECK(slices[0] == ByteRange{0, 11});
  CHECK(slices[1] == ByteRange{11, 20});
  CHECK(slices[2] == ByteRange{20, static_cast<std::uint32_t>(text.size())});
  CHECK(split_documents("{a: 1}\nb: {c: 1}\n").size() == 1);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "{\"a\": 1}\n";
  CHECK(split_documents(many).size() == 1000);
}
