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

// The fields of `tls` besides its mode.
enum class TlsField : std::uint8_t {
  CredentialName,
  ClientCertificate,
  PrivateKey,
  CaCertificates,
  SubjectAltNames,
  Sni,
  InsecureSkipVerify,
};
inline constexpr std::size_t kTlsFieldCount = 7;

std::string_view field_name(TlsField field);

// Those that are written, with something in them.
class TlsFieldSet {
 public:
  void add(TlsField field) { bits_ = static_cast<std::uint8_t>(bits_ | bit(field)); }
  [[nodiscard]] bool contains(TlsField field) const { return (bits_ & bit(field)) != 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  friend bool operator==(TlsFieldSet, TlsFieldSet) = default;

 private:
  static std::uint8_t bit(TlsField field) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(field));
  }
  std::uint8_t bits_ = 0;
};

struct ClientTls {
  SourceRange key;
  SourceRange mode_place;
  OptionalPtr<CompactString>
      invalid_mode;       // a value that does not exist, as written; the mode is Invalid then
  bool has_mode = false;  // without a mode it is DISABLE (MTLS0004)
  TlsMode mode = TlsMode::Disable;
  TlsFieldSet fields;
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
  OptionalPtr<SourceRange> passthrough;  // the value of a loadBalancer.simple: PASSTHROUGH
  std::uint64_t content = 0;             // of all that it says (yaml::content_hash)
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
  OptionalPtr<TrafficPolicy> policy;
  CompactList<Subset> subsets;
  // What few have.
  struct Rare {
    bool has_workload_selector = false;
    Labels workload_selector;  // workloadSelector.matchLabels
    SourceRange workload_selector_key;
    SourceRange export_to_key;
    CompactList<Located<CompactString>> written_exports;  // the entries of exportTo in their order
    friend bool operator==(const Rare&, const Rare&) = default;
  };
  OptionalPtr<Rare> rare;
  friend bool operator==(const DestinationRule&, const DestinationRule&) = default;

  [[nodiscard]] bool has_workload_selector() const { return rare && rare->has_workload_selector; }
  // Null: no such clause, or it carries no tls.
  [[nodiscard]] const ClientTls* tls(ClauseRef clause) const;
  // Calls f(ClauseRef, const ClientTls&) for every clause that carries tls, in the order top, its ports,
  // subsets.
  template <class F>
  void for_each_tls(const F& f) const {
    const auto visit = [&f](const OptionalPtr<TrafficPolicy>& holder, std::int32_t subset) {
      if (!holder) return;
      if (holder->tls) f(ClauseRef{subset, -1}, *holder->tls);
      for (std::size_t i = 0; i < holder->ports.size(); ++i) {
        const PortTls& port = holder->ports[i];
        if (port.tls) f(ClauseRef{subset, static_cast<std::int32_t>(i)}, *port.tls);
      }
    };
    visit(policy, -1);
    for (std::size_t i = 0; i < subsets.size(); ++i) visit(subsets[i].policy, static_cast<std::int32_t>(i));
  }
  [[nodiscard]] bool has_tls() const;
};

DestinationRule decode_destination_rule(const yaml::Value& resource);

}  // namespace workspace
