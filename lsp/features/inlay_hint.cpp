// textDocument/inlayHint: the other end of calls, behind each mode. Behind a policy's what clients send,
// behind a rule's what servers accept.
#include "lsp/protocol/inlay_hint.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "checks/queries/peers.h"
#include "lsp/features/feature.h"
#include "lsp/features/hover.h"
#include "workspace/cluster/snapshot.h"

namespace lsp {
namespace {

using checks::NoEffect;
using checks::Peer;
using checks::PeerList;
using workspace::MtlsMode;
using workspace::PolicyNode;
using workspace::RuleNode;

struct Part {
  std::string text;
  std::optional<checks::Location> place;  // where it leads
  friend bool operator==(const Part& a, const Part& b) { return a.text == b.text; }
};

struct Hint {
  std::vector<Part> parts;
  std::string tooltip;
};

Part named(std::string name, const checks::FieldRef& site) {
  auto place = checks::location_of(site);
  const bool in_cluster = place && workspace::is_cluster_path(place->file);
  return {std::move(name) + (in_cluster ? " in cluster" : ""), std::move(place)};
}

// The kind and the name alone, and of what is in a cluster not even the kind: there is little room.
void add_name(std::string_view kind, const checks::FieldRef& site, std::vector<Part>& parts) {
  Part part = named(site.node->id.name.str(), site);
  const bool in_cluster = part.place && workspace::is_cluster_path(part.place->file);
  if (!in_cluster) parts.push_back({std::string(kind) + ' ', {}});
  parts.push_back(std::move(part));
}

void add_rest(const PeerList& peers, std::vector<Part>& parts) {
  const std::size_t others = peers.failing > 0 ? peers.failing : peers.total;
  if (others > 1) parts.push_back({" and " + std::to_string(others - 1) + " more", {}});
}

std::string sent(std::string_view mode) {
  if (mode == "DISABLE") return "plaintext";
  if (mode == "SIMPLE") return "TLS";
  return "mTLS";
}

// Of what is longer the longest part, which is a name, is cut: editors would cut the end.
void shorten(std::vector<Part>& parts) {
  constexpr std::size_t kMostCharacters = 40;
  const auto length = [](const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
  };
  std::size_t all = 0;
  for (const Part& part : parts) all += length(part.text);
  if (all <= kMostCharacters) return;
  Part& longest = *std::max_element(parts.begin(), parts.end(), [&](const Part& a, const Part& b) {
    return length(a.text) < length(b.text);
  });
  std::size_t keep = length(longest.text) - std::min(all - kMostCharacters + 1, length(longest.text) - 1);
  std::size_t bytes = 0;
  while (bytes < longest.text.size() &&
         (keep > 0 || (static_cast<unsigned char>(longest.text[bytes]) & 0xC0U) == 0x80)) {
    if ((static_cast<unsigned char>(longest.text[bytes]) & 0xC0U) != 0x80) --keep;
    ++bytes;
  }
  longest.text.resize(bytes);
  longest.text += "…";
}

class Hints {
 public:
  Hints(const workspace::Mesh& mesh, std::string_view mesh_name, const std::string& file,
        workspace::ByteRange range, const Markup& markup)
      : mesh_(mesh),
        graph_(mesh.graph()),
        mesh_name_(mesh_name),
        file_(file),
        range_(range),
        markup_(markup) {}

  using ByPlace = std::map<workspace::ByteRange, std::vector<std::pair<std::string_view, Hint>>>;

  void add(ByPlace& into) const {
    for (const workspace::ResourceNode* node : checks::resources_in(mesh_, file_, range_)) {
      if (const auto* policy = workspace::node_cast<PolicyNode>(node)) {
        add_policy(*policy, into);
      } else if (const auto* rule = workspace::node_cast<RuleNode>(node)) {
        add_rule(*rule, into);
      }
    }
  }

 private:
  void put(const checks::FieldRef& site, checks::ElementKind kind, std::vector<Part> parts,
           ByPlace& into) const {
    const auto place = checks::location_of(site);
    if (parts.empty() || !place || place->file != file_) return;
    if (place->range.end < range_.begin || range_.end < place->range.begin) return;
    const checks::Element element{kind, site.node, 0, site.entry, site.clause, {}, {}, {}};
    into[place->range].push_back({mesh_name_, {std::move(parts), hover_text(mesh_, element, markup_)}});
  }

  void add_policy(const PolicyNode& node, ByPlace& into) const {
    const workspace::PeerAuthentication& policy = node.policy();
    const auto count = static_cast<std::int32_t>(policy.port_level.size());
    for (std::int32_t port = -1; port < count; ++port) {
      const workspace::ModeField& mode =
          port < 0 ? policy.mode : policy.port_level[static_cast<std::size_t>(port)].mode;
      if (!mode.present || mode.invalid_text) continue;
      const workspace::PolicyField site = checks::site_of(graph_, node, port);
      put(checks::mode_of(site), checks::ElementKind::Mode, policy_parts(site, mode.mode), into);
    }
  }

