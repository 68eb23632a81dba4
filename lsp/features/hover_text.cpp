#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "checks/queries/peers.h"
#include "checks/queries/proxy_text.h"
#include "lsp/features/hover.h"
#include "workspace/mesh/host_name.h"

namespace lsp {
namespace {

using checks::Element;
using checks::ElementKind;
using checks::FieldRef;
using checks::NoEffect;
using checks::Peer;
using checks::PeerList;
using checks::PolicyReach;
using workspace::MtlsMode;
using workspace::PolicyField;
using workspace::PolicyGraph;
using workspace::PolicyNode;
using workspace::RuleNode;
using workspace::ServiceNode;
using workspace::WorkloadNode;

std::string more_than(std::size_t number, bool complete) {
  return complete ? std::to_string(number) : fmt::format("more than {}", number);
}

// Writes one hover: paragraphs and bullets about one resource.
class Writer {
 public:
  Writer(const workspace::Mesh& mesh, const Markup& markup)
      : mesh_(mesh), graph_(mesh.graph()), markup_(markup) {}

  [[nodiscard]] std::string take() { return std::move(text_); }

  // ---- policies

  void policy(const PolicyNode& node, std::int32_t port) {
    const PolicyField site = checks::site_of(graph_, node, port);
    const MtlsMode mode = port < 0 ? node.policy().mode.mode : port_mode(site).mode.mode;
    paragraph(fmt::format("{}: {}.", markup_.strong(workspace::mode_name(mode)), checks::describe(mode)));
    const PolicyReach reach = checks::reach_of(graph_, site);
    if (reach.no_effect != NoEffect::No) return paragraph(reason(reach));
    paragraph(reach_text(site, reach, mode));
    if (mode == MtlsMode::Unset) return paragraph("Instead " + decided(reach.below) + ".");
    paragraph(overridden(reach.below));
    policy_clients(checks::clients_of(graph_, site, mode));
  }

  // ---- rules

  void clause(const RuleNode& rule, workspace::ClauseRef clause) {
    const workspace::ClientTls* tls = rule.rule().tls(clause);
    if (tls == nullptr) return paragraph("No TLS is set here: " + no_tls() + ".");
    const std::string mode(workspace::mode_name(tls->mode));
    paragraph(fmt::format("{}: {}{}.", markup_.strong(tls->has_mode ? mode : "no mode, which is DISABLE"),
                          checks::describe(tls->mode), tls->has_mode ? "" : " (write the mode)"));
    if (rule.rule().has_workload_selector()) return paragraph(kSelectsClients);
    const checks::HostMeaning meaning = checks::meaning_of(graph_, rule);
    if (meaning.scope == checks::HostScope::External) return paragraph(kExternal);
    clause_servers(checks::servers_of(graph_, rule, clause, tls->mode));
  }

  void host(const RuleNode& rule) {
    const checks::HostMeaning meaning = checks::meaning_of(graph_, rule);
    if (meaning.scope == checks::HostScope::Nothing) return;
    paragraph(scope_text(meaning));
    if (meaning.scope == checks::HostScope::External) return;
    if (rule.rule().has_workload_selector()) return paragraph(kSelectsClients);
    if (meaning.scope == checks::HostScope::Service && meaning.ns != nullptr) {
      choices(*meaning.ns, meaning.host, rule);
      return ports(meaning.ns->name, meaning.host, std::nullopt);
    }
    if (const workspace::ClientTls* tls = rule.rule().tls({}))
      clause_servers(checks::servers_of(graph_, rule, {}, tls->mode));
  }

  // ---- services and workloads

  void service(const ServiceNode& service, std::optional<std::uint32_t> port) {
    const std::string host =
        workspace::service_host(service.id.name, service.id.ns, graph_.settings().cluster_domain);
    paragraph(markup_.code(host));
    ports(service.id.ns.str(), host, port);
  }

