// docs/design/mtls-semantics.md, section 7: what single documents and pairs of them give, without calls.
#include <algorithm>
#include <string_view>

#include "tests/reference/findings.h"

namespace reference {

using std::optional;
using std::string;
using std::string_view;
using std::vector;

namespace {

// Levenshtein's.
std::size_t edit_distance(const string& a, const string& b) {
  vector<vector<std::size_t>> table(a.size() + 1, vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, replaced});
    }
  }
  return table[a.size()][b.size()];
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

string without_digits(string text) {
  std::erase_if(text, is_digit);
  return text;
}

// "one letter after a last `-`"; nullopt where the text has no such.
optional<string> without_last_letter(const string& text) {
  if (text.size() < 2 || text[text.size() - 2] != '-' || !is_letter(text.back())) return std::nullopt;
  return text.substr(0, text.size() - 1);
}

// "an edit distance of at most 2 (both of at least 4 letters, and not the same once all digits, or one letter
// after a last `-` in both, are left out)"
bool mistyped(const string& a, const string& b) {
  if (a == b || a.size() < 4 || b.size() < 4 || edit_distance(a, b) > 2) return false;
  if (without_digits(a) == without_digits(b)) return false;
  const optional<string> stem = without_last_letter(a);
  return !stem || stem != without_last_letter(b);
}

class Mistakes {
 public:
  Mistakes(const Mesh& mesh, Findings& findings) : mesh_(mesh), findings_(findings) {}

  void run() {
    mesh_wide_mtls_rule();
    colliding_rules();
    several_without_selector();
    several_for_one_workload();
    selecting_nothing();
    bad_modes();
    misplaced_policies();
    tls_fields();
    never_deciding_policies();
    copies();
    service_port_in_policy();
    disable_in_ambient();
    rule_places();
    annotations_without_effect();
  }

 private:
  const string& root() const { return mesh_.settings.root_namespace; }

  // TIS0205. No mesh policy is "not STRICT or PERMISSIVE".
  void mesh_wide_mtls_rule() {
    if (mesh_.settings.auto_mtls) return;
    const Policy* mesh_policy = mesh_.policies.mesh_policy();
    const Mode mode = mesh_policy == nullptr ? Mode::Unset : server_mode(mesh_policy->value->mode);
    if (mode == Mode::Strict || mode == Mode::Permissive) return;
    for (const Rule& rule : mesh_.lookup.rules()) {
      if (rule.refused || rule.backend || !rule.host || !is_mesh_wide(*rule.host, mesh_.settings)) continue;
      for (const auto& [path, tls] : clauses_with_tls(rule.value)) {
        const ClientMode given = client_mode(*tls);
        if (given != ClientMode::Mutual && given != ClientMode::IstioMutual) continue;
        findings_.add("TIS0205", "warning", rule.id.place(tls_path(path, *tls)));
      }
    }
  }

  // TIS0201
  void colliding_rules() {
    const auto first_subset = [](const DestinationRule& rule, const string& name) -> const Subset* {
      for (const Subset& subset : rule.subsets) {
        if (subset.name == name) return &subset;
      }
      return nullptr;
    };
    for (const Rule& a : mesh_.lookup.rules()) {
      for (const Rule& b : mesh_.lookup.rules()) {
        if (&a == &b || a.backend || b.backend || a.refused || b.refused) continue;
        if (a.id.ns != b.id.ns || !a.host || a.host != b.host) continue;
        if (a.value.workload_selector || b.value.workload_selector) continue;
        if (a.visibility.everyone != b.visibility.everyone) continue;
        if (!a.visibility.everyone && a.visibility.resolved(a.id.ns) != b.visibility.resolved(b.id.ns)) {
          continue;
        }
        bool differ = a.value.policy && b.value.policy && a.value.policy != b.value.policy;
        for (const Subset& subset : a.value.subsets) {
          const Subset* other = first_subset(b.value, subset.name);
          if (other != nullptr && *other != *first_subset(a.value, subset.name)) differ = true;
        }
        if (differ) findings_.add("TIS0201", "warning", a.id.place("spec.host"), {b.id.place("spec.host")});
      }
    }
  }

