#include "cli/render_effective.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <ostream>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "checks/json/effective_json.h"
#include "cli/counted.h"
#include "cli/effective_filter.h"
#include "cli/paths.h"
#include "cli/text_table.h"
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

constexpr std::string_view kAnyOther = "any other service";
constexpr std::string_view kFails = "FAILS";

// What is said alike of one service or several of a namespace; or of those that no document shows, of several
// namespaces.
struct Block {
  std::vector<const EffectiveService*> services;
  std::vector<TableRow> rows;
  bool fails = false;
  bool hides_ports = false;  // all ports of each are alike, but the services have others
};

bool is_documented(const EffectiveService& service) { return !service.host.empty(); }

// What a service's servers accept, in one word.
std::string mode_of(const EffectiveService& service) {
  std::set<std::string_view> modes;
  bool has_outside = false;
  for (const EffectivePort& port : service.ports) {
    for (const EffectiveServer& server : port.servers) modes.insert(server.decided.mode);
    has_outside |= !port.outside.empty();
  }
  if (modes.empty()) return has_outside ? "without a sidecar" : "without a known workload";
  return modes.size() == 1 ? std::string(*modes.begin()) : "mixed";
}

class TableRenderer {
 public:
  TableRenderer(std::ostream& out, const EffectiveContext& context, const Palette& palette)
      : out_(out), context_(context), palette_(palette), left_(context.most_lines) {}

