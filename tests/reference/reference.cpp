// Follows docs/design/mtls-semantics.md from top to bottom; "section N" below is a section of that page, and
// quoted text is the page's own. Nothing here is clever: the client lookup is done for every (client
// namespace, service), and every port, subset and workload of it is called in turn.
#include "tests/reference/reference.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

namespace reference {
namespace {

using std::optional;
using std::string;
using std::string_view;
using std::vector;

// Stand for "one that is in none of the documents" (section 5). No document can say these names.
constexpr string_view kUnknownNamespace = "<unknown>";
constexpr string_view kUndocumentedService = "<undocumented>";

bool contains(const Labels& labels, const Labels& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
    const auto found = labels.find(label.first);
    return found != labels.end() && found->second == label.second;
  });
}

bool is_wildcard(const string& host) { return host.starts_with('*'); }

// ----------------------------------------------------------------------------------------------------
// section 1

struct Identity {
  string kind;
  string ns;
  string name;
  bool named = false;
  string file;
  int document = 0;
  int item = -1;

  Place place(string path) const { return {kind, ns, name, std::move(path), file, document, item}; }
};

template <class T>
struct Read {
  const T* value = nullptr;
  Identity id;
  std::size_t order = 0;  // by file path, then place in the file
};

using Policy = Read<PeerAuthentication>;

struct Copy {
  Identity first;
  Identity later;
};

// Every document that counts, and the later copies.
struct Documents {
  vector<Read<PeerAuthentication>> policies;
  vector<Read<AuthorizationPolicy>> authorizations;
  vector<Read<DestinationRule>> rules;
  vector<Read<ServiceEntry>> entries;
  vector<Read<Namespace>> namespaces;
  vector<Read<Service>> services;
  vector<Read<Workload>> workloads;
  vector<Read<MeshConfigSource>> configs;
  vector<Copy> copies;
  std::set<string> metadata_namespaces;
};

string kind_of(const Resource& resource) {
  struct Visitor {
    string operator()(const PeerAuthentication&) const { return "PeerAuthentication"; }
    string operator()(const AuthorizationPolicy&) const { return "AuthorizationPolicy"; }
    string operator()(const DestinationRule&) const { return "DestinationRule"; }
    string operator()(const ServiceEntry&) const { return "ServiceEntry"; }
    string operator()(const Sidecar&) const { return "Sidecar"; }
    string operator()(const Namespace&) const { return "Namespace"; }
    string operator()(const Service&) const { return "Service"; }
    string operator()(const Workload& workload) const { return workload.kind; }
    string operator()(const MeshConfigSource& source) const { return source.kind; }
    string operator()(const Foreign&) const { return ""; }
  };
  return std::visit(Visitor{}, resource);
}

class Reader {
 public:
  explicit Reader(const MeshModel& mesh)
      : default_namespace_(mesh.settings.default_namespace.value_or("default")) {
    vector<const File*> files;
    for (const File& file : mesh.files) files.push_back(&file);
    // "File paths compare as text."
    std::stable_sort(files.begin(), files.end(),
                     [](const File* a, const File* b) { return a->path < b->path; });
    for (const File* file : files) {
      for (std::size_t d = 0; d < file->documents.size(); ++d) {
        const Document& document = file->documents[d];
        for (std::size_t i = 0; i < document.items.size(); ++i) {
          read(document.items[i], file->path, static_cast<int>(d), document.list ? static_cast<int>(i) : -1);
        }
      }
    }
  }

  Documents take() { return std::move(documents_); }

 private:
  void read(const Resource& resource, const string& file, int document, int item) {
    if (std::holds_alternative<Foreign>(resource)) return;  // not ours
    std::visit(
        [&](const auto& value) {
          if constexpr (requires { value.meta; }) keep(value, kind_of(resource), file, document, item);
        },
        resource);
  }

  template <class T>
  void keep(const T& value, const string& kind, const string& file, int document, int item) {
    // "Missing metadata.namespace = the default namespace; cluster-scoped kinds (Namespace) have none."
    const string ns = kind == "Namespace" ? "" : value.meta.ns.value_or(default_namespace_);
    const Identity id{kind,     ns,  value.meta.name.value_or(""), value.meta.name.has_value(), file,
                      document, item};
    // "Where one is defined more than once in a mesh, the first ... counts"; "one without a name is never a
    // copy".
    if (id.named) {
      const auto [first, is_first] = first_by_identity_.try_emplace(std::tuple{kind, ns, id.name}, id);
      if (!is_first) {
        // A later copy contributes nothing else.
        documents_.copies.push_back({first->second, id});
        return;
      }
    }
    if (kind != "Namespace") documents_.metadata_namespaces.insert(ns);
    add(Read<T>{&value, id, order_++});
  }

  void add(Read<PeerAuthentication> read) { documents_.policies.push_back(std::move(read)); }
  void add(Read<AuthorizationPolicy> read) { documents_.authorizations.push_back(std::move(read)); }
  void add(Read<DestinationRule> read) { documents_.rules.push_back(std::move(read)); }
  void add(Read<ServiceEntry> read) { documents_.entries.push_back(std::move(read)); }
  void add(const Read<Sidecar>&) {}
  void add(Read<Namespace> read) { documents_.namespaces.push_back(std::move(read)); }
  void add(Read<Service> read) { documents_.services.push_back(std::move(read)); }
  void add(Read<Workload> read) { documents_.workloads.push_back(std::move(read)); }
  void add(Read<MeshConfigSource> read) { documents_.configs.push_back(std::move(read)); }

