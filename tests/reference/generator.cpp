#include "tests/reference/generator.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

namespace reference {

Random::Random(std::uint64_t seed) : engine_(seed) {}

int Random::below(int bound) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(bound)); }

int Random::between(int low, int high) { return low + below(high - low + 1); }

bool Random::chance(int percent) { return below(100) < percent; }

namespace {

using std::optional;
using std::string;
using std::vector;

template <class T>
struct Weighted {
  T value;
  int weight;
};

// How many of each, and how likely what (percent), where flavours differ.
struct Weights {
  int min_policies = 1;
  int max_policies = 3;
  int min_rules = 0;
  int max_rules = 4;
  int min_services = 0;
  int max_services = 2;
  int min_workloads = 0;
  int max_workloads = 2;
  int max_namespaces = 4;
  int max_authorizations = 1;
  int authorization = 12;

  int policy_in_root = 30;
  int policy_selector = 30;
  int policy_port_level = 20;
  int meet_policy = 40;  // a selector that is a Service's
  int meet_rule = 15;    // a host that is a Service's
  vector<Weighted<string>> policy_mode = {
      {"STRICT", 40}, {"DISABLE", 28}, {"PERMISSIVE", 14}, {"UNSET", 6}, {"", 12}};
  int bad_mode = 3;

  int rule_in_root = 25;
  int same_host = 20;  // as an earlier rule
  int mesh_wide_host = 22;
  int namespace_wide_host = 14;
  int no_policy = 15;
  int no_tls = 10;
  int no_tls_mode = 3;
  vector<Weighted<string>> rule_mode = {
      {"DISABLE", 35}, {"SIMPLE", 10}, {"MUTUAL", 15}, {"ISTIO_MUTUAL", 40}};
  int export_to = 35;
  int workload_selector = 5;
  int port_settings = 20;
  int subsets = 25;

  int auto_mtls_off = 7;
  int separate_tis0207 = 15;
  int timestamps = 30;
  int duplicate = 3;
  int missing_name = 1;
  int missing_namespace = 4;
  int namespace_documents = 45;
  int root_documents = 15;  // of these, the root's
  int not_injected = 10;    // a Namespace document
  int injected = 25;        // likewise
  int ambient = 4;          // likewise, or a workload
  int sidecarless = 15;     // a workload
  int port_annotations = 5;
  int gateway = 5;
  int own_labels = 12;  // of a controller
  int entries = 6;      // WorkloadEntry, WorkloadGroup
  int near_labels = 6;
  int injected_labels = 4;