  // What a resource's selector selects; nothing of one without.
  void selected(const workspace::ResourceNode& node) {
    const workspace::Labels* selector = workspace::pod_selector(node.resource());
    if (selector == nullptr || selector->empty()) return;
    std::vector<workspace::WorkloadNode*> workloads;
    const auto add = [&](const workspace::NamespaceNode& ns) {
      const auto matching = graph_.matching_workloads(ns, *selector);
      workloads.insert(workloads.end(), matching.begin(), matching.end());
    };
    if (node.id.kind == workspace::Kind::Gateway) {
      for (const auto& [name, ns] : graph_.namespaces()) add(*ns);
    } else if (const auto* ns = graph_.find_namespace(node.id.ns)) {
      add(*ns);
    }
    if (workloads.empty()) return paragraph("Selects no workload known in these files.");
    paragraph("Selects " + names_of({workloads.begin(), workloads.end()}, workloads.size()) + ".");
  }

  void workload(const WorkloadNode& workload) {
    const checks::WorkloadOutlook outlook = checks::outlook_of(graph_, workload);
    if (!workspace::is_sidecar(outlook.proxy.proxy))
      return paragraph(without_sidecar(outlook.proxy, workload));
    paragraph(selected_by(outlook));
    for (const checks::WorkloadPort& port : outlook.ports) {
      const std::string name = port.port                   ? fmt::format("port {}", *port.port)
                               : outlook.ports.size() == 1 ? "all ports"
                                                           : "all other ports";
      bullet(fmt::format("{}: {}", name, decided(port.links)));
    }
  }

  // ---- copies

  void copy(const Element& element) {
    const FieldRef first{element.node, checks::Field::Name, -1, {}, 0};
    paragraph(fmt::format("{} is defined more than once in this mesh. {} counts; this one does nothing.",
                          markup_.text(workspace::to_string(element.node->id)),
                          markup_.link("The first", checks::location_of(first))));
  }

 private:
  static constexpr std::string_view kSelectsClients =
      "It has a workloadSelector, so it holds for the client workloads that have these labels only. Those "
      "are not "
      "looked at here.";
  static constexpr std::string_view kExternal =
      "A host outside of the mesh: no policy of the mesh decides there.";

  static const workspace::PortMode& port_mode(const PolicyField& site) {
    return site.policy->policy().port_level[static_cast<std::size_t>(site.port)];
  }

  void paragraph(std::string_view text) {
    if (text.empty()) return;
    if (!text_.empty()) text_ += "\n\n";
    text_ += text;
    in_list_ = false;
  }

  void bullet(std::string_view text) {
    if (!text_.empty()) text_ += in_list_ ? "\n" : "\n\n";
    text_.append("- ").append(text);
    in_list_ = true;
  }

  // "STRICT by foo/default"
  [[nodiscard]] std::string mode_by(const PolicyGraph::ChainLink& chain) const {
    return fmt::format("{} by {}", workspace::mode_name(chain.mode),
                       markup_.link(checks::mode_of(chain.site)));
  }

  [[nodiscard]] std::string decided(const std::vector<PolicyGraph::ChainLink>& chain) const {
    if (chain.empty()) return "PERMISSIVE holds, the default: no policy says anything";
    std::string text = mode_by(chain.front());
    for (std::size_t i = 1; i < chain.size(); ++i) {
      text += (i == 1 ? ", which overrides " : " and ") + mode_by(chain[i]);
    }
    return text;
  }

  [[nodiscard]] std::string overridden(const std::vector<PolicyGraph::ChainLink>& below) const {
    std::string text;
    for (const PolicyGraph::ChainLink& chain : below)
      text += (text.empty() ? "Overrides " : " and ") + mode_by(chain);
    return text.empty() ? text : text + ".";
  }

  [[nodiscard]] std::string reason(const PolicyReach& reach) const {
    switch (reach.no_effect) {
      case NoEffect::No:
        break;
      case NoEffect::SelectorInRoot:
        return "Decides nothing: in the root namespace a policy with a selector applies to no workload.";
      case NoEffect::PortsNoSelector:
        return "Decides nothing: portLevelMtls needs a selector.";
      case NoEffect::PortIsNoNumber:
        return "Decides nothing: the key is no port number.";
      case NoEffect::Older:
        return fmt::format("Decides nothing: {} comes before it.",
                           markup_.link({reach.older, checks::Field::Name, -1, {}, 0}));
    }
    return {};
  }