  string default_namespace_;
  Documents documents_;
  std::map<std::tuple<string, string, string>, Identity> first_by_identity_;
  std::size_t order_ = 0;
};

// ----------------------------------------------------------------------------------------------------
// section 2

struct Effective {
  string root_namespace;
  bool auto_mtls = true;
  string cluster_domain;
  bool separate_tis0207 = false;
};

Effective effective_settings(const Settings& settings, const Documents& documents) {
  // "the ConfigMap named `istio` in the root namespace of the setting (else `istio-system`) wins, else the
  // first by file path, then place in the file", key by key.
  const string preferred_namespace = settings.root_namespace.value_or("istio-system");
  vector<const MeshConfig*> configs;
  for (const Read<MeshConfigSource>& source : documents.configs) {
    if (!source.value->config) continue;
    if (source.id.kind == "ConfigMap") {
      if (source.id.name != "istio" && !source.id.name.starts_with("istio-")) continue;
      if (source.id.name == "istio" && source.id.ns == preferred_namespace) {
        configs.insert(configs.begin(), &*source.value->config);
        continue;
      }
    }
    configs.push_back(&*source.value->config);
  }
  MeshConfig found;
  for (const MeshConfig* config : configs) {
    if (!found.root_namespace) found.root_namespace = config->root_namespace;
    if (!found.enable_auto_mtls) found.enable_auto_mtls = config->enable_auto_mtls;
    if (!found.cluster_domain) found.cluster_domain = config->cluster_domain;
  }
  Effective result;
  result.root_namespace = settings.root_namespace.value_or(found.root_namespace.value_or("istio-system"));
  result.auto_mtls = settings.enable_auto_mtls.value_or(found.enable_auto_mtls.value_or(true));
  result.cluster_domain = settings.cluster_domain.value_or(found.cluster_domain.value_or("cluster.local"));
  result.separate_tis0207 = settings.separate_tis0207.value_or(false);
  return result;
}

// ----------------------------------------------------------------------------------------------------
// section 3

enum class Mode { Unset, Disable, Permissive, Strict };

bool exists_as_server_mode(const string& mode) {
  return mode == "UNSET" || mode == "DISABLE" || mode == "PERMISSIVE" || mode == "STRICT";
}

// "Any other scalar is a bad value: ... treated as UNSET."
Mode server_mode(const optional<string>& mode) {
  if (mode == "DISABLE") return Mode::Disable;
  if (mode == "PERMISSIVE") return Mode::Permissive;
  if (mode == "STRICT") return Mode::Strict;
  return Mode::Unset;
}

// The age order of policies and of rules: "the oldest metadata.creationTimestamp wins; without timestamps ...
// the smallest name, then namespace"; "a missing timestamp sorts before any". Then the place (two without a
// name).
template <class T>
bool older(const Read<T>& a, const Read<T>& b) {
  const auto key = [](const Read<T>& read) {
    return std::tuple{read.value->meta.created.value_or(""), read.id.name, read.id.ns, read.order};
  };
  return key(a) < key(b);
}

bool has_selector(const optional<Labels>& selector) { return selector && !selector->empty(); }

enum class Level { Nobody, Mesh, Namespace, Workload };

struct Decision {
  Mode mode = Mode::Permissive;
  Level level = Level::Nobody;
  optional<Place> place;  // of the deciding mode value
};

class ServerSide {
 public:
  ServerSide(const Documents& documents, const Effective& settings) : root_(settings.root_namespace) {
    policies_ = documents.policies;
    std::sort(policies_.begin(), policies_.end(), older<PeerAuthentication>);
    for (const Read<Namespace>& ns : documents.namespaces) {
      const auto label = ns.value->labels.find("istio-injection");
      if (label != ns.value->labels.end() && label->second == "disabled") uninjected_.insert(ns.id.name);
    }
  }

  // Oldest first.
  const vector<Policy>& policies() const { return policies_; }

  // Step 2.
  const Policy* mesh_policy() const { return without_selector(root_); }

  // `port` is nullopt when it is not known.
  Decision decide(const string& ns, const Labels& labels, optional<int> port) const {
    Decision result;  // step 1
    const auto let = [&](const Policy* policy, Level level) {
      if (policy == nullptr) return;
      const Mode mode = server_mode(policy->value->mode);
      if (mode != Mode::Unset) result = {mode, level, policy->id.place("spec.mtls.mode")};
    };
    let(mesh_policy(), Level::Mesh);  // step 2
    if (ns == root_) return result;
    let(without_selector(ns), Level::Namespace);  // step 3
    const Policy* workload_policy = selecting(ns, labels);
    let(workload_policy, Level::Workload);     // step 4
    if (workload_policy != nullptr && port) {  // step 5
      for (const PortMode& entry : workload_policy->value->port_level) {
        const Mode mode = server_mode(entry.mode);
        if (entry.port != *port || mode == Mode::Unset) continue;
        result = {mode, Level::Workload,
                  workload_policy->id.place("spec.portLevelMtls." + std::to_string(entry.port) + ".mode")};
      }
    }
    return result;
  }

  // "with neither label nor annotation, a Namespace document in the mesh labelled istio-injection: disabled"
  bool stand_in_has_sidecar(const string& ns) const { return !uninjected_.contains(ns); }