  int headless = 6;
  int passthrough = 5;
  int protocols = 30;
  int refused_export_to = 4;
  int private_rules = 3;  // defaultDestinationRuleExportTo
  int sidecars = 6;
  int backend_policies = 3;
  int callers = 5;
  int system_namespace = 3;
};

Weights weights_of(Flavour flavour) {
  Weights w;
  switch (flavour) {
    case Flavour::Mixed:
      break;
    case Flavour::MeshDisable:
      w.policy_in_root = 65;
      w.policy_selector = 8;
      w.policy_mode = {{"DISABLE", 75}, {"PERMISSIVE", 10}, {"STRICT", 8}, {"", 7}};
      w.rule_in_root = 45;
      w.mesh_wide_host = 45;
      w.rule_mode = {{"DISABLE", 35}, {"MUTUAL", 20}, {"ISTIO_MUTUAL", 45}};
      w.no_policy = 6;
      break;
    case Flavour::Strict:
      w.policy_mode = {{"STRICT", 80}, {"PERMISSIVE", 12}, {"", 8}};
      w.rule_mode = {{"DISABLE", 60}, {"SIMPLE", 20}, {"ISTIO_MUTUAL", 20}};
      w.namespace_wide_host = 45;
      w.separate_tis0207 = 80;
      w.policy_in_root = 20;
      w.policy_selector = 15;
      w.max_namespaces = 2;
      w.min_rules = 2;
      w.mesh_wide_host = 12;
      break;
    case Flavour::NamespaceModes:
      w.policy_in_root = 15;
      w.policy_mode = {{"DISABLE", 60}, {"STRICT", 30}, {"PERMISSIVE", 10}};
      w.namespace_wide_host = 25;
      w.no_policy = 6;
      break;
    case Flavour::AutoMtlsOff:
      w.auto_mtls_off = 90;
      w.policy_mode = {{"STRICT", 60}, {"DISABLE", 20}, {"PERMISSIVE", 10}, {"", 10}};
      w.mesh_wide_host = 35;
      w.no_tls = 20;
      w.max_policies = 2;
      w.max_rules = 3;
      w.policy_port_level = 40;
      break;
    case Flavour::Merging:
      w.min_rules = 2;
      w.max_rules = 6;
      w.same_host = 70;
      w.export_to = 70;
      w.timestamps = 50;
      w.subsets = 45;
      w.mesh_wide_host = 12;
      w.no_policy = 25;
      w.max_workloads = 1;
      break;
    case Flavour::Shadowing:
      w.min_rules = 2;
      w.max_rules = 5;
      w.max_namespaces = 3;
      w.mesh_wide_host = 32;
      w.namespace_wide_host = 25;
      w.port_settings = 10;
      w.export_to = 25;
      w.no_policy = 30;
      w.no_tls = 25;
      w.rule_mode = {{"ISTIO_MUTUAL", 80}, {"DISABLE", 20}};
      w.auto_mtls_off = 85;
      w.max_policies = 1;
      w.max_workloads = 1;
      break;
    case Flavour::Ports:
      w.policy_in_root = 10;
      w.policy_selector = 85;
      w.policy_port_level = 85;
      w.port_settings = 60;
      w.policy_mode = {{"STRICT", 50}, {"DISABLE", 20}, {"PERMISSIVE", 20}, {"UNSET", 5}, {"", 5}};
      w.min_rules = 1;
      w.min_services = 1;
      w.max_services = 3;
      w.min_workloads = 1;
      w.subsets = 45;
      w.export_to = 15;
      w.max_workloads = 3;
      w.max_namespaces = 2;
      w.mesh_wide_host = 15;
      w.auto_mtls_off = 40;
      w.no_tls = 30;
      break;
    case Flavour::Workloads:
      w.min_policies = 2;
      w.max_policies = 5;
      w.policy_in_root = 12;
      w.policy_selector = 80;
      w.policy_port_level = 35;
      w.min_workloads = 1;
      w.max_workloads = 4;
      w.max_namespaces = 2;
      w.timestamps = 45;
      w.min_services = 0;
      w.min_rules = 1;
      w.max_rules = 2;
      w.not_injected = 45;
      w.rule_mode = {{"DISABLE", 60}, {"ISTIO_MUTUAL", 40}};
      w.sidecarless = 50;
      w.near_labels = 22;
      w.subsets = 40;
      break;
    case Flavour::Authorization:
      w.authorization = 100;
      w.max_authorizations = 3;
      w.policy_mode = {{"DISABLE", 65}, {"STRICT", 20}, {"PERMISSIVE", 10}, {"", 5}};
      w.max_workloads = 3;
      w.max_rules = 1;
      w.not_injected = 25;
      break;
    case Flavour::Proxies:
      w.policy_mode = {{"STRICT", 60}, {"DISABLE", 30}, {"PERMISSIVE", 10}};
      w.rule_mode = {{"DISABLE", 40}, {"ISTIO_MUTUAL", 50}, {"MUTUAL", 10}};
      w.min_services = 1;
      w.min_workloads = 1;
      w.max_workloads = 4;
      w.max_namespaces = 2;
      w.min_rules = 1;
      w.max_rules = 3;
      w.namespace_documents = 85;
      w.not_injected = 20;
      w.injected = 45;
      w.ambient = 32;
      w.root_documents = 30;
      w.sidecarless = 35;
      w.gateway = 25;
      w.own_labels = 40;
      w.entries = 15;
      w.system_namespace = 15;
      break;
    case Flavour::AutoMtls:
      w.meet_rule = 45;
      w.policy_mode = {{"STRICT", 40}, {"DISABLE", 50}, {"PERMISSIVE", 10}};
      w.policy_in_root = 20;
      w.policy_selector = 50;
      w.min_policies = 2;
      w.max_policies = 4;
      w.min_services = 1;
      w.min_workloads = 2;
      w.max_workloads = 3;
      w.max_namespaces = 1;
      w.max_rules = 2;
      w.no_tls = 35;
      w.port_settings = 50;
      w.subsets = 45;
      w.headless = 55;
      w.passthrough = 25;
      w.auto_mtls_off = 0;
      w.mesh_wide_host = 8;
      w.namespace_wide_host = 5;
      w.near_labels = 2;
      w.meet_policy = 75;
      w.sidecarless = 35;
      w.gateway = 25;
      break;
    case Flavour::TakenPorts:
      w.meet_rule = 45;
      w.policy_mode = {{"STRICT", 50}, {"DISABLE", 20}, {"PERMISSIVE", 30}};
      w.policy_selector = 50;
      w.policy_port_level = 60;
      w.rule_mode = {{"DISABLE", 25}, {"SIMPLE", 25}, {"ISTIO_MUTUAL", 35}, {"MUTUAL", 15}};
      w.min_services = 1;
      w.max_services = 3;
      w.min_workloads = 1;
      w.max_workloads = 3;
      w.max_namespaces = 2;
      w.max_rules = 2;
      w.port_annotations = 60;
      w.protocols = 70;
      w.policy_in_root = 15;
      w.sidecarless = 5;
      w.callers = 25;
      break;
    case Flavour::ClientClasses:
      w.min_rules = 2;
      w.max_rules = 5;
      w.same_host = 55;
      w.workload_selector = 45;
      w.export_to = 35;
      w.sidecars = 45;
      w.private_rules = 30;
      w.min_workloads = 0;
      w.max_workloads = 3;
      w.max_namespaces = 3;
      w.policy_mode = {{"STRICT", 60}, {"DISABLE", 30}, {"PERMISSIVE", 10}};
      break;
    case Flavour::Backends:
      w.meet_rule = 45;
      w.backend_policies = 100;
      w.min_services = 1;
      w.max_services = 2;
      w.protocols = 70;
      w.max_namespaces = 1;
      w.min_rules = 0;
      w.max_rules = 3;
      w.no_tls = 40;
      w.port_settings = 50;
      w.policy_mode = {{"STRICT", 60}, {"DISABLE", 20}, {"PERMISSIVE", 20}};
      break;
    case Flavour::Callers:
      w.callers = 100;
      w.policy_mode = {{"STRICT", 90}, {"PERMISSIVE", 10}};
      w.policy_in_root = 15;
      w.policy_selector = 20;
      w.policy_port_level = 15;
      w.min_services = 1;
      w.max_services = 2;
      w.min_workloads = 2;
      w.max_workloads = 4;
      w.max_namespaces = 1;
      w.max_rules = 1;
      w.near_labels = 1;
      w.entries = 2;
      w.max_policies = 2;
      w.injected = 60;
      w.protocols = 60;
      w.sidecarless = 30;
      w.port_annotations = 10;
      w.ambient = 8;
      break;
    case Flavour::Careless:
      w.refused_export_to = 40;
      w.bad_mode = 22;
      w.no_tls_mode = 22;
      w.duplicate = 20;
      w.missing_name = 8;
      w.missing_namespace = 20;
      w.workload_selector = 12;
      w.policy_port_level = 40;
      break;
  }
  return w;
}

const vector<string> kServices = {"a", "b", "ab"};
const vector<int> kPorts = {80, 443, 8080, 8443};
const vector<string> kPortNames = {"http", "https"};
const vector<string> kSubsetNames = {"v1", "v2", "canary"};
const vector<string> kNames = {"default", "m", "b1", "z", "a1", "p", "k", "c2", "x", "d", "w", "e"};
const vector<string> kTimes = {"2023-05-01T10:00:00Z", "2024-01-02T03:04:05Z", "2024-11-30T23:59:59Z",
                               "2024-01-02T05:04:05+02:00", "2024-01-01T23:04:05-05:00"};
// Pairs that are near, and pairs that only look so.
const vector<vector<string>> kNearPairs = {{"catalog", "catalgo"}, {"orders", "order"},
                                           {"worker1", "worker2"}, {"cache-a", "cache-b"},
                                           {"cache-ab", "cache"},  {"abc", "abd"}};
const vector<string> kNameKeys = {"app", "app.kubernetes.io/name", "k8s-app", "name"};
const vector<string> kBadServerModes = {"strict", "Strict",    "MUTUAL", "ISTIO_MUTUAL", "OFF", "TRUE",
                                        "1",      "PERMISIVE", ""};
const vector<string> kBadClientModes = {"disable", "STRICT",       "PERMISSIVE", "UNSET",
                                        "mTLS",    "ISTIO-MUTUAL", "0",          ""};
const vector<string> kPaths = {"a.yaml",      "a/b.yaml",    "a-b.yaml",        "B.yml",
                               "base/x.json", "base/x.yaml", "clusters/1.yaml", "mesh.yml",
                               "z/y/x.json",  "z/y/x.yml",   "policies.v2.yaml"};

class Generator {
 public:
  Generator(std::uint64_t seed, Flavour flavour)
      : random_(seed * 31 + static_cast<std::uint64_t>(flavour)), w_(weights_of(flavour)) {}

