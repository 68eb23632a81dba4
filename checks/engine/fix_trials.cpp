#include "checks/engine/fix_trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "workspace/yaml/edit.h"

namespace checks {

namespace {

using workspace::CompactString;
using workspace::DocumentFacts;
using workspace::DocumentState;
using workspace::FileFacts;
using workspace::MeshDelta;
using workspace::RefPtr;
using workspace::ResourceNode;
using workspace::yaml::TextEdit;

// Of verdicts kept, in bytes; twice as much is held.
constexpr std::size_t kMaxWeight = std::size_t{1} << 20;

// What a trial gives a mesh: the facts of one document, or those of a file.
struct Change {
  CompactString path;
  std::uint32_t ordinal = 0;
  RefPtr<DocumentFacts> document;  // null: `file` it is
  RefPtr<DocumentFacts> document_before;
  std::shared_ptr<const FileFacts> file;
  std::shared_ptr<const FileFacts> file_before;  // null: there was none
};

auto count_broken(const FileFacts& facts) {
  return std::count_if(facts.documents.begin(), facts.documents.end(),
                       [](const auto& document) { return document.problem() != nullptr; });
}

bool is_valid(const FileFacts& facts, const FileFacts* before) {
  return count_broken(facts) <= (before == nullptr ? 0 : count_broken(*before));
}

// The document that holds an edit and keeps its bounds with it; null: there is none.
const DocumentState* document_around(const FileFacts& facts, const FileEdit& edit) {
  const DocumentState* document = facts.document_at(edit.range.begin);
  if (document == nullptr) return nullptr;
  const std::uint32_t end = document->begin + document->size;
  const bool inside = edit.range.begin > document->begin && edit.range.end < end;
  const bool at_end = document == &facts.documents.back() && edit.range.end <= end;
  return inside || at_end ? document : nullptr;
}

std::vector<TextEdit> text_edits(std::span<const FileEdit> edits, std::uint32_t begin) {
  std::vector<TextEdit> list;
  list.reserve(edits.size());
  for (const FileEdit& edit : edits) {
    list.push_back({{edit.range.begin - begin, edit.range.end - begin}, edit.new_text});
  }
  return list;
}

// What the edits make of their documents, where each stays one valid document with resources; false: the
// file has to be read as a whole.
bool add_documents(std::span<const FileEdit> edits, const FileFacts& facts, std::string_view text,
                   std::vector<Change>& changes) {
  for (std::size_t first = 0; first < edits.size();) {
    const DocumentState* document = document_around(facts, edits[first]);
    if (document == nullptr || document->broken || document->facts->resources.empty()) return false;
    std::size_t end = first + 1;
    while (end < edits.size() && document_around(facts, edits[end]) == document) ++end;
    const std::string edited =
        workspace::yaml::apply_edits(text.substr(document->begin, document->size),
                                     text_edits(edits.subspan(first, end - first), document->begin));
    const auto read = workspace::read_facts(edited, nullptr, {}, facts.limits);
    if (read->documents.size() != 1 || read->documents.front().broken ||
        read->documents.front().facts->resources.empty()) {
      return false;
    }
    Change& change = changes.emplace_back();
    change.path = CompactString(edits[first].file);
    change.ordinal = static_cast<std::uint32_t>(document - facts.documents.begin());
    change.document = read->documents.front().facts;
    change.document_before = document->facts;
    first = end;
  }
  return true;
}

// Documents written after the end of a file, as a file of their own that comes right after it.
bool add_appended(std::span<const FileEdit> edits, const FileFacts& facts, std::vector<Change>& changes) {
  if (edits.size() != 1) return false;
  const FileEdit& edit = edits.front();
  if (edit.range.begin != facts.text_size || !edit.range.empty()) return false;
  std::string_view text = edit.new_text;
  if (text.starts_with('\r')) text.remove_prefix(1);
  if (text.starts_with('\n')) text.remove_prefix(1);
  if (!text.starts_with("---\n") && !text.starts_with("---\r\n")) return false;
  Change& change = changes.emplace_back();
  change.path = CompactString(edit.file + '\x01');
  change.file = workspace::read_facts(text, nullptr, {}, facts.limits);
  return true;
}

// False: a text can't be read, or is no longer valid YAML.
bool add_changes(std::span<const FileEdit> edits, const AnalysedTexts& texts, std::vector<Change>& changes) {
  const std::string& path = edits.front().file;
  const auto before = texts.facts(path);
  if (before == nullptr) {
    Change& change = changes.emplace_back();
    change.path = CompactString(path);
    change.file = workspace::read_facts(workspace::yaml::apply_edits({}, text_edits(edits, 0)));
    return is_valid(*change.file, nullptr);
  }
  if (add_appended(edits, *before, changes)) return is_valid(*changes.back().file, nullptr);
  const auto text = texts.of(path, *before);
  if (!text) return false;
  const std::size_t known = changes.size();
  if (add_documents(edits, *before, **text, changes)) return true;
  changes.resize(known);
  Change& change = changes.emplace_back();
  change.path = CompactString(path);
  change.file = workspace::read_facts(workspace::yaml::apply_edits(**text, text_edits(edits, 0)),
                                      before.get(), **text, before->limits);
  change.file_before = before;
  return is_valid(*change.file, before.get());
}

bool is_built_from(const FixTrials::Meshes& meshes, std::string_view file) {
  return std::any_of(meshes.begin(), meshes.end(),
                     [&](const auto& state) { return !state->mesh.builds_from(file).empty(); });
}

// Calls `tell` with the edits of each file, which are sorted, until it returns false.
template <class Tell>
bool for_each_file(const std::vector<FileEdit>& edits, const Tell& tell) {
  for (auto first = edits.begin(); first != edits.end();) {
    const auto end =
        std::find_if(first, edits.end(), [&](const FileEdit& edit) { return edit.file != first->file; });
    if (!tell(std::span<const FileEdit>(&*first, static_cast<std::size_t>(end - first)))) return false;
    first = end;
  }
  return true;
}

// What the edits make of builds. False: as add_changes, or a build would be refused.
bool add_builds(const std::vector<FileEdit>& edits, const FixTrials::Meshes& meshes,
                const AnalysedTexts& texts, BuildTrial* builds, std::vector<Change>& changes) {
  std::map<std::string, std::string> edited;
  const bool known = for_each_file(edits, [&](std::span<const FileEdit> of_file) {
    const std::string& file = of_file.front().file;
    if (builds != nullptr ? !builds->reads(file) : !is_built_from(meshes, file)) return true;
    const auto facts = texts.facts(file);
    if (facts == nullptr || builds == nullptr) return false;
    const auto text = texts.of(file, *facts);
    if (text) edited[file] = workspace::yaml::apply_edits(**text, text_edits(of_file, 0));
    return text.ok();
  });
  if (!known) return false;
  if (edited.empty()) return true;
  for (FileUpdate& update : builds->rebuilt(edited)) {
    Change& change = changes.emplace_back();
    change.path = CompactString(update.path);
    change.file = std::move(update.facts);
    change.file_before = texts.facts(update.path);
    if (change.file == nullptr || change.file_before == nullptr || !is_valid(*change.file, nullptr) ||
        change.file->origin->documents().empty()) {
      return false;
    }
  }
  return true;
}

// Null: as add_changes.
std::optional<std::vector<Change>> changes_of(const std::vector<FileEdit>& edits,
                                              const FixTrials::Meshes& meshes, const AnalysedTexts& texts,
                                              BuildTrial* builds) {
  std::vector<Change> changes;
  const bool done = for_each_file(
      edits, [&](std::span<const FileEdit> of_file) { return add_changes(of_file, texts, changes); });
  if (!done || !add_builds(edits, meshes, texts, builds, changes)) return std::nullopt;
  return changes;
}

bool concerns(const MeshState& state, const Change& change) {
  std::string_view path = change.path;
  if (path.ends_with('\x01')) path.remove_suffix(1);
  return change.document || change.file_before ? state.mesh.file(path) != nullptr : state.contains(path);
}

void make(workspace::Mesh& mesh, const Change& change) {
  if (change.document) {
    mesh.replace_document(change.path, change.ordinal, change.document);
  } else {
    mesh.put(change.path, change.file);
  }
}

void undo(workspace::Mesh& mesh, const Change& change) {
  if (change.document) {
    mesh.replace_document(change.path, change.ordinal, change.document_before);
  } else {
    mesh.put(change.path, change.file_before);
  }
}

struct KeyedFinding {
  FindingKey key;
  Severity severity = Severity::Error;
};

void add_keys(std::span<const StoredFinding> findings, std::vector<KeyedFinding>& keys) {
  for (const StoredFinding& finding : findings) keys.push_back({key_of(finding), finding.severity});
}

bool by_key(const KeyedFinding& a, const KeyedFinding& b) { return a.key < b.key; }

// The error stands in `findings`, which are sorted, too.
bool has_error(const std::vector<KeyedFinding>& findings, const KeyedFinding& error) {
  auto [at, end] = std::equal_range(findings.begin(), findings.end(), error, by_key);
  return std::any_of(at, end, [](const auto& finding) { return finding.severity == Severity::Error; });
}

// A trial in one mesh.
class MeshTrial {
 public:
  // `asker` is checked in any case, and with `thorough` every node that may have changed.
  MeshTrial(MeshState& state, const std::vector<Change>& changes, const ResourceNode* asker, bool thorough)
      : state_(state) {
    for (const Change& change : changes) {
      if (!concerns(state, change)) continue;
      make(state.mesh, change);
      changes_.push_back(&change);
    }
    if (changes_.empty()) return;
    delta_ = state.mesh.commit();
    for (const ResourceNode* node : delta_.changed) check(node);
    for (const ResourceNode* node : delta_.eased) {
      if (thorough || node == asker) {
        check(node);
      } else {
        unchecked.push_back(node);
      }
    }
    std::sort(after_.begin(), after_.end(), by_key);
    // Nodes that came with the trial go with `undone`, which is kept until all is compared.
    const MeshDelta undone = restore();
    compare();
    for (const auto& node : delta_.removed) removed.push_back(node.get());
    if (!delta_.removed.empty() || delta_.rebuilt || undone.rebuilt) check_again(undone);
  }