  bool has_sidecar(const Read<Workload>& workload) const {
    const string key = "sidecar.istio.io/inject";
    if (workload.value->host_network) return false;
    const auto label = workload.value->labels.find(key);
    if (label != workload.value->labels.end()) return label->second != "false";
    const auto annotation = workload.value->annotations.find(key);
    if (annotation != workload.value->annotations.end()) return annotation->second != "false";
    return stand_in_has_sidecar(workload.id.ns);
  }

 private:
  const Policy* without_selector(const string& ns) const {
    for (const Policy& policy : policies_) {
      if (policy.id.ns == ns && !has_selector(policy.value->selector)) return &policy;
    }
    return nullptr;
  }

  const Policy* selecting(const string& ns, const Labels& labels) const {
    for (const Policy& policy : policies_) {
      if (policy.id.ns != ns || !has_selector(policy.value->selector)) continue;
      if (contains(labels, *policy.value->selector)) return &policy;
    }
    return nullptr;
  }

  string root_;
  vector<Policy> policies_;
  std::set<string> uninjected_;
};

// ----------------------------------------------------------------------------------------------------
// section 4

struct Visibility {
  bool everyone = false;
  std::set<string> namespaces;

  bool in(const string& ns) const { return everyone || namespaces.contains(ns); }
  bool only_in(const string& ns) const { return !everyone && namespaces == std::set<string>{ns}; }
  friend bool operator==(const Visibility&, const Visibility&) = default;
};

struct Rule {
  Read<DestinationRule> read;
  optional<string> host;  // resolved
  Visibility visibility;
  std::set<string> export_to;  // as written

  const DestinationRule& value() const { return *read.value; }
  const string& ns() const { return read.id.ns; }
};

Visibility visibility_of(const DestinationRule& rule, const string& own_namespace) {
  if (rule.workload_selector) return {false, {own_namespace}};  // "counts as exportTo: [\".\"]"
  Visibility result;
  result.everyone = rule.export_to.empty();
  for (const string& entry : rule.export_to) {
    if (entry == "*") result.everyone = true;
    result.namespaces.insert(entry == "." ? own_namespace : entry);
  }
  if (result.everyone) result.namespaces.clear();
  return result;
}

string resolve_host(const string& host, const string& rule_namespace, const string& cluster_domain) {
  if (host == "*" || host.find('.') != string::npos) return host;
  return host + "." + rule_namespace + ".svc." + cluster_domain;
}

// A host that is called.
struct Target {
  string host;
  bool undocumented = false;
};

bool matches(const string& rule_host, const Target& target) {
  if (!is_wildcard(rule_host)) return rule_host == target.host;
  // The undocumented service: "among wildcards only `*` and those that start with `*.` match it".
  if (target.undocumented && rule_host != "*" && !rule_host.starts_with("*.")) return false;
  return target.host.ends_with(string_view(rule_host).substr(1));
}

// "exact beats wildcard, then the longer, then alphabetical"
bool more_specific(const string& a, const string& b) {
  if (is_wildcard(a) != is_wildcard(b)) return !is_wildcard(a);
  if (a.size() != b.size()) return a.size() > b.size();
  return a < b;
}

struct Group {
  vector<const Rule*> rules;  // oldest first; the first started it
  friend bool operator==(const Group&, const Group&) = default;

  const string& host() const { return *rules.front()->host; }
  const Visibility& visibility() const { return rules.front()->visibility; }
  const std::set<string>& export_to() const { return rules.front()->export_to; }

  // "the first trafficPolicy present is the top-level policy"; the rule it came from, or null
  const Rule* top_level() const {
    for (const Rule* rule : rules) {
      if (rule->value().policy) return rule;
    }
    return nullptr;
  }

  struct NamedSubset {
    const Rule* rule;
    std::size_t index;
    const Subset& value() const { return rule->value().subsets[index]; }
  };

  // "subsets concatenate (first of a name wins)"
  vector<NamedSubset> subsets() const {
    vector<NamedSubset> result;
    std::set<string> names;
    for (const Rule* rule : rules) {
      for (std::size_t i = 0; i < rule->value().subsets.size(); ++i) {
        if (names.insert(rule->value().subsets[i].name).second) result.push_back({rule, i});
      }
    }
    return result;
  }
};

// Of one host's rules at one step, oldest first.
vector<Group> groups_of(const vector<const Rule*>& rules) {
  vector<Group> groups;
  for (const Rule* rule : rules) {
    bool joined_last = false;
    for (Group& group : groups) {
      const std::set<string>& theirs = group.export_to();
      const std::set<string>& own = rule->export_to;
      const bool subset =
          !theirs.empty() && std::includes(own.begin(), own.end(), theirs.begin(), theirs.end());
      joined_last = theirs == own || subset;
      if (joined_last) group.rules.push_back(rule);
    }
    if (!joined_last) groups.push_back({{rule}});
  }
  return groups;
}

enum class ClientMode { NoTls, Disable, Simple, Mutual, IstioMutual };

bool exists_as_client_mode(const string& mode) {
  return mode == "DISABLE" || mode == "SIMPLE" || mode == "MUTUAL" || mode == "ISTIO_MUTUAL";
}

