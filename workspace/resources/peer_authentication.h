// PeerAuthentication: what a workload's proxy accepts (istio.io API, security/v1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workspace/resources/metadata.h"

namespace workspace {

// Unset: absent, null, UNSET or a value that does not exist (docs/design/mtls-semantics.md, section 3).
enum class MtlsMode : std::uint8_t { Unset, Disable, Permissive, Strict };

std::string_view mode_name(MtlsMode mode);

struct ModeField {
  SourceRange place;  // empty when absent
  OptionalPtr<CompactString>
      invalid_text;  // a value that does not exist (MTLS0001); none: it is valid, or absent
  bool present = false;
  MtlsMode mode = MtlsMode::Unset;
  friend bool operator==(const ModeField&, const ModeField&) = default;
};

struct PortMode {
  CompactString key;  // as written, for paths
  SourceRange key_place;
  std::optional<std::uint32_t> port;  // absent: the key is no port number
  ModeField mode;
  friend bool operator==(const PortMode&, const PortMode&) = default;
};

struct PeerAuthentication {
  Metadata metadata;
  Labels selector;  // non-empty `selector.matchLabels`; empty: no selector
  SourceRange selector_key;
  ModeField mode;
  CompactList<PortMode> port_level;
  SourceRange port_level_key;
  friend bool operator==(const PeerAuthentication&, const PeerAuthentication&) = default;

  [[nodiscard]] bool has_selector() const { return !selector.empty(); }
  [[nodiscard]] const PortMode* port(std::uint32_t number) const;
  // `mtls.mode` (entry -1), or that of a port by its index.
  [[nodiscard]] const ModeField& mode_at(std::int32_t entry) const {
    return entry < 0 ? mode : port_level[static_cast<std::size_t>(entry)].mode;
  }
};

PeerAuthentication decode_peer_authentication(const yaml::Value& resource);

}  // namespace workspace
