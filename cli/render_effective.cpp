#include "cli/render_effective.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <string_view>
#include <utility>

#include "cli/json_text.h"
#include "cli/paths.h"

namespace cli {
namespace {

using checks::EffectiveClients;
using checks::EffectiveMesh;
using checks::EffectiveOutsider;
using checks::EffectivePort;
using checks::EffectiveServer;
using checks::EffectiveService;
using checks::EffectiveSource;

std::string_view verdict(const EffectiveClients& clients) {
  if (clients.servers == 0) return clients.outside > 0 ? "FAILS" : "no call";
  if (clients.failing == 0) return "works";
  return clients.failing == clients.servers ? "FAILS" : "FAILS for some";
}

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

std::string service_title(const EffectiveService& service) {
  if (!service.host.empty()) return service.host;
  return service.ns.empty() ? "any service of a namespace in no document"
                            : fmt::format("any other service of {}", service.ns);
}

// ---------------------------------------------------------------- table

constexpr std::size_t kColumns = 5;
using Row = std::array<std::string, kColumns>;

class TableRenderer {
 public:
  TableRenderer(std::ostream& out, const EffectiveContext& context, const Palette& palette)
      : out_(out), context_(context), palette_(palette) {}

  void mesh(const EffectiveMesh& mesh) {
    out_ << palette_.paint(Style::Strong, "mesh " + printable(mesh.name))
         << fmt::format("  root namespace {}, auto mTLS {}, cluster domain {}\n",
                        printable(mesh.settings.root_namespace),
                        mesh.settings.enable_auto_mtls ? "on" : "off",
                        printable(mesh.settings.cluster_domain));
    for (const EffectiveService& service : mesh.services) this->service(service);
  }

 private:
  void service(const EffectiveService& service) {
    out_ << '\n' << palette_.paint(Style::Strong, printable(service_title(service))) << '\n';
    std::vector<Row> rows = {{"PORT", "SERVER", "CLIENTS IN", "SEND", "VERDICT"}};
    for (const EffectivePort& port : service.ports) add_port(port, rows);
    write(rows);
  }

  void add_port(const EffectivePort& port, std::vector<Row>& rows) const {
    std::vector<std::string> servers;
    for (const EffectiveServer& server : port.servers) add_server(server, servers);
    for (const EffectiveOutsider& outsider : port.outside) add_outsider(outsider, servers);
    if (servers.empty()) servers.emplace_back("no known workload");
    const std::size_t count = std::max(servers.size(), port.clients.size());
    for (std::size_t i = 0; i < count; ++i) {
      Row row;
      if (i == 0) row[0] = port.port ? std::to_string(*port.port) : "other";
      if (i < servers.size()) row[1] = servers[i];
      if (i < port.clients.size()) {
        const EffectiveClients& clients = port.clients[i];
        row[2] = who(clients);
        row[3] = said(clients.sends);
        row[4] = verdict(clients);
      }
      rows.push_back(std::move(row));
    }
  }

  void add_server(const EffectiveServer& server, std::vector<std::string>& lines) const {
    lines.push_back(said(server.decided));
    for (const EffectiveSource& other : server.overridden) lines.push_back("  over " + said(other));
  }

  static void add_outsider(const EffectiveOutsider& outsider, std::vector<std::string>& lines) {
    std::string text = outsider.proxy == workspace::Proxy::Ambient   ? "ambient"
                       : outsider.proxy == workspace::Proxy::Gateway ? "gateway"
                                                                     : "no sidecar";
    if (!outsider.reason.empty()) text += ": " + outsider.reason;
    text = printable(text);
    if (std::find(lines.begin(), lines.end(), text) == lines.end()) lines.push_back(std::move(text));
  }

  static std::string who(const EffectiveClients& clients) {
    std::string text =
        clients.all_others ? "all namespaces" : fmt::format("{}", fmt::join(clients.namespaces, ", "));
    for (const auto& [key, value] : clients.labels) text += fmt::format(" {}={}", key, value);
    if (!clients.subset.empty()) text += fmt::format(" (subset {})", clients.subset);
    return printable(text);
  }

  [[nodiscard]] std::string said(const EffectiveSource& source) const {
    if (!source.place) return std::string(source.mode);
    const checks::Location& place = *source.place;
    const PositionRange at = context_.sources.positions(place.file, place.range);
    return printable(fmt::format("{}  {}/{} {}:{}", source.mode, place.id.ns, place.id.name,
                                 relative_path(place.file, context_.current_folder), at.start.line));
  }