ClientMode client_mode(const optional<Tls>& tls) {
  if (!tls) return ClientMode::NoTls;
  if (!tls->mode || tls->mode == "DISABLE") return ClientMode::Disable;  // "without `mode` is DISABLE"
  if (tls->mode == "SIMPLE") return ClientMode::Simple;
  if (tls->mode == "MUTUAL") return ClientMode::Mutual;
  if (tls->mode == "ISTIO_MUTUAL") return ClientMode::IstioMutual;
  return ClientMode::NoTls;  // "With a bad value the clause stays chosen and gives no tls."
}

// `tls.mode`, or the key `tls` when there is no mode.
string tls_path(const string& parent, const Tls& tls) { return parent + (tls.mode ? ".tls.mode" : ".tls"); }

string port_path(const string& policy_path, std::size_t index) {
  return policy_path + ".portLevelSettings[" + std::to_string(index) + "]";
}

string subset_path(std::size_t index) { return "spec.subsets[" + std::to_string(index) + "].trafficPolicy"; }

// Every clause of a rule that carries tls: (parent path, tls).
vector<std::pair<string, const Tls*>> clauses_with_tls(const DestinationRule& rule) {
  vector<std::pair<string, const Tls*>> result;
  const auto add = [&](const string& path, const optional<TrafficPolicy>& policy) {
    if (!policy) return;
    if (policy->tls) result.emplace_back(path, &*policy->tls);
    for (std::size_t i = 0; i < policy->ports.size(); ++i) {
      if (policy->ports[i].tls) result.emplace_back(port_path(path, i), &*policy->ports[i].tls);
    }
  };
  add("spec.trafficPolicy", rule.policy);
  for (std::size_t i = 0; i < rule.subsets.size(); ++i) add(subset_path(i), rule.subsets[i].policy);
  return result;
}

// What a clause lookup gives: the mode and, when there is tls, the rule and place that say it.
struct Clause {
  ClientMode mode = ClientMode::NoTls;
  const Rule* rule = nullptr;
  string path;
};

Clause clause_from(const Rule* rule, const string& parent, const optional<Tls>& tls) {
  if (!tls) return {};
  return {client_mode(tls), rule, tls_path(parent, *tls)};
}

// The first entry for a port counts.
optional<std::size_t> entry_for(const TrafficPolicy& policy, int port) {
  for (std::size_t i = 0; i < policy.ports.size(); ++i) {
    if (policy.ports[i].port == port) return i;
  }
  return std::nullopt;
}

Clause deciding_clause(const Group& group, int port, const optional<Group::NamedSubset>& subset) {
  // 2. the subset's own policy
  if (subset && subset->value().policy) {
    const TrafficPolicy& policy = *subset->value().policy;
    const string path = subset_path(subset->index);
    if (const auto entry = entry_for(policy, port)) {
      return clause_from(subset->rule, port_path(path, *entry), policy.ports[*entry].tls);
    }
    if (policy.tls) return clause_from(subset->rule, path, policy.tls);
  }
  // 1. base
  const Rule* owner = group.top_level();
  if (owner == nullptr) return {};
  const TrafficPolicy& policy = *owner->value().policy;
  if (const auto entry = entry_for(policy, port)) {
    return clause_from(owner, port_path("spec.trafficPolicy", *entry), policy.ports[*entry].tls);
  }
  return clause_from(owner, "spec.trafficPolicy", policy.tls);
}

class ClientSide {
 public:
  ClientSide(const Documents& documents, const Effective& settings) : root_(settings.root_namespace) {
    for (const Read<DestinationRule>& read : documents.rules) {
      Rule rule;
      rule.read = read;
      if (read.value->host) rule.host = resolve_host(*read.value->host, read.id.ns, settings.cluster_domain);
      rule.visibility = visibility_of(*read.value, read.id.ns);
      rule.export_to.insert(read.value->export_to.begin(), read.value->export_to.end());
      rules_.push_back(std::move(rule));
    }
    std::sort(rules_.begin(), rules_.end(),
              [](const Rule& a, const Rule& b) { return older(a.read, b.read); });
  }

  // All of them, oldest first; also those that never decide.
  const vector<Rule>& rules() const { return rules_; }

  // The deciding group of a call from namespace C to a host in namespace N, as if `removed` did not exist.
  optional<Group> lookup(const string& client, const string& target_namespace, const Target& target,
                         const Group* removed = nullptr) const {
    // Step 1.
    const auto first = [&](const Rule& rule) {
      if (rule.ns() != client) return false;
      return client == root_ ? rule.visibility.only_in(root_) : rule.visibility.in(client);
    };
    if (auto group = step(client, target, first, removed)) return group;
    // Step 2.
    if (!(client == target_namespace && client != root_)) {
      const auto second = [&](const Rule& rule) {
        return rule.ns() == target_namespace && !rule.visibility.only_in(target_namespace);
      };
      if (auto group = step(client, target, second, removed)) return group;
    }
    // Step 3.
    const auto third = [&](const Rule& rule) {
      return rule.ns() == root_ && !rule.visibility.only_in(root_);
    };
    return step(client, target, third, removed);
  }

 private:
  template <class InStep>
  optional<Group> step(const string& client, const Target& target, InStep in_step,
                       const Group* removed) const {
    const auto specific_first = [](const string& a, const string& b) { return more_specific(a, b); };
    std::map<string, vector<const Rule*>, decltype(specific_first)> by_host(specific_first);
    for (const Rule& rule : rules_) {
      if (rule.value().workload_selector || !rule.host) continue;  // "it never decides (it is ignored)"
      if (in_step(rule) && matches(*rule.host, target)) by_host[*rule.host].push_back(&rule);
    }
    for (const auto& [host, rules] : by_host) {
      vector<Group> groups = groups_of(rules);
      if (removed != nullptr) std::erase(groups, *removed);
      if (groups.empty()) continue;  // only when the removed group was the host's only one
      // "only then are groups not visible in C dropped"
      std::erase_if(groups, [&](const Group& group) { return !group.visibility().in(client); });
      // "the group that started last decides, alone"
      if (groups.empty()) return std::nullopt;
      return groups.back();
    }
    return std::nullopt;
  }

