// Any text as a folder of kustomizations (story.h), each of which is built, again after each step.
//
// Promises: a build ends, within its limits; what it says as YAML is what it says as JSON; it is of legal
// form, refused or not; built again it is the same, and after a change it is as built afresh.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "fuzz/story.h"
#include "fuzz/target.h"
#include "tests/kustomize/memory_reader.h"
#include "workspace/sources/kustomize.h"
#include "workspace/yaml/reader.h"

namespace fuzz {
namespace {

using nlohmann::json;
using workspace::Build;
using workspace::BuildProblem;
using workspace::BuildProblemKind;
using workspace::Kustomizer;
using workspace::yaml::Value;

constexpr std::size_t kMaxRoots = 4;  // built of one story

// Whether what the facts are read from says what the build says as JSON.
bool says(const Value& text, const json& data) {
  if (data.is_null()) return !text.exists();
  if (data.is_object()) {
    const auto entries = text.written_entries();
    if (!text.is_mapping() || entries.size() != data.size()) return false;
    return std::all_of(entries.begin(), entries.end(), [&](const auto& entry) {
      const auto at = data.find(std::string(entry.first));
      return at != data.end() && says(entry.second, *at);
    });
  }
  if (data.is_array()) {
    if (!text.is_sequence() || text.items().size() != data.size()) return false;
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (!says(text.item(i), data[i])) return false;
    }
    return true;
  }
  if (data.is_string()) return text.is_scalar() && text.text() == data.get_ref<const std::string&>();
  return text.is_plain() && json::parse(text.text(), nullptr, false) == data;
}

void check_problem(const BuildProblem& problem, const Texts& files) {
  const std::string& message = problem.message;
  require(!message.empty(), "a problem has a message");
  require(!problem.path.empty(), message + ": a problem has a file");
  const auto file = files.find(problem.path);
  const std::size_t size = file == files.end() ? 0 : file->second.size();
  require(problem.range.begin <= problem.range.end && problem.range.end <= size,
          fmt::format("{}: a problem lies inside its file, not at {} to {} of {} bytes of {}", message,
                      problem.range.begin, problem.range.end, size, problem.path));
}

void check_form(const Build& build, const Texts& files) {
  const bool tells_refusal =
      std::any_of(build.problems.begin(), build.problems.end(),
                  [](const BuildProblem& problem) { return problem.kind == BuildProblemKind::Refused; });
  require(build.refused == tells_refusal, "a refused build says why, and no other does");
  require(!build.refused || build.documents.empty(), "a refused build has no documents");
  require(build.documents.size() <= workspace::kMaxBuiltDocuments,
          "a build has a limited number of documents");
  for (const BuildProblem& problem : build.problems) check_problem(problem, files);
  const std::vector<std::string>& looked_at = *build.looked_at;
  require(std::is_sorted(looked_at.begin(), looked_at.end()) &&
              std::adjacent_find(looked_at.begin(), looked_at.end()) == looked_at.end(),
          "what was looked at is sorted, each once");
  for (const std::string& file : *build.files) {
    require(files.contains(file), file + ": what a value comes from is there");
    require(std::binary_search(looked_at.begin(), looked_at.end(), file),
            file + ": what a value comes from was looked at");
  }
}

void check_text(std::string_view text, const std::string& as_json) {
  require(text.ends_with('\n'), "a document ends with its line");
  const auto read = workspace::yaml::read_yaml(text, workspace::yaml::kWidestLimits);
  const auto* document = std::get_if<workspace::yaml::Document>(&read);
  require(document != nullptr, fmt::format("what is built is YAML:\n{}", text));
  const json data = json::parse(as_json, nullptr, false);
  require(!data.is_discarded(), "what is built is JSON: " + as_json);
  require(says(document->root(), data), fmt::format("YAML and JSON say the same:\n{}\n{}", text, as_json));
}

void check_same(const Build& a, const Build& b, const std::string& when) {
  require(a.refused == b.refused && a.partial == b.partial, when + ": the same outcome");
  require(a.problems == b.problems, when + ": the same problems");
  require(*a.files == *b.files, when + ": of the same files");
  require(*a.looked_at == *b.looked_at, when + ": having looked at the same");
  require(a.documents.size() == b.documents.size(), when + ": as many documents");
  for (std::size_t i = 0; i < a.documents.size(); ++i) {
    require(a.documents[i].text() == b.documents[i].text(), when + ": the same text");
    require(a.documents[i].map() == b.documents[i].map(), when + ": the same places");
  }
}

// One that remembers what it has built, and what it builds from.
class Workshop {
 public:
  explicit Workshop(Texts files) : files_(std::move(files)), kustomizer_(reader_) {
    for (const auto& [path, text] : files_) reader_.add(path, text);
  }

  void take(const Step& step) {
    if (step.text) {
      files_[step.path] = *step.text;
      reader_.add(step.path, *step.text);
    } else {
      files_.erase(step.path);
      reader_.remove(step.path);
    }
  }

  void build_all() {
    for (const std::string& folder : kustomized_folders(files_, kMaxRoots)) build(folder);
  }

 private:
  void build(const std::string& folder) {
    const Build built = kustomizer_.build(folder);
    check_form(built, files_);
    check_same(kustomizer_.build(folder), built, "once more");
    std::vector<std::string> as_json;
    check_same(Kustomizer(reader_).build_as_json(folder, as_json), built, "afresh");
    require(built.refused || as_json.size() == built.documents.size(), "each document has its JSON");
    for (std::size_t i = 0; i < built.documents.size(); ++i)
      check_text(built.documents[i].text(), as_json[i]);
  }

  Texts files_;
  tests::MemoryReader reader_;
  Kustomizer kustomizer_;
};

}  // namespace

void rendering(std::string_view input) {
  Story story = read_story(input);
  Workshop workshop(std::move(story.files));
  workshop.build_all();
  for (const Step& step : story.steps) {
    workshop.take(step);
    workshop.build_all();
  }
}

}  // namespace fuzz
