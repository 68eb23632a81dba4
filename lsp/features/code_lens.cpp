// textDocument/codeLens: above each policy's and rule's document, how far it reaches, what is wrong with it,
// and the way to the graph; above workloads and services without a sidecar, why.
//
// A client that says `experimental.istioMtls.commands` gets lenses that show the other ends when they are
// clicked, found out when they are resolved; others get a title to read.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "checks/queries/peers.h"
#include "checks/queries/proxy_text.h"
#include "lsp/features/feature.h"
#include "lsp/features/markup.h"
#include "lsp/protocol/inlay_hint.h"
#include "workspace/base/uri.h"
#include "workspace/cluster/snapshot.h"
#include "workspace/sources/workspace_builds.h"

namespace lsp {
namespace {

using checks::NoEffect;
using checks::PeerList;
using checks::PolicyReach;
using workspace::KindRole;
using workspace::MtlsMode;
using workspace::PolicyNode;
using workspace::ResourceNode;
using workspace::RuleNode;
using workspace::ServiceNode;
using workspace::WorkloadNode;

constexpr const char* kShowRelated = "istioMtls.showRelated";

// What a lens leads to, in the order they are shown in.
enum class LensKind : std::uint8_t { Reach, Conflicts, Graph };

struct Lens {
  LensKind kind = LensKind::Reach;
  std::string title;
  std::vector<checks::FieldRef> others;
};

class Lenses {
 public:
  explicit Lenses(const workspace::PolicyGraph& graph) : graph_(graph) {}

  [[nodiscard]] std::vector<Lens> of(const ResourceNode& node) const {
    switch (node.role) {
      case KindRole::Policy:
        return of_policy(*workspace::node_cast<PolicyNode>(&node));
      case KindRole::Rule:
        return of_rule(*workspace::node_cast<RuleNode>(&node));
      case KindRole::Service:
        return of_service(*workspace::node_cast<ServiceNode>(&node));
      case KindRole::Workload:
        return of_workload(*workspace::node_cast<WorkloadNode>(&node));
      default:
        return {};
    }
  }

 private:
  [[nodiscard]] std::vector<Lens> of_policy(const PolicyNode& node) const {
    const workspace::PeerAuthentication& policy = node.policy();
    const PolicyReach reach = checks::reach_of(graph_, checks::site_of(graph_, node, -1));
    if (reach.no_effect != NoEffect::No) return {{LensKind::Reach, "has no effect", {}}};
    Lens conflicts{LensKind::Conflicts, {}, {}};
    std::size_t number = 0;
    bool says = false;
    for (std::int32_t port = -1; port < static_cast<std::int32_t>(policy.port_level.size()); ++port) {
      const MtlsMode mode =
          port < 0 ? policy.mode.mode : policy.port_level[static_cast<std::size_t>(port)].mode.mode;
      if (mode == MtlsMode::Unset) continue;
      says = true;
      add(checks::clients_of(graph_, checks::site_of(graph_, node, port), mode), conflicts, number);
    }
    if (!says) return {{LensKind::Reach, "sets no mode", {}}};
    Lens reached{LensKind::Reach, reach_text(reach), {}};
    for (const WorkloadNode* workload : reach.workloads) reached.others.push_back(checks::name_of(workload));
    return with_conflicts(std::move(reached), std::move(conflicts), number);
  }

  static std::string reach_text(const PolicyReach& reach) {
    if (reach.mesh_wide) return count(reach.namespaces, "namespace");
    if (!reach.complete) return fmt::format("more than {} workloads", reach.workload_count);
    return count(reach.workload_count, "workload");
  }

  [[nodiscard]] std::vector<Lens> of_rule(const RuleNode& rule) const {
    const checks::HostScope scope = checks::meaning_of(graph_, rule).scope;
    if (scope == checks::HostScope::External || scope == checks::HostScope::Nothing) return {};
    if (rule.rule().has_workload_selector()) return {};
    if (!rule.rule().has_tls()) return {{LensKind::Reach, "sets no TLS", {}}};
    Lens accepted{LensKind::Reach, {}, {}};
    Lens conflicts{LensKind::Conflicts, {}, {}};
    std::size_t number = 0;
    std::set<std::string_view> modes;
    rule.rule().for_each_tls([&](workspace::ClauseRef clause, const workspace::ClientTls& tls) {
      const PeerList servers = checks::servers_of(graph_, rule, clause, tls.mode);
      for (const checks::Peer& server : servers.list) {
        modes.insert(server.mode);
        if (server.site.node != nullptr) accepted.others.push_back(server.site);
      }
      add(servers, conflicts, number);
    });
    accepted.title = modes.empty() ? "applies to no call"
                                   : fmt::format("for services that accept {}", fmt::join(modes, ", "));
    return with_conflicts(std::move(accepted), std::move(conflicts), number);
  }

  // Says why mTLS plays no part for a workload, or for all known ones of a service; nothing of others.
  [[nodiscard]] std::vector<Lens> of_workload(const WorkloadNode& workload) const {
    const std::string reason = why_outside(workload);
    if (reason.empty()) return {};
    return {{LensKind::Reach, reason, {}}};
  }

