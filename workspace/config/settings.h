// Settings as values: what the command line, the editor and `.istio-mtls.yaml` may say, and how they add up.
// Source: docs/design/interfaces.md (keys), docs/design/mtls-semantics.md sections 1-2 (meaning and
// precedence).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/config/limits.h"

namespace workspace {

enum class SeverityOverride : std::uint8_t { Off, Hint, Information, Warning, Error };

// A chart and how it is installed; paths are relative to the folder of the settings.
struct ChartInstallation {
  std::string path;                 // the chart's folder
  std::string release;              // empty: the chart's name
  std::string ns;                   // `namespace`; empty: not known
  std::vector<std::string> values;  // files, in the chart's folder or relative to that of the settings
  std::vector<std::string> meshes;  // that it is part of; empty: found
  friend bool operator==(const ChartInstallation&, const ChartInstallation&) = default;
};

// What the files of a mesh are laid over (docs/design/cluster.md). A layer that names one of the two leaves
// nothing of those below.
struct ClusterSource {
  std::string context;           // of kubectl, kCurrentContext: the one it has; empty: none
  std::string snapshot;          // a file, relative to the folder of the settings; empty: none. It goes first
  bool asks_no_cluster = false;  // no cluster is asked, whatever layers below name
  [[nodiscard]] bool is_set() const { return !context.empty() || !snapshot.empty(); }
  friend auto operator<=>(const ClusterSource&, const ClusterSource&) = default;
};
inline constexpr std::string_view kCurrentContext = "current";
inline constexpr std::string_view kNoContext = "none";  // what sets asks_no_cluster

// One layer; what is not set falls through to the next (editor/CLI > file > MeshConfig > default).
struct Settings {
  std::optional<std::string> root_namespace;
  std::optional<bool> enable_auto_mtls;
  std::optional<std::string> cluster_domain;
  std::optional<std::vector<std::string>> default_rule_export_to;  // defaultDestinationRuleExportTo
  std::optional<std::string> default_namespace;
  std::optional<bool> separate_tis0207;
  std::vector<std::string> exclude;                  // globs, relative to the root; layers add up
  std::map<std::string, SeverityOverride> severity;  // by code
  LimitValues limits;                                // of a folder, whatever its meshes
  std::optional<bool> follow_links;                  // likewise: symlinks out of the folder (discovery.h)
  std::optional<bool> helm;                          // likewise: have charts rendered by helm
  std::vector<ChartInstallation> charts;             // likewise; the first layer that has any counts
  ClusterSource cluster;
  friend bool operator==(const Settings&, const Settings&) = default;
};

// `over` wins key by key; exclude lists are joined.
Settings layered(const Settings& over, const Settings& under);

// What a value may be, wherever it is given (configuration file, command line, editor).
bool is_namespace_name(std::string_view text);  // a DNS label
bool is_domain_name(std::string_view text);     // DNS labels with dots between
bool is_release_name(std::string_view text);    // what helm takes as one
bool is_context_name(std::string_view text);    // not empty, on one line
bool is_export(std::string_view text);          // an entry of an exportTo: a namespace, `.` or `*`
std::optional<SeverityOverride> parse_severity_override(std::string_view text);  // "off", "hint", "info" …

// One mesh of a workspace folder as the configuration file names it.
struct MeshSettings {
  std::string name = "default";
  // Globs relative to the root: of files, and of folders whose kustomization is built. Both empty: every
  // file.
  std::vector<std::string> include;
  std::vector<std::string> builds;
  Settings settings;  // complete for this mesh: its own keys over the folder's
  friend bool operator==(const MeshSettings&, const MeshSettings&) = default;
};

}  // namespace workspace
