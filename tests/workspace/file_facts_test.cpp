// Limits of what is read of one file. That an edit reads as a fresh text does is held by tests/properties and
// fuzz/.
#include "workspace/sources/file_facts.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using workspace::read_facts;

namespace {

constexpr std::size_t kMaxDocuments = workspace::Limits{}.documents;

std::string documents(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "---\na: 1\n";
  return text;
}

}  // namespace

TEST_CASE("of too many documents the first are read, and the rest says so") {
  const std::string policy =
      "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a}\n";
  const auto all = read_facts(documents(kMaxDocuments - 1) + policy);
  REQUIRE(all->documents.size() == kMaxDocuments);
  CHECK_FALSE(all->documents.back().problem());
  CHECK(all->documents.back().facts->resources.size() == 1);

  const std::string text = documents(kMaxDocuments) + policy + policy;
  const auto most = read_facts(text);
  REQUIRE(most->documents.size() == kMaxDocuments + 1);
  CHECK_FALSE(most->documents[kMaxDocuments - 1].problem());
  const workspace::DocumentState& rest = most->documents.back();
  REQUIRE(rest.problem());
  CHECK(rest.problem()->message.find("more than 100000 documents in file (limits.documents)") !=
        std::string::npos);
  CHECK(rest.facts->resources.empty());
  CHECK(rest.begin + rest.size == text.size());

  // The rest is taken for no document, whatever is edited: here the last slice's text stays as it is.
  const std::string shorter = documents(2) + policy + policy;
  const auto edited = read_facts(shorter, most.get(), text);
  REQUIRE(edited->documents.size() == 4);
  CHECK_FALSE(edited->documents.back().problem());
  const std::string one_less = documents(kMaxDocuments - 1) + policy;
  const std::string one_more = documents(kMaxDocuments) + policy;
  const auto again = read_facts(one_less, read_facts(one_more).get(), one_more);
  CHECK_FALSE(again->documents.back().problem());
  CHECK(again->documents.back().facts->resources.size() == 1);
}

TEST_CASE("a file of more bytes than its limits allow is not read, open in an editor or not") {
  workspace::Limits limits;
  limits.file_size = 70;
  const std::string large = "apiVersion: v1\nkind: Pod\n" + documents(30);
  const auto facts = read_facts(large, nullptr, {}, limits);
  REQUIRE(facts->documents.size() == 1);
  REQUIRE(facts->documents.front().problem());
  CHECK(facts->documents.front().problem()->message == "the file: is larger than 70 bytes (limits.fileSize)");
  CHECK(facts->text_size == large.size());
  const auto shorter = read_facts("apiVersion: v1\nkind: Pod\n---\na: 1\n", facts.get(), large, limits);
  REQUIRE(shorter->documents.size() == 2);
  CHECK_FALSE(shorter->documents.back().problem());
}

TEST_CASE("what was read within other limits is read again") {
  const std::string text = "apiVersion: v1\nkind: Pod\na: [[[x]]]\n---\nb: 1\n";
  workspace::Limits limits;
  limits.document.max_depth = 2;
  const auto wide = read_facts(text);
  const auto narrow = read_facts(text, wide.get(), text, limits);
  CHECK(narrow->documents_read == 2);
  REQUIRE(narrow->documents.front().problem());
  CHECK(narrow->documents.front().problem()->message == "nested more than 2 levels deep (limits.depth)");
  CHECK_FALSE(narrow->documents.back().problem());
  CHECK(read_facts(text, narrow.get(), text, limits)->documents_read == 0);
  CHECK_FALSE(read_facts(text, narrow.get(), text)->documents.front().problem());
}

TEST_CASE("a manifest in UTF-16 or UTF-32 is refused, and not taken for none") {
  const std::string policy = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n";
  const auto wide = [&](std::size_t width, bool is_big, bool has_mark, const std::string& narrow) {
    std::string text;
    const auto add = [&](std::string unit) {
      unit.resize(width, '\0');
      if (is_big) std::reverse(unit.begin(), unit.end());
      text += unit;
    };
    if (has_mark) add("\xFF\xFE");
    for (const char c : narrow) add({c});
    return text;
  };
  for (const std::size_t width : {2, 4}) {
    for (const bool is_big : {false, true}) {
      for (const bool has_mark : {false, true}) {
        const auto facts = read_facts(wide(width, is_big, has_mark, policy));
        REQUIRE(facts->documents.size() == 1);
        REQUIRE(facts->documents.front().problem());
        CHECK(facts->documents.front().problem()->message.ends_with(
            "the file is in UTF-16 or UTF-32; expected UTF-8"));
        CHECK_FALSE(read_facts(wide(width, is_big, has_mark, "{\"a\": 1}"))->documents.front().problem());
      }
    }
  }
}
