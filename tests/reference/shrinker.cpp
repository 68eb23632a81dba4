#include "tests/reference/shrinker.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reference {
namespace {

using std::optional;
using std::string;
using std::vector;

struct Flat {
  string path;
  Resource resource;
};

vector<Flat> flatten(const MeshModel& mesh) {
  vector<Flat> result;
  for (const File& file : mesh.files) {
    for (const Document& document : file.documents) {
      for (const Resource& item : document.items) result.push_back({file.path, item});
    }
  }
  return result;
}

// Takes the numbered resources (in flatten's order) out, and what is empty then.
MeshModel without(const MeshModel& mesh, std::size_t first, std::size_t count) {
  MeshModel result = mesh;
  std::size_t at = 0;
  for (File& file : result.files) {
    for (Document& document : file.documents) {
      std::erase_if(document.items, [&](const Resource&) {
        const std::size_t index = at++;
        return index >= first && index < first + count;
      });
    }
    std::erase_if(file.documents, [](const Document& document) { return document.items.empty(); });
  }
  std::erase_if(result.files, [](const File& file) { return file.documents.empty(); });
  return result;
}

MeshModel with(const MeshModel& mesh, std::size_t number, const Resource& resource) {
  MeshModel result = mesh;
  std::size_t at = 0;
  for (File& file : result.files) {
    for (Document& document : file.documents) {
      for (Resource& item : document.items) {
        if (at++ == number) item = resource;
      }
    }
  }
  return result;
}

// Collects variants of one value: `f` changes a copy, and a copy that did change is a variant.
template <class T>
class Variants {
 public:
  explicit Variants(const T& original) : original_(original) {}

  template <class F>
  void add(F f) {
    T copy = original_;
    f(copy);
    if (!(copy == original_)) found_.push_back(std::move(copy));
  }

  // One variant less per element; then one per variant of an element.
  template <class Member, class Simplify>
  void elements(Member member, Simplify simplify) {
    const auto& items = original_.*member;
    add([&](T& copy) { (copy.*member).clear(); });
    for (std::size_t i = 0; i < items.size(); ++i) {
      add([&](T& copy) { (copy.*member).erase((copy.*member).begin() + static_cast<std::ptrdiff_t>(i)); });
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      for (const auto& simpler : simplify(items[i])) add([&](T& copy) { (copy.*member)[i] = simpler; });
    }
  }

  template <class Member>
  void elements(Member member) {
    elements(member, [](const auto& item) { return vector<std::decay_t<decltype(item)>>{}; });
  }

  void labels(Labels T::*member) {
    for (const auto& [key, value] : original_.*member) add([&](T& copy) { (copy.*member).erase(key); });
  }

  void labels(optional<Labels> T::*member) {
    if (!(original_.*member)) return;
    add([&](T& copy) { (copy.*member).reset(); });
    for (const auto& [key, value] : *(original_.*member)) add([&](T& copy) { (copy.*member)->erase(key); });
  }

  template <class U>
  void reset(optional<U> T::*member) {
    add([&](T& copy) { (copy.*member).reset(); });
  }

  template <class U, class Simplify>
  void optional_member(optional<U> T::*member, Simplify simplify) {
    reset(member);
    if (!(original_.*member)) return;
    for (const U& simpler : simplify(*(original_.*member))) add([&](T& copy) { copy.*member = simpler; });
  }

  void meta() {
    add([](T& copy) { copy.meta.created.reset(); });
  }

  vector<T> take() { return std::move(found_); }