  MeshModel make() {
    plan();
    settings();
    repeat(random_.between(w_.min_services, w_.max_services), [&] { service(); });
    if (!random_.chance(5)) repeat(random_.between(w_.min_policies, w_.max_policies), [&] { policy(); });
    if (!random_.chance(5)) repeat(random_.between(w_.min_rules, w_.max_rules), [&] { rule(); });
    repeat(random_.between(w_.min_workloads, w_.max_workloads), [&] { workload(); });
    if (random_.chance(w_.authorization))
      repeat(random_.between(1, w_.max_authorizations), [&] { authorization(); });
    if (random_.chance(w_.namespace_documents)) repeat(random_.between(1, 2), [&] { namespace_document(); });
    if (random_.chance(12)) service_entry();
    if (random_.chance(w_.sidecars)) repeat(random_.between(1, 2), [&] { sidecar(); });
    if (random_.chance(w_.gateway)) gateway();
    if (random_.chance(w_.backend_policies)) backend_policy();
    if (random_.chance(w_.callers)) repeat(random_.between(1, 3), [&] { caller(); });
    if (random_.chance(15)) resources_.emplace_back(Foreign{random_.below(8), some_namespace()});
    duplicates();
    random_.shuffle(resources_);
    layout();
    return std::move(model_);
  }

 private:
  template <class F>
  static void repeat(int times, F f) {
    for (int i = 0; i < times; ++i) f();
  }

  template <class T>
  const T& weighted(const vector<Weighted<T>>& from) {
    int total = 0;
    for (const auto& each : from) total += each.weight;
    int at = random_.below(total);
    for (const auto& each : from) {
      if (at < each.weight) return each.value;
      at -= each.weight;
    }
    return from.back().value;
  }

  // -- the mesh's names

  void plan() {
    const vector<string> all = {"foo", "boo", "bar", "default"};
    namespaces_.assign(all.begin(), all.begin() + random_.between(1, w_.max_namespaces));
    if (namespaces_.size() == 1 && random_.chance(30)) namespaces_ = {"bar"};
    if (random_.chance(w_.system_namespace)) namespaces_.emplace_back("kube-system");
    root_ = random_.chance(15) ? "istio-config" : "istio-system";
    domain_ = random_.chance(12) ? "corp.example" : "cluster.local";
    auto_mtls_off_ = random_.chance(w_.auto_mtls_off);
    with_timestamps_ = random_.chance(w_.timestamps);
    near_pair_ = random_.pick(kNearPairs);
    names_ = kNames;
    random_.shuffle(names_);
    // A small pool of exportTo sets, so that equal ones and subsets meet.
    repeat(random_.between(1, 4), [&] { export_sets_.push_back(export_set()); });
  }

  // Half of everything meets in the first.
  string some_namespace() { return random_.chance(45) ? namespaces_.front() : random_.pick(namespaces_); }

  string namespace_or_root(int percent_root) {
    return random_.chance(percent_root) ? root_ : some_namespace();
  }

  // A service made before to match, at times.
  const Service* meet_a_service(int percent) {
    if (services_.empty() || !random_.chance(percent)) return nullptr;
    return &random_.pick(services_);
  }

  string service_name() { return random_.chance(35) ? kServices.front() : random_.pick(kServices); }

  vector<string> export_set() {
    vector<string> from = namespaces_;
    from.insert(from.end(), {".", ".", "*", root_, "ghost"});
    vector<string> result;
    repeat(random_.between(1, 3), [&] { result.push_back(random_.pick(from)); });
    return result;
  }

  vector<string> export_to(int percent) {
    if (!random_.chance(percent)) return {};
    if (random_.chance(25)) return {"."};
    return random_.chance(70) ? random_.pick(export_sets_) : export_set();
  }

  // What Istio's validation lets pass, mostly.
  vector<string> rule_export_to(const string& own_namespace, bool selecting) {
    vector<string> result = export_to(selecting ? w_.export_to / 2 : w_.export_to);
    if (random_.chance(w_.refused_export_to)) {
      if (random_.chance(15)) result.emplace_back("~");
      return result;
    }
    if (selecting && !result.empty()) return {random_.chance(70) ? "." : own_namespace};
    if (std::find(result.begin(), result.end(), "*") != result.end()) return {"*"};
    std::set<string> seen;
    std::erase_if(result, [&](const string& entry) {
      return !seen.insert(entry == "." ? own_namespace : entry).second;
    });
    return result;
  }

  string fresh_name() {
    const string& name = names_[next_name_ % names_.size()];
    const std::size_t round = next_name_++ / names_.size();
    return round == 0 ? name : name + "-" + std::to_string(round);
  }

  Meta meta(const string& ns) {
    Meta result;
    result.name = fresh_name();
    if (random_.chance(w_.missing_name)) result.name.reset();
    result.ns = ns;
    if (random_.chance(ns == "default" ? 40 : w_.missing_namespace)) result.ns.reset();
    if (with_timestamps_ && random_.chance(60)) result.created = random_.pick(kTimes);
    return result;
  }

  // For kinds without which little is left to test when the name is missing.
  Meta named_meta(const string& ns, const string& name) {
    Meta result = meta(ns);
    result.name = name;
    result.created.reset();
    return result;
  }

  // -- section 2

