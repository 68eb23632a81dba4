// One table says which key is read by which function; a mesh's keys are the folder's and two more.
#include "workspace/config/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "workspace/base/spelling.h"
#include "workspace/yaml/document_split.h"
#include "workspace/yaml/reader.h"

namespace workspace {
namespace {

constexpr std::array<std::string_view, 16> kFolderKeys = {
    "rootNamespace",    "enableAutoMtls", "clusterDomain", "defaultDestinationRuleExportTo",
    "defaultNamespace", "exclude",        "severity",      "separateTIS0207",
    "meshes",           "limits",         "helm",          "charts",
    "cluster",          "snapshot",       "baseline",      "followLinks"};
constexpr std::array<std::string_view, 5> kChartKeys = {"path", "release", "namespace", "values", "meshes"};
constexpr std::array<std::string_view, 13> kMeshKeys = {"rootNamespace",
                                                        "enableAutoMtls",
                                                        "clusterDomain",
                                                        "defaultDestinationRuleExportTo",
                                                        "defaultNamespace",
                                                        "exclude",
                                                        "severity",
                                                        "separateTIS0207",
                                                        "cluster",
                                                        "snapshot",
                                                        "name",
                                                        "include",
                                                        "builds"};
constexpr std::array<std::string_view, 6> kSeverities = {"off",     "hint",  "information",
                                                         "warning", "error", "info"};

// The configuration's own text: nobody sets these.
constexpr yaml::ReadLimits kOwnLimits{.are_settings = false};

// What a message shows of a value: short, and on one line.
std::string shown(const yaml::Value& value) {
  if (value.is_mapping()) return "a mapping";
  if (value.is_sequence()) return "a list";
  if (!value.exists()) return "nothing";
  constexpr std::size_t kLongest = 40;
  std::string text(value.text().substr(0, kLongest));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return fmt::format("'{}'{}", text, value.text().size() > kLongest ? "…" : "");
}

bool looks_like_code(std::string_view text) {
  const std::size_t digits = text.starts_with("TIS") ? 3 : text.starts_with("MTLS") ? 4 : 0;
  constexpr std::size_t kDigits = 4;
  return digits != 0 && text.size() == digits + kDigits &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(digits), text.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

class ConfigReader {
 public:
  ConfigReader(ConfigFile& file, std::span<const std::string_view> codes, std::uint32_t shift)
      : file_(file), codes_(codes), shift_(shift) {}

  void folder(const yaml::Value& root) {
    if (!root.is_mapping()) {
      complain(root.range(), fmt::format("expected a mapping of settings, found {}", shown(root)));
      return;
    }
    for (const auto& [key, value] : root.entries()) {
      if (key == "meshes") {
        meshes(value);
      } else if (key == "limits") {
        limits(value);
      } else if (key == "followLinks") {
        boolean(key, value, file_.settings.follow_links);
      } else if (key == "helm") {
        boolean(key, value, file_.settings.helm);
      } else if (key == "charts") {
        charts(value);
      } else if (key == "baseline") {
        baseline(value);
      } else if (!setting(key, value, file_.settings)) {
        unknown(key, value, kFolderKeys);
      }
    }
  }

 private:
  void complain(ByteRange range, std::string message) {
    file_.problems.push_back({std::move(message), shifted(range, shift_)});
  }

  void bad_value(std::string_view key, const yaml::Value& value, std::string_view expected) {
    complain(value.range(), fmt::format("{}: expected {}, found {}", key, expected, shown(value)));
  }

  void unknown(std::string_view key, const yaml::Value& value, std::span<const std::string_view> known) {
    complain(value.key_range(), fmt::format("unknown key '{}'{}", key, did_you_mean(key, known)));
  }

  // False: no such key.
  bool setting(std::string_view key, const yaml::Value& value, Settings& settings) {
    if (key == "rootNamespace") return namespace_name(key, value, settings.root_namespace);
    if (key == "enableAutoMtls") return boolean(key, value, settings.enable_auto_mtls);
    if (key == "clusterDomain") return domain_name(key, value, settings.cluster_domain);
    if (key == "defaultDestinationRuleExportTo") return exports(key, value, settings.default_rule_export_to);
    if (key == "defaultNamespace") return namespace_name(key, value, settings.default_namespace);
    if (key == "separateTIS0207") return boolean(key, value, settings.separate_tis0207);
    if (key == "exclude") return globs(key, value, settings.exclude);
    if (key == "severity") return severities(value, settings.severity);
    if (key == "cluster") return cluster(key, value, settings.cluster);
    if (key == "snapshot") return snapshot(key, value, settings.cluster);
    return false;
  }

  bool cluster(std::string_view key, const yaml::Value& value, ClusterSource& into) {
    if (!value.exists()) return true;
    if (value.text() == kNoContext) {
      into.asks_no_cluster = true;
    } else if (value.is_scalar() && is_context_name(value.text())) {
      into.context = value.text();
      refuse_both(value, into);
    } else {
      bad_value(key, value, "a context of kubectl, current or none");
    }
    return true;
  }

  bool snapshot(std::string_view key, const yaml::Value& value, ClusterSource& into) {
    if (!value.exists()) return true;
    if (value.is_scalar() && is_context_name(value.text())) {
      into.snapshot = value.text();
      refuse_both(value, into);
    } else {
      bad_value(key, value, "a file that 'istio-mtls-ls snapshot' wrote");
    }
    return true;
  }

  void refuse_both(const yaml::Value& value, const ClusterSource& source) {
    if (!source.context.empty() && !source.snapshot.empty())
      complain(value.range(), "cluster and snapshot exclude each other; the snapshot counts");
  }

  bool namespace_name(std::string_view key, const yaml::Value& value, std::optional<std::string>& into) {
    if (!value.exists()) return true;
    if (value.is_scalar() && is_namespace_name(value.text())) {
      into = value.text();
    } else {
      bad_value(key, value, "the name of a namespace");
    }
    return true;
  }

  bool domain_name(std::string_view key, const yaml::Value& value, std::optional<std::string>& into) {
    if (!value.exists()) return true;
    if (value.is_scalar() && is_domain_name(value.text())) {
      into = value.text();
    } else {
      bad_value(key, value, "a domain such as cluster.local");
    }
    return true;
  }

  bool boolean(std::string_view key, const yaml::Value& value, std::optional<bool>& into) {
    if (!value.exists()) return true;
    constexpr std::array<std::string_view, 3> kTrue = {"true", "True", "TRUE"};
    constexpr std::array<std::string_view, 3> kFalse = {"false", "False", "FALSE"};
    const auto is_one_of = [&](const auto& words) {
      return value.is_plain() && std::find(words.begin(), words.end(), value.text()) != words.end();
    };
    if (is_one_of(kTrue)) {
      into = true;
    } else if (is_one_of(kFalse)) {
      into = false;
    } else {
      bad_value(key, value, "true or false");
    }
    return true;
  }

  bool exports(std::string_view key, const yaml::Value& value,
               std::optional<std::vector<std::string>>& into) {
    if (!value.exists()) return true;
    if (!value.is_sequence()) {
      bad_value(key, value, "a list of namespaces");
      return true;
    }
    for (const yaml::Value& item : value.items()) {
      if (!item.is_scalar() || !is_export(item.text())) {
        bad_value(key, item, "a namespace, '.' or '*'");
      } else {
        if (!into) into.emplace();
        into->emplace_back(item.text());
      }
    }
    return true;
  }

  bool globs(std::string_view key, const yaml::Value& value, std::vector<std::string>& into) {
    if (!value.exists()) return true;
    if (!value.is_sequence()) {
      bad_value(key, value, "a list of globs");
      return true;
    }
    for (const yaml::Value& item : value.items()) {
      const std::string_view text = item.text();
      if (text.empty()) {
        bad_value(key, item, "a glob");
      } else if (text.starts_with('!')) {
        complain(item.range(), fmt::format("{}: a glob can't be negated", key));
      } else {
        into.emplace_back(text);
      }
    }
    return true;
  }

  bool severities(const yaml::Value& value, std::map<std::string, SeverityOverride>& into) {
    if (!value.exists()) return true;
    if (!value.is_mapping()) {
      bad_value("severity", value, "a mapping of codes to severities");
      return true;
    }
    for (const auto& [code, level] : value.entries()) severity(code, level, into);
    return true;
  }

  void severity(std::string_view code, const yaml::Value& level,
                std::map<std::string, SeverityOverride>& into) {
    const bool known = codes_.empty() ? looks_like_code(code)
                                      : std::find(codes_.begin(), codes_.end(), code) != codes_.end();
    if (!known) {
      complain(level.key_range(),
               fmt::format("severity: unknown code '{}'{}", code, did_you_mean(code, codes_)));
      return;
    }
    const std::optional<SeverityOverride> parsed = parse_severity_override(level.text());
    if (parsed) {
      into[std::string(code)] = *parsed;
    } else {
      complain(level.range(),
               fmt::format("severity of {}: expected off, hint, information, warning or error, found {}{}",
                           code, shown(level), did_you_mean(level.text(), kSeverities)));
    }
  }

  void limits(const yaml::Value& value) {
    if (!value.exists()) return;
    if (!value.is_mapping()) return bad_value("limits", value, "a mapping of limits to numbers");
    for (const auto& [name, most] : value.entries()) limit(name, most);
  }

  void limit(std::string_view name, const yaml::Value& most) {
    const LimitKind* kind = find_limit(name);
    if (kind == nullptr) {
      complain(most.key_range(),
               fmt::format("limits: unknown limit '{}'{}", name, did_you_mean(name, kLimitNames)));
    } else if (const auto value = parse_limit(*kind, most.text())) {
      file_.settings.limits[kind->limit] = *value;
    } else if (most.exists()) {
      bad_value(fmt::format("limits.{}", name), most, expected_of(*kind));
    }
  }

  void baseline(const yaml::Value& value) {
    if (!value.exists()) return;
    if (value.is_scalar() && is_context_name(value.text())) {
      file_.baseline = value.text();
    } else {
      bad_value("baseline", value, "a file that 'istio-mtls-ls baseline' wrote");
    }
  }

  void charts(const yaml::Value& value) {
    if (!value.exists()) return;
    if (!value.is_sequence()) return bad_value("charts", value, "a list of charts");
    for (const yaml::Value& item : value.items()) {
      if (item.is_mapping()) {
        chart(item);
      } else {
        bad_value("charts", item, "a mapping with path");
      }
    }
  }

  void chart(const yaml::Value& value) {
    ChartInstallation chart;
    std::optional<std::string> ns;
    for (const auto& [key, field] : value.entries()) {
      if (key == "namespace") {
        namespace_name("charts.namespace", field, ns);
      } else if (key == "release") {
        if (field.is_scalar() && is_release_name(field.text())) {
          chart.release = field.text();
        } else if (field.exists()) {
          bad_value("charts.release", field, "the name of a release");
        }
      } else if (key == "values") {
        texts("charts.values", field, "a list of files", chart.values);
      } else if (key == "meshes") {
        texts("charts.meshes", field, "a list of names", chart.meshes);
      } else if (key != "path") {
        unknown(key, field, kChartKeys);
      }
    }
    chart.ns = ns.value_or("");
    const yaml::Value path = value["path"];
    chart.path = path.text();
    if (chart.path.empty()) {
      complain(path.exists() ? path.range() : value.range(), "charts: a chart needs a path");
    } else {
      file_.settings.charts.push_back(std::move(chart));
    }
  }

  void texts(std::string_view key, const yaml::Value& value, std::string_view expected,
             std::vector<std::string>& into) {
    if (!value.exists()) return;
    if (!value.is_sequence()) return bad_value(key, value, expected);
    for (const yaml::Value& item : value.items()) {
      if (item.text().empty()) {
        bad_value(key, item, expected);
      } else {
        into.emplace_back(item.text());
      }
    }
  }

  void meshes(const yaml::Value& value) {
    if (!value.exists()) return;
    if (!value.is_sequence()) {
      bad_value("meshes", value, "a list of meshes");
      return;
    }
    for (const yaml::Value& item : value.items()) {
      if (item.is_mapping()) {
        mesh(item);
      } else {
        bad_value("meshes", item, "a mapping with name, and include or builds");
      }
    }
  }

  void mesh(const yaml::Value& value) {
    MeshSettings mesh;
    for (const auto& [key, field] : value.entries()) {
      if (key == "include") {
        globs(key, field, mesh.include);
      } else if (key == "builds") {
        globs(key, field, mesh.builds);
      } else if (key == "limits" || key == "helm" || key == "charts" || key == "baseline" ||
                 key == "followLinks") {
        // What a file says is read once, for all meshes that hold it.
        complain(field.key_range(), fmt::format("{}: {} for the whole folder, and can't be set for a mesh",
                                                key, key == "limits" || key == "charts" ? "hold" : "holds"));
      } else if (key != "name" && !setting(key, field, mesh.settings)) {
        unknown(key, field, kMeshKeys);
      }
    }
    const yaml::Value name = value["name"];
    mesh.name = name.text();
    if (mesh.name.empty()) {
      complain(name.exists() ? name.range() : value.range(), "meshes: a mesh needs a name");
    } else if (!mesh_names_.insert(mesh.name).second) {
      complain(name.range(), fmt::format("meshes: the name '{}' is given twice", mesh.name));
    } else {
      file_.meshes.push_back(std::move(mesh));
    }
  }

  ConfigFile& file_;
  std::span<const std::string_view> codes_;
  std::uint32_t shift_;
  std::set<std::string> mesh_names_;
};

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
    ConfigReader(file, known_codes, slice.begin).folder(root);
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
