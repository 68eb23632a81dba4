#include "workspace/sources/definitions.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <variant>

namespace workspace {

namespace {

bool is_unknown(std::string_view text) { return text.find("${") != std::string_view::npos; }

bool is_unknown(const Labels& labels) {
  return std::any_of(labels.begin(), labels.end(), [](const auto& label) {
    return is_unknown(label.first.view()) || is_unknown(label.second.view());
  });
}

bool is_unknown(const ModeField& mode) { return mode.invalid_text && is_unknown(mode.invalid_text->view()); }

bool is_unknown(const std::optional<ClientTls>& tls) {
  return tls && tls->invalid_mode && is_unknown(tls->invalid_mode->view());
}

bool is_unknown(const OptionalPtr<TrafficPolicy>& policy) {
  return policy && (is_unknown(policy->tls) ||
                    std::any_of(policy->ports.begin(), policy->ports.end(),
                                [](const PortTls& port) { return !port.port || is_unknown(port.tls); }));
}

struct PlaceholderFinder {
  bool operator()(const PeerAuthentication& policy) const {
    return is_unknown(policy.selector) || is_unknown(policy.mode) ||
           std::any_of(policy.port_level.begin(), policy.port_level.end(), [](const PortMode& port) {
             return is_unknown(port.key.view()) || is_unknown(port.mode);
           });
  }
  bool operator()(const DestinationRule& rule) const {
    return is_unknown(rule.host.value.view()) || is_unknown(rule.policy) ||
           std::any_of(rule.export_to.begin(), rule.export_to.end(),
                       [](const CompactString& name) { return is_unknown(name.view()); }) ||
           std::any_of(rule.subsets.begin(), rule.subsets.end(), [](const Subset& subset) {
             return is_unknown(subset.name.view()) || is_unknown(subset.labels) || is_unknown(subset.policy);
           });
  }
  bool operator()(const AuthorizationPolicy& policy) const { return is_unknown(policy.selector); }
  bool operator()(const Service& service) const {
    return is_unknown(service.selector) ||
           std::any_of(service.ports.begin(), service.ports.end(), [](const ServicePort& port) {
             const auto* target = std::get_if<CompactString>(&port.target);
             return is_unknown(port.name.value.view()) || (target != nullptr && is_unknown(target->view()));
           });
  }
  bool operator()(const Workload& workload) const { return is_unknown(workload.labels); }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

const PeerAuthentication* plain_policy(const Resource& resource) {
  const auto* policy = std::get_if<PeerAuthentication>(&resource);
  return policy != nullptr && !policy->has_selector() ? policy : nullptr;
}

// Of the kinds of which one per cluster is meant, or that say nothing of how calls go, the first counts.
bool is_compared(Kind kind) {
  switch (kind) {
    case Kind::Namespace:
    case Kind::ConfigMap:
    case Kind::CustomResourceDefinition:
    case Kind::MutatingWebhookConfiguration:
    case Kind::ValidatingWebhookConfiguration:
    case Kind::APIService:
    case Kind::ServiceMonitor:
    case Kind::PodMonitor:
    case Kind::Ingress:
    case Kind::Gateway:
    case Kind::UnknownKind:
      return false;
    default:
      return !is_deployment(kind);
  }
}

std::string_view namespace_of(const Metadata& metadata, std::string_view default_namespace) {
  if (is_cluster_scoped(metadata.kind)) return {};
  return metadata.ns.empty() ? default_namespace : metadata.ns.view();
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t more) {
  hash = (hash ^ more) * 0x9E3779B97F4A7C15U;
  return hash ^ (hash >> 32U);
}

std::uint64_t identity_hash(const Metadata& metadata, std::string_view default_namespace, bool plain) {
  const std::hash<std::string_view> hash;
  const std::uint64_t kind = static_cast<std::uint64_t>(metadata.kind) * 2 + (plain ? 1U : 0U);
  std::uint64_t result = mix(hash(namespace_of(metadata, default_namespace)), kind);
  if (!plain) result = mix(result, hash(metadata.name.value));
  if (const OtherKind* other = metadata.rare.other_kind())
    result = mix(mix(result, hash(other->group)), hash(other->name));
  return result;
}

bool is_same_kind(const Metadata& a, const Metadata& b) {
  if (a.kind != b.kind) return false;
  const OtherKind* first = a.rare.other_kind();
  const OtherKind* second = b.rare.other_kind();
  return first == nullptr || second == nullptr ? first == second : *first == *second;
}

}  // namespace

bool has_placeholder(const Resource& resource) { return std::visit(PlaceholderFinder(), resource); }

bool contradict(const Resource& a, const Resource& b) {
  if (a == b) return false;
  const PeerAuthentication* first = plain_policy(a);
  const PeerAuthentication* second = plain_policy(b);
  if (first != nullptr && second != nullptr) return first->mode.mode != second->mode.mode;
  if (a.index() != b.index()) return true;
  // What it is called and annotated is not what it says.
  Resource renamed = a;
  std::visit([&b](auto& resource) { resource.metadata = metadata_of(b); }, renamed);
  return renamed != b;
}

void visit_identity_hashes(const FileFacts& facts, std::string_view default_namespace,
                           const IdentityVisitor& visit, const FileFacts* other) {
  for (std::uint32_t document = 0; document < facts.documents.size(); ++document) {
    const DocumentState& state = facts.documents[document];
    if (shares_document(other, document, state)) continue;
    std::uint32_t index = 0;
    for (const Resource& resource : state.facts->resources) {
      const Metadata& metadata = metadata_of(resource);
      if (is_compared(metadata.kind)) {
        if (!metadata.name.value.empty())
          visit(identity_hash(metadata, default_namespace, false), resource, document, index);
        if (plain_policy(resource) != nullptr)
          visit(identity_hash(metadata, default_namespace, true), resource, document, index);
      }
      ++index;
    }
  }
}

bool shares_document(const FileFacts* other, std::uint32_t ordinal, const DocumentState& document) {
  return other != nullptr && ordinal < other->documents.size() &&
         other->documents[ordinal].facts == document.facts;
}

// ---------------------------------------------------------------- SharedDefinitions

void SharedDefinitions::add(std::uint32_t unit, const FileFacts& facts, std::string_view default_namespace) {
  const auto add = [&](const Metadata& metadata, bool plain) {
    all_.push_back({static_cast<std::uint32_t>(identity_hash(metadata, default_namespace, plain)), unit});
  };
  for (const DocumentState& state : facts.documents) {
    for (const Resource& resource : state.facts->resources) {
      const Metadata& metadata = metadata_of(resource);
      if (!is_compared(metadata.kind)) {
        has_deployments_ |= is_deployment(metadata.kind);
        continue;
      }
      if (!metadata.name.value.empty()) add(metadata, false);
      if (metadata.kind == Kind::PeerAuthentication && plain_policy(resource) != nullptr) add(metadata, true);
    }
  }
}

// By digits, the last first: a table of hashes would miss the cache with each look.
void SharedDefinitions::sort_by_hash() {
  constexpr unsigned kBits = 11;
  constexpr std::size_t kDigits = std::size_t{1} << kBits;
  std::vector<Definition> sorted(all_.size());
  for (unsigned shift = 0; shift < 32; shift += kBits) {
    std::array<std::size_t, kDigits + 1> begins{};
    const auto digit = [shift](const Definition& one) { return (one.hash >> shift) & (kDigits - 1); };
    for (const Definition& one : all_) ++begins[digit(one) + 1];
    for (std::size_t i = 1; i < kDigits; ++i) begins[i] += begins[i - 1];
    for (const Definition& one : all_) sorted[begins[digit(one)]++] = one;
    std::swap(all_, sorted);
  }
}

std::vector<std::uint32_t> SharedDefinitions::units() {
  sort_by_hash();
  std::vector<std::uint32_t> units;
  for (std::size_t begin = 0; begin < all_.size();) {
    std::size_t end = begin + 1;
    bool several = false;
    for (; end < all_.size() && all_[end].hash == all_[begin].hash; ++end)
      several |= all_[end].unit != all_[begin].unit;
    if (several) {
      for (; begin < end; ++begin) units.push_back(all_[begin].unit);
    }
    begin = end;
  }
  std::sort(units.begin(), units.end());
  units.erase(std::unique(units.begin(), units.end()), units.end());
  return units;
}

// ---------------------------------------------------------------- DefinitionTable

DefinitionTable::DefinitionTable(std::size_t units) {
  std::size_t size = 64;
  while (size < units * 2) size *= 2;
  slots_.resize(size);
  entries_.reserve(units + units / 4);
}

void DefinitionTable::grow() {
  std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.first == kNone) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].first != kNone) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