  void settings() {
    const auto odd = [&](int percent) { return random_.chance(percent); };
    MeshConfig by_config;
    const auto convey = [&](bool wanted, auto value, auto& setting, auto& config) {
      if (!wanted) return;
      if (random_.chance(45)) {
        setting = value;
      } else {
        config = value;
      }
    };
    convey(root_ != "istio-system" || odd(4), root_, model_.settings.root_namespace,
           by_config.root_namespace);
    convey(domain_ != "cluster.local" || odd(4), domain_, model_.settings.cluster_domain,
           by_config.cluster_domain);
    const bool private_rules = odd(w_.private_rules);
    const vector<string> rule_export_to = {private_rules ? "." : odd(50) ? "*" : "foo"};
    convey(private_rules || odd(3), rule_export_to, model_.settings.rule_export_to, by_config.rule_export_to);
    convey(auto_mtls_off_ || odd(6), !auto_mtls_off_, model_.settings.enable_auto_mtls,
           by_config.enable_auto_mtls);
    if (by_config != MeshConfig{} || odd(3)) mesh_config(by_config, true);
    if (odd(by_config == MeshConfig{} ? 4 : 25)) {  // one that disagrees, or says nothing
      MeshConfig other;
      if (odd(50)) other.root_namespace = odd(50) ? "istio-system" : some_namespace();
      if (odd(50)) other.cluster_domain = odd(50) ? "cluster.local" : "corp.example";
      if (odd(50)) other.enable_auto_mtls = odd(50);
      mesh_config(other, false);
    }
    if (odd(10)) model_.settings.default_namespace = odd(30) ? root_ : some_namespace();
    if (odd(w_.separate_tis0207)) model_.settings.separate_tis0207 = odd(90);
  }

  void mesh_config(const MeshConfig& config, bool valid) {
    MeshConfigSource source;
    source.config = config;
    const vector<Weighted<string>> kinds = {{"ConfigMap", 60}, {"IstioOperator", 20}, {"Istio", 20}};
    source.kind = weighted(kinds);
    if (config.cluster_domain && source.kind == "ConfigMap") source.kind = "IstioOperator";
    if (source.kind == "IstioOperator" && random_.chance(w_.callers / 2))
      source.rewrite_probes = random_.chance(40);
    string ns = random_.chance(60) ? "istio-system" : root_;
    if (random_.chance(10)) ns = some_namespace();
    const vector<Weighted<string>> names = {{"istio", 70}, {"istio-canary", 30}};
    source.meta = named_meta(ns, weighted(names));
    if (source.kind == "ConfigMap" && !valid && random_.chance(25)) {
      if (random_.chance(50)) {
        source.config.reset();
      } else {
        source.meta.name = random_.chance(50) ? "istiod" : "other";
      }
    }
    resources_.emplace_back(std::move(source));
  }

  // -- sections 3 and 4

  Labels selector() {
    if (random_.chance(w_.near_labels)) return near_labels();
    if (random_.chance(w_.injected_labels)) {
      if (random_.chance(50)) return {{"security.istio.io/tlsMode", "istio"}};
      return {{"service.istio.io/canonical-name", service_name()}};
    }
    const vector<Weighted<int>> shapes = {{0, 57}, {1, 20}, {2, 20}, {3, 3}};
    switch (weighted(shapes)) {
      case 0:
        return {{"app", service_name()}};
      case 1:
        return {{"app", service_name()}, {"version", version()}};
      case 2:
        return {{"version", version()}};
      default:
        return {{"app", "nobody"}};
    }
  }

  Labels near_labels() {
    Labels result = {{random_.chance(50) ? "app" : random_.pick(kNameKeys),
                      random_.chance(75) ? random_.pick(near_pair_) : service_name()}};
    if (random_.chance(15)) result["version"] = version();
    return result;
  }

  string version() {
    const vector<Weighted<string>> versions = {{"v1", 50}, {"v2", 35}, {"1", 10}, {"yes", 5}};
    return weighted(versions);
  }

  optional<string> server_mode() {
    if (random_.chance(w_.bad_mode)) return random_.pick(kBadServerModes);
    const string& mode = weighted(w_.policy_mode);
    if (mode.empty()) return std::nullopt;
    return mode;
  }

  void policy() {
    PeerAuthentication result;
    result.meta = meta(namespace_or_root(w_.policy_in_root));
    if (random_.chance(w_.policy_selector)) {
      result.selector = selector();
      if (const Service* service = meet_a_service(w_.meet_policy);
          service != nullptr && !service->selector.empty()) {
        result.meta.ns = service->meta.ns;
        result.selector = service->selector;
        if (random_.chance(25)) (*result.selector)["version"] = version();
      }
    } else if (random_.chance(8)) {
      result.selector = Labels{};
    }
    result.mode = server_mode();
    const int percent =
        result.selector && !result.selector->empty() ? w_.policy_port_level * 2 : w_.policy_port_level / 2;
    if (random_.chance(percent)) {
      std::set<int> ports;
      repeat(random_.between(1, 2), [&] { ports.insert(random_.pick(kPorts)); });
      for (const int port : ports) result.port_level.push_back({port, server_mode()});
      random_.shuffle(result.port_level);
    }
    resources_.emplace_back(std::move(result));
  }

  string host(const string& ns) {
    const string suffix = ".svc." + domain_;
    const string other = random_.chance(85) ? some_namespace() : root_;
    const string name = service_name();
    const int roll = random_.below(100);
    if (roll < w_.mesh_wide_host) {
      const string last = domain_.substr(domain_.find('.') + 1);
      const vector<Weighted<string>> hosts = {
          {"*." + last, 35}, {"*." + domain_, 30}, {"*" + suffix, 20}, {"*", 15}};
      return weighted(hosts);
    }
    if (roll < w_.mesh_wide_host + w_.namespace_wide_host)
      return "*." + (random_.chance(60) ? ns : other) + suffix;
    if (random_.chance(40)) return name;
    if (random_.chance(65)) return name + "." + other + suffix;
    const vector<Weighted<string>> odd = {
        {"api.example.com", 12},
        {"*.example.com", 6},
        {"*b." + other + suffix, 14},
        {"*oo" + suffix, 12},
        {"*o" + suffix, 5},
        {"*svc." + domain_, 3},
        {"*b", 5},
        {"*" + domain_, 4},
        {name + "." + other, 8},
        {name + "." + other + ".svc", 5},
        {other + suffix, 4},
        {"x." + name + "." + other + suffix, 6},
        {"*." + name + "." + other + suffix, 6},
        {name + "." + other + ".svc.cluster.local", 5},
        {name + "." + other + ".svc.corp.example", 4},
        {"kubernetes.default" + suffix, 4},
        {name + ".kube-system" + suffix, 2},
        {"*.local", 3},
        {"*.svc", 2},
        {name + ".ghost" + suffix, 4},
        {"*.ghost" + suffix, 4},
    };
    return weighted(odd);
  }