  void write(const std::vector<Row>& rows) {
    std::array<std::size_t, kColumns> widths{};
    for (const Row& row : rows) {
      for (std::size_t i = 0; i < kColumns; ++i)
        widths[i] = std::max<std::size_t>(widths[i], display_width(row[i]));
    }
    bool is_head = true;
    for (const Row& row : rows) {
      std::string line;
      for (std::size_t i = 0; i < kColumns; ++i) line += "  " + painted(row[i], is_head, widths[i]);
      out_ << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
      is_head = false;
    }
  }

  [[nodiscard]] std::string painted(const std::string& cell, bool is_head, std::size_t width) const {
    const std::string padding(width - display_width(cell), ' ');
    if (is_head) return palette_.paint(Style::Faint, cell) + padding;
    return (cell.starts_with("FAILS") ? palette_.paint(Style::Error, cell) : cell) + padding;
  }

  std::ostream& out_;
  const EffectiveContext& context_;
  const Palette& palette_;
};

// ---------------------------------------------------------------- JSON

class JsonWriter {
 public:
  explicit JsonWriter(const EffectiveContext& context) : context_(context) {}

  [[nodiscard]] Json mesh(const EffectiveMesh& mesh) const {
    Json json = {{"name", mesh.name},
                 {"rootNamespace", mesh.settings.root_namespace},
                 {"enableAutoMtls", mesh.settings.enable_auto_mtls},
                 {"clusterDomain", mesh.settings.cluster_domain},
                 {"services", Json::array()}};
    for (const EffectiveService& service : mesh.services) json["services"].push_back(this->service(service));
    return json;
  }

 private:
  [[nodiscard]] Json service(const EffectiveService& service) const {
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
    return json;
  }

  [[nodiscard]] Json server(const EffectiveServer& server) const {
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

  [[nodiscard]] Json outsider(const EffectiveOutsider& outsider) const {
    Json json = {{"proxy", proxy_name(outsider.proxy)}, {"reason", outsider.reason}, {"workload", nullptr}};
    if (outsider.workload) {
      json["workload"] = {{"kind", workspace::kind_name(*outsider.workload)},
                          {"namespace", outsider.workload->ns},
                          {"name", outsider.workload->name}};
    }
    json["decidedBy"] = source({"", outsider.place})["decidedBy"];
    return json;
  }

  [[nodiscard]] Json clients(const EffectiveClients& clients) const {
    Json json = source(clients.sends);
    if (clients.sends.mode.empty()) json["mode"] = nullptr;
    json["labels"] = Json::object();
    for (const auto& [key, value] : clients.labels) json["labels"][key.str()] = value.str();
    json["calls"] = Json::array();
    for (const checks::EffectiveCall& call : clients.calls) {
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

  [[nodiscard]] Json source(const EffectiveSource& source) const {
    Json json = {{"mode", source.mode}, {"decidedBy", nullptr}};
    if (!source.place) return json;
    const checks::Location& place = *source.place;
    const PositionRange at = context_.sources.positions(place.file, place.range);
    json["decidedBy"] = {{"kind", workspace::kind_name(place.id)},
                         {"namespace", place.id.ns},
                         {"name", place.id.name},
                         {"file", relative_path(place.file, context_.current_folder)},
                         {"line", at.start.line},
                         {"column", at.start.column},
                         {"path", place.path}};
    return json;
  }

  const EffectiveContext& context_;
};

}  // namespace

void render_effective_table(std::ostream& out, const std::vector<EffectiveMesh>& meshes,
                            const EffectiveContext& context, const Palette& palette) {
  TableRenderer renderer(out, context, palette);
  for (const EffectiveMesh& mesh : meshes) renderer.mesh(mesh);
}

void render_effective_json(std::ostream& out, const std::vector<EffectiveMesh>& meshes,
                           const EffectiveContext& context) {
  const JsonWriter writer(context);
  out << "{\"version\": 1,\n \"meshes\": [";
  const char* separator = "\n   ";
  for (const EffectiveMesh& mesh : meshes) {
    out << separator << compact(writer.mesh(mesh));
    separator = ",\n   ";
  }
  out << "]}\n";
}

}  // namespace cli
