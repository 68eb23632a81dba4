#include "workspace/resources/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace workspace {

namespace {

constexpr std::array<std::string_view, 3> kProbes = {"livenessProbe", "readinessProbe", "startupProbe"};

bool is_ours(std::string_view key) {
  return key.starts_with("sidecar.istio.io/") || key.starts_with("traffic.sidecar.istio.io/");
}

void add_ports(const yaml::Value& container, CompactList<ContainerPort>& into) {
  for (const yaml::Value& port : container["ports"].items()) {
    if (const auto number = decode_number(port["containerPort"].text()))
      into.push_back({port["name"].text(), *number, decode_protocol(port["protocol"])});
  }
}

// The number of a port that a container is probed on; 0: it has none of that name.
std::uint32_t probed_port(const yaml::Value& port, const yaml::Value& container) {
  const PortRef reference = decode_port_ref(port);
  if (const auto* number = std::get_if<std::uint32_t>(&reference)) return *number;
  for (const yaml::Value& declared : container["ports"].items()) {
    if (!port.text().empty() && declared["name"].text() == port.text())
      return decode_number(declared["containerPort"].text()).value_or(0);
  }
  return 0;
}

void add_probes(const yaml::Value& container, std::int32_t index, CompactList<Probe>& into) {
  for (std::size_t i = 0; i < kProbes.size(); ++i) {
    const yaml::Value probe = container[kProbes[i]];
    if (!probe.is_mapping()) continue;
    for (const bool grpc : {false, true}) {
      const yaml::Value port = probe[grpc ? "grpc" : "httpGet"]["port"];
      if (!port.is_scalar()) continue;
      into.push_back({index, static_cast<ProbeKind>(i), grpc, probed_port(port, container), {port.range()}});
    }
  }
}

// The environment and command line of the containers of a pod.
class TextCollector {
 public:
  explicit TextCollector(Kind kind) : kind_(kind) {}

  void add_container(const yaml::Value& container, std::int32_t index) {
    container_ = index;
    add_environment(container["env"]);
    for (const yaml::Value& source : container["envFrom"].items())
      add_source(source["configMapRef"]["name"], {});
    add_texts(container, "command");
    add_texts(container, "args");
  }

  CompactList<HostReference> calls;
  CompactList<EnvironmentSource> environment;

 private:
  void add_environment(const yaml::Value& env) {
    std::size_t index = 0;
    for (const yaml::Value& variable : env.items()) {
      const auto path = [&] { return fmt::format("{}.env[{}].value", container_path(), index); };
      const yaml::Value value = variable["value"];
      add_host_references(value, path, calls);
      ++index;
      if (!value.text().empty()) continue;  // Kubernetes takes no `valueFrom` beside it
      const yaml::Value reference = variable["valueFrom"]["configMapKeyRef"];
      if (!reference["key"].text().empty()) add_source(reference["name"], reference["key"].text());
    }
  }

  void add_source(const yaml::Value& name, std::string_view key) {
    if (!name.text().empty()) environment.push_back({name.text(), key});
  }

  void add_texts(const yaml::Value& container, std::string_view field) {
    std::size_t index = 0;
    for (const yaml::Value& text : container[field].items()) {
      const auto path = [&] { return fmt::format("{}.{}[{}]", container_path(), field, index); };
      add_host_references(text, path, calls);
      ++index;
    }
  }

  [[nodiscard]] std::string container_path() const {
    const std::string_view pod = kind_ == Kind::Pod       ? "spec"
                                 : kind_ == Kind::CronJob ? "spec.jobTemplate.spec.template.spec"
                                                          : "spec.template.spec";
    return fmt::format("{}.containers[{}]", pod, container_);
  }

