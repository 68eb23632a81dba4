// The transformers that change fields: namespace, prefix and suffix, labels, replicas, images, order.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "workspace/sources/kustomize_evaluation.h"

namespace workspace::kustomize {
namespace {

void require(const std::optional<std::string>& error, const Place& place, const FieldSpec& spec,
             const Resource& resource) {
  if (!error) return;
  throw Refusal{place, fmt::format("`{}` of {} {} cannot be set: {}", spec.path, resource.kind(),
                                   resource.name(), *error)};
}

SetField scalar_setter(const std::string& text, const Place& place, Tag tag) {
  return [&text, place, tag](Tree& field) -> std::optional<std::string> {
    if (set_scalar(field, text, made_at(place), tag)) return std::nullopt;
    return "it is a collection";
  };
}

bool is_role_binding(std::string_view kind) { return kind == "RoleBinding" || kind == "ClusterRoleBinding"; }

void set_subjects(Tree& tree, const std::string& name, const Place& place, std::string_view subjects) {
  Tree* list = tree.find("subjects");
  if (list == nullptr || !list->is_sequence() || subjects == "none") return;
  for (Tree& subject : list->items) {
    const bool all = subjects == "allServiceAccounts";
    const Tree* chosen = subject.find(all ? "kind" : "name");
    if (chosen == nullptr || chosen->text != (all ? "ServiceAccount" : "default")) continue;
    set_scalar(subject.find_or_add("namespace", made_at(place), TreeKind::Scalar), name, made_at(place),
               Tag::String);
  }
}

}  // namespace

void set_namespace(Accumulator& all, const std::string& name, const Place& place, bool unset_only,
                   const std::vector<FieldSpec>& specs, std::string_view subjects) {
  if (name.empty()) return;
  all.grow(all.resources.size() * size_of(name), place);
  const bool may_meet = all.resources.size() > 1 && !all.may_repeat;
  std::unordered_map<std::string, std::size_t> ids;
  std::vector<std::size_t*> counts;  // of each resource's id as it is before
  for (std::size_t i = 0; may_meet && i < all.resources.size(); ++i) {
    counts.push_back(&ids[all.resources[i].key().text()]);
    ++*counts.back();
  }
  const FieldSpec own{{}, "metadata/namespace", true};
  const SetField setter = [&](Tree& field) -> std::optional<std::string> {
    if (unset_only && field.is_scalar() && !field.is_null() && !field.text.empty()) return std::nullopt;
    return scalar_setter(name, place, Tag::String)(field);
  };
  for (std::size_t i = 0; i < all.resources.size(); ++i) {
    Resource& resource = all.resources[i];
    resource.remember_id();
    Tree& tree = resource.edit();
    if (!resource.cluster_scoped())
      require(apply_field_spec(tree, own, TreeKind::Scalar, made_at(place), setter), place, own, resource);
    const bool binding = is_role_binding(resource.kind());
    if (binding) set_subjects(tree, name, place, subjects);
    for (const FieldSpec& spec : specs) {
      if (spec.path == "metadata/namespace" || !resource.selected_by(spec.kind)) continue;
      if (spec.path == "metadata/name" && resource.api_version() != "v1") continue;
      if (binding && is_role_binding(spec.kind.kind) && spec.path == "subjects/namespace") continue;
      require(apply_field_spec(tree, spec, TreeKind::Scalar, made_at(place), setter), place, spec, resource);
    }
    if (!may_meet) continue;
    const ResourceKey key = resource.key();
    --*counts[i];
    if (++ids[key.text()] != 1) {
      throw Refusal{place, fmt::format("this namespace makes two resources {} {} with the same name",
                                       key.kind, key.name)};
    }
  }
}

void add_name_part(Accumulator& all, const std::string& part, bool prefix, const Place& place,
                   const std::vector<FieldSpec>& specs) {
  all.grow(all.resources.size() * size_of(part), place);
  for (Resource& resource : all.resources) {
    const ResourceKey original = resource.original_key();
    const bool skipped = original.kind == "CustomResourceDefinition" || original.kind == "Namespace" ||
                         (original.kind == "APIService" && original.group == "apiregistration.k8s.io");
    if (skipped) continue;
    for (const FieldSpec& spec : specs) {
      if (!spec.kind.selects(original.group, original.version, original.kind)) continue;
      if (spec.path == "metadata/name" && !part.empty()) {
        NameHistory& names = resource.edit_history();
        (prefix ? names.prefixes : names.suffixes).push_back(part);
        resource.remember_id();
      }
      if (!resource.selected_by(spec.kind)) continue;
      const SetField add = [&](Tree& field) -> std::optional<std::string> {
        const std::string text = prefix ? part + field.text : field.text + part;
        if (set_scalar(field, text, made_at(place), Tag::Auto)) return std::nullopt;
        return "it is a collection";
      };
      require(apply_field_spec(resource.edit(), spec, TreeKind::Scalar, made_at(place), add), place, spec,
              resource);
    }
  }
}

void set_labels(Accumulator& all, const std::vector<const Entry*>& pairs,
                const std::vector<FieldSpec>& specs) {
  if (pairs.empty()) return;
  std::size_t size = 0;
  for (const Entry* pair : pairs) size += size_of(pair->key) + size_of(pair->value);
  all.grow(all.resources.size() * size, pairs.front()->place);
  for (Resource& resource : all.resources) {
    const std::uint32_t twins = resource.twins + 1;
    resource.twins += static_cast<std::uint32_t>(pairs.size());
    for (const FieldSpec& spec : specs) {
      if (!resource.selected_by(spec.kind)) continue;
      const Place& place = pairs.front()->value.place;
      const SetField set = [&](Tree& field) -> std::optional<std::string> {
        if (!field.is_mapping()) return "it is no mapping";
        for (std::size_t i = 0; i < pairs.size(); ++i) {
          const Entry* pair = pairs[i];
          Tree value = make_scalar(pair->value.text, made_at(pair->value.place), Tag::String);
          value.twin = twins + static_cast<std::uint32_t>(i);  // where the field is new
          set_field(field, pair->key, std::move(value), made_at(pair->place));
        }
        return std::nullopt;
      };
      require(apply_field_spec(resource.edit(), spec, TreeKind::Mapping, made_at(place), set), place, spec,
              resource);
    }
    renew_twins(resource.edit());
  }
}

void set_replicas(Accumulator& all, const Tree& replica, const std::vector<FieldSpec>& specs) {
  fields::known_only(replica, {"name", "count"}, "replicas");
  const std::string name = fields::text(replica, "name");
  const std::string count = std::to_string(fields::number(replica, "count").value_or(0));
  const Place place = fields::place(replica, "count");
  bool found = false;
  for (const FieldSpec& spec : specs) {
    for (Resource& resource : all.resources) {
      const auto named = [&](const ResourceKey& key) {
        return key.name == name && spec.kind.selects(key.group, key.version, key.kind);
      };
      bool matches = named(resource.key());
      for (const EarlierId& id : resource.history().earlier) matches |= named(resource.earlier_key(id));
      if (!matches) continue;
      found = true;
      if (!resource.selected_by(spec.kind)) continue;
      require(apply_field_spec(resource.edit(), spec, TreeKind::Scalar, made_at(place),
                               scalar_setter(count, place, Tag::Integer)),
              place, spec, resource);
    }
  }
  if (!found && !all.partial && !all.is_part)
    throw Refusal{fields::place(replica, "name"), fmt::format("`replicas` finds no resource named {}", name)};
}

namespace {

struct ImageParts {
  std::string name;
  std::string tag;
  std::string digest;
};

ImageParts split_image(const std::string& image) {
  const std::size_t slash = image.find('/');
  const std::size_t from = slash == std::string::npos || slash == 0 ? 0 : slash;
  const std::size_t at = image.find('@', from);
  const std::size_t colon = image.find(':', from);
  if (at == std::string::npos && colon == std::string::npos) return {image, "", ""};
  if (at != std::string::npos && (colon == std::string::npos || at < colon))
    return {image.substr(0, at), "", image.substr(at + 1)};
  if (at != std::string::npos)
    return {image.substr(0, colon), image.substr(colon + 1, at - colon - 1), image.substr(at + 1)};
  return {image.substr(0, colon), image.substr(colon + 1), ""};
}

class ImageChange {
 public:
  explicit ImageChange(const Tree& image)
      : name_(fields::text(image, "name")),
        new_name_(fields::text(image, "newName")),
        suffix_(fields::text(image, "tagSuffix")),
        new_tag_(fields::text(image, "newTag")),
        digest_(fields::text(image, "digest")),
        place_(image.place) {
    fields::known_only(image, {"name", "newName", "tagSuffix", "newTag", "digest"}, "images");
    auto pattern = RegularExpression::compile(fmt::format(
        "(?:{})(:[a-zA-Z0-9_.{{}}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{{}}-]*)?", name_));
    if (pattern) pattern_ = *std::move(pattern);
  }