  [[nodiscard]] std::string names_of(const std::vector<const WorkloadNode*>& workloads,
                                     std::size_t total) const {
    std::vector<std::string> names;
    for (const WorkloadNode* workload : workloads) {
      if (names.size() == kMaxNamed) break;
      names.push_back(markup_.link(workload->id.name, checks::location_of(checks::name_of(workload))));
    }
    return enumerate(names, total);
  }

  [[nodiscard]] std::string reach_text(const PolicyField& site, const PolicyReach& reach,
                                       MtlsMode mode) const {
    const std::string verb = mode == MtlsMode::Unset ? "Stands for" : "Applies to";
    const std::string ns = site.policy->id.ns.str();
    if (reach.mesh_wide) {
      std::string text =
          fmt::format("{} the whole mesh: {} in these files", verb, count(reach.namespaces, "namespace"));
      if (reach.exceptions == 1) text += "; 1 more has its own policy";
      if (reach.exceptions > 1) text += fmt::format("; {} more have their own policies", reach.exceptions);
      return text + ".";
    }
    const std::string workloads =
        reach.workload_count == 0
            ? "no workload of it is in these files"
            : fmt::format("{} ({})", workload_total(reach), names_of(reach.workloads, reach.workload_count));
    if (site.policy->policy().has_selector()) {
      const std::string port = site.port < 0 ? "" : fmt::format("port {} of ", port_mode(site).key);
      return fmt::format("{} {}what its selector matches in {}: {}.", verb, port, markup_.code(ns),
                         workloads);
    }
    std::string text = fmt::format("{} namespace {}: {}", verb, markup_.code(ns), workloads);
    if (reach.exceptions == 1) text += ", except where a policy with a selector sets a mode";
    if (reach.exceptions > 1)
      text += fmt::format(", except where {} policies with selectors set a mode", reach.exceptions);
    return text + ".";
  }

  static std::string workload_total(const PolicyReach& reach) {
    if (!reach.complete) return fmt::format("more than {} workloads", reach.workload_count);
    return count(reach.workload_count, "workload");
  }

  [[nodiscard]] std::string no_tls() const {
    return graph_.settings().enable_auto_mtls ? "clients send what each server accepts (auto mTLS)"
                                              : "clients send plaintext (auto mTLS is off)";
  }

  void policy_clients(const PeerList& clients) {
    for (const Peer& client : first(clients)) bullet(client_text(client));
    rest(clients, "rule");
    if (clients.total == 0) {
      paragraph(fmt::format("No rule says what clients send, so {}.", no_tls()));
    } else if (graph_.settings().enable_auto_mtls) {
      paragraph("Clients without a DestinationRule adapt to the server (auto mTLS).");
    }
    verdict(clients);
  }

  [[nodiscard]] std::string client_text(const Peer& client) const {
    if (client.site.node == nullptr) {
      return fmt::format("{} clients without a DestinationRule send plaintext{}", mark(client),
                         outcome(client));
    }
    const RuleNode& rule = *checks::rule_of(client.site);
    return fmt::format("{} {}: calls to {} send {}{}", mark(client), markup_.link(client.site),
                       markup_.code(rule.host), sent(client.mode), outcome(client));
  }

  void clause_servers(const PeerList& servers) {
    if (servers.total == 0) {
      return paragraph("It decides for no call: other rules do, or no server with a sidecar is there.");
    }
    for (const Peer& server : first(servers)) bullet(server_text(server));
    rest(servers, "mode");
    verdict(servers);
  }

  [[nodiscard]] std::string server_text(const Peer& server) const {
    const std::string by = server.site.node == nullptr ? "by default, as no policy says anything"
                                                       : "by " + markup_.link(server.site);
    return fmt::format("{} servers in {} {}{}", mark(server), server.mode, by, outcome(server));
  }

  static std::string sent(std::string_view mode) {
    if (mode == "DISABLE") return "plaintext (DISABLE)";
    return mode == "SIMPLE" ? "TLS without a client certificate (SIMPLE)" : std::string(mode);
  }
  static std::string_view mark(const Peer& peer) { return peer.fails ? "✗" : "✓"; }
  [[nodiscard]] std::string outcome(const Peer& peer) const {
    return peer.fails ? ": " + markup_.strong("calls fail") : "";
  }

