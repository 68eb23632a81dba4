#include "checks/engine/name_anchor.h"

#include "workspace/resources/resource.h"

namespace checks {

namespace {

// Calls `visit` with each resource's metadata and the place of its name, until it returns true.
template <class Visit>
void visit_names(const workspace::FileFacts& facts, const Visit& visit) {
  for (const workspace::DocumentState& document : facts.documents) {
    for (const workspace::Resource& resource : document.facts->resources) {
      const workspace::Metadata& metadata = workspace::metadata_of(resource);
      if (visit(metadata, document.place(metadata.name.place.range))) return;
    }
  }
}

}  // namespace

std::optional<NameAnchor> NameAnchor::at(const workspace::FileFacts& facts, workspace::ByteRange range) {
  std::optional<NameAnchor> found;
  visit_names(facts, [&](const workspace::Metadata& metadata, std::optional<workspace::ByteRange> place) {
    if (place != range) return false;
    found.emplace();
    found->kind_ = metadata.kind;
    found->ns_ = metadata.ns;
    found->name_ = metadata.name.value;
    return true;
  });
  if (!found) return std::nullopt;
  visit_names(facts, [&](const workspace::Metadata& metadata, std::optional<workspace::ByteRange> place) {
    if (place == range) return true;
    const bool is_alike =
        metadata.kind == found->kind_ && metadata.ns == found->ns_ && metadata.name.value == found->name_;
    found->earlier_ += is_alike ? 1 : 0;
    return false;
  });
  return found;
}

std::optional<workspace::ByteRange> NameAnchor::range(const workspace::FileFacts& facts) const {
  std::optional<workspace::ByteRange> found;
  std::uint32_t alike = 0;
  visit_names(facts, [&](const workspace::Metadata& metadata, std::optional<workspace::ByteRange> place) {
    if (metadata.kind != kind_ || metadata.ns != ns_ || metadata.name.value != name_) return false;
    if (alike++ != earlier_) return false;
    found = place;
    return true;
  });
  return found;
}

}  // namespace checks