  std::vector<FindingKey> gone;
  std::vector<const ResourceNode*> unchecked;
  std::vector<const ResourceNode*> removed;  // freed by now; others stand for them
  bool has_new_error = false;

 private:
  void check(const ResourceNode* node) {
    checked_.push_back(node);
    // Paths are those of the trial's facts, and have to be taken now.
    add_keys(state_.findings.run_checks(*node), after_);
  }

  MeshDelta restore() {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) undo(state_.mesh, **change);
    return state_.mesh.commit();
  }

  void compare() {
    std::vector<KeyedFinding> before;
    for (const ResourceNode* node : checked_) add_keys(state_.findings.of(node), before);
    std::sort(before.begin(), before.end(), by_key);
    has_new_error = std::any_of(after_.begin(), after_.end(), [&before](const KeyedFinding& finding) {
      return finding.severity == Severity::Error && !has_error(before, finding);
    });
    for (KeyedFinding& finding : before) {
      if (!std::binary_search(after_.begin(), after_.end(), finding, by_key))
        gone.push_back(std::move(finding.key));
    }
  }

  // The trial took nodes away, and others stand for them now: what is stored names those of before.
  void check_again(const MeshDelta& undone) {
    MeshDelta again;
    again.rebuilt = undone.rebuilt;
    again.changed = undone.changed;
    again.eased = undone.eased;
    for (const auto* nodes : {&delta_.changed, &delta_.eased}) {
      std::copy_if(nodes->begin(), nodes->end(), std::back_inserter(again.changed),
                   [](const ResourceNode* node) { return !node->definitions.empty(); });
    }
    again.removed = std::move(delta_.removed);
    state_.findings.update(again);
  }

