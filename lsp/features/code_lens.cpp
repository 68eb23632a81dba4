// textDocument/codeLens: above each policy and rule, how far it reaches and what is wrong with it; above
// workloads and services without a sidecar, why.
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
using workspace::MtlsMode;
using workspace::PolicyNode;
using workspace::ResourceNode;
using workspace::RuleNode;
using workspace::ServiceNode;
using workspace::WorkloadNode;

constexpr const char* kShowRelated = "istioMtls.showRelated";

bool knows_commands(const protocol::ClientCapabilities& client) {
  return protocol::flag(client.all, {"experimental", "istioMtls", "commands"});
}

struct Lens {
  std::string title;  // empty: nothing to say
  std::vector<checks::FieldRef> others;
};

class Lenses {
 public:
  explicit Lenses(const workspace::PolicyGraph& graph) : graph_(graph) {}

  [[nodiscard]] Lens of(const ResourceNode& node) const {
    if (const auto* policy = dynamic_cast<const PolicyNode*>(&node)) return of_policy(*policy);
    if (const auto* rule = dynamic_cast<const RuleNode*>(&node)) return of_rule(*rule);
    if (const auto* service = dynamic_cast<const ServiceNode*>(&node)) return of_service(*service);
    if (const auto* workload = dynamic_cast<const WorkloadNode*>(&node)) return of_workload(*workload);
    return {};
  }

 private:
  [[nodiscard]] Lens of_policy(const PolicyNode& node) const {
    const workspace::PeerAuthentication& policy = node.policy();
    const PolicyReach reach = checks::reach_of(graph_, checks::site_of(graph_, node, -1));
    if (reach.no_effect != NoEffect::No) return {"decides nothing", {}};
    Lens lens;
    std::size_t conflicts = 0;
    bool says = false;
    for (std::int32_t port = -1; port < static_cast<std::int32_t>(policy.port_level.size()); ++port) {
      const MtlsMode mode =
          port < 0 ? policy.mode.mode : policy.port_level[static_cast<std::size_t>(port)].mode.mode;
      if (mode == MtlsMode::Unset) continue;
      says = true;
      add(checks::clients_of(graph_, checks::site_of(graph_, node, port), mode), lens, conflicts);
    }
    lens.title = says ? "decides for " + reached(reach) : "says nothing";
    add_conflicts(lens, conflicts);
    return lens;
  }

  static std::string reached(const PolicyReach& reach) {
    if (reach.mesh_wide) return count(reach.namespaces, "namespace");
    if (!reach.complete) return fmt::format("more than {} workloads", reach.workload_count);
    return count(reach.workload_count, "known workload");
  }

  [[nodiscard]] Lens of_rule(const RuleNode& rule) const {
    const checks::HostScope scope = checks::meaning_of(graph_, rule).scope;
    if (scope == checks::HostScope::External || scope == checks::HostScope::Nothing) return {};
    if (rule.rule().has_workload_selector()) return {};
    const auto clauses = rule.rule().tls_clauses();
    if (clauses.empty()) return {"sets no TLS", {}};
    Lens lens;
    std::size_t conflicts = 0;
    std::set<std::string_view> modes;
    for (const workspace::ClauseRef clause : clauses) {
      const PeerList servers = checks::servers_of(graph_, rule, clause, rule.rule().tls(clause)->mode);
      for (const checks::Peer& server : servers.list) modes.insert(server.mode);
      add(servers, lens, conflicts);
    }
    lens.title = modes.empty() ? "decides for no call"
                               : "servers: " + enumerate({modes.begin(), modes.end()}, modes.size());
    add_conflicts(lens, conflicts);
    return lens;
  }

  // Says why mTLS plays no part for a workload, or for all known ones of a service; nothing of others.
  [[nodiscard]] Lens of_workload(const WorkloadNode& workload) const {
    const workspace::NamespaceNode* ns = graph_.find_namespace(workload.id.ns);
    if (ns == nullptr) return {};
    return {checks::describe_proxy(graph_.proxy_of(*ns, &workload), ns->name), {}};
  }

