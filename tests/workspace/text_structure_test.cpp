// Folds and enclosing ranges of text that need not be YAML.
#include "workspace/yaml/text_structure.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace {

// Lines from 1: "1-3 4-5#", `#` for a comment.
std::string folded(const std::string& text) {
  std::string all;
  for (const workspace::Fold& fold : workspace::folds(text)) {
    const auto line = [&](std::uint32_t at) {
      return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    };
    all += (all.empty() ? "" : " ") + std::to_string(line(fold.range.begin)) + "-" +
           std::to_string(line(fold.range.end)) + (fold.is_comment ? "#" : "");
  }
  return all;
}

// What is around the `|`, from the inside.
std::vector<std::string> enclosing(std::string text) {
  const std::size_t cursor = text.find('|');
  text.erase(cursor, 1);
  std::vector<std::string> found;
  for (const auto range : workspace::enclosing_ranges(text, static_cast<std::uint32_t>(cursor)))
    found.push_back(text.substr(range.begin, range.size()));
  return found;
}

}  // namespace

TEST_CASE("folds: by indentation") {
  const struct {
    const char* text;
    std::string_view folds;
  } cases[] = {
      {"", ""},
      {"a: 1\nb: 2\n", ""},
      {"a:\n  b:\n    c: 1\n  d: 2\n", "1-4 2-3"},
      {"a:\n- b: 1\n  c: 2\n- d: 3\ne: 4\n", "1-4 2-3"},
      {"a:\n  - b: 1\n    c:\n      d: 1\n  - e: 1", "1-5 2-4 3-4"},
      {"a:\n  b: 1\n\n\n# of c\nc: 1\n", "1-2"},
      {"# one\n# two\n\na:\n  b: |\n    text\n\n    # text\n    more\n", "1-2# 4-9 5-9"},
      {"a:\n  b: 1\n---\n# x\nc:\n  d: 1\n...\n---\ne: 1\n", "1-2 3-6 5-6 8-9"},
      {"a:\r\n  b:\r\n    c: 1\r\n\r\nd: 1\r\n", "1-3 2-3"},
      {"a: [\nb: {c\n   d: ]\n\te\n", "2-4"},
      {"a: {b: 1,\n    c: 2}\n", "1-2"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    CHECK(folded(each.text) == each.folds);
  }
}

TEST_CASE("enclosing ranges: from a value to the document") {
  using List = std::vector<std::string>;
  CHECK(enclosing("a:\n  b: x|y\n  c: 1\nd: 2\n") == List{"xy", "b: xy", "b: xy\n  c: 1",
                                                          "a:\n  b: xy\n  c: 1", "a:\n  b: xy\n  c: 1\nd: 2",
                                                          "a:\n  b: xy\n  c: 1\nd: 2\n"});
  CHECK(enclosing("a: ['x', \"y|z\"]\n") ==
        List{"yz", "\"yz\"", "['x', \"yz\"]", "a: ['x', \"yz\"]", "a: ['x', \"yz\"]\n"});
  CHECK(enclosing("a: 1\n---\nb|c: 2\n---\nd: 3\n") ==
        List{"bc", "bc: 2", "---\nbc: 2", "---\nbc: 2\n", "a: 1\n---\nbc: 2\n---\nd: 3\n"});
  CHECK(enclosing("a:\n- b: 1\n  c|: 2\n- d: 3\n") ==
        List{"c", "c: 2", "b: 1\n  c: 2", "- b: 1\n  c: 2\n- d: 3", "a:\n- b: 1\n  c: 2\n- d: 3",
             "a:\n- b: 1\n  c: 2\n- d: 3\n"});
  CHECK(enclosing("a: [\n  b: |x\n") == List{"b: x", "a: [\n  b: x", "a: [\n  b: x\n"});
  CHECK(enclosing("|").empty());
  CHECK(enclosing("a: 1\r\n  |\r\n") == List{"a: 1\r\n  \r\n"});
}

TEST_CASE("enclosing ranges: nonsense has some, each larger than the one before") {
  const std::string text =
      "a: {b: [c, 'd\n- - - \"x\n: : {}}]]\n\t|&*\n---\n? !!x\n  -\n- {a: b}: &x c\n*x : |\n  x";
  for (std::uint32_t offset = 0; offset <= text.size() + 1; ++offset) {
    workspace::ByteRange inner{};
    for (const auto range : workspace::enclosing_ranges(text, offset)) {
      CHECK(range.end <= text.size());
      CHECK(range.size() > inner.size());
      inner = range;
    }
  }
}
