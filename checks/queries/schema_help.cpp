#include "checks/queries/schema_help.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "workspace/config/settings_schema.h"
#include "workspace/resources/istio_api.h"

namespace checks {
namespace {

namespace api = workspace::istio_api;
namespace settings = workspace::settings_schema;
using workspace::CursorContext;
using workspace::PointedAt;
using Path = std::vector<std::string>;

constexpr std::string_view kItem = "[]";

// ---- Istio's API

std::string_view group_of(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

// Null: another kind, or one whose fields are not known. Without an apiVersion the name alone decides.
const api::Kind* find_kind(std::string_view api_version, std::string_view name) {
  for (const api::Kind& kind : api::kinds()) {
    if (kind.name() == name && (api_version.empty() || kind.group() == group_of(api_version)))
      return kind.root() ? &kind : nullptr;
  }
  return nullptr;
}

// What can be said before the kind is known: all kinds have the same keys at their root, and the same
// metadata.
const api::Kind& any_kind() {
  return *std::find_if(api::kinds().begin(), api::kinds().end(),
                       [](const api::Kind& kind) { return kind.root().has_value(); });
}

// Reports whether a resource may become one of Istio's: nothing in it says otherwise.
bool may_be_istio(std::string_view api_version, std::string_view kind) {
  if (!kind.empty()) return find_kind(api_version, kind) != nullptr;
  return api_version.find('/') == std::string_view::npos || !api::kinds_of(group_of(api_version)).empty();
}

bool is_common(const Path& path) {
  return path.empty() || path.front() == "apiVersion" || path.front() == "kind" || path.front() == "metadata";
}

// The kind that describes a path of a resource. Null: none does.
const api::Kind* describing_kind(std::string_view api_version, std::string_view kind, const Path& path) {
  if (const api::Kind* known = find_kind(api_version, kind)) return known;
  return kind.empty() && is_common(path) && may_be_istio(api_version, kind) ? &any_kind() : nullptr;
}

std::vector<std::string_view> views(const Path& path) { return {path.begin(), path.end()}; }

std::string address(const api::Field& field) {
  std::string page(field.page());
  if (!page.empty() && !field.anchor().empty()) page += "#" + std::string(field.anchor());
  return page;
}

SchemaHelp help_of(const api::Field& field) {
  return {std::string(field.name()),     api::describe(field.type()),
          field.is_required(),           {},
          std::string(field.sentence()), address(field)};
}

SchemaHelp help_of(const api::Kind& kind) {
  return {std::string(kind.name()), {}, false, {}, std::string(kind.sentence()), std::string(kind.page())};
}

// The field whose value, or the values of whose list, a path leads to.
const api::Field* field_of(const api::Kind& kind, const Path& path) {
  std::vector<std::string_view> steps = views(path);
  while (!steps.empty() && steps.back() == kItem) steps.pop_back();
  return api::find_field(kind, steps);
}

std::optional<SchemaHelp> manifest_help(const PointedAt& place) {
  if (place.path == Path{"kind"} && !place.is_key) {
    const api::Kind* named = find_kind(place.api_version, place.text);
    return named ? std::optional(help_of(*named)) : std::nullopt;
  }
  const api::Kind* kind = find_kind(place.api_version, place.kind);
  if (kind == nullptr) return std::nullopt;
  if (place.is_key) {
    const api::Field* field = api::find_field(*kind, views(place.path));
    return field ? std::optional(help_of(*field)) : std::nullopt;
  }
  const auto type = api::find_type(*kind, views(place.path));
  const api::Field* field = field_of(*kind, place.path);
  if (!type || field == nullptr) return std::nullopt;
  for (const api::EnumValue& value : type->values()) {
    if (value.name() != place.text) continue;
    SchemaHelp help = help_of(*field);
    help.value = value.name();
    help.description = value.sentence();
    return help;
  }
  return std::nullopt;
}

// ---- our own configuration

SchemaHelp help_of(const settings::Setting& setting) {
  SchemaHelp help{
      std::string(setting.name), setting.type, setting.is_required, {}, std::string(setting.description), {}};
  if (!help.description.empty() && help.description.back() != '.' && help.description.back() != '?')
    help.description += '.';
  return help;
}

std::optional<SchemaHelp> settings_help(const PointedAt& place) {
  const auto setting = settings::find(place.path);
  if (!setting || !place.is_key) return std::nullopt;
  return help_of(*setting);
}

// ---- what is written

enum class Shape : std::uint8_t { Scalar, Mapping, List };

Shape shape_of(api::Type type) {
  switch (type.kind()) {
    case api::FieldType::Object:
    case api::FieldType::Map:
      return Shape::Mapping;
    case api::FieldType::List:
      return Shape::List;
    default:
      return Shape::Scalar;
  }
}

Shape shape_of(const settings::Setting& setting) {
  switch (setting.shape) {
    case settings::Shape::Object:
      return Shape::Mapping;
    case settings::Shape::List:
      return Shape::List;
    default:
      return Shape::Scalar;
  }
}

class Offers {
 public:
  Offers(const CursorContext& cursor, const OfferStyle& style) : cursor_(cursor), style_(style) {
    // As deep as this mapping is below its parent.
    constexpr std::uint32_t kUsual = 2;
    constexpr std::uint32_t kDeepest = 8;
    const bool is_item = !cursor.path.empty() && cursor.path.back() == kItem;
    const std::uint32_t deeper = cursor.column - std::min(cursor.column, cursor.parent_column);
    const bool is_likely = !cursor.path.empty() && !is_item && deeper >= kUsual && deeper <= kDeepest;
    step_ = std::string(is_likely ? deeper : kUsual, ' ');
  }

  // `dash`: the key of a new item of a list.
  void key(std::string_view name, Shape shape, SchemaHelp help, bool dash = false) {
    const bool is_written =
        std::find(cursor_.siblings.begin(), cursor_.siblings.end(), name) != cursor_.siblings.end();
    if (is_written && !dash) return;
    Offer& offer = offers_.emplace_back();
    offer.label = name;
    offer.help = std::move(help);
    offer.snippet = (dash ? "- " : "") + quoted(name);
    if (cursor_.quoted || style_.has_colon) return;
    offer.snippet += rest(shape, dash ? "  " : "");
  }

  void value(std::string_view name, SchemaHelp help, bool is_text, bool dash = false) {
    Offer& offer = offers_.emplace_back();
    offer.kind = OfferKind::Value;
    offer.label = name;
    offer.snippet = (dash ? "- " : "") + (is_text ? quoted(name) : std::string(name));
    help.value = name;
    offer.help = std::move(help);
  }

  // Those that are required, those that are described and in use, the others; each as they came. A value
  // that says nothing is what is there without it.
  std::vector<Offer> take() {
    const auto rank = [](const Offer& offer) {
      const bool is_key = offer.kind == OfferKind::Key;
      if (!is_key && (offer.label == "UNSET" || offer.label == "UNSPECIFIED" || offer.label == "UNDEFINED"))
        return 2;
      if (offer.help.description.starts_with("Deprecated") || (is_key && offer.help.description.empty()))
        return 2;
      return is_key && offer.help.is_required ? 0 : 1;
    };
    std::stable_sort(offers_.begin(), offers_.end(),
                     [&](const Offer& a, const Offer& b) { return rank(a) < rank(b); });
    return std::move(offers_);
  }

 private:
  [[nodiscard]] std::string quoted(std::string_view name) const {
    return style_.json && !cursor_.quoted ? fmt::format("\"{}\"", name) : std::string(name);
  }

  // What stands behind a key; `extra` is how much further to the right the key is than the word.
  [[nodiscard]] std::string rest(Shape shape, std::string_view extra) const {
    if (shape == Shape::Scalar) return ": ";
    if (cursor_.in_flow) return shape == Shape::List ? ": [$0]" : ": {$0}";
    if (style_.one_line) return ":";
    return fmt::format(":\n{}{}{}$0", extra, step_, shape == Shape::List ? "- " : "");
  }

  const CursorContext& cursor_;
  const OfferStyle& style_;
  std::string step_;
  std::vector<Offer> offers_;
};

// ---- which

void add_kinds(const CursorContext& cursor, Offers& offers) {
  for (const api::Kind& kind : api::kinds()) {
    const bool is_of_group = cursor.api_version.empty() || kind.group() == group_of(cursor.api_version);
    if (kind.root() && is_of_group) offers.value(kind.name(), help_of(kind), true);
  }
}

void add_versions(const CursorContext& cursor, Offers& offers) {
  const api::Kind* known = find_kind({}, cursor.kind);
  if (known == nullptr && !cursor.kind.empty()) return;
  std::vector<std::string> named;
  for (std::size_t stability = 0; stability < 3; ++stability) {
    for (const api::Kind& kind : api::kinds()) {
      const bool is_meant = known != nullptr ? &kind == known : kind.root().has_value();
      if (!is_meant || stability >= kind.version_count()) continue;
      std::string version = fmt::format("{}/{}", kind.group(), kind.version(stability));
      if (std::find(named.begin(), named.end(), version) != named.end()) continue;
      offers.value(version, {}, true);
      named.push_back(std::move(version));
    }
  }
}

void add_keys(api::Type object, Offers& offers, bool dash) {
  for (const api::Field& field : object.fields())
    offers.key(field.name(), shape_of(field.type()), help_of(field), dash);
}

void add_values(api::Type type, const api::Field* field, Offers& offers, bool dash) {
  for (const api::EnumValue& value : type.values()) {
    SchemaHelp help = field ? help_of(*field) : SchemaHelp();
    help.description = value.sentence();
    offers.value(value.name(), std::move(help), true, dash);
  }
  if (type.kind() != api::FieldType::Boolean) return;
  for (const std::string_view value : {"true", "false"})
    offers.value(value, field ? help_of(*field) : SchemaHelp(), false, dash);
}

void add_at_root(const CursorContext& cursor, const api::Kind& kind, Offers& offers) {
  constexpr std::array<std::string_view, 5> kRootKeys = {"apiVersion", "kind", "metadata", "spec", "status"};
  const bool is_other = std::any_of(cursor.siblings.begin(), cursor.siblings.end(), [&](const auto& key) {
    return std::find(kRootKeys.begin(), kRootKeys.end(), key) == kRootKeys.end();
  });
  if (is_other || cursor.in_value) return;
  for (const api::Field& field : kind.root()->fields()) {
    // The controller writes it, nobody by hand.
    if (field.name() == "status") continue;
    SchemaHelp help = help_of(field);
    if (field.name() == "spec" && cursor.kind.empty()) {
      help.description = "What is configured; its keys are those of the kind.";
      help.page.clear();
    }
    offers.key(field.name(), shape_of(field.type()), std::move(help));
  }
}

// Those that people write; the API server writes the others.
void add_metadata_keys(api::Type metadata, Offers& offers) {
  for (const std::string_view name :
       {"name", "namespace", "labels", "annotations", "generateName", "finalizers", "ownerReferences"}) {
    if (const api::Field* field = metadata.field(name))
      offers.key(name, shape_of(field->type()), help_of(*field));
  }
}

void add_of_manifest(const CursorContext& cursor, Offers& offers) {
  if (cursor.path == Path{"kind"}) return add_kinds(cursor, offers);
  if (cursor.path == Path{"apiVersion"}) return add_versions(cursor, offers);
  const api::Kind* kind = describing_kind(cursor.api_version, cursor.kind, cursor.path);
  if (kind == nullptr) return;
  if (cursor.path.empty()) return add_at_root(cursor, *kind, offers);
  auto type = api::find_type(*kind, views(cursor.path));
  if (!type) return;
  // On a line of its own below the list's key: an item.
  const bool dash = type->kind() == api::FieldType::List && !cursor.in_value && !cursor.in_flow;
  if (dash) type = type->item();
  if (cursor.path == Path{"metadata"} && !cursor.in_value) return add_metadata_keys(*type, offers);
  if (!cursor.in_value || cursor.path.back() == kItem) add_keys(*type, offers, dash);
  add_values(*type, field_of(*kind, cursor.path), offers, dash);
}

void add_of_settings(const CursorContext& cursor, Offers& offers) {
  Path path = cursor.path;
  auto here = settings::find(path);
  const bool dash = here && here->shape == settings::Shape::List && !cursor.in_value && !cursor.in_flow;
  if (dash) {
    path.emplace_back(kItem);
    here = settings::find(path);
  }
  if (!cursor.in_value || (!path.empty() && path.back() == kItem)) {
    for (const settings::Setting& setting : settings::keys(path))
      offers.key(setting.name, shape_of(setting), help_of(setting), dash);
  }
  if (!here) return;
  for (const std::string_view value : here->values)
    offers.value(value, help_of(*here), here->type != "boolean", dash);
}

}  // namespace

std::optional<SchemaHelp> schema_help(SchemaOf schema, const PointedAt& place) {
  return schema == SchemaOf::Manifest ? manifest_help(place) : settings_help(place);
}

std::vector<Offer> schema_offers(SchemaOf schema, const CursorContext& cursor, const OfferStyle& style) {
  if (cursor.in_text) return {};
  Offers offers(cursor, style);
  if (schema == SchemaOf::Manifest) {
    add_of_manifest(cursor, offers);
  } else {
    add_of_settings(cursor, offers);
  }
  return offers.take();
}

bool is_empty_document(const CursorContext& cursor) {
  return cursor.path.empty() && !cursor.in_text && !cursor.in_value && !cursor.in_flow && !cursor.quoted &&
         cursor.siblings.empty() && cursor.column == 0;
}

}  // namespace checks