  string root_;
  vector<Rule> rules_;
};

// ----------------------------------------------------------------------------------------- sections 5, 6 and
// 7

class Findings {
 public:
  void add(const string& code, const string& severity, const Place& at) { entry(code, severity, at); }

  void add(const string& code, const string& severity, const Place& at, const Place& related) {
    entry(code, severity, at).insert(related);
  }

  vector<ExpectedFinding> take() const {
    vector<ExpectedFinding> result;
    for (const auto& [key, related] : found_) {
      const auto& [code, severity, at] = key;
      ExpectedFinding finding;
      finding.code = code;
      finding.severity = severity;
      finding.role = at.kind == "DestinationRule" ? "rule" : "policy";
      finding.at = at;
      finding.related.assign(related.begin(), related.end());
      finding.place_is_vague = at.path == "metadata.name" && at.name.empty();
      result.push_back(std::move(finding));
    }
    std::sort(result.begin(), result.end());
    return result;
  }

 private:
  std::set<Place>& entry(const string& code, const string& severity, const Place& at) {
    return found_[{code, severity, at}];
  }

  std::map<std::tuple<string, string, Place>, std::set<Place>> found_;
};

class Analysis {
 public:
  explicit Analysis(const MeshModel& mesh)
      : documents_(Reader(mesh).take()),
        settings_(effective_settings(mesh.settings, documents_)),
        server_(documents_, settings_),
        client_(documents_, settings_) {
    collect_namespaces();
  }

  vector<ExpectedFinding> run() {
    calls();                   // TIS0208, TIS0207, TIS0503 error, TIS0502, TIS0206, TIS0401, TIS0501; TIS0204
    missing_mesh_wide_rule();  // TIS0503 warning
    mesh_wide_mtls_rule();     // TIS0205
    colliding_rules();         // TIS0201
    authorization_policies();  // TIS0104
    several_without_selector();  // TIS0001
    several_for_one_workload();  // TIS0002
    selecting_nothing();         // TIS0003
    bad_modes();                 // MTLS0001
    misplaced_policies();        // MTLS0002, MTLS0003
    tls_without_mode();          // MTLS0004
    never_deciding_policies();   // MTLS0005
    copies();                    // MTLS0006
    return findings_.take();
  }

 private:
  // -- section 5: what calls range over

  string service_suffix() const { return ".svc." + settings_.cluster_domain; }

  // N of a host `….N.svc.<clusterDomain>`, and the `…`.
  optional<std::pair<string, string>> in_cluster_domain(const string& host) const {
    const string suffix = service_suffix();
    if (!host.ends_with(suffix)) return std::nullopt;
    const string front = host.substr(0, host.size() - suffix.size());
    const std::size_t dot = front.rfind('.');
    if (dot == string::npos || dot == 0 || dot + 1 == front.size()) return std::nullopt;
    return std::pair{front.substr(dot + 1), front.substr(0, dot)};
  }

  void collect_namespaces() {
    known_ = documents_.metadata_namespaces;
    for (const Read<Namespace>& ns : documents_.namespaces) {
      if (ns.id.named) known_.insert(ns.id.name);
    }
    const auto exported = [&](const vector<string>& entries) {
      for (const string& entry : entries) {
        if (entry != "." && entry != "*") known_.insert(entry);
      }
    };
    for (const Rule& rule : client_.rules()) {
      exported(rule.value().export_to);
      if (!rule.host) continue;
      if (const auto parts = in_cluster_domain(*rule.host)) known_.insert(parts->first);
    }
    for (const Read<ServiceEntry>& entry : documents_.entries) exported(entry.value->export_to);
  }

  vector<string> known_and_unknown() const {
    vector<string> result(known_.begin(), known_.end());
    result.emplace_back(kUnknownNamespace);
    return result;
  }

  struct CalledService {
    Target target;
    const Service* document = nullptr;
  };

  vector<CalledService> services_of(const string& ns) const {
    std::map<string, CalledService> by_host;
    for (const Read<Service>& service : documents_.services) {
      if (service.id.ns != ns || !service.id.named) continue;
      const string host = service.id.name + "." + ns + service_suffix();
      by_host[host] = {{host, false}, service.value};
    }
    for (const Rule& rule : client_.rules()) {
      if (!rule.host || is_wildcard(*rule.host)) continue;
      const auto parts = in_cluster_domain(*rule.host);
      if (parts && parts->first == ns)
        by_host.try_emplace(*rule.host, CalledService{{*rule.host, false}, nullptr});
    }
    vector<CalledService> result;
    for (const auto& [host, service] : by_host) result.push_back(service);
    result.push_back({{string(kUndocumentedService) + "." + ns + service_suffix(), true}, nullptr});
    return result;
  }

