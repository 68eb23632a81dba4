#include "checks/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "checks/check_list.h"

namespace checks {

std::span<const Check* const> all_checks() {
  static constexpr std::array kChecks = {
      &kMtls0001, &kMtls0002, &kMtls0003, &kMtls0004, &kMtls0005, &kMtls0006, &kMtls0900,
      &kTis0001,  &kTis0002,  &kTis0003,  &kTis0104,  &kTis0201,  &kTis0204,  &kTis0205,
      &kTis0206,  &kTis0207,  &kTis0208,  &kTis0401,  &kTis0501,  &kTis0502,  &kTis0503,
  };
  return kChecks;
}

std::span<const Check* const> checks_of(workspace::Kind subject) {
  constexpr std::size_t kKinds = static_cast<std::size_t>(workspace::Kind::Istio) + 1;
  static const auto kByKind = [] {
    std::array<std::vector<const Check*>, kKinds> by_kind;
    for (const Check* check : all_checks()) {
      for (std::size_t kind = 0; kind < kKinds; ++kind) {
        const bool wanted = check->subjects.contains(static_cast<workspace::Kind>(kind));
        if (check->run != nullptr && wanted) by_kind[kind].push_back(check);
      }
    }
    return by_kind;
  }();
  return kByKind[static_cast<std::size_t>(subject)];
}

const Check* find_check(std::string_view code) {
  const auto checks = all_checks();
  const auto at =
      std::find_if(checks.begin(), checks.end(), [code](const Check* check) { return check->code == code; });
  return at == checks.end() ? nullptr : *at;
}

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Information:
      return "information";
    case Severity::Hint:
      return "hint";
  }
  return "";
}

std::string explain(const Check& check) {
  std::string text = fmt::format("# {}: {}\n\nDefault severity: {}\n", check.code, check.title,
                                 severity_name(check.severity));
  const auto section = [&text](std::string_view heading, std::string_view body, bool yaml) {
    if (body.empty()) return;
    text += yaml ? fmt::format("\n## {}\n\n```yaml\n{}```\n", heading, body)
                 : fmt::format("\n## {}\n\n{}\n", heading, body);
  };
  section("What it reports", check.docs.reports, false);
  section("Why it hurts in production", check.docs.why, false);
  section("Example", check.docs.example, true);
  section("The same, healed", check.docs.healed, true);
  section("Fixes and their safety", check.docs.fix_safety, false);
  if (!check.docs.kiali.empty()) text += fmt::format("\nKiali calls it {}.\n", check.docs.kiali);
  if (!check.docs.url.empty()) text += fmt::format("\nMore: <{}>\n", check.docs.url);
  return text;
}

}  // namespace checks
