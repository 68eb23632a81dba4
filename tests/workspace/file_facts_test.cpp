// Limits of what is read of one file. That an edit reads as a fresh text does is held by tests/properties and
// fuzz/.
#include "workspace/file_facts.h"

#include <doctest/doctest.h>

#include <string>

#include "workspace/document_split.h"

using workspace::kMostDocuments;
using workspace::read_facts;

namespace {

std::string documents(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "---\na: 1\n";
  return text;
}

}  // namespace

TEST_CASE("of too many documents the first are read, and the rest says so") {
  const std::string policy =
      "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a}\n";
  const auto all = read_facts(documents(kMostDocuments - 1) + policy);
  REQUIRE(all->documents.size() == kMostDocuments);
  CHECK_FALSE(all->documents.back().problem());
  CHECK(all->documents.back().facts->resources.size() == 1);

  const std::string text = documents(kMostDocuments) + policy + policy;
  const auto most = read_facts(text);
  REQUIRE(most->documents.size() == kMostDocuments + 1);
  CHECK_FALSE(most->documents[kMostDocuments - 1].problem());
  const workspace::DocumentState& rest = most->documents.back();
  REQUIRE(rest.problem());
  CHECK(rest.problem()->message.find("more than 100000 documents") != std::string::npos);
  CHECK(rest.facts->resources.empty());
  CHECK(rest.begin + rest.size == text.size());

  // The rest is taken for no document, whatever is edited: here the last slice's text stays as it is.
  const std::string shorter = documents(2) + policy + policy;
  const auto edited = read_facts(shorter, most.get(), text);
  REQUIRE(edited->documents.size() == 4);
  CHECK_FALSE(edited->documents.back().problem());
  const std::string one_less = documents(kMostDocuments - 1) + policy;
  const std::string one_more = documents(kMostDocuments) + policy;
  const auto again = read_facts(one_less, read_facts(one_more).get(), one_more);
  CHECK_FALSE(again->documents.back().problem());
  CHECK(again->documents.back().facts->resources.size() == 1);
}
