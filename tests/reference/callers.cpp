// docs/design/mtls-semantics.md, section 7: callers that have no certificate.
#include <algorithm>

#include "tests/reference/findings.h"

namespace reference {

using std::optional;
using std::string;
using std::vector;

namespace {

// A known workload and the port of it that is called.
struct Reached {
  const KnownWorkload* workload = nullptr;
  int port = 0;
};

// "A workload refuses plaintext on p if p is taken, the deciding mode of p is STRICT, and it is a sidecar, or
// presumably one and that mode is not the mesh policy's." The place of that mode.
optional<Place> refusing_mode(const Mesh& mesh, const Reached& reached) {
  const ProxyVerdict& verdict = reached.workload->verdict;
  if (!verdict.sidecar() || !taken(*reached.workload, reached.port)) return std::nullopt;
  const Decision decision =
      mesh.policies.decide(reached.workload->ns(), reached.workload->labels, reached.port);
  if (decision.mode != Mode::Strict) return std::nullopt;
  if (verdict.presumed && decision.level == Level::Mesh) return std::nullopt;
  return decision.place;
}

// The modes of all, or nothing where there is none or one does not refuse.
vector<Place> all_refuse(const Mesh& mesh, const vector<Reached>& reached) {
  vector<Place> result;
  for (const Reached& each : reached) {
    const optional<Place> mode = refusing_mode(mesh, each);
    if (!mode) return {};
    result.push_back(*mode);
  }
  return result;
}

const ServicePort* declared_port(const Service& service, const PortRef& wanted) {
  for (const ServicePort& port : service.ports) {
    if (port.protocol == "UDP") continue;
    if (const int* number = std::get_if<int>(&wanted); number != nullptr && port.port == *number)
      return &port;
    if (const string* name = std::get_if<string>(&wanted); name != nullptr && port.name == *name)
      return &port;
  }
  return nullptr;
}

// The known workloads behind a port of a Service; none where it declares no such port or has no proxy behind
// it.
vector<Reached> behind(const Mesh& mesh, const Read<Service>& service, const PortRef& wanted) {
  const ServicePort* port = declared_port(*service.value, wanted);
  if (port == nullptr || mesh.without_proxy({service.id.ns, service.id.name, {}, &service})) return {};
  vector<Reached> result;
  for (const KnownWorkload* workload : mesh.selected_by(service)) {
    if (const optional<int> p = Mesh::workload_port(*port, *workload)) result.push_back({workload, *p});
  }
  return result;
}

const Read<Service>* find_service(const Mesh& mesh, const string& ns, const string& name) {
  for (const Read<Service>& service : mesh.documents.services) {
    if (service.id.ns == ns && service.id.named && service.id.name == name) return &service;
  }
  return nullptr;
}

// -- monitors

struct Scrape {
  const Read<Service>* service = nullptr;  // null for a PodMonitor
  optional<int> service_port;
  vector<Reached> reached;
};

bool monitors_namespace(const Read<Monitor>& monitor, const string& ns) {
  if (monitor.value->any_namespace) return true;
  const vector<string>& names = monitor.value->match_names;
  if (names.empty()) return ns == monitor.id.ns;
  return std::find(names.begin(), names.end(), ns) != names.end();
}

optional<int> container_port(const KnownWorkload& workload, const PortRef& wanted) {
  if (const int* number = std::get_if<int>(&wanted)) return *number;
  for (const ContainerPort& port : workload.ports) {
    if (port.name && PortRef(*port.name) == wanted) return port.port;
  }
  return std::nullopt;
}

vector<Scrape> scrapes(const Mesh& mesh, const Read<Monitor>& monitor, const MonitorEndpoint& endpoint) {
  vector<Scrape> result;
  const auto pods = [&](const vector<const KnownWorkload*>& workloads, const PortRef& wanted) {
    vector<Reached> reached;
    for (const KnownWorkload* workload : workloads) {
      if (const optional<int> p = container_port(*workload, wanted)) reached.push_back({workload, *p});
    }
    return reached;
  };
  if (monitor.value->kind == "PodMonitor") {
    vector<const KnownWorkload*> selected;
    for (const KnownWorkload& workload : mesh.proxies.workloads()) {
      if (!monitors_namespace(monitor, workload.ns())) continue;
      if (contains(workload.labels, monitor.value->selector)) selected.push_back(&workload);
    }
    const PortRef wanted = endpoint.port ? PortRef(*endpoint.port) : endpoint.target_port;
    result.push_back({nullptr, {}, pods(selected, wanted)});
    return result;
  }
  for (const Read<Service>& service : mesh.documents.services) {
    if (!service.id.named || !monitors_namespace(monitor, service.id.ns)) continue;
    if (!contains(service.value->labels, monitor.value->selector)) continue;
    if (endpoint.port) {
      const ServicePort* port = declared_port(*service.value, *endpoint.port);
      if (port == nullptr) continue;
      result.push_back({&service, port->port, behind(mesh, service, *endpoint.port)});
    } else if (!mesh.without_proxy({service.id.ns, service.id.name, {}, &service})) {
      result.push_back({&service, {}, pods(mesh.selected_by(service), endpoint.target_port)});
    }
  }
  return result;
}

bool is_ambient_prometheus(const KnownWorkload& workload) {
  if (workload.verdict.proxy != Proxy::Ambient) return false;
  return std::any_of(name_keys().begin(), name_keys().end(), [&](const string& key) {
    const auto value = workload.labels.find(key);
    return value != workload.labels.end() && value->second == "prometheus";
  });
}

// -- texts

struct Address {
  string service;
  string ns;
  int port = 0;
};

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

// "a URL or `host:port` whose host is `<service>.<namespace>[.svc[.<domain>]]`", wherever it stands in the
// text.
vector<Address> addresses_in(const Mesh& mesh, const string& text) {
  vector<Address> result;
  std::size_t at = 0;
  while (at < text.size()) {
    if (!is_host_character(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_host_character(text[end])) ++end;
    const string host = text.substr(at, end - at);
    // The scheme in front of `://`, and digits behind `:`.
    string scheme;
    if (at >= 3 && text.compare(at - 3, 3, "://") == 0) {
      std::size_t begin = at - 3;
      while (begin > 0 && is_host_character(text[begin - 1])) --begin;
      scheme = text.substr(begin, at - 3 - begin);
    }
    int port = scheme == "http" ? 80 : scheme == "https" ? 443 : 0;
    if (end < text.size() && text[end] == ':') {
      std::size_t digits = end + 1;
      while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
      if (digits > end + 1 && digits - end <= 6) port = std::stoi(text.substr(end + 1, digits - end - 1));
    }
    at = end;
    if (port == 0) continue;
    const std::size_t dot = host.find('.');
    if (dot == string::npos) continue;
    string ns = host.substr(dot + 1);
    if (ns.ends_with(mesh.settings.service_suffix())) {
      ns.resize(ns.size() - mesh.settings.service_suffix().size());
    } else if (ns.ends_with(".svc")) {
      ns.resize(ns.size() - 4);
    }
    if (ns.find('.') == string::npos) result.push_back({host.substr(0, dot), ns, port});
  }
  return result;
}

class Callers {
 public:
  Callers(const Mesh& mesh, Findings& findings) : mesh_(mesh), findings_(findings) {}

  void run() {
    api_server();
    prometheus();
    probes();
    load_balancers();
    texts();
  }

 private:
  // MTLS0201
  void api_server() {
    for (const Read<ApiServerCaller>& caller : mesh_.documents.api_callers) {
      for (std::size_t i = 0; i < caller.value->services.size(); ++i) {
        const optional<ServiceRef>& ref = caller.value->services[i];
        if (!ref) continue;
        const Read<Service>* service = find_service(mesh_, ref->ns, ref->name);
        if (service == nullptr) continue;
        string path = "webhooks[" + std::to_string(i) + "].clientConfig.service";
        if (caller.value->kind == "CustomResourceDefinition") {
          path = "spec.conversion.webhook.clientConfig.service";
        } else if (caller.value->kind == "APIService") {
          path = "spec.service";
        }
        report("MTLS0201", "error", caller.id.place(path), behind(mesh_, *service, ref->port.value_or(443)));
      }
    }
  }

  // MTLS0202
  void prometheus() {
    const vector<KnownWorkload>& all = mesh_.proxies.workloads();
    if (std::any_of(all.begin(), all.end(), is_ambient_prometheus)) return;
    for (const Read<Monitor>& monitor : mesh_.documents.monitors) {
      for (std::size_t i = 0; i < monitor.value->endpoints.size(); ++i) {
        const MonitorEndpoint& endpoint = monitor.value->endpoints[i];
        if (endpoint.tls_config || (endpoint.scheme && endpoint.scheme != "http")) continue;
        const string list = monitor.value->kind == "PodMonitor" ? "podMetricsEndpoints" : "endpoints";
        const string path =
            "spec." + list + "[" + std::to_string(i) + "]." + (endpoint.port ? "port" : "targetPort");
        for (const Scrape& scrape : scrapes(mesh_, monitor, endpoint)) {
          // 15020 and 15090 are never taken, so nothing refuses there.
          report("MTLS0202", "warning", monitor.id.place(path), scrape.reached);
        }
      }
    }
  }

  // MTLS0203
  void probes() {
    optional<bool> rewritten;  // by the IstioOperator
    for (const Read<MeshConfigSource>& source : mesh_.documents.configs) {
      if (!rewritten && source.id.kind == "IstioOperator") rewritten = source.value->rewrite_probes;
    }
    for (const KnownWorkload& workload : mesh_.proxies.workloads()) {
      const Workload& value = *workload.read.value;
      const auto annotation = value.annotations.find("sidecar.istio.io/rewriteAppHTTPProbers");
      const bool off =
          annotation != value.annotations.end() ? annotation->second == "false" : rewritten == false;
      if (!off) continue;
      for (std::size_t c = 0; c < value.containers.size(); ++c) {
        const Container& container = value.containers[c];
        for (const Probe& probe : container.probes) {
          if (probe.handler != "httpGet" && probe.handler != "grpc") continue;
          optional<int> port;
          if (const int* number = std::get_if<int>(&probe.port)) port = *number;
          for (const ContainerPort& each : container.ports) {
            if (!port && each.name && PortRef(*each.name) == probe.port) port = each.port;
          }
          if (!port) continue;
          report("MTLS0203", "error",
                 workload.read.id.place(container_path(value, c) + "." + probe.field + "." + probe.handler +
                                        ".port"),
                 {{&workload, *port}});
        }
      }
    }
  }

  // MTLS0204
  void load_balancers() {
    const std::set<string> classes = {"alb", "gce", "gce-internal"};
    for (const Read<Ingress>& ingress : mesh_.documents.ingresses) {
      const Ingress& value = *ingress.value;
      if (!classes.contains(value.class_name.value_or("")) &&
          !classes.contains(value.class_annotation.value_or(""))) {
        continue;
      }
      const auto look = [&](const IngressBackend& backend, const string& path) {
        const Read<Service>* service = find_service(mesh_, ingress.id.ns, backend.service);
        if (service == nullptr) return;
        report("MTLS0204", "error", ingress.id.place(path + ".service.name"),
               behind(mesh_, *service, backend.port));
      };
      if (value.default_backend) look(*value.default_backend, "spec.defaultBackend");
      for (std::size_t i = 0; i < value.backends.size(); ++i) {
        look(value.backends[i], "spec.rules[" + std::to_string(i) + "].http.paths[0].backend");
      }
    }
  }

  // MTLS0205
  void texts() {
    for (const KnownWorkload& workload : mesh_.proxies.workloads()) {
      if (!workload.verdict.outside() || workload.verdict.presumed) continue;
      const Workload& value = *workload.read.value;
      for (std::size_t c = 0; c < value.containers.size(); ++c) {
        const Container& container = value.containers[c];
        const string path = container_path(value, c);
        const auto own = [&](const string& text, const string& list, std::size_t i, const string& field) {
          look(text, workload.read.id.place(path + "." + list + "[" + std::to_string(i) + "]" + field));
        };
        for (std::size_t i = 0; i < container.env.size(); ++i) {
          const EnvVar& env = container.env[i];
          if (env.config_map_key) {
            config_map(workload.ns(), env.config_map_key->first, env.config_map_key->second);
          } else if (env.value) {
            own(*env.value, "env", i, ".value");
          }
        }
        for (std::size_t i = 0; i < container.args.size(); ++i) own(container.args[i], "args", i, "");
        for (std::size_t i = 0; i < container.command.size(); ++i)
          own(container.command[i], "command", i, "");
        for (const string& name : container.env_from) config_map(workload.ns(), name, std::nullopt);
      }
    }
  }

  void config_map(const string& ns, const string& name, const optional<string>& only_key) {
    for (const Read<ConfigMap>& map : mesh_.documents.config_maps) {
      if (map.id.ns != ns || !map.id.named || map.id.name != name) continue;
      for (const auto& [key, text] : map.value->data) {
        if (!only_key || key == *only_key) look(text, map.id.place(key_path("data", key)));
      }
    }
  }

  void look(const string& text, const Place& place) {
    for (const Address& address : addresses_in(mesh_, text)) {
      const Read<Service>* service = find_service(mesh_, address.ns, address.service);
      if (service != nullptr) report("MTLS0205", "warning", place, behind(mesh_, *service, address.port));
    }
  }

  static string container_path(const Workload& workload, std::size_t index) {
    return pod_path(workload.kind) + "spec.containers[" + std::to_string(index) + "]";
  }

  void report(const string& code, const string& severity, const Place& at, const vector<Reached>& reached) {
    const vector<Place> modes = all_refuse(mesh_, reached);
    if (!modes.empty()) findings_.add(code, severity, at, modes);
  }

  const Mesh& mesh_;
  Findings& findings_;
};

}  // namespace

void find_refused_callers(const Mesh& mesh, Findings& findings) { Callers(mesh, findings).run(); }

bool names_port(const Mesh& mesh, const Read<Service>& service, int port, const KnownWorkload& workload,
                int workload_port) {
  for (const Read<ApiServerCaller>& caller : mesh.documents.api_callers) {
    for (const optional<ServiceRef>& ref : caller.value->services) {
      if (!ref || ref->ns != service.id.ns || ref->name != service.id.name) continue;
      const int named = ref->port.value_or(443);
      if (named == port || named == workload_port) return true;
    }
  }
  for (const Read<Monitor>& monitor : mesh.documents.monitors) {
    for (const MonitorEndpoint& endpoint : monitor.value->endpoints) {
      for (const Scrape& scrape : scrapes(mesh, monitor, endpoint)) {
        if (scrape.service == &service && scrape.service_port == port) return true;
        for (const Reached& reached : scrape.reached) {
          if (reached.workload == &workload && reached.port == workload_port) return true;
        }
      }
    }
  }
  for (const Labels* annotations : {&service.value->annotations, &workload.read.value->annotations}) {
    const auto named = annotations->find("prometheus.io/port");
    if (named == annotations->end()) continue;
    for (const int number : port_list(named->second)) {
      if (number == port || number == workload_port) return true;
    }
  }
  return false;
}

}  // namespace reference
