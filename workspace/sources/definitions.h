// Which units define the same resource, and which of those with different content (docs/design/sources.md,
// section 2, point 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "workspace/sources/file_facts.h"

namespace workspace {

// Whether two resources of one name say different things, so that they cannot be deployed together.
bool contradict(const Resource& a, const Resource& b);

// Whether something that the resource says is not known for a `${…}` in it, so that nothing may rest on its
// being different from another.
bool has_placeholder(const Resource& resource);

// Calls `visit` with a hash of each identity by which resources are compared: kind, namespace and name, and
// of PeerAuthentications without selector also their namespace. Of kinds that are not compared with none, and
// none of documents that `other` (may be null) shares at the same ordinal.
using IdentityVisitor = std::function<void(std::uint64_t hash, const Resource& resource,
                                           std::uint32_t document, std::uint32_t index)>;
void visit_identity_hashes(const FileFacts& facts, std::string_view default_namespace,
                           const IdentityVisitor& visit, const FileFacts* other = nullptr);
// Whether another file's facts share a document at its ordinal.
bool shares_document(const FileFacts* other, std::uint32_t ordinal, const DocumentState& document);

// A resource of a unit, which the unit's facts keep.
struct UnitDefinition {
  const Resource* resource = nullptr;
  std::uint32_t unit = 0;
  std::uint32_t document = 0;
  std::uint32_t index = 0;  // in the document
};

// Which units define something that another defines too, by hashes alone: a few too many, never one too few.
// Most units are found to be the only ones, without a look at anything else.
class SharedDefinitions {
 public:
  explicit SharedDefinitions(std::size_t units) { all_.reserve(units + units / 4); }

  void add(std::uint32_t unit, const FileFacts& facts, std::string_view default_namespace);
  // Sorted, each once.
  [[nodiscard]] std::vector<std::uint32_t> units();
  // Whether there was a resource that says what is deployed.
  [[nodiscard]] bool has_deployments() const { return has_deployments_; }

 private:
  struct Definition {
    std::uint32_t hash = 0;
    std::uint32_t unit = 0;
  };

  void sort_by_hash();

  std::vector<Definition> all_;
  bool has_deployments_ = false;
};

// All definitions of the units, by what they define. Views the facts.
class DefinitionTable {
 public:
  explicit DefinitionTable(std::size_t units);

  // Units one after the other. Of several definitions in one unit the first counts. Views the namespace.
  void add(std::uint32_t unit, const FileFacts& facts, std::string_view default_namespace);

  // The definitions of each resource that some unit defines otherwise than another; those with `${…}` are
  // left out. Lists and definitions are in no order to rely on.
  [[nodiscard]] std::vector<std::vector<UnitDefinition>> contradictions() const;
  [[nodiscard]] std::size_t comparisons() const { return comparisons_; }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Key {
    std::uint64_t hash = 0;
    bool plain = false;  // of all PeerAuthentications without selector in the namespace
    const Resource* resource = nullptr;
    std::string_view default_namespace;
  };
  struct Entry {
    UnitDefinition definition;
    std::string_view default_namespace;
    std::uint32_t next = kNone;  // of the same identity
  };
  // Of one identity. A slot without a first entry is free.
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    bool plain = false;
    bool contradicts = false;
  };

  void add(const Key& key, const UnitDefinition& definition);
  Slot& slot_of(const Key& key);
  void grow();

  std::vector<Entry> entries_;
  std::vector<Slot> slots_;  // as many as a power of two
  std::size_t used_ = 0;
  std::size_t comparisons_ = 0;
};

}  // namespace workspace
