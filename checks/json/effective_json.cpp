#include "checks/json/effective_json.h"

#include <utility>

namespace checks {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

void EffectiveJsonWriter::begin_mesh(std::string_view name, const workspace::EffectiveSettings& settings) {
  text_.append(begun_ ? ",\n   " : "{\"version\": 1,\n \"meshes\": [\n   ");
  begun_ = true;
  has_service_ = false;
  const Json head = {{"name", name},
                     {"rootNamespace", settings.root_namespace},
                     {"enableAutoMtls", settings.enable_auto_mtls},
                     {"clusterDomain", settings.cluster_domain}};
  std::string text = head.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  text_.append(text + R"(,"services":[)");
}

void EffectiveJsonWriter::add(const EffectiveService& service) {
  Json json = {{"namespace", service.ns.empty() ? Json() : Json(service.ns)},
               {"host", service.host.empty() ? Json() : Json(service.host)},
               {"ports", Json::array()}};
  for (const EffectivePort& port : service.ports) {
    Json entry = {{"port", port.port ? Json(*port.port) : Json()},
                  {"servers", Json::array()},
                  {"clients", Json::array()}};
    for (const EffectiveServer& server : port.servers) entry["servers"].push_back(this->server(server));
    for (const EffectiveClients& clients : port.clients) entry["clients"].push_back(this->clients(clients));
    json["ports"].push_back(std::move(entry));
  }
  if (std::exchange(has_service_, true)) text_.append(",");
  text_.append_value(json);
}

void EffectiveJsonWriter::end_mesh() { text_.append("]}"); }

std::vector<std::string> EffectiveJsonWriter::finish() {
  text_.append(begun_ ? "]}" : "{\"version\": 1,\n \"meshes\": []}");
  return text_.take();
}

Json EffectiveJsonWriter::server(const EffectiveServer& server) const {
  Json json = source(server.decided);
  json["overrides"] = Json::array();
  for (const EffectiveSource& other : server.overridden) json["overrides"].push_back(source(other));
  json["workloads"] = Json::array();
  for (const workspace::ResourceId& id : server.workloads) {
    json["workloads"].push_back(
        {{"kind", workspace::kind_name(id)}, {"namespace", id.ns}, {"name", id.name}});
  }
  return json;
}

Json EffectiveJsonWriter::clients(const EffectiveClients& clients) const {
  Json json = source(clients.sends);
  json["namespaces"] = clients.all_others ? Json("*") : Json(clients.namespaces);
  json["subset"] = clients.subset.empty() ? Json() : Json(clients.subset);
  json["verdict"] = clients.servers == 0 ? "no call" : clients.failing == 0 ? "works" : "fails";
  json["servers"] = clients.servers;
  json["failing"] = clients.failing;
  return json;
}

Json EffectiveJsonWriter::source(const EffectiveSource& source) const {
  Json json = {{"mode", source.mode}, {"decidedBy", nullptr}};
  if (!source.place) return json;
  const Location& place = *source.place;
  Json& decided = json["decidedBy"];
  decided = {
      {"kind", workspace::kind_name(place.id)}, {"namespace", place.id.ns}, {"name", place.id.name}};
  decided.update(place_(place));
  decided["path"] = place.path;
  return json;
}

std::string effective_json(const std::vector<EffectiveMesh>& meshes, const LocationJson& place) {
  EffectiveJsonWriter writer(place);
  for (const EffectiveMesh& mesh : meshes) {
    writer.begin_mesh(mesh.name, mesh.settings);
    for (const EffectiveService& service : mesh.services) writer.add(service);
    writer.end_mesh();
  }
  std::string text;
  for (const std::string& piece : writer.finish()) text += piece;
  return text;
}

}  // namespace checks
