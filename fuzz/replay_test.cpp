// Every seed, and every input that once broke something, is run through its target again. What is in
// fuzz/regressions was found by the fuzzer; its name tells what it broke.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/target.h"

namespace {

std::vector<std::filesystem::path> inputs(const std::string& target) {
  std::vector<std::filesystem::path> found;
  for (const std::string kind : {"seeds", "regressions"}) {
    const std::filesystem::path folder = std::filesystem::path(SOURCE_DIR) / "fuzz" / kind / target;
    if (!std::filesystem::exists(folder)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void replay(const std::string& target, void (*run)(std::string_view)) {
  const auto paths = inputs(target);
  REQUIRE_FALSE(paths.empty());
  for (const std::filesystem::path& path : paths) {
    CAPTURE(path.string());
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    CHECK_NOTHROW(run(bytes));
  }
}

}  // namespace

TEST_CASE("framing: kept inputs") { replay("framing", fuzz::framing); }
TEST_CASE("reading: kept inputs") { replay("reading", fuzz::reading); }
TEST_CASE("session: kept inputs") { replay("session", fuzz::session); }
TEST_CASE("fixes: kept inputs") { replay("fixes", fuzz::fixes); }
TEST_CASE("planning: kept inputs") { replay("planning", fuzz::planning); }
TEST_CASE("rendering: kept inputs") { replay("rendering", fuzz::rendering); }
TEST_CASE("places: kept inputs") { replay("places", fuzz::places); }