 private:
  T original_;
  vector<T> found_;
};

vector<Tls> simpler_tls(const Tls& tls) {
  Variants<Tls> variants(tls);
  variants.add([](Tls& copy) { copy.credential_name = false; });
  variants.add([](Tls& copy) { copy.client_certificate = false; });
  variants.add([](Tls& copy) { copy.private_key = false; });
  variants.add([](Tls& copy) { copy.sni = false; });
  return variants.take();
}

vector<PortSettings> simpler_port_settings(const PortSettings& entry) {
  Variants<PortSettings> variants(entry);
  variants.optional_member(&PortSettings::tls, simpler_tls);
  return variants.take();
}

vector<TrafficPolicy> simpler_policy(const TrafficPolicy& policy) {
  Variants<TrafficPolicy> variants(policy);
  variants.optional_member(&TrafficPolicy::tls, simpler_tls);
  variants.elements(&TrafficPolicy::ports, simpler_port_settings);
  variants.reset(&TrafficPolicy::load_balancer);
  return variants.take();
}

vector<Subset> simpler_subset(const Subset& subset) {
  Variants<Subset> variants(subset);
  variants.labels(&Subset::labels);
  variants.optional_member(&Subset::policy, simpler_policy);
  return variants.take();
}

vector<PortMode> simpler_port_mode(const PortMode& entry) {
  Variants<PortMode> variants(entry);
  variants.reset(&PortMode::mode);
  return variants.take();
}

vector<Source> simpler_source(const Source& source) {
  Variants<Source> variants(source);
  variants.elements(&Source::fields);
  return variants.take();
}

vector<AuthorizationRule> simpler_authorization_rule(const AuthorizationRule& rule) {
  Variants<AuthorizationRule> variants(rule);
  variants.elements(&AuthorizationRule::from, simpler_source);
  variants.elements(&AuthorizationRule::when);
  return variants.take();
}

vector<ServicePort> simpler_service_port(const ServicePort& port) {
  Variants<ServicePort> variants(port);
  variants.add([](ServicePort& copy) { copy.target = std::monostate{}; });
  variants.reset(&ServicePort::name);
  variants.reset(&ServicePort::protocol);
  variants.reset(&ServicePort::app_protocol);
  return variants.take();
}

vector<ContainerPort> simpler_container_port(const ContainerPort& port) {
  Variants<ContainerPort> variants(port);
  variants.reset(&ContainerPort::name);
  return variants.take();
}

vector<EnvVar> simpler_env(const EnvVar& env) {
  Variants<EnvVar> variants(env);
  variants.reset(&EnvVar::value);
  variants.reset(&EnvVar::config_map_key);
  return variants.take();
}

vector<Container> simpler_container(const Container& container) {
  Variants<Container> variants(container);
  variants.elements(&Container::ports, simpler_container_port);
  variants.elements(&Container::probes);
  variants.elements(&Container::env, simpler_env);
  variants.elements(&Container::env_from);
  variants.elements(&Container::args);
  variants.elements(&Container::command);
  return variants.take();
}

vector<vector<string>> simpler_hosts(const vector<string>& hosts) {
  vector<vector<string>> result;
  for (std::size_t i = 0; i < hosts.size() && hosts.size() > 1; ++i) {
    result.push_back(hosts);
    result.back().erase(result.back().begin() + static_cast<std::ptrdiff_t>(i));
  }
  return result;
}

vector<optional<ServiceRef>> simpler_service_ref(const optional<ServiceRef>& ref) {
  if (!ref) return {};
  vector<optional<ServiceRef>> result = {std::nullopt};
  if (ref->port) result.push_back(ServiceRef{ref->ns, ref->name, {}});
  return result;
}

vector<MonitorEndpoint> simpler_endpoint(const MonitorEndpoint& endpoint) {
  Variants<MonitorEndpoint> variants(endpoint);
  variants.reset(&MonitorEndpoint::scheme);
  variants.add([](MonitorEndpoint& copy) { copy.tls_config = false; });
  if (endpoint.port) variants.add([](MonitorEndpoint& copy) { copy.target_port = std::monostate{}; });
  return variants.take();
}

vector<TargetRef> simpler_target(const TargetRef& target) {
  Variants<TargetRef> variants(target);
  variants.reset(&TargetRef::section_name);
  return variants.take();
}

vector<MeshConfig> simpler_config(const MeshConfig& config) {
  Variants<MeshConfig> variants(config);
  variants.reset(&MeshConfig::root_namespace);
  variants.reset(&MeshConfig::enable_auto_mtls);
  variants.reset(&MeshConfig::cluster_domain);
  variants.reset(&MeshConfig::rule_export_to);
  return variants.take();
}

struct Simplify {
  vector<PeerAuthentication> operator()(const PeerAuthentication& policy) const {
    Variants<PeerAuthentication> variants(policy);
    variants.meta();
    variants.labels(&PeerAuthentication::selector);
    variants.reset(&PeerAuthentication::mode);
    variants.elements(&PeerAuthentication::port_level, simpler_port_mode);
    return variants.take();
  }