  MeshState& state_;
  std::vector<const Change*> changes_;
  MeshDelta delta_;
  std::vector<const ResourceNode*> checked_;
  std::vector<KeyedFinding> after_;
};

std::string cache_key(const std::vector<FileEdit>& edits) {
  std::string key;
  for (const FileEdit& edit : edits) {
    fmt::format_to(std::back_inserter(key), "{}\n{}-{}\n{}\n", edit.file, edit.range.begin, edit.range.end,
                   edit.new_text);
  }
  return key;
}

}  // namespace

FindingKey key_of(const StoredFinding& finding) {
  return {finding.at.node, finding.check, finding.at.definition, path_of(finding.at)};
}

std::size_t FixTrials::Verdict::weight() const {
  return sizeof(Verdict) + gone.size() * (sizeof(FindingKey) + 32) + unchecked.size() * sizeof(void*);
}

void FixTrials::clear() {
  recent_.clear();
  older_.clear();
  recent_weight_ = 0;
}

FixTrials::Verdict* FixTrials::find(const std::string& edits) {
  if (const auto at = recent_.find(edits); at != recent_.end()) return &at->second;
  const auto at = older_.find(edits);
  if (at == older_.end()) return nullptr;
  Verdict verdict = std::move(at->second);
  older_.erase(at);
  return &remember(edits, std::move(verdict));
}

