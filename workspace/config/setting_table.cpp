#include "workspace/config/setting_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "workspace/base/spelling.h"

namespace workspace {
namespace {

constexpr std::array<std::string_view, 6> kSeverities = {"off",     "hint",  "information",
                                                         "warning", "error", "info"};
constexpr std::string_view kExpectedSeverity = "off, hint, information, warning or error";

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

bool is_any(std::string_view) { return true; }

// Which row a key has in a place; null: none.
const SettingRow* find_row(std::string_view key, SettingPlaces place) {
  const auto rows = setting_table();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const SettingRow& row) {
    return row.key == key && row.may_stand(place);
  });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

// Reads values into what the rows are of. An editor's are read as the file's are, but for what JSON and
// editors ask for: a text is in quotes, and an empty one is not set; keys of others stand beside ours.
class SettingReader {
 public:
  SettingReader(ConfigFile& file, std::span<const std::string_view> codes, std::uint32_t shift)
      : settings_(&file.settings), file_(&file), codes_(codes), shift_(shift) {}
  explicit SettingReader(EditorSettings& editor) : settings_(&editor.settings), editor_(&editor) {}

  std::vector<ConfigProblem> problems;  // an editor's have no place

  void folder(const yaml::Value& root) {
    if (root.is_mapping()) {
      keys(root, kInFolder);
    } else {
      complain(root.range(), fmt::format("expected a mapping of settings, found {}", shown(root)));
    }
  }

  void keys(const yaml::Value& mapping, SettingPlaces place) {
    if (is_editor()) {
      for (const SettingRow& row : setting_table()) {
        if (row.may_stand(place)) (this->*row.read)(row, mapping[row.key]);
      }
      return;
    }
    for (const auto& [key, value] : mapping.entries()) {
      if (const SettingRow* row = find_row(key, place)) {
        (this->*row->read)(*row, value);
      } else {
        unknown(key, value, place);
      }
    }
  }

  // The readers of the rows.

  template <auto Member>
  void boolean(const SettingRow& row, const yaml::Value& value) {
    if (const auto read = read_boolean(row, value)) member<Member>() = *read;
  }

  template <auto Member, bool (*Valid)(std::string_view)>
  void text(const SettingRow& row, const yaml::Value& value) {
    if (const auto read = read_text(row, value, Valid)) member<Member>() = *read;
  }

  // An editor's whole number, as a duration.
  template <auto Member, int Longest>
  void duration(const SettingRow& row, const yaml::Value& value) {
    if (!is_set(value)) return;
    int number = 0;
    const char* const end = value.text().data() + value.text().size();
    const auto read = std::from_chars(value.text().data(), end, number);
    if (value.is_plain() && read.ec == std::errc() && read.ptr == end && number >= 0 && number <= Longest) {
      editor_->*Member = std::remove_cvref_t<decltype(editor_->*Member)>(number);
    } else {
      bad_value(row, value);
    }
  }

  template <auto Member>
  void globs(const SettingRow& row, const yaml::Value& value) {
    for (const yaml::Value& item : items(row, value)) {
      if (!is_text(item) || item.text().empty()) {
        bad_value(row.key, item, is_editor() ? row.expected : "a glob");
      } else if (item.text().starts_with('!')) {
        complain(item.range(), fmt::format("{}{}: a glob can't be negated", prefix(), row.key));
      } else {
        member<Member>().emplace_back(item.text());
      }
    }
  }

  template <auto Member>
  void texts(const SettingRow& row, const yaml::Value& value) {
    for (const yaml::Value& item : items(row, value)) {
      if (is_text(item) && !item.text().empty()) {
        member<Member>().emplace_back(item.text());
      } else {
        bad_value(row, item);
      }
    }
  }

  void exports(const SettingRow& row, const yaml::Value& value) {
    std::optional<std::vector<std::string>>& into = settings_->default_rule_export_to;
    for (const yaml::Value& item : items(row, value)) {
      if (!is_text(item) || !is_export(item.text())) {
        bad_value(row.key, item,
                  is_editor() ? "a list of namespaces, '.' or '*'" : "a namespace, '.' or '*'");
      } else {
        if (!into) into.emplace();
        into->emplace_back(item.text());
      }
    }
  }

  void cluster(const SettingRow& row, const yaml::Value& value) {
    const auto context = read_text(row, value, is_context_name);
    if (context == kNoContext) {
      settings_->cluster.asks_no_cluster = true;
    } else if (context) {
      settings_->cluster.context = *context;
      refuse_both(value);
    }
  }

  void snapshot(const SettingRow& row, const yaml::Value& value) {
    if (const auto file = read_text(row, value, is_context_name)) {
      settings_->cluster.snapshot = *file;
      refuse_both(value);
    }
  }

