// What we build equals in data what the real kustomize built when it was recorded (scripts/record-kustomize).
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <variant>

#include "tests/kustomize/memory_reader.h"
#include "workspace/sources/kustomize.h"
#include "workspace/yaml/reader.h"

namespace tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Numbers that are equal are written alike: a float without a fraction as an integer.
json normal(const json& value) {
  if (value.is_number_float()) {
    const double number = value.get<double>();
    const bool whole = number == static_cast<double>(static_cast<std::int64_t>(number));
    return whole ? json(static_cast<std::int64_t>(number)) : value;
  }
  if (!value.is_structured()) return value;
  json copy = value;
  for (auto& element : copy) element = normal(element);
  return copy;
}

// Whether the text of a build, which the facts are read from, says what the build says as JSON.
bool says(const workspace::yaml::Value& text, const json& data) {
  if (data.is_null()) return !text.exists();
  if (data.is_object()) {
    if (!text.is_mapping() || text.entries().size() != data.size()) return false;
    for (const auto& [key, value] : text.entries()) {
      const auto at = data.find(std::string(key));
      if (at == data.end() || !says(value, *at)) return false;
    }
    return true;
  }
  if (data.is_array()) {
    if (!text.is_sequence() || text.items().size() != data.size()) return false;
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (!says(text.item(i), data[i])) return false;
    }
    return true;
  }
  if (data.is_string()) return text.text() == data.get_ref<const std::string&>();
  return text.is_plain() && normal(json::parse(text.text(), nullptr, false)) == normal(data);
}

// The documents, or null where the build is refused.
json built(MemoryReader& reader, const std::string& root) {
  workspace::Kustomizer kustomizer(reader);
  std::vector<std::string> documents;
  const workspace::Build build = kustomizer.build_as_json(root, documents);
  if (build.refused) {
    CHECK(build.documents.empty());
    return nullptr;
  }
  CHECK(build.documents.size() == documents.size());
  json list = json::array();
  for (std::size_t i = 0; i < documents.size(); ++i) {
    list.push_back(json::parse(documents[i]));
    const std::string_view text = build.documents[i].text();
    const auto read = workspace::yaml::read_yaml(text, workspace::yaml::kWidestLimits);
    const auto* tree = std::get_if<workspace::yaml::Document>(&read);
    CHECK_MESSAGE((tree != nullptr && says(tree->root(), list.back())), text);
  }
  return normal(list);
}

void check_equal(const std::string& name, const json& ours, const json& theirs) {
  const json expected = normal(theirs);
  CHECK_MESSAGE(ours.is_null() == expected.is_null(), name);
  if (ours == expected || !ours.is_array() || !expected.is_array()) {
    CHECK_MESSAGE(ours == expected, name);
    return;
  }
  for (const json& difference : json::diff(expected, ours)) FAIL_CHECK(name, ": ", difference.dump());
}

}  // namespace

TEST_CASE("the recorded cases") {
  std::size_t cases = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(SOURCE_DIR) / "tests/kustomize/cases")) {
    MemoryReader reader;
    for (const auto& file : fs::recursive_directory_iterator(entry.path())) {
      if (!file.is_regular_file() || file.path().filename() == "expected.json") continue;
      reader.add("/" + fs::relative(file.path(), entry.path()).generic_string(), read_file(file.path()));
    }
    check_equal(entry.path().filename(), built(reader, "/"),
                json::parse(read_file(entry.path() / "expected.json")));
    ++cases;
  }
  CHECK(cases > 30);
}

// One line each: the files of a random tree and what it builds. Unpacked by CMake, which needs no library.
TEST_CASE("the recorded overlays") {
  std::istringstream lines(read_file(OVERLAYS_FILE));
  std::size_t trees = 0;
  std::size_t refused = 0;
  for (std::string line; std::getline(lines, line); ++trees) {
    const json recorded = json::parse(line);
    MemoryReader reader;
    for (const auto& [path, text] : recorded["files"].items())
      reader.add("/" + path, text.get<std::string>());
    check_equal("overlay " + std::to_string(trees), built(reader, "/"), recorded["expected"]);
    refused += recorded["expected"].is_null() ? 1 : 0;
  }
  CHECK(trees >= 200);
  CHECK(refused < trees / 2);
}

}  // namespace tests
