// Keys that something is wrong with, as facts: which, where, and that reading plain text misses none.
#include "workspace/resources/key_problem.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <variant>
#include <vector>

#include "workspace/sources/file_facts.h"
#include "workspace/yaml/fast_reader.h"

using workspace::KeyProblem;
using workspace::KeyProblemKind;
using workspace::Resource;

namespace {

// "kind path text suggestion" of each problem of each resource.
std::vector<std::string> problems_of(std::string_view text) {
  std::vector<std::string> found;
  const auto facts = workspace::read_facts(text);
  for (const auto& document : facts->documents) {
    for (const Resource& resource : document.facts->resources) {
      for (const KeyProblem& problem : workspace::metadata_of(resource).rare.key_problems()) {
        const auto place = document.place(problem.place.range);
        found.push_back(fmt::format("{} {} {} {}", static_cast<int>(problem.kind), problem.path,
                                    text.substr(place->begin, place->size()), problem.suggestion));
      }
    }
  }
  return found;
}

using Lines = std::vector<std::string>;

constexpr std::string_view kPolicy =
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a}\n";

std::string policy(std::string_view rest) { return std::string(kPolicy) + std::string(rest); }

}  // namespace

TEST_CASE("fields that do not exist are facts, also in the metadata") {
  CHECK(problems_of(policy("spec: {mtls: {mode: STRICT}}\n")).empty());
  CHECK(problems_of(policy("spec: {mtls: {mdoe: STRICT}}\n")) == Lines{"0 spec.mtls.mdoe mdoe mode"});
  CHECK(problems_of(policy("mtls: {mode: STRICT}\n")) == Lines{"1 mtls mtls "});
  CHECK(problems_of("apiVersion: networking.istio.io/v1\nkind: DestinationRle\nmetadata: {name: a}\n") ==
        Lines{"2 kind DestinationRle DestinationRule"});
  CHECK(
      problems_of("apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\n").empty());
}

TEST_CASE("a key that is given twice is found in plain text and in any other") {
  constexpr std::string_view kTwice = "spec:\n  mtls: {mode: STRICT}\n  mtls: {mode: DISABLE}\n";
  const Lines expected{"3 spec.mtls mtls "};
  CHECK(problems_of(policy(kTwice)) == expected);
  CHECK(problems_of(policy(kTwice) + "status: &anchor {}\n") == expected);
  CHECK(problems_of(policy("spec: {mtls: {mode: STRICT, mode: DISABLE}}\n")) ==
        Lines{"3 spec.mtls.mode mode "});
  CHECK(problems_of(policy("spec:\n  mtls: {mode: STRICT}\n  mtls: {mode: STRICT}\n")).empty());
}

TEST_CASE("the plain reader leaves a wanted key that is given twice to the full one, and only that") {
  const auto is_plain = [](std::string_view text, const workspace::yaml::Outline& wanted) {
    return workspace::yaml::read_plain_yaml(text, {}, wanted).has_value();
  };
  static constexpr workspace::yaml::Outline kChildren[] = {{"a", {}, true}};
  static constexpr workspace::yaml::Outline kOnlyA{"", kChildren, false};
  CHECK(is_plain("a: 1\nb: 2\n", workspace::yaml::kEverything));
  CHECK_FALSE(is_plain("a: 1\nb: 2\na: 3\n", workspace::yaml::kEverything));
  CHECK_FALSE(is_plain("a: 1\n\"a\": 3\n", workspace::yaml::kEverything));
  CHECK_FALSE(is_plain("a: {b: 1, b: 1}\n", kOnlyA));
  CHECK(is_plain("c: {b: 1, b: 1}\n", kOnlyA));
  CHECK(is_plain("- {a: 1}\n- {a: 1}\n", workspace::yaml::kEverything));
  // Different keys that look alike at a glance.
  std::string many;
  for (int i = 0; i < 200; ++i) many += fmt::format("key{}: 1\n", i);
  CHECK(is_plain(many, workspace::yaml::kEverything));
  CHECK_FALSE(is_plain(many + "key7: 1\n", workspace::yaml::kEverything));
}

TEST_CASE("many keys given twice cost what the text is long, and are reported up to a limit") {
  std::string text = policy("spec:\n");
  for (int i = 0; i < 20'000; ++i) text += fmt::format("  k{}: {}\n", i % 10'000, i);
  std::size_t repeated = 0;
  for (const std::string& line : problems_of(text)) repeated += line.starts_with("3 ") ? 1 : 0;
  CHECK(repeated == workspace::kMaxRepeatedKeys);
}