  void severities(const SettingRow& row, const yaml::Value& value) {
    for (const auto& [code, level] : entries(row, value)) {
      const std::optional<SeverityOverride> parsed = parse_severity_override(level.text());
      if (!is_editor() && !is_known(code)) {
        complain(level.key_range(),
                 fmt::format("severity: unknown code '{}'{}", code, did_you_mean(code, codes_)));
      } else if (parsed) {
        settings_->severity[std::string(code)] = *parsed;
      } else if (!is_editor()) {
        complain(level.range(),
                 fmt::format("severity of {}: expected {}, found {}{}", code, kExpectedSeverity, shown(level),
                             did_you_mean(level.text(), kSeverities)));
      } else if (level.exists()) {
        bad_value(fmt::format("severity.{}", code), level, kExpectedSeverity);
      }
    }
  }

  void limits(const SettingRow& row, const yaml::Value& value) {
    for (const auto& [name, most] : entries(row, value)) {
      const LimitKind* kind = find_limit(name);
      const auto parsed = kind == nullptr ? std::nullopt : parse_limit(*kind, most.text());
      if (parsed) {
        settings_->limits[kind->limit] = *parsed;
      } else if (kind == nullptr && !is_editor()) {
        complain(most.key_range(),
                 fmt::format("limits: unknown limit '{}'{}", name, did_you_mean(name, kLimitNames)));
      } else if (is_set(most)) {
        bad_value(
            fmt::format("limits.{}", name), most,
            kind == nullptr ? fmt::format("one of {}", fmt::join(kLimitNames, ", ")) : expected_of(*kind));
      }
    }
  }

  void charts(const SettingRow& row, const yaml::Value& value) {
    const std::string_view expected =
        is_editor() ? "a list of objects with path, release, namespace, values and meshes"
                    : "a mapping with path";
    for (const yaml::Value& item : items(row, value)) {
      if (!item.is_mapping()) {
        bad_value(row.key, item, expected);
        continue;
      }
      const std::size_t before = problems.size();
      chart_ = {};
      keys(item, kInChart);
      need(item, "path", chart_.path, "charts: a chart needs a path");
      if (is_editor() && problems.size() != before) {  // which has one message for all of them
        problems.resize(before);
        bad_value(row.key, item, expected);
      } else if (!chart_.path.empty()) {
        settings_->charts.push_back(std::move(chart_));
      }
    }
  }

  void meshes(const SettingRow& row, const yaml::Value& value) {
    for (const yaml::Value& item : items(row, value)) {
      if (!item.is_mapping()) {
        bad_value(row.key, item, "a mapping with name, and include or builds");
        continue;
      }
      mesh_ = {};
      mesh_.name.clear();
      settings_ = &mesh_.settings;
      keys(item, kInMesh);
      settings_ = &file_->settings;
      if (!need(item, "name", mesh_.name, "meshes: a mesh needs a name")) continue;
      if (mesh_names_.insert(mesh_.name).second) {
        file_->meshes.push_back(std::move(mesh_));
      } else {
        complain(item["name"].range(), fmt::format("meshes: the name '{}' is given twice", mesh_.name));
      }
    }
  }

  // A text that its item is asked for (`need`), so that it is reported once.
  template <auto Member>
  void needed(const SettingRow&, const yaml::Value& value) {
    if (is_text(value)) member<Member>() = value.text();
  }

  void schema_help(const SettingRow& row, const yaml::Value& value) {
    if (!is_set(value) || (is_text(value) && value.text() == "auto")) return;
    if (const auto always = read_boolean(row, value))
      editor_->schema_help = *always ? SchemaHelpWhen::Always : SchemaHelpWhen::Never;
  }

  void diagnostics(const SettingRow& row, const yaml::Value& value) {
    const auto is_word = [](std::string_view text) {
      return text == "push" || text == "pull" || text == "auto";
    };
    const auto how = read_text(row, value, is_word);
    if (how && how != "auto") editor_->pull = how == "pull";
  }

 private:
  [[nodiscard]] bool is_editor() const { return editor_ != nullptr; }
  [[nodiscard]] bool is_text(const yaml::Value& value) const {
    return value.is_scalar() && !(is_editor() && value.is_plain());
  }
  [[nodiscard]] bool is_set(const yaml::Value& value) const {
    return value.exists() && !(is_editor() && is_text(value) && value.text().empty());
  }
  [[nodiscard]] std::string prefix() const {
    return is_editor() ? fmt::format("setting {}.", kEditorSection) : std::string();
  }

