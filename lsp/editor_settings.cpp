#include "lsp/editor_settings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "workspace/config/setting_table.h"
#include "workspace/yaml/json_reader.h"

namespace lsp {
namespace {

using nlohmann::json;

EditorSettings no_settings(std::string_view problem) {
  EditorSettings bad;
  bad.problems.push_back(fmt::format("setting {}: {}", workspace::kEditorSection, problem));
  return bad;
}

}  // namespace

EditorSettings read_editor_settings(const json& given) {
  if (given.is_null()) return {};
  if (!given.is_object()) return no_settings("expected an object");
  const auto section = given.find(workspace::kEditorSection);
  if (section != given.end()) return read_editor_settings(*section);
  json ours;  // what others keep beside it may be of any size and depth
  for (const workspace::SettingRow& row : workspace::setting_table()) {
    const auto found = given.find(row.key);
    if (row.may_stand(workspace::kInEditor) && found != given.end()) ours[row.key] = *found;
  }
  const std::string text = ours.dump(-1, ' ', false, json::error_handler_t::replace);
  const auto document = workspace::yaml::read_json(text, workspace::yaml::kWidestLimits);
  if (!document) return no_settings("too large, or nested too deep");
  return workspace::read_editor_keys(document->root());
}

}  // namespace lsp