  [[nodiscard]] std::vector<Lens> of_service(const ServiceNode& service) const {
    std::vector<Lens> lenses{{LensKind::Graph, "policy graph", {}}};
    const workspace::NamespaceNode* ns = graph_.find_namespace(service.id.ns);
    if (ns == nullptr || service.service().selector.empty()) return lenses;
    Lens lens;
    std::set<std::string> reasons;
    for (const WorkloadNode* workload : graph_.matching_workloads(*ns, service.service().selector)) {
      std::string reason = why_outside(*workload);
      if (reason.empty()) return lenses;
      reasons.insert(std::move(reason));
      lens.others.push_back(checks::name_of(workload));
    }
    lens.title = enumerate({reasons.begin(), reasons.end()}, reasons.size());
    if (!lens.title.empty()) lenses.insert(lenses.begin(), std::move(lens));
    return lenses;
  }

  [[nodiscard]] std::string why_outside(const WorkloadNode& workload) const {
    const workspace::NamespaceNode* ns = graph_.find_namespace(workload.id.ns);
    return ns == nullptr ? std::string() : checks::describe_proxy(graph_.proxy_of(*ns, &workload), ns->name);
  }

  static void add(const PeerList& peers, Lens& conflicts, std::size_t& number) {
    number += peers.failing;
    for (const checks::Peer& peer : peers.list) {
      if (peer.fails && peer.site.node != nullptr) conflicts.others.push_back(peer.site);
    }
  }

  static std::vector<Lens> with_conflicts(Lens first, Lens conflicts, std::size_t number) {
    std::vector<Lens> lenses{std::move(first)};
    if (number > 0) {
      conflicts.title = count(number, "conflict");
      lenses.push_back(std::move(conflicts));
    }
    lenses.push_back({LensKind::Graph, "policy graph", {}});
    return lenses;
  }

