#include "cli/render_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <utility>

#include "cli/graph_digest.h"
#include "cli/graph_view_bundle.h"
#include "cli/json_text.h"
#include "cli/terminal_text.h"
#include "cli/xml_text.h"
#include "workspace/cluster/snapshot.h"

namespace cli {
namespace {

using checks::GraphEdge;
using checks::GraphEdgeKind;
using checks::GraphPolicy;
using checks::GraphRule;
using checks::GraphService;
using checks::MeshGraph;

// ---------------------------------------------------------------- Graphviz

std::string dot_string(std::string_view text) {
  std::string result = "\"";
  while (true) {
    const std::size_t line_end = text.find('\n');
    for (const char c : printable(text.substr(0, line_end))) {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
    if (line_end == std::string_view::npos) return result + '"';
    result += "\\n";
    text.remove_prefix(line_end + 1);
  }
}

// Colours that stay apart for colour-blind people; the label says the same.
std::string_view color(std::string_view mode) {
  if (mode == "STRICT") return "#b7e1cd";
  if (mode == "PERMISSIVE") return "#fde9a9";
  if (mode == "DISABLE") return "#d9d9d9";
  return "#ffffff";
}

constexpr std::string_view kFailing = "#c5221f";

std::string ports_label(const GraphEdge& edge) {
  if (edge.other_ports) return {};  // all, or all but those of another edge
  return fmt::format("\n:{}", fmt::join(edge.ports, ", :"));
}

class DotWriter {
 public:
  explicit DotWriter(std::ostream& out) : out_(out) {}

  void mesh(const GraphDigest& digest) {
    const MeshGraph& graph = digest.drawn;
    out_ << "digraph " << dot_string("mesh " + graph.head.name) << " {\n"
         << "  rankdir=LR\n  fontname=\"Helvetica\"\n"
         << "  node [fontname=\"Helvetica\", fontsize=11]\n  edge [fontname=\"Helvetica\", fontsize=9]\n";
    for (const auto& [ns, members] : by_namespace(graph)) cluster(ns, members);
    for (const GraphEdge& made : graph.edges) edge(made);
    if (!digest.others.empty()) {
      into_rows(graph);
      others(digest.others);
    }
    out_ << "}\n";
  }

 private:
  // The lines that make a namespace's nodes.
  static std::map<std::string, std::vector<std::string>> by_namespace(const MeshGraph& graph) {
    std::map<std::string, std::vector<std::string>> members;
    for (const GraphService& service : graph.services) members[service.ns].push_back(node(service));
    for (const GraphPolicy& policy : graph.policies) members[policy.ns].push_back(node(policy));
    for (const GraphRule& rule : graph.rules) members[rule.ns].push_back(node(rule));
    return members;
  }

  static std::string node(const GraphService& service) {
    std::vector<std::string> lines = service.outside;
    if (!service.modes.empty()) {
      lines.insert(lines.begin(), fmt::format("{}", fmt::join(service.modes, " / ")));
    } else if (lines.empty()) {
      lines.emplace_back("no sidecar");
    }
    const std::string title = service.host.empty() ? "any other service" : service.name;
    return fmt::format("{} [shape=box, style=\"filled,rounded\", fillcolor=\"{}\", label={}{}]",
                       dot_string(service.id),
                       service.modes.size() == 1 ? color(service.modes.front()) : "#ffffff",
                       dot_string(fmt::format("{}\n{}", title, fmt::join(lines, "\n"))),
                       service.failing ? fmt::format(", color=\"{}\", penwidth=2", kFailing) : "");
  }

  static std::string node(const GraphPolicy& policy) {
    return fmt::format("{} [shape=hexagon, label={}]", dot_string(policy.id),
                       dot_string(fmt::format("{}\n{}{}{}", policy.name, policy.mode, listed(policy.codes),
                                              cluster_of(policy.at))));
  }

  static std::string node(const GraphRule& rule) {
    return fmt::format("{} [shape=note, label={}]", dot_string(rule.id),
                       dot_string(rule.name + listed(rule.codes) + cluster_of(rule.at)));
  }

  // What a cluster holds, where files are laid over it.
  static std::string cluster_of(const std::optional<checks::Location>& at) {
    if (!at || !workspace::is_cluster_path(at->file)) return {};
    return fmt::format("\ncluster {}", workspace::cluster_name(at->file));
  }

  static std::string listed(const std::vector<std::string>& codes) {
    return codes.empty() ? std::string() : fmt::format("\n{}", fmt::join(codes, " "));
  }

  void cluster(const std::string& ns, const std::vector<std::string>& members) {
    const std::string title = ns.empty() ? "namespaces in no document" : ns;
    out_ << "  subgraph " << dot_string("cluster_" + ns) << " {\n    label=" << dot_string(title)
         << "\n    style=rounded\n";
    for (const std::string& line : members) out_ << "    " << line << '\n';
    out_ << "  }\n";
  }

  // Has namespaces stand beside each other, too: without edges between them Graphviz puts each below the
  // last.
  void into_rows(const MeshGraph& graph) {
    std::map<std::string_view, std::pair<std::string_view, std::string_view>> ends;  // first and last node
    for (const GraphService& service : graph.services)
      ends.try_emplace(service.ns, service.id, service.id).first->second.second = service.id;
    for (const GraphRule& rule : graph.rules) set_first(rule, ends);
    for (const GraphPolicy& policy : graph.policies) set_first(policy, ends);
    constexpr double kColumnsForOne = 0.6;  // a namespace is about three times as wide as high
    const auto columns =
        static_cast<std::size_t>(std::ceil(std::sqrt(kColumnsForOne * static_cast<double>(ends.size()))));
    std::size_t at = 0;
    std::string_view before;
    for (const auto& [ns, nodes] : ends) {
      if (at++ % columns != 0)
        out_ << "  " << dot_string(before) << " -> " << dot_string(nodes.first) << " [style=invis]\n";
      before = nodes.second;
    }
    if (!before.empty()) out_ << "  " << dot_string(before) << " -> \"others\" [style=invis]\n";
  }

  template <class Node>
  static void set_first(const Node& node,
                        std::map<std::string_view, std::pair<std::string_view, std::string_view>>& ends) {
    const auto of = ends.find(node.ns);
    if (of != ends.end()) of->second.first = node.id;
  }

  // Of a mesh too large to draw: a cell for each namespace, in a table about as wide as high.
  void others(const std::vector<NamespaceCount>& namespaces) {
    if (namespaces.empty()) return;
    constexpr double kCellRatio = 4;  // width to height
    const auto columns = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::sqrt(static_cast<double>(namespaces.size()) / kCellRatio)));
    out_ << "  label=\"Only services that calls fail at are drawn; graph --format html shows all.\"\n"
         << "  \"others\" [shape=plain, label=<<table border=\"0\" cellborder=\"1\" "
            "cellspacing=\"2\"><tr><td colspan=\""
         << columns << "\" border=\"0\"><b>services that work</b></td></tr>";
    for (std::size_t i = 0; i < namespaces.size(); ++i) {
      if (i % columns == 0) out_ << (i == 0 ? "<tr>" : "</tr>\n<tr>");
      const NamespaceCount& each = namespaces[i];
      std::vector<std::string> modes;
      for (const auto& [mode, count] : each.modes) modes.push_back(fmt::format("{} {}", count, mode));
      out_ << fmt::format("<td bgcolor=\"{}\"><b>{}</b><br/>{}</td>",
                          each.modes.size() == 1 ? color(each.modes.begin()->first) : "#ffffff",
                          xml_text(each.ns), xml_text(fmt::format("{}", fmt::join(modes, ", "))));
    }
    out_ << "</tr></table>>]\n";
  }

