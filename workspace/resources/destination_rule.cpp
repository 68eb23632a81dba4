#include "workspace/resources/destination_rule.h"

#include <algorithm>
#include <array>

#include "workspace/resources/decode.h"

namespace workspace {

namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, kTlsFieldCount> kTlsFields = {
    "credentialName",    "clientCertificate", "privateKey", "caCertificates", "subjectAltNames", "sni",
    "insecureSkipVerify"};

// Values of one traffic policy that are compared with those of another rule.
constexpr std::size_t kMaxCompared = 4096;

bool is_set(const yaml::Value& value) {
  return value.is_sequence() ? value.node()->children.count > 0 : !value.text().empty();
}

TlsFieldSet decode_tls_fields(const yaml::Value& tls) {
  TlsFieldSet fields;
  if (tls.node()->children.count <= 2) return fields;  // a mode, mostly
  for (std::size_t i = 0; i < kTlsFields.size(); ++i) {
    if (is_set(tls[kTlsFields[i]])) fields.add(static_cast<TlsField>(i));
  }
  return fields;
}

ClientTls decode_tls(const yaml::Value& tls) {
  ClientTls decoded;
  decoded.key = {tls.key_range()};
  decoded.fields = decode_tls_fields(tls);
  const yaml::Value mode = tls["mode"];
  if (!mode.exists()) return decoded;
  decoded.has_mode = true;
  decoded.mode_place = {mode.range()};
  const std::string_view text = mode.text();
  decoded.mode = text == "DISABLE"        ? TlsMode::Disable
                 : text == "SIMPLE"       ? TlsMode::Simple
                 : text == "MUTUAL"       ? TlsMode::Mutual
                 : text == "ISTIO_MUTUAL" ? TlsMode::IstioMutual
                                          : TlsMode::Invalid;
  if (decoded.mode == TlsMode::Invalid) decoded.invalid_mode = CompactString(text);
  return decoded;
}

std::optional<ClientTls> decode_optional_tls(const yaml::Value& holder) {
  const yaml::Value tls = holder["tls"];
  if (!tls.is_mapping()) return std::nullopt;
  return decode_tls(tls);
}

OptionalPtr<TrafficPolicy> decode_policy(const yaml::Value& policy) {
  if (!policy.is_mapping()) return std::nullopt;
  TrafficPolicy decoded;
  decoded.tls = decode_optional_tls(policy);
  int index = 0;
  for (const yaml::Value& setting : policy["portLevelSettings"].items()) {
    decoded.ports.push_back(
        {index++, decode_number(setting["port"]["number"].text()), decode_optional_tls(setting)});
  }
  if (const yaml::Value simple = policy["loadBalancer"]["simple"]; simple.text() == "PASSTHROUGH")
    decoded.passthrough = SourceRange{simple.range()};
  std::size_t budget = kMaxCompared;
  decoded.content = yaml::content_hash(policy, budget);
  return decoded;
}

OptionalPtr<DestinationRule::Rare> decode_rare(const yaml::Value& spec) {
  const yaml::Value selector = spec["workloadSelector"];
  const yaml::Value exports = spec["exportTo"];
  if (!selector.is_mapping() && !exports.is_sequence()) return std::nullopt;
  DestinationRule::Rare rare;
  rare.has_workload_selector = selector.is_mapping();
  rare.workload_selector = decode_labels(selector["matchLabels"]);
  rare.workload_selector_key = {selector.key_range()};
  rare.export_to_key = {exports.key_range()};
  for (const yaml::Value& name : exports.items()) {
    if (name.is_scalar()) rare.written_exports.push_back({name.text(), {name.range()}});
  }
  return rare;
}

}  // namespace

std::string_view field_name(TlsField field) { return kTlsFields[static_cast<std::size_t>(field)]; }

std::string_view mode_name(TlsMode mode) {
  switch (mode) {
    case TlsMode::Disable:
      return "DISABLE";
    case TlsMode::Simple:
      return "SIMPLE";
    case TlsMode::Mutual:
      return "MUTUAL";
    case TlsMode::IstioMutual:
      return "ISTIO_MUTUAL";
    case TlsMode::Invalid:
      return "invalid";
  }
  return "";
}

const PortTls* TrafficPolicy::port(std::uint32_t number) const {
  const auto at = std::find_if(ports.begin(), ports.end(),
                               [number](const PortTls& entry) { return entry.port == number; });
  return at == ports.end() ? nullptr : &*at;
}

const ClientTls* DestinationRule::tls(ClauseRef clause) const {
  const OptionalPtr<TrafficPolicy>& holder =
      clause.subset < 0 ? policy : subsets[static_cast<std::size_t>(clause.subset)].policy;
  if (!holder) return nullptr;
  const std::optional<ClientTls>& tls =
      clause.port < 0 ? holder->tls : holder->ports[static_cast<std::size_t>(clause.port)].tls;
  return tls ? &*tls : nullptr;
}

bool DestinationRule::has_tls() const {
  bool found = false;
  for_each_tls([&found](ClauseRef, const ClientTls&) { found = true; });
  return found;
}

DestinationRule decode_destination_rule(const yaml::Value& resource) {
  DestinationRule rule;
  rule.metadata = decode_metadata(resource, Kind::DestinationRule);
  const yaml::Value spec = resource["spec"];
  const yaml::Value host = spec["host"];
  rule.host = {host.text(), {host.range()}};
  rule.export_to = decode_export_to(spec["exportTo"]);
  rule.rare = decode_rare(spec);
  rule.policy = decode_policy(spec["trafficPolicy"]);
  int index = 0;
  for (const yaml::Value& subset : spec["subsets"].items()) {
    rule.subsets.push_back({index++, subset["name"].text(), decode_labels(subset["labels"]),
                            decode_policy(subset["trafficPolicy"])});
  }
  return rule;
}

}  // namespace workspace
