// Internal to kustomize.h: what a build works on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "workspace/base/regular_expression.h"
#include "workspace/sources/build_tree.h"
#include "workspace/sources/field_specs.h"
#include "workspace/sources/kustomize.h"

namespace workspace::kustomize {

// Ends a build: kustomize would refuse it. Caught in Kustomizer::build.
struct Refusal {
  Place place;
  std::string message;
};

// How kustomize tells resources apart. The namespace is the effective one: "default" where none is written,
// a word that is no namespace for kinds that are in none.
struct ResourceKey {
  std::string group;
  std::string version;
  std::string kind;
  std::string name;
  std::string name_space;

  [[nodiscard]] std::string text() const;
  friend bool operator==(const ResourceKey&, const ResourceKey&) = default;
};

inline constexpr std::string_view kNoNamespace = "_non_namespaceable_";

// An earlier name: what kustomize remembers of a resource before it is renamed.
struct EarlierId {
  std::string name_space;  // effective
  std::string name;
  std::string kind;
  friend bool operator==(const EarlierId&, const EarlierId&) = default;
};

// What a resource was called before, and what became part of its name.
struct NameHistory {
  std::vector<EarlierId> earlier;
  std::vector<std::string> prefixes;
  std::vector<std::string> suffixes;
  std::vector<std::string> vars;  // whose values it holds
  friend bool operator==(const NameHistory&, const NameHistory&) = default;
};

enum class Behavior : std::uint8_t { Create, Replace, Merge };

struct Resource {
  std::shared_ptr<Tree> tree;          // shared until it is changed; null: deleted
  std::shared_ptr<NameHistory> names;  // likewise; null: it was never renamed
  Behavior behavior = Behavior::Create;
  bool needs_hash = false;
  std::uint32_t twins = 0;  // groups of scalars that are one
  std::uint32_t input = 0;  // its number among those that the kustomization was given
  bool annotated = false;   // kustomize keeps notes in its annotations, and so rewrites them all as text
  bool has_unseen = false;  // made by a generator of which a file was not seen

  // Its own tree, copied first if others share it.
  Tree& edit();
  [[nodiscard]] const NameHistory& history() const;
  NameHistory& edit_history();
  [[nodiscard]] std::string_view field(std::string_view key) const;
  [[nodiscard]] std::string_view metadata(std::string_view key) const;
  [[nodiscard]] std::string_view kind() const { return field("kind"); }
  [[nodiscard]] std::string_view api_version() const { return field("apiVersion"); }
  [[nodiscard]] std::string_view group() const;
  [[nodiscard]] std::string_view version() const;
  [[nodiscard]] std::string_view name() const { return metadata("name"); }
  [[nodiscard]] std::string_view name_space() const { return metadata("namespace"); }
  [[nodiscard]] bool cluster_scoped() const;
  [[nodiscard]] std::string effective_namespace() const;
  [[nodiscard]] ResourceKey key() const;
  [[nodiscard]] ResourceKey earlier_key(const EarlierId& id) const;
  // The first name that it had.
  [[nodiscard]] ResourceKey original_key() const;
  void remember_id();
  [[nodiscard]] bool selected_by(const KindFilter& filter) const {
    return filter.selects(group(), version(), kind());
  }
};

struct Var {
  std::string name;
  KindFilter kind;
  std::string object;
  std::string name_space;
  std::string field_path;
  Place place;

  [[nodiscard]] bool same(const Var& other) const {
    return name == other.name && kind == other.kind && object == other.object &&
           name_space == other.name_space && field_path == other.field_path;
  }
};

// What a kustomization has gathered so far, or has built.
struct Accumulator {
  std::vector<Resource> resources;
  std::shared_ptr<const FieldConfig> config;  // null: the default one
  std::vector<Var> vars;
  std::vector<BuildProblem> problems;
  bool partial = false;
  bool may_repeat = false;           // a resource may be there twice
  bool is_part = false;              // there are others, among which what is not found here was found before
  std::vector<std::string> folders;  // of kustomizations below, for cycles
  std::size_t depth = 0;             // of kustomizations below
  std::size_t size = 0;              // size_of() the resources, or more
  std::uint64_t number = 0;          // that no other target of a Kustomizer has

  [[nodiscard]] const FieldConfig& fields() const { return config ? *config : default_field_config(); }
  void drop_deleted();
  // Before so much more is kept in the resources: refuses what is too large (kMaxBuiltValues).
  void grow(std::size_t more, const Place& place);
};

// A kustomization being evaluated.
struct Layer {
  std::string folder;
  std::uint32_t file = kNoFile;
  const Tree* tree = nullptr;      // the kustomization
  std::vector<std::string> chain;  // folders from the root to this one
};

// One field of a selector: a regular expression over the whole of a text; none selects all.
class Selector {
 public:
  // Of `target`: group, version, kind, name, namespace, labelSelector, annotationSelector.
  static Selector of(const Tree& target);