  vector<AuthorizationPolicy> operator()(const AuthorizationPolicy& policy) const {
    Variants<AuthorizationPolicy> variants(policy);
    variants.meta();
    variants.labels(&AuthorizationPolicy::selector);
    variants.elements(&AuthorizationPolicy::rules, simpler_authorization_rule);
    variants.add([](AuthorizationPolicy& copy) { copy.target_refs = false; });
    return variants.take();
  }

  vector<DestinationRule> operator()(const DestinationRule& rule) const {
    Variants<DestinationRule> variants(rule);
    variants.meta();
    variants.elements(&DestinationRule::subsets, simpler_subset);
    variants.optional_member(&DestinationRule::policy, simpler_policy);
    variants.elements(&DestinationRule::export_to);
    variants.labels(&DestinationRule::workload_selector);
    return variants.take();
  }

  vector<ServiceEntry> operator()(const ServiceEntry& entry) const {
    Variants<ServiceEntry> variants(entry);
    variants.meta();
    variants.elements(&ServiceEntry::export_to);
    return variants.take();
  }

  vector<Sidecar> operator()(const Sidecar& sidecar) const {
    Variants<Sidecar> variants(sidecar);
    variants.meta();
    variants.labels(&Sidecar::workload_selector);
    variants.elements(&Sidecar::egress, simpler_hosts);
    return variants.take();
  }

  vector<Gateway> operator()(const Gateway& gateway) const {
    Variants<Gateway> variants(gateway);
    variants.meta();
    variants.labels(&Gateway::selector);
    return variants.take();
  }

  vector<ConfigMap> operator()(const ConfigMap& config_map) const {
    Variants<ConfigMap> variants(config_map);
    variants.meta();
    variants.labels(&ConfigMap::data);
    return variants.take();
  }

  vector<ApiServerCaller> operator()(const ApiServerCaller& caller) const {
    Variants<ApiServerCaller> variants(caller);
    variants.elements(&ApiServerCaller::services, simpler_service_ref);
    return variants.take();
  }

  vector<Monitor> operator()(const Monitor& monitor) const {
    Variants<Monitor> variants(monitor);
    variants.meta();
    variants.labels(&Monitor::selector);
    variants.add([](Monitor& copy) { copy.any_namespace = false; });
    variants.elements(&Monitor::match_names);
    variants.elements(&Monitor::endpoints, simpler_endpoint);
    return variants.take();
  }

  vector<Ingress> operator()(const Ingress& ingress) const {
    Variants<Ingress> variants(ingress);
    variants.meta();
    variants.reset(&Ingress::class_name);
    variants.reset(&Ingress::class_annotation);
    variants.reset(&Ingress::default_backend);
    variants.elements(&Ingress::backends);
    return variants.take();
  }

  vector<BackendTlsPolicy> operator()(const BackendTlsPolicy& policy) const {
    Variants<BackendTlsPolicy> variants(policy);
    variants.meta();
    variants.elements(&BackendTlsPolicy::targets, simpler_target);
    return variants.take();
  }

  vector<Foreign> operator()(const Foreign&) const { return {}; }

  vector<Namespace> operator()(const Namespace& ns) const {
    Variants<Namespace> variants(ns);
    variants.labels(&Namespace::labels);
    return variants.take();
  }

  vector<Service> operator()(const Service& service) const {
    Variants<Service> variants(service);
    variants.meta();
    variants.labels(&Service::selector);
    variants.elements(&Service::ports, simpler_service_port);
    variants.labels(&Service::labels);
    variants.labels(&Service::annotations);
    variants.reset(&Service::cluster_ip);
    variants.reset(&Service::type);
    return variants.take();
  }

  vector<Workload> operator()(const Workload& workload) const {
    Variants<Workload> variants(workload);
    variants.meta();
    variants.labels(&Workload::labels);
    variants.labels(&Workload::annotations);
    variants.add([](Workload& copy) { copy.host_network = false; });
    variants.add([](Workload& copy) { copy.runs = copy.proxied = copy.ambient = false; });
    variants.add([](Workload& copy) { copy.ambient = false; });
    variants.elements(&Workload::containers, simpler_container);
    variants.labels(&Workload::own_labels);
    variants.labels(&Workload::own_annotations);
    variants.labels(&Workload::entry_labels);
    variants.elements(&Workload::entry_ports);
    variants.add([](Workload& copy) {
      if (copy.kind != "WorkloadEntry" && copy.kind != "WorkloadGroup") copy.kind = "Deployment";
    });
    return variants.take();
  }

