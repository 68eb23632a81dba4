// docs/design/mtls-semantics.md, section 7: what calls give.
#include <algorithm>
#include <string_view>

#include "tests/reference/findings.h"

namespace reference {

using std::optional;
using std::string;
using std::string_view;
using std::vector;

bool is_mesh_wide(const string& host, const Effective& settings) {
  if (host == "*") return true;
  return host.starts_with("*.") && settings.service_suffix().ends_with(string_view(host).substr(1));
}

namespace {

class Conflicts {
 public:
  Conflicts(const Mesh& mesh, Findings& findings) : mesh_(mesh), findings_(findings) {}

  void run() {
    if (!mesh_.settings.auto_mtls) shadowing();  // TIS0204
    mesh_.each_request([&](const Request& request) {
      for (const Server& server : mesh_.servers(*request.service, request.port, subset_labels(request))) {
        if (!mesh_.counts(request, server)) continue;
        const Call call = mesh_.call(request, server);
        if (mesh_.may_be_excepted(request, server, call)) continue;
        conflict(request, call);
        tls_to_http(request, call);
      }
      mutual_to_outside(request);
      to_bare_application(request);
    });
    mutual_to_api_server();
    missing_mesh_wide_rule();
  }

 private:
  // -- the first table, and MTLS0101, MTLS0102

  void conflict(const Request& request, const Call& call) {
    if (!fails(call, call.decision.mode)) return;
    const Decision& decision = call.decision;
    switch (call.why) {
      case Why::Clause:
        both_ends(code_of(call), severity_of(request, call), call.clause, *decision.place);
        return;
      case Why::NoAutoMtls:
        findings_.add(decision.level == Level::Mesh ? "TIS0401" : "TIS0501", "error", *decision.place);
        return;
      case Why::DisabledNamespace:
        findings_.add("MTLS0101", "error", *decision.place,
                      {*mesh_.policies.namespace_mode(request.service->ns).place});
        return;
      case Why::EachWorkload:
        return;  // "so nothing fails"
      case Why::OnceForAll: {
        vector<Place> related = {*mesh_.headless(request)};
        if (call.sent == Sent::Plaintext) {  // "and what takes the other workload out"
          for (const Server& other : mesh_.servers(*request.service, request.port, {})) {
            if (other.verdict.because) related.push_back(*other.verdict.because);
          }
        }
        findings_.add("MTLS0102", "error", *decision.place, related);
        return;
      }
    }
  }

  string code_of(const Call& call) const {
    const Rule& rule = *call.clause.rule;
    const Decision& decision = call.decision;
    if (decision.mode == Mode::Strict) {
      // "TIS0207 (namespace-wide rule of a namespace against that namespace's own STRICT policy)"
      const bool namespace_wide = *rule.host == "*." + rule.id.ns + mesh_.settings.service_suffix();
      const bool own_policy = decision.level == Level::Namespace && decision.place->ns == rule.id.ns;
      return mesh_.settings.separate_tis0207 && namespace_wide && own_policy ? "TIS0207" : "TIS0208";
    }
    if (decision.level != Level::Mesh) return "TIS0502";
    return is_mesh_wide(*rule.host, mesh_.settings) ? "TIS0503" : "TIS0206";
  }

  // The last paragraphs of section 5.
  static string severity_of(const Request& request, const Call& call) {
    const bool tls_of_its_own =
        call.clause.mode == ClientMode::Simple || call.clause.mode == ClientMode::Mutual;
    if (tls_of_its_own && !is_wildcard(*call.clause.rule->host) && request.service->document == nullptr) {
      return "hint";
    }
    return !call.sure && call.decision.level == Level::Mesh ? "warning" : "error";
  }

  void both_ends(const string& code, const string& severity, const Clause& clause, const Place& policy) {
    findings_.add(code, severity, policy, {clause.place()});
    findings_.add(code, severity, clause.place(), {policy});
    if (code == "TIS0503") mesh_wide_conflict_ = true;
  }