  [[nodiscard]] bool selects(const Resource& resource) const;
  // As a replacement's target: any id counts with its own kind, and namespaces as they are written.
  [[nodiscard]] bool selects_id(const ResourceKey& key, std::string_view written_namespace) const;
  [[nodiscard]] bool selects_labels(const Resource& resource) const;
  [[nodiscard]] bool has_id() const { return has_id_; }
  [[nodiscard]] bool has_labels() const { return !labels_.empty() || !annotations_.empty(); }

 private:
  struct Requirement {
    std::string key;
    enum class Test : std::uint8_t { Exists, Missing, In, NotIn, Greater, Less } test = Test::Exists;
    std::vector<std::string> values;
  };
  static std::vector<Requirement> requirements(const Tree* selector);
  static bool hold(const std::vector<Requirement>& requirements, const Resource& resource,
                   std::string_view field);

  std::optional<RegularExpression> group_;
  std::optional<RegularExpression> version_;
  std::optional<RegularExpression> kind_;
  std::optional<RegularExpression> name_;
  std::optional<RegularExpression> name_space_;
  std::vector<Requirement> labels_;
  std::vector<Requirement> annotations_;
  bool has_id_ = false;
};

// Access to a kustomization's fields; each refuses what kustomize's own types would not take.
namespace fields {
// Go takes names of fields in any case.
const Entry* entry(const Tree& mapping, std::string_view name);
const Tree* value(const Tree& mapping, std::string_view name);  // null: absent or null
std::string text(const Tree& mapping, std::string_view name);
bool flag(const Tree& mapping, std::string_view name);
std::optional<std::int64_t> number(const Tree& mapping, std::string_view name);
const std::vector<Tree>& list(const Tree& mapping, std::string_view name);
std::string text_of(const Tree& scalar, std::string_view name);
// The entries of a mapping of texts, sorted by key.
std::vector<const Entry*> text_map(const Tree& mapping, std::string_view name);
void known_only(const Tree& mapping, std::initializer_list<std::string_view> names, std::string_view of);
KindFilter kind_filter(const Tree& mapping);
FieldSpec field_spec(const Tree& mapping);
Place place(const Tree& mapping, std::string_view name);  // of the value
}  // namespace fields

// Where resources of an id are, for as long as none is renamed.
class IdIndex {
 public:
  explicit IdIndex(const std::vector<Resource>& resources);
  [[nodiscard]] std::vector<std::size_t> find(const ResourceKey& key) const;  // by any id

 private:
  std::unordered_map<std::string, std::vector<std::size_t>> places_;
};

// The transformers that need nothing but resources and a configuration (kustomize_transform.cpp).
void set_namespace(Accumulator& all, const std::string& name, const Place& place, bool unset_only,
                   const std::vector<FieldSpec>& specs, std::string_view subjects);
void add_name_part(Accumulator& all, const std::string& part, bool prefix, const Place& place,
                   const std::vector<FieldSpec>& specs);
void set_labels(Accumulator& all, const std::vector<const Entry*>& pairs,
                const std::vector<FieldSpec>& specs);
void set_replicas(Accumulator& all, const Tree& replica, const std::vector<FieldSpec>& specs);
void set_image(Accumulator& all, const Tree& image, const std::vector<FieldSpec>& specs);
void sort_resources(std::vector<Resource>& resources, const Tree* options);

// kustomize_references.cpp
void add_hashes(Accumulator& all);
// Follows the names in all resources, or in copies of some of them.
void fix_name_references(Accumulator& all);
void fix_name_references(const Accumulator& all, std::vector<Resource>& referrers);
void mark_vars(Accumulator& all, const std::vector<Var>& vars);
void resolve_vars(Accumulator& all);
void replace(Accumulator& all, const Tree& replacement);

// build_text.cpp
struct WrittenDocument {
  std::string text;
  std::vector<SourceMap::Segment> segments;
};
// The texts of the files of a build, by index.
class FileTexts {
 public:
  virtual ~FileTexts() = default;
  [[nodiscard]] virtual std::string_view text(std::uint32_t file) const = 0;
};
// Refuses what JSON does not hold, as kustomize does.
WrittenDocument write_document(const Tree& tree, const FileTexts& files);

// shared_places.cpp
// What a document takes from a file.
struct Extent {
  std::uint32_t file = 0;
  ByteRange range;
  std::uint32_t last_begin = 0;
  bool has_written = false;
  bool in_order = true;  // each place after the one before, so that none is there twice
  friend bool operator==(const Extent&, const Extent&) = default;
};
// In the order the document's files come in.
std::vector<Extent> extents_of(const std::vector<SourceMap::Segment>& document);
// The files where places may be there several times, given the extents of all documents of a build.
std::unordered_set<std::uint32_t> contested_files(std::vector<Extent> extents);
// Marks as shared what is written in one of these files at a place that another value of the build comes
// from too.
void mark_shared(std::vector<std::vector<SourceMap::Segment>>& documents,
                 const std::unordered_set<std::uint32_t>& contested);
std::string write_json(const Tree& tree);

}  // namespace workspace::kustomize
