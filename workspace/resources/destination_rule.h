// DestinationRule: what clients send (istio.io API, networking/v1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workspace/base/optional_ptr.h"
#include "workspace/resources/metadata.h"

namespace workspace {

enum class TlsMode : std::uint8_t { Disable, Simple, Mutual, IstioMutual, Invalid };

std::string_view mode_name(TlsMode mode);

struct ClientTls {
  SourceRange key;
  SourceRange mode_place;
  OptionalPtr<CompactString>
      invalid_mode;       // a value that does not exist, as written; the mode is Invalid then
  bool has_mode = false;  // without a mode it is DISABLE (MTLS0004)
  TlsMode mode = TlsMode::Disable;
  friend bool operator==(const ClientTls&, const ClientTls&) = default;
};

struct PortTls {
  int index = 0;                      // in portLevelSettings, for paths
  std::optional<std::uint32_t> port;  // absent: no number, matches nothing
  std::optional<ClientTls> tls;
  friend bool operator==(const PortTls&, const PortTls&) = default;
};

struct TrafficPolicy {
  std::optional<ClientTls> tls;
  CompactList<PortTls> ports;
  friend bool operator==(const TrafficPolicy&, const TrafficPolicy&) = default;

  // The first entry for a port decides.
  [[nodiscard]] const PortTls* port(std::uint32_t number) const;
};

struct Subset {
  int index = 0;  // in subsets, for paths
  CompactString name;
  Labels labels;
  OptionalPtr<TrafficPolicy> policy;
  friend bool operator==(const Subset&, const Subset&) = default;
};

// One place of a rule that can carry `tls` (docs/design/mtls-semantics.md, section 4).
struct ClauseRef {
  std::int32_t subset = -1;  // index into subsets; -1: the top level
  std::int32_t port = -1;    // index into the policy's ports; -1: the policy itself
  friend bool operator==(const ClauseRef&, const ClauseRef&) = default;
  friend auto operator<=>(const ClauseRef&, const ClauseRef&) = default;
};

struct DestinationRule {
  Metadata metadata;
  Located<CompactString> host;  // empty: none
  ExportTo export_to;
  bool has_workload_selector = false;
  OptionalPtr<TrafficPolicy> policy;
  CompactList<Subset> subsets;
  friend bool operator==(const DestinationRule&, const DestinationRule&) = default;

  // Null: no such clause, or it carries no tls.
  [[nodiscard]] const ClientTls* tls(ClauseRef clause) const;
  // Every clause that carries tls, in the order top, its ports, subsets.
  [[nodiscard]] std::vector<ClauseRef> tls_clauses() const;
};

DestinationRule decode_destination_rule(const yaml::Value& resource);

}  // namespace workspace
