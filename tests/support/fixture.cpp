#include "tests/support/fixture.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <tuple>

#include "checks/registry.h"
#include "workspace/config/config_file.h"
#include "workspace/sources/file_facts.h"

namespace tests {

namespace {

namespace fs = std::filesystem;
using workspace::ByteRange;

constexpr std::string_view kRoot = "/fixture/";
constexpr std::string_view kBlanks = " \t\r\n";

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1));
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(trimmed(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

// ---------------------------------------------------------------- caret lines

// The byte at which a column starts, or the line's size.
std::size_t byte_of_column(std::string_view line, std::size_t column) {
  std::size_t at = 0;
  for (; at < line.size(); ++at) {
    const bool starts_character = (static_cast<unsigned char>(line[at]) & 0xC0U) != 0x80U;
    if (starts_character && column-- == 0) break;
  }
  return at;
}

struct CaretMark {
  std::size_t column = 0;
  std::size_t length = 0;
  std::string_view rest;
};

std::optional<CaretMark> find_mark(std::string_view line) {
  const std::size_t hash = line.find_first_not_of(" \t");
  if (hash == std::string_view::npos || line[hash] != '#') return std::nullopt;
  std::size_t first = line.find_first_not_of(" \t", hash + 1);
  if (first == std::string_view::npos) return std::nullopt;
  const bool at_line_start = line[first] == '<';
  if (at_line_start) ++first;
  if (first >= line.size() || line[first] != '^') return std::nullopt;
  const std::size_t end = std::min(line.find_first_not_of('^', first), line.size());
  return CaretMark{at_line_start ? 0 : first, end - first, line.substr(end)};
}

// "error TIS0208: message" -> the parts; the keyword decides what is allowed.
std::optional<std::string> parse_statement(std::string_view statement, Caret& caret) {
  const std::string text = trimmed(statement);
  const std::size_t space = text.find(' ');
  const std::size_t colon = text.find(':');
  caret.keyword = text.substr(0, space);
  static const std::set<std::string> kKeywords = {"error", "warning", "information",
                                                  "hint",  "related", "fix"};
  if (!kKeywords.contains(caret.keyword)) return fmt::format("unknown keyword \"{}\"", caret.keyword);
  if (colon == std::string::npos || space > colon) return "expected \"keyword CODE: text\"";
  caret.code = trimmed(text.substr(space, colon - space));
  if (checks::find_check(caret.code) == nullptr) return fmt::format("unknown code \"{}\"", caret.code);
  caret.text = trimmed(text.substr(colon + 1));
  if (caret.text.empty()) return "expected text after the code";
  if (caret.keyword != "fix") return std::nullopt;
  const std::size_t arrow = caret.text.find("=>");
  if (arrow == std::string::npos) return "expected \"title => result\"";
  caret.result = trimmed(caret.text.substr(arrow + 2));
  caret.text = trimmed(caret.text.substr(0, arrow));
  return std::nullopt;
}

void add_caret(AnnotatedText& into, const CaretMark& mark, std::size_t line_begin, std::uint32_t number) {
  Caret caret;
  caret.line = number;
  const std::string_view line =
      std::string_view(into.text).substr(line_begin, into.text.find('\n', line_begin) - line_begin);
  caret.range = {static_cast<std::uint32_t>(line_begin + byte_of_column(line, mark.column)),
                 static_cast<std::uint32_t>(line_begin + byte_of_column(line, mark.column + mark.length))};
  const auto problem = parse_statement(mark.rest, caret);
  if (problem) {
    into.problems.push_back(fmt::format("{}: {}", number, *problem));
  } else {
    into.carets.push_back(std::move(caret));
  }
}

}  // namespace

AnnotatedText read_annotated(std::string_view file) {
  constexpr std::string_view kRechecks = "# rechecks:";
  AnnotatedText result;
  std::size_t spoken_of = 0;  // where the last line that is no caret line begins
  std::uint32_t number = 0;
  while (!file.empty()) {
    ++number;
    const std::string_view line = file.substr(0, std::min(file.find('\n'), file.size() - 1) + 1);
    file.remove_prefix(line.size());
    if (const auto mark = find_mark(line)) {
      add_caret(result, *mark, spoken_of, number);
    } else if (line.starts_with(kRechecks)) {
      result.rechecks = split(line.substr(kRechecks.size()), ",");
    } else {
      spoken_of = result.text.size();
      result.text += line;
    }
  }
  return result;
}

bool states(const FixtureStep& step, std::string_view code) {
  return std::any_of(step.begin(), step.end(), [code](const auto& file) {
    return std::any_of(file.second.carets.begin(), file.second.carets.end(), [code](const Caret& caret) {
      return caret.code == code && caret.keyword != "related" && caret.keyword != "fix";
    });
  });
}

// ---------------------------------------------------------------- files

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

bool updating_golden() { return std::getenv("UPDATE_GOLDEN") != nullptr; }

namespace {

bool is_manifest(const fs::path& path) {
  const std::string extension = path.extension();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

bool is_result(const fs::path& path) { return path.stem().extension() == ".fixed"; }

// "x.2.yaml" -> 2; 0: the file before any edit.
std::size_t step_of(const fs::path& path) {
  const std::string part = path.stem().extension();
  const bool numbered = part.size() > 1 && std::all_of(part.begin() + 1, part.end(),
                                                       [](char c) { return c >= '0' && c <= '9'; });
  return numbered ? std::stoul(part.substr(1)) : 0;
}

// "a/x.2.yaml" -> "a/x.yaml"
std::string unedited_name(const fs::path& path) {
  if (step_of(path) == 0) return path.generic_string();
  return (path.parent_path() / (path.stem().stem().string() + path.extension().string())).generic_string();
}

// `files`: paths below `folder`.
Fixture make_fixture(std::string name, const fs::path& folder, const std::vector<fs::path>& files) {
  Fixture fixture{std::move(name), folder, "", {}};
  std::size_t last = 0;
  for (const fs::path& file : files) last = std::max(last, step_of(file));
  for (std::size_t step = 0; step <= last; ++step) {
    FixtureStep state = step == 0 ? FixtureStep() : fixture.steps.back();
    for (auto& [path, text] : state) text.rechecks.reset();
    for (const fs::path& file : files) {
      if (step_of(file) == step) state[unedited_name(file)] = read_annotated(read_file(folder / file));
    }
    fixture.steps.push_back(std::move(state));
  }
  return fixture;
}

Fixture folder_fixture(std::string name, const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || !is_manifest(entry.path()) || is_result(entry.path())) continue;
    if (entry.path().filename() != workspace::kConfigFileName)
      files.push_back(fs::relative(entry.path(), folder));
  }
  std::sort(files.begin(), files.end());
  Fixture fixture = make_fixture(std::move(name), folder, files);
  fixture.config = read_file(folder / workspace::kConfigFileName);
  return fixture;
}

}  // namespace

