// What describes the settings for people and programs says what the table of settings does: no key more, none
// less.
#include "workspace/config/setting_table.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/options.h"
#include "lsp/editor_settings.h"
#include "workspace/config/settings_schema.h"

namespace tests {
namespace {

using nlohmann::json;
using workspace::SettingRow;

std::string read_source(const std::string& path) {
  std::ifstream file(std::string(SOURCE_DIR) + "/" + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The rows of a place by key.
std::map<std::string, const SettingRow*> rows_in(workspace::SettingPlaces place) {
  std::map<std::string, const SettingRow*> rows;
  for (const SettingRow& row : workspace::setting_table()) {
    if (row.may_stand(place)) CHECK_MESSAGE(rows.emplace(row.key, &row).second, row.key);
  }
  return rows;
}

// A JSON schema's type in the words of the table, without null.
std::string type_of(const json& schema) {
  std::string type;
  for (const json& name : schema["type"].is_array() ? schema["type"] : json::array({schema["type"]})) {
    if (name == "null") continue;
    type += (type.empty() ? "" : " or ") +
            (name == "array" ? "list of " + type_of(schema["items"]) : name.get<std::string>());
  }
  return type;
}

}  // namespace

TEST_CASE("settings: the schema of the configuration file") {
  using Path = std::vector<std::string>;
  for (const auto& [place, path] :
       {std::pair(workspace::kInFolder, Path{}), std::pair(workspace::kInMesh, Path{"meshes", "[]"}),
        std::pair(workspace::kInChart, Path{"charts", "[]"})}) {
    auto rows = rows_in(place);
    for (const auto& setting : workspace::settings_schema::keys(path)) {
      CAPTURE(setting.name);
      const auto row = rows.extract(std::string(setting.name));
      REQUIRE(row);
      CHECK(setting.type == row.mapped()->type);
      const std::string_view fallback = row.mapped()->fallback;
      const std::string_view said = fallback == "*" ? "everywhere" : fallback;
      const std::size_t at = setting.description.find("Not set: ");
      CHECK(fallback.empty() == (at == std::string_view::npos));
      if (!fallback.empty())
        CHECK(setting.description.find(fmt::format("{}.", said), at) != std::string_view::npos);
    }
    CHECK(rows.empty());
  }
}

TEST_CASE("settings: those of the VS Code extension") {
  auto rows = rows_in(workspace::kInEditor);
  rows.erase("diagnostics");  // for clients that say more than they do
  const std::map<std::string, json> not_set = {{"string", ""},
                                               {"boolean", nullptr},
                                               {"object", json::object()},
                                               {"list of string", json::array()},
                                               {"list of object", json::array()}};
  const json package = json::parse(read_source("vscode-extension/package.json"));
  for (const json& chapter : package["contributes"]["configuration"]) {
    for (const auto& [name, setting] : chapter["properties"].items()) {
      CAPTURE(name);
      const std::string key = name.substr(workspace::kEditorSection.size() + 1);
      if (key == "server.path" || key == "trace.server") continue;  // the client's own
      const auto found = rows.extract(key);
      REQUIRE(found);
      const SettingRow& row = *found.mapped();
      CHECK(type_of(setting) == row.type);
      const bool is_of_editor = row.places == workspace::kInEditor;
      const json fallback = is_of_editor && row.type != "string" && row.fallback != "auto"
                                ? json::parse(row.fallback)
                                : json(row.fallback);
      CHECK(setting["default"] == (is_of_editor ? fallback : not_set.at(std::string(row.type))));
      if (is_of_editor) CHECK(lsp::read_editor_settings({{key, fallback}}) == lsp::EditorSettings{});
    }
  }
  CHECK(rows.empty());
}

TEST_CASE("settings: the pages about them") {
  const std::string page = read_source("docs/configuration.md");
  const std::string pages = page + read_source("docs/cluster.md");
  for (const SettingRow& row : workspace::setting_table()) {
    CAPTURE(row.key);
    CHECK(pages.find(row.key) != std::string::npos);
    if (!row.may_stand(workspace::kInFolder)) continue;
    const std::size_t begin = page.find(fmt::format("\n| `{}` | ", row.key));
    REQUIRE(begin != std::string::npos);
    const std::string line = page.substr(begin, page.find(" |\n", begin) - begin);
    const std::string fallback = line.substr(line.rfind(" | "));
    CHECK_MESSAGE(fallback.find(row.fallback) != std::string::npos, fallback);
  }
}

TEST_CASE("settings: the options of the command line") {
  const auto help = std::get<cli::EarlyExit>(cli::parse_options({"check", "--help"})).output;
  for (const SettingRow& row : workspace::setting_table()) {
    if (row.option.empty()) continue;
    CAPTURE(row.option);
    const std::size_t begin = help.find(fmt::format("  {}", row.option));
    REQUIRE(begin != std::string::npos);
    const std::string text = help.substr(begin, help.find("\n      --", begin) - begin);
    const bool is_told = row.may_stand(workspace::kInMesh) && row.key != "cluster" && !row.fallback.empty();
    CHECK((!is_told || text.find(fmt::format("[{}]", row.fallback)) != std::string::npos));
  }
}

}  // namespace tests
