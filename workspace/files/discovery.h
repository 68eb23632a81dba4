// Finds the manifests below a folder: *.yaml, *.yml, *.json, sorted by path as text. `.git` and
// `node_modules` are never entered. Symlinks to files that stay inside the root are other names of those
// files; those that lead out of it are followed only where that is asked for, each file and folder once (so
// loops end). The configuration file itself is not a manifest, and neither
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

// A path that leads through a symlink, and the file's path without.
struct LinkedFile {
  std::string path;
  std::string real;  // below the root as the root is spelt
};

struct OtherName {
  std::string name;
  std::string file;  // the one that it goes by
  friend bool operator==(const OtherName&, const OtherName&) = default;
};

struct Discovery {
  std::vector<std::string> files;      // absolute paths, sorted as text; each file once
  std::vector<OtherName> other_names;  // of files, sorted by name
  std::vector<LinkedFile> linked;      // those of `files` that a symlink leads to, sorted by path
  std::vector<std::string> charts;     // folders of Helm charts whose templates were passed by, sorted
  std::vector<std::string> links;  // symlinks to manifests and folders outside of the root, not read; sorted
  std::vector<Error> problems;     // folders that could not be listed, sorted by message
};

struct DiscoveryOptions {
  std::vector<std::string> exclude;  // globs relative to root
  // Excludes more: asked with each absolute path, a folder's ending in '/', on any of the threads. May be
  // empty.
  std::function<bool(const std::string& path)> excluded;
  std::function<bool()> cancelled;  // asked between folders, on the calling thread; may be empty
  unsigned jobs = 1;                // at most so many threads, the calling one among them (crew.h)
  bool follows_links = false;       // also out of the root
};

// Leaves one name of each file: its own if that is among them, else the first. `files` is sorted, and holds
// what is `linked`. Returns the others, sorted.
std::vector<OtherName> drop_other_names(std::vector<std::string>& files, std::vector<LinkedFile>& linked);

Discovery discover(const FileSystem& files, const std::string& root, const DiscoveryOptions& options);

}  // namespace workspace
