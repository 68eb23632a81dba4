// kustomize's strategic merge, in its own order of steps: what a list's order becomes follows from them.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "workspace/sources/merge_keys.h"
#include "workspace/sources/patches.h"

namespace workspace::kustomize {
namespace {

constexpr std::string_view kDirective = "$patch";
constexpr std::size_t kFewEntries = 16;

enum class Directive : std::uint8_t { Merge, Replace, Delete };

// Ends a merge; caught in merge_patch.
struct Refused {
  std::string message;
};

bool is_missing(const Tree* tree) { return tree == nullptr || tree->is_null(); }
bool is_empty_mapping(const Tree& tree) { return tree.is_mapping() && tree.entries.empty(); }

Directive directive_named(std::string_view name) {
  if (name == "delete") return Directive::Delete;
  if (name == "replace") return Directive::Replace;
  if (name == "merge") return Directive::Merge;
  throw Refused{fmt::format("unknown directive $patch: {}", name)};
}

Directive mapping_directive(const Tree& patch) {
  const Tree* written = patch.find(kDirective);
  return written == nullptr ? Directive::Merge : directive_named(written->text);
}

// Of a list: an item that holds nothing but the directive.
std::optional<Directive> list_directive(const Tree& patch, std::string& value) {
  for (const Tree& item : patch.items) {
    const Tree* written = item.find(kDirective);
    if (written == nullptr) continue;
    if (item.entries.size() > 1) return std::nullopt;
    value = written->text;
    return directive_named(value);
  }
  return std::nullopt;
}

MergeType type_of(MergeType type, const Tree* first, const Tree* second) {
  if (type.known()) return type;
  for (const Tree* tree : {first, second}) {
    if (is_missing(tree) || !tree->is_mapping()) continue;
    const Tree* version = tree->find("apiVersion");
    const Tree* kind = tree->find("kind");
    if (version == nullptr || kind == nullptr || version->text.empty() || kind->text.empty()) continue;
    const MergeType found = MergeType::of_kind(version->text, kind->text);
    if (found.known()) return found;
  }
  return type;
}

std::optional<Tree> walk(std::optional<Tree> dest, const Tree* patch, const MergeField& field);
std::optional<Tree> settle(Tree tree, const MergeField& field);

using Item = std::shared_ptr<Tree>;
using Items = std::vector<Item>;
using Words = std::vector<std::string>;

std::string value_of(const Tree& item, const std::string& key) {
  if (key.empty()) return item.text;
  const Tree* value = item.find(key);
  return value == nullptr || !value->is_scalar() || value->is_null() ? std::string() : value->text;
}

// Whether a mapping has this text at this key; an empty text: any.
bool has_value(const Tree& item, const std::string& key, const std::string& text) {
  if (key.empty()) return item.is_scalar() && item.text == text;
  const Tree* value = item.find(key);
  return value != nullptr && (text.empty() || value->text == text);
}

// Merges the items of one list by their keys.
class ListMerge {
 public:
  // Without `patch` the list is merged with itself, which settles its items.
  ListMerge(std::vector<Tree> dest, const std::vector<Tree>* patch, MergeField field) : field_(field) {
    for (Tree& tree : dest) dest_.push_back(std::make_shared<Tree>(std::move(tree)));
    same_ = patch == nullptr;
    if (!same_) {
      for (const Tree& tree : *patch) patch_.push_back(std::make_shared<Tree>(tree));
    }
    if (dest_.size() + patch_.size() > kMaxMergedItems)
      throw Refused{fmt::format("a merged list has more than {} items", kMaxMergedItems)};
    if (field_.keys == "=") {
      keys_.emplace_back();
    } else {
      for (std::size_t at = 0; at < field_.keys.size();) {
        const std::size_t end = std::min(field_.keys.find(' ', at), field_.keys.size());
        keys_.emplace_back(field_.keys.substr(at, end - at));
        at = end + 1;
      }
    }
    field_.keys = {};
  }