  // The declared ports, those in any clause, and one in neither.
  std::set<int> ports_of(const Service* service) const {
    std::set<int> result;
    if (service != nullptr) {
      for (const ServicePort& port : service->ports) result.insert(port.port);
    }
    const auto add = [&](const optional<TrafficPolicy>& policy) {
      if (!policy) return;
      for (const PortSettings& entry : policy->ports) result.insert(entry.port);
    };
    for (const Rule& rule : client_.rules()) {
      add(rule.value().policy);
      for (const Subset& subset : rule.value().subsets) add(subset.policy);
    }
    int other = 1;
    while (result.contains(other)) ++other;
    result.insert(other);
    return result;
  }

  struct CalledWorkload {
    Labels labels;
    const Workload* document = nullptr;  // null for a stand-in
  };

  vector<CalledWorkload> workloads_of(const string& ns, const Service* service,
                                      const Labels& subset_labels) const {
    // "If there is no Service document, or it has no selector, a stand-in without labels (also for a
    // subset)."
    if (service == nullptr || service->selector.empty()) {
      if (!server_.stand_in_has_sidecar(ns)) return {};
      return {CalledWorkload{}};
    }
    vector<CalledWorkload> result;
    bool any_match = false;
    for (const Read<Workload>& workload : documents_.workloads) {
      if (workload.id.ns != ns || !contains(workload.value->labels, service->selector)) continue;
      any_match = true;
      if (!contains(workload.value->labels, subset_labels) || !server_.has_sidecar(workload)) continue;
      result.push_back({workload.value->labels, workload.value});
    }
    if (any_match) return result;
    // "a stand-in with exactly the selector's and the subset's labels"
    CalledWorkload stand_in{service->selector, nullptr};
    for (const auto& [key, value] : subset_labels) {
      if (stand_in.labels.try_emplace(key, value).first->second != value)
        return {};  // they contradict each other
    }
    if (!server_.stand_in_has_sidecar(ns)) return {};
    return {stand_in};
  }

  // The workload port p of service port q; nullopt when it is not known.
  static optional<int> workload_port(const Service* service, int port, const Workload* workload) {
    if (service == nullptr) return std::nullopt;
    for (const ServicePort& declared : service->ports) {
      if (declared.port != port) continue;
      if (std::holds_alternative<std::monostate>(declared.target)) return port;
      if (const int* number = std::get_if<int>(&declared.target)) return *number;
      if (workload == nullptr) return std::nullopt;
      for (const vector<ContainerPort>& container : workload->containers) {
        for (const ContainerPort& candidate : container) {
          if (candidate.name == std::get<string>(declared.target)) return candidate.port;
        }
      }
      return std::nullopt;
    }
    return std::nullopt;  // not declared
  }

  void calls() {
    for (const string& target_namespace : known_and_unknown()) {
      for (const CalledService& service : services_of(target_namespace)) {
        const std::set<int> ports = ports_of(service.document);
        for (const string& client_namespace : known_and_unknown()) {
          const optional<Group> group = client_.lookup(client_namespace, target_namespace, service.target);
          if (group) shadowing(client_namespace, target_namespace, service.target, *group);

          vector<optional<Group::NamedSubset>> subsets = {std::nullopt};
          if (group) {
            for (const Group::NamedSubset& subset : group->subsets()) subsets.emplace_back(subset);
          }
          for (const auto& subset : subsets) {
            const Labels subset_labels = subset ? subset->value().labels : Labels{};
            for (const CalledWorkload& workload :
                 workloads_of(target_namespace, service.document, subset_labels)) {
              for (const int port : ports) {
                const Clause clause = group ? deciding_clause(*group, port, subset) : Clause{};
                const Decision decision =
                    server_.decide(target_namespace, workload.labels,
                                   workload_port(service.document, port, workload.document));
                judge(clause, decision);
              }
            }
          }
        }
      }
    }
  }

  // -- section 6: the table, and section 7: its findings

  void judge(const Clause& clause, const Decision& decision) {
    if (decision.level == Level::Nobody) return;  // PERMISSIVE
    const Place& policy = *decision.place;
    switch (clause.mode) {
      case ClientMode::Disable:
      case ClientMode::Simple:
        if (decision.mode == Mode::Strict) conflict(plaintext_code(clause, decision), clause, policy);
        return;
      case ClientMode::Mutual:
      case ClientMode::IstioMutual:
        if (decision.mode != Mode::Disable) return;
        if (clause.mode == ClientMode::Mutual && !is_wildcard(*clause.rule->host)) return;
        if (decision.level != Level::Mesh) {
          conflict("TIS0502", clause, policy);
        } else if (is_mesh_wide(*clause.rule->host)) {
          conflict("TIS0503", clause, policy);
          mesh_wide_conflict_ = true;
        } else {
          conflict("TIS0206", clause, policy);
        }
        return;
      case ClientMode::NoTls:
        if (settings_.auto_mtls || decision.mode != Mode::Strict) return;
        findings_.add(decision.level == Level::Mesh ? "TIS0401" : "TIS0501", "error", policy);
        return;
    }
  }

  // "TIS0207 (namespace-wide rule of a namespace against that namespace's own STRICT policy)"
  string plaintext_code(const Clause& clause, const Decision& decision) const {
    const bool namespace_wide = *clause.rule->host == "*." + clause.rule->ns() + service_suffix();
    const bool own_policy = decision.level == Level::Namespace && decision.place->ns == clause.rule->ns();
    return settings_.separate_tis0207 && namespace_wide && own_policy ? "TIS0207" : "TIS0208";
  }