  static std::vector<Peer> first(const PeerList& peers) {
    const std::size_t shown = std::min(peers.list.size(), kMaxNamed);
    return {peers.list.begin(), peers.list.begin() + static_cast<std::ptrdiff_t>(shown)};
  }

  void rest(const PeerList& peers, std::string_view what) {
    if (peers.total <= kMaxNamed) return;
    bullet(fmt::format("and {} more {}s", more_than(peers.total - kMaxNamed, peers.complete), what));
  }

  void verdict(const PeerList& peers) {
    if (peers.failing == 0) return paragraph(peers.complete ? "✓ No conflict." : "No conflict among those.");
    paragraph(markup_.strong(fmt::format("✗ {}", count(peers.failing, "conflict"))));
  }

  [[nodiscard]] std::string scope_text(const checks::HostMeaning& meaning) const {
    const std::string host = markup_.code(meaning.host);
    const std::string ns = meaning.ns == nullptr ? "" : markup_.code(meaning.ns->name);
    switch (meaning.scope) {
      case checks::HostScope::Nothing:
        return {};
      case checks::HostScope::External:
        return fmt::format("{}: a host outside of the mesh; no policy of the mesh decides there.", host);
      case checks::HostScope::Mesh:
        return fmt::format("{}: every service of the mesh.", host);
      case checks::HostScope::Namespace:
        return fmt::format("{}: every service of namespace {}; {} known here.", host, ns,
                           count(meaning.ns == nullptr ? 0 : meaning.ns->services.size(), "service"));
      case checks::HostScope::Services:
        return fmt::format("{}: services of namespace {} whose names match.", host, ns);
      case checks::HostScope::Service:
        break;
    }
    if (meaning.service == nullptr)
      return fmt::format("{}: no Service of that name is in these files.", host);
    return fmt::format("{}: Service {}.", host, markup_.link(checks::name_of(meaning.service)));
  }

  // Who has the say, where it is not this rule alone.
  void choices(const workspace::NamespaceNode& ns, const std::string& host, const RuleNode& rule) {
    const auto all = checks::rules_for(graph_, ns, host);
    const bool alone = all.size() == 1 && all.front().rules == std::vector<const RuleNode*>{&rule};
    if (alone) return;
    paragraph("Which rule has the say depends on where clients are:");
    for (std::size_t i = 0; i < std::min(all.size(), kMaxNamed); ++i) bullet(choice_text(all[i], rule));
    if (all.size() > kMaxNamed) bullet(fmt::format("and {} more", all.size() - kMaxNamed));
  }

  [[nodiscard]] std::string choice_text(const checks::RuleChoice& choice, const RuleNode& rule) const {
    std::vector<std::string> rules;
    for (const RuleNode* node : choice.rules) {
      rules.push_back(node == &rule ? "this rule" : markup_.link(checks::name_of(node)));
    }
    const std::string who = rules.empty() ? "no rule" : enumerate(rules, rules.size());
    return fmt::format("{}: {}", clients_in(choice.clients, choice.all_others), who);
  }

  [[nodiscard]] std::string clients_in(const std::vector<std::string>& namespaces, bool others) const {
    if (others) return "clients elsewhere";
    std::vector<std::string> names;
    names.reserve(namespaces.size());
    for (const std::string& ns : namespaces) names.push_back(markup_.code(ns));
    return "clients in " + enumerate(names, names.size());
  }

  // ---- the ports of a service

  void ports(const std::string& ns, const std::string& host, std::optional<std::uint32_t> only) {
    const auto service = checks::effective_service(mesh_, ns, host);
    if (!service) return;
    std::vector<std::pair<std::string, std::vector<std::string>>> alike;  // what holds, and for which ports
    for (const checks::EffectivePort& port : service->ports) {
      if (only && port.port != only) continue;
      const std::string text = port_text(port);
      const std::string name = port.port ? std::to_string(*port.port) : "others";
      const auto at =
          std::find_if(alike.begin(), alike.end(), [&](const auto& each) { return each.first == text; });
      if (at == alike.end()) {
        alike.push_back({text, {name}});
      } else {
        at->second.push_back(name);
      }
    }
    for (const auto& [text, names] : alike) paragraph(ports_named(names, alike.size() == 1 && !only) + text);
    callers(service->callers);
  }