  std::vector<Tree> run() {
    std::vector<Words> all = values();
    if (keys_.size() > 1) unify(all);
    find_valid_keys(all);
    for (const Words& values : all) merge_item(values);
    if (!all.empty()) append(dest_);
    const Items& result = all.empty() ? dest_ : merged_;
    std::vector<Tree> trees;
    trees.reserve(result.size());
    for (const Item& item : result) trees.push_back(*item);
    return trees;
  }

 private:
  // The keys' values of all items, the patch's first, each once.
  [[nodiscard]] std::vector<Words> values() const {
    std::vector<Words> found;
    std::set<Words> seen;
    for (const Items* items : {&patch_, &dest_}) {
      for (const Item& item : *items) {
        Words words;
        for (const std::string& key : keys_) words.push_back(value_of(*item, key));
        if (seen.insert(words).second) found.push_back(std::move(words));
      }
    }
    return found;
  }

  // Two items with the same port are one, if only one of them names a protocol.
  static void unify(std::vector<Words>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = 0; j < all.size(); ++j) {
        bool common = false;
        bool differ = false;
        Words joined;
        for (std::size_t k = 0; k < all[i].size(); ++k) {
          const std::string& a = all[i][k];
          const std::string& b = all[j][k];
          common |= a == b;
          differ |= a != b && !a.empty() && !b.empty();
          joined.push_back(a.empty() ? b : a);
        }
        if (differ || !common) continue;
        all[i] = joined;
        all[j] = joined;
      }
    }
  }

  void find_valid_keys(const std::vector<Words>& all) {
    is_valid_.assign(keys_.size(), false);
    for (const Words& values : all) {
      for (std::size_t k = 0; k < values.size(); ++k) {
        if (!values[k].empty()) is_valid_[k] = true;
      }
    }
    if (std::find(is_valid_.begin(), is_valid_.end(), true) == is_valid_.end())
      is_valid_.assign(keys_.size(), true);
    for (std::size_t k = 0; k < keys_.size(); ++k) {
      if (is_valid_[k]) valid_keys_.push_back(keys_[k]);
    }
  }

  [[nodiscard]] Item find(const Items& items, const Words& values) const {
    const bool all_empty =
        std::all_of(values.begin(), values.end(), [](const std::string& value) { return value.empty(); });
    for (const Item& item : items) {
      bool matches = valid_keys_.front().empty() || item->is_mapping();
      for (std::size_t k = 0; matches && k < values.size(); ++k) {
        if (values[k].empty() && !all_empty) continue;
        const std::string& key = valid_keys_[k];
        const Tree* value = key.empty() ? item.get() : item->find(key);
        matches = value != nullptr && value->text == values[k];
      }
      if (matches) return item;
    }
    return nullptr;
  }

