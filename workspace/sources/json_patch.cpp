#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "workspace/sources/patches.h"

namespace workspace::kustomize {
namespace {

// RFC 6901: parts between slashes, `~1` for a slash and `~0` for a tilde.
std::optional<std::vector<std::string>> pointer_parts(std::string_view pointer) {
  std::vector<std::string> parts;
  if (pointer.empty()) return parts;
  if (pointer.front() != '/') return std::nullopt;
  std::string part;
  for (std::size_t at = 1; at <= pointer.size(); ++at) {
    if (at == pointer.size() || pointer[at] == '/') {
      parts.push_back(std::exchange(part, {}));
    } else if (pointer[at] == '~' && at + 1 < pointer.size() &&
               (pointer[at + 1] == '0' || pointer[at + 1] == '1')) {
      part += pointer[++at] == '0' ? '~' : '/';
    } else {
      part += pointer[at];
    }
  }
  return parts;
}

// An index below `size`; negative ones count from the end, as kustomize's library allows.
std::optional<std::size_t> index_of(std::string_view part, std::size_t size) {
  std::int64_t index = 0;
  const auto read = std::from_chars(part.data(), part.data() + part.size(), index);
  if (read.ec != std::errc() || read.ptr != part.data() + part.size()) return std::nullopt;
  if (index < 0) index += static_cast<std::int64_t>(size);
  if (index < 0 || index >= static_cast<std::int64_t>(size)) return std::nullopt;
  return static_cast<std::size_t>(index);
}

Tree* child(Tree& tree, const std::string& part) {
  if (tree.is_mapping()) return tree.find(part);
  if (!tree.is_sequence()) return nullptr;
  const auto index = index_of(part, tree.items.size());
  return index ? &tree.items[*index] : nullptr;
}

// What holds the last part; null: it is not there.
Tree* parent(Tree& root, const std::vector<std::string>& parts) {
  Tree* at = &root;
  for (std::size_t i = 0; i + 1 < parts.size() && at != nullptr; ++i) at = child(*at, parts[i]);
  return at != nullptr && at->is_scalar() ? nullptr : at;
}

bool equal(const Tree& a, const Tree& b) {
  if (a.kind != b.kind) return false;
  if (a.is_scalar()) {
    const auto left = resolve(a);
    const auto right = resolve(b);
    return left && right && left->tag == right->tag && left->text == right->text;
  }
  if (a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!equal(a.items[i], b.items[i])) return false;
  }
  for (const Entry& entry : a.entries) {
    const Tree* other = b.find(entry.key);
    if (other == nullptr || !equal(entry.value, *other)) return false;
  }
  return true;
}

constexpr std::size_t kMaxCopied = 100'000;  // size_of what the operations of a patch may copy

class Operation {
 public:
  Operation(Tree& root, const Tree& written, std::size_t& copied)
      : root_(root), written_(written), copied_(copied) {}

  std::optional<PatchError> apply() {
    const std::string name = text("op");
    const Tree* path = written_.find("path");
    const auto parts = path == nullptr || !path->is_scalar() ? std::nullopt : pointer_parts(path->text);
    if (!parts) return fail("an operation needs a `path` that begins with a slash");
    path_ = path->text;
    if (parts->empty()) return fail("a patch of the whole document");
    if (name == "add" || name == "replace" || name == "test") {
      const Tree* value = written_.find("value");
      Tree null;
      null.tag = Tag::Null;
      null.text = "null";
      if (name == "test") return test(*parts, value == nullptr ? null : *value);
      return name == "add" ? add(*parts, value == nullptr ? null : *value)
                           : replace(*parts, value == nullptr ? null : *value);
    }
    if (name == "remove") return remove(*parts, nullptr);
    if (name == "move" || name == "copy") return move(*parts, name == "move");
    return fail(fmt::format("unknown operation `{}`", name));
  }

 private:
  [[nodiscard]] std::string text(std::string_view key) const {
    const Tree* value = written_.find(key);
    return value == nullptr ? std::string() : value->text;
  }