  void conflict(const string& code, const Clause& clause, const Place& policy) {
    const Place rule = clause.rule->read.id.place(clause.path);
    findings_.add(code, "error", policy, rule);
    findings_.add(code, "error", rule, policy);
  }

  bool is_mesh_wide(const string& host) const {
    if (host == "*") return true;
    return host.starts_with("*.") && service_suffix().ends_with(string_view(host).substr(1));
  }

  // TIS0204, for one lookup
  void shadowing(const string& client, const string& target_namespace, const Target& target,
                 const Group& group) {
    vector<const Rule*> candidates;
    if (const Rule* owner = group.top_level()) {
      candidates = {owner};
    } else {
      candidates = group.rules;
    }
    std::erase_if(candidates, [](const Rule* rule) { return !clauses_with_tls(rule->value()).empty(); });
    if (candidates.empty()) return;

    const optional<Group> wider = client_.lookup(client, target_namespace, target, &group);
    if (!wider || !is_wildcard(wider->host())) return;
    const Rule* owner = wider->top_level();
    if (owner == nullptr || client_mode(owner->value().policy->tls) != ClientMode::IstioMutual) return;
    for (const Rule* rule : candidates) {
      findings_.add("TIS0204", "warning", rule->read.id.place("spec.host"),
                    owner->read.id.place("spec.trafficPolicy.tls.mode"));
    }
  }

  // TIS0503, the warning
  void missing_mesh_wide_rule() {
    const Policy* mesh_policy = server_.mesh_policy();
    if (mesh_policy == nullptr || server_mode(mesh_policy->value->mode) != Mode::Disable) return;
    if (mesh_wide_conflict_) return;
    for (const Rule& rule : client_.rules()) {
      if (rule.ns() != settings_.root_namespace || !rule.host || !is_mesh_wide(*rule.host)) continue;
      if (!rule.visibility.everyone || !rule.value().policy) continue;
      if (client_mode(rule.value().policy->tls) == ClientMode::Disable) return;
    }
    findings_.add("TIS0503", "warning", mesh_policy->id.place("spec.mtls.mode"));
  }

  // TIS0205. Rules with workloadSelector are left out; no mesh policy is "not STRICT or PERMISSIVE".
  void mesh_wide_mtls_rule() {
    if (settings_.auto_mtls) return;
    const Policy* mesh_policy = server_.mesh_policy();
    const Mode mode = mesh_policy == nullptr ? Mode::Unset : server_mode(mesh_policy->value->mode);
    if (mode == Mode::Strict || mode == Mode::Permissive) return;
    for (const Rule& rule : client_.rules()) {
      if (rule.value().workload_selector || !rule.host || !is_mesh_wide(*rule.host)) continue;
      for (const auto& [path, tls] : clauses_with_tls(rule.value())) {
        const ClientMode given = client_mode(*tls);
        if (given != ClientMode::Mutual && given != ClientMode::IstioMutual) continue;
        findings_.add("TIS0205", "warning", rule.read.id.place(tls_path(path, *tls)));
      }
    }
  }

  // TIS0201
  void colliding_rules() {
    const auto share_a_subset = [](const DestinationRule& a, const DestinationRule& b) {
      return std::any_of(a.subsets.begin(), a.subsets.end(), [&](const Subset& one) {
        return std::any_of(b.subsets.begin(), b.subsets.end(),
                           [&](const Subset& other) { return one.name == other.name; });
      });
    };
    for (const Rule& a : client_.rules()) {
      for (const Rule& b : client_.rules()) {
        if (&a == &b || a.ns() != b.ns() || !a.host || a.host != b.host) continue;
        if (a.value().workload_selector || b.value().workload_selector) continue;
        if (a.visibility != b.visibility) continue;
        if (!share_a_subset(a.value(), b.value()) && !(a.value().policy && b.value().policy)) continue;
        findings_.add("TIS0201", "warning", a.read.id.place("spec.host"), b.read.id.place("spec.host"));
      }
    }
  }

  // TIS0104
  void authorization_policies() {
    for (const Read<AuthorizationPolicy>& policy : documents_.authorizations) {
      const std::set<Place> deciding = disabled_for(policy);
      if (deciding.empty()) continue;
      for (const string& path : identity_fields(*policy.value)) {
        for (const Place& place : deciding) findings_.add("TIS0104", "error", policy.id.place(path), place);
      }
    }
  }

