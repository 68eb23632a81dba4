#include "workspace/yaml/document_split.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using namespace workspace;

namespace {

using Slices = std::vector<std::string>;

Slices split(std::string_view text) {
  Slices slices;
  std::size_t end = 0;
  for (const ByteRange range : split_documents(text)) {
    CHECK(range.begin == end);  // no gaps, no overlaps
    end = range.end;
    slices.emplace_back(text.substr(range.begin, range.size()));
  }
  CHECK(end == text.size());
  return slices;
}

}  // namespace

TEST_CASE("a marker starts a document") {
  CHECK(split("a: 1\n---\nb: 2\n") == Slices{"a: 1\n", "---\nb: 2\n"});
  CHECK(split("---\na\n--- # c\nb\n---\tc\n--- d") ==
        Slices{"---\na\n", "--- # c\nb\n", "---\tc\n", "--- d"});
  CHECK(split("a\n---") == Slices{"a\n", "---"});
  CHECK(split("---\n---\n") == Slices{"---\n", "---\n"});
}

TEST_CASE("files put one behind the other keep their byte order marks") {
  const std::string mark = "\xEF\xBB\xBF";
  CHECK(split(mark + "a: 1\n" + mark + "---\nb: 2\n---\nc: 3\n") ==
        Slices{mark + "a: 1\n", mark + "---\nb: 2\n", "---\nc: 3\n"});
  CHECK(split("a: 1\n" + mark + "\n") == Slices{"a: 1\n" + mark + "\n"});
  CHECK(split("a: 1\n" + mark) == Slices{"a: 1\n" + mark});
}

TEST_CASE("only a whole marker at column 0 is one") {
  CHECK(split("a\n ---\nb\n") == Slices{"a\n ---\nb\n"});
  CHECK(split("a\n----\nb\n") == Slices{"a\n----\nb\n"});
  CHECK(split("---a\n") == Slices{"---a\n"});
  CHECK(split("- a\n--\n....\n") == Slices{"- a\n--\n....\n"});
}

TEST_CASE("a marker counts inside a block scalar and a quote too") {
  CHECK(split("a: |\n  x\n---\nb: 'y\n---\n'\n") == Slices{"a: |\n  x\n", "---\nb: 'y\n", "---\n'\n"});
}

TEST_CASE("what precedes the first marker of a document belongs to it") {
  CHECK(split("# head\n\n---\na\n") == Slices{"# head\n\n---\na\n"});
  CHECK(split("%YAML 1.1\n--- a\n") == Slices{"%YAML 1.1\n--- a\n"});
  CHECK(split("a\n...\n# next\n%YAML 1.1\n---\nb\n") == Slices{"a\n...\n", "# next\n%YAML 1.1\n---\nb\n"});
  CHECK(split("a\n# tail\n---\nb\n") == Slices{"a\n# tail\n", "---\nb\n"});
}

TEST_CASE("an end marker ends a document") {
  CHECK(split("a\n...\nb\n") == Slices{"a\n...\n", "b\n"});
  CHECK(split("a\n...\n") == Slices{"a\n...\n"});
  CHECK(split("a\n...") == Slices{"a\n..."});
  CHECK(split("a\n... # c\n---\nb\n") == Slices{"a\n... # c\n", "---\nb\n"});
}

TEST_CASE("any line end will do") {
  CHECK(split("a\r\n---\r\nb\r\n") == Slices{"a\r\n", "---\r\nb\r\n"});
  CHECK(split("a\r---\rb\r...\rc") == Slices{"a\r", "---\rb\r...\r", "c"});
}

TEST_CASE("a BOM hides no marker") {
  CHECK(split("\xEF\xBB\xBF---\na\n") == Slices{"\xEF\xBB\xBF---\na\n"});
  CHECK(split("\xEF\xBB\xBF"
              "a\n---\nb\n") == Slices{"\xEF\xBB\xBF"
                                       "a\n",
                                       "---\nb\n"});
}

TEST_CASE("a text without content is one slice") {
  CHECK(split("") == Slices{""});
  CHECK(split("\n\n") == Slices{"\n\n"});
  CHECK(split("# only\n") == Slices{"# only\n"});
  CHECK(split("a\n...\n# only\n") == Slices{"a\n...\n", "# only\n"});
}

TEST_CASE("past a number of slices, the rest is one") {
  const std::string_view text = "a\n---\nb\n...\nc\n";
  const auto ends = [&](std::size_t at_most) {
    std::vector<workspace::ByteRange> slices;
    workspace::split_documents(text, workspace::ByteClasses(text), slices, at_most);
    std::vector<std::uint32_t> found;
    for (const auto slice : slices) found.push_back(slice.end);
    return found;
  };
  CHECK(ends(1) == std::vector<std::uint32_t>{14});
  CHECK(ends(2) == std::vector<std::uint32_t>{2, 14});
  CHECK(ends(3) == std::vector<std::uint32_t>{2, 12, 14});
  CHECK(ends(4) == ends(3));
}
