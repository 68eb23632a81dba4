#include "tests/reference/calls.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace reference {

using std::optional;
using std::string;
using std::string_view;
using std::vector;

namespace {

// Stand for "one that is in none of the documents" (section 5). No document can say these names.
constexpr string_view kUnknownNamespace = "<unknown>";
constexpr string_view kUndocumentedService = "<undocumented>";

bool has_service_selector(const Service& service) { return !service.selector.empty(); }

}  // namespace

const vector<string>& name_keys() {
  static const vector<string> kKeys = {"app", "app.kubernetes.io/name", "k8s-app", "name"};
  return kKeys;
}

Labels subset_labels(const Request& request) {
  return request.subset ? request.subset->value().labels : Labels{};
}

Mesh::Mesh(const MeshModel& model)
    : documents(read_documents(model)),
      settings(effective_settings(model.settings, documents)),
      proxies(documents, settings.root_namespace),
      policies(documents, settings.root_namespace),
      lookup(documents, settings) {
  known_namespaces = documents.metadata_namespaces;
  for (const Read<Namespace>& ns : documents.namespaces) {
    if (ns.id.named) known_namespaces.insert(ns.id.name);
  }
  const auto exported = [&](const vector<string>& entries) {
    for (const string& entry : entries) {
      if (entry != "." && entry != "*" && entry != "~") known_namespaces.insert(entry);
    }
  };
  for (const Rule& rule : lookup.rules()) {
    if (rule.refused) continue;  // "it takes no part in sections 4 to 6"
    exported(rule.value.export_to);
    if (!rule.host) continue;
    if (const auto parts = in_cluster_domain(*rule.host)) known_namespaces.insert(parts->first);
  }
  for (const Read<ServiceEntry>& entry : documents.entries) exported(entry.value->export_to);
}

optional<std::pair<string, string>> Mesh::in_cluster_domain(const string& host) const {
  const string suffix = settings.service_suffix();
  if (!host.ends_with(suffix)) return std::nullopt;
  const string front = host.substr(0, host.size() - suffix.size());
  const std::size_t dot = front.rfind('.');
  if (dot == string::npos || dot == 0 || dot + 1 == front.size()) return std::nullopt;
  return std::pair{front.substr(dot + 1), front.substr(0, dot)};
}

vector<string> Mesh::known_and_unknown_namespaces() const {
  vector<string> result(known_namespaces.begin(), known_namespaces.end());
  result.emplace_back(kUnknownNamespace);
  return result;
}

vector<CalledService> Mesh::services_of(const string& ns) const {
  const auto called = [&](const string& name, bool undocumented, const Read<Service>* document) {
    return CalledService{ns, name, {name + "." + ns + settings.service_suffix(), undocumented}, document};
  };
  std::map<string, CalledService> by_name;
  for (const Read<Service>& service : documents.services) {
    if (service.id.ns == ns && service.id.named) {
      by_name[service.id.name] = called(service.id.name, false, &service);
    }
  }
  for (const Rule& rule : lookup.rules()) {
    if (rule.refused || !rule.host || is_wildcard(*rule.host)) continue;
    const auto parts = in_cluster_domain(*rule.host);
    // "one label before the namespace"
    if (!parts || parts->first != ns || parts->second.find('.') != string::npos) continue;
    by_name.try_emplace(parts->second, called(parts->second, false, nullptr));
  }
  vector<CalledService> result;
  for (const auto& [name, service] : by_name) result.push_back(service);
  result.push_back(called(string(kUndocumentedService), true, nullptr));
  return result;
}

bool Mesh::may_call(const string& client, const CalledService& service) const {
  // "its own without workloadSelector, else R's without one"; of several the oldest
  vector<Read<Sidecar>> sidecars = documents.sidecars;
  std::sort(sidecars.begin(), sidecars.end(), older<Sidecar>);
  const Read<Sidecar>* own = nullptr;
  const Read<Sidecar>* root = nullptr;
  for (const Read<Sidecar>& sidecar : sidecars) {
    if (has_selector(sidecar.value->workload_selector)) continue;
    if (sidecar.id.ns == client && own == nullptr) own = &sidecar;
    if (sidecar.id.ns == settings.root_namespace && root == nullptr) root = &sidecar;
  }
  const Read<Sidecar>* sidecar = own != nullptr ? own : root;
  if (sidecar == nullptr || sidecar->value->egress.empty()) return true;
  bool covered = false;
  for (const vector<string>& hosts : sidecar->value->egress) {
    for (const string& entry : hosts) {
      const std::size_t slash = entry.find('/');
      string ns = entry.substr(0, slash);
      const bool out = ns.starts_with('~');
      if (out) ns = ns.size() == 1 ? "*" : ns.substr(1);  // "alone: every one"
      if (ns == ".") ns = client;
      if (ns != "*" && ns != service.ns) continue;
      if (!matches(entry.substr(slash + 1), service.target)) continue;
      if (out) return false;
      covered = true;
    }
  }
  return covered;
}

