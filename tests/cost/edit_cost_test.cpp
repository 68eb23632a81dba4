// What an edit costs must not grow with the workspace. Work is counted, not timed: allocations made between
// the new text and the findings to publish, which every step of the way makes some of.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/registry.h"
#include "tests/cost/allocations.h"
#include "workspace/cluster/snapshot.h"
#include "workspace/sources/file_facts.h"

namespace {

constexpr std::string_view kPolicy = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: default, namespace: ns-{0}}}
spec:
  mtls: {{mode: {1}}}
)";

constexpr std::string_view kRest = R"(apiVersion: v1
kind: Service
metadata: {{name: web, namespace: ns-{0}}}
spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: ns-{0}}}
spec:
  template: {{metadata: {{labels: {{app: web}}}}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: web, namespace: ns-{0}}}
spec:
  host: web.ns-{0}.svc.cluster.local
  trafficPolicy: {{tls: {{mode: {1}}}}}
)";

std::string policy_file(int i) { return fmt::format("/mesh/ns-{:05}/policy.yaml", i); }

// As many namespaces, each with a policy, a service, its workload and a rule for it.
checks::Analysis mesh_of(int namespaces) {
  checks::Analysis analysis(checks::check_registry(),
                            {{.name = "default", .root = "/mesh", .include = {}, .settings = {}}});
  std::vector<checks::FileUpdate> updates;
  for (int i = 0; i < namespaces; ++i) {
    updates.push_back(
        {policy_file(i), workspace::read_facts(fmt::format(fmt::runtime(kPolicy), i, "PERMISSIVE"))});
    updates.push_back({fmt::format("/mesh/ns-{:05}/web.yaml", i),
                       workspace::read_facts(fmt::format(fmt::runtime(kRest), i, "DISABLE"))});
  }
  analysis.apply(std::move(updates));
  return analysis;
}

struct Cost {
  std::size_t allocations = 0;
  std::size_t touched = 0;  // files whose findings are to be published again
};

// From a new text of one file to all findings that may have changed.
Cost cost_of(checks::Analysis& analysis, const std::string& file, const std::string& text) {
  const std::size_t before = cost::allocations();
  std::vector<checks::FileUpdate> updates;
  updates.push_back({file, workspace::read_facts(text, analysis.facts(file))});
  const std::vector<std::string> touched = analysis.apply(std::move(updates));
  for (const std::string& path : touched) static_cast<void>(analysis.findings(path));
  return {cost::allocations() - before, touched.size()};
}

struct Costs {
  Cost flip;       // a mode that changes what is found in another file
  Cost structure;  // a policy that comes to select workloads
  Cost heading;    // a comment
};

Costs costs_at(int namespaces) {
  checks::Analysis analysis = mesh_of(namespaces);
  const int middle = namespaces / 2;
  const std::string file = policy_file(middle);
  const std::string strict = fmt::format(fmt::runtime(kPolicy), middle, "STRICT");
  const std::string workload = strict + "  selector: {matchLabels: {app: web}}\n";
  cost_of(analysis, file, strict);  // containers grow to what they need
  cost_of(analysis, file, fmt::format(fmt::runtime(kPolicy), middle, "PERMISSIVE"));
  Costs costs;
  costs.flip = cost_of(analysis, file, strict);
  REQUIRE(analysis.findings(file).size() == 1);
  costs.structure = cost_of(analysis, file, workload);
  costs.heading = cost_of(analysis, file, "# about web\n" + workload);
  return costs;
}

// A cluster of so many objects, of which each namespace has what a file there may replace.
std::shared_ptr<const workspace::Snapshot> cluster_of(int objects) {
  std::string text =
      R"({"apiVersion":"v1","kind":"List","metadata":{"annotations":{"istio-mtls-ls/snapshot":"1"}},"items":[)";
  for (int i = 0; i < objects; ++i) {
    text += fmt::format(
        R"({}{{"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication","metadata":{{"name":"default",)"
        R"("namespace":"ns-{}"}},"spec":{{"mtls":{{"mode":"PERMISSIVE"}}}}}})",
        i == 0 ? "" : ",", i);
  }
  const auto read = workspace::read_snapshot("cluster", text + "]}");
  REQUIRE(read.ok());
  return *read;
}

struct OverlaidCosts {
  Cost flip;     // of a mode of a policy that replaces the cluster's
  Cost renamed;  // which gives the cluster's back
};

OverlaidCosts overlaid_costs_at(int objects) {
  checks::MeshDefinition mesh{.name = "default", .root = "/mesh", .include = {}, .settings = {}};
  checks::lay_over(mesh, cluster_of(objects));
  checks::Analysis analysis(checks::check_registry(), {mesh});
  const std::string file = policy_file(0);
  const int middle = objects / 2;
  const std::string strict = fmt::format(fmt::runtime(kPolicy), middle, "STRICT");
  const std::string permissive = fmt::format(fmt::runtime(kPolicy), middle, "PERMISSIVE");
  std::string renamed = strict;
  renamed.replace(renamed.find("default"), 7, "another");
  for (const std::string& text : {strict, permissive, renamed, strict}) cost_of(analysis, file, text);
  OverlaidCosts costs;
  costs.flip = cost_of(analysis, file, permissive);
  costs.renamed = cost_of(analysis, file, renamed);
  return costs;
}

}  // namespace

TEST_CASE("an edit costs the same whatever the size of the cluster below") {
  const OverlaidCosts small = overlaid_costs_at(100);
  const OverlaidCosts large = overlaid_costs_at(20000);
  constexpr std::size_t kSlack = 8;
  CHECK(large.flip.allocations <= small.flip.allocations + kSlack);
  CHECK(large.renamed.allocations <= small.renamed.allocations + kSlack);
  MESSAGE("allocations: ", large.flip.allocations, " for a flip, ", large.renamed.allocations,
          " to give a resource back to the cluster");
}

TEST_CASE("an edit costs the same whatever the size of the workspace") {
  const Costs small = costs_at(50);
  const Costs large = costs_at(5000);
  CHECK(small.flip.touched == 2);
  CHECK(large.flip.touched == 2);
  // A hash table may happen to grow in one of them.
  constexpr std::size_t kSlack = 8;
  CHECK(large.flip.allocations <= small.flip.allocations + kSlack);
  CHECK(large.structure.allocations <= small.structure.allocations + kSlack);
  CHECK(large.heading.allocations <= small.heading.allocations + kSlack);
  MESSAGE("allocations for a flip of a mode: ", large.flip.allocations);
}

TEST_CASE("an edit of one document of a long file reads that document only") {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "---\n" + fmt::format(fmt::runtime(kPolicy), i, "STRICT");
  const auto before = workspace::read_facts(text);
  std::string edited = text;
  edited.replace(edited.find("STRICT", text.size() / 2), 6, "DISABLE");
  const auto after = workspace::read_facts(edited, before.get(), text);
  CHECK(after->documents_read == 1);
}
