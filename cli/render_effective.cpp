#include "cli/render_effective.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <string_view>
#include <utility>

#include "checks/json/effective_json.h"
#include "cli/paths.h"
#include "workspace/cluster/snapshot.h"

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
    const workspace::EffectiveSettings& settings = mesh.head.settings;
    out_ << palette_.paint(Style::Strong, "mesh " + printable(mesh.head.name))
         << fmt::format("  root namespace {}, auto mTLS {}, cluster domain {}\n",
                        printable(settings.root_namespace), settings.enable_auto_mtls ? "on" : "off",
                        printable(settings.cluster_domain));
    if (!mesh.head.cluster.empty())
      out_ << "laid over cluster " << printable(mesh.head.cluster)
           << printable(mesh.head.taken.empty() ? "" : ", taken " + mesh.head.taken) << '\n';
    for (const EffectiveService& service : mesh.services) this->service(service);
  }

 private:
  void service(const EffectiveService& service) {
    out_ << '\n' << palette_.paint(Style::Strong, printable(service_title(service))) << '\n';
    std::vector<Row> rows = {{"PORT", "SERVER", "CLIENTS IN", "SEND", "VERDICT"}};
    for (const EffectivePort& port : service.ports) add_port(port, rows);
    for (const checks::EffectiveCaller& caller : service.callers) {
      rows.push_back({"", "", printable(to_string(caller.id)), "plaintext (no certificate)",
                      caller.is_refused ? "FAILS" : "works"});
    }
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
    std::string text = printable(summary_of(outsider));
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
    if (workspace::is_cluster_path(place.file))
      return printable(fmt::format("{}  {}/{} cluster {}", source.mode, place.id.ns, place.id.name,
                                   workspace::cluster_name(place.file)));
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

}  // namespace

void render_effective_table(std::ostream& out, const std::vector<EffectiveMesh>& meshes,
                            const EffectiveContext& context, const Palette& palette) {
  TableRenderer renderer(out, context, palette);
  for (const EffectiveMesh& mesh : meshes) renderer.mesh(mesh);
}

void render_effective_json(std::ostream& out, const std::vector<EffectiveMesh>& meshes,
                           const EffectiveContext& context) {
  const auto place = [&context](const checks::Location& at) -> nlohmann::ordered_json {
    if (workspace::is_cluster_path(at.file)) return {{"cluster", workspace::cluster_name(at.file)}};
    const TextPosition start = context.sources.positions(at.file, at.range).start;
    return {{"file", relative_path(at.file, context.current_folder)},
            {"line", start.line},
            {"column", start.column}};
  };
  out << checks::effective_json(meshes, place) << '\n';
}

}  // namespace cli