std::set<int> Mesh::ports_of(const CalledService& service) const {
  std::set<int> result;
  if (service.document != nullptr && !service.document->value->ports.empty()) {
    for (const ServicePort& port : service.document->value->ports) {
      if (port.protocol != "UDP") result.insert(port.port);
    }
    return result;
  }
  // "where no Service document declares any (UDP included), the ports in any clause and one in none"
  const auto add = [&](const optional<TrafficPolicy>& policy) {
    if (!policy) return;
    for (const PortSettings& entry : policy->ports) result.insert(entry.port);
  };
  for (const Rule& rule : lookup.rules()) {
    if (rule.refused) continue;
    add(rule.value.policy);
    for (const Subset& subset : rule.value.subsets) add(subset.policy);
  }
  int other = 1;
  while (result.contains(other)) ++other;
  result.insert(other);
  return result;
}

vector<const KnownWorkload*> Mesh::selected_by(const Read<Service>& service) const {
  vector<const KnownWorkload*> result;
  if (!has_service_selector(*service.value)) return result;
  for (const KnownWorkload& workload : proxies.workloads()) {
    if (workload.ns() == service.id.ns && contains(workload.labels, service.value->selector)) {
      result.push_back(&workload);
    }
  }
  return result;
}

optional<int> Mesh::workload_port(const ServicePort& port, const KnownWorkload& workload) {
  if (std::holds_alternative<std::monostate>(port.target)) return port.port;
  if (const int* number = std::get_if<int>(&port.target)) return *number;
  for (const ContainerPort& candidate : workload.ports) {
    if (candidate.name == std::get<string>(port.target)) return candidate.port;
  }
  return std::nullopt;
}

vector<Server> Mesh::servers(const CalledService& service, int port, const Labels& subset_labels) const {
  const auto stand_in = [&](Labels labels, optional<int> p) {
    return Server{nullptr, proxies.stand_in_labels(service.ns, std::move(labels)),
                  proxies.stand_in(service.ns), p};
  };
  // "If there is no Service document, a stand-in without labels (also for a subset)"
  if (service.document == nullptr) return {stand_in({}, std::nullopt)};
  const Service& document = *service.document->value;
  // "a Service document without selector has endpoints that nobody shows, so there is no call to it"
  if (!has_service_selector(document)) return {};

  const ServicePort* declared = nullptr;
  for (const ServicePort& each : document.ports) {
    if (each.port == port && each.protocol != "UDP" && declared == nullptr) declared = &each;
  }
  const vector<const KnownWorkload*> selected = selected_by(*service.document);
  vector<Server> result;
  for (const KnownWorkload* workload : selected) {
    if (!contains(workload->labels, subset_labels)) continue;
    optional<int> p;
    if (declared != nullptr) {
      p = workload_port(*declared, *workload);
      if (!p) continue;  // "a known workload that has none of that name takes no part in calls to q"
    }
    result.push_back({workload, workload->labels, workload->verdict, p});
  }
  if (!selected.empty()) return result;
  // "a stand-in with exactly the selector's and the subset's labels"
  Labels labels = document.selector;
  for (const auto& [key, value] : subset_labels) {
    if (labels.try_emplace(key, value).first->second != value) return {};  // they contradict each other
  }
  optional<int> p;
  if (declared != nullptr && std::holds_alternative<std::monostate>(declared->target)) p = port;
  if (declared != nullptr && std::holds_alternative<int>(declared->target))
    p = std::get<int>(declared->target);
  return {stand_in(std::move(labels), p)};
}

