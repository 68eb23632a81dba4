#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0015 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(An `exportTo` of a DestinationRule that Istio's validation refuses: a namespace twice
(`.` is the rule's own), `*` beside others, `~`, or with a `workloadSelector` any other
than the own namespace.)",
    .why = R"(The API server's webhook refuses the whole rule, and istiod leaves it out where it got in
all the same. Clients send as if it were not there: with auto mTLS that is what each
server takes, without it plaintext. No other check counts the rule either.)",
    .example = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: catalog
  exportTo:
    - "."
    - "*"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fixed = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: catalog
  exportTo:
    - "*"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fix_safety = R"(None is offered: whom the rule was meant for is yours to say.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/networking/destination-rule/#DestinationRule",
};

// Why Istio refuses the rule's exportTo; empty: it does not.
std::string refusal(const workspace::DestinationRule& rule, std::string_view ns) {
  std::vector<std::string_view> names;
  for (const auto& written : rule.rare->written_exports)
    names.push_back(written.value == "." ? ns : written.value.view());
  std::sort(names.begin(), names.end());
  const auto has = [&names](std::string_view name) {
    return std::binary_search(names.begin(), names.end(), name);
  };
  if (has("~")) return "holds \"~\"";
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    return fmt::format("names {} twice{}", *twice, *twice == ns ? " (\".\" is that namespace)" : "");
  if (names.size() > 1 && has("*")) return "has \"*\" beside others";
  const auto other =
      std::find_if(names.begin(), names.end(), [ns](std::string_view name) { return name != ns; });
  if (rule.has_workload_selector() && other != names.end())
    return fmt::format("names {} beside a workloadSelector, which is for the own namespace", *other);
  return {};
}

void run(CheckContext& context) {
  const workspace::RuleNode* rule = context.rule();
  if (!rule->rule().rare) return;
  const std::string why = refusal(rule->rule(), rule->id.ns);
  if (why.empty()) return;
  context.report(
      kMtls0015, {rule, Field::ExportKey, -1, {}, 0},
      fmt::format("{} never takes effect: its exportTo {}, which Istio refuses", to_string(rule->id), why));
}

}  // namespace
}  // namespace checks::mtls0015

namespace checks {

const Check kMtls0015 = {.code = "MTLS0015",
                         .name = "export-that-istio-refuses",
                         .title = "An exportTo that Istio refuses, so the rule never takes effect",
                         .severity = Severity::Error,
                         .subjects = workspace::KindSet(workspace::Kind::DestinationRule),
                         .by_itself = true,
                         .docs = mtls0015::kDocs,
                         .run = mtls0015::run,
                         .plan_fixes = nullptr};

}  // namespace checks