  // TIS0001
  void several_without_selector() {
    each_pair_in_namespace([&](const Policy& a, const Policy& b) {
      if (has_selector(a.value->selector) || has_selector(b.value->selector)) return;
      // "information where all have the same `mtls.mode` (UNSET, absent and a bad value are one)"
      const bool all_same =
          std::all_of(mesh_.policies.all().begin(), mesh_.policies.all().end(), [&](const Policy& other) {
            return other.id.ns != a.id.ns || has_selector(other.value->selector) ||
                   server_mode(other.value->mode) == server_mode(a.value->mode);
          });
      findings_.add("TIS0001", all_same ? "information" : "error", a.id.place("metadata.name"),
                    {b.id.place("metadata.name")});
    });
  }

  // TIS0002
  void several_for_one_workload() {
    each_pair_in_namespace([&](const Policy& a, const Policy& b) {
      if (a.id.ns == root()) return;
      if (!has_selector(a.value->selector) || !has_selector(b.value->selector)) return;
      for (const KnownWorkload& workload : mesh_.proxies.workloads()) {
        if (workload.ns() != a.id.ns) continue;
        if (!contains(workload.labels, *a.value->selector)) continue;
        if (!contains(workload.labels, *b.value->selector)) continue;
        findings_.add("TIS0002", "error", a.id.place("metadata.name"), {b.id.place("metadata.name")});
      }
    });
  }

  template <class Visit>
  void each_pair_in_namespace(Visit visit) const {
    for (const Policy& a : mesh_.policies.all()) {
      for (const Policy& b : mesh_.policies.all()) {
        if (&a != &b && a.id.ns == b.id.ns) visit(a, b);
      }
    }
  }

  // TIS0003
  void selecting_nothing() {
    for (const Policy& policy : mesh_.policies.all()) {
      if (policy.id.ns == root() || !has_selector(policy.value->selector)) continue;
      bool any_workload = false;
      bool any_match = false;
      bool any_near = false;
      for (const KnownWorkload& workload : mesh_.proxies.workloads()) {
        if (workload.ns() != policy.id.ns) continue;
        any_workload = true;
        any_match = any_match || contains(workload.labels, *policy.value->selector);
        any_near = any_near || is_near(*policy.value->selector, workload.labels);
      }
      if (!any_workload || any_match) continue;
      findings_.add("TIS0003", any_near ? "warning" : "hint", policy.id.place("spec.selector"));
    }
  }