  // -- TIS0503, the warning

  void missing_mesh_wide_rule() {
    const Policy* mesh_policy = mesh_.policies.mesh_policy();
    if (mesh_policy == nullptr || server_mode(mesh_policy->value->mode) != Mode::Disable) return;
    if (mesh_wide_conflict_) return;
    for (const Rule& rule : mesh_.lookup.rules()) {
      if (rule.refused || rule.id.ns != mesh_.settings.root_namespace || !rule.host) continue;
      if (!is_mesh_wide(*rule.host, mesh_.settings) || !rule.visibility.everyone || !rule.value.policy)
        continue;
      if (client_mode(rule.value.policy->tls) == ClientMode::Disable) return;
    }
    findings_.add("TIS0503", "warning", mesh_policy->id.place("spec.mtls.mode"));
  }

  // -- TIS0204

  void shadowing() {
    mesh_.each_lookup([&](const string& client, const ClientClass& carried, const CalledService& service,
                          const optional<Found>& found) {
      if (!found) return;
      vector<const Rule*> candidates = found->group.rules;
      if (const Rule* owner = found->group.top_level()) candidates = {owner};
      std::erase_if(candidates, [](const Rule* rule) { return !clauses_with_tls(rule->value).empty(); });
      if (candidates.empty()) return;

      const optional<Found> wider =
          mesh_.lookup.find(client, carried, service.ns, service.target, &found->group);
      if (!wider || !is_wildcard(wider->group.host())) return;
      const Rule* owner = wider->group.top_level();
      if (owner == nullptr || client_mode(owner->value.policy->tls) != ClientMode::IstioMutual) return;
      for (const Rule* rule : candidates) {
        findings_.add("TIS0204", "warning", rule->id.place("spec.host"),
                      {owner->id.place("spec.trafficPolicy.tls.mode")});
      }
    });
  }

  // -- MTLS0103

  void mutual_to_outside(const Request& request) {
    const Clause& clause = request.choice.clause;
    const bool wildcard = clause.rule != nullptr && is_wildcard(*clause.rule->host);
    if (!is_mutual(clause, wildcard) || request.service->document == nullptr) return;
    const vector<const KnownWorkload*> all = mesh_.selected_by(*request.service->document);
    const bool all_outside = !all.empty() && std::all_of(all.begin(), all.end(), [](const auto* each) {
      return each->verdict.outside();
    });
    if (!all_outside) return;
    const bool presumed =
        std::any_of(all.begin(), all.end(), [](const auto* each) { return each->verdict.presumed; });
    const vector<Server> called = mesh_.servers(*request.service, request.port, subset_labels(request));
    if (called.empty()) return;
    vector<Place> related;
    for (const Server& server : called) {
      if (server.verdict.because) related.push_back(*server.verdict.because);
    }
    findings_.add("MTLS0103", wildcard || presumed ? "warning" : "error", clause.place(), related);
  }

  // "MUTUAL on an exact host is not meant"
  static bool is_mutual(const Clause& clause, bool wildcard) {
    return clause.mode == ClientMode::IstioMutual || (clause.mode == ClientMode::Mutual && wildcard);
  }

  // "Likewise (a hint) a wildcard that covers `kubernetes.default.svc.<domain>` in step 3 or 1"
  void mutual_to_api_server() {
    CalledService api{
        "default", "kubernetes", {"kubernetes.default" + mesh_.settings.service_suffix(), false}, nullptr};
    for (const Read<Service>& service : mesh_.documents.services) {
      if (service.id.ns == "default" && service.id.name == "kubernetes") api.document = &service;
    }
    for (const string& client : mesh_.known_and_unknown_namespaces()) {
      if (!mesh_.may_call(client, api)) continue;
      for (const ClientClass& carried : mesh_.lookup.client_classes(client, mesh_.proxies.workloads())) {
        const optional<Found> found = mesh_.lookup.find(client, carried, "default", api.target);
        if (!found || found->step == 2 || !is_wildcard(found->group.host())) continue;
        vector<optional<NamedSubset>> subsets = {std::nullopt};
        for (const NamedSubset& subset : found->group.subsets()) subsets.emplace_back(subset);
        for (const auto& subset : subsets) {
          for (const int port : mesh_.ports_of(api)) {
            const Clause clause = choose_clause(found->group, port, subset).clause;
            if (is_mutual(clause, true)) findings_.add("MTLS0103", "hint", clause.place());
          }
        }
      }
    }
  }

