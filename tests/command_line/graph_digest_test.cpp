#include "cli/graph_digest.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

using checks::GraphEdge;
using checks::GraphEdgeKind;
using checks::MeshGraph;

namespace {

// A namespace with a policy and `count` services, each with a rule of its own; calls to the first
// `failing` fail.
void add_namespace(MeshGraph& graph, const std::string& ns, int count, int failing) {
  checks::GraphPolicy policy;
  policy.id = "policy/" + ns + "/default";
  policy.ns = ns;
  policy.name = "default";
  policy.mode = "STRICT";
  graph.policies.push_back(policy);
  for (int i = 0; i < count; ++i) {
    checks::GraphService service;
    service.name = fmt::format("s{}", i);
    service.ns = ns;
    service.host = fmt::format("{}.{}.svc.cluster.local", service.name, ns);
    service.id = fmt::format("service/{}/{}", ns, service.host);
    service.documented = true;
    service.modes = {"STRICT"};
    service.failing = i < failing;
    checks::GraphRule rule;
    rule.id = fmt::format("rule/{}/{}", ns, service.name);
    rule.ns = ns;
    rule.name = service.name;
    GraphEdge decides;
    decides.from = policy.id;
    decides.to = service.id;
    decides.mode = "STRICT";
    decides.ports = {static_cast<std::uint32_t>(80 + i)};
    GraphEdge sends = decides;
    sends.kind = GraphEdgeKind::Sends;
    sends.from = rule.id;
    sends.mode = service.failing ? "DISABLE" : "ISTIO_MUTUAL";
    sends.failing = service.failing;
    graph.edges.push_back(decides);
    graph.edges.push_back(sends);
    graph.services.push_back(service);
    graph.rules.push_back(rule);
  }
}

}  // namespace

TEST_CASE("a small graph is drawn as it is") {
  MeshGraph graph;
  add_namespace(graph, "shop", 5, 1);
  const cli::GraphDigest made = cli::digest(graph, 80);
  CHECK(made.drawn.services.size() == 5);
  CHECK(made.drawn.edges.size() == 10);
  CHECK(made.others.empty());
}

TEST_CASE("services that are alike become one, with the rules that only they have") {
  MeshGraph graph;
  add_namespace(graph, "shop", 50, 2);
  add_namespace(graph, "bank", 1, 0);
  const cli::GraphDigest made = cli::digest(graph, 80);
  REQUIRE(made.drawn.services.size() == 3);
  CHECK(made.drawn.services[0].name == "2 services\ns0\ns1");
  CHECK(made.drawn.services[1].name == "48 services\ns2\ns3\ns4\ns5\nand 44 more");
  CHECK(made.drawn.services[2].name == "s0");
  REQUIRE(made.drawn.rules.size() == 3);
  CHECK(made.drawn.rules[1].name == "48 rules\ns2\ns3\ns4\ns5\nand 44 more");
  CHECK(made.others.empty());
  // Every edge still leads from a node to a node, and a single service keeps its ports.
  CHECK(made.drawn.edges.size() == 6);
  CHECK(made.drawn.edges.front().ports.empty());
  CHECK(made.drawn.edges.back().ports.size() == 1);
}

TEST_CASE("of a graph that is still too large, what fails is drawn and the rest counted") {
  MeshGraph graph;
  for (int i = 0; i < 60; ++i) add_namespace(graph, fmt::format("team-{:02}", i), 4, i == 7 ? 1 : 0);
  const cli::GraphDigest made = cli::digest(graph, 80);
  REQUIRE(made.drawn.services.size() == 1);
  CHECK(made.drawn.services.front().ns == "team-07");
  CHECK(made.drawn.rules.size() == 1);
  CHECK(made.drawn.policies.size() == 1);
  CHECK(made.drawn.edges.size() == 2);
  REQUIRE(made.others.size() == 60);
  CHECK(made.others[7].services == 3);
  CHECK(made.others[8].modes.at("STRICT") == 4);
}