std::vector<Fixture> find_fixtures(const fs::path& folder) {
  std::vector<Fixture> found;
  std::map<std::string, std::vector<fs::path>> by_name;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path name = entry.path().filename();
    if (entry.is_directory()) {
      found.push_back(folder_fixture(name.string(), entry.path()));
    } else if (is_manifest(name) && !is_result(name)) {
      by_name[unedited_name(name)].push_back(name);
    }
  }
  for (const auto& [name, files] : by_name) found.push_back(make_fixture(name, folder, files));
  std::sort(found.begin(), found.end(), [](const Fixture& a, const Fixture& b) { return a.name < b.name; });
  return found;
}

// ---------------------------------------------------------------- running

namespace {

using Texts = std::map<std::string, std::string>;  // by absolute path

std::string absolute(const std::string& path) { return std::string(kRoot) + path; }
std::string relative(const std::string& path) { return path.substr(kRoot.size()); }

std::vector<checks::MeshDefinition> meshes_of(const std::string& config) {
  const std::string root(kRoot.substr(0, kRoot.size() - 1));
  std::vector<checks::MeshDefinition> meshes;
  for (const workspace::MeshSettings& mesh : resolve_meshes(workspace::read_config(config), {}))
    meshes.push_back({mesh.name, root, mesh.include, mesh.builds, mesh.settings});
  return meshes;
}

// A workspace in memory; edits read on from the old facts, as in the product.
class World {
 public:
  explicit World(const std::string& config) : analysis_(checks::check_registry(), meshes_of(config)) {}

