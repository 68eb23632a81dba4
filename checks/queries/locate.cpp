#include "checks/queries/locate.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "workspace/yaml/reader.h"

namespace checks {

namespace {

using workspace::ByteRange;
using workspace::DocumentEntry;
using workspace::DocumentState;
using workspace::FieldAt;
using workspace::FieldForm;
using workspace::ResourceNode;
using workspace::yaml::Value;

// Tells each part of a resource that is written, of those that the kind table knows.
class Walker {
 public:
  using Tell = std::function<void(Element element, ByteRange in_facts)>;

  Walker(const ResourceNode& node, std::uint32_t definition, const Tell& tell)
      : node_(node), definition_(definition), tell_(tell) {}

  void walk(const Value& resource) const {
    workspace::visit_fields(resource, node_.id.kind, [this](const FieldAt& at) { field(at); });
  }

 private:
  void field(const FieldAt& at) const {
    switch (at.field->form) {
      case FieldForm::Scalar:
        return scalar(at, at.value);
      case FieldForm::Key:
        return key(at);
      case FieldForm::Items:
        for (const Value& item : at.value.items()) scalar(at, item);
        return;
      case FieldForm::Entries:
        return entries(at);
    }
  }

  void tell(const FieldAt& at, std::string_view key, std::string_view value, ByteRange range) const {
    tell_(
        {at.field->role, &node_, definition_, at.entry, at.clause, std::string(key), std::string(value), {}},
        range);
  }

  void scalar(const FieldAt& at, const Value& value) const {
    if (!value.is_scalar()) return;
    if (!value.key_range().empty()) tell(at, {}, value.text(), value.key_range());
    tell(at, {}, value.text(), value.range());
  }

  // A key that means something itself, or what its mapping's mode says.
  void key(const FieldAt& at) const {
    if (at.key.empty() && !at.value.is_mapping()) return;
    tell(at, {}, at.key.empty() ? at.value["mode"].text() : at.key, at.value.key_range());
  }

  void entries(const FieldAt& at) const {
    for (const auto& [key, value] : at.value.entries()) {
      if (!value.is_scalar()) continue;
      tell(at, key, value.text(), value.key_range());
      tell(at, key, value.text(), value.range());
    }
  }

  const ResourceNode& node_;
  std::uint32_t definition_;
  const Tell& tell_;
};

// What the facts of a document were read from.
std::string_view read_text(const DocumentState& state, std::string_view file_text) {
  if (state.broken) {
    return state.broken->good_text ? std::string_view(*state.broken->good_text) : std::string_view();
  }
  return file_text.substr(state.begin, state.size);
}

std::uint32_t definition_of(const ResourceNode& node, const DocumentEntry& document, std::uint32_t index) {
  const auto at = std::find_if(node.definitions.begin(), node.definitions.end(), [&](const auto& definition) {
    return definition.document == &document && definition.index == index;
  });
  return static_cast<std::uint32_t>(at - node.definitions.begin());
}

// `text` is what the document's facts were read from.
void walk_document(const DocumentEntry& document, std::string_view text, const Walker::Tell& tell) {
  if (document.resources.empty()) return;
  const auto read = workspace::yaml::read_yaml(text, workspace::yaml::kWidestLimits);
  const auto* tree = std::get_if<workspace::yaml::Document>(&read);
  if (tree == nullptr) return;
  for (std::uint32_t i = 0; i < document.resources.size(); ++i) {
    const ResourceNode& node = *document.resources[i];
    const Value resource =
        workspace::resource_in(tree->root(), workspace::metadata_of(document.facts->resources[i]));
    Walker(node, definition_of(node, document, i), tell).walk(resource);
  }
}

// Both ends included, as a cursor stands between characters.
bool touches(ByteRange range, std::uint32_t offset) { return range.begin <= offset && offset <= range.end; }

}  // namespace

namespace {

// The element of the first build that has a value from there.
std::optional<Element> locate_in_builds(const workspace::Mesh& mesh, const std::string& file,
                                        std::uint32_t offset) {
  for (const workspace::FileEntry* build : mesh.builds_from(file)) {
    const workspace::BuildOrigin& origin = *build->facts->origin;
    for (const ByteRange built : origin.built_from(file, offset)) {
      std::optional<Element> found;
      for (const auto& document : build->documents) {
        const DocumentState& state = build->facts->documents[document->ordinal];
        if (built.begin < state.begin || state.begin + state.size < built.end) continue;
        walk_document(*document, origin.slice(document->ordinal), [&](Element element, ByteRange in_facts) {
          const ByteRange range = workspace::shifted(in_facts, state.begin);
          if (found || !touches(range, built.begin) || !touches(range, built.end)) return;
          const auto place = origin.place(range);
          if (!place || place->file != file || !touches(place->range, offset)) return;
          element.range = place->range;
          found = std::move(element);
        });
      }
      if (found) return found;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Element> locate(const workspace::Mesh& mesh, const std::string& file, std::string_view text,
                              std::uint32_t offset) {
  const workspace::FileEntry* entry = mesh.file(file);
  if (entry == nullptr) return locate_in_builds(mesh, file, offset);
  if (entry->facts->text_size != text.size()) return std::nullopt;
  std::optional<Element> found;
  for (const auto& document : entry->documents) {
    const DocumentState& state = entry->facts->documents[document->ordinal];
    if (!touches({state.begin, state.begin + state.size}, offset)) continue;
    walk_document(*document, read_text(state, text), [&](Element element, ByteRange in_facts) {
      const auto place = state.place(in_facts);
      if (found || !place || !touches(*place, offset)) return;
      element.range = *place;
      found = std::move(element);
    });
  }
  return found;
}

}  // namespace checks
