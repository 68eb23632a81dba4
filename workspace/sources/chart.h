// Helm charts and releases of them (docs/design/sources.md, section 4). Values and pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace workspace {

// What `Chart.yaml` says.
struct ChartFile {
  std::string name;
  bool is_library = false;  // `type: library`: makes no manifests of its own
};

// Of a text that is not valid YAML: nothing.
ChartFile read_chart_file(std::string_view text);

// A chart with the values of one installation. Paths are absolute and normalised.
struct ChartRelease {
  std::string folder;  // with Chart.yaml
  std::string release;
  std::string ns;                       // empty: not known
  std::vector<std::string> values;      // files; later ones override
  std::vector<std::string> parameters;  // "name=value", which override those; as `helm --set` reads them
  std::vector<std::string> meshes;      // that it is part of; empty: found as for builds
  friend bool operator==(const ChartRelease&, const ChartRelease&) = default;
};

// A name that helm takes for a release of a chart of that name.
std::string release_name(std::string_view chart);

// The charts that are no sub-charts, sorted: those in no `charts` folder of a chart. `folders`: those of all
// charts, sorted.
std::vector<std::string> charts_by_themselves(const std::vector<std::string>& folders);

// Whether a chart, by its folder, is within another one's `charts`.
bool is_subchart_of(std::string_view folder, std::string_view chart);

}  // namespace workspace
