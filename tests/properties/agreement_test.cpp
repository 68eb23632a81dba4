// The product says what the contract says, on random meshes: the fast graph against the slow reference.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>

#include "tests/properties/effort.h"
#include "tests/properties/product.h"
#include "tests/reference/generator.h"
#include "tests/reference/shrinker.h"

namespace properties {

namespace {

using reference::EmittedFile;
using reference::ExpectedFinding;
using reference::MeshModel;

std::vector<ExpectedFinding> product_findings(const MeshModel& mesh, const std::vector<EmittedFile>& files) {
  Product product(mesh.settings);
  product.put(files);
  return told(product.analysis());
}

// PROPERTY_CODES names the codes to compare; without it all are.
bool is_compared(const std::string& code) {
  const char* codes = std::getenv("PROPERTY_CODES");
  return codes == nullptr || std::string(codes).find(code) != std::string::npos;
}

std::string difference(const MeshModel& mesh, const std::vector<EmittedFile>& files) {
  const auto expected = comparable(reference::expected_findings(mesh));
  const auto found = product_findings(mesh, files);
  std::string text;
  const auto add = [&text](const auto& a, const auto& b, const char* label) {
    std::vector<ExpectedFinding> only;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
    for (const ExpectedFinding& finding : only) {
      if (is_compared(finding.code)) text += fmt::format("{}: {}\n", label, to_string(finding));
    }
  };
  add(expected, found, "missing");
  add(found, expected, "unexpected");
  return text;
}

}  // namespace

TEST_CASE("the product agrees with the reference on random meshes") {
  int failures = 0;
  const int meshes = effort(20000);
  for (int i = 0; i < meshes && failures < 3; ++i) {
    const auto seed = static_cast<std::uint64_t>(i) + first_seed();
    const MeshModel mesh = reference::random_mesh(seed);
    if (difference(mesh, emit(mesh, seed)).empty()) continue;
    ++failures;
    const auto fails_plain = [](const MeshModel& m) { return !difference(m, emit_plain(m)).empty(); };
    if (fails_plain(mesh)) {
      const MeshModel small = reference::shrink(mesh, fails_plain);
      FAIL_CHECK("seed ", seed, "\n", difference(small, emit_plain(small)), print(small));
    } else {
      const auto fails = [seed](const MeshModel& m) { return !difference(m, emit(m, seed)).empty(); };
      const MeshModel small = reference::shrink(mesh, fails, 2000);
      FAIL_CHECK("seed ", seed, " (only in its formatting)\n", difference(small, emit(small, seed)),
                 print(small, emit(small, seed)));
    }
  }
  MESSAGE(meshes, " meshes agreed");
  CHECK(failures == 0);
}

}  // namespace properties
