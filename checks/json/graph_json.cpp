#include "checks/json/graph_json.h"

namespace checks {
namespace {

using Json = nlohmann::ordered_json;

class Writer {
 public:
  explicit Writer(const LocationJson& place) : place_(place) {}

  [[nodiscard]] Json mesh(const MeshGraph& graph) const {
    Json json = {{"name", graph.name},
                 {"rootNamespace", graph.settings.root_namespace},
                 {"enableAutoMtls", graph.settings.enable_auto_mtls},
                 {"clusterDomain", graph.settings.cluster_domain},
                 {"namespaces", Json::array()},
                 {"services", Json::array()},
                 {"policies", Json::array()},
                 {"rules", Json::array()},
                 {"edges", Json::array()}};
    for (const std::string& name : graph.namespaces) json["namespaces"].push_back({{"name", name}});
    for (const GraphService& service : graph.services) json["services"].push_back(of(service));
    for (const GraphPolicy& policy : graph.policies) json["policies"].push_back(of(policy));
    for (const GraphRule& rule : graph.rules) json["rules"].push_back(of(rule));
    for (const GraphEdge& edge : graph.edges) json["edges"].push_back(of(edge));
    return json;
  }

 private:
  [[nodiscard]] Json of(const GraphService& service) const {
    return {{"id", service.id},       {"namespace", service.ns},          {"host", service.host},
            {"name", service.name},   {"documented", service.documented}, {"at", of(service.at)},
            {"modes", service.modes}, {"workloads", service.workloads},   {"failing", service.failing}};
  }

  [[nodiscard]] Json of(const GraphPolicy& policy) const {
    return {{"id", policy.id},      {"namespace", policy.ns},
            {"name", policy.name},  {"level", level_name(policy.level)},
            {"mode", policy.mode},  {"at", of(policy.at)},
            {"codes", policy.codes}};
  }

  [[nodiscard]] Json of(const GraphRule& rule) const {
    return {{"id", rule.id},     {"namespace", rule.ns}, {"name", rule.name},
            {"host", rule.host}, {"at", of(rule.at)},    {"codes", rule.codes}};
  }

  [[nodiscard]] Json of(const GraphEdge& edge) const {
    const bool sends = edge.kind == GraphEdgeKind::Sends;
    Json json = {{"kind", sends ? "sends" : "decides"},
                 {"from", edge.from},
                 {"to", edge.to},
                 {"mode", edge.mode},
                 {"ports", edge.ports},
                 {"otherPorts", edge.other_ports}};
    if (sends) {
      json["clients"] = edge.clients;
      json["allOthers"] = edge.all_clients;
      json["subset"] = edge.subset.empty() ? Json() : Json(edge.subset);
      json["failing"] = edge.failing;
    }
    json["at"] = place_(edge.at);
    return json;
  }

  [[nodiscard]] Json of(const std::optional<Location>& at) const { return at ? place_(*at) : Json(); }

  const LocationJson& place_;
};

}  // namespace

nlohmann::ordered_json graph_json(const std::vector<MeshGraph>& graphs, const LocationJson& place) {
  const Writer writer(place);
  Json meshes = Json::array();
  for (const MeshGraph& graph : graphs) meshes.push_back(writer.mesh(graph));
  return {{"version", 1}, {"meshes", std::move(meshes)}};
}

}  // namespace checks