  Kind kind_;
  std::int32_t container_ = 0;
};

// `of_pods`: the metadata of the pods.
void add_misplaced(const yaml::Value& own, const yaml::Value& of_pods, bool annotation,
                   CompactList<MisplacedField>& into) {
  for (const auto& [key, value] : own.entries()) {
    if (!is_ours(key) || !value.is_scalar()) continue;
    if (of_pods["labels"][key].exists() || of_pods["annotations"][key].exists()) continue;
    into.push_back({key, annotation, value.text(), {value.key_range()}});
  }
}

CompactList<MisplacedField> misplaced(const yaml::Value& own, const yaml::Value& of_pods) {
  CompactList<MisplacedField> fields;
  add_misplaced(own["labels"], of_pods, false, fields);
  add_misplaced(own["annotations"], of_pods, true, fields);
  return fields;
}

std::optional<bool> injection(const ProxyFields& fields) {
  const ProxyField* field = find_field(fields, ProxySetting::Inject);
  return field == nullptr ? std::nullopt : std::optional(field->value.value != "false");
}

// A pod in a cluster has all the containers that it was given there.
SeenProxy seen_proxy(const yaml::Value& pod) {
  if (!pod["status"]["phase"].is_scalar()) return SeenProxy::NotSeen;
  for (const std::string_view containers : {"containers", "initContainers"}) {
    for (const yaml::Value& container : pod["spec"][containers].items()) {
      if (container["name"].text() == "istio-proxy") return SeenProxy::Sidecar;
    }
  }
  const yaml::Value metadata = pod["metadata"];
  const bool is_ambient = metadata["labels"]["istio.io/dataplane-mode"].text() == "ambient" ||
                          metadata["annotations"]["ambient.istio.io/redirection"].text() == "enabled";
  return is_ambient ? SeenProxy::Ambient : SeenProxy::Outside;
}

// `first` and what of `second` it does not have.
Labels merged(const Labels& first, const Labels& second) {
  Labels labels = first;
  for (const auto& label : second) {
    if (find_label(first, label.first) == nullptr) labels.push_back(label);
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

// A workload outside of Kubernetes: a proxy without pods.
Workload decode_outside(const yaml::Value& resource, Kind kind, const yaml::Value& first,
                        const yaml::Value& second, const yaml::Value& ports) {
  Workload workload;
  workload.metadata = decode_metadata(resource, kind);
  workload.labels = merged(decode_labels(first), decode_labels(second));
  workload.labels_key = {(first.is_mapping() ? first : second).key_range()};
  for (const auto& [name, port] : ports.entries()) {
    if (const auto number = decode_number(port.text()))
      workload.ports.push_back({name, *number, Protocol::Tcp});
  }
  return workload;
}

}  // namespace

std::string_view probe_name(ProbeKind kind) { return kProbes[static_cast<std::size_t>(kind)]; }

std::optional<std::uint32_t> Workload::named_port(std::string_view name) const {
  if (name.empty()) return std::nullopt;
  const auto at = std::find_if(ports.begin(), ports.end(),
                               [name](const ContainerPort& entry) { return entry.name == name; });
  return at == ports.end() ? std::nullopt : std::optional(at->port);
}

yaml::Value pod_template(const yaml::Value& resource, Kind kind) {
  if (kind == Kind::Pod) return resource;
  if (kind == Kind::WorkloadEntry || kind == Kind::WorkloadGroup) return {};
  const yaml::Value spec = resource["spec"];
  return kind == Kind::CronJob ? spec["jobTemplate"]["spec"]["template"] : spec["template"];
}

bool has_pod_template(const yaml::Value& resource) {
  const yaml::Value pod = resource["spec"]["template"];
  return pod["metadata"].is_mapping() && pod["spec"]["containers"].is_sequence();
}

Workload decode_workload(const yaml::Value& resource, Kind kind) {
  Workload workload;
  workload.metadata = decode_metadata(resource, kind);
  const yaml::Value pod = pod_template(resource, kind);
  const yaml::Value metadata = pod["metadata"];
  const yaml::Value labels = metadata["labels"];
  workload.labels = decode_labels(labels);
  workload.labels_key = {labels.key_range()};
  workload.fields = decode_pod_fields(metadata);
  workload.inject = injection(workload.fields);
  const yaml::Value spec = pod["spec"];
  TextCollector texts(kind);
  std::int32_t index = 0;
  for (const yaml::Value& container : spec["containers"].items()) {
    add_ports(container, workload.ports);
    add_probes(container, index, workload.probes);
    texts.add_container(container, index);
    ++index;
  }
  Workload::Rare rare{{}, std::move(texts.calls), std::move(texts.environment), {}};
  if (kind == Kind::Pod) {
    workload.seen = seen_proxy(pod);
  } else {
    rare.misplaced_fields = misplaced(resource["metadata"], metadata);
  }
  const yaml::Value host_network = spec["hostNetwork"];
  workload.host_network = is_true(host_network);
  if (workload.host_network) rare.host_network = {host_network.range()};
  if (workload.host_network || rare != Workload::Rare{}) workload.rare = std::move(rare);
  return workload;
}

Workload decode_workload_entry(const yaml::Value& resource) {
  const yaml::Value spec = resource["spec"];
  return decode_outside(resource, Kind::WorkloadEntry, resource["metadata"]["labels"], spec["labels"],
                        spec["ports"]);
}

Workload decode_workload_group(const yaml::Value& resource) {
  const yaml::Value spec = resource["spec"];
  return decode_outside(resource, Kind::WorkloadGroup, spec["metadata"]["labels"], spec["template"]["labels"],
                        spec["template"]["ports"]);
}

}  // namespace workspace