FixTrials::Verdict& FixTrials::remember(std::string edits, Verdict verdict) {
  if (recent_weight_ > kMaxWeight) {
    older_ = std::exchange(recent_, {});
    recent_weight_ = 0;
  }
  recent_weight_ += edits.size() + verdict.weight();
  return recent_.insert_or_assign(std::move(edits), std::move(verdict)).first->second;
}

bool FixTrials::resolves(const FindingKey& key, const std::vector<FileEdit>& edits, Meshes& meshes,
                         const AnalysedTexts& texts, BuildTrial* builds) {
  std::string name = cache_key(edits);
  Verdict* known = find(name);
  const bool thorough =
      known != nullptr && std::binary_search(known->unchecked.begin(), known->unchecked.end(), key.node);
  if (known == nullptr || thorough) {
    Verdict verdict;
    std::vector<const ResourceNode*> removed;
    if (const auto changes = changes_of(edits, meshes, texts, builds)) {
      verdict.valid = true;
      for (const auto& state : meshes) {
        MeshTrial trial(*state, *changes, key.node, thorough);
        verdict.valid = verdict.valid && !trial.has_new_error;
        removed.insert(removed.end(), trial.removed.begin(), trial.removed.end());
        std::move(trial.gone.begin(), trial.gone.end(), std::back_inserter(verdict.gone));
        verdict.unchecked.insert(verdict.unchecked.end(), trial.unchecked.begin(), trial.unchecked.end());
      }
      std::sort(verdict.gone.begin(), verdict.gone.end());
      std::sort(verdict.unchecked.begin(), verdict.unchecked.end());
    }
    if (!removed.empty()) {
      clear();  // all verdicts name nodes
      const bool is_gone = std::find(removed.begin(), removed.end(), key.node) != removed.end() ||
                           std::binary_search(verdict.gone.begin(), verdict.gone.end(), key);
      return verdict.valid && is_gone;
    }
    if (!verdict.valid) verdict.gone = {}, verdict.unchecked = {};
    known = &remember(std::move(name), std::move(verdict));
  }
  return known->valid && std::binary_search(known->gone.begin(), known->gone.end(), key);
}

}  // namespace checks