  std::vector<std::string> write(const Texts& texts) {
    std::vector<checks::FileUpdate> updates;
    for (const auto& [path, text] : texts) {
      const auto old = texts_.find(path);
      if (old != texts_.end() && old->second == text) continue;
      const workspace::FileFacts* facts = old == texts_.end() ? nullptr : analysis_.facts(path);
      updates.push_back(
          {path, workspace::read_facts(text, facts, facts == nullptr ? std::string_view() : old->second)});
    }
    texts_ = texts;
    return analysis_.apply(std::move(updates));
  }

  [[nodiscard]] const Texts& texts() const { return texts_; }
  [[nodiscard]] std::vector<checks::Finding> findings() const { return analysis_.all_findings(); }

  std::vector<checks::Fix> fixes(const checks::Finding& finding) {
    const auto source = [this](const std::string& path) -> std::shared_ptr<const std::string> {
      const auto at = texts_.find(path);
      return at == texts_.end() ? nullptr : std::make_shared<const std::string>(at->second);
    };
    return analysis_.fixes(finding, source, true);
  }

 private:
  checks::Analysis analysis_;
  Texts texts_;
};

std::string described(const checks::Finding& finding) {
  return fmt::format("{} {}: {}", checks::severity_name(finding.severity), finding.code, finding.message);
}

// One state of a fixture against what its files state.
class StepCheck {
 public:
  StepCheck(const Fixture& fixture, const FixtureStep& step, World& world, std::vector<std::string>& failures)
      : fixture_(fixture), step_(step), world_(world), failures_(failures), findings_(world.findings()) {}

  void run() {
    for (const auto& [path, file] : step_) {
      for (const std::string& problem : file.problems)
        failures_.push_back(fmt::format("{}:{}", path, problem));
      for (const Caret& caret : file.carets) {
        if (caret.keyword == "related") {
          expect_related(path, caret);
        } else if (caret.keyword != "fix") {
          expect_finding(path, caret);
        }
      }
      for (const Caret& caret : file.carets) {
        if (caret.keyword == "fix") expect_fixes(path, caret, file.carets);
      }
    }
    for (std::size_t i = 0; i < findings_.size(); ++i) {
      if (!expected_.contains(i)) tell_unexpected(findings_[i]);
    }
  }

 private:
  void fail(const std::string& path, std::uint32_t line, std::string_view what) {
    failures_.push_back(fmt::format("{}:{}: {}", path, line, what));
  }

  // One caret also stands for an empty range.
  [[nodiscard]] static bool is_at(const checks::Location& place, const std::string& path, ByteRange range) {
    if (place.range.begin == place.range.end && range.size() == 1) range.end = range.begin;
    return place.file == absolute(path) && place.range == range;
  }

  void expect_finding(const std::string& path, const Caret& caret) {
    std::string near;
    for (std::size_t i = 0; i < findings_.size(); ++i) {
      const checks::Finding& finding = findings_[i];
      if (expected_.contains(i) || !is_at(finding.at, path, caret.range)) continue;
      near += fmt::format("\n    here: {}", described(finding));
      if (finding.code != caret.code || checks::severity_name(finding.severity) != caret.keyword) continue;
      if (finding.message.find(caret.text) == std::string::npos) continue;
      expected_.insert(i);
      return;
    }
    fail(path, caret.line, fmt::format("missing: {} {}: {}{}", caret.keyword, caret.code, caret.text, near));
  }

  void expect_related(const std::string& path, const Caret& caret) {
    for (const checks::Finding& finding : findings_) {
      if (finding.code != caret.code) continue;
      for (const checks::Related& related : finding.related) {
        if (is_at(related.place, path, caret.range) &&
            related.message.find(caret.text) != std::string::npos) {
          return;
        }
      }
    }
    fail(path, caret.line, fmt::format("missing: related {}: {}", caret.code, caret.text));
  }

