#include "lsp/editor_settings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace lsp {
namespace {

using nlohmann::json;
using workspace::Settings;

constexpr const char* kSection = "istioMtls";

class Reader {
 public:
  explicit Reader(const json& section) : section_(section) {}

  EditorSettings read() {
    Settings& settings = result_.settings;
    text("rootNamespace", workspace::is_namespace_name, "the name of a namespace", settings.root_namespace);
    text("defaultNamespace", workspace::is_namespace_name, "the name of a namespace",
         settings.default_namespace);
    text("clusterDomain", workspace::is_domain_name, "a domain name", settings.cluster_domain);
    boolean("enableAutoMtls", settings.enable_auto_mtls);
    exports("defaultDestinationRuleExportTo", settings.default_rule_export_to);
    boolean("separateTIS0207", settings.separate_tis0207);
    exclude();
    severity();
    limits();
    build();
    cluster();
    boolean("followLinks", settings.follow_links);
    boolean("helm", settings.helm);
    charts();
    schema_help();
    diagnostics();
    diagnostics_delay();
    result_.shows_hints = flag("inlayHints");
    result_.shows_lenses = flag("codeLens");
    return std::move(result_);
  }

 private:
  const json* find(const char* key) const {
    const auto found = section_.find(key);
    return found == section_.end() || found->is_null() ? nullptr : &*found;
  }

  void complain(std::string_view key, std::string_view expected) {
    result_.problems.push_back(fmt::format("setting {}.{}: expected {}", kSection, key, expected));
  }

  void text(const char* key, bool (*valid)(std::string_view), std::string_view expected,
            std::optional<std::string>& into) {
    const json* value = find(key);
    if (value == nullptr || *value == "") return;
    if (value->is_string() && valid(value->get_ref<const std::string&>())) {
      into = value->get<std::string>();
    } else {
      complain(key, expected);
    }
  }

  void boolean(const char* key, std::optional<bool>& into) {
    const json* value = find(key);
    if (value == nullptr) return;
    if (value->is_boolean()) {
      into = value->get<bool>();
    } else {
      complain(key, "true or false");
    }
  }

  // True unless it says otherwise.
  bool flag(const char* key) {
    std::optional<bool> value;
    boolean(key, value);
    return value.value_or(true);
  }

  void exports(const char* key, std::optional<std::vector<std::string>>& into) {
    const json* value = find(key);
    if (value == nullptr) return;
    if (!value->is_array()) return complain(key, "a list of namespaces");
    for (const json& name : *value) {
      if (name.is_string() && workspace::is_export(name.get_ref<const std::string&>())) {
        if (!into) into.emplace();
        into->push_back(name.get<std::string>());
      } else {
        complain(key, "a list of namespaces, '.' or '*'");
      }
    }
  }

  void exclude() {
    const json* value = find("exclude");
    if (value == nullptr) return;
    if (!value->is_array()) return complain("exclude", "a list of globs");
    for (const json& glob : *value) {
      if (glob.is_string() && glob.get_ref<const std::string&>().starts_with('!')) {
        result_.problems.push_back(fmt::format("setting {}.exclude: a glob can't be negated", kSection));
      } else if (glob.is_string() && glob != "") {
        result_.settings.exclude.push_back(glob.get<std::string>());
      } else {
        complain("exclude", "a list of globs");
      }
    }
  }

  void severity() {
    const json* value = find("severity");
    if (value == nullptr) return;
    if (!value->is_object()) return complain("severity", "an object of code and severity");
    for (const auto& [code, level] : value->items()) {
      // `off` unquoted is false to YAML 1.1, which some editors' settings pass through.
      const std::string name = level.is_string() ? level.get<std::string>() : level == false ? "off" : "";
      if (const auto parsed = workspace::parse_severity_override(name)) {
        result_.settings.severity[code] = *parsed;
      } else if (!level.is_null()) {
        complain("severity." + code, "off, hint, information, warning or error");
      }
    }
  }

  void limits() {
    const json* value = find("limits");
    if (value == nullptr) return;
    if (!value->is_object()) return complain("limits", "an object of limits and numbers");
    for (const auto& [name, most] : value->items()) {
      const workspace::LimitKind* kind = workspace::find_limit(name);
      if (most.is_null() || most == "") continue;
      if (kind == nullptr) {
        complain("limits." + name, fmt::format("one of {}", fmt::join(workspace::kLimitNames, ", ")));
        continue;
      }
      const std::string text = most.is_string() ? most.get<std::string>() : most.dump();
      if (const auto parsed = workspace::parse_limit(*kind, text)) {
        result_.settings.limits[kind->limit] = *parsed;
      } else {
        complain("limits." + name, workspace::expected_of(*kind));
      }
    }
  }

