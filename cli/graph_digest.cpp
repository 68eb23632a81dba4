#include "cli/graph_digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace cli {
namespace {

using checks::GraphEdge;
using checks::GraphRule;
using checks::GraphService;
using checks::MeshGraph;

std::size_t nodes_of(const MeshGraph& graph) {
  return graph.services.size() + graph.policies.size() + graph.rules.size();
}

// "12 services" and the first of their names.
std::string group_name(std::string_view what, const std::vector<std::string>& names) {
  constexpr std::size_t kMostNamed = 4;
  std::string text = fmt::format("{} {}", names.size(), what);
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i) text += '\n' + names[i];
  if (names.size() > kMostNamed) text += fmt::format("\nand {} more", names.size() - kMostNamed);
  return text;
}

class Merger {
 public:
  explicit Merger(MeshGraph& graph) : graph_(graph) {
    for (const GraphRule& rule : graph.rules) rules_.emplace(rule.id, &rule);
    for (const GraphEdge& edge : graph.edges) {
      edges_[edge.to].push_back(&edge);
      targets_[edge.from].insert(edge.to);
    }
  }

  void run() {
    std::map<std::string, std::vector<const GraphService*>> alike;
    for (const GraphService& service : graph_.services) alike[signature(service)].push_back(&service);
    for (const auto& [signature, services] : alike) {
      if (services.size() > 1) merge(services);
    }
    rebuild();
  }

 private:
  // A rule that sends to one service only.
  [[nodiscard]] bool is_own(const std::string& from) const {
    return rules_.contains(from) && targets_.at(from).size() == 1;
  }

  // The same for services that look the same but for their names and ports.
  [[nodiscard]] std::string signature(const GraphService& service) const {
    std::string text = fmt::format("{}\n{}\n{}\n{}\n{}\n", service.ns, service.documented, service.failing,
                                   fmt::join(service.modes, " "), fmt::join(service.outside, "|"));
    if (service.host.empty()) return text + service.id;
    const auto found = edges_.find(service.id);
    if (found == edges_.end()) return text;
    std::set<std::string> edges;
    for (const GraphEdge* edge : found->second) {
      const std::string from = is_own(edge->from)
                                   ? fmt::format("own {}", fmt::join(rules_.at(edge->from)->codes, " "))
                                   : edge->from;
      edges.insert(fmt::format("{}|{}|{}|{}|{}|{}|{}", static_cast<int>(edge->kind), from, edge->mode,
                               edge->subset, fmt::join(edge->clients, ","), edge->all_clients,
                               edge->failing));
    }
    return text + fmt::format("{}", fmt::join(edges, "\n"));
  }

  void merge(const std::vector<const GraphService*>& services) {
    const std::string& first = services.front()->id;
    std::vector<std::string> names;
    std::vector<std::string> rules;
    std::string own_rule;
    for (const GraphService* service : services) {
      names.push_back(service->name);
      if (service->id != first) gone_.insert(service->id);
      for (const GraphEdge* edge : edges_[service->id]) {
        if (!is_own(edge->from)) continue;
        const GraphRule& rule = *rules_.at(edge->from);
        if (service->id == first) {
          own_rule = rule.id;
        } else {
          gone_.insert(rule.id);
        }
        if (rules.empty() || rules.back() != rule.name) rules.push_back(rule.name);
      }
    }
    names_[first] = group_name("services", names);
    if (!own_rule.empty() && rules.size() > 1) names_[own_rule] = group_name("rules", rules);
  }

  void rebuild() {
    const auto is_gone = [this](const auto& node) { return gone_.contains(node.id); };
    // Ports differ from one to the next of those that are one now.
    for (GraphEdge& edge : graph_.edges) {
      if (!names_.contains(edge.to)) continue;
      edge.ports.clear();
      edge.other_ports = true;
    }
    std::erase_if(graph_.edges, [this](const GraphEdge& edge) {
      return gone_.contains(edge.to) || gone_.contains(edge.from);
    });
    std::set<std::string> drawn;
    std::erase_if(graph_.edges, [&drawn](const GraphEdge& edge) {
      if (!edge.other_ports || !edge.ports.empty()) return false;
      return !drawn
                  .insert(fmt::format("{}|{}|{}|{}|{}|{}", edge.from, edge.to, edge.mode, edge.subset,
                                      fmt::join(edge.clients, ","), edge.failing))
                  .second;
    });
    std::erase_if(graph_.services, is_gone);
    std::erase_if(graph_.rules, is_gone);
    for (GraphService& service : graph_.services) rename(service);
    for (GraphRule& rule : graph_.rules) rename(rule);
  }

  template <class Node>
  void rename(Node& node) const {
    const auto found = names_.find(node.id);
    if (found != names_.end()) node.name = found->second;
  }

  MeshGraph& graph_;
  std::unordered_map<std::string, const GraphRule*> rules_;
  std::unordered_map<std::string, std::vector<const GraphEdge*>> edges_;  // by service
  std::unordered_map<std::string, std::set<std::string>> targets_;        // by policy or rule
  std::set<std::string> gone_;
  std::map<std::string, std::string> names_;
};

std::vector<NamespaceCount> counted_by_namespace(const std::vector<GraphService>& services) {
  std::map<std::string, NamespaceCount> counts;
  for (const GraphService& service : services) {
    if (service.host.empty() || service.failing) continue;
    NamespaceCount& of = counts[service.ns];
    of.ns = service.ns;
    ++of.services;
    ++of.modes[service.modes.empty() ? "no sidecar" : fmt::format("{}", fmt::join(service.modes, " / "))];
  }
  std::vector<NamespaceCount> sorted;
  sorted.reserve(counts.size());
  for (auto& [ns, count] : counts) sorted.push_back(std::move(count));
  return sorted;
}

void keep_failing(MeshGraph& graph) {
  std::erase_if(graph.services, [](const GraphService& service) { return !service.failing; });
  std::set<std::string_view> services;
  for (const GraphService& service : graph.services) services.insert(service.id);
  std::erase_if(graph.edges, [&](const GraphEdge& edge) { return !services.contains(edge.to); });
  std::set<std::string_view> used;
  for (const GraphEdge& edge : graph.edges) used.insert(edge.from);
  const auto is_unused = [&](const auto& node) { return !used.contains(node.id) && node.codes.empty(); };
  std::erase_if(graph.policies, is_unused);
  std::erase_if(graph.rules, is_unused);
}

}  // namespace

GraphDigest digest(MeshGraph graph, std::size_t most_nodes) {
  GraphDigest made{std::move(graph), {}};
  if (nodes_of(made.drawn) <= most_nodes) return made;
  std::vector<NamespaceCount> others = counted_by_namespace(made.drawn.services);
  Merger(made.drawn).run();
  if (nodes_of(made.drawn) <= most_nodes) return made;
  keep_failing(made.drawn);
  made.others = std::move(others);
  return made;
}

}  // namespace cli