  // With the caret line that would state it.
  void tell_unexpected(const checks::Finding& finding) {
    const std::string path = relative(finding.at.file);
    const std::string& text = step_.at(path).text;
    const ByteRange range = finding.at.range;
    const std::size_t begin = range.begin == 0 ? 0 : text.rfind('\n', range.begin - 1) + 1;
    const std::string line = text.substr(begin, text.find('\n', begin) - begin);
    const std::size_t column = range.begin - begin;
    const std::size_t indent =
        std::min(line.find_first_not_of(' '), column - std::min<std::size_t>(column, 1));
    const std::string lead =
        column == 0 ? "#<" : std::string(indent, ' ') + "#" + std::string(column - indent - 1, ' ');
    failures_.push_back(fmt::format("{}: unexpected:\n{}\n{}{} {}", path, line, lead,
                                    std::string(std::max<std::size_t>(range.size(), 1), '^'),
                                    described(finding)));
  }

  // Fixes.

  void expect_fixes(const std::string& path, const Caret& caret, const std::vector<Caret>& carets) {
    std::vector<const Caret*> stated;
    for (const Caret& other : carets) {
      if (other.keyword == "fix" && other.code == caret.code && other.range == caret.range)
        stated.push_back(&other);
    }
    if (stated.front() != &caret) return;  // with the first one
    const auto finding = std::find_if(findings_.begin(), findings_.end(), [&](const checks::Finding& found) {
      return found.code == caret.code && is_at(found.at, path, caret.range);
    });
    if (finding == findings_.end()) return fail(path, caret.line, "a fix of a finding that is not there");
    const std::vector<checks::Fix> fixes = world_.fixes(*finding);
    for (std::size_t i = 0; i < std::max(fixes.size(), stated.size()); ++i) {
      if (i >= stated.size()) {
        fail(path, caret.line, fmt::format("unexpected fix {}: {}", caret.code, fixes[i].title));
      } else if (i >= fixes.size() || fixes[i].title.find(stated[i]->text) == std::string::npos) {
        fail(path, stated[i]->line,
             fmt::format("missing fix {}: {}, offered there: {}", caret.code, stated[i]->text,
                         i < fixes.size() ? fixes[i].title : "none"));
      } else {
        check_fix(path, *stated[i], *finding, fixes[i]);
      }
    }
  }

  void check_fix(const std::string& path, const Caret& caret, const checks::Finding& finding,
                 const checks::Fix& fix) {
    const bool says_so = fix.title.find("weakens") != std::string::npos;
    if (says_so != fix.weakens) fail(path, caret.line, "a fix that weakens says so, and no other");
    Texts after = world_.texts();
    for (auto edit = fix.edits.rbegin(); edit != fix.edits.rend(); ++edit)
      after[edit->file].replace(edit->range.begin, edit->range.size(), edit->new_text);
    check_healed(path, caret, finding, after);
    std::set<std::string> changed;
    for (const checks::FileEdit& edit : fix.edits) changed.insert(edit.file);
    if (caret.result.ends_with(".yaml")) {
      compare_files(path, caret, changed, after);
    } else {
      compare_lines(path, caret, changed, after);
    }
  }

  void check_healed(const std::string& path, const Caret& caret, const checks::Finding& finding,
                    const Texts& after) {
    using Key = std::tuple<std::string, workspace::ResourceId, std::string>;
    const auto key_of = [](const checks::Finding& f) { return Key(f.code, f.at.id, f.at.path); };
    World healed(fixture_.config);
    healed.write(after);
    for (const checks::Finding& left : healed.findings()) {
      if (key_of(left) == key_of(finding)) fail(path, caret.line, "the fix leaves its finding");
      if (left.severity != checks::Severity::Error) continue;
      const bool was_there = std::any_of(findings_.begin(), findings_.end(), [&](const auto& before) {
        return key_of(before) == key_of(left) && before.severity == checks::Severity::Error;
      });
      if (!was_there) fail(path, caret.line, "the fix makes a new error: " + described(left));
    }
  }

  void compare_files(const std::string& path, const Caret& caret, const std::set<std::string>& changed,
                     const Texts& after) {
    const std::vector<std::string> names = split(caret.result, ",");
    if (names.size() != changed.size())
      return fail(path, caret.line, fmt::format("the fix changes {} files", changed.size()));
    auto name = names.begin();
    for (const std::string& file : changed) {
      const fs::path golden = fixture_.folder / *name++;
      if (updating_golden()) std::ofstream(golden, std::ios::binary) << after.at(file);
      if (read_file(golden) != after.at(file))
        fail(path, caret.line,
             fmt::format("{} is not what the fix makes:\n{}", golden.string(), after.at(file)));
    }
  }