  void build() {
    const json* value = find("build");
    if (value == nullptr) return;
    if (!value->is_string()) return complain("build", "the name of a build");
    result_.build = value->get<std::string>();
  }

  void cluster() {
    workspace::ClusterSource& source = result_.settings.cluster;
    std::optional<std::string> context;
    std::optional<std::string> snapshot;
    text("cluster", workspace::is_context_name, "a context of kubectl, current or none", context);
    text("snapshot", workspace::is_context_name, "a file that 'istio-mtls-ls snapshot' wrote", snapshot);
    source.asks_no_cluster = context == workspace::kNoContext;
    source.context = source.asks_no_cluster ? "" : context.value_or("");
    source.snapshot = snapshot.value_or("");
    if (!source.context.empty() && !source.snapshot.empty())
      complain("cluster", "not to be set beside snapshot, which counts");
    const json* refresh = find("clusterRefresh");
    if (refresh == nullptr || *refresh == "") return;
    constexpr int kLongest = 24 * 60;
    if (!refresh->is_number_integer() || *refresh < 0 || *refresh > kLongest)
      return complain("clusterRefresh", "minutes, from 0 (off) to 1440");
    if (*refresh > 0) result_.cluster_refresh = std::chrono::minutes(refresh->get<int>());
  }

  void charts() {
    const json* value = find("charts");
    if (value == nullptr) return;
    if (!value->is_array()) return complain("charts", "a list of charts");
    for (const json& item : *value) {
      workspace::ChartInstallation chart;
      const bool is_good = item.is_object() && member(item, "path", chart.path) && !chart.path.empty() &&
                           member(item, "release", chart.release) && member(item, "namespace", chart.ns) &&
                           members(item, "values", chart.values) && members(item, "meshes", chart.meshes) &&
                           (chart.release.empty() || workspace::is_release_name(chart.release)) &&
                           (chart.ns.empty() || workspace::is_namespace_name(chart.ns));
      if (is_good) {
        result_.settings.charts.push_back(std::move(chart));
      } else {
        complain("charts", "a list of objects with path, release, namespace, values and meshes");
      }
    }
  }

  // False: it is something else than a text.
  static bool member(const json& item, const char* key, std::string& into) {
    const auto found = item.find(key);
    if (found == item.end() || found->is_null()) return true;
    if (!found->is_string()) return false;
    into = found->get<std::string>();
    return true;
  }
  static bool members(const json& item, const char* key, std::vector<std::string>& into) {
    const auto found = item.find(key);
    if (found == item.end() || found->is_null()) return true;
    if (!found->is_array()) return false;
    for (const json& one : *found) {
      if (!one.is_string() || one == "") return false;
      into.push_back(one.get<std::string>());
    }
    return true;
  }

  void schema_help() {
    const json* value = find("schemaHelp");
    if (value == nullptr || *value == "" || *value == "auto") return;
    if (!value->is_boolean()) return complain("schemaHelp", "true, false or auto");
    result_.schema_help = value->get<bool>() ? SchemaHelpWhen::Always : SchemaHelpWhen::Never;
  }

  void diagnostics() {
    const json* value = find("diagnostics");
    if (value == nullptr || *value == "" || *value == "auto") return;
    if (*value != "push" && *value != "pull") return complain("diagnostics", "push, pull or auto");
    result_.pull = *value == "pull";
  }

  void diagnostics_delay() {
    const json* value = find("diagnosticsDelay");
    if (value == nullptr || *value == "") return;
    constexpr int kLongest = 10'000;
    if (!value->is_number_integer() || *value < 0 || *value > kLongest)
      return complain("diagnosticsDelay", "milliseconds, from 0 (at once) to 10000");
    result_.diagnostics_delay = std::chrono::milliseconds(value->get<int>());
  }

  const json& section_;
  EditorSettings result_;
};

}  // namespace

EditorSettings read_editor_settings(const json& json) {
  if (json.is_null()) return {};
  if (!json.is_object()) {
    EditorSettings bad;
    bad.problems.push_back(fmt::format("setting {}: expected an object", kSection));
    return bad;
  }
  const auto section = json.find(kSection);
  if (section == json.end()) return Reader(json).read();
  return read_editor_settings(*section);
}

}  // namespace lsp
