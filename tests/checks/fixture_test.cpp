// Every fixture holds: fixtures/checks/<check>/ and fixtures/worked_cases/ (docs/design/mtls-semantics.md,
// section 9). The format is told in tests/support/fixture.h; FIXTURE=part-of-a-name runs only some.
#include "tests/support/fixture.h"

#include <doctest/doctest.h>

#include <cstdlib>

namespace tests {

namespace {

namespace fs = std::filesystem;

void run_folder(const fs::path& folder) {
  const char* only = std::getenv("FIXTURE");
  for (const Fixture& fixture : find_fixtures(folder)) {
    const std::string name = (folder.filename() / fixture.name).generic_string();
    if (only != nullptr && name.find(only) == std::string::npos) continue;
    for (const std::string& failure : run_fixture(fixture)) FAIL_CHECK(name, ": ", failure);
  }
}

std::vector<std::string> failures_of(const std::string& text) {
  return run_fixture({"test", "", "", {{{"mesh.yaml", read_annotated(text)}}}});
}

}  // namespace

TEST_CASE("fixtures of the checks") {
  for (const auto& entry : fs::directory_iterator(fs::path(FIXTURES_DIR) / "checks"))
    run_folder(entry.path());
}

TEST_CASE("worked cases of the semantics page") {
  const fs::path folder = fs::path(FIXTURES_DIR) / "worked_cases";
  CHECK(find_fixtures(folder).size() == 28);
  run_folder(folder);
}

TEST_CASE("a fixture fails for what is missing, unexpected or misspelt") {
  const std::string policy =
      "apiVersion: security.istio.io/v1\n"
      "kind: PeerAuthentication\n"
      "metadata: {name: default, namespace: foo}\n"
      "spec: {mtls: {mode: strict}}\n";
  CHECK(failures_of(policy + "#                   ^^^^^^ error MTLS0001: \"strict\" is not an mTLS mode\n")
            .empty());
  CHECK(failures_of(policy).size() == 1);
  CHECK(failures_of(policy + "#                  ^^^^^^ error MTLS0001: \"strict\"\n").size() == 2);
  CHECK(failures_of(policy + "#                   ^^^^^^ warning MTLS0001: \"strict\"\n").size() == 2);
  CHECK(failures_of(policy + "#                   ^^^^^^ error MTLS0001: something else\n").size() == 2);
  CHECK(failures_of(policy + "#                   ^^^^^^ mistake MTLS0001: \"strict\"\n").size() == 2);
  CHECK(failures_of(policy + "#                   ^^^^^^ error MTLS9999: \"strict\"\n").size() == 2);
}

}  // namespace tests