  void compare_lines(const std::string& path, const Caret& caret, const std::set<std::string>& changed,
                     const Texts& after) {
    std::string lines;
    for (const std::string& file : changed) {
      const auto before = world_.texts().find(file);
      const std::string added =
          changed_lines(before == world_.texts().end() ? "" : before->second, after.at(file));
      lines += (lines.empty() ? "" : " ") + added;
    }
    if (lines != caret.result)
      fail(path, caret.line, fmt::format("the fix makes \"{}\", not \"{}\"", lines, caret.result));
  }

  // The lines of `after` between what both texts begin and end with, trimmed and joined.
  static std::string changed_lines(const std::string& before, const std::string& after) {
    std::vector<std::string> old_lines = split(before, "\n");
    std::vector<std::string> new_lines = split(after, "\n");
    while (!old_lines.empty() && !new_lines.empty() && old_lines.back() == new_lines.back()) {
      old_lines.pop_back();
      new_lines.pop_back();
    }
    const auto first =
        std::mismatch(new_lines.begin(), new_lines.end(), old_lines.begin(), old_lines.end()).first;
    return fmt::format("{}", fmt::join(first, new_lines.end(), " "));
  }

  const Fixture& fixture_;
  const FixtureStep& step_;
  World& world_;
  std::vector<std::string>& failures_;
  std::vector<checks::Finding> findings_;
  std::set<std::size_t> expected_;  // indices of findings that are stated
};

Texts texts_of(const FixtureStep& step) {
  Texts texts;
  for (const auto& [path, file] : step) texts[absolute(path)] = file.text;
  return texts;
}

void check_rechecked(const FixtureStep& step, const std::vector<std::string>& touched,
                     std::vector<std::string>& failures) {
  std::vector<std::string> names;
  std::transform(touched.begin(), touched.end(), std::back_inserter(names), relative);
  for (const auto& [path, file] : step) {
    if (!file.rechecks) continue;
    std::vector<std::string> stated = *file.rechecks;
    std::sort(stated.begin(), stated.end());
    if (stated != names)
      failures.push_back(fmt::format("{}: the edit rechecks {}", path, fmt::join(names, ", ")));
  }
}

// A broken document keeps its last good meaning, which reading it anew can't know.
bool is_broken(const World& world) {
  const auto findings = world.findings();
  return std::any_of(findings.begin(), findings.end(),
                     [](const checks::Finding& finding) { return !finding.at.has_resource; });
}

std::vector<std::string> all_described(const std::vector<checks::Finding>& findings) {
  std::vector<std::string> lines;
  for (const checks::Finding& finding : findings) {
    lines.push_back(fmt::format("{}:{}-{} {}", finding.at.file, finding.at.range.begin, finding.at.range.end,
                                described(finding)));
    for (const checks::Related& related : finding.related)
      lines.push_back(fmt::format("  {}:{}-{} {}", related.place.file, related.place.range.begin,
                                  related.place.range.end, related.message));
  }
  return lines;
}

}  // namespace

std::vector<checks::Finding> findings_of(const Texts& texts, const std::string& config) {
  World world(config);
  Texts rooted;
  for (const auto& [path, text] : texts) rooted[absolute(path)] = text;
  world.write(rooted);
  return world.findings();
}

std::vector<std::string> run_fixture(const Fixture& fixture) {
  std::vector<std::string> failures;
  for (const workspace::ConfigProblem& problem : workspace::read_config(fixture.config).problems)
    failures.push_back(fmt::format("{}: {}", workspace::kConfigFileName, problem.message));
  World world(fixture.config);
  for (std::size_t i = 0; i < fixture.steps.size(); ++i) {
    const FixtureStep& step = fixture.steps[i];
    std::vector<std::string> found;
    const std::vector<std::string> touched = world.write(texts_of(step));
    check_rechecked(step, touched, found);
    StepCheck(fixture, step, world, found).run();
    World fresh(fixture.config);
    fresh.write(texts_of(step));
    if (!is_broken(world) && all_described(fresh.findings()) != all_described(world.findings()))
      found.push_back("the edit gives other findings than reading the files anew");
    for (std::string& failure : found)
      failures.push_back(i == 0 ? std::move(failure) : fmt::format("after edit {}: {}", i, failure));
  }
  return failures;
}

}  // namespace tests
