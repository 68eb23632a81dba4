// Finds the manifests below a folder: *.yaml, *.yml, *.json, sorted by path as text. `.git` and
// `node_modules` are never entered, symlinked folders never followed (so loops end), symlinks to regular
// files are read when they stay inside the root. The configuration file itself is not a manifest, and neither
// is anything in `templates` of a folder with a `Chart.yaml`: its values and namespace are the release's
// (docs/design/sources.md, section 4). Safe on any thread; threads of its own have ended when it returns.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/platform/file_system.h"

namespace workspace {

bool is_manifest_name(std::string_view path);

// Whether a file, of an absolute path, is below `templates` of a Helm chart, which discover() passes by.
// Looks for a `Chart.yaml` beside each such folder above it.
bool is_chart_template(const FileSystem& files, std::string_view path);

struct Discovery {
  std::vector<std::string> files;   // absolute paths, sorted as text
  std::vector<std::string> charts;  // folders of Helm charts whose templates were passed by, sorted
  std::vector<std::string> links;   // symlinks to manifests and folders outside of the root, not read; sorted
  std::vector<Error> problems;      // folders that could not be listed, sorted by message
};

struct DiscoveryOptions {
  std::vector<std::string> exclude;  // globs relative to root
  // Excludes more: asked with each absolute path, a folder's ending in '/', on any of the threads. May be
  // empty.
  std::function<bool(const std::string& path)> excluded;
  std::function<bool()> cancelled;  // asked between folders, on the calling thread; may be empty
  unsigned jobs = 1;                // at most so many threads, the calling one among them (crew.h)
};

Discovery discover(const FileSystem& files, const std::string& root, const DiscoveryOptions& options);

}  // namespace workspace