  optional<Tls> tls(int percent_none) {
    if (random_.chance(percent_none)) return std::nullopt;
    Tls result;
    result.sni = random_.chance(5);
    if (random_.chance(w_.no_tls_mode)) return result;
    result.mode = random_.chance(w_.bad_mode) ? random_.pick(kBadClientModes) : weighted(w_.rule_mode);
    if (result.mode == "MUTUAL") {
      const int roll = random_.below(100);
      result.credential_name = roll < 30;
      result.client_certificate = roll >= 30 && roll < 85;
      result.private_key = roll >= 30 && roll < 80;
    }
    return result;
  }

  optional<TrafficPolicy> traffic_policy(int percent_none) {
    if (random_.chance(percent_none)) return std::nullopt;
    TrafficPolicy result;
    result.tls = tls(w_.no_tls);
    if (random_.chance(8)) result.load_balancer = "ROUND_ROBIN";
    if (random_.chance(w_.passthrough)) result.load_balancer = "PASSTHROUGH";
    if (random_.chance(w_.port_settings)) {
      repeat(random_.between(1, 2), [&] {
        result.ports.push_back({port_of(meet_a_service(50)), tls(w_.no_tls + 15)});
      });
    }
    return result;
  }

  void rule() {
    DestinationRule result;
    string ns = namespace_or_root(w_.rule_in_root);
    if (last_rule_ && random_.chance(w_.same_host)) {
      result.host = last_rule_->host;
      if (random_.chance(75)) ns = last_rule_->meta.ns.value_or("default");
    } else {
      result.host = host(ns);
      if (const Service* service = meet_a_service(w_.meet_rule)) {
        result.host = *service->meta.name + "." + service->meta.ns.value_or("default") + ".svc." + domain_;
      }
      if (random_.chance(1)) result.host.reset();
    }
    result.meta = meta(ns);
    if (random_.chance(w_.workload_selector))
      result.workload_selector = random_.chance(92) ? selector() : Labels{};
    result.export_to =
        rule_export_to(result.meta.ns.value_or("default"), result.workload_selector.has_value());
    if (ns == root_ && random_.chance(18))
      result.export_to = {random_.chance(50) ? "." : root_};  // root clients' own
    result.policy = traffic_policy(w_.no_policy);
    if (last_rule_ && random_.chance(15)) result.policy = last_rule_->policy;  // equal content
    if (random_.chance(w_.subsets)) {
      repeat(random_.between(1, 2), [&] {
        Subset subset;
        subset.name = random_.pick(kSubsetNames);
        if (random_.chance(85)) subset.labels = {{random_.chance(80) ? "version" : "app", version()}};
        if (random_.chance(8)) subset.labels["app"] = random_.pick(kServices);
        subset.policy = traffic_policy(30);
        result.subsets.push_back(std::move(subset));
      });
    }
    if (last_rule_ && !last_rule_->subsets.empty() && random_.chance(15))
      result.subsets = last_rule_->subsets;
    last_rule_ = result;
    resources_.emplace_back(std::move(result));
  }

  // -- section 5

  void service() {
    Service result;
    result.meta = named_meta(namespace_or_root(8), service_name());
    if (random_.chance(4)) result.meta = named_meta("default", "kubernetes");
    if (random_.chance(85)) {
      result.selector = {{"app", random_.chance(80) ? *result.meta.name : random_.pick(kServices)}};
      if (random_.chance(15)) result.selector["version"] = version();
      if (random_.chance(w_.near_labels)) result.selector = near_labels();
    } else if (random_.chance(20)) {
      result.type = "ExternalName";
    }
    if (random_.chance(50)) result.labels["app"] = *result.meta.name;
    if (random_.chance(15)) result.labels["team"] = "x";
    if (random_.chance(w_.callers / 10))
      result.annotations["prometheus.io/port"] = std::to_string(random_.pick(kPorts));
    if (random_.chance(w_.headless)) result.cluster_ip = "None";
    if (!result.cluster_ip && random_.chance(3)) result.cluster_ip = "10.0.0.7";
    std::set<int> ports;
    repeat(random_.between(random_.chance(w_.callers) ? 1 : 0, 2),
           [&] { ports.insert(random_.pick(kPorts)); });
    vector<string> names = {"http", "https", "grpc-web", "tcp", "HTTP-x", "metrics"};
    random_.shuffle(names);
    for (const int port : ports) {
      ServicePort entry;
      entry.port = port;
      const int roll = random_.below(100);
      if (roll < 45) entry.target = random_.pick(kPorts);
      if (roll >= 70) entry.target = random_.pick(kPortNames);
      if (random_.chance(w_.protocols + 20)) {
        entry.name = names.back();
        names.pop_back();
      }
      if (random_.chance(w_.protocols / 2)) {
        entry.app_protocol =
            random_.pick(vector<string>{"http", "HTTP2", "kubernetes.io/h2c", "https", "tcp", "grpc"});
      }
      if (random_.chance(20)) entry.protocol = random_.chance(30) ? "UDP" : "TCP";
      result.ports.push_back(std::move(entry));
    }
    services_.push_back(result);
    resources_.emplace_back(std::move(result));
  }

  void workload() {
    Workload result;
    const vector<Weighted<string>> kinds = {
        {"Deployment", 36}, {"Pod", 14},    {"StatefulSet", 10}, {"DaemonSet", 9}, {"ReplicaSet", 7},
        {"Job", 7},         {"CronJob", 8}, {"Rollout", 4},      {"CloneSet", 3},  {"KnativeService", 2}};
    result.kind = weighted(kinds);
    if (random_.chance(w_.entries)) result.kind = random_.chance(50) ? "WorkloadEntry" : "WorkloadGroup";
    result.meta = named_meta(namespace_or_root(10), fresh_name());
    if (random_.chance(92)) result.labels["app"] = service_name();
    if (random_.chance(50)) result.labels["version"] = version();
    if (random_.chance(w_.near_labels * 2)) {
      for (const auto& [key, value] : near_labels()) result.labels[key] = value;
    }
    if (const Service* service = meet_a_service(45)) {
      result.meta.ns = service->meta.ns;
      for (const auto& [key, value] : service->selector) result.labels[key] = value;
    }
    if (result.kind == "WorkloadEntry" || result.kind == "WorkloadGroup") {
      entry(result);
      resources_.emplace_back(std::move(result));
      return;
    }
    proxy_labels(result);
    vector<string> names = kPortNames;
    random_.shuffle(names);
    repeat(random_.between(0, 2), [&] {
      Container container;
      repeat(random_.between(0, 3), [&] {
        ContainerPort port{{}, random_.pick(kPorts)};
        if (!names.empty() && random_.chance(75)) {  // names are unique in a pod
          port.name = names.back();
          names.pop_back();
        }
        container.ports.push_back(std::move(port));
      });
      result.containers.push_back(std::move(container));
    });
    if (random_.chance(w_.callers / 2)) probes(result);
    if (random_.chance(w_.callers / 2)) addresses(result);
    resources_.emplace_back(std::move(result));
  }

