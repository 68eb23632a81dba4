#include "tests/reference/proxies.h"

#include <algorithm>
#include <set>

namespace reference {

using std::optional;
using std::string;
using std::vector;

namespace {

const string kInject = "sidecar.istio.io/inject";
const string kDataplane = "istio.io/dataplane-mode";
const string kTemplates = "inject.istio.io/templates";
const string kIncludeInbound = "traffic.sidecar.istio.io/includeInboundPorts";
const string kExcludeInbound = "traffic.sidecar.istio.io/excludeInboundPorts";

optional<string> value_of(const Labels& labels, const string& key) {
  const auto found = labels.find(key);
  if (found == labels.end()) return std::nullopt;
  return found->second;
}

// "The labels that injection adds count as present on every sidecar"
Labels with_injected(Labels labels, const optional<string>& workload_name) {
  labels.try_emplace("security.istio.io/tlsMode", "istio");
  optional<string> canonical = value_of(labels, "service.istio.io/canonical-name");
  if (!canonical) canonical = value_of(labels, "app.kubernetes.io/name");
  if (!canonical) canonical = value_of(labels, "app");
  if (!canonical) canonical = workload_name;
  if (canonical) labels.try_emplace("service.istio.io/canonical-name", *canonical);
  return labels;
}

}  // namespace

bool is_system_namespace(const string& ns) {
  return ns == "kube-system" || ns == "kube-public" || ns == "kube-node-lease" || ns == "local-path-storage";
}

string pod_path(const string& kind) {
  if (kind == "Pod" || kind == "WorkloadEntry") return "";
  if (kind == "WorkloadGroup") return "spec.";
  if (kind == "CronJob") return "spec.jobTemplate.spec.template.";
  return "spec.template.";
}

string key_path(const string& parent, const string& key) {
  if (key.find_first_of("./") == string::npos) return parent + "." + key;
  return parent + "[\"" + key + "\"]";
}

vector<int> port_list(const string& text) {
  vector<int> result;
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    string word = text.substr(at, end - at);
    std::erase(word, ' ');
    if (!word.empty() && word.size() <= 5 && word.find_first_not_of("0123456789") == string::npos) {
      result.push_back(std::stoi(word));
    }
    at = end + 1;
  }
  return result;
}

Proxies::Proxies(const Documents& documents, const string& root_namespace)
    : documents_(documents), root_(root_namespace) {
  for (const Read<Workload>& read : documents.workloads) {
    const Workload& value = *read.value;
    KnownWorkload known;
    known.read = read;
    known.labels = value.labels;
    const bool entry = value.kind == "WorkloadEntry" || value.kind == "WorkloadGroup";
    if (entry) {
      // "metadata's before spec's", "spec.metadata's before spec.template's"
      known.labels.insert(value.entry_labels.begin(), value.entry_labels.end());
      known.ports = value.entry_ports;
      if (is_gateway(known.labels, value.annotations)) known.verdict.proxy = Proxy::Gateway;
    } else {
      for (const Container& container : value.containers) {
        known.ports.insert(known.ports.end(), container.ports.begin(), container.ports.end());
      }
      known.verdict = value.runs ? seen(read)
                                 : pod(read.id.ns, value.labels, value.annotations, value.host_network,
                                       &read.id, pod_path(value.kind));
    }
    if (known.verdict.sidecar()) known.labels = with_injected(known.labels, value.meta.name);
    workloads_.push_back(std::move(known));
  }
}

// "seen: a Pod that has a status.phase"
ProxyVerdict Proxies::seen(const Read<Workload>& pod) const {
  const Workload& value = *pod.value;
  if (value.proxied) {
    const bool gateway = is_gateway(value.labels, value.annotations);
    return {gateway ? Proxy::Gateway : Proxy::Sidecar, false, {}};
  }
  const bool ambient = value.ambient || value_of(value.labels, kDataplane) == "ambient";
  return {ambient ? Proxy::Ambient : Proxy::Outside, false, pod.id.place("metadata.name")};
}

bool Proxies::is_gateway(const Labels& labels, const Labels& annotations) const {
  for (const Labels* each : {&labels, &annotations}) {
    const optional<string> templates = value_of(*each, kTemplates);
    if (templates && templates->find("gateway") != string::npos) return true;
  }
  return std::any_of(documents_.gateways.begin(), documents_.gateways.end(),
                     [&](const Read<Gateway>& gateway) {
                       return !gateway.value->selector.empty() && contains(labels, gateway.value->selector);
                     });
}

