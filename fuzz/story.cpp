#include "fuzz/story.h"

#include <algorithm>

#include "workspace/base/uri.h"
#include "workspace/sources/workspace_builds.h"

namespace fuzz {
namespace {

constexpr std::size_t kMaxFiles = 24;
constexpr std::size_t kMaxSteps = 8;
constexpr std::size_t kMaxPath = 200;

std::string path_of(std::string_view line) {
  std::string name(line.substr(0, std::min(line.find_first_of("\r\n"), kMaxPath)));
  std::replace(name.begin(), name.end(), '\0', '_');
  std::string path = workspace::path_from(kStoryRoot, name);
  if (!workspace::is_below(path, kStoryRoot) || path == kStoryRoot)
    path = std::string(kStoryRoot) + "/" + std::string(workspace::base_name(name));
  return path.ends_with('/') ? path + "unnamed.yaml" : path;
}

// A path is a file or a folder, not both.
bool fits(const Texts& files, const std::string& path) {
  return std::none_of(files.begin(), files.end(), [&](const auto& file) {
    return file.first != path &&
           (workspace::is_below(file.first, path) || workspace::is_below(path, file.first));
  });
}

}  // namespace

Story read_story(std::string_view input) {
  Story story;
  Texts all;  // of all times, so that no step makes a folder of a file
  std::string lost;
  std::string* into = &lost;
  while (!input.empty()) {
    const std::size_t size = std::min(input.find('\n'), input.size() - 1) + 1;
    const std::string_view line = input.substr(0, size);
    input.remove_prefix(size);
    const bool begins = line.starts_with("#- ") && story.steps.empty();
    if (!begins && !line.starts_with("#= ") && !line.starts_with("#! ")) {
      *into += line;
      continue;
    }
    into = &lost;
    const std::string path = path_of(line.substr(3));
    if (!fits(all, path) || all.size() >= kMaxFiles || story.steps.size() >= kMaxSteps) continue;
    all[path];
    if (begins) {
      into = &story.files[path];
      into->clear();
    } else if (line.starts_with("#= ")) {
      story.steps.push_back({path, std::string()});
      into = &*story.steps.back().text;
    } else {
      story.steps.push_back({path, std::nullopt});
    }
  }
  return story;
}

std::vector<std::string> kustomized_folders(const Texts& files, std::size_t at_most) {
  std::vector<std::string> folders;
  for (const auto& [path, text] : files) {
    if (!workspace::has_kustomization_name(path)) continue;
    folders.push_back(workspace::parent_path(path));
  }
  std::sort(folders.begin(), folders.end());
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  if (folders.size() > at_most) folders.resize(at_most);
  return folders;
}

}  // namespace fuzz