  // What a row is of, in whatever is being read.
  template <auto Member>
  auto& member() {
    if constexpr (std::is_invocable_v<decltype(Member), EditorSettings&>) {
      return editor_->*Member;
    } else if constexpr (std::is_invocable_v<decltype(Member), ConfigFile&>) {
      return file_->*Member;
    } else if constexpr (std::is_invocable_v<decltype(Member), MeshSettings&>) {
      return mesh_.*Member;
    } else if constexpr (std::is_invocable_v<decltype(Member), ChartInstallation&>) {
      return chart_.*Member;
    } else {
      return settings_->*Member;
    }
  }

  void complain(ByteRange range, std::string message) {
    problems.push_back({std::move(message), shifted(range, shift_)});
  }

  void bad_value(std::string_view key, const yaml::Value& value, std::string_view expected) {
    const std::string found = is_editor() ? std::string() : ", found " + shown(value);
    complain(value.range(), fmt::format("{}{}: expected {}{}", prefix(), key, expected, found));
  }
  void bad_value(const SettingRow& row, const yaml::Value& value) {
    bad_value(row.may_stand(kInChart) ? fmt::format("charts.{}", row.key) : std::string(row.key), value,
              is_editor() ? row.expected_in_editor : row.expected);
  }

  void unknown(std::string_view key, const yaml::Value& value, SettingPlaces place) {
    const SettingRow* of_folder = find_row(key, kInFolder);
    if (place == kInMesh && of_folder != nullptr && key != "meshes") {
      // What a file says is read once, for all meshes that hold it.
      const bool is_plural = of_folder->type == "object" || of_folder->type.starts_with("list");
      complain(value.key_range(), fmt::format("{}: {} for the whole folder, and can't be set for a mesh", key,
                                              is_plural ? "hold" : "holds"));
      return;
    }
    std::vector<std::string_view> known;
    for (const SettingRow& row : setting_table()) {
      if (row.may_stand(place)) known.push_back(row.key);
    }
    complain(value.key_range(), fmt::format("unknown key '{}'{}", key, did_you_mean(key, known)));
  }

  // Reports that an item has no `text`, which its `key` is to give it.
  bool need(const yaml::Value& item, std::string_view key, const std::string& text, std::string message) {
    if (!text.empty()) return true;
    const yaml::Value value = item[key];
    complain(value.exists() ? value.range() : item.range(), std::move(message));
    return false;
  }

  void refuse_both(const yaml::Value& value) {
    if (settings_->cluster.context.empty() || settings_->cluster.snapshot.empty()) return;
    if (is_editor()) {
      bad_value("cluster", value, "not to be set beside snapshot, which counts");
    } else {
      complain(value.range(), "cluster and snapshot exclude each other; the snapshot counts");
    }
  }

  [[nodiscard]] bool is_known(std::string_view code) const {
    return codes_.empty() ? looks_like_code(code)
                          : std::find(codes_.begin(), codes_.end(), code) != codes_.end();
  }

  // What these return is none, or empty, where the value is not set or was complained of.

  std::optional<bool> read_boolean(const SettingRow& row, const yaml::Value& value) {
    constexpr std::array<std::string_view, 6> kWords = {"true", "True", "TRUE", "false", "False", "FALSE"};
    if (!value.exists()) return std::nullopt;
    const auto word = std::find(kWords.begin(), kWords.end(), value.text());
    if (value.is_plain() && word != kWords.end()) return word < kWords.begin() + 3;
    bad_value(row, value);
    return std::nullopt;
  }

  std::optional<std::string_view> read_text(const SettingRow& row, const yaml::Value& value,
                                            bool (*valid)(std::string_view)) {
    if (!is_set(value)) return std::nullopt;
    if (is_text(value) && valid(value.text())) return value.text();
    bad_value(row, value);
    return std::nullopt;
  }

  yaml::Items items(const SettingRow& row, const yaml::Value& value) {
    if (value.exists() && !value.is_sequence()) bad_value(row, value);
    return value.items();
  }

  yaml::Entries entries(const SettingRow& row, const yaml::Value& value) {
    if (value.exists() && !value.is_mapping()) bad_value(row, value);
    return value.entries();
  }