  vector<MeshConfigSource> operator()(const MeshConfigSource& source) const {
    Variants<MeshConfigSource> variants(source);
    variants.meta();
    variants.optional_member(&MeshConfigSource::config, simpler_config);
    variants.reset(&MeshConfigSource::rewrite_probes);
    return variants.take();
  }
};

class Shrinker {
 public:
  Shrinker(MeshModel mesh, const StillFails& still_fails, int budget)
      : best_(std::move(mesh)), still_fails_(still_fails), budget_(budget) {}

  MeshModel run() {
    bool progress = true;
    while (progress && budget_ > 0) {
      progress = drop_resources();
      progress = simplify_layout() || progress;
      progress = drop_settings() || progress;
      progress = simplify_resources() || progress;
    }
    return best_;
  }

 private:
  bool accept(MeshModel candidate) {
    if (candidate == best_ || budget_ <= 0) return false;
    --budget_;
    if (!still_fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  bool drop_resources() {
    bool progress = false;
    for (std::size_t chunk = std::max<std::size_t>(flatten(best_).size() / 2, 1); chunk > 0; chunk /= 2) {
      for (std::size_t at = 0; at < flatten(best_).size();) {
        if (accept(without(best_, at, chunk))) {
          progress = true;
        } else {
          at += chunk;
        }
      }
    }
    return progress;
  }

  // Lists undone, then everything in one file; both keep the order.
  bool simplify_layout() {
    MeshModel unlisted;
    unlisted.settings = best_.settings;
    for (const File& file : best_.files) {
      File out{file.path, {}};
      const bool many = std::any_of(file.documents.begin(), file.documents.end(),
                                    [](const Document& document) { return document.items.size() > 1; });
      if (many && file.path.ends_with(".json")) {
        out = file;
      } else {
        for (const Document& document : file.documents) {
          for (const Resource& item : document.items) out.documents.push_back({false, {item}});
        }
      }
      unlisted.files.push_back(std::move(out));
    }
    bool progress = accept(std::move(unlisted));

    MeshModel one_file;
    one_file.settings = best_.settings;
    one_file.files.push_back({"mesh.yaml", {}});
    for (Flat& flat : flatten(best_))
      one_file.files[0].documents.push_back({false, {std::move(flat.resource)}});
    if (!one_file.files[0].documents.empty()) progress = accept(std::move(one_file)) || progress;
    return progress;
  }

  bool drop_settings() {
    bool progress = false;
    for (const Settings& simpler : simpler_settings()) {
      MeshModel candidate = best_;
      candidate.settings = simpler;
      progress = accept(std::move(candidate)) || progress;
    }
    return progress;
  }

  vector<Settings> simpler_settings() const {
    Variants<Settings> variants(best_.settings);
    variants.add([](Settings& copy) { copy = {}; });
    variants.reset(&Settings::root_namespace);
    variants.reset(&Settings::enable_auto_mtls);
    variants.reset(&Settings::cluster_domain);
    variants.reset(&Settings::rule_export_to);
    variants.reset(&Settings::default_namespace);
    variants.reset(&Settings::separate_tis0207);
    return variants.take();
  }

  bool simplify_resources() {
    bool progress = false;
    for (std::size_t i = 0; i < flatten(best_).size(); ++i) {
      bool again = true;
      while (again && budget_ > 0) {
        again = std::visit(
            [&](const auto& value) {
              for (const auto& simpler : Simplify{}(value)) {
                if (accept(with(best_, i, simpler))) return true;
              }
              return false;
            },
            Resource(flatten(best_)[i].resource));
        progress = progress || again;
      }
    }
    return progress;
  }

  MeshModel best_;
  const StillFails& still_fails_;
  int budget_;
};

}  // namespace

MeshModel shrink(MeshModel mesh, const StillFails& still_fails, int budget) {
  return Shrinker(std::move(mesh), still_fails, budget).run();
}

}  // namespace reference