  [[nodiscard]] Lens of_service(const ServiceNode& service) const {
    const workspace::NamespaceNode* ns = graph_.find_namespace(service.id.ns);
    if (ns == nullptr || service.service().selector.empty()) return {};
    Lens lens;
    std::set<std::string> reasons;
    for (const WorkloadNode* workload : graph_.matching_workloads(*ns, service.service().selector)) {
      std::string reason = of_workload(*workload).title;
      if (reason.empty()) return {};
      reasons.insert(std::move(reason));
      lens.others.push_back(checks::name_of(workload));
    }
    lens.title = enumerate({reasons.begin(), reasons.end()}, reasons.size());
    return lens;
  }

  static void add(const PeerList& peers, Lens& lens, std::size_t& conflicts) {
    conflicts += peers.failing;
    for (const checks::Peer& peer : peers.list) {
      if (peer.site.node != nullptr) lens.others.push_back(peer.site);
    }
  }

  static void add_conflicts(Lens& lens, std::size_t conflicts) {
    if (conflicts > 0) lens.title += " · " + count(conflicts, "conflict");
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

// The lenses of one resource in its meshes as one.
struct Shown {
  checks::Location place;
  std::string title;
  std::vector<checks::FieldRef> others;
};

std::vector<Shown> shown(const Session& session, const Session::Subject& subject,
                         workspace::ByteRange range) {
  std::vector<Shown> all;
  const auto meshes = session.meshes_of(subject);
  for (std::size_t i = 0; i < std::min(meshes.size(), kMaxMeshes); ++i) {
    for (const ResourceNode* node : checks::resources_in(meshes[i].mesh, subject.path, range)) {
      const auto place = checks::location_of(checks::name_of(node));
      Lens lens = Lenses(meshes[i].mesh.graph()).of(*node);
      if (!place || place->file != subject.path || lens.title.empty()) continue;
      lens.title += in_cluster(lens.others);
      if (meshes.size() > 1) lens.title = std::string(meshes[i].name) + ": " + lens.title;
      const auto same = std::find_if(all.begin(), all.end(),
                                     [&](const Shown& other) { return other.place.range == place->range; });
      if (same == all.end()) {
        all.push_back({*place, std::move(lens.title), std::move(lens.others)});
      } else if (same->title != lens.title) {
        same->title += " · " + lens.title;
        same->others.insert(same->others.end(), lens.others.begin(), lens.others.end());
      }
    }
  }
  return all;
}

Json show_related(const Shown& lens, const std::string& uri, const protocol::Range& range,
                  const Converter& converter) {
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
  const std::string path = workspace::document_path(params.textDocument.uri);
  if (workspace::WorkspaceBuilds::is_kustomization(path))
    return kustomization_lens(context, params.textDocument.uri, path);
  const auto subject = context.session.subject(params.textDocument.uri);
  if (!subject) return result;
  const Converter& converter = context.session.converter();
  const bool resolves = knows_commands(context.session.client());
  const workspace::ByteRange whole{0, static_cast<std::uint32_t>(subject->text->bytes.size())};
  for (const Shown& lens : shown(context.session, *subject, whole)) {
    Json json{{"range", to_range(*subject->text, lens.place.range, converter.unit())}};
    if (resolves) {
      json["data"] = {{"uri", params.textDocument.uri}};
    } else {
      json["command"] = {{"title", lens.title}, {"command", ""}};
    }
    result.push_back(std::move(json));
  }
  return result;
}

// One that stands nowhere any more gets an empty title; the client is about to ask for all of them again.
RpcResult resolve(const FeatureContext& context, const protocol::CodeLens& lens) {
  Json result{
      {"range", lens.range}, {"data", {{"uri", lens.uri}}}, {"command", {{"title", ""}, {"command", ""}}}};
  const auto subject = context.session.subject(lens.uri);
  if (!subject) return result;
  const Converter& converter = context.session.converter();
  const workspace::ByteRange range = to_bytes(*subject->text, lens.range, converter.unit());
  for (const Shown& each : shown(context.session, *subject, range)) {
    if (each.place.range == range) result["command"] = show_related(each, lens.uri, lens.range, converter);
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