  static std::optional<PatchError> fail(std::string message) { return PatchError{std::move(message)}; }
  [[nodiscard]] std::optional<PatchError> missing(std::string_view operation) const {
    return fail(fmt::format("`{}` finds nothing at {}", operation, path_));
  }

  std::optional<PatchError> add(const std::vector<std::string>& parts, Tree value) {
    Tree* holder = parent(root_, parts);
    if (holder == nullptr) return missing("add");
    if (holder->is_mapping()) {
      if (Tree* known = holder->find(parts.back())) {
        *known = std::move(value);
      } else {
        holder->entries.push_back({parts.back(), written_.place, true, std::move(value)});
      }
      return std::nullopt;
    }
    std::size_t at = holder->items.size();
    if (parts.back() != "-") {
      const auto index = index_of(parts.back(), holder->items.size() + 1);
      if (!index) return missing("add");
      at = *index;
    }
    holder->items.insert(holder->items.begin() + static_cast<std::ptrdiff_t>(at), std::move(value));
    return std::nullopt;
  }

  // Of a key that is not there it is an `add`, as in kustomize's library.
  std::optional<PatchError> replace(const std::vector<std::string>& parts, const Tree& value) {
    Tree* holder = parent(root_, parts);
    if (holder != nullptr && holder->is_mapping()) return add(parts, value);
    Tree* target = holder == nullptr ? nullptr : child(*holder, parts.back());
    if (target == nullptr) return missing("replace");
    *target = value;
    return std::nullopt;
  }

  std::optional<PatchError> remove(const std::vector<std::string>& parts, Tree* taken) {
    Tree* holder = parent(root_, parts);
    Tree* target = holder == nullptr ? nullptr : child(*holder, parts.back());
    if (target == nullptr) return missing("remove");
    if (taken != nullptr) *taken = std::move(*target);
    if (holder->is_mapping()) {
      holder->remove(parts.back());
    } else {
      holder->items.erase(holder->items.begin() + (target - holder->items.data()));
    }
    return std::nullopt;
  }

  std::optional<PatchError> move(const std::vector<std::string>& parts, bool remove_source) {
    const auto from = pointer_parts(text("from"));
    if (!from || from->empty()) return fail("an operation needs a `from` that begins with a slash");
    Tree value;
    if (remove_source) {
      if (auto error = remove(*from, &value)) return error;
    } else {
      Tree* holder = parent(root_, *from);
      const Tree* source = holder == nullptr ? nullptr : child(*holder, from->back());
      if (source == nullptr) return missing("copy");
      copied_ += size_of(*source);
      if (copied_ > kMaxCopied) return fail("the patch copies too much");
      value = *source;
    }
    return add(parts, std::move(value));
  }

  std::optional<PatchError> test(const std::vector<std::string>& parts, const Tree& value) {
    Tree* holder = parent(root_, parts);
    const Tree* target = holder == nullptr ? nullptr : child(*holder, parts.back());
    const bool holds = target == nullptr ? value.is_null() : equal(*target, value);
    if (!holds) return fail(fmt::format("`test` fails at {}", path_));
    return std::nullopt;
  }

  Tree& root_;
  const Tree& written_;
  std::size_t& copied_;
  std::string path_;
};

}  // namespace

namespace {

// kustomize patches a copy, in which nothing is one.
void forget_twins(Tree& tree) {
  tree.twin = 0;
  for (Tree& item : tree.items) forget_twins(item);
  for (Entry& entry : tree.entries) forget_twins(entry.value);
}

}  // namespace

std::optional<PatchError> json_patch(Tree& target, const Tree& operations) {
  forget_twins(target);
  std::size_t copied = 0;
  for (const Tree& operation : operations.items) {
    if (!operation.is_mapping()) return PatchError{"an operation is not a mapping"};
    if (auto error = Operation(target, operation, copied).apply()) return error;
  }
  return std::nullopt;
}

}  // namespace workspace::kustomize
