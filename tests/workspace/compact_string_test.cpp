// Strings and optional values that are kept by the hundred thousand.
#include "workspace/base/compact_string.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "workspace/base/optional_ptr.h"

using workspace::CompactString;
using workspace::OptionalPtr;

TEST_CASE("a compact string holds any bytes, whatever its size") {
  for (const std::size_t size : {0, 1, 14, 15, 16, 17, 127, 128, 300}) {
    CAPTURE(size);
    std::string text(size, 'a');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i);  // NUL and wide bytes among them
    CompactString compact = text;
    CHECK(compact.size() == size);
    CHECK(compact.empty() == (size == 0));
    CHECK(compact == text);
    const CompactString copy = compact;
    const CompactString moved = std::move(compact);
    CHECK(copy == moved);
    CHECK(copy.str() == text);
    compact = copy;
    CHECK(compact == text);
    compact = CompactString("b");
    CHECK(compact == "b");
    CHECK(copy == text);
  }
  CHECK(CompactString(std::string_view()).empty());
  CHECK(sizeof(CompactString) == 16);
}

TEST_CASE("compact strings compare as text") {
  CHECK(CompactString("a") < CompactString("b"));
  CHECK(CompactString("a name of some length") < CompactString("a name of some length, and more"));
  CHECK(CompactString("b") > std::string_view("a name of some length"));
  CHECK(CompactString("\xff") > CompactString("a"));
  CHECK(std::hash<CompactString>()("name") == std::hash<std::string_view>()("name"));
}

TEST_CASE("a boxed value copies and compares as the value does") {
  OptionalPtr<std::string> none;
  OptionalPtr<std::string> one = std::string("one");
  OptionalPtr<std::string> other = one;
  CHECK_FALSE(none);
  CHECK(one == other);
  CHECK_FALSE(one == none);
  *other = "two";
  CHECK(*one == "one");
  CHECK_FALSE(one == other);
  one = std::nullopt;
  CHECK(one == none);
}
