#include "checks/registry.h"

#include <fmt/format.h>

#include <array>

#include "checks/check_list.h"

namespace checks {

const CheckSet& check_registry() {
  static constexpr std::array kChecks = {
      &kMtls0001, &kMtls0002, &kMtls0003, &kMtls0004, &kMtls0005, &kMtls0006, &kMtls0007, &kMtls0008,
      &kMtls0009, &kMtls0010, &kMtls0011, &kMtls0012, &kMtls0013, &kMtls0014, &kMtls0015, &kMtls0101,
      &kMtls0102, &kMtls0103, &kMtls0104, &kMtls0105, &kMtls0201, &kMtls0202, &kMtls0203, &kMtls0204,
      &kMtls0205, &kMtls0900, &kMtls0901, &kMtls0902, &kMtls0903, &kMtls0904, &kTis0001,  &kTis0002,
      &kTis0003,  &kTis0104,  &kTis0201,  &kTis0204,  &kTis0205,  &kTis0206,  &kTis0207,  &kTis0208,
      &kTis0401,  &kTis0501,  &kTis0502,  &kTis0503,
  };
  static const CheckSet kRegistry(kChecks, kMtls0900);
  return kRegistry;
}

std::span<const Check* const> all_checks() { return check_registry().all(); }

const Check* find_check(std::string_view code) { return check_registry().find(code); }

std::string explain(const Check& check) {
  std::string text = fmt::format("# {}: {}\n\nDefault severity: {}\n", check.code, check.title,
                                 severity_name(check.severity));
  const auto section = [&text](std::string_view heading, std::string_view body, bool yaml) {
    if (body.empty()) return;
    text += yaml ? fmt::format("\n## {}\n\n```yaml\n{}```\n", heading, body)
                 : fmt::format("\n## {}\n\n{}\n", heading, body);
  };
  section("What it reports", check.docs.reports, false);
  section("Why this is a problem", check.docs.why, false);
  section("Example", check.docs.example, true);
  section("Fixed example", check.docs.fixed, true);
  section("Fixes and their safety", check.docs.fix_safety, false);
  if (!check.docs.kiali.empty()) text += fmt::format("\nKiali calls it {}.\n", check.docs.kiali);
  if (!check.docs.url.empty()) text += fmt::format("\nMore: <{}>\n", check.docs.url);
  return text;
}

}  // namespace checks