  static bool is_near(const Labels& selector, const Labels& labels) {
    const vector<string>& keys = name_keys();
    const auto is_name_key = [&](const string& key) {
      return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    for (const auto& [key, value] : selector) {
      Labels rest = selector;
      rest.erase(key);
      if (!contains(labels, rest)) continue;
      const auto other_value = labels.find(key);
      if (other_value != labels.end() && mistyped(value, other_value->second)) return true;
      if (!is_name_key(key)) continue;
      for (const string& other_key : keys) {
        const auto same_value = labels.find(other_key);
        if (other_key != key && same_value != labels.end() && same_value->second == value) return true;
      }
    }
    return false;
  }

  // MTLS0001
  void bad_modes() {
    for (const Policy& policy : mesh_.policies.all()) {
      const auto look = [&](const optional<string>& mode, const string& path) {
        if (mode && !exists_as_server_mode(*mode)) findings_.add("MTLS0001", "error", policy.id.place(path));
      };
      look(policy.value->mode, "spec.mtls.mode");
      for (const PortMode& entry : policy.value->port_level) look(entry.mode, port_mode_path(entry.port));
    }
    each_written_tls([&](const Rule& rule, const string& path, const Tls& tls) {
      if (tls.mode && !exists_as_client_mode(*tls.mode))
        findings_.add("MTLS0001", "error", rule.id.place(path));
    });
  }

  // Every `tls` of every DestinationRule, also of those that never take effect.
  template <class Visit>
  void each_written_tls(Visit visit) const {
    for (const Rule& rule : mesh_.lookup.rules()) {
      if (rule.backend) continue;
      for (const auto& [path, tls] : clauses_with_tls(rule.value)) visit(rule, tls_path(path, *tls), *tls);
    }
  }

  // MTLS0002, MTLS0003
  void misplaced_policies() {
    for (const Policy& policy : mesh_.policies.all()) {
      if (has_selector(policy.value->selector)) {
        if (policy.id.ns == root()) findings_.add("MTLS0002", "warning", policy.id.place("spec.selector"));
      } else if (!policy.value->port_level.empty()) {
        findings_.add("MTLS0003", "error", policy.id.place("spec.portLevelMtls"));
      }
    }
  }

  // MTLS0004, MTLS0007
  void tls_fields() {
    each_written_tls([&](const Rule& rule, const string& path, const Tls& tls) {
      if (!tls.mode) findings_.add("MTLS0004", "warning", rule.id.place(path));
      if (tls.mode == "MUTUAL" && !tls.credential_name && !(tls.client_certificate && tls.private_key)) {
        findings_.add("MTLS0007", "error", rule.id.place(path));
      }
    });
  }

  // MTLS0005
  void never_deciding_policies() {
    for (const Policy& policy : mesh_.policies.all()) {
      for (const Policy* other : mesh_.policies.in_front_of(policy)) {
        findings_.add("MTLS0005", "warning", policy.id.place("metadata.name"),
                      {other->id.place("metadata.name")});
      }
    }
  }

  // MTLS0006
  void copies() {
    const std::set<string> kinds = {"PeerAuthentication", "DestinationRule", "AuthorizationPolicy"};
    for (const Copy& copy : mesh_.documents.copies) {
      if (!kinds.contains(copy.later.kind)) continue;
      findings_.add("MTLS0006", "information", copy.later.place("metadata.name"),
                    {copy.first.place("metadata.name")});
    }
  }

  // MTLS0008
  void service_port_in_policy() {
    for (const Policy& policy : mesh_.policies.all()) {
      if (policy.id.ns == root() || !has_selector(policy.value->selector)) continue;
      vector<const KnownWorkload*> matching;
      for (const KnownWorkload& workload : mesh_.proxies.workloads()) {
        if (workload.ns() == policy.id.ns && contains(workload.labels, *policy.value->selector)) {
          matching.push_back(&workload);
        }
      }
      if (matching.empty()) continue;
      for (const PortMode& entry : policy.value->port_level) {
        const vector<Place> meant = ports_meant(matching, entry.port);
        if (meant.empty()) continue;
        findings_.add("MTLS0008", "warning",
                      policy.id.place("spec.portLevelMtls." + std::to_string(entry.port)), meant);
      }
    }
  }

  // The ports of Services over those workloads that `key` stands for by mistake.
  vector<Place> ports_meant(const vector<const KnownWorkload*>& workloads, int key) const {
    vector<Place> result;
    for (const KnownWorkload* workload : workloads) {
      for (const ContainerPort& port : workload->ports) {
        if (port.port == key) return {};
      }
    }
    for (const Read<Service>& service : mesh_.documents.services) {
      for (const KnownWorkload* selected : mesh_.selected_by(service)) {
        if (std::find(workloads.begin(), workloads.end(), selected) == workloads.end()) continue;
        for (std::size_t i = 0; i < service.value->ports.size(); ++i) {
          const optional<int> target = Mesh::workload_port(service.value->ports[i], *selected);
          if (target == key) return {};
          if (service.value->ports[i].port != key || !target) continue;
          result.push_back(service.id.place("spec.ports[" + std::to_string(i) + "].port"));
        }
      }
    }
    return result;
  }

  // MTLS0009
  void disable_in_ambient() {
    for (const KnownWorkload& workload : mesh_.proxies.workloads()) {
      if (workload.verdict.proxy != Proxy::Ambient) continue;
      const Decision decision = mesh_.policies.decide(workload.ns(), workload.labels, std::nullopt);
      if (decision.mode == Mode::Disable) findings_.add("MTLS0009", "information", *decision.place);
    }
  }

  // MTLS0012, MTLS0013, MTLS0015
  void rule_places() {
    for (const Rule& rule : mesh_.lookup.rules()) {
      if (rule.backend) continue;
      if (rule.refused) findings_.add("MTLS0015", "error", rule.id.place("spec.exportTo"));
      if (!rule.host) continue;
      if (in_another_domain(*rule.host)) findings_.add("MTLS0012", "warning", rule.id.place("spec.host"));
      if (only_for_clients_that_are_not_there(rule)) {
        findings_.add("MTLS0013", "information", rule.id.place("spec.host"));
      }
    }
  }

  // "a rule's host `x.N.svc.D`, N a known namespace, D not the cluster domain, and no ServiceEntry has it"
  bool in_another_domain(const string& host) const {
    const std::size_t first = host.find('.');
    if (is_wildcard(host) || first == string::npos) return false;
    const std::size_t second = host.find('.', first + 1);
    if (second == string::npos) return false;
    const string ns = host.substr(first + 1, second - first - 1);
    const string rest = host.substr(second);
    if (!rest.starts_with(".svc.") || rest == ".svc." || rest == mesh_.settings.service_suffix())
      return false;
    if (!mesh_.known_namespaces.contains(ns)) return false;
    for (const Read<ServiceEntry>& entry : mesh_.documents.entries) {
      const vector<string>& hosts = entry.value->hosts;
      if (std::find(hosts.begin(), hosts.end(), host) != hosts.end()) return false;
    }
    return true;
  }

  // "a rule with tls for another namespace's host, in a namespace (not the root) where workloads with a
  // sidecar are known elsewhere but none that could call is here"
  bool only_for_clients_that_are_not_there(const Rule& rule) const {
    const auto parts = mesh_.in_cluster_domain(*rule.host);
    if (!parts || parts->first == rule.id.ns || rule.id.ns == root()) return false;
    if (clauses_with_tls(rule.value).empty()) return false;
    bool elsewhere = false;
    for (const KnownWorkload& workload : mesh_.proxies.workloads()) {
      const bool here = workload.ns() == rule.id.ns;
      if (here && (workload.verdict.sidecar() || workload.verdict.proxy == Proxy::Gateway)) return false;
      if (!here && workload.verdict.sidecar()) elsewhere = true;
    }
    return elsewhere;
  }

  // MTLS0014
  void annotations_without_effect() {
    for (const KnownWorkload& workload : mesh_.proxies.workloads()) {
      const Workload& value = *workload.read.value;
      const auto look = [&](const Labels& own, const string& parent) {
        for (const auto& [key, text] : own) {
          if (!key.starts_with("sidecar.istio.io/") && !key.starts_with("traffic.sidecar.istio.io/"))
            continue;
          if (value.labels.contains(key) || value.annotations.contains(key)) continue;
          if (key == "sidecar.istio.io/inject" && !says_otherwise(text, workload.verdict.proxy)) continue;
          findings_.add("MTLS0014", "warning", workload.read.id.place(key_path(parent, key)));
        }
      };
      look(value.own_labels, "metadata.labels");
      look(value.own_annotations, "metadata.annotations");
    }
  }

  static bool says_otherwise(const string& inject, Proxy proxy) {
    const bool in = proxy == Proxy::Sidecar || proxy == Proxy::Gateway;
    return (inject == "true" && !in) || (inject == "false" && in);
  }

  const Mesh& mesh_;
  Findings& findings_;
};

}  // namespace

void find_mistakes(const Mesh& mesh, Findings& findings) { Mistakes(mesh, findings).run(); }

}  // namespace reference