  void callers(const std::vector<checks::EffectiveCaller>& callers) {
    if (callers.empty()) return;
    paragraph("Callers without a certificate of the mesh:");
    for (std::size_t i = 0; i < std::min(callers.size(), kMaxNamed); ++i) {
      const checks::EffectiveCaller& caller = callers[i];
      bullet(fmt::format("{} {}{}", caller.is_refused ? "✗" : "✓",
                         markup_.link(to_string(caller.id), caller.place),
                         caller.is_refused ? ": " + markup_.strong("calls fail") : ""));
    }
    if (callers.size() > kMaxNamed) bullet(fmt::format("and {} more", callers.size() - kMaxNamed));
  }

  static std::string ports_named(const std::vector<std::string>& names, bool all) {
    if (all) return "All ports:";
    if (names == std::vector<std::string>{"others"}) return "Other ports:";
    return fmt::format("Port{} {}:", names.size() == 1 ? "" : "s", enumerate(names, names.size()));
  }

  [[nodiscard]] std::string port_text(const checks::EffectivePort& port) const {
    std::string text;
    if (port.servers.empty()) text += "\n- no server with a sidecar answers, so mTLS plays no part";
    for (std::size_t i = 0; i < std::min(port.servers.size(), kMaxNamed); ++i) {
      text += "\n- " + server_text(port.servers[i], port.servers.size() > 1);
    }
    for (std::size_t i = 0; i < std::min(port.outside.size(), kMaxNamed); ++i) {
      text += "\n- " + outsider_text(port.outside[i]);
    }
    if (port.outside.size() > kMaxNamed)
      text += fmt::format("\n- and {} more without a sidecar", port.outside.size() - kMaxNamed);
    for (std::size_t i = 0; i < std::min(port.clients.size(), kMaxNamed); ++i) {
      text += "\n- " + client_text(port.clients[i], port.clients.size() > 1);
    }
    if (port.clients.size() > kMaxNamed)
      text += fmt::format("\n- and {} more", port.clients.size() - kMaxNamed);
    return text;
  }

  [[nodiscard]] std::string source_text(const checks::EffectiveSource& source) const {
    if (!source.place) return std::string(source.mode);
    return fmt::format("{} by {}", source.mode, markup_.link(short_name(source.place->id), source.place));
  }

  [[nodiscard]] std::string server_text(const checks::EffectiveServer& server, bool one_of_several) const {
    std::string text = "servers";
    if (one_of_several && !server.workloads.empty()) {
      std::vector<std::string> names;
      for (const auto& id : server.workloads) names.push_back(markup_.code(id.name));
      text += " " + enumerate(names, names.size());
    }
    text += ": " + source_text(server.decided);
    if (!server.decided.place) text += ", the default";
    if (!server.overridden.empty()) text += ", which overrides " + source_text(server.overridden.front());
    return text;
  }

  [[nodiscard]] std::string client_text(const checks::EffectiveClients& clients, bool one_of_several) const {
    std::string text = one_of_several ? clients_in(clients.namespaces, clients.all_others) : "clients";
    if (!clients.subset.empty()) text += " of subset " + markup_.code(clients.subset);
    text += " send: " + source_text(clients.sends);
    if (clients.failing == 0) return "✓ " + text;
    const std::string fails =
        clients.failing == clients.servers
            ? "calls fail"
            : fmt::format("calls to {} of {} servers fail", clients.failing, clients.servers);
    return fmt::format("✗ {}: {}", text, markup_.strong(fails));
  }

  [[nodiscard]] std::string without_sidecar(const workspace::ProxyVerdict& verdict,
                                            const WorkloadNode& workload) const {
    std::string text = markup_.text(checks::describe_proxy(verdict, workload.id.ns.view()));
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
    switch (verdict.proxy) {
      case workspace::Proxy::Gateway:
        return text + ". No PeerAuthentication decides for its ports.";
      case workspace::Proxy::Ambient:
        return text + ". ztunnel takes its calls, and the mode DISABLE acts as PERMISSIVE.";
      default:
        return text + ". Its calls are plaintext, and no policy decides anything for it.";
    }
  }

