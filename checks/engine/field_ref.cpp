#include "checks/engine/field_ref.h"

#include <fmt/format.h>

#include "workspace/resources/unknown_fields.h"

namespace checks {

namespace {

using workspace::ByteRange;
using workspace::ClauseRef;
using workspace::Definition;

const Definition& definition_of(const FieldRef& site) { return site.node->definitions[site.definition]; }

template <class T>
const T& decoded(const FieldRef& site) {
  return std::get<T>(definition_of(site).resource());
}

const workspace::PortMode& port_mode(const FieldRef& site) {
  return decoded<workspace::PeerAuthentication>(site).port_level[static_cast<std::size_t>(site.entry)];
}

const workspace::IdentityUse& use_of(const FieldRef& site) {
  return decoded<workspace::AuthorizationPolicy>(site).uses[static_cast<std::size_t>(site.entry)];
}

const workspace::KeyProblem& key_problem(const FieldRef& site) {
  return workspace::metadata_of(definition_of(site).resource())
      .rare.key_problems()[static_cast<std::size_t>(site.entry)];
}

const workspace::MisplacedField& misplaced(const FieldRef& site) {
  return decoded<workspace::Workload>(site).rare->misplaced_fields[static_cast<std::size_t>(site.entry)];
}

const workspace::ServicePort& service_port(const FieldRef& site) {
  return decoded<workspace::Service>(site).ports[static_cast<std::size_t>(site.entry)];
}

const workspace::PolicyTarget& policy_target(const FieldRef& site) {
  return decoded<workspace::BackendTlsPolicy>(site).targets[static_cast<std::size_t>(site.entry)];
}

std::string misplaced_path(const workspace::MisplacedField& field) {
  std::string path = field.annotation ? "metadata.annotations" : "metadata.labels";
  workspace::append_key(path, field.key);
  return path;
}

const workspace::ClientTls& tls(const FieldRef& site) {
  return *decoded<workspace::DestinationRule>(site).tls(site.clause);
}

const workspace::ProxyField& proxy_field(const FieldRef& site) {
  const workspace::Resource& resource = definition_of(site).resource();
  const auto* ns = std::get_if<workspace::Namespace>(&resource);
  const workspace::ProxyFields& fields =
      ns != nullptr ? ns->fields : std::get<workspace::Workload>(resource).fields;
  return fields[static_cast<std::size_t>(site.entry)];
}

// What leads to the metadata and spec of a workload's pods.
std::string_view pod_prefix(workspace::Kind kind) {
  switch (kind) {
    case workspace::Kind::Pod:
    case workspace::Kind::Namespace:
      return "";
    case workspace::Kind::CronJob:
      return "spec.jobTemplate.spec.template.";
    default:
      return "spec.template.";
  }
}

std::string key_path(std::string_view key) {
  return key.find_first_of("./") == std::string_view::npos ? fmt::format(".{}", key)
                                                           : fmt::format("[\"{}\"]", key);
}

const workspace::HostReference& host_text(const FieldRef& site) {
  const auto index = static_cast<std::size_t>(site.entry);
  const auto* config = std::get_if<workspace::ConfigMap>(&definition_of(site).resource());
  return config != nullptr ? config->calls[index].call
                           : decoded<workspace::Workload>(site).rare->calls[index];
}

const workspace::ServiceCall& service_call(const FieldRef& site) {
  return decoded<workspace::ApiServerCalls>(site).calls[static_cast<std::size_t>(site.entry)];
}

const workspace::IngressBackend& backend(const FieldRef& site) {
  return decoded<workspace::Ingress>(site).backends[static_cast<std::size_t>(site.entry)];
}

const workspace::MonitorEndpoint& endpoint(const FieldRef& site) {
  return decoded<workspace::Monitor>(site).endpoints[static_cast<std::size_t>(site.entry)];
}

std::string endpoint_path(const FieldRef& site) {
  const workspace::MonitorEndpoint& at = endpoint(site);
  const std::string_view field = !at.port.value.empty() ? "port" : at.by_number ? "portNumber" : "targetPort";
  return fmt::format("spec.{}[{}].{}", workspace::endpoints_field(site.node->id.kind), at.index, field);
}

const workspace::Probe& probe(const FieldRef& site) {
  return decoded<workspace::Workload>(site).probes[static_cast<std::size_t>(site.entry)];
}

std::string probe_path(const FieldRef& site) {
  const workspace::Probe& at = probe(site);
  return fmt::format("{}spec.containers[{}].{}.{}.port", pod_prefix(site.node->id.kind), at.container,
                     probe_name(at.kind), at.grpc ? "grpc" : "httpGet");
}

std::string traffic_policy_path(ClauseRef clause) {
  return clause.subset < 0 ? "spec.trafficPolicy"
                           : fmt::format("spec.subsets[{}].trafficPolicy", clause.subset);
}

const workspace::TrafficPolicy& traffic_policy(const FieldRef& site) {
  const auto& rule = decoded<workspace::DestinationRule>(site);
  const std::int32_t subset = site.clause.subset;
  return subset < 0 ? *rule.policy : *rule.subsets[static_cast<std::size_t>(subset)].policy;
}

std::string tls_path(ClauseRef clause) {
  std::string path = "spec.";
  if (clause.subset >= 0) path += fmt::format("subsets[{}].", clause.subset);
  path += "trafficPolicy.";
  if (clause.port >= 0) path += fmt::format("portLevelSettings[{}].", clause.port);
  return path + "tls";
}

}  // namespace

FieldRef reason_of(const workspace::ProxyReason& reason) {
  switch (reason.kind) {
    case workspace::ProxyReasonKind::HostNetwork:
      return {reason.node, Field::HostNetwork, -1, {}, 0};
    case workspace::ProxyReasonKind::Field:
      return {reason.node, Field::ProxyField, reason.field, {}, 0};
    case workspace::ProxyReasonKind::Unlabelled:
    case workspace::ProxyReasonKind::Gateway:
    case workspace::ProxyReasonKind::Seen:
      return name_of(reason.node);
    default:
      return {};
  }
}

namespace {

// Of a rule that BackendTLSPolicies make.
FieldRef target_of(const workspace::BackendRule& made, ClauseRef clause) {
  for (const workspace::BackendRule::Clause& each : made.clauses) {
    if (each.ref == clause) return {each.policy, Field::PolicyTarget, each.target, each.ref, 0};
  }
  return {};
}

const workspace::BackendRule* made_rule(const workspace::ResourceNode* node) {
  const bool may_be = node->id.kind == workspace::Kind::BackendTLSPolicy && node->definitions.empty();
  return may_be ? static_cast<const workspace::RuleNode*>(node)->backend.get() : nullptr;
}

}  // namespace

FieldRef name_of(const workspace::ResourceNode* node, std::uint32_t definition) {
  const workspace::BackendRule* made = made_rule(node);
  return {made == nullptr ? node : made->clauses.front().policy, Field::Name, -1, {}, definition};
}

FieldRef tls_of(const workspace::ResourceNode* rule, ClauseRef clause) {
  const workspace::BackendRule* made = made_rule(rule);
  return made == nullptr ? FieldRef{rule, Field::Tls, -1, clause, 0} : target_of(*made, clause);
}

FieldRef host_of(const workspace::RuleNode* rule) {
  return rule->backend == nullptr ? FieldRef{rule, Field::Host, -1, {}, 0}
                                  : target_of(*rule->backend, rule->backend->clauses.front().ref);
}

const workspace::RuleNode* rule_of(const FieldRef& site) {
  if (site.field == Field::PolicyTarget)
    return static_cast<const workspace::BackendNode*>(site.node)->rules[static_cast<std::size_t>(site.entry)];
  return workspace::node_cast<workspace::RuleNode>(site.node);
}

std::string path_of(const FieldRef& site) {
  switch (site.field) {
    case Field::Name:
      return "metadata.name";
    case Field::Host:
      return "spec.host";
    case Field::SelectorKey:
      return "spec.selector";
    case Field::PortLevelKey:
      return "spec.portLevelMtls";
    case Field::Mode:
      return site.entry < 0 ? "spec.mtls.mode"
                            : fmt::format("spec.portLevelMtls.{}.mode", port_mode(site).key);
    case Field::Tls:
      return tls_path(site.clause) + (tls(site).has_mode ? ".mode" : "");
    case Field::TlsKey:
      return tls_path(site.clause);
    case Field::IdentityUse:
      return use_of(site).path.str();
    case Field::Key:
      return key_problem(site).path.str();
    case Field::Misplaced:
      return misplaced_path(misplaced(site));
    case Field::ExportKey:
      return "spec.exportTo";
    case Field::ServicePort:
      return fmt::format("spec.ports[{}].port", service_port(site).index);
    case Field::PortKey:
      return fmt::format("spec.portLevelMtls.{}", port_mode(site).key);
    case Field::ClusterIp:
      return "spec.clusterIP";
    case Field::LoadBalancer:
      return traffic_policy_path(site.clause) + ".loadBalancer";
    case Field::AppProtocol:
      return fmt::format("spec.ports[{}].appProtocol", service_port(site).index);
    case Field::PortName:
      return fmt::format("spec.ports[{}].name", service_port(site).index);
    case Field::ProxyField:
      return fmt::format("{}metadata.{}{}", pod_prefix(site.node->id.kind),
                         proxy_field(site).annotation ? "annotations" : "labels",
                         key_path(setting_key(proxy_field(site).setting)));
    case Field::HostNetwork:
      return fmt::format("{}spec.hostNetwork", pod_prefix(site.node->id.kind));
    case Field::PolicyTarget:
      return fmt::format("spec.targetRefs[{}].name", policy_target(site).index);
    case Field::CalledService:
      return service_call(site).path.str();
    case Field::BackendName:
      return backend(site).path.str() + ".name";
    case Field::EndpointPort:
      return endpoint_path(site);
    case Field::ProbePort:
      return probe_path(site);
    case Field::HostText:
      return host_text(site).path.str();
  }
  return {};
}

ByteRange range_in_facts(const FieldRef& site) {
  switch (site.field) {
    case Field::Name:
      return workspace::metadata_of(definition_of(site).resource()).name.place.range;
    case Field::Host:
      return decoded<workspace::DestinationRule>(site).host.place.range;
    case Field::SelectorKey:
      return decoded<workspace::PeerAuthentication>(site).selector_key.range;
    case Field::PortLevelKey:
      return decoded<workspace::PeerAuthentication>(site).port_level_key.range;
    case Field::Mode:
      return site.entry < 0 ? decoded<workspace::PeerAuthentication>(site).mode.place.range
                            : port_mode(site).mode.place.range;
    case Field::Tls:
      return tls(site).has_mode ? tls(site).mode_place.range : tls(site).key.range;
    case Field::TlsKey:
      return tls(site).key.range;
    case Field::IdentityUse:
      return use_of(site).place.range;
    case Field::Key:
      return key_problem(site).place.range;
    case Field::Misplaced:
      return misplaced(site).key_place.range;
    case Field::ExportKey:
      return decoded<workspace::DestinationRule>(site).rare->export_to_key.range;
    case Field::ServicePort:
      return service_port(site).place.range;
    case Field::PortKey:
      return port_mode(site).key_place.range;
    case Field::ClusterIp:
      return decoded<workspace::Service>(site).cluster_ip.range;
    case Field::LoadBalancer:
      return traffic_policy(site).passthrough->range;
    case Field::AppProtocol:
      return service_port(site).app_protocol()->place.range;
    case Field::PortName:
      return service_port(site).name.place.range;
    case Field::ProxyField:
      return proxy_field(site).value.place.range;
    case Field::HostNetwork:
      return decoded<workspace::Workload>(site).rare->host_network.range;
    case Field::PolicyTarget:
      return policy_target(site).name.place.range;
    case Field::CalledService:
      return service_call(site).key.range;
    case Field::BackendName:
      return backend(site).name.place.range;
    case Field::EndpointPort:
      return endpoint(site).port.value.empty() ? endpoint(site).target_place.range
                                               : endpoint(site).port.place.range;
    case Field::ProbePort:
      return probe(site).place.range;
    case Field::HostText:
      return host_text(site).place.range;
  }
  return {};
}

namespace {

ByteRange range_in(const workspace::DocumentEntry& document, const FieldRef& site) {
  return workspace::shifted(range_in_facts(site), document.file->facts->documents[document.ordinal].begin);
}

}  // namespace

std::optional<Location> location_of(const FieldRef& site) {
  const workspace::DocumentEntry& document = *definition_of(site).document;
  const auto range = document.file->facts->documents[document.ordinal].place(range_in_facts(site));
  if (!range) return std::nullopt;
  Location place;
  const workspace::Kind kind = site.node->id.kind;
  const bool is_rule = kind == workspace::Kind::DestinationRule || kind == workspace::Kind::BackendTLSPolicy;
  place.role = is_rule ? Role::Rule : Role::Policy;
  place.id = site.node->id;
  place.path = path_of(site);
  if (const auto& origin = document.file->facts->origin) {
    // What no file says, such as a name with a hash, stands where its resource is named or begins.
    auto source = origin->place(*range);
    if (!source) source = origin->place(range_in(document, name_of(site.node, site.definition)));
    if (!source) source = origin->first_place(document.ordinal);
    if (!source) return std::nullopt;
    place.file = source->file;
    place.range = source->range;
    return place;
  }
  place.file = document.file->path.str();
  place.range = *range;
  return place;
}

bool before(const FieldRef& a, const FieldRef& b) {
  const workspace::DocumentEntry& x = *definition_of(a).document;
  const workspace::DocumentEntry& y = *definition_of(b).document;
  if (x.file != y.file) return x.file->path < y.file->path;
  if (x.ordinal != y.ordinal) return x.ordinal < y.ordinal;
  const ByteRange p = range_in_facts(a);
  const ByteRange q = range_in_facts(b);
  if (p != q) return p < q;
  if (definition_of(a).index != definition_of(b).index)
    return definition_of(a).index < definition_of(b).index;
  return a.clause < b.clause;
}

}  // namespace checks
