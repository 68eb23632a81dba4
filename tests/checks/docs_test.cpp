// docs/checks/ says what the registry says. UPDATE_GOLDEN=1 writes it anew.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>

#include "checks/registry.h"
#include "tests/support/fixture.h"

namespace tests {

namespace {

namespace fs = std::filesystem;
using checks::Check;

constexpr std::string_view kIntro = R"(# What it finds

Each code has a page: what it reports, why it hurts in production, an example and the same healed, and how
safe each fix is. `istio-mtls-ls explain CODE` prints the same text. These pages are generated from the
checks (`UPDATE_GOLDEN=1 checks_tests`); a test fails when they are stale.

TIS codes are those of Tetrate's config analyzer, and each has its counterpart among Kiali's validations; MTLS
codes are our own, for what silently does not do what it says. Severities are the defaults; `severity` in
`.istio-mtls.yaml` changes them. A finding can be silenced in place by the comment
`# istio-mtls: ignore CODE -- reason`, by the annotation `istio-mtls/ignore: CODE`, or, by its Kiali code, by
the annotation `kiali.io/ignore-validations`.

A fix is offered only if trying it shows that the finding goes and no new error comes. One that weakens
encryption says so in its title and is never the preferred one.

| code | severity | what it finds | Kiali |
|---|---|---|---|
)";

std::string overview() {
  std::string text(kIntro);
  for (const Check* check : checks::all_checks())
    text += fmt::format("| [{0}]({0}.md) | {1} | {2} | {3} |\n", check->code,
                        checks::severity_name(check->severity), check->title, check->docs.kiali);
  return text;
}

void check_page(const fs::path& path, const std::string& text) {
  if (updating_golden()) std::ofstream(path, std::ios::binary) << text;
  const bool fresh = read_file(path) == text;
  CHECK_MESSAGE(fresh, path.string(), " is stale: run UPDATE_GOLDEN=1 checks_tests");
}

}  // namespace

TEST_CASE("docs/checks is what the registry says") {
  const fs::path folder = fs::path(SOURCE_DIR) / "docs" / "checks";
  if (updating_golden()) fs::create_directories(folder);
  std::set<std::string> expected = {"README.md"};
  check_page(folder / "README.md", overview());
  for (const Check* check : checks::all_checks()) {
    const std::string name = std::string(check->code) + ".md";
    expected.insert(name);
    check_page(folder / name, checks::explain(*check));
  }
  for (const auto& entry : fs::directory_iterator(folder))
    CHECK_MESSAGE(expected.contains(entry.path().filename()), entry.path().string(), " documents no code");
}

}  // namespace tests