  // Some labels move to the entry, where those of the metadata go before.
  void entry(Workload& result) {
    for (const auto& [key, value] : Labels(result.labels)) {
      if (random_.chance(60)) continue;
      result.entry_labels[key] = random_.chance(50) ? value : "other";
      if (result.entry_labels[key] == value) result.labels.erase(key);
    }
    if (random_.chance(50)) result.entry_ports.push_back({random_.pick(kPortNames), random_.pick(kPorts)});
  }

  void proxy_labels(Workload& result) {
    const string inject = "sidecar.istio.io/inject";
    const auto value = [&] { return random_.chance(65) ? "false" : "true"; };
    if (random_.chance(w_.sidecarless)) {
      const int roll = random_.below(100);
      if (roll < 50) result.labels[inject] = value();
      if (roll >= 35 && roll < 80) result.annotations[inject] = value();
      if (roll >= 80 && roll < 92) result.host_network = true;
      if (roll >= 92) result.labels["istio.io/rev"] = "stable";
    }
    if (random_.chance(w_.ambient))
      result.labels["istio.io/dataplane-mode"] = random_.chance(55) ? "ambient" : "none";
    if (random_.chance(w_.gateway / 4)) {
      const string templates = random_.chance(70) ? "gateway" : "sidecar";
      (random_.chance(50) ? result.labels : result.annotations)["inject.istio.io/templates"] = templates;
    }
    if (random_.chance(w_.port_annotations)) {
      const string which = random_.chance(65) ? "excludeInboundPorts" : "includeInboundPorts";
      result.annotations["traffic.sidecar.istio.io/" + which] = port_text();
    }
    if (random_.chance(w_.port_annotations / 3)) {
      result.annotations["traffic.sidecar.istio.io/includeInboundPorts"] = random_.chance(40)   ? "*"
                                                                           : random_.chance(25) ? ""
                                                                                                : port_text();
    }
    if (random_.chance(w_.port_annotations / 6)) {
      result.annotations["traffic.sidecar.istio.io/excludeOutboundPorts"] = port_text();
    }
    if (random_.chance(w_.callers / 12))
      result.annotations["prometheus.io/port"] = std::to_string(random_.pick(kPorts));
    if (result.kind == "Pod") {
      result.runs = random_.chance(50);
      result.proxied = result.runs && random_.chance(60);
      result.ambient = result.runs && random_.chance(15);
      return;
    }
    if (random_.chance(w_.own_labels)) {
      result.own_labels["app"] = service_name();
      if (random_.chance(50)) result.own_labels[inject] = value();
    }
    if (random_.chance(w_.own_labels)) {
      if (random_.chance(60)) result.own_annotations[inject] = value();
      if (random_.chance(40))
        result.own_annotations["traffic.sidecar.istio.io/excludeInboundPorts"] = port_text();
      if (random_.chance(20)) result.own_annotations["sidecar.istio.io/rewriteAppHTTPProbers"] = "false";
    }
  }

  string port_text() {
    string result = std::to_string(random_.pick(kPorts));
    if (random_.chance(30))
      result += (random_.chance(50) ? ", " : ",") + std::to_string(random_.pick(kPorts));
    return result;
  }

  PortRef port_or_name() {
    if (random_.chance(65)) return random_.pick(kPorts);
    return random_.pick(kPortNames);
  }

  void probes(Workload& result) {
    if (random_.chance(75)) {
      result.annotations["sidecar.istio.io/rewriteAppHTTPProbers"] = random_.chance(75) ? "false" : "true";
    }
    if (result.containers.empty()) result.containers.emplace_back();
    for (const char* field : {"livenessProbe", "readinessProbe", "startupProbe"}) {
      if (!random_.chance(45)) continue;
      const vector<string> handlers = {"httpGet", "httpGet", "grpc", "tcpSocket"};
      const string& handler = random_.pick(handlers);
      // A grpc probe takes numbers only.
      const PortRef port = handler == "grpc" ? PortRef(random_.pick(kPorts)) : port_or_name();
      result.containers.front().probes.push_back({field, handler, port});
    }
  }

  string address() {
    string host = service_name() + "." + some_namespace();
    const Service* service = meet_a_service(85);
    if (service != nullptr) host = *service->meta.name + "." + service->meta.ns.value_or("default");
    const vector<string> suffixes = {"", ".svc", ".svc." + domain_, ".svc." + domain_, ".example.com"};
    host += random_.pick(suffixes);
    const string port = ":" + std::to_string(port_of(service));
    switch (random_.below(7)) {
      case 0:
        return "http://" + host + port + "/api";
      case 1:
        return "http://" + host;
      case 2:
        return "https://" + host + "/";
      case 3:
        return "--upstream=http://" + host + port;
      case 4:
        return host;
      case 5:
        return "postgres://" + host + "/x";
      default:
        return host + port;
    }
  }

  void addresses(Workload& result) {
    if (result.containers.empty()) result.containers.emplace_back();
    Container& container = result.containers.back();
    const auto maybe = [&](int percent) { return random_.chance(percent); };
    if (maybe(50)) container.env.push_back({"UPSTREAM", address(), {}});
    if (maybe(30)) container.args = {"serve", address()};
    if (maybe(20)) container.command = {address()};
    if (maybe(45)) {
      ConfigMap config_map;
      config_map.meta = named_meta(result.meta.ns.value_or("default"), fresh_name());
      config_map.meta.ns = result.meta.ns;
      config_map.data["upstream"] = address();
      if (maybe(50)) config_map.data["app.upstream"] = address();
      if (maybe(50)) {
        container.env_from.push_back(*config_map.meta.name);
      } else {
        container.env.push_back(
            {"KEY", {}, {{*config_map.meta.name, maybe(80) ? "upstream" : "app.upstream"}}});
      }
      resources_.emplace_back(std::move(config_map));
    }
  }

