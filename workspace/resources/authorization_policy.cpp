#include "workspace/resources/authorization_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace workspace {

namespace {

// Source: docs/design/mtls-semantics.md, section 7, TIS0104.
constexpr std::array<std::string_view, 4> kIdentityFields = {"principals", "notPrincipals", "namespaces",
                                                             "notNamespaces"};
constexpr std::size_t kMaxCompared = 4096;  // values of a policy
constexpr std::array<std::string_view, 3> kIdentityConditions = {"source.principal", "source.namespace",
                                                                 "connection.sni"};

void add_sources(const yaml::Value& rule, std::size_t rule_index, CompactList<IdentityUse>& uses) {
  std::size_t index = 0;
  for (const yaml::Value& from : rule["from"].items()) {
    for (const auto& [key, value] : from["source"].entries()) {
      if (std::find(kIdentityFields.begin(), kIdentityFields.end(), key) == kIdentityFields.end()) continue;
      if (value.items().empty()) continue;
      uses.push_back({key,
                      fmt::format("spec.rules[{}].from[{}].source.{}", rule_index, index, key),
                      {value.key_range()}});
    }
    ++index;
  }
}

void add_conditions(const yaml::Value& rule, std::size_t rule_index, CompactList<IdentityUse>& uses) {
  std::size_t index = 0;
  for (const yaml::Value& when : rule["when"].items()) {
    const yaml::Value key = when["key"];
    if (std::find(kIdentityConditions.begin(), kIdentityConditions.end(), key.text()) !=
        kIdentityConditions.end()) {
      uses.push_back(
          {key.text(), fmt::format("spec.rules[{}].when[{}].key", rule_index, index), {key.range()}});
    }
    ++index;
  }
}

}  // namespace

AuthorizationPolicy decode_authorization_policy(const yaml::Value& resource) {
  AuthorizationPolicy policy;
  policy.metadata = decode_metadata(resource, Kind::AuthorizationPolicy);
  const yaml::Value spec = resource["spec"];
  policy.selector = decode_labels(spec["selector"]["matchLabels"]);
  std::size_t budget = kMaxCompared;
  policy.content = yaml::content_hash(spec, budget);
  // Those of waypoints and gateways are not for the workloads' own proxies.
  if (spec["targetRef"].exists() || spec["targetRefs"].exists()) return policy;
  std::size_t index = 0;
  for (const yaml::Value& rule : spec["rules"].items()) {
    add_sources(rule, index, policy.uses);
    add_conditions(rule, index, policy.uses);
    ++index;
  }
  return policy;
}

}  // namespace workspace