  // -- MTLS0104

  void to_bare_application(const Request& request) {
    const CalledService& service = *request.service;
    if (service.document == nullptr || mesh_.without_proxy(service)) return;
    bool any_known = false;
    for (const Server& server : mesh_.servers(service, request.port, {})) {
      if (server.known == nullptr || !server.port) return;
      any_known = true;
      if (server.verdict.sidecar() && taken(*server.known, server.port)) return;
    }
    if (!any_known) return;
    for (const Server& server : mesh_.servers(service, request.port, subset_labels(request))) {
      if (!server.verdict.sidecar()) continue;
      const optional<Place> annotation = annotation_against(*server.known, *server.port);
      if (!annotation) continue;
      const Call call = mesh_.call(request, server);
      if (call.sent != Sent::MeshMtls) continue;
      if (call.why != Why::Clause && call.decision.mode == Mode::Disable) continue;
      if (names_port(mesh_, *service.document, request.port, *server.known, *server.port)) continue;
      if (some_client_leaves_out({request.port, *server.port})) continue;
      vector<Place> related;
      if (call.why == Why::Clause) {
        related = {call.clause.place()};
      } else if (call.decision.place) {
        related = {*call.decision.place};
      }
      findings_.add("MTLS0104", "warning", *annotation, related);
    }
  }

  // "a known workload of the mesh has either in `traffic.sidecar.istio.io/excludeOutboundPorts`"
  bool some_client_leaves_out(const vector<int>& ports) const {
    for (const KnownWorkload& workload : mesh_.proxies.workloads()) {
      const Labels& annotations = workload.read.value->annotations;
      const auto excluded = annotations.find("traffic.sidecar.istio.io/excludeOutboundPorts");
      if (excluded == annotations.end()) continue;
      for (const int port : port_list(excluded->second)) {
        if (std::find(ports.begin(), ports.end(), port) != ports.end()) return true;
      }
    }
    return false;
  }

  // -- MTLS0105

  void tls_to_http(const Request& request, const Call& call) {
    if (call.sent != Sent::Simple && call.sent != Sent::Mutual) return;
    if (call.decision.mode != Mode::Permissive && call.decision.mode != Mode::Disable) return;
    if (request.service->document == nullptr) return;
    const vector<ServicePort>& ports = request.service->document->value->ports;
    for (std::size_t i = 0; i < ports.size(); ++i) {
      if (ports[i].port != request.port || ports[i].protocol == "UDP") continue;
      const string path = "spec.ports[" + std::to_string(i) + "].";
      if (ports[i].app_protocol ? !is_http(*ports[i].app_protocol) : !named_http(ports[i].name)) continue;
      findings_.add(
          "MTLS0105", "warning", call.clause.place(),
          {request.service->document->id.place(path + (ports[i].app_protocol ? "appProtocol" : "name"))});
    }
  }

  static bool is_http(string protocol) {
    for (char& c : protocol) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    static const std::set<string> kHttp = {
        "http", "http2", "grpc", "grpc-web", "kubernetes.io/h2c", "kubernetes.io/ws"};
    return kHttp.contains(protocol);
  }

  // "the name up to `-`"
  static bool named_http(const optional<string>& name) {
    return name && is_http(name->substr(0, name->find('-')));
  }

