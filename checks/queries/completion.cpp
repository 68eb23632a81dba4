#include "checks/queries/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "workspace/mesh/host_name.h"
#include "workspace/resources/kinds.h"

namespace checks {

namespace {

using workspace::CursorContext;
using workspace::FieldForm;
using workspace::FieldInfo;
using workspace::FieldRole;
using workspace::Kind;
using workspace::MtlsMode;
using workspace::NamespaceNode;
using workspace::PolicyGraph;
using workspace::PolicyNode;
using workspace::ResourceNode;
using workspace::RuleNode;
using workspace::TlsMode;
using Path = std::vector<std::string>;

std::string counted(std::size_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

// "foo/a, foo/b and 3 more"
std::string names_of_failing(const PeerList& peers) {
  constexpr std::size_t kMaxNamed = 3;
  std::string text;
  std::size_t named = 0;
  for (const Peer& peer : peers.list) {
    if (!peer.fails || peer.site.node == nullptr || named == kMaxNamed) continue;
    text += (named++ == 0 ? "" : ", ") + peer.site.node->id.ns + "/" + peer.site.node->id.name;
  }
  if (named > 0 && peers.failing > named) text += fmt::format(" and {} more", peers.failing - named);
  return text;
}

// What YAML 1.1 readers, too, would not take for a string.
bool reads_as_other(std::string_view text) {
  constexpr std::array kWords = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"};
  if (text.empty() || text.find_first_of(":#{}[],&*!|>'\"%@`") != std::string_view::npos) return true;
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(kWords.begin(), kWords.end(), lower) != kWords.end()) return true;
  return text.find_first_not_of("0123456789.+-_eExXoO") == std::string_view::npos;
}

class Completer {
 public:
  Completer(const workspace::Mesh& mesh, const std::string& file, std::uint32_t offset,
            const CursorContext& cursor)
      : mesh_(mesh), graph_(mesh.graph()), file_(file), offset_(offset), cursor_(cursor) {}

  Candidates take() {
    const Path& path = cursor_.path;
    if (path == Path{"metadata", "namespace"}) {
      namespaces();
    } else if (path == Path{"spec", "exportTo", "[]"}) {
      export_to();
    } else if (const auto kind = workspace::kind_of(cursor_.api_version, cursor_.kind)) {
      by_kind(*kind, path);
    }
    return std::move(found_);
  }

 private:
  void by_kind(Kind kind, const Path& path) {
    for (const FieldInfo& field : workspace::kind_info(kind).fields) {
      const bool entries = field.form == FieldForm::Entries;
      if (entries ? leads_to(field, path) && !cursor_.in_value : is_new_key(field, path))
        return in_field(field, path, std::nullopt);
      if (leads_to(field, path, entries ? 1 : 0)) return in_field(field, path, path.back());
    }
  }

  // Whether a key is typed that the field is.
  [[nodiscard]] bool is_new_key(const FieldInfo& field, const Path& path) const {
    if (field.form != FieldForm::Key || cursor_.in_value || !field.path.ends_with(".*")) return false;
    Path with_key = path;
    with_key.emplace_back();
    return leads_to(field, with_key);
  }

  // `key`: of an entry whose value is typed; none: the key is.
  void in_field(const FieldInfo& field, const Path& path, const std::optional<std::string>& key) {
    switch (field.role) {
      case FieldRole::Mode:
        return policy_modes(path.size() == 4 ? path[2] : "");
      case FieldRole::Tls:
        if (field.form == FieldForm::Scalar) rule_modes();
        return;
      case FieldRole::PolicyPort:
        if (!key) workload_ports();
        return;
      case FieldRole::Host:
        return hosts();
      case FieldRole::SelectorLabel:
        // A Gateway selects pods of every namespace; those of its own are the usual ones.
        return add_labels(own_namespace(), key);
      case FieldRole::SubsetLabel:
        return add_labels(host_namespace(), key);
      default:
        return;
    }
  }

