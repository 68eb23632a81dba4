#include "workspace/resources/unknown_fields.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace workspace {
namespace {

using istio_api::Field;
using istio_api::FieldType;
using istio_api::Type;

// The first kMaxKeyInPath bytes at most, without half a character.
std::string_view shortened(std::string_view key) {
  if (key.size() <= kMaxKeyInPath) return key;
  std::size_t end = kMaxKeyInPath;
  while (end > 0 && (static_cast<unsigned char>(key[end]) & 0xC0U) == 0x80U) --end;
  return key.substr(0, end);
}

bool may_be_replaced(std::string_view key) {
  return key.find('$') != std::string_view::npos || key.find("{{") != std::string_view::npos;
}

// A mapping whose entries are visited.
struct Mapping {
  Type type;
  yaml::Entries entries;
  std::vector<std::string_view> suggested = {};

  [[nodiscard]] bool has(std::string_view key) const {
    const auto is_key = [key](const auto& entry) { return entry.first == key; };
    return std::any_of(entries.begin(), entries.end(), is_key) ||
           std::find(suggested.begin(), suggested.end(), key) != suggested.end();
  }
};

bool may_hold_fields(const yaml::Value& value) { return value.is_mapping() || value.is_sequence(); }

constexpr std::size_t kNoIndex = SIZE_MAX;

// Of the way from the resource: a key, or a list's item.
struct Step {
  const Step* parent;  // null: the resource
  std::string_view key;
  std::size_t index;
};

class Search {
 public:
  explicit Search(Type root) : root_(root) {}

  void visit_resource(const yaml::Value& resource) {
    Mapping mapping{root_, resource.entries()};
    const Field* spec = root_.field("spec");
    for (const auto& [key, value] : mapping.entries) {
      if (key == "status") continue;
      const bool is_beside_spec = !root_.field(key) && spec && spec->type().field(key);
      visit_entry(mapping, key, value, is_beside_spec);
    }
  }

  std::vector<UnknownField> take() { return std::move(found_); }

 private:
  void visit(Type type, const yaml::Value& value) {
    switch (type.kind()) {
      case FieldType::Object:
        return visit_object(type, value);
      case FieldType::Map:
        return visit_map(*type.item(), value);
      case FieldType::List:
        return visit_list(*type.item(), value);
      default:
        return;
    }
  }

  void visit_object(Type type, const yaml::Value& value) {
    Mapping mapping{type, value.entries()};
    for (const auto& [key, below] : mapping.entries) visit_entry(mapping, key, below, false);
  }

  void visit_entry(Mapping& mapping, std::string_view key, const yaml::Value& value, bool is_beside_spec) {
    if (!value.exists() || found_.size() >= kMaxUnknownFields) return;
    if (const Field* field = mapping.type.field(key)) {
      if (!may_hold_fields(value)) return;
      visit_below({step_, key, kNoIndex}, field->type(), value);
    } else if (!mapping.type.is_open() && !key.empty() && !may_be_replaced(key)) {
      report(mapping, key, value, is_beside_spec);
    }
  }

  void visit_map(Type item, const yaml::Value& value) {
    if (item.kind() != FieldType::Object && !item.item()) return;
    for (const auto& [key, below] : value.entries()) {
      visit_below({step_, key, kNoIndex}, item, below);
    }
  }

  void visit_list(Type item, const yaml::Value& value) {
    if (item.kind() != FieldType::Object && !item.item()) return;
    std::size_t index = 0;
    for (const yaml::Value& below : value.items()) {
      visit_below({step_, {}, index++}, item, below);
    }
  }

  void report(Mapping& mapping, std::string_view key, const yaml::Value& value, bool is_beside_spec) {
    UnknownField field{path(), value.key_range(), std::nullopt, is_beside_spec};
    append_key(field.path, key);
    if (!is_beside_spec && suggestions_ < kMaxFieldSuggestions) {
      ++suggestions_;
      field.suggestion = istio_api::nearest_field(mapping.type, key);
      if (field.suggestion && mapping.has(*field.suggestion)) field.suggestion.reset();
      if (field.suggestion) mapping.suggested.push_back(*field.suggestion);
    }
    found_.push_back(std::move(field));
  }

  void visit_below(const Step& step, Type type, const yaml::Value& value) {
    step_ = &step;
    visit(type, value);
    step_ = step.parent;
  }

  // Few resources have an unknown field, so a path is put together only for those.
  [[nodiscard]] std::string path() const {
    std::vector<const Step*> steps;
    for (const Step* step = step_; step != nullptr; step = step->parent) steps.push_back(step);
    std::string text;
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      if ((*step)->index == kNoIndex) {
        append_key(text, (*step)->key);
      } else {
        text += '[' + std::to_string((*step)->index) + ']';
      }
    }
    return text;
  }

  Type root_;
  const Step* step_ = nullptr;
  std::vector<UnknownField> found_;
  std::size_t suggestions_ = 0;  // that were looked for
};

}  // namespace

void append_key(std::string& path, std::string_view key) {
  const std::string_view shown = shortened(key);
  const bool is_plain = !shown.empty() && shown.find_first_of("./[]\"\\") == std::string_view::npos;
  if (is_plain && !path.empty()) path += '.';
  if (!is_plain) path += "[\"";
  for (const char c : shown) {
    if (!is_plain && (c == '"' || c == '\\')) path += '\\';
    path += c;
  }
  if (shown.size() < key.size()) path += "…";
  if (!is_plain) path += "\"]";
}

std::vector<UnknownField> unknown_fields(const yaml::Value& resource, const istio_api::Kind& kind) {
  const std::optional<Type> root = kind.root();
  if (!root) return {};
  Search search(*root);
  search.visit_resource(resource);
  return search.take();
}

}  // namespace workspace
