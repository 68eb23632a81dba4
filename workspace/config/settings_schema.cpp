#include "workspace/config/settings_schema.h"

#include "workspace/yaml/json_reader.h"

namespace workspace::settings_schema {
namespace {

constexpr std::string_view kSchema =
#include "generated/settings_schema.inc"
    ;

const yaml::Document& schema() {
  static const yaml::Document document = *yaml::read_json(kSchema, {});
  return document;
}

// A schema, and what the place that refers to it says itself.
struct Place {
  yaml::Value own;
  yaml::Value value;  // own, or what its $ref names
};

Place place_of(const yaml::Value& own) {
  constexpr std::string_view kDefinitions = "#/definitions/";
  const std::string_view reference = own["$ref"].text();
  if (!reference.starts_with(kDefinitions)) return {own, own};
  return {own, schema().root()["definitions"][reference.substr(kDefinitions.size())]};
}

// The first of its types that is not null.
std::string_view type_name(const yaml::Value& value) {
  const yaml::Value type = value["type"];
  if (type.is_scalar()) return type.text();
  for (const yaml::Value& name : type.items()) {
    if (name.text() != "null") return name.text();
  }
  return {};
}

Shape shape_of(const yaml::Value& value) {
  const std::string_view type = type_name(value);
  return type == "object" ? Shape::Object : type == "array" ? Shape::List : Shape::Scalar;
}

std::vector<std::string_view> values_of(const yaml::Value& value) {
  if (type_name(value) == "boolean") return {"true", "false"};
  std::vector<std::string_view> values;
  for (const yaml::Value& each : value["enum"].items()) {
    if (each.is_scalar() && !each.is_plain()) values.push_back(each.text());
  }
  return values;
}

std::string describe(const yaml::Value& value) {
  if (shape_of(value) == Shape::List) return "list of " + describe(place_of(value["items"]).value);
  std::string text;
  for (const std::string_view each : values_of(value)) {
    text += text.empty() ? "one of " : ", ";
    text += each;
  }
  if (type_name(value) == "boolean") return "boolean";
  return text.empty() ? std::string(type_name(value)) : text;
}

bool requires_key(const yaml::Value& object, std::string_view key) {
  for (const yaml::Value& each : object["required"].items()) {
    if (each.text() == key) return true;
  }
  return false;
}

Setting setting(const yaml::Value& parent, std::string_view name, const Place& place) {
  const yaml::Value own = place.own["description"];
  return {name,
          own.exists() ? own.text() : place.value["description"].text(),
          describe(place.value),
          shape_of(place.value),
          requires_key(parent, name),
          values_of(place.value)};
}

struct Step {
  yaml::Value parent;
  std::string_view name;
  Place place;
};

std::optional<Step> follow(std::span<const std::string> path) {
  Step step{{}, {}, {schema().root(), schema().root()}};
  for (const std::string& key : path) {
    const yaml::Value parent = step.place.value;
    const bool is_item = key == "[]" && shape_of(parent) == Shape::List;
    const yaml::Value below = is_item ? parent["items"] : parent["properties"][key];
    if (!below.exists()) return std::nullopt;
    // The key as the schema has it, which lasts.
    const ByteRange name = below.key_range();
    step = {parent, is_item ? std::string_view() : kSchema.substr(name.begin, name.size()), place_of(below)};
  }
  return step;
}

}  // namespace

std::optional<Setting> find(std::span<const std::string> path) {
  if (path.empty()) return std::nullopt;
  const auto step = follow(path);
  if (!step) return std::nullopt;
  return setting(step->parent, step->name, step->place);
}

std::vector<Setting> keys(std::span<const std::string> path) {
  std::vector<Setting> found;
  if (const auto step = follow(path)) {
    for (const auto& [name, value] : step->place.value["properties"].entries())
      found.push_back(setting(step->place.value, name, place_of(value)));
  }
  return found;
}

}  // namespace workspace::settings_schema