// Slots of one hash stand one after the other; most often there is one.
DefinitionTable::Slot& DefinitionTable::slot_of(const Key& key) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = key.hash & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.first == kNone) {
      slot.hash = key.hash;
      slot.plain = key.plain;
      return slot;
    }
    if (slot.hash != key.hash || slot.plain != key.plain) continue;
    const Entry& entry = entries_[slot.first];
    const Metadata& known = metadata_of(*entry.definition.resource);
    const Metadata& metadata = metadata_of(*key.resource);
    if (is_same_kind(known, metadata) && (key.plain || known.name.value == metadata.name.value) &&
        namespace_of(known, entry.default_namespace) == namespace_of(metadata, key.default_namespace))
      return slot;
  }
}

void DefinitionTable::add(const Key& key, const UnitDefinition& definition) {
  if ((used_ + 1) * 4 > slots_.size() * 3) grow();
  Slot& slot = slot_of(key);
  const auto index = static_cast<std::uint32_t>(entries_.size());
  const Entry entry{definition, key.default_namespace, kNone};
  if (slot.first == kNone) {
    ++used_;
    slot.first = slot.last = index;
    entries_.push_back(entry);
    return;
  }
  if (entries_[slot.last].definition.unit == definition.unit) return;
  Entry& first = entries_[slot.first];
  ++comparisons_;
  if (contradict(*first.definition.resource, *definition.resource)) {
    if (has_placeholder(*definition.resource)) return;
    if (has_placeholder(*first.definition.resource)) {
      // Nothing is known of the first, nor of those that say the same.
      entries_.push_back(entry);
      slot.first = slot.last = index;
      return;
    }
    slot.contradicts = true;
  }
  entries_[slot.last].next = index;
  slot.last = index;
  entries_.push_back(entry);
}

void DefinitionTable::add(std::uint32_t unit, const FileFacts& facts, std::string_view default_namespace) {
  std::uint32_t document = 0;
  for (const DocumentState& state : facts.documents) {
    std::uint32_t index = 0;
    for (const Resource& resource : state.facts->resources) {
      const Metadata& metadata = metadata_of(resource);
      const UnitDefinition definition{&resource, unit, document, index++};
      if (!is_compared(metadata.kind)) continue;
      const auto key = [&](bool plain) {
        return Key{identity_hash(metadata, default_namespace, plain), plain, &resource, default_namespace};
      };
      if (!metadata.name.value.empty()) add(key(false), definition);
      if (metadata.kind == Kind::PeerAuthentication && plain_policy(resource) != nullptr)
        add(key(true), definition);
    }
    ++document;
  }
}

std::vector<std::vector<UnitDefinition>> DefinitionTable::contradictions() const {
  std::vector<std::vector<UnitDefinition>> all;
  for (const Slot& slot : slots_) {
    if (!slot.contradicts) continue;
    auto& definitions = all.emplace_back();
    for (std::uint32_t at = slot.first; at != kNone; at = entries_[at].next)
      definitions.push_back(entries_[at].definition);
  }
  return all;
}

}  // namespace workspace