  [[nodiscard]] bool changes(const Tree& field) const {
    return field.is_scalar() && !field.is_null() && pattern_ && pattern_->matches(field.text);
  }

  void apply(Tree& field) const {
    if (!changes(field)) return;
    ImageParts parts = split_image(field.text);
    if (!new_name_.empty()) parts.name = new_name_;
    if (!new_tag_.empty() || !digest_.empty()) {
      parts.tag = new_tag_;
      parts.digest = digest_;
    } else if (!suffix_.empty()) {
      parts.tag += suffix_;
      parts.digest.clear();
    }
    std::string image = parts.name;
    if (!parts.tag.empty()) image += ':' + parts.tag;
    if (!parts.digest.empty()) image += '@' + parts.digest;
    set_scalar(field, std::move(image), made_at(place_), Tag::Auto);
  }

  // The field `image` of each item of lists called containers, wherever they stand.
  void apply_to_containers(Tree& tree) const {
    for (Tree& item : tree.items) apply_to_containers(item);
    for (Entry& entry : tree.entries) {
      apply_to_containers(entry.value);
      if ((entry.key != "containers" && entry.key != "initContainers") || !entry.value.is_sequence())
        continue;
      for (Tree& item : entry.value.items) {
        if (Tree* image = item.find("image")) apply(*image);
      }
    }
  }

