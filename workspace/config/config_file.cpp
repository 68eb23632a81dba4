// The rows of the table of settings read the keys (setting_table.cpp).
#include "workspace/config/config_file.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "workspace/config/setting_table.h"
#include "workspace/yaml/document_split.h"
#include "workspace/yaml/reader.h"

namespace workspace {
namespace {

// The configuration's own text: nobody sets these.
constexpr yaml::ReadLimits kOwnLimits{.are_settings = false};

}  // namespace

ConfigFile read_config(std::string_view text, std::span<const std::string_view> known_codes) {
  ConfigFile file;
  bool found = false;
  for (const ByteRange slice : split_documents(text)) {
    const auto read = yaml::read_yaml(text.substr(slice.begin, slice.size()), kOwnLimits);
    if (const auto* problem = std::get_if<yaml::Problem>(&read)) {
      file.problems.push_back({problem->message, shifted(problem->range, slice.begin), true});
      continue;
    }
    const yaml::Value root = std::get<yaml::Document>(read).root();
    if (!root.exists()) continue;
    if (found) {
      file.problems.push_back({"only the first document counts", shifted(root.range(), slice.begin)});
      break;
    }
    found = true;
    read_folder_settings(root, known_codes, slice.begin, file);
  }
  std::stable_sort(
      file.problems.begin(), file.problems.end(),
      [](const ConfigProblem& a, const ConfigProblem& b) { return a.range.begin < b.range.begin; });
  return file;
}

std::vector<MeshSettings> resolve_meshes(const ConfigFile& file, const Settings& over) {
  std::vector<MeshSettings> meshes = file.meshes;
  if (meshes.empty()) meshes.emplace_back();
  for (MeshSettings& mesh : meshes) mesh.settings = layered(over, layered(mesh.settings, file.settings));
  return meshes;
}

}  // namespace workspace
