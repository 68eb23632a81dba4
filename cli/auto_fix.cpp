#include "cli/auto_fix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
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

// A document of a file, by its place there.
using DocumentKey = std::pair<std::string, std::size_t>;

// Fixes of one state of the files that do not depend on each other: none edits what the finding of another
// one names. They are applied together, so that a file is read once for all of them.
class Batch {
 public:
  explicit Batch(const checks::Analysis& analysis) : analysis_(analysis) {}

  // Whether a fix chosen before edits a document that the finding names.
  [[nodiscard]] bool concerns(const checks::Finding& finding) const {
    return edited_.contains(document_of(finding.at.file, finding.at.range.begin)) ||
           std::any_of(finding.related.begin(), finding.related.end(),
                       [this](const checks::Related& related) {
                         return edited_.contains(document_of(related.place.file, related.place.range.begin));
                       });
  }

  // False: it would edit a document that another one edits, and has to wait.
  bool add(const checks::Fix& fix) {
    for (const checks::FileEdit& edit : fix.edits) {
      if (is_appended(edit) ? !can_append(edit) : edited_.contains(document_of(edit.file, edit.range.begin)))
        return false;
    }
    std::vector<DocumentKey> documents;
    for (const checks::FileEdit& edit : fix.edits) {
      if (is_appended(edit)) {
        append(edit);
      } else {
        edits_[edit.file].push_back({edit.range, edit.new_text});
        documents.push_back(document_of(edit.file, edit.range.begin));
      }
    }
    edited_.insert(documents.begin(), documents.end());
    ++size_;
    return true;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  // Of each file, in the order of their places.
  std::map<std::string, std::vector<workspace::yaml::TextEdit>> take_edits() {
    for (auto& [file, appended] : appended_) {
      const std::uint32_t end = analysis_.facts(file)->text_size;
      edits_[file].push_back({{end, end}, std::move(appended.text)});
    }
    for (auto& [file, edits] : edits_) {
      std::stable_sort(edits.begin(), edits.end(),
                       [](const auto& a, const auto& b) { return a.range.begin < b.range.begin; });
    }
    return std::move(edits_);
  }

 private:
  struct Appended {
    std::string text;
    std::set<std::string> headers;  // what stands before `spec`
  };

  static std::string header_of(const std::string& document) {
    return document.substr(0, document.find("spec:"));
  }

  [[nodiscard]] DocumentKey document_of(const std::string& file, std::uint32_t offset) const {
    const workspace::FileFacts* facts = analysis_.facts(file);
    if (facts == nullptr) return {file, 0};
    const workspace::DocumentState* document = facts->document_at(offset);
    if (document == nullptr) return {file, 0};
    return {file, static_cast<std::size_t>(document - facts->documents.begin()) + 1};
  }

  // Whether an edit adds documents at the end of its file.
  [[nodiscard]] bool is_appended(const checks::FileEdit& edit) const {
    const workspace::FileFacts* facts = analysis_.facts(edit.file);
    return facts != nullptr && edit.range.empty() && edit.range.begin == facts->text_size;
  }

  // Several can be added where each begins with a marker, and none is of the name of another.
  [[nodiscard]] bool can_append(const checks::FileEdit& edit) const {
    const auto at = appended_.find(edit.file);
    if (at == appended_.end()) return true;
    const auto begins_document = [](std::string_view text) {
      text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
      return text.starts_with("---");
    };
    return begins_document(edit.new_text) && !at->second.headers.contains(header_of(edit.new_text));
  }

  void append(const checks::FileEdit& edit) {
    Appended& appended = appended_[edit.file];
    appended.headers.insert(header_of(edit.new_text));
    // The first one ends the line that the file left open.
    const std::size_t begin = appended.text.empty() ? 0 : edit.new_text.find("---");
    appended.text.append(edit.new_text, begin);
  }

  const checks::Analysis& analysis_;
  std::map<std::string, std::vector<workspace::yaml::TextEdit>> edits_;
  std::map<std::string, Appended> appended_;
  std::set<DocumentKey> edited_;
  std::size_t size_ = 0;
};

class Fixer {
 public:
  Fixer(Project& project, const std::string& code, const std::function<bool(const std::string&)>& may_change)
      : project_(project), code_(code), may_change_(may_change) {}

  AutoFix run() {
    for (int round = 0; round < kMaxRounds; ++round) {
      const std::size_t before = result_.applied;
      tried_.clear();
      while (apply_batch()) {
      }
      if (result_.applied == before) break;
    }
    return std::move(result_);
  }