  int port_of(const Service* service) {
    if (service == nullptr || service->ports.empty() || random_.chance(15)) return random_.pick(kPorts);
    return random_.pick(service->ports).port;
  }

  // A port's name, where the Service has one.
  string port_name_of(const Service* service) {
    if (service != nullptr && !service->ports.empty()) {
      const optional<string>& name = random_.pick(service->ports).name;
      if (name) return *name;
    }
    const vector<string> names = {"http", "https", "metrics", "tcp"};
    return random_.pick(names);
  }

  // -- who calls, and what clients are held to

  void sidecar() {
    Sidecar result;
    result.meta = meta(namespace_or_root(30));
    if (random_.chance(20)) result.workload_selector = selector();
    const auto host = [&] {
      vector<string> of = namespaces_;
      of.insert(of.end(), {"*", "*", ".", "~", "~" + some_namespace()});
      const vector<string> hosts = {"*", "*", "*",
                                    service_name() + "." + some_namespace() + ".svc." + domain_,
                                    "*." + some_namespace() + ".svc." + domain_};
      return random_.pick(of) + "/" + random_.pick(hosts);
    };
    if (random_.chance(90)) {
      repeat(random_.between(1, 2), [&] {
        vector<string> hosts = {host()};
        if (random_.chance(50)) hosts.push_back(host());
        result.egress.push_back(std::move(hosts));
      });
    }
    resources_.emplace_back(std::move(result));
  }

  void gateway() {
    Gateway result;
    result.meta = meta(namespace_or_root(30));
    if (random_.chance(90)) result.selector = {{random_.chance(80) ? "app" : "version", service_name()}};
    resources_.emplace_back(std::move(result));
  }

  void backend_policy() {
    BackendTlsPolicy result;
    result.meta = meta(some_namespace());
    TargetRef target{"Service", service_name(), {}};
    const Service* service = meet_a_service(80);
    if (service != nullptr) {
      result.meta.ns = service->meta.ns;
      target.name = *service->meta.name;
    }
    if (random_.chance(45)) target.section_name = port_name_of(service);
    if (random_.chance(8)) target.kind = "ServiceEntry";
    result.targets.push_back(std::move(target));
    resources_.emplace_back(std::move(result));
  }

  ServiceRef service_ref() {
    ServiceRef result{some_namespace(), service_name(), {}};
    const Service* service = meet_a_service(85);
    if (service != nullptr) {
      result.ns = service->meta.ns.value_or("default");
      result.name = *service->meta.name;
    }
    if (random_.chance(80)) result.port = port_of(service);
    return result;
  }

  void caller() {
    switch (random_.below(4)) {
      case 0:
        return api_server_caller();
      case 1:
        return monitor();
      case 2:
        return ingress();
      default:
        return outsider();
    }
  }

  // A workload that is outside, and says whom it calls.
  void outsider() {
    Workload result;
    result.kind = random_.chance(50) ? "Job" : "CronJob";
    result.meta = named_meta(some_namespace(), fresh_name());
    result.labels = {{"app", "job"}};
    if (random_.chance(75)) {
      (random_.chance(50) ? result.labels : result.annotations)["sidecar.istio.io/inject"] = "false";
    } else if (random_.chance(50)) {  // outside, presumably
      result.meta.ns = "jobs";
      resources_.emplace_back(Namespace{{"jobs", {}, {}}, {}});
    }
    addresses(result);
    resources_.emplace_back(std::move(result));
  }

  void api_server_caller() {
    ApiServerCaller result;
    const vector<string> kinds = {"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration",
                                  "CustomResourceDefinition", "APIService"};
    result.kind = random_.pick(kinds);
    result.meta.name = fresh_name();
    const bool webhooks = result.kind.ends_with("WebhookConfiguration");
    repeat(webhooks ? random_.between(1, 2) : 1, [&] {
      result.services.emplace_back();
      if (random_.chance(85)) result.services.back() = service_ref();
    });
    resources_.emplace_back(std::move(result));
  }

  void monitor() {
    Monitor result;
    result.kind = random_.chance(60) ? "ServiceMonitor" : "PodMonitor";
    result.meta = meta(namespace_or_root(20));
    const Service* service = meet_a_service(75);
    if (service != nullptr) result.meta.ns = service->meta.ns;
    if (random_.chance(85))
      result.selector["app"] = service == nullptr ? service_name() : *service->meta.name;
    result.any_namespace = random_.chance(30);
    if (!result.any_namespace && random_.chance(25)) result.match_names = {some_namespace()};
    repeat(random_.between(1, 2), [&] {
      MonitorEndpoint endpoint;
      if (random_.chance(75)) endpoint.port = port_name_of(service);
      if (!endpoint.port || random_.chance(10)) endpoint.target_port = port_or_name();
      if (random_.chance(30)) endpoint.scheme = random_.chance(60) ? "http" : "https";
      endpoint.tls_config = random_.chance(10);
      result.endpoints.push_back(std::move(endpoint));
    });
    if (random_.chance(20)) {
      Workload prometheus;
      prometheus.meta = named_meta(namespace_or_root(50), fresh_name());
      prometheus.labels[random_.pick(kNameKeys)] = "prometheus";
      if (random_.chance(60)) prometheus.labels["istio.io/dataplane-mode"] = "ambient";
      resources_.emplace_back(std::move(prometheus));
    }
    resources_.emplace_back(std::move(result));
  }

  void ingress() {
    Ingress result;
    result.meta = meta(some_namespace());
    const auto backend = [&] {
      const Service* service = meet_a_service(85);
      IngressBackend made{service_name(), port_of(service)};
      if (random_.chance(25)) made.port = port_name_of(service);
      if (service != nullptr) {
        made.service = *service->meta.name;
        result.meta.ns = service->meta.ns;
      }
      return made;
    };
    const vector<string> classes = {"alb", "gce", "gce-internal", "nginx"};
    (random_.chance(60) ? result.class_name : result.class_annotation) = random_.pick(classes);
    if (random_.chance(25)) result.default_backend = backend();
    repeat(random_.between(0, 2), [&] { result.backends.push_back(backend()); });
    resources_.emplace_back(std::move(result));
  }