  static vector<string> identity_fields(const AuthorizationPolicy& policy) {
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

  // The deciding mode values that are DISABLE, over the policy's workloads.
  std::set<Place> disabled_for(const Read<AuthorizationPolicy>& policy) const {
    const Labels selector = policy.value->selector.value_or(Labels{});
    std::set<string> namespaces = {policy.id.ns};
    if (policy.id.ns == settings_.root_namespace) namespaces = known_;
    std::set<Place> result;
    const auto look = [&](const string& ns, const Labels& labels) {
      const Decision decision = server_.decide(ns, labels, std::nullopt);  // "port levels aside"
      if (decision.mode == Mode::Disable) result.insert(*decision.place);
    };
    for (const string& ns : namespaces) {
      bool any_match = false;
      for (const Read<Workload>& workload : documents_.workloads) {
        if (workload.id.ns != ns || !contains(workload.value->labels, selector)) continue;
        any_match = true;
        if (server_.has_sidecar(workload)) look(ns, workload.value->labels);
      }
      if (!any_match && server_.stand_in_has_sidecar(ns)) look(ns, selector);
    }
    return result;
  }

  // TIS0001
  void several_without_selector() {
    each_pair_in_namespace([&](const Policy& a, const Policy& b) {
      if (has_selector(a.value->selector) || has_selector(b.value->selector)) return;
      findings_.add("TIS0001", "error", a.id.place("metadata.name"), b.id.place("metadata.name"));
    });
  }

  // TIS0002
  void several_for_one_workload() {
    each_pair_in_namespace([&](const Policy& a, const Policy& b) {
      if (a.id.ns == settings_.root_namespace) return;
      if (!has_selector(a.value->selector) || !has_selector(b.value->selector)) return;
      for (const Read<Workload>& workload : documents_.workloads) {
        if (workload.id.ns != a.id.ns) continue;
        if (!contains(workload.value->labels, *a.value->selector)) continue;
        if (!contains(workload.value->labels, *b.value->selector)) continue;
        findings_.add("TIS0002", "error", a.id.place("metadata.name"), b.id.place("metadata.name"));
      }
    });
  }

  template <class Visit>
  void each_pair_in_namespace(Visit visit) const {
    for (const Policy& a : server_.policies()) {
      for (const Policy& b : server_.policies()) {
        if (&a != &b && a.id.ns == b.id.ns) visit(a, b);
      }
    }
  }

  // TIS0003
  void selecting_nothing() {
    for (const Policy& policy : server_.policies()) {
      if (policy.id.ns == settings_.root_namespace || !has_selector(policy.value->selector)) continue;
      bool any_workload = false;
      bool any_match = false;
      for (const Read<Workload>& workload : documents_.workloads) {
        if (workload.id.ns != policy.id.ns) continue;
        any_workload = true;
        any_match = any_match || contains(workload.value->labels, *policy.value->selector);
      }
      if (any_workload && !any_match) findings_.add("TIS0003", "warning", policy.id.place("spec.selector"));
    }
  }

  // MTLS0001
  void bad_modes() {
    for (const Policy& policy : server_.policies()) {
      const auto look = [&](const optional<string>& mode, const string& path) {
        if (mode && !exists_as_server_mode(*mode)) findings_.add("MTLS0001", "error", policy.id.place(path));
      };
      look(policy.value->mode, "spec.mtls.mode");
      for (const PortMode& entry : policy.value->port_level) {
        look(entry.mode, "spec.portLevelMtls." + std::to_string(entry.port) + ".mode");
      }
    }
    for (const Rule& rule : client_.rules()) {
      for (const auto& [path, tls] : clauses_with_tls(rule.value())) {
        if (!tls->mode || exists_as_client_mode(*tls->mode)) continue;
        findings_.add("MTLS0001", "error", rule.read.id.place(tls_path(path, *tls)));
      }
    }
  }

  // MTLS0002, MTLS0003
  void misplaced_policies() {
    for (const Policy& policy : server_.policies()) {
      if (has_selector(policy.value->selector)) {
        if (policy.id.ns == settings_.root_namespace) {
          findings_.add("MTLS0002", "warning", policy.id.place("spec.selector"));
        }
      } else if (!policy.value->port_level.empty()) {
        findings_.add("MTLS0003", "error", policy.id.place("spec.portLevelMtls"));
      }
    }
  }

  // MTLS0004
  void tls_without_mode() {
    for (const Rule& rule : client_.rules()) {
      for (const auto& [path, tls] : clauses_with_tls(rule.value())) {
        if (!tls->mode) findings_.add("MTLS0004", "warning", rule.read.id.place(tls_path(path, *tls)));
      }
    }
  }

  // MTLS0005
  void never_deciding_policies() {
    each_pair_in_namespace([&](const Policy& policy, const Policy& other) {
      if (policy.id.ns == settings_.root_namespace || !older(other, policy)) return;
      if (!has_selector(policy.value->selector) || !has_selector(other.value->selector)) return;
      if (!contains(*policy.value->selector, *other.value->selector)) return;
      findings_.add("MTLS0005", "warning", policy.id.place("metadata.name"), other.id.place("metadata.name"));
    });
  }

  // MTLS0006
  void copies() {
    const std::set<string> kinds = {"PeerAuthentication", "DestinationRule", "AuthorizationPolicy"};
    for (const Copy& copy : documents_.copies) {
      if (!kinds.contains(copy.later.kind)) continue;
      findings_.add("MTLS0006", "information", copy.later.place("metadata.name"),
                    copy.first.place("metadata.name"));
    }
  }

  Documents documents_;
  Effective settings_;
  ServerSide server_;
  ClientSide client_;
  std::set<string> known_;
  Findings findings_;
  bool mesh_wide_conflict_ = false;
};

}  // namespace

vector<ExpectedFinding> expected_findings(const MeshModel& mesh) { return Analysis(mesh).run(); }

string to_string(const Place& place) {
  string text = place.kind + " " + place.ns + "/" + (place.name.empty() ? "(no name)" : place.name);
  text += " " + place.path + " (" + place.file + " #" + std::to_string(place.document);
  if (place.item >= 0) text += "[" + std::to_string(place.item) + "]";
  return text + ")";
}

string to_string(const ExpectedFinding& finding) {
  string text = finding.code + " " + finding.severity + " " + finding.role + " " + to_string(finding.at);
  for (const Place& place : finding.related) text += "\n    related: " + to_string(place);
  return text;
}

}  // namespace reference