  [[nodiscard]] const Place& place() const { return place_; }

 private:
  std::string name_;
  std::string new_name_;
  std::string suffix_;
  std::string new_tag_;
  std::string digest_;
  Place place_;
  std::optional<RegularExpression> pattern_;
};

// Whether something in the tree has this key, so that what has not is not copied.
bool has_key(const Tree& tree, std::string_view key) {
  return std::any_of(tree.items.begin(), tree.items.end(),
                     [&](const Tree& item) { return has_key(item, key); }) ||
         std::any_of(tree.entries.begin(), tree.entries.end(),
                     [&](const Entry& entry) { return entry.key == key || has_key(entry.value, key); });
}

}  // namespace

void set_image(Accumulator& all, const Tree& image, const std::vector<FieldSpec>& specs) {
  const ImageChange change(image);
  for (Resource& resource : all.resources) {
    if (resource.kind() == "CustomResourceDefinition") continue;
    if (has_key(*resource.tree, "image")) change.apply_to_containers(resource.edit());
    for (const FieldSpec& spec : specs) {
      if (!resource.selected_by(spec.kind)) continue;
      const SetField set = [&](Tree& field) -> std::optional<std::string> {
        if (!field.is_scalar()) return "it is a collection";
        change.apply(field);
        return std::nullopt;
      };
      // Fields that are not there are not made, so a tree that has none is not copied.
      const std::size_t last = spec.path.rfind('/');
      if (!has_key(*resource.tree,
                   std::string_view(spec.path).substr(last == std::string::npos ? 0 : last + 1)))
        continue;
      require(apply_field_spec(resource.edit(), spec, std::nullopt, change.place(), set), change.place(),
              spec, resource);
    }
  }
}

void sort_resources(std::vector<Resource>& resources, const Tree* options) {
  std::map<std::string, int, std::less<>> ranks;
  bool own_ranks = false;
  if (options != nullptr) {
    fields::known_only(*options, {"order", "legacySortOptions"}, "sortOptions");
    const std::string order = fields::text(*options, "order");
    const Tree* legacy = fields::value(*options, "legacySortOptions");
    if (order == "fifo" && legacy == nullptr) return;
    if (order != "legacy")
      throw Refusal{fields::place(*options, "order"), "`sortOptions.order` must be fifo or legacy"};
    if (legacy != nullptr) {
      own_ranks = true;
      const std::vector<Tree>& first = fields::list(*legacy, "orderFirst");
      const std::vector<Tree>& last = fields::list(*legacy, "orderLast");
      for (std::size_t i = 0; i < first.size(); ++i)
        ranks[fields::text_of(first[i], "orderFirst")] = static_cast<int>(i) - static_cast<int>(first.size());
      for (std::size_t i = 0; i < last.size(); ++i)
        ranks[fields::text_of(last[i], "orderLast")] = static_cast<int>(i) + 1;
    }
  }
  struct Ranked {
    int rank;
    bool backwards;  // Namespaces come in the opposite order of their groups
    std::string kind;
    std::string name;
    std::size_t index;
  };
  std::vector<Ranked> order;
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const Resource& resource = resources[i];
    const ResourceKey key = resource.key();
    const auto own = ranks.find(key.kind);
    const int rank = own_ranks ? (own == ranks.end() ? 0 : own->second) : kind_rank(key.kind);
    const auto or_none = [](std::string_view text, std::string_view none) {
      return std::string(text.empty() ? none : text);
    };
    order.push_back(
        {rank, key.kind == "Namespace",
         or_none(key.group, "~G") + '_' + or_none(key.version, "~V") + '_' + or_none(key.kind, "~K"),
         or_none(key.kind, "[noKind]") + '.' + or_none(key.version, "[noVer]") + '.' +
             or_none(key.group, "[noGrp]") + '|' + or_none(resource.name_space(), "~X") + '|' +
             or_none(key.name, "~N"),
         i});
  }
  std::stable_sort(order.begin(), order.end(), [](const Ranked& a, const Ranked& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    if (a.kind != b.kind) return a.backwards && b.backwards ? a.kind > b.kind : a.kind < b.kind;
    return a.name < b.name;
  });
  std::vector<Resource> sorted;
  sorted.reserve(resources.size());
  for (const Ranked& ranked : order) sorted.push_back(std::move(resources[ranked.index]));
  resources = std::move(sorted);
}

}  // namespace workspace::kustomize
