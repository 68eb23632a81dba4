// Which fields kustomize's transformers change: its defaults, and those that `configurations` add.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workspace/sources/build_tree.h"

namespace workspace::kustomize {

// Parts of a kind; an empty one stands for any.
struct KindFilter {
  std::string group;
  std::string version;
  std::string kind;

  [[nodiscard]] bool selects(std::string_view of_group, std::string_view of_version,
                             std::string_view of_kind) const {
    return (group.empty() || group == of_group) && (version.empty() || version == of_version) &&
           (kind.empty() || kind == of_kind);
  }
  friend bool operator==(const KindFilter&, const KindFilter&) = default;
};

struct FieldSpec {
  KindFilter kind;
  std::string path;  // parts between slashes; lists are passed through
  bool create = false;
};

// Who may refer to the name of a kind.
struct NameReference {
  KindFilter target;
  std::vector<FieldSpec> referrers;
};

struct FieldConfig {
  std::vector<FieldSpec> name_prefix;
  std::vector<FieldSpec> name_suffix;
  std::vector<FieldSpec> name_space;
  std::vector<FieldSpec> common_labels;
  std::vector<FieldSpec> labels;
  std::vector<FieldSpec> template_labels;
  std::vector<FieldSpec> volume_claim_template_labels;
  std::vector<FieldSpec> common_annotations;
  std::vector<FieldSpec> var_reference;
  std::vector<FieldSpec> images;
  std::vector<FieldSpec> replicas;
  std::vector<NameReference> name_reference;

  // Indices of a referrer in name_reference and in its list there.
  struct Referrer {
    std::uint32_t reference;
    std::uint32_t spec;
    friend auto operator<=>(const Referrer&, const Referrer&) = default;
  };
  // What each kind may refer with, in order; under an empty kind: what all may.
  std::unordered_map<std::string, std::vector<Referrer>> referrers;
};

const FieldConfig& default_field_config();

// Adds what is not selected yet. False: a field is there with another `create`.
bool add_field_spec(std::vector<FieldSpec>& specs, const FieldSpec& spec);
bool add_field_specs(std::vector<FieldSpec>& specs, const std::vector<FieldSpec>& more);
bool add_config(FieldConfig& config, const FieldConfig& more);

// kustomize's order of kinds, by which it applies name references and sorts what it builds.
int kind_rank(std::string_view kind);

// "a/b\/c" as a, b/c, one part after the other: the one that begins at an offset. Refers to the path.
class PathPart {
 public:
  static constexpr std::size_t kNone = std::string_view::npos;
  PathPart(std::string_view path, std::size_t at);

  [[nodiscard]] std::string_view text() const { return skipped_ > 0 ? std::string_view(unescaped_) : text_; }
  // Where the next one begins; kNone: this is the last one.
  [[nodiscard]] std::size_t next() const { return next_; }

 private:
  std::string_view text_;
  std::string unescaped_;    // only where something is escaped
  std::size_t skipped_ = 0;  // bytes of the part that are in `unescaped_`
  std::size_t next_ = kNone;
};
std::size_t first_part(std::string_view path);

// Calls `set` with each value that the path leads to; missing fields are made if the spec says so: mappings,
// at the end one of `created` (none: nothing is made). An error: a single value stands on the way, or what
// `set` returned.
using SetField = std::function<std::optional<std::string>(Tree&)>;
std::optional<std::string> apply_field_spec(Tree& root, const FieldSpec& spec,
                                            std::optional<TreeKind> created, const Place& place,
                                            const SetField& set);

}  // namespace workspace::kustomize