// The table of section 3.1, line by line; the line of WorkloadEntry and WorkloadGroup aside.
ProxyVerdict Proxies::pod(const string& ns, const Labels& labels, const Labels& annotations,
                          bool host_network, const Identity* id, const string& path) const {
  const auto pod_place = [&](const string& below) {
    return id == nullptr ? optional<Place>() : optional<Place>(id->place(path + below));
  };
  const optional<string> label = value_of(labels, kInject);
  const optional<string> annotation = value_of(annotations, kInject);
  const bool refused = label ? label == "false" : annotation == "false";
  const optional<string> dataplane = value_of(labels, kDataplane);

  const Read<Namespace>* document = nullptr;
  for (const Read<Namespace>& each : documents_.namespaces) {
    if (each.id.named && each.id.name == ns && document == nullptr) document = &each;
  }
  const Labels of_namespace = document == nullptr ? Labels{} : document->value->labels;
  const optional<string> injection = value_of(of_namespace, "istio-injection");
  const bool revision = of_namespace.contains("istio.io/rev");
  const bool ambient_namespace = value_of(of_namespace, kDataplane) == "ambient";

  // gateway
  if (is_gateway(labels, annotations)) return {Proxy::Gateway, false, {}};
  // outside
  if (is_system_namespace(ns)) return {Proxy::Outside, false, {}};
  if (host_network) return {Proxy::Outside, false, pod_place("spec.hostNetwork")};
  // sidecar
  const bool by_namespace = injection == "enabled" || (!injection && revision);
  const bool by_pod = !injection && !revision && (label == "true" || labels.contains("istio.io/rev"));
  if ((by_namespace || by_pod) && !refused) return {Proxy::Sidecar, false, {}};
  // ambient
  if (dataplane == "ambient") {
    return {Proxy::Ambient, false, pod_place(key_path("metadata.labels", kDataplane))};
  }
  if (ambient_namespace && dataplane != "none") {
    return {Proxy::Ambient, false, document->id.place(key_path("metadata.labels", kDataplane))};
  }
  // outside
  if (refused) {
    return {Proxy::Outside, false,
            pod_place(key_path(label ? "metadata.labels" : "metadata.annotations", kInject))};
  }
  if (injection == "disabled") {
    return {Proxy::Outside, false, document->id.place("metadata.labels.istio-injection")};
  }
  if (ambient_namespace) return {Proxy::Outside, false, pod_place(key_path("metadata.labels", kDataplane))};
  // outside, presumably
  if (document != nullptr && !injection && !revision) {
    const bool another_is_in =
        std::any_of(documents_.namespaces.begin(), documents_.namespaces.end(), [&](const auto& other) {
          return other.id.name != ns && (value_of(other.value->labels, "istio-injection") == "enabled" ||
                                         other.value->labels.contains("istio.io/rev"));
        });
    // "the root namespace's are the mesh's"
    const bool has_policy =
        ns != root_ && std::any_of(documents_.policies.begin(), documents_.policies.end(),
                                   [&](const auto& policy) { return policy.id.ns == ns; });
    if (another_is_in && !has_policy) return {Proxy::Outside, true, document->id.place("metadata.name")};
  }
  // sidecar, presumably
  return {Proxy::Sidecar, true, {}};
}

Labels Proxies::stand_in_labels(const string& ns, Labels labels) const {
  return stand_in(ns).sidecar() ? with_injected(std::move(labels), std::nullopt) : labels;
}

bool taken(const KnownWorkload& workload, optional<int> port) {
  if (port == 15020 || port == 15021 || port == 15090) return false;
  const Labels& annotations = workload.read.value->annotations;
  const auto listed = [&](const string& text) {
    const vector<int> ports = port_list(text);
    return port && std::find(ports.begin(), ports.end(), *port) != ports.end();
  };
  const optional<string> include = value_of(annotations, kIncludeInbound);
  if (include && include != "*") return listed(*include);
  const optional<string> exclude = value_of(annotations, kExcludeInbound);
  return !exclude || !listed(*exclude);
}

optional<Place> annotation_against(const KnownWorkload& workload, int port) {
  if (port == 15020 || port == 15021 || port == 15090 || taken(workload, port)) return std::nullopt;
  const optional<string> include = value_of(workload.read.value->annotations, kIncludeInbound);
  const string key = include && include != "*" ? kIncludeInbound : kExcludeInbound;
  return workload.read.id.place(key_path(pod_path(workload.read.value->kind) + "metadata.annotations", key));
}

}  // namespace reference