  const workspace::PolicyGraph& graph_;
};

// " · in cluster prod", " · 2 in cluster prod": where the other ends are, if not in files.
std::string in_cluster(const std::vector<checks::FieldRef>& others) {
  std::size_t number = 0;
  std::string name;
  for (const checks::FieldRef& site : others) {
    const auto place = checks::location_of(site);
    if (!place || !workspace::is_cluster_path(place->file)) continue;
    ++number;
    name = workspace::cluster_name(place->file);
  }
  if (number == 0) return {};
  return number == others.size() ? fmt::format(" · in cluster {}", name)
                                 : fmt::format(" · {} in cluster {}", number, name);
}

// The lenses of one kind of one resource in its meshes, as one.
struct Shown {
  workspace::ByteRange place;  // where the resource's document begins, or its name in a list of several
  LensKind kind = LensKind::Reach;
  std::string title;
  std::vector<checks::FieldRef> others;
};

// The first line of a document that says something.
workspace::ByteRange first_line(std::string_view text, std::uint32_t begin, std::uint32_t end) {
  for (std::size_t at = begin; at < end;) {
    const std::size_t next = std::min<std::size_t>(std::min(text.find('\n', at), text.size()), end);
    const std::string_view line = text.substr(at, next - at);
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first != std::string_view::npos && line[first] != '#' && !line.starts_with("---")) {
      const auto from = static_cast<std::uint32_t>(at + first);
      return {from, from};
    }
    at = next + 1;
  }
  return {begin, begin};
}

workspace::ByteRange place_of(const Session::Subject& subject, workspace::ByteRange name) {
  const workspace::FileFacts* facts = subject.analysis->facts(subject.path);
  const workspace::DocumentState* document = facts == nullptr ? nullptr : facts->document_at(name.begin);
  if (document == nullptr || document->facts->resources.size() > 1) return name;
  return first_line(subject.text->bytes, document->begin, name.begin);
}

// `only`: those at that place; null: all.
std::vector<Shown> shown(const Session& session, const Session::Subject& subject,
                         const workspace::ByteRange* only) {
  std::vector<Shown> all;
  const bool has_graph = knows_commands(session.client());
  const workspace::ByteRange whole{0, static_cast<std::uint32_t>(subject.text->bytes.size())};
  const auto meshes = session.meshes_of(subject);
  for (std::size_t i = 0; i < std::min(meshes.size(), kMaxMeshes); ++i) {
    for (const ResourceNode* node : checks::resources_in(meshes[i].mesh, subject.path, whole)) {
      const auto name = checks::location_of(checks::name_of(node));
      if (!name || name->file != subject.path) continue;
      const workspace::ByteRange place = place_of(subject, name->range);
      if (only != nullptr && place != *only) continue;
      for (Lens& lens : Lenses(meshes[i].mesh.graph()).of(*node)) {
        if (lens.kind == LensKind::Graph && !has_graph) continue;
        lens.title += in_cluster(lens.others);
        if (meshes.size() > 1 && lens.kind != LensKind::Graph)
          lens.title = std::string(meshes[i].name) + ": " + lens.title;
        const auto same = std::find_if(all.begin(), all.end(), [&](const Shown& other) {
          return other.place == place && other.kind == lens.kind;
        });
        if (same == all.end()) {
          all.push_back({place, lens.kind, std::move(lens.title), std::move(lens.others)});
        } else if (same->title != lens.title) {
          same->title += " · " + lens.title;
          same->others.insert(same->others.end(), lens.others.begin(), lens.others.end());
        }
      }
    }
  }
  return all;
}

Json command_of(const Shown& lens, const std::string& uri, const protocol::Range& range,
                const Converter& converter) {
  if (lens.kind == LensKind::Graph)
    return {{"title", lens.title}, {"command", "istioMtls.showGraph"}, {"arguments", Json::array({uri})}};
  if (lens.others.empty()) return {{"title", lens.title}, {"command", ""}};
  Json locations = Json::array();
  for (const checks::FieldRef& site : lens.others) {
    const auto place = checks::location_of(site);
    Json location = place ? converter.location(place->file, place->range) : Json(nullptr);
    if (!location.is_null()) locations.push_back(std::move(location));
  }
  return {{"title", lens.title},
          {"command", kShowRelated},
          {"arguments", Json::array({uri, range.start, std::move(locations)})}};
}

// "3 builds · overlays/prod ✗ 2 conflicts": above a kustomization, the builds that it is part of.
std::string title_of(const std::vector<Session::FileBuild>& builds) {
  constexpr std::size_t kMostNamed = 2;
  std::string title = count(builds.size(), "build");
  std::size_t failing = 0;
  for (const Session::FileBuild& build : builds) {
    if (build.chosen && builds.size() > 1) title += fmt::format(" · {} is shown", build.name);
    if (build.conflicts == 0 && !build.refused) continue;
    if (++failing > kMostNamed) continue;
    title += fmt::format(" · {} ✗ {}", build.name,
                         build.refused ? std::string("not built") : count(build.conflicts, "conflict"));
  }
  if (failing > kMostNamed) title += fmt::format(" · {} more ✗", failing - kMostNamed);
  return failing == 0 ? title + " · no conflicts" : title;
}

constexpr const char* kChooseBuild = "istioMtls.chooseBuild";

// Of a kustomization, one lens on its first line.
RpcResult kustomization_lens(const FeatureContext& context, const std::string& uri, const std::string& path) {
  const auto builds = context.session.builds_of(path);
  if (builds.empty()) return Json::array();
  Json command{{"title", title_of(builds)}, {"command", ""}};
  if (knows_commands(context.session.client())) {
    command["command"] = kChooseBuild;
    command["arguments"] = {uri};
  }
  return Json::array({{{"range", protocol::Range{}}, {"command", std::move(command)}}});
}

RpcResult code_lenses(const FeatureContext& context, const protocol::TextDocumentParams& params) {
  Json result = Json::array();
  const std::string path = context.session.path_of(params.textDocument.uri);
  if (!context.session.shows_lenses()) return result;
  if (workspace::has_kustomization_name(path))
    return kustomization_lens(context, params.textDocument.uri, path);
  const auto subject = context.session.subject(params.textDocument.uri);
  if (!subject) return result;
  const Converter& converter = context.session.converter();
  const bool resolves = knows_commands(context.session.client());
  for (const Shown& lens : shown(context.session, *subject, nullptr)) {
    Json json{{"range", to_range(*subject->text, lens.place, converter.unit())}};
    if (resolves) {
      json["data"] = {{"uri", params.textDocument.uri}, {"kind", static_cast<int>(lens.kind)}};
    } else {
      json["command"] = {{"title", lens.title}, {"command", ""}};
    }
    result.push_back(std::move(json));
  }
  return result;
}

// One that stands nowhere any more gets an empty title; the client is about to ask for all of them again.
RpcResult resolve(const FeatureContext& context, const protocol::CodeLens& lens) {
  Json result{{"range", lens.range},
              {"data", {{"uri", lens.uri}, {"kind", lens.kind}}},
              {"command", {{"title", ""}, {"command", ""}}}};
  const auto subject = context.session.subject(lens.uri);
  if (!subject) return result;
  const Converter& converter = context.session.converter();
  const workspace::ByteRange range = to_bytes(*subject->text, lens.range, converter.unit());
  for (const Shown& each : shown(context.session, *subject, &range)) {
    if (static_cast<int>(each.kind) == lens.kind)
      result["command"] = command_of(each, lens.uri, lens.range, converter);
  }
  return result;
}

}  // namespace

void bind_code_lens(Binder& binder, const FeatureContext& context) {
  binder.feature<protocol::TextDocumentParams>(
      "textDocument/codeLens",
      {"codeLensProvider",
       [](const protocol::ClientCapabilities& client) {
         return Json{{"resolveProvider", knows_commands(client)}};
       }},
      [&context](const protocol::TextDocumentParams& params) { return code_lenses(context, params); });
  binder.request<protocol::CodeLens>(
      "codeLens/resolve", [&context](const protocol::CodeLens& lens) { return resolve(context, lens); });
}

}  // namespace lsp
