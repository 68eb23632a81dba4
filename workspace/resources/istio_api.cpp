#include "workspace/resources/istio_api.h"

#include <algorithm>
#include <vector>

#include "workspace/base/spelling.h"
#include "workspace/yaml/tree.h"

namespace workspace::istio_api {
namespace {

struct TypeRow {
  FieldType kind;
  bool open;
  std::uint16_t first;  // Object: in kFields; Enum: in kEnumValues; List, Map: the type of what is in it
  std::uint16_t count;  // Object, Enum
};

#include "workspace/resources/istio_api_tables.inc"

constexpr std::uint16_t kNoRoot = 0xFFFF;

std::string_view text(TextRef ref) { return {kText + ref.offset, ref.size}; }

template <class Row, std::size_t size>
std::span<const Row> rows(const Row (&table)[size], std::size_t first, std::size_t count) {
  return std::span<const Row>(table).subspan(first, count);
}

template <class Row>
std::vector<std::string_view> names_of(std::span<const Row> some) {
  std::vector<std::string_view> names;
  names.reserve(some.size());
  for (const Row& row : some) names.push_back(row.name());
  return names;
}

}  // namespace

FieldType Type::kind() const { return kTypes[row_].kind; }

bool Type::is_open() const { return kTypes[row_].open; }

std::span<const Field> Type::fields() const {
  if (kind() != FieldType::Object) return {};
  return rows(kFields, kTypes[row_].first, kTypes[row_].count);
}

const Field* Type::field(std::string_view name) const {
  const TypeRow& row = kTypes[row_];
  if (row.kind != FieldType::Object) return nullptr;
  // Objects have few fields, and most of them another length or first letter.
  const Field* const first = kFields + row.first;
  const Field* const last = first + row.count;
  const Field* const found =
      std::find_if(first, last, [name](const Field& field) { return yaml::is_same_key(field.name(), name); });
  return found == last ? nullptr : found;
}

std::optional<Type> Type::item() const {
  if (kind() != FieldType::List && kind() != FieldType::Map) return std::nullopt;
  return Type(kTypes[row_].first);
}

std::span<const EnumValue> Type::values() const {
  if (kind() != FieldType::Enum) return {};
  return rows(kEnumValues, kTypes[row_].first, kTypes[row_].count);
}

std::optional<Type> Type::below(std::string_view key) const {
  switch (kind()) {
    case FieldType::Object: {
      const Field* known = field(key);
      return known ? std::optional(known->type()) : std::nullopt;
    }
    case FieldType::List:
      return key == "[]" ? item() : std::nullopt;
    case FieldType::Map:
      return item();
    default:
      return std::nullopt;
  }
}

std::string_view Field::name() const { return text(name_); }
std::string_view Field::sentence() const { return text(sentence_); }
std::string_view Field::page() const { return text(kPages[page_]); }
std::string_view Field::anchor() const { return text(anchor_); }

std::string_view EnumValue::name() const { return text(name_); }
std::string_view EnumValue::sentence() const { return text(sentence_); }

std::string_view Kind::group() const { return text(group_); }
std::string_view Kind::name() const { return text(name_); }
std::string_view Kind::sentence() const { return text(sentence_); }
std::string_view Kind::page() const { return text(kPages[page_]); }
std::string_view Kind::version(std::size_t index) const {
  return index < versions_ ? text(kVersions[first_version_ + index]) : std::string_view();
}
std::optional<Type> Kind::root() const {
  return root_ == kNoRoot ? std::nullopt : std::optional(Type(root_));
}

std::span<const Kind> kinds() { return kKinds; }

std::span<const Kind> kinds_of(std::string_view group) {
  const auto is_of_group = [group](const Kind& kind) { return kind.group() == group; };
  const auto first = std::find_if(std::begin(kKinds), std::end(kKinds), is_of_group);
  return {first, std::find_if_not(first, std::end(kKinds), is_of_group)};
}

const Kind* find_kind(std::string_view group, std::string_view name) {
  for (const Kind& kind : kinds_of(group)) {
    if (kind.name() == name) return &kind;
  }
  return nullptr;
}

bool is_list_kind(std::string_view group, std::string_view name) {
  constexpr std::string_view kList = "List";
  return name.ends_with(kList) && find_kind(group, name.substr(0, name.size() - kList.size()));
}

std::optional<Type> find_type(const Kind& kind, std::span<const std::string_view> path) {
  std::optional<Type> type = kind.root();
  for (const std::string_view key : path) {
    if (!type) break;
    type = type->below(key);
  }
  return type;
}

const Field* find_field(const Kind& kind, std::span<const std::string_view> path) {
  if (path.empty()) return nullptr;
  const std::optional<Type> object = find_type(kind, path.first(path.size() - 1));
  return object ? object->field(path.back()) : nullptr;
}

std::optional<std::string_view> nearest_field(Type object, std::string_view word) {
  return only_near_word(word, names_of(object.fields()));
}

std::optional<std::string_view> nearest_kind(std::string_view group, std::string_view word) {
  return only_near_word(word, names_of(kinds_of(group)));
}

std::string describe(Type type) {
  switch (type.kind()) {
    case FieldType::String:
      return "string";
    case FieldType::Integer:
      return "integer";
    case FieldType::Number:
      return "number";
    case FieldType::Boolean:
      return "boolean";
    case FieldType::Duration:
      return "duration";
    case FieldType::Timestamp:
      return "time stamp";
    case FieldType::IntOrString:
      return "integer or string";
    case FieldType::Object:
      return "object";
    case FieldType::Any:
      return "any value";
    case FieldType::List:
      return "list of " + describe(*type.item());
    case FieldType::Map:
      return "map of string to " + describe(*type.item());
    case FieldType::Enum:
      break;
  }
  std::string text = "one of ";
  for (const EnumValue& value : type.values()) {
    if (&value != &type.values().front()) text += ", ";
    text += value.name();
  }
  return text;
}

std::string_view releases() { return kReleases; }

}  // namespace workspace::istio_api