bool Mesh::without_proxy(const CalledService& service) const {
  if (service.name == "kubernetes" && service.ns == "default") return true;
  if (is_system_namespace(service.ns)) return true;
  return service.document != nullptr && service.document->value->type == "ExternalName";
}

optional<Place> Mesh::headless(const Request& request) const {
  const Read<Service>* document = request.service->document;
  if (document != nullptr && document->value->cluster_ip == "None")
    return document->id.place("spec.clusterIP");
  return request.choice.passthrough;
}

bool Mesh::counts(const Request& request, const Server& server) const {
  if (without_proxy(*request.service)) return false;
  if (!server.verdict.sidecar()) return false;
  return server.known != nullptr ? taken(*server.known, server.port)
                                 : server.port != 15020 && server.port != 15021 && server.port != 15090;
}

bool fails(const Call& call, Mode server_mode) {
  switch (call.sent) {
    case Sent::Plaintext:
    case Sent::Simple:
      return server_mode == Mode::Strict;
    case Sent::Mutual:
      return server_mode == Mode::Disable && is_wildcard(*call.clause.rule->host);
    case Sent::MeshMtls:
      return server_mode == Mode::Disable;
  }
  return false;
}

Call Mesh::call(const Request& request, const Server& server) const {
  const string& ns = request.service->ns;
  const Decision namespace_mode = policies.namespace_mode(ns);
  Call result;
  result.decision = policies.decide(ns, server.labels, server.port);
  const Mode mode = result.decision.mode;

  const Clause& clause = request.choice.clause;
  const Clause& hidden = request.choice.hidden;
  if (clause.present()) {
    result.clause = clause;
    switch (clause.mode) {
      case ClientMode::Simple:
        result.sent = Sent::Simple;
        break;
      case ClientMode::Mutual:
        result.sent = Sent::Mutual;
        break;
      case ClientMode::IstioMutual:
        result.sent = Sent::MeshMtls;
        break;
      default:
        result.sent = Sent::Plaintext;
    }
  } else if (!settings.auto_mtls) {
    result.why = Why::NoAutoMtls;
  } else if (!headless(request) && hidden.present() && hidden.mode != ClientMode::IstioMutual) {
    result.clause = hidden;
    result.hidden = true;
  } else if (namespace_mode.mode == Mode::Disable) {
    result.why = Why::DisabledNamespace;
  } else if (!headless(request) && hidden.present()) {
    result.clause = hidden;
    result.hidden = true;
    if (server.verdict.sidecar()) result.sent = Sent::MeshMtls;
  } else if (!headless(request)) {
    result.why = Why::EachWorkload;
    if (server.verdict.sidecar() && mode != Mode::Disable) result.sent = Sent::MeshMtls;
  } else {
    result.why = Why::OnceForAll;
    // "plaintext if any of them has neither sidecar nor gateway, else mTLS"
    const vector<Server> all = servers(*request.service, request.port, {});
    const bool any_outside = std::any_of(all.begin(), all.end(), [](const Server& each) {
      return !each.verdict.sidecar() && each.verdict.proxy != Proxy::Gateway;
    });
    if (!any_outside) result.sent = Sent::MeshMtls;
  }

  const bool own_policy =
      result.decision.level == Level::Namespace || result.decision.level == Level::Workload;
  result.sure = (server.known != nullptr && (!server.verdict.presumed || own_policy)) ||
                (result.clause.present() && is_wildcard(*result.clause.rule->host));
  return result;
}

bool Mesh::may_be_excepted(const Request& request, const Server& server, const Call& call) const {
  const CalledService& service = *request.service;
  if (server.known != nullptr || service.document != nullptr || service.target.undocumented) return false;
  for (const Policy& policy : policies.all()) {
    if (policy.id.ns != service.ns || policy.id.ns == settings.root_namespace) continue;
    if (!has_selector(policy.value->selector) || !policies.in_front_of(policy).empty()) continue;
    const Mode mode = server_mode(policy.value->mode);
    if (mode == Mode::Unset || fails(call, mode)) continue;
    for (const string& key : name_keys()) {
      const auto value = policy.value->selector->find(key);
      if (value == policy.value->selector->end()) continue;
      if (value->second.find(service.name) != string::npos) return true;
      if (service.name.find(value->second) != string::npos) return true;
    }
    if (contains(subset_labels(request), *policy.value->selector)) return true;
  }
  return false;
}

}  // namespace reference