  void merge_item(const Words& all_values) {
    Words values;
    for (std::size_t k = 0; k < all_values.size(); ++k) {
      if (is_valid_[k]) values.push_back(all_values[k]);
    }
    const Item value = merged_item(find(dest_, values), same_ ? nullptr : find(patch_, values));
    if (value == nullptr || value->is_null() || is_empty_mapping(*value)) {
      set(dest_, nullptr, values);
      return;
    }
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (value->is_mapping() && !values[k].empty() && value->find(valid_keys_[k]) == nullptr)
        set_field(*value, valid_keys_[k], make_scalar(values[k], value->place), value->place);
    }
    set(merged_, value, values);
  }

  Item merged_item(const Item& dest, const Item& patch) {
    if (dest == nullptr && patch == nullptr) return nullptr;
    std::optional<Tree> result;
    if (same_) {
      result = settle(*dest, field_);
    } else if (dest == nullptr) {
      result = walk(std::nullopt, patch.get(), field_);
      return result ? std::make_shared<Tree>(*std::move(result)) : nullptr;
    } else {
      const bool replaced =
          patch != nullptr && patch->is_mapping() && mapping_directive(*patch) == Directive::Replace;
      result = walk(*dest, patch.get(), field_);
      // A replaced item is another one; what it replaces still stands in the list.
      if (replaced) return result ? std::make_shared<Tree>(*std::move(result)) : nullptr;
    }
    if (!result) return nullptr;
    *dest = *std::move(result);
    return dest;
  }

  // Puts `item` in the place of those with these values, or at the end; none: removes them.
  void set(Items& items, const Item& item, const Words& values) const {
    const bool by_mapping = !valid_keys_.front().empty() && !values.empty() && !values.front().empty();
    Items kept;
    bool found = false;
    for (const Item& known : items) {
      if (known->is_null() || is_empty_mapping(*known)) continue;
      bool matches = known->is_mapping() || !by_mapping;
      for (std::size_t k = 0; matches && k < valid_keys_.size(); ++k) {
        if (k < values.size()) matches = has_value(*known, valid_keys_[k], values[k]);
      }
      if (!matches) {
        if (!values.empty()) kept.push_back(known);
        continue;
      }
      found = true;
      if (item != nullptr) kept.push_back(item);
    }
    if (item != nullptr && !found) kept.push_back(item);
    items = std::move(kept);
  }

  // What the target has and the patch has not follows.
  void append(const Items& items) {
    for (const Item& item : items) {
      Words values;
      for (const std::string& key : valid_keys_) {
        const Tree* value = key.empty() ? item.get() : item->find(key);
        if (value == nullptr) {
          merged_.push_back(item);
          continue;
        }
        values.push_back(value->text);
      }
      if (valid_keys_.size() > 1) set(merged_, nullptr, values);
      set(merged_, item, values);
    }
  }

  MergeField field_;
  Words keys_;
  Items dest_;
  Items patch_;
  Items merged_;
  bool same_ = false;
  std::vector<bool> is_valid_;
  Words valid_keys_;
};

std::optional<Tree> merged_list(Tree dest, const Tree* patch, const MergeField& field) {
  if (patch == nullptr) {
    dest.items = ListMerge(std::move(dest.items), nullptr, field).run();
    return dest;
  }
  Tree own = *patch;
  std::string value;
  const std::optional<Directive> directive = list_directive(own, value);
  if (directive) {
    std::erase_if(own.items, [&](const Tree& item) {
      const Tree* written = item.find(kDirective);
      return written != nullptr && written->text == value;
    });
    if (*directive == Directive::Delete) return std::nullopt;
    if (*directive == Directive::Replace) return merged_list(std::move(own), nullptr, field);
  }
  dest.items = ListMerge(std::move(dest.items), &own.items, field).run();
  return dest;
}

// A value that only the patch has: without directives, without what they or `null` remove.
std::optional<Tree> settle(Tree tree, const MergeField& field) {
  if (tree.is_scalar()) return tree;
  if (tree.is_sequence()) {
    if (field.keys.empty()) return tree;
    std::string value;
    const std::optional<Directive> directive = list_directive(tree, value);
    if (directive == Directive::Delete) return std::nullopt;
    if (directive) {
      std::erase_if(tree.items, [&](const Tree& item) {
        const Tree* written = item.find(kDirective);
        return written != nullptr && written->text == value;
      });
    }
    return merged_list(std::move(tree), nullptr, field);
  }
  if (mapping_directive(tree) == Directive::Delete) return std::nullopt;
  const MergeType type = type_of(field.type, &tree, nullptr);
  std::vector<Entry> kept;
  for (Entry& entry : tree.entries) {
    if (entry.key == kDirective || entry.value.is_null()) continue;
    std::optional<Tree> value = settle(std::move(entry.value), type.field(entry.key));
    if (!value) continue;
    entry.value = *std::move(value);
    kept.push_back(std::move(entry));
  }
  tree.entries = std::move(kept);
  return tree;
}

