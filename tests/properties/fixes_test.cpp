// Every fix that is offered, applied as an editor would: its finding is gone, no new error appears, nothing
// that was valid YAML stops being so, and asking for fixes leaves no trace.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "tests/properties/effort.h"
#include "tests/properties/product.h"
#include "tests/reference/generator.h"

namespace properties {

namespace {

using Key = std::tuple<std::string, workspace::ResourceId, std::string>;

Key key_of(const checks::Finding& finding) { return {finding.code, finding.at.id, finding.at.path}; }

std::multiset<Key> errors(const std::vector<checks::Finding>& findings) {
  std::multiset<Key> keys;
  for (const checks::Finding& finding : findings) {
    if (finding.severity == checks::Severity::Error) keys.insert(key_of(finding));
  }
  return keys;
}

// As an editor does it: from the last edit of a file to the first.
std::map<std::string, std::string> edited(std::map<std::string, std::string> texts, const checks::Fix& fix) {
  for (auto edit = fix.edits.rbegin(); edit != fix.edits.rend(); ++edit) {
    std::string& text = texts[edit->file];
    REQUIRE(edit->range.end <= text.size());
    text.replace(edit->range.begin, edit->range.size(), edit->new_text);
  }
  return texts;
}

std::vector<checks::Finding> findings_of(const std::map<std::string, std::string>& texts,
                                         const reference::Settings& settings) {
  Product product(settings);
  for (const auto& [path, text] : texts) product.write(path, text);
  return product.analysis().all_findings();
}

void check_fix(const checks::Finding& finding, const checks::Fix& fix, const Product& product,
               const std::multiset<Key>& errors_before, const reference::Settings& settings) {
  const auto after = findings_of(edited(product.texts(), fix), settings);
  INFO(finding.code, " ", finding.message, "\nfix: ", fix.title);
  const bool still_there = std::any_of(after.begin(), after.end(), [&](const checks::Finding& other) {
    return other.at.has_resource && key_of(other) == key_of(finding);
  });
  REQUIRE_FALSE(still_there);
  for (const Key& key : errors(after)) {
    REQUIRE_MESSAGE(errors_before.contains(key), "new error ", std::get<0>(key), " at ",
                    to_string(std::get<1>(key)), " ", std::get<2>(key));
  }
  // docs/design/mtls-semantics.md, section 8, says of these that they are preferred nevertheless.
  static const std::set<std::string> kPreferredAnyhow = {"MTLS0001", "MTLS0008", "MTLS0103", "TIS0503"};
  REQUIRE((!fix.preferred || !fix.weakens || kPreferredAnyhow.contains(finding.code)));
}

}  // namespace

TEST_CASE("every offered fix heals its finding and leaves no new error") {
  std::map<std::string, int> offered;
  std::map<std::string, int> bare;
  const int meshes = effort(400);
  for (int i = 0; i < meshes; ++i) {
    const std::uint64_t seed = first_seed() + static_cast<std::uint64_t>(i);
    CAPTURE(seed);
    const reference::MeshModel mesh = reference::random_mesh(seed);
    Product product(mesh.settings);
    product.put(emit(mesh, seed));
    const auto findings = product.analysis().all_findings();
    const std::string before = dump(findings);
    const auto errors_before = errors(findings);
    std::optional<checks::Fix> last;
    for (const checks::Finding& finding : findings) {
      const auto fixes = product.analysis().fixes(finding, product.source(), true);
      REQUIRE(dump(product.analysis().all_findings()) == before);
      for (const checks::Fix& fix : fixes) {
        ++offered[finding.code];
        check_fix(finding, fix, product, errors_before, mesh.settings);
      }
      if (!fixes.empty()) last = fixes.back();
      if (fixes.empty()) ++bare[finding.code];
    }
    if (!last) continue;
    // An edit on top of all those trials: had one left a trace, it would show.
    const auto texts = edited(product.texts(), *last);
    for (const checks::FileEdit& edit : last->edits) product.write(edit.file, texts.at(edit.file));
    REQUIRE(dump(product.analysis().all_findings()) == dump(findings_of(texts, mesh.settings)));
  }
  constexpr int kEnoughForEveryCode = 300;
  for (const std::string code : {"TIS0206", "TIS0208", "TIS0401", "TIS0501", "TIS0502", "TIS0503"}) {
    MESSAGE(code, ": ", offered[code], " fixes, ", bare[code], " findings without one");
    if (meshes >= kEnoughForEveryCode) CHECK(offered[code] > 0);
  }
}

}  // namespace properties
