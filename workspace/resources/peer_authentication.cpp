#include "workspace/resources/peer_authentication.h"

#include <algorithm>

#include "workspace/resources/decode.h"

namespace workspace {

namespace {

ModeField decode_mode(const yaml::Value& mode) {
  ModeField field;
  if (!mode.exists()) return field;
  field.present = true;
  field.place = {mode.range()};
  const std::string_view text = mode.text();
  if (text == "STRICT") {
    field.mode = MtlsMode::Strict;
  } else if (text == "PERMISSIVE") {
    field.mode = MtlsMode::Permissive;
  } else if (text == "DISABLE") {
    field.mode = MtlsMode::Disable;
  } else if (text != "UNSET") {
    field.invalid_text = CompactString(text);
  }
  return field;
}

}  // namespace

std::string_view mode_name(MtlsMode mode) {
  switch (mode) {
    case MtlsMode::Unset:
      return "UNSET";
    case MtlsMode::Disable:
      return "DISABLE";
    case MtlsMode::Permissive:
      return "PERMISSIVE";
    case MtlsMode::Strict:
      return "STRICT";
  }
  return "";
}

const PortMode* PeerAuthentication::port(std::uint32_t number) const {
  const auto at = std::find_if(port_level.begin(), port_level.end(),
                               [number](const PortMode& entry) { return entry.port == number; });
  return at == port_level.end() ? nullptr : &*at;
}

PeerAuthentication decode_peer_authentication(const yaml::Value& resource) {
  PeerAuthentication policy;
  policy.metadata = decode_metadata(resource, Kind::PeerAuthentication);
  const yaml::Value spec = resource["spec"];
  const yaml::Value selector = spec["selector"];
  policy.selector = decode_labels(selector["matchLabels"]);
  policy.selector_key = {selector.key_range()};
  policy.mode = decode_mode(spec["mtls"]["mode"]);
  const yaml::Value ports = spec["portLevelMtls"];
  policy.port_level_key = {ports.key_range()};
  for (const auto& [key, value] : ports.entries()) {
    policy.port_level.push_back({key, {value.key_range()}, decode_number(key), decode_mode(value["mode"])});
  }
  return policy;
}

}  // namespace workspace
