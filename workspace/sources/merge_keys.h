// Which lists of Kubernetes' own kinds a strategic merge patch merges item by item, and by which keys; and
// which kinds have no namespace. Custom resources, all of Istio's among them, have no such lists.
#pragma once

#include <cstdint>
#include <string_view>

namespace workspace::kustomize {

struct MergeField;

// The type of a value. Unknown below a custom resource, until a value names an apiVersion and kind itself.
class MergeType {
 public:
  MergeType() = default;
  static MergeType of_kind(std::string_view api_version, std::string_view kind);

  [[nodiscard]] bool known() const { return type_ != kUnknown; }
  [[nodiscard]] MergeField field(std::string_view name) const;

 private:
  static constexpr std::uint8_t kUnknown = 254;
  explicit MergeType(std::uint8_t type) : type_(type) {}
  std::uint8_t type_ = kUnknown;
};

struct MergeField {
  MergeType type;         // of the value; of a list, of its items
  std::string_view keys;  // of a merged list, between blanks; "=": items are compared; empty: none
};

// Kinds that kustomize knows to be cluster-scoped; unknown kinds count as namespaced.
bool is_cluster_scoped(std::string_view api_version, std::string_view kind);

}  // namespace workspace::kustomize