  [[nodiscard]] const NamespaceNode* host_namespace() const {
    const std::string& domain = graph_.settings().cluster_domain;
    const std::string host = workspace::resolve_host(cursor_.host, own_namespace_name(), domain);
    return graph_.find_namespace(workspace::namespace_of_host(host, domain));
  }

  // False: there are enough.
  bool add(Candidate candidate) {
    if (found_.list.size() >= kMaxCandidates) {
      found_.complete = false;
      return false;
    }
    found_.list.push_back(std::move(candidate));
    return true;
  }

  [[nodiscard]] bool fits(std::string_view text) const { return text.starts_with(cursor_.typed); }

  // ---- what is known of the resource

  [[nodiscard]] std::string own_namespace_name() const {
    return cursor_.ns.empty() ? mesh_.settings().default_namespace.value_or("default") : cursor_.ns;
  }
  [[nodiscard]] const NamespaceNode* own_namespace() const {
    return graph_.find_namespace(own_namespace_name());
  }

  // The resource that the text names, as it last read; null: none such, or a copy.
  template <class Node>
  [[nodiscard]] const Node* node() const {
    for (const ResourceNode* each : resources_in(mesh_, file_, {offset_, offset_})) {
      const auto* of_kind = workspace::node_cast<Node>(each);
      if (of_kind != nullptr && each->id.name == cursor_.name && each->id.ns == own_namespace_name())
        return of_kind;
    }
    return nullptr;
  }

  // ---- modes

  void policy_modes(const std::string& port) {
    std::optional<workspace::PolicyField> site;
    if (const auto* policy = node<PolicyNode>()) site = policy_site(*policy, port);
    for (const MtlsMode mode : {MtlsMode::Strict, MtlsMode::Permissive, MtlsMode::Disable, MtlsMode::Unset}) {
      Candidate candidate{
          CandidateKind::Mode, std::string(workspace::mode_name(mode)), false, {}, sentence(describe(mode))};
      if (site) add_outlook(*site, mode, candidate);
      add(std::move(candidate));
    }
  }

  [[nodiscard]] std::optional<workspace::PolicyField> policy_site(const PolicyNode& policy,
                                                                  const std::string& port) const {
    if (port.empty()) return site_of(graph_, policy, -1);
    const auto& entries = policy.policy().port_level;
    const auto at =
        std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.key == port; });
    if (at == entries.end()) return std::nullopt;
    return site_of(graph_, policy, static_cast<std::int32_t>(at - entries.begin()));
  }

  void add_outlook(const workspace::PolicyField& site, MtlsMode mode, Candidate& candidate) const {
    const PolicyReach reach = reach_of(graph_, site);
    if (reach.no_effect != NoEffect::No) {
      candidate.documentation += " This policy decides nothing, whatever it says.";
      return;
    }
    if (mode == MtlsMode::Unset) {
      candidate.documentation += " " + inherited(reach);
      return;
    }
    candidate.documentation +=
        reach.mesh_wide ? fmt::format(" Would decide for {}.", counted(reach.namespaces, "known namespace"))
                        : fmt::format(" Would decide for {}{}.", reach.complete ? "" : "more than ",
                                      counted(reach.workload_count, "known workload"));
    add_conflicts(clients_of(graph_, site, mode), "rule", candidate);
  }

  static std::string inherited(const PolicyReach& reach) {
    if (reach.below.empty()) return "Then PERMISSIVE holds, the default.";
    const auto& links = reach.below.front();
    return fmt::format("Then {} of {} holds.", workspace::mode_name(links.mode),
                       workspace::to_string(links.site.policy->id));
  }

  static void add_conflicts(const PeerList& peers, std::string_view what, Candidate& candidate) {
    if (peers.failing > 0) {
      candidate.detail = counted(peers.failing, "conflict");
      const std::string names = names_of_failing(peers);
      candidate.documentation += fmt::format(" Conflicts with {}{}.", counted(peers.failing, what),
                                             names.empty() ? "" : ": " + names);
    } else if (peers.complete) {
      candidate.documentation += " No conflict.";
    }
  }