  [[nodiscard]] std::vector<Part> policy_parts(const workspace::PolicyField& site, MtlsMode mode) const {
    const checks::PolicyReach reach = checks::reach_of(graph_, site);
    if (reach.no_effect != NoEffect::No) return {{"decides nothing", {}}};
    if (mode == MtlsMode::Unset) return inherited(reach);
    const PeerList clients = checks::clients_of(graph_, site, mode);
    if (clients.total == 0) {
      return {{graph_.settings().enable_auto_mtls ? "clients: auto mTLS" : "no rule sends anything", {}}};
    }
    const Peer& first = clients.list.front();
    if (!first.fails) return {{"clients: " + sent(first.mode) + " ✓", {}}};
    if (first.site.node == nullptr) return {{"✗ plaintext from clients without a rule", {}}};
    std::vector<Part> parts{{"✗ " + sent(first.mode) + " from ", {}}};
    add_name("rule", first.site, parts);
    add_rest(clients, parts);
    return parts;
  }

  static std::vector<Part> inherited(const checks::PolicyReach& reach) {
    if (reach.below.empty()) return {{"PERMISSIVE (default)", {}}};
    const auto& links = reach.below.front();
    return {{std::string(workspace::mode_name(links.mode)) + " (", {}},
            named(short_name(links.site.policy->id), checks::mode_of(links.site)),
            {")", {}}};
  }

  void add_rule(const RuleNode& rule, ByPlace& into) const {
    if (rule.rule().has_workload_selector()) return;
    const checks::HostScope scope = checks::meaning_of(graph_, rule).scope;
    if (scope == checks::HostScope::External || scope == checks::HostScope::Nothing) return;
    rule.rule().for_each_tls([&](workspace::ClauseRef clause, const workspace::ClientTls& tls) {
      if (!tls.has_mode || tls.mode == workspace::TlsMode::Invalid) return;
      const PeerList servers = checks::servers_of(graph_, rule, clause, tls.mode);
      put(checks::tls_of(&rule, clause), checks::ElementKind::Tls, rule_parts(servers), into);
    });
  }

  static std::vector<Part> rule_parts(const PeerList& servers) {
    if (servers.total == 0) return {{"decides for no call", {}}};
    const Peer& first = servers.list.front();
    const std::string mode(first.mode);
    if (!first.fails) return {{"servers: " + mode + " ✓", {}}};
    if (first.site.node == nullptr) return {{"✗ servers: " + mode + " (default)", {}}};
    std::vector<Part> parts{{"✗ servers: " + mode + ", ", {}}};
    add_name("policy", first.site, parts);
    add_rest(servers, parts);
    return parts;
  }

  const workspace::Mesh& mesh_;
  const workspace::PolicyGraph& graph_;
  std::string_view mesh_name_;
  const std::string& file_;
  workspace::ByteRange range_;
  const Markup& markup_;
};

// At the end of the line, behind a comment.
std::uint32_t end_of_line(const std::string& text, std::uint32_t at) {
  std::size_t end = std::min(text.find('\n', at), text.size());
  while (end > at && (text[end - 1] == '\r' || text[end - 1] == ' ')) --end;
  return static_cast<std::uint32_t>(end);
}

Json to_json(const Hint& hint, std::string_view mesh, std::uint32_t at, const Session::Subject& subject,
             const Converter& converter) {
  Json label = Json::array();
  std::vector<Part> parts = hint.parts;
  if (!mesh.empty()) parts.insert(parts.begin(), Part{std::string(mesh) + ": ", {}});
  shorten(parts);
  for (const Part& part : parts) {
    Json json{{"value", part.text}};
    if (part.place) {
      Json location = converter.location(part.place->file, part.place->range);
      if (!location.is_null()) json["location"] = std::move(location);
    }
    label.push_back(std::move(json));
  }
  return {{"position", to_range(*subject.text, {at, at}, converter.unit()).start},
          {"label", std::move(label)},
          {"tooltip", hint.tooltip},
          {"paddingLeft", true}};
}

bool all_alike(const std::vector<std::pair<std::string_view, Hint>>& hints) {
  return std::all_of(hints.begin(), hints.end(),
                     [&](const auto& each) { return each.second.parts == hints.front().second.parts; });
}

RpcResult inlay_hints(const FeatureContext& context, const protocol::InlayHintParams& params) {
  if (!context.session.shows_hints()) return Json::array();
  const auto subject = context.session.subject(params.uri);
  if (!subject) return Json::array();
  const Converter& converter = context.session.converter();
  const workspace::ByteRange range = to_bytes(*subject->text, params.range, converter.unit());
  const Markup plain(false, converter);
  const auto meshes = context.session.meshes_of(*subject);
  Hints::ByPlace found;
  for (std::size_t i = 0; i < std::min(meshes.size(), kMaxMeshes); ++i) {
    if (context.cancelled()) return RpcError{ErrorCode::RequestCancelled, "cancelled"};
    Hints(meshes[i].mesh, meshes[i].name, subject->path, range, plain).add(found);
  }
  Json result = Json::array();
  for (const auto& [place, hints] : found) {
    const std::uint32_t at = end_of_line(subject->text->bytes, place.end);
    if (all_alike(hints)) {
      result.push_back(to_json(hints.front().second, "", at, *subject, converter));
      continue;
    }
    for (const auto& [mesh, hint] : hints) result.push_back(to_json(hint, mesh, at, *subject, converter));
  }
  return result;
}

}  // namespace

void bind_inlay_hint(Binder& binder, const FeatureContext& context) {
  binder.feature<protocol::InlayHintParams>(
      "textDocument/inlayHint",
      {"inlayHintProvider", [](const protocol::ClientCapabilities&) { return Json(true); }},
      [&context](const protocol::InlayHintParams& params) { return inlay_hints(context, params); });
}

}  // namespace lsp
