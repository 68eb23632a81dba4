#include "checks/engine/build_override.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "workspace/sources/kustomize.h"
#include "workspace/yaml/edit.h"
#include "workspace/yaml/reader.h"

namespace checks {

namespace {

using workspace::BuildOrigin;
using workspace::DocumentEntry;
using workspace::Error;
using workspace::Result;
using workspace::yaml::PathStep;
using workspace::yaml::Value;
using workspace::yaml::write_scalar;

// How the kustomization knows a resource: as it is written in the base.
struct PatchTarget {
  std::string api_version;
  std::string kind;
  std::string name;
  std::string ns;  // empty: none is written
};

std::string text_at(const Value& root, std::initializer_list<std::string_view> path) {
  Value value = root;
  for (const std::string_view step : path) value = value[step];
  return std::string(value.text());
}

Result<PatchTarget> target_of(const BuildOrigin& origin, const DocumentEntry& document, const Value& built,
                              const AnalysedTexts& texts) {
  const auto& state = document.file->facts->documents[document.ordinal];
  const auto place = origin.place(shifted(built["metadata"]["name"].range(), state.begin));
  if (!place) return Error{"the resource's name is written in no file"};
  const auto facts = texts.facts(place->file);
  const auto* source = facts == nullptr ? nullptr : facts->document_at(place->range.begin);
  if (source == nullptr) return Error{fmt::format("{}: the file is not known", place->file)};
  const auto text = texts.of(std::string(place->file), *facts);
  if (!text) return text.error();
  const auto read = workspace::yaml::read_yaml(std::string_view(**text).substr(source->begin, source->size),
                                               workspace::yaml::kWidestLimits);
  const auto* tree = std::get_if<workspace::yaml::Document>(&read);
  if (tree == nullptr) return Error{fmt::format("{}: the document is not valid YAML", place->file)};
  const Value root = tree->root();
  PatchTarget target{text_at(root, {"apiVersion"}), text_at(root, {"kind"}),
                     text_at(root, {"metadata", "name"}), text_at(root, {"metadata", "namespace"})};
  if (target.kind != built["kind"].text() || target.name.empty())
    return Error{fmt::format("{}: the resource is written in another form", place->file)};
  return target;
}

// The mapping that holds a mode, and what it is to hold instead.
struct Change {
  workspace::yaml::Path mapping;
  std::string mode;
  std::vector<std::string> remove;  // keys that are there and may not be
};

Value value_at(Value value, const workspace::yaml::Path& path, std::size_t steps) {
  for (std::size_t i = 0; i < steps && value.exists(); ++i) {
    value = path[i].index < 0 ? value[path[i].key] : value.item(static_cast<std::size_t>(path[i].index));
  }
  return value;
}

std::string strategic_patch(const PatchTarget& target, const Change& change) {
  std::string text =
      fmt::format("apiVersion: {}\nkind: {}\nmetadata:\n  name: {}\n", write_scalar(target.api_version),
                  write_scalar(target.kind), write_scalar(target.name));
  if (!target.ns.empty()) text += fmt::format("  namespace: {}\n", write_scalar(target.ns));
  std::size_t depth = 0;
  const auto is_number = [](std::string_view key) {
    return !key.empty() && key.find_first_not_of("0123456789") == std::string_view::npos;
  };
  for (const PathStep& step : change.mapping) {
    text +=
        fmt::format("{:{}}{}:\n", "", 2 * depth++, is_number(step.key) ? step.key : write_scalar(step.key));
  }
  text += fmt::format("{:{}}mode: {}\n", "", 2 * depth, change.mode);
  for (const std::string& key : change.remove) text += fmt::format("{:{}}{}: null\n", "", 2 * depth, key);
  return text;
}

std::string pointer(const workspace::yaml::Path& path, std::size_t steps) {
  std::string text;
  for (std::size_t i = 0; i < steps; ++i) {
    text += '/';
    if (path[i].index >= 0) {
      text += fmt::to_string(path[i].index);
      continue;
    }
    for (const char c : path[i].key) {
      if (c == '~' || c == '/') {
        text += c == '~' ? "~0" : "~1";
      } else {
        text += c;
      }
    }
  }
  return text;
}

// JSON6902 operations.
std::string operations(const Value& built, const Change& change) {
  std::size_t present = change.mapping.size();
  while (present > 0 && !value_at(built, change.mapping, present).exists()) --present;
  if (present < change.mapping.size()) {
    std::string value = fmt::format("{{mode: {}}}", change.mode);
    for (std::size_t i = change.mapping.size() - 1; i > present; --i)
      value = fmt::format("{{{}: {}}}", write_scalar(change.mapping[i].key), value);
    return fmt::format("- op: add\n  path: {}\n  value: {}\n",
                       write_scalar(pointer(change.mapping, present + 1)), value);
  }
  const std::string mapping = pointer(change.mapping, present);
  std::string text =
      fmt::format("- op: add\n  path: {}\n  value: {}\n", write_scalar(mapping + "/mode"), change.mode);
  for (const std::string& key : change.remove)
    text += fmt::format("- op: remove\n  path: {}\n", write_scalar(fmt::format("{}/{}", mapping, key)));
  return text;
}

std::string indented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n') + 1;
    lines += "  ";
    lines += text.substr(0, end);
    text.remove_prefix(end);
  }
  return lines;
}

