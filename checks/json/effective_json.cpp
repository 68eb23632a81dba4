#include "checks/json/effective_json.h"

#include <utility>

#include "checks/json/head_json.h"

namespace checks {
namespace {

using Json = nlohmann::ordered_json;

std::string_view sent_name(workspace::Sent sent) {
  switch (sent) {
    case workspace::Sent::Plaintext:
      return "plaintext";
    case workspace::Sent::Simple:
      return "SIMPLE";
    case workspace::Sent::Mutual:
      return "MUTUAL";
    case workspace::Sent::MeshMtls:
      return "ISTIO_MUTUAL";
  }
  return "";
}

std::string_view proxy_name(workspace::Proxy proxy) {
  switch (proxy) {
    case workspace::Proxy::Gateway:
      return "gateway";
    case workspace::Proxy::Sidecar:
    case workspace::Proxy::PresumedSidecar:
      return "sidecar";
    case workspace::Proxy::Outside:
    case workspace::Proxy::PresumedOutside:
      return "none";
    case workspace::Proxy::Ambient:
      return "ambient";
  }
  return "";
}

Json resource(const workspace::ResourceId& id) {
  return {{"kind", workspace::kind_name(id)}, {"namespace", id.ns}, {"name", id.name}};
}

}  // namespace

void EffectiveJsonWriter::begin_mesh(const MeshHead& head) {
  text_.append(begun_ ? ",\n   " : "{\"version\": 1,\n \"meshes\": [\n   ");
  begun_ = true;
  has_service_ = false;
  std::string text = json_text(head_json(head));
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
    entry["outside"] = Json::array();
    for (const EffectiveOutsider& outsider : port.outside)
      entry["outside"].push_back(this->outsider(outsider));
    for (const EffectiveClients& clients : port.clients) entry["clients"].push_back(this->clients(clients));
    json["ports"].push_back(std::move(entry));
  }
  json["callers"] = Json::array();
  for (const EffectiveCaller& caller : service.callers) {
    Json entry = resource(caller.id);
    entry["verdict"] = caller.is_refused ? "refused" : "works";
    json["callers"].push_back(std::move(entry));
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
  for (const workspace::ResourceId& id : server.workloads) json["workloads"].push_back(resource(id));
  return json;
}

Json EffectiveJsonWriter::outsider(const EffectiveOutsider& outsider) const {
  return {{"proxy", proxy_name(outsider.proxy)},
          {"reason", outsider.reason},
          {"workload", outsider.workload ? resource(*outsider.workload) : Json()},
          {"decidedBy", decided_by(outsider.place)}};
}

Json EffectiveJsonWriter::clients(const EffectiveClients& clients) const {
  Json json = source(clients.sends);
  if (clients.sends.mode.empty()) json["mode"] = nullptr;
  json["labels"] = Json::object();
  for (const auto& [key, value] : clients.labels) json["labels"][key.str()] = value.str();
  json["calls"] = Json::array();
  for (const EffectiveCall& call : clients.calls) {
    json["calls"].push_back({{"server", call.server},
                             {"sends", sent_name(call.sends)},
                             {"verdict", call.fails ? "fails" : "works"},
                             {"workloads", call.workloads}});
  }
  json["namespaces"] = clients.all_others ? Json("*") : Json(clients.namespaces);
  json["subset"] = clients.subset.empty() ? Json() : Json(clients.subset);
  json["verdict"] = clients.failing + clients.outside > 0 ? "fails"
                    : clients.servers == 0                ? "no call"
                                                          : "works";
  json["servers"] = clients.servers;
  json["failing"] = clients.failing;
  json["outside"] = clients.outside;
  return json;
}

Json EffectiveJsonWriter::source(const EffectiveSource& source) const {
  return {{"mode", source.mode}, {"decidedBy", decided_by(source.place)}};
}

Json EffectiveJsonWriter::decided_by(const std::optional<Location>& place) const {
  if (!place) return nullptr;
  Json json = resource(place->id);
  json.update(place_(*place));
  json["path"] = place->path;
  return json;
}

std::string effective_json(const std::vector<EffectiveMesh>& meshes, const LocationJson& place) {
  EffectiveJsonWriter writer(place);
  for (const EffectiveMesh& mesh : meshes) {
    writer.begin_mesh(mesh.head);
    for (const EffectiveService& service : mesh.services) writer.add(service);
    writer.end_mesh();
  }
  std::string text;
  for (const std::string& piece : writer.finish()) text += piece;
  return text;
}

}  // namespace checks
