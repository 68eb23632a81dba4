#include "checks/json/graph_json.h"

#include "checks/json/head_json.h"

namespace checks {
namespace {

using Json = nlohmann::ordered_json;

// A JSON object without its last brace, for more members to follow.
std::string opened(const Json& object) {
  std::string text = json_text(object);
  text.pop_back();
  return text;
}

}  // namespace

Json GraphJsonWriter::place_of(const std::optional<Location>& at) const { return at ? place_(*at) : Json(); }

void GraphJsonWriter::begin_mesh(const MeshHead& head) {
  text_.append(begun_ ? "," : R"({"version":1,"meshes":[)");
  begun_ = true;
  text_.append(opened(head_json(head)));
}

void GraphJsonWriter::add_namespace(std::string_view name) { namespaces_.append_item({{"name", name}}); }

void GraphJsonWriter::add(GraphService service) {
  services_.append_item({{"id", service.id},
                         {"namespace", service.ns},
                         {"host", service.host},
                         {"name", service.name},
                         {"documented", service.documented},
                         {"at", place_of(service.at)},
                         {"modes", service.modes},
                         {"workloads", service.workloads},
                         {"outside", service.outside},
                         {"failing", service.failing}});
}

void GraphJsonWriter::add(GraphPolicy policy) {
  policies_.append_item({{"id", policy.id},
                         {"namespace", policy.ns},
                         {"name", policy.name},
                         {"level", level_name(policy.level)},
                         {"mode", policy.mode},
                         {"at", place_of(policy.at)},
                         {"codes", policy.codes}});
}

void GraphJsonWriter::add(GraphRule rule) {
  rules_.append_item({{"id", rule.id},
                      {"namespace", rule.ns},
                      {"name", rule.name},
                      {"host", rule.host},
                      {"at", place_of(rule.at)},
                      {"codes", rule.codes}});
}

void GraphJsonWriter::add(GraphEdge edge) {
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
  edges_.append_item(json);
}

void GraphJsonWriter::end_mesh() {
  const auto add_list = [this](std::string_view begin, JsonPieces& items) {
    text_.append(begin);
    text_.append(std::exchange(items, {}));
  };
  add_list(R"(,"namespaces":[)", namespaces_);
  add_list(R"(],"services":[)", services_);
  add_list(R"(],"policies":[)", policies_);
  add_list(R"(],"rules":[)", rules_);
  add_list(R"(],"edges":[)", edges_);
  text_.append("]}");
}

std::vector<std::string> GraphJsonWriter::finish() {
  text_.append(begun_ ? "]}" : R"({"version":1,"meshes":[]})");
  return text_.take();
}

std::string graph_json(const std::vector<MeshGraph>& graphs, const LocationJson& place) {
  GraphJsonWriter writer(place);
  for (const MeshGraph& graph : graphs) {
    writer.begin_mesh(graph.head);
    for (const std::string& name : graph.namespaces) writer.add_namespace(name);
    for (const GraphService& service : graph.services) writer.add(service);
    for (const GraphPolicy& policy : graph.policies) writer.add(policy);
    for (const GraphRule& rule : graph.rules) writer.add(rule);
    for (const GraphEdge& edge : graph.edges) writer.add(edge);
    writer.end_mesh();
  }
  std::string text;
  for (const std::string& piece : writer.finish()) text += piece;
  return text;
}

}  // namespace checks