  Settings* settings_;                // of the folder or the editor, or of mesh_ while that is read
  ConfigFile* file_ = nullptr;        // null: an editor's are read
  EditorSettings* editor_ = nullptr;  // null: a file is read
  MeshSettings mesh_;                 // the item that is being read
  ChartInstallation chart_;           // likewise
  std::span<const std::string_view> codes_;
  std::uint32_t shift_ = 0;
  std::set<std::string> mesh_names_;
};

std::span<const SettingRow> setting_table() {
  using R = SettingReader;
  using S = Settings;
  using E = EditorSettings;
  using C = ChartInstallation;
  using M = MeshSettings;
  constexpr SettingPlaces kForAll = kInFolder | kInMesh | kInEditor;
  constexpr SettingPlaces kForFolder = kInFolder | kInEditor;  // whatever its meshes
  constexpr std::string_view kNamespace = "the name of a namespace";
  constexpr std::string_view kBoolean = "true or false";
  constexpr std::string_view kGlobs = "a list of globs";
  static constexpr std::array<SettingRow, 31> kRows = {{
      {"rootNamespace", kForAll, "string", &R::text<&S::root_namespace, is_namespace_name>, kNamespace,
       "istio-system", "--root-namespace"},
      {"defaultNamespace", kForAll, "string", &R::text<&S::default_namespace, is_namespace_name>, kNamespace,
       "default", "--default-namespace"},
      {"clusterDomain", kForAll, "string", &R::text<&S::cluster_domain, is_domain_name>,
       "a domain such as cluster.local", "cluster.local", "--cluster-domain", "a domain name"},
      {"enableAutoMtls", kForAll, "boolean", &R::boolean<&S::enable_auto_mtls>, kBoolean, "true",
       "--auto-mtls"},
      {"defaultDestinationRuleExportTo", kForAll, "list of string", &R::exports, "a list of namespaces", "*",
       "--rule-export-to"},
      {"separateTIS0207", kForAll, "boolean", &R::boolean<&S::separate_tis0207>, kBoolean, "false"},
      {"exclude", kForAll, "list of string", &R::globs<&S::exclude>, kGlobs, "", "--exclude"},
      {"severity", kForAll, "object", &R::severities, "a mapping of codes to severities", "", "",
       "an object of code and severity"},
      {"limits", kForFolder, "object", &R::limits, "a mapping of limits to numbers", "", "--limit",
       "an object of limits and numbers"},
      {"build", kInEditor, "string", &R::text<&E::build, is_any>, "the name of a build"},
      {"cluster", kForAll, "string", &R::cluster, "a context of kubectl, current or none", "none",
       "--cluster"},
      {"snapshot", kForAll, "string", &R::snapshot, "a file that 'istio-mtls-ls snapshot' wrote", "",
       "--snapshot"},
      {"clusterRefresh", kInEditor, "integer", &R::duration<&E::cluster_refresh, 24 * 60>,
       "minutes, from 0 (off) to 1440", "0"},
      {"followLinks", kForFolder, "boolean", &R::boolean<&S::follow_links>, kBoolean, "false",
       "--follow-links"},
      {"helm", kForFolder, "boolean", &R::boolean<&S::helm>, kBoolean, "false", "--helm"},
      {"charts", kForFolder, "list of object", &R::charts, "a list of charts"},
      {"schemaHelp", kInEditor, "string or boolean", &R::schema_help, "true, false or auto", "auto"},
      {"diagnostics", kInEditor, "string", &R::diagnostics, "push, pull or auto", "auto"},
      {"diagnosticsDelay", kInEditor, "integer", &R::duration<&E::diagnostics_delay, 10'000>,
       "milliseconds, from 0 (at once) to 10000", "400"},
      {"inlayHints", kInEditor, "boolean", &R::boolean<&E::shows_hints>, kBoolean, "true"},
      {"codeLens", kInEditor, "boolean", &R::boolean<&E::shows_lenses>, kBoolean, "true"},
      {"baseline", kInFolder, "string", &R::text<&ConfigFile::baseline, is_context_name>,
       "a file that 'istio-mtls-ls baseline' wrote", "", "--baseline"},
      {"meshes", kInFolder, "list of object", &R::meshes, "a list of meshes"},
      {"name", kInMesh, "string", &R::needed<&M::name>},
      {"include", kInMesh, "list of string", &R::globs<&M::include>, kGlobs},
      {"builds", kInMesh, "list of string", &R::globs<&M::builds>, kGlobs},
      {"path", kInChart, "string", &R::needed<&C::path>},
      {"release", kInChart, "string", &R::text<&C::release, is_release_name>, "the name of a release"},
      {"namespace", kInChart, "string", &R::text<&C::ns, is_namespace_name>, kNamespace},
      {"values", kInChart, "list of string", &R::texts<&C::values>, "a list of files"},
      {"meshes", kInChart, "list of string", &R::texts<&C::meshes>, "a list of names"},
  }};
  return kRows;
}

void read_folder_settings(const yaml::Value& root, std::span<const std::string_view> known_codes,
                          std::uint32_t shift, ConfigFile& file) {
  SettingReader reader(file, known_codes, shift);
  reader.folder(root);
  for (ConfigProblem& problem : reader.problems) file.problems.push_back(std::move(problem));
}

EditorSettings read_editor_keys(const yaml::Value& section) {
  EditorSettings editor;
  SettingReader reader(editor);
  reader.keys(section, kInEditor);
  for (ConfigProblem& problem : reader.problems) editor.problems.push_back(std::move(problem.message));
  return editor;
}

}  // namespace workspace