  void mesh(const EffectiveMesh& mesh) {
    head(mesh);
    const std::vector<Block> blocks = blocks_of(mesh);
    std::vector<std::vector<std::string>> texts;
    std::size_t lines = 0;
    for (const Block& block : blocks) lines += texts.emplace_back(text_of(block)).size();
    if (lines <= left_) {
      for (const auto& text : texts) write(text);
      return;
    }
    // The failing ones get what the namespaces leave.
    const std::vector<std::string> namespaces = overview(mesh, left_ / 2);
    const std::size_t kept = namespaces.size() + 1;
    std::size_t hidden = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const bool fits = texts[i].size() + kept <= left_;
      if (blocks[i].fails && fits) {
        write(texts[i]);
      } else {
        hidden += is_documented(*blocks[i].services.front()) ? blocks[i].services.size() : 0;
      }
    }
    write(namespaces);
    write({fmt::format("{} not shown: --failing, --namespace NAMESPACE, --service NAME or --format json",
                       counted(hidden, "service is", "services are"))});
  }

 private:
  void write(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) out_ << line << '\n';
    left_ -= std::min(left_, lines.size());
  }

  void head(const EffectiveMesh& mesh) {
    const workspace::EffectiveSettings& settings = mesh.head.settings;
    const std::string name = "mesh " + printable(mesh.head.name);
    std::vector<std::string> lines =
        wrapped_text(fmt::format("{}  root namespace {}, auto mTLS {}, cluster domain {}", name,
                                 printable(settings.root_namespace), settings.enable_auto_mtls ? "on" : "off",
                                 printable(settings.cluster_domain)),
                     context_.width);
    if (lines.front().starts_with(name))
      lines.front() = palette_.paint(Style::Strong, name) + lines.front().substr(name.size());
    if (!mesh.head.cluster.empty())
      lines.push_back("laid over cluster " + printable(mesh.head.cluster) +
                      printable(mesh.head.taken.empty() ? "" : ", taken " + mesh.head.taken));
    for (std::string& line : wrapped_text(summary(mesh), context_.width)) lines.push_back(std::move(line));
    write(lines);
  }

  // "12 services in 3 namespaces: calls to 1 fail; 8 STRICT, 4 PERMISSIVE"
  [[nodiscard]] std::string summary(const EffectiveMesh& mesh) const {
    std::set<std::string_view> namespaces;
    std::map<std::string, std::size_t> modes;
    std::size_t services = 0;
    std::size_t failing = 0;
    for (const EffectiveService& service : mesh.services) {
      if (!is_documented(service)) continue;
      ++services;
      namespaces.insert(service.ns);
      failing += fails(service) ? 1 : 0;
      ++modes[mode_of(service)];
    }
    std::string line = fmt::format("{} in {}", counted(services, "service", "services"),
                                   counted(namespaces.size(), "namespace", "namespaces"));
    if (services == 0) return line;
    line += failing == 0 ? ": no call fails" : fmt::format(": calls to {} fail", failing);
    std::vector<std::pair<std::size_t, std::string>> by_count;
    by_count.reserve(modes.size());
    for (const auto& [mode, count] : modes) by_count.emplace_back(count, mode);
    std::sort(by_count.begin(), by_count.end(), std::greater<>());
    const char* separator = "; ";
    for (const auto& [count, mode] : by_count) {
      line += fmt::format("{}{} {}", separator, count, mode);
      separator = ", ";
    }
    return line;
  }

  // A line for each namespace, those with failing calls first where not all fit.
  [[nodiscard]] std::vector<std::string> overview(const EffectiveMesh& mesh, std::size_t most) const {
    struct Counts {
      std::map<std::string, std::size_t> modes;
      std::size_t services = 0;
      std::size_t failing = 0;
    };
    std::map<std::string_view, Counts> counts;
    for (const EffectiveService& service : mesh.services) {
      if (!is_documented(service)) continue;
      Counts& of = counts[service.ns];
      ++of.services;
      ++of.modes[mode_of(service)];
      of.failing += fails(service) ? 1 : 0;
    }
    std::vector<std::pair<std::string_view, Counts>> shown(counts.begin(), counts.end());
    constexpr std::size_t kFrame = 3;  // lines around the rows
    const std::size_t rows_left = most > kFrame ? most - kFrame : 0;
    const bool fits = shown.size() <= rows_left;
    if (!fits) {
      std::stable_sort(shown.begin(), shown.end(),
                       [](const auto& a, const auto& b) { return a.second.failing > b.second.failing; });
    }
    const std::size_t hidden = fits ? 0 : shown.size() - rows_left;
    shown.resize(shown.size() - hidden);
    std::vector<TableRow> rows = {{"NAMESPACE", "SERVICES", "FAILING", "SERVERS"}};
    for (const auto& [ns, of] : shown) {
      std::string modes;
      for (const auto& [mode, count] : of.modes)
        modes += fmt::format("{}{} {}", modes.empty() ? "" : ", ", count, mode);
      rows.push_back({printable(ns), std::to_string(of.services), std::to_string(of.failing), modes});
    }
    std::vector<std::string> lines = table(rows);
    lines.insert(lines.begin(), "");
    if (hidden > 0) lines.push_back("  and " + counted(hidden, "more namespace", "more namespaces"));
    return lines;
  }

  // Blocks.

  // Each stands where its first service does.
  [[nodiscard]] std::vector<Block> blocks_of(const EffectiveMesh& mesh) const {
    std::vector<Block> blocks;
    std::map<std::tuple<std::string, bool, std::vector<TableRow>>, std::size_t> known;
    for (const EffectiveService& service : mesh.services) {
      Block made{{&service}, rows_of(service), fails(service)};
      std::vector<TableRow> key = made.rows;
      if (is_alike(service, key)) key[1][0].clear();
      const std::string where = is_documented(service) ? service.ns : std::string();
      const auto [at, is_new] =
          known.try_emplace({where, is_documented(service), std::move(key)}, blocks.size());
      if (is_new) {
        blocks.push_back(std::move(made));
        continue;
      }
      Block& block = blocks[at->second];
      block.services.push_back(&service);
      block.hides_ports |= block.rows != made.rows;
    }
    return blocks;
  }

  // Reports whether all ports of a service share their rows: then those of others may differ in number only.
  static bool is_alike(const EffectiveService& service, const std::vector<TableRow>& rows) {
    const auto groups =
        std::count_if(rows.begin() + 1, rows.end(), [](const TableRow& row) { return !row[0].empty(); });
    return !service.ports.empty() && groups == 1;
  }

  [[nodiscard]] std::vector<std::string> text_of(const Block& block) const {
    std::vector<TableRow> rows = block.rows;
    if (block.hides_ports) rows[1][0] = "each";
    std::vector<std::string> lines = {""};
    for (const std::string& line : wrapped_text(title_of(block), context_.width))
      lines.push_back(palette_.paint(Style::Strong, line));
    for (std::string& line : table(rows)) lines.push_back(std::move(line));
    return lines;
  }

  static std::string title_of(const Block& block) {
    const EffectiveService& first = *block.services.front();
    if (block.services.size() == 1) return printable(service_title(first));
    constexpr std::size_t kMostNamed = 6;
    std::string names;
    const std::size_t named = std::min(block.services.size(), kMostNamed);
    for (std::size_t i = 0; i < named; ++i) {
      const EffectiveService& service = *block.services[i];
      const std::string name = is_documented(service) ? std::string(short_name(service))
                               : service.ns.empty()   ? "namespaces in no document"
                                                      : service.ns;
      const bool is_final = i + 1 == block.services.size() && i > 0 && service.ns.empty();
      names += (i == 0 ? "" : is_final ? " and " : ", ") + name;
    }
    if (named < block.services.size()) names += fmt::format(" and {} more", block.services.size() - named);
    return printable(is_documented(first)
                         ? fmt::format("{} in {}: {}", counted(block.services.size(), "service", "services"),
                                       first.ns, names)
                         : fmt::format("{} of {}", kAnyOther, names));
  }

  // Ports that are alike share their rows.
  [[nodiscard]] std::vector<TableRow> rows_of(const EffectiveService& service) const {
    std::vector<TableRow> rows = {{"PORT", "SERVER", "CLIENTS IN", "SEND", "VERDICT"}};
    std::vector<std::pair<std::vector<TableRow>, std::vector<std::string>>> groups;
    for (const EffectivePort& port : service.ports) {
      std::vector<TableRow> made = rows_of(port);
      std::string name = port.port ? std::to_string(*port.port) : "other";
      const auto same = std::find_if(groups.begin(), groups.end(),
                                     [&made](const auto& group) { return group.first == made; });
      if (same != groups.end()) {
        same->second.push_back(std::move(name));
      } else {
        groups.emplace_back(std::move(made), std::vector<std::string>()).second.push_back(std::move(name));
      }
    }
    for (auto& [made, ports] : groups) {
      made.front()[0] = fmt::format("{}", fmt::join(ports, ", "));
      rows.insert(rows.end(), std::make_move_iterator(made.begin()), std::make_move_iterator(made.end()));
    }
    for (const checks::EffectiveCaller& caller : service.callers) {
      rows.push_back({"", "", printable(to_string(caller.id)), "plaintext (no certificate)",
                      caller.is_refused ? std::string(kFails) : "works"});
    }
    return rows;
  }

  // Without the port.
  [[nodiscard]] std::vector<TableRow> rows_of(const EffectivePort& port) const {
    std::vector<std::string> servers;
    for (const EffectiveServer& server : port.servers) add_server(server, servers);
    for (const EffectiveOutsider& outsider : port.outside) add_outsider(outsider, servers);
    if (servers.empty()) servers.emplace_back("no known workload");
    const std::size_t count = std::max(servers.size(), port.clients.size());
    std::vector<TableRow> rows;
    for (std::size_t i = 0; i < count; ++i) {
      TableRow& row = rows.emplace_back(5);
      if (i < servers.size()) row[1] = servers[i];
      if (i >= port.clients.size()) continue;
      const EffectiveClients& clients = port.clients[i];
      row[2] = who(clients);
      row[3] = said(clients.sends);
      row[4] = verdict(clients);
    }
    return rows;
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

  [[nodiscard]] std::vector<std::string> table(const std::vector<TableRow>& rows) const {
    return table_lines(rows, context_.width, [this](const std::string& text, std::size_t row) {
      if (row == 0) return palette_.paint(Style::Faint, text);
      return text.starts_with(kFails) ? palette_.paint(Style::Error, text) : text;
    });
  }

  std::ostream& out_;
  const EffectiveContext& context_;
  const Palette& palette_;
  std::size_t left_;  // lines that may still be written
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