Tree merged_mapping(Tree dest, const Tree* patch, MergeType type) {
  std::unordered_map<std::string_view, const Entry*> patched;  // of many entries
  const bool many = patch != nullptr && patch->entries.size() > kFewEntries;
  if (many) {
    for (const Entry& entry : patch->entries) patched.emplace(entry.key, &entry);
  }
  std::set<std::string_view> seen;
  std::vector<Entry> kept;
  kept.reserve(dest.entries.size());
  for (Entry& entry : dest.entries) {
    const Entry* change = nullptr;
    if (many) {
      const auto found = patched.find(entry.key);
      change = found == patched.end() ? nullptr : found->second;
    } else if (patch != nullptr) {
      change = patch->find_entry(entry.key);
    }
    if (change != nullptr) seen.insert(change->key);
    const yaml::ScalarStyle style = entry.value.style;
    const bool was_scalar = entry.value.is_scalar();
    const std::uint32_t twin = entry.value.twin;
    std::optional<Tree> value =
        walk(std::move(entry.value), change == nullptr ? nullptr : &change->value, type.field(entry.key));
    if (!value) continue;
    if (value->is_scalar() && was_scalar) value->style = style;
    if (twin != 0 && change != nullptr && value->is_scalar()) {
      value->twin = twin;
      value->renewed = true;
    }
    entry.value = *std::move(value);
    kept.push_back(std::move(entry));
  }
  dest.entries = std::move(kept);
  if (patch == nullptr) return dest;
  for (const Entry& entry : patch->entries) {
    if (entry.key == kDirective || seen.contains(entry.key)) continue;
    std::optional<Tree> value = walk(std::nullopt, &entry.value, type.field(entry.key));
    if (value) dest.entries.push_back({entry.key, entry.place, entry.is_text, *std::move(value)});
  }
  return dest;
}

std::optional<Tree> walk(std::optional<Tree> dest, const Tree* patch, const MergeField& field) {
  const Tree* target = dest ? &*dest : nullptr;
  if (is_missing(target) && is_missing(patch)) {
    // A written `null` that no patch speaks of stays; an empty one goes.
    const bool stays = patch == nullptr && target != nullptr && !target->text.empty();
    return stays ? std::move(dest) : std::nullopt;
  }
  if (is_missing(target)) return settle(*patch, field);
  if (patch != nullptr && patch->is_null()) return std::nullopt;
  if (patch != nullptr && patch->kind != target->kind) {
    constexpr auto kName = [](TreeKind kind) {
      return kind == TreeKind::Mapping    ? "a mapping"
             : kind == TreeKind::Sequence ? "a list"
                                          : "a single value";
    };
    throw Refused{
        fmt::format("the patch has {} where the target has {}", kName(patch->kind), kName(target->kind))};
  }
  switch (target->kind) {
    case TreeKind::Scalar:
      return patch == nullptr ? std::move(dest) : std::optional(*patch);
    case TreeKind::Sequence:
      if (!field.keys.empty()) return merged_list(*std::move(dest), patch, field);
      return patch == nullptr ? std::move(dest) : std::optional(*patch);
    case TreeKind::Mapping:
      break;
  }
  if (patch != nullptr) {
    const Directive directive = mapping_directive(*patch);
    if (directive == Directive::Delete) return std::nullopt;
    if (directive == Directive::Replace) return settle(*patch, field);
  }
  return merged_mapping(*std::move(dest), patch, type_of(field.type, target, patch));
}

}  // namespace

std::optional<PatchError> merge_patch(Tree& target, const Tree& patch, bool& removed) {
  removed = false;
  try {
    std::optional<Tree> merged = walk(target, &patch, {});
    removed = !merged;
    if (merged) {
      target = *std::move(merged);
      renew_twins(target);
    }
    return std::nullopt;
  } catch (Refused& refused) {
    return PatchError{std::move(refused.message)};
  }
}

}  // namespace workspace::kustomize