// An item of `patches`.
Result<std::string> patch_of(const SetMode& change, const AnalysedTexts& texts) {
  const DocumentEntry& document = *change.site.node->definitions.front().document;
  const auto& facts = *document.file->facts;
  const auto read =
      workspace::yaml::read_yaml(facts.origin->slice(document.ordinal), workspace::yaml::kWidestLimits);
  const auto* tree = std::get_if<workspace::yaml::Document>(&read);
  if (tree == nullptr) return Error{"the build is not valid YAML"};
  const Value built = tree->root();
  if (change.site.node->metadata().item.index >= 0) return Error{"the resource is an item of a list"};
  const auto target = target_of(*facts.origin, document, built, texts);
  if (!target) return target.error();
  Change wanted;
  wanted.mapping = workspace::yaml::parse_path(mapping_of_mode(change.site));
  wanted.mode = change.value;
  const Value mapping = value_at(built, wanted.mapping, wanted.mapping.size());
  for (const std::string& key : excluded_by(change.value)) {
    if (mapping[key].exists()) wanted.remove.push_back(key);
  }
  const bool has_list = std::any_of(wanted.mapping.begin(), wanted.mapping.end(),
                                    [](const PathStep& step) { return step.index >= 0; });
  if (!has_list) return "patch: |-\n" + indented(strategic_patch(*target, wanted));
  std::string selector =
      fmt::format("kind: {}\nname: {}\n", write_scalar(target->kind), write_scalar(target->name));
  if (!target->ns.empty()) selector += fmt::format("namespace: {}\n", write_scalar(target->ns));
  return "patch: |-\n" + indented(operations(built, wanted)) + "target:\n" + indented(selector);
}

}  // namespace

Result<BuildOverride> override_in_build(const FixPlan& plan, const AnalysedTexts& texts) {
  const bool only_modes = !plan.modes.empty() && plan.entries.empty() && plan.renames.empty() &&
                          plan.splits.empty() && !plan.inserts_document();
  if (!only_modes || plan.modes.size() > 1) return Error{"the fix does more than to set a mode"};
  const SetMode& change = plan.modes.front();
  const auto& origin = change.site.node->definitions.front().document->file->facts->origin;
  if (!origin) return Error{"the mode is in no build"};
  const auto patch = patch_of(change, texts);
  if (!patch) return patch.error();
  for (const std::string_view name : workspace::kKustomizationNames) {
    const std::string path = fmt::format("{}/{}", origin->root() == "/" ? "" : origin->root(), name);
    const auto facts = texts.facts(path);
    if (facts == nullptr) continue;
    const auto text = texts.of(path, *facts);
    if (!text) return text.error();
    auto edit = workspace::yaml::append_item(**text, "patches", *patch);
    if (!edit) return edit.error();
    return BuildOverride{origin->name(), {{path, edit->range, std::move(edit->new_text), false}}};
  }
  return Error{"the kustomization is not among the files"};
}

}  // namespace checks