  void namespace_document() {
    Namespace result;
    result.meta.name = namespace_or_root(w_.root_documents);
    if (random_.chance(8)) result.meta.name = "empty";
    if (random_.chance(w_.not_injected)) {
      result.labels["istio-injection"] = "disabled";
    } else if (random_.chance(w_.injected)) {
      result.labels["istio-injection"] = "enabled";
    }
    if (random_.chance(w_.injected / 3)) result.labels["istio.io/rev"] = "stable";
    if (random_.chance(w_.ambient)) result.labels["istio.io/dataplane-mode"] = "ambient";
    if (random_.chance(20)) result.labels["team"] = "x";
    resources_.emplace_back(std::move(result));
  }

  void service_entry() {
    ServiceEntry result;
    result.meta = named_meta(namespace_or_root(10), fresh_name());
    const vector<string> hosts = {"api.example.com", "a.foo.svc." + domain_, "a.foo.svc.cluster.local",
                                  "a.foo.svc.corp.example"};
    result.hosts = {random_.pick(hosts)};
    result.export_to = export_to(60);
    resources_.emplace_back(std::move(result));
  }

  void authorization() {
    AuthorizationPolicy result;
    result.meta = meta(namespace_or_root(25));
    if (random_.chance(45)) {
      result.selector = selector();
    } else if (random_.chance(10)) {
      result.selector = Labels{};
    }
    result.target_refs = random_.chance(6);
    const vector<string> fields = {"principals",        "notPrincipals", "namespaces",    "notNamespaces",
                                   "requestPrincipals", "ipBlocks",      "remoteIpBlocks"};
    const vector<string> keys = {"source.principal", "source.namespace",   "connection.sni",
                                 "source.ip",        "request.headers[x]", "destination.port"};
    repeat(random_.between(0, 2), [&] {
      AuthorizationRule entry;
      repeat(random_.between(0, 2), [&] {
        Source source;
        vector<string> left = fields;
        random_.shuffle(left);
        repeat(random_.between(1, 2), [&] {
          source.fields.push_back({left.back(), {}});
          if (random_.chance(88)) source.fields.back().second = {"cluster.local/ns/foo/sa/a"};
          left.pop_back();
        });
        entry.from.push_back(std::move(source));
      });
      repeat(random_.between(0, 2), [&] { entry.when.push_back({random_.pick(keys), {"x"}}); });
      result.rules.push_back(std::move(entry));
    });
    resources_.emplace_back(std::move(result));
  }

  static void keep_what_the_kind_has(Workload& workload) {
    if (workload.kind == "WorkloadEntry" || workload.kind == "WorkloadGroup") {
      workload.annotations.clear();
      workload.containers.clear();
      workload.host_network = false;
      workload.own_labels.clear();
      workload.own_annotations.clear();
    } else {
      workload.entry_labels.clear();
      workload.entry_ports.clear();
    }
    if (workload.kind == "Pod") {
      workload.own_labels.clear();
      workload.own_annotations.clear();
    } else {
      workload.runs = workload.proxied = workload.ambient = false;
    }
  }

  // The same kind, namespace and name again, with other content.
  void duplicates() {
    const std::size_t count = resources_.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (!random_.chance(w_.duplicate)) continue;
      const std::size_t before = resources_.size();
      const Resource original = resources_[i];
      if (std::holds_alternative<PeerAuthentication>(original)) policy();
      if (std::holds_alternative<DestinationRule>(original)) rule();
      if (std::holds_alternative<AuthorizationPolicy>(original)) authorization();
      if (std::holds_alternative<Service>(original)) service();
      if (std::holds_alternative<Workload>(original)) workload();
      if (std::holds_alternative<Namespace>(original)) namespace_document();
      if (resources_.size() == before) continue;
      std::visit(
          [&](const auto& value) {
            auto& copy = std::get<std::decay_t<decltype(value)>>(resources_.back());
            if constexpr (requires { value.meta; }) {
              copy.meta.name = value.meta.name;
              copy.meta.ns = value.meta.ns;
            }
            if constexpr (requires { value.kind; }) copy.kind = value.kind;
            if constexpr (requires { value.entry_labels; }) keep_what_the_kind_has(copy);
          },
          original);
    }
  }

  // -- files

  void layout() {
    vector<string> paths = kPaths;
    random_.shuffle(paths);
    paths.resize(static_cast<std::size_t>(random_.between(1, 4)));
    std::sort(paths.begin(), paths.end());
    vector<vector<Resource>> shares(paths.size());
    for (Resource& resource : resources_) {
      shares[static_cast<std::size_t>(random_.below(static_cast<int>(paths.size())))].push_back(
          std::move(resource));
    }
    for (std::size_t i = 0; i < paths.size(); ++i) {
      vector<Resource>& share = shares[i];
      if (share.empty()) continue;
      File file{paths[i], {}};
      if (paths[i].ends_with(".json")) {
        const bool list = share.size() > 1 || random_.chance(20);
        file.documents.push_back({list, std::move(share)});
      } else {
        for (std::size_t at = 0; at < share.size();) {
          Document document;
          std::size_t take = 1;
          if (random_.chance(8)) {
            document.list = true;
            take = std::min(share.size() - at, static_cast<std::size_t>(random_.between(1, 4)));
          }
          for (std::size_t n = 0; n < take; ++n) document.items.push_back(std::move(share[at++]));
          file.documents.push_back(std::move(document));
        }
      }
      model_.files.push_back(std::move(file));
    }
  }

  Random random_;
  Weights w_;
  MeshModel model_;
  vector<Resource> resources_;
  vector<string> namespaces_;
  string root_;
  string domain_;
  bool auto_mtls_off_ = false;
  bool with_timestamps_ = false;
  vector<string> names_;
  std::size_t next_name_ = 0;
  vector<vector<string>> export_sets_;
  vector<string> near_pair_;
  optional<DestinationRule> last_rule_;
  vector<Service> services_;
};

}  // namespace

MeshModel random_mesh(std::uint64_t seed) {
  constexpr std::array kFlavours = {Flavour::Mixed,          Flavour::MeshDisable, Flavour::Strict,
                                    Flavour::NamespaceModes, Flavour::AutoMtlsOff, Flavour::Merging,
                                    Flavour::Shadowing,      Flavour::Ports,       Flavour::Workloads,
                                    Flavour::Authorization,  Flavour::Careless,    Flavour::Proxies,
                                    Flavour::AutoMtls,       Flavour::TakenPorts,  Flavour::ClientClasses,
                                    Flavour::Backends,       Flavour::Callers};
  return random_mesh(seed, kFlavours[seed % kFlavours.size()]);
}

MeshModel random_mesh(std::uint64_t seed, Flavour flavour) { return Generator(seed, flavour).make(); }

}  // namespace reference
