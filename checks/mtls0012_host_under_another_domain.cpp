#include <fmt/format.h>

#include <string_view>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"
#include "workspace/mesh/host_name.h"

namespace checks::mtls0012 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A DestinationRule's host of the form `<service>.<namespace>.svc.<domain>` whose namespace is
known in the mesh while the domain is not the cluster's, and that no ServiceEntry has.
Hosts under `clusterset.local`, which multi-cluster services have, are not meant.)",
    .why = R"(Nothing is called by that name, so the rule applies to no call: its TLS settings are those
of nobody, and clients send as if it were not there. Usually the manifest comes from a
cluster with another domain, or the domain is misspelt.)",
    .example = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: catalog
  namespace: shop
spec:
  host: catalog.shop.svc.cluster.locl
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
  host: catalog.shop.svc.cluster.local
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
)",
    .fix_safety = R"(None is offered: the host may be right and the setting `clusterDomain` wrong. Correct the
one that is.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/networking/destination-rule/#DestinationRule",
};

void run(CheckContext& context) {
  const workspace::RuleNode* rule = context.rule();
  const workspace::PolicyGraph& graph = context.graph();
  const std::string_view domain = graph.settings().cluster_domain;
  const std::string_view host = rule->host;
  const std::string_view ns = workspace::foreign_namespace(host, domain);
  const bool is_service = host.substr(host.find('.') + 1).data() == ns.data();  // one label before it
  if (ns.empty() || !is_service || workspace::is_wildcard(host) || host.ends_with(".svc.clusterset.local") ||
      graph.find_namespace(ns) == nullptr)
    return;
  if (graph.foreign_hosts().has_entry(host)) return;
  context.report(kMtls0012, {rule, Field::Host, -1, {}, 0},
                 fmt::format("{} applies to no call: the cluster's domain is {}, and no ServiceEntry has {}",
                             to_string(rule->id), domain, host));
}

}  // namespace
}  // namespace checks::mtls0012

namespace checks {

const Check kMtls0012 = {.code = "MTLS0012",
                         .name = "host-under-another-domain",
                         .title = "A host under a domain that is not the cluster's",
                         .severity = Severity::Warning,
                         .subjects = workspace::KindSet(workspace::Kind::DestinationRule),
                         .needs_all = true,
                         .needs_all_pods = true,
                         .docs = mtls0012::kDocs,
                         .run = mtls0012::run,
                         .plan_fixes = nullptr};

}  // namespace checks