  void edge(const GraphEdge& edge) {
    const bool sends = edge.kind == GraphEdgeKind::Sends;
    std::string label = std::string(edge.mode) + ports_label(edge);
    if (!edge.subset.empty()) label += "\nsubset " + edge.subset;
    if (!edge.clients.empty()) label += fmt::format("\nfrom {}", fmt::join(edge.clients, ", "));
    out_ << "  " << dot_string(edge.from) << " -> " << dot_string(edge.to) << " [label=" << dot_string(label)
         << (sends ? "" : ", style=dashed, arrowhead=odot")
         << (edge.failing ? fmt::format(", color=\"{0}\", fontcolor=\"{0}\", penwidth=2", kFailing) : "")
         << "]\n";
  }

  std::ostream& out_;
};

// JSON inside a script element: nothing in it may end that element.
std::string embedded(std::string text) {
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at))
    text.replace(at, 1, "\\u003c");
  return text;
}

}  // namespace

void render_graph_json(std::ostream& out, const std::vector<MeshGraph>& graphs,
                       const checks::LocationJson& place) {
  out << graph_json(graphs, place) << '\n';
}

void render_graph_dot(std::ostream& out, std::vector<MeshGraph> graphs) {
  constexpr std::size_t kMostNodes = 80;  // that Graphviz lays out on a screen or two
  DotWriter writer(out);
  for (MeshGraph& graph : graphs) writer.mesh(digest(std::move(graph), kMostNodes));
}

void render_graph_html(std::ostream& out, const std::vector<MeshGraph>& graphs,
                       const checks::LocationJson& place) {
  out << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      << "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      << "<title>Istio mTLS policy graph</title>\n<style>" << graph_view_style() << "</style>\n</head>\n"
      << "<body>\n<div id=\"graph-view\"></div>\n<script type=\"application/json\" id=\"istio-mtls-graph\">"
      << embedded(graph_json(graphs, place)) << "</script>\n<script>" << graph_view_script()
      << "</script>\n</body>\n</html>\n";
}

}  // namespace cli