  const Mesh& mesh_;
  Findings& findings_;
  bool mesh_wide_conflict_ = false;
};

}  // namespace

void find_conflicts(const Mesh& mesh, Findings& findings) { Conflicts(mesh, findings).run(); }

// -- TIS0104

namespace {

struct AuthorizedWorkload {
  string ns;
  Labels labels;
};

// Those with a sidecar; stand-ins where no known workload matches.
vector<AuthorizedWorkload> workloads_of(const Mesh& mesh, const Read<AuthorizationPolicy>& policy) {
  const Labels selector = policy.value->selector.value_or(Labels{});
  std::set<string> namespaces = {policy.id.ns};
  if (policy.id.ns == mesh.settings.root_namespace) namespaces = mesh.known_namespaces;
  vector<AuthorizedWorkload> result;
  for (const string& ns : namespaces) {
    bool any_match = false;
    for (const KnownWorkload& workload : mesh.proxies.workloads()) {
      if (workload.ns() != ns || !contains(workload.labels, selector)) continue;
      any_match = true;
      if (workload.verdict.sidecar()) result.push_back({ns, workload.labels});
    }
    if (!any_match && mesh.proxies.stand_in(ns).sidecar()) {
      result.push_back({ns, mesh.proxies.stand_in_labels(ns, selector)});
    }
  }
  return result;
}

vector<string> identity_fields(const AuthorizationPolicy& policy) {
  const std::set<string> fields = {"principals", "notPrincipals", "namespaces", "notNamespaces"};
  const std::set<string> keys = {"source.principal", "source.namespace", "connection.sni"};
  vector<string> result;
  for (std::size_t r = 0; r < policy.rules.size(); ++r) {
    const string rule = "spec.rules[" + std::to_string(r) + "]";
    for (std::size_t f = 0; f < policy.rules[r].from.size(); ++f) {
      for (const auto& [field, values] : policy.rules[r].from[f].fields) {
        if (!fields.contains(field) || values.empty()) continue;
        result.push_back(rule + ".from[" + std::to_string(f) + "].source." + field);
      }
    }
    for (std::size_t w = 0; w < policy.rules[r].when.size(); ++w) {
      if (keys.contains(policy.rules[r].when[w].key)) {
        result.push_back(rule + ".when[" + std::to_string(w) + "].key");
      }
    }
  }
  return result;
}

// "a Service document leads to one of its workloads and in every call to such Services (there is one at
// least) clients send plaintext or SIMPLE"
bool no_identity_arrives(const Mesh& mesh, const vector<AuthorizedWorkload>& workloads) {
  bool any_call = false;
  bool any_identity = false;
  mesh.each_request([&](const Request& request) {
    const Read<Service>* document = request.service->document;
    if (document == nullptr || document->value->selector.empty()) return;
    const bool leads = std::any_of(workloads.begin(), workloads.end(), [&](const auto& workload) {
      return workload.ns == document->id.ns && contains(workload.labels, document->value->selector);
    });
    if (!leads) return;
    for (const Server& server : mesh.servers(*request.service, request.port, subset_labels(request))) {
      if (!mesh.counts(request, server)) continue;
      any_call = true;
      const Sent sent = mesh.call(request, server).sent;
      any_identity = any_identity || sent == Sent::Mutual || sent == Sent::MeshMtls;
    }
  });
  return any_call && !any_identity;
}

}  // namespace

void find_missing_identities(const Mesh& mesh, Findings& findings) {
  for (const Read<AuthorizationPolicy>& policy : mesh.documents.authorizations) {
    const vector<string> fields = identity_fields(*policy.value);
    if (policy.value->target_refs || fields.empty()) continue;
    const vector<AuthorizedWorkload> workloads = workloads_of(mesh, policy);
    vector<Place> disabled;
    for (const AuthorizedWorkload& workload : workloads) {
      const Decision decision = mesh.policies.decide(workload.ns, workload.labels, std::nullopt);
      if (decision.mode == Mode::Disable) disabled.push_back(*decision.place);
    }
    if (disabled.empty() && !no_identity_arrives(mesh, workloads)) continue;
    for (const string& field : fields) findings.add("TIS0104", "error", policy.id.place(field), disabled);
  }
}

}  // namespace reference