 private:
  // False: there was nothing to apply.
  bool apply_batch() {
    Batch batch(project_.analysis);
    for (const std::string& file : project_.analysis.files()) {
      for (const checks::Finding& finding : project_.analysis.findings(file)) {
        if (batch.size() >= limit_) break;
        add_fix(finding, batch);
      }
    }
    if (batch.size() == 0) return false;
    const std::size_t size = batch.size();
    if (apply(batch)) {
      result_.applied += size;
      limit_ = limit_ > SIZE_MAX / 2 ? SIZE_MAX : limit_ * 2;
    } else {
      limit_ = std::max<std::size_t>(1, size / 2);
    }
    return true;
  }

  // Each finding is tried once a round; one that depends on the batch waits.
  void add_fix(const checks::Finding& finding, Batch& batch) {
    if (!code_.empty() && finding.code != code_) return;
    if (batch.concerns(finding)) return;
    std::string key = key_of(finding);
    if (tried_.contains(key)) return;
    const std::optional<checks::Fix> fix = preferred_fix(finding);
    if (!fix) {
      tried_.insert(std::move(key));
    } else if (batch.add(*fix)) {
      chosen_.push_back(std::move(key));
    }
  }

  std::optional<checks::Fix> preferred_fix(const checks::Finding& finding) {
    for (checks::Fix& fix :
         project_.analysis.fixes(finding, project_.texts(), false, checks::FixFilter::Preferred)) {
      const bool allowed =
          std::all_of(fix.edits.begin(), fix.edits.end(), [this](const checks::FileEdit& edit) {
            return !edit.creates_file && project_.sources.text(edit.file) != nullptr &&
                   may_change_(edit.file);
          });
      if (is_applied_by_fix(fix) && !fix.edits.empty() && allowed) return std::move(fix);
    }
    return std::nullopt;
  }

  [[nodiscard]] std::multiset<std::string> errors() const {
    std::multiset<std::string> keys;
    for (const checks::Finding& finding : project_.analysis.all_findings(0)) {
      if (finding.severity == checks::Severity::Error) keys.insert(key_of(finding));
    }
    return keys;
  }

  // False: the fixes, each harmless, did harm together; nothing is changed.
  bool apply(Batch& batch) {
    const bool several = batch.size() > 1;
    const std::multiset<std::string> before = several ? errors() : std::multiset<std::string>();
    std::map<std::string, SourceFiles::Text> old_texts;
    std::map<std::string, SourceFiles::Text> texts;
    for (const auto& [file, edits] : batch.take_edits()) {
      old_texts[file] = project_.sources.text(file);
      texts[file] =
          std::make_shared<const std::string>(workspace::yaml::apply_edits(*old_texts[file], edits));
    }
    replace(texts);
    if (several) {
      const std::multiset<std::string> after = errors();
      if (!std::includes(before.begin(), before.end(), after.begin(), after.end())) {
        replace(old_texts);
        chosen_.clear();
        return false;
      }
    }
    // One that comes back was undone by another fix.
    for (std::string& key : chosen_) tried_.insert(std::move(key));
    chosen_.clear();
    for (auto& [file, text] : old_texts) result_.before.emplace(file, std::move(text));  // keeps the first
    return true;
  }

  void replace(const std::map<std::string, SourceFiles::Text>& texts) {
    std::vector<checks::FileUpdate> updates;
    for (const auto& [file, text] : texts) {
      const workspace::FileFacts* before = project_.analysis.facts(file);
      updates.push_back(
          {file, workspace::read_facts(*text, before, *project_.sources.text(file), before->limits)});
      project_.sources.set(file, text);
    }
    project_.analysis.apply(std::move(updates));
    remake_builds(texts);
  }

  void remake_builds(const std::map<std::string, SourceFiles::Text>& texts) {
    for (const auto& folder : project_.built.folders()) {
      for (const auto& [file, text] : texts) {
        folder->sources().set_buffer(file, text);
        folder->builds().mark_changed(file);
      }
      project_.analysis.apply(folder->builds().make_waiting());
    }
  }

  Project& project_;
  const std::string& code_;
  const std::function<bool(const std::string&)>& may_change_;
  AutoFix result_;
  std::set<std::string> tried_;
  std::vector<std::string> chosen_;  // the findings of the batch
  std::size_t limit_ = SIZE_MAX;     // of fixes of one batch
};

}  // namespace

AutoFix apply_preferred_fixes(Project& project, const std::string& code,
                              const std::function<bool(const std::string& path)>& may_change) {
  return Fixer(project, code, may_change).run();
}

}  // namespace cli