  void rule_modes() {
    const auto* rule = node<RuleNode>();
    const auto clause = rule == nullptr ? std::nullopt : clause_at(*rule);
    for (const TlsMode mode : {TlsMode::IstioMutual, TlsMode::Disable, TlsMode::Mutual, TlsMode::Simple}) {
      Candidate candidate{
          CandidateKind::Mode, std::string(workspace::mode_name(mode)), false, {}, sentence(describe(mode))};
      if (clause) {
        const PeerList servers = servers_of(graph_, *rule, *clause, mode);
        if (servers.total > 0) add_conflicts(servers, "server mode", candidate);
      }
      add(std::move(candidate));
    }
  }

  // The clause whose `tls` stands last before the cursor.
  [[nodiscard]] std::optional<workspace::ClauseRef> clause_at(const RuleNode& rule) const {
    std::optional<workspace::ClauseRef> found;
    std::uint32_t last = 0;
    rule.rule().for_each_tls([&](workspace::ClauseRef clause, const workspace::ClientTls&) {
      const auto place = location_of({&rule, Field::TlsKey, -1, clause, 0});
      if (!place || place->range.begin > offset_ || place->range.begin < last) return;
      found = clause;
      last = place->range.begin;
    });
    return found;
  }

  static std::string sentence(std::string_view text) {
    std::string made(text);
    made.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(made.front())));
    return made + ".";
  }

  // ---- namespaces

  void namespaces() {
    const auto& all = graph_.namespaces();
    for (auto at = all.lower_bound(cursor_.typed); at != all.end() && fits(at->first); ++at) {
      if (at->first == workspace::kUndocumented) continue;
      // Half a name is a namespace too, by the resource that is being typed, and its host perhaps.
      if (at->first == cursor_.typed && at->second->mentions <= 2) continue;
      if (!add({CandidateKind::Namespace, at->first, reads_as_other(at->first), {}, {}})) return;
    }
  }

  void export_to() {
    if (fits(".")) add({CandidateKind::ExportScope, ".", true, "this namespace", {}});
    if (fits("*")) add({CandidateKind::ExportScope, "*", true, "every namespace", {}});
    namespaces();
  }

  // ---- hosts

  void hosts() {
    const std::string own = own_namespace_name();
    const std::string& domain = graph_.settings().cluster_domain;
    if (const NamespaceNode* ns = graph_.find_namespace(own)) {
      services(*ns, cursor_.typed, [&](const auto& service) {
        return add({CandidateKind::Host,
                    service.id.name.str(),
                    reads_as_other(service.id.name),
                    "Service of this namespace",
                    {}});
      });
      services(*ns, before_dot(cursor_.typed),
               [&](const auto& service) { return add_host(service, domain); });
    }
    add_wildcard(workspace::service_host("*", own, domain), "every service of this namespace");
    if (graph_.is_root(own)) add_wildcard("*." + domain, "every service of the mesh");
    other_hosts(own, domain);
  }

  // A name typed as far as its namespace leaves few namespaces to look in.
  void other_hosts(const std::string& own, const std::string& domain) {
    const std::size_t dot = cursor_.typed.find('.');
    const bool has_dot = dot != std::string::npos;
    std::string prefix = has_dot ? cursor_.typed.substr(dot + 1) : "";
    const bool whole_name = prefix.find('.') != std::string::npos;
    prefix = before_dot(prefix);
    const auto& all = graph_.namespaces();
    std::size_t looked_at = 0;
    for (auto at = all.lower_bound(prefix); at != all.end() && at->first.starts_with(prefix); ++at) {
      if (whole_name && at->first != prefix) return;
      if (at->first == own || at->first == workspace::kUndocumented) continue;
      if (++looked_at > kMaxLookedAt) {
        found_.complete = false;
        return;
      }
      const bool room = services(*at->second, before_dot(cursor_.typed),
                                 [&](const auto& service) { return add_host(service, domain); });
      if (!room) return;
    }
  }

  bool add_host(const workspace::ServiceNode& service, const std::string& domain) {
    const std::string host = workspace::service_host(service.id.name, service.id.ns, domain);
    if (!fits(host)) return true;
    return add({CandidateKind::Host, host, false, "Service " + service.id.ns + "/" + service.id.name, {}});
  }

  void add_wildcard(const std::string& host, std::string_view detail) {
    if (fits(host)) add({CandidateKind::Host, host, true, std::string(detail), {}});
  }

  static std::string before_dot(const std::string& text) { return text.substr(0, text.find('.')); }

  // Those whose name starts so; false: enough were taken.
  template <class Take>
  static bool services(const NamespaceNode& ns, const std::string& prefix, const Take& take) {
    for (auto at = ns.services.lower_bound(prefix);
         at != ns.services.end() && at->first.view().starts_with(prefix); ++at) {
      if (!take(*at->second)) return false;
    }
    return true;
  }

  // ---- labels

  // The keys of known workloads, or the values of one.
  void add_labels(const NamespaceNode* ns, const std::optional<std::string>& key) {
    if (ns == nullptr) return;
    std::map<std::string, std::size_t> workloads;
    std::size_t looked_at = 0;
    for (const auto& [entry, nodes] : ns->workloads_by_label) {
      if (++looked_at > kMaxLookedAt) {
        found_.complete = false;
        break;
      }
      if (key && entry.first != *key) continue;
      const std::string text = (key ? entry.second : entry.first).str();
      if (fits(text)) workloads[text] += nodes.size();
    }
    for (const auto& [text, count] : workloads) {
      if (count == 0) continue;
      const auto kind = key ? CandidateKind::LabelValue : CandidateKind::LabelKey;
      if (!add({kind, text, reads_as_other(text), counted(count, "workload"), {}})) return;
    }
  }

  // ---- ports

  // Of the workloads that the policy selects: named container ports, and what Services send to.
  void workload_ports() {
    const auto* policy = node<PolicyNode>();
    const NamespaceNode* ns = own_namespace();
    if (policy == nullptr || ns == nullptr || !policy->policy().has_selector()) return;
    std::map<std::uint32_t, std::string> ports;
    auto workloads = graph_.matching_workloads(*ns, policy->policy().selector);
    if (workloads.size() > kMaxCandidates) workloads.resize(kMaxCandidates);
    for (const auto* workload : workloads) {
      for (const auto& port : workload->workload().ports) {
        ports.try_emplace(port.port, port.name.empty() ? "container port" : "port " + port.name);
      }
    }
    std::size_t looked_at = 0;
    for (const auto& [host, service] : ns->services) {
      if (++looked_at > kMaxLookedAt) break;
      add_targets(*service, workloads, ports);
    }
    for (const auto& [port, detail] : ports) {
      const std::string text = std::to_string(port);
      if (port != 0 && fits(text) && !add({CandidateKind::Port, text, false, detail, {}})) return;
    }
  }

  static void add_targets(const workspace::ServiceNode& node,
                          const std::vector<workspace::WorkloadNode*>& workloads,
                          std::map<std::uint32_t, std::string>& ports) {
    const workspace::Service& service = node.service();
    if (service.selector.empty()) return;
    for (const auto* workload : workloads) {
      if (!workspace::is_subset(service.selector, workload->workload().labels)) continue;
      for (const auto& port : service.ports) {
        const auto at = workspace::workload_port(&service, workload, port.port);
        if (at) ports.try_emplace(*at, "of Service " + node.id.name);
      }
    }
  }

  const workspace::Mesh& mesh_;
  const PolicyGraph& graph_;
  const std::string& file_;
  const std::uint32_t offset_;
  const CursorContext& cursor_;
  Candidates found_;
};

}  // namespace

Candidates complete(const workspace::Mesh& mesh, const std::string& file, std::uint32_t offset,
                    const CursorContext& cursor) {
  return Completer(mesh, file, offset, cursor).take();
}

}  // namespace checks
