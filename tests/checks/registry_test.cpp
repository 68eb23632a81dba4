// Every code is whole: unique, documented, in the file that its name says, with loud and quiet fixtures, and
// an example that shows it and nothing else.
#include "checks/registry.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

#include "tests/support/fixture.h"

namespace tests {

namespace {

namespace fs = std::filesystem;
using checks::Check;

// "tis0208_plaintext_clause_against_strict_policy"
std::string file_name(const Check& check) {
  std::string name = std::string(check.code) + "_" + std::string(check.name);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::tolower(c)); });
  return name;
}

// What an example needs that YAML can't say.
std::string config_for(const Check& check) {
  return check.code == "TIS0207" ? "separateTIS0207: true\n" : "";
}

std::vector<checks::Finding> findings_of_example(const Check& check, std::string_view yaml) {
  return findings_of({{"example.yaml", std::string(yaml)}}, config_for(check));
}

}  // namespace

TEST_CASE("codes are unique and sorted") {
  const auto checks = checks::all_checks();
  CHECK(std::is_sorted(checks.begin(), checks.end(),
                       [](const Check* a, const Check* b) { return a->code < b->code; }));
  CHECK(std::adjacent_find(checks.begin(), checks.end(), [](const Check* a, const Check* b) {
          return a->code == b->code;
        }) == checks.end());
  std::set<std::string_view> names;
  for (const Check* check : checks) CHECK_MESSAGE(names.insert(check->name).second, check->name);
}

TEST_CASE("each check has a file of its own, named for code and pattern") {
  std::set<std::string> expected;
  for (const Check* check : checks::all_checks()) expected.insert(file_name(*check) + ".cpp");
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(fs::path(SOURCE_DIR) / "checks")) {
    const std::string name = entry.path().filename();
    if (name.starts_with("tis") || name.starts_with("mtls")) found.insert(name);
  }
  CHECK(found == expected);
}

// What is said of files as sources takes several files to show: fixtures/repositories and
// tests/repositories/run.py.
bool is_of_sources(const Check& check) {
  return check.run == nullptr && &check != &checks::check_registry().invalid_document();
}

TEST_CASE("each check is documented") {
  for (const Check* check : checks::all_checks()) {
    CAPTURE(check->code);
    CHECK_FALSE(check->title.empty());
    CHECK_FALSE(check->docs.reports.empty());
    CHECK_FALSE(check->docs.why.empty());
    CHECK_FALSE(check->docs.fix_safety.empty());
    CHECK(check->docs.example.ends_with('\n'));
    CHECK((check->docs.fixed.ends_with('\n') || is_of_sources(*check)));
    const bool public_code = check->code.starts_with("TIS");
    CHECK(check->docs.kiali.starts_with("KIA") == public_code);
    if (public_code) CHECK(check->docs.url.ends_with(check->code));
  }
}

TEST_CASE("examples show exactly their code, healed ones nothing") {
  for (const Check* check : checks::all_checks()) {
    if (is_of_sources(*check)) continue;
    CAPTURE(check->code);
    auto shown = findings_of_example(*check, check->docs.example);
    CHECK_FALSE(shown.empty());
    const auto is_hint = [](const checks::Finding& finding) {
      return finding.severity == checks::Severity::Hint;  // for editors only
    };
    std::erase_if(shown, is_hint);
    for (const checks::Finding& finding : shown)
      CHECK_MESSAGE(finding.code == check->code, finding.code, ": ", finding.message);
    auto left = findings_of_example(*check, check->docs.fixed);
    std::erase_if(left, is_hint);
    for (const checks::Finding& finding : left)
      FAIL_CHECK("healed, but ", finding.code, ": ", finding.message);
  }
}

TEST_CASE("each check has loud and quiet fixtures") {
  for (const Check* check : checks::all_checks()) {
    if (is_of_sources(*check)) continue;
    CAPTURE(check->code);
    const fs::path folder = fs::path(FIXTURES_DIR) / "checks" / file_name(*check);
    REQUIRE(fs::is_directory(folder));
    const auto fixtures = find_fixtures(folder);
    const auto loud = std::count_if(fixtures.begin(), fixtures.end(), [check](const Fixture& fixture) {
      return states(fixture.steps.front(), check->code);
    });
    CHECK(loud > 0);
    CHECK(loud < static_cast<std::ptrdiff_t>(fixtures.size()));
  }
}

}  // namespace tests