  [[nodiscard]] std::string outsider_text(const checks::EffectiveOutsider& outsider) const {
    const std::string summary = checks::summary_of(outsider);
    if (!outsider.workload) return markup_.text(summary);
    return fmt::format("{}, {}", markup_.text(outsider.workload->name.view()),
                       markup_.link(summary, outsider.place));
  }

  [[nodiscard]] std::string selected_by(const checks::WorkloadOutlook& outlook) const {
    std::vector<std::string> names;
    for (const PolicyNode* policy : outlook.selected_by)
      names.push_back(markup_.link(checks::name_of(policy)));
    if (names.empty()) return "No policy selects it.";
    const std::string text = "Selected by " + enumerate(names, names.size());
    return names.size() == 1 ? text + "." : text + "; the first counts.";
  }

  const workspace::Mesh& mesh_;
  const PolicyGraph& graph_;
  const Markup& markup_;
  std::string text_;
  bool in_list_ = false;
};

std::optional<std::uint32_t> port_at(const ServiceNode& service, std::string_view written) {
  const auto& ports = service.service().ports;
  const auto at = std::find_if(ports.begin(), ports.end(),
                               [&](const auto& port) { return std::to_string(port.port) == written; });
  return at == ports.end() ? std::nullopt : std::optional(at->port);
}

void policy_text(const PolicyNode& policy, const Element& element, Writer& writer) {
  switch (element.kind) {
    case ElementKind::Mode:
    case ElementKind::PolicyPort:
    case ElementKind::Name:
    case ElementKind::SelectorLabel:
      return writer.policy(policy, element.entry);
    default:
      return;
  }
}

void rule_text(const RuleNode& rule, const Element& element, Writer& writer) {
  switch (element.kind) {
    case ElementKind::Tls:
    case ElementKind::RulePort:
      return writer.clause(rule, element.clause);
    case ElementKind::Host:
    case ElementKind::Name:
      return writer.host(rule);
    default:
      return;
  }
}

void service_text(const ServiceNode& service, const Element& element, Writer& writer) {
  switch (element.kind) {
    case ElementKind::Name:
      return writer.service(service, std::nullopt);
    case ElementKind::ServicePort:
      return writer.service(service, port_at(service, element.value));
    case ElementKind::SelectorLabel:
      return writer.selected(service);
    default:
      return;
  }
}

void workload_text(const WorkloadNode& workload, const Element& element, Writer& writer) {
  switch (element.kind) {
    case ElementKind::Name:
    case ElementKind::PodLabel:
    case ElementKind::ContainerPort:
      return writer.workload(workload);
    default:
      return;
  }
}

void other_text(const Element& element, Writer& writer) {
  if (element.kind == ElementKind::Name || element.kind == ElementKind::SelectorLabel)
    writer.selected(*element.node);
}

// Of the definition that counts.
void text_of_counting(const Element& element, Writer& writer) {
  using workspace::KindRole;
  switch (workspace::role_of(element.node->id.kind)) {
    case KindRole::Policy:
      return policy_text(static_cast<const PolicyNode&>(*element.node), element, writer);
    case KindRole::Rule:
      return rule_text(static_cast<const RuleNode&>(*element.node), element, writer);
    case KindRole::Service:
      return service_text(static_cast<const ServiceNode&>(*element.node), element, writer);
    case KindRole::Workload:
      return workload_text(static_cast<const WorkloadNode&>(*element.node), element, writer);
    case KindRole::Other:
      return other_text(element, writer);
    case KindRole::Authorization:
    case KindRole::Backend:
    case KindRole::Namespace:
      return;
  }
}

}  // namespace

std::string hover_text(const workspace::Mesh& mesh, const Element& element, const Markup& markup) {
  Writer writer(mesh, markup);
  if (element.definition != 0) {
    writer.copy(element);
  } else {
    text_of_counting(element, writer);
  }
  return writer.take();
}

}  // namespace lsp
