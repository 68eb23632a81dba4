#include "cli/auto_fix.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "workspace/sources/file_facts.h"
#include "workspace/yaml/edit.h"

namespace cli {
namespace {

// A fix may make room for others; more rounds than this would mean that two fixes undo each other.
constexpr int kMaxRounds = 10;

// Names a finding across edits, which move its range.
std::string key_of(const checks::Finding& finding) {
  return fmt::format("{}\n{}\n{}\n{}", finding.code, finding.mesh, workspace::to_string(finding.at.id),
                     finding.at.path);
}

class Fixer {
 public:
  Fixer(Project& project, const std::string& code, const std::function<bool(const std::string&)>& may_change)
      : project_(project), code_(code), may_change_(may_change) {}

  AutoFix run() {
    for (int round = 0; round < kMaxRounds; ++round) {
      const std::size_t before = result_.applied;
      for (const std::string& file : project_.analysis.files()) fix_file(file);
      if (result_.applied == before) break;
    }
    return std::move(result_);
  }

 private:
  // Each finding is tried once a round.
  void fix_file(const std::string& file) {
    std::set<std::string> tried;
    while (fix_first(file, tried)) {
    }
  }

  // True: a fix was applied, and what is known of the findings is stale.
  bool fix_first(const std::string& file, std::set<std::string>& tried) {
    for (const checks::Finding& finding : project_.analysis.findings(file)) {
      if (!code_.empty() && finding.code != code_) continue;
      if (!tried.insert(key_of(finding)).second) continue;
      const std::optional<checks::Fix> fix = preferred_fix(finding);
      if (!fix) continue;
      apply(*fix);
      ++result_.applied;
      return true;
    }
    return false;
  }

  std::optional<checks::Fix> preferred_fix(const checks::Finding& finding) {
    for (checks::Fix& fix :
         project_.analysis.fixes(finding, project_.texts(), false, checks::FixFilter::Preferred)) {
      const bool allowed =
          std::all_of(fix.edits.begin(), fix.edits.end(), [this](const checks::FileEdit& edit) {
            return !edit.creates_file && project_.sources.text(edit.file) != nullptr &&
                   may_change_(edit.file);
          });
      if (fix.preferred && !fix.weakens && !fix.edits.empty() && allowed) return std::move(fix);
    }
    return std::nullopt;
  }

  void apply(const checks::Fix& fix) {
    std::map<std::string, std::vector<workspace::yaml::TextEdit>> edits;  // those of a file stay in order
    for (const checks::FileEdit& edit : fix.edits) edits[edit.file].push_back({edit.range, edit.new_text});
    std::vector<checks::FileUpdate> updates;
    for (const auto& [file, file_edits] : edits) {
      const SourceFiles::Text old_text = project_.sources.text(file);
      auto text = std::make_shared<const std::string>(workspace::yaml::apply_edits(*old_text, file_edits));
      const workspace::FileFacts* before = project_.analysis.facts(file);
      updates.push_back({file, workspace::read_facts(*text, before, *old_text, before->limits)});
      project_.sources.set(file, std::move(text));
      result_.before.emplace(file, old_text);  // keeps the first
    }
    project_.analysis.apply(std::move(updates));
  }

  Project& project_;
  const std::string& code_;
  const std::function<bool(const std::string&)>& may_change_;
  AutoFix result_;
};

}  // namespace

AutoFix apply_preferred_fixes(Project& project, const std::string& code,
                              const std::function<bool(const std::string& path)>& may_change) {
  return Fixer(project, code, may_change).run();
}

}  // namespace cli
